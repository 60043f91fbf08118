#!/usr/bin/env bats
# The manual is well-formed, and tells of the programs what they do: fields,
# options, exit statuses; and its examples work as they are printed.
#
# shellcheck disable=SC2013 # names of pages are words
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load craft
load sample

setup_file() {
	monday
}

setup() {
	command -v mandoc >/dev/null || skip "mandoc is not installed"
	open_folders
	page=$MQ_SRC/man/mqls.1
}

# section NAME <SOURCE
section() {
	sed -n "/^\\.Sh $1\$/,/^\\.Sh /{/^\\.Sh /!p;}"
}

# rendered SECTION: of mqls.1, as people see it.
rendered() {
	mandoc -Tascii -Owidth=120 "$page" | col -bx |
		sed -n "/^$1\$/,/^[A-Z]/{/^[A-Z]/!p;}"
}

@test "no page has a mistake in it" {
	local file

	for file in "$MQ_SRC"/man/*.[1-9]; do
		run -0 mandoc -Tlint -W warning "$file"
		[ -z "$output" ] || fail "$output"
		mandoc -Tascii -Owidth=80 "$file" | col -bx \
			>"$BATS_TEST_TMPDIR/shown"
		assert_not_in "$BATS_TEST_TMPDIR/shown" '.{81}'
	done
	printf '.Dd x\n.Sh NAME\n.Xx\n' >"$BATS_TEST_TMPDIR/bad.1"
	run ! mandoc -Tlint -W warning "$BATS_TEST_TMPDIR/bad.1"
}

@test "each page that another one refers to is there, or Postfix's, or the system's" {
	local name known=' mailq postcat postconf postdrop postfix postmulti '

	known+='postqueue postsuper sendmail bounce cleanup flush pickup qmgr showq '
	known+='awk chown cron cut jq pcre2pattern rename sort stat sudo systemd.timer tar '

	for name in $(sed -n 's/^\.\(It \)*Xr \([^ ]*\) .*/\2/p' \
		"$MQ_SRC"/man/*.[1-9] | sort -u); do
		[[ $known == *" $name "* ]] ||
			[ -n "$(find "$MQ_SRC/man" -name "$name.[1-9]")" ] ||
			fail "$name is nowhere"
	done
}

@test "fields are those of mqls --fields" {
	# Name, type and what is read; the meaning is the first sentence.
	section FIELDS <"$page" | awk '
		/^\.It Cm / {
			name = $3; type = substr($0, index($0, "Pq ") + 3)
			sub(/ , /, " ", type)
			getline
			sub(/\.$/, "")
			print name, type, tolower(substr($0, 1, 1)) substr($0, 2)
		}' >"$BATS_TEST_TMPDIR/page"
	mqls --fields
	# Examples, below each, are indented.
	awk 'NR > 1 && /^[^ ]/ {
		line = $0
		sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "", line)
		print $1, $2, $3, tolower(substr(line, 1, 1)) substr(line, 2)
	}' "$out" | sed 's/ \.\.\.$/ ../' >"$BATS_TEST_TMPDIR/program"
	assert_same_file "$BATS_TEST_TMPDIR/page" "$BATS_TEST_TMPDIR/program"
}

# check_options PROGRAM: the page, the help and the synopsis have the same.
check_options() {
	sed -n 's/^\.It Fl //p' <(section DESCRIPTION <"$page") |
		sed 's/\\-/-/g; s/ , Fl / -/g; s/ Ar [a-z]*//g; s/^/-/' |
		tr ' ' '\n' | sort -u >"$BATS_TEST_TMPDIR/page"
	capture "$1" --help
	grep '^ *-' "$out" | grep -oE '[ ]--?[a-z0-9][a-z-]*' | tr -d ' ' |
		sort -u >"$BATS_TEST_TMPDIR/program"
	assert_same_file "$BATS_TEST_TMPDIR/page" "$BATS_TEST_TMPDIR/program"
	# The synopsis has each in one of its forms.
	section SYNOPSIS <"$page" >"$BATS_TEST_TMPDIR/synopsis"
	while IFS= read -r line; do
		assert_in "$BATS_TEST_TMPDIR/synopsis" \
			"Fl (${line//\\/\\\\})( |\$)"
	done < <(sed -n 's/^\.It Fl //p' <(section DESCRIPTION <"$page") |
		sed 's/ Ar [a-z]*//g; s/ , Fl /|/')
}

@test "options are those of mqls --help" {
	check_options "$MQLS"
}

@test "options are those of mqadm --help" {
	page=$MQ_SRC/man/mqadm.8
	check_options "$MQADM"
}

@test "options are those of mqflush --help" {
	page=$MQ_SRC/man/mqflush.8
	check_options "$MQFLUSH"
}

@test "the default columns are those of mqls" {
	local columns

	columns=$(sed -n '/shown anyway, which are$/,/ \.$/s/^\.Cm//p' "$page" |
		tr -d ' .' | paste -sd ,)
	mqls -f csv -n 1
	[ "$(head -n 1 "$out" | tr -d '\r')" = "$columns" ] ||
		report "the page has: $columns"
}

@test "exit statuses are told alike in all pages" {
	section 'EXIT STATUS' <"$MQ_SRC/man/mailq-tools.7" |
		sed -n 's/^\.It //p' >"$BATS_TEST_TMPDIR/all"
	for page in mqls.1 mqadm.8; do
		section 'EXIT STATUS' <"$MQ_SRC/man/$page" |
			sed -n 's/^\.It //p' >"$BATS_TEST_TMPDIR/one"
		assert_same_file "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/all"
	done
}

# stand_in NAME: a program that takes note of how it is called, and of what it
# gets.
stand_in() {
	cat >"$bin/$1" <<-END
		#!/bin/sh
		echo "$1 \$*" >>'$BATS_TEST_TMPDIR/called'
		case \$* in *-) cat >>'$BATS_TEST_TMPDIR/called' ;; esac
	END
	chmod 755 "$bin/$1"
}

# The examples as they are shown: each ends at an empty line, and its lines are
# indented further than the text.
examples() {
	rendered EXAMPLES | awk '
		/^           / { print substr($0, 12); code = 1; next }
		code { print "%%"; code = 0 }
		END { if (code) print "%%" }'
}

@test "the examples work" {
	local id example='' line count=0

	id=$(of_manifest -s '[.[] | select(.queue == "deferred" and .listed and
		(.damaged | not))][0].id')
	bin=$BATS_TEST_TMPDIR/bin
	mkdir "$bin"
	# mqls reads the sample, if it is not told another place.
	cat >"$bin/mqls" <<-END
		#!/bin/sh
		case " \$* " in
		*' --spool '*) exec '$MQLS' "\$@" ;;
		*) exec '$MQLS' --spool '$spool' "\$@" ;;
		esac
	END
	chmod 755 "$bin/mqls"
	for name in mqadm postcat watch; do
		stand_in $name
	done
	echo "x: $id: to=<a>, status=deferred (Connection timed out)" \
		>"$BATS_TEST_TMPDIR/log"
	cd "$BATS_TEST_TMPDIR"
	while IFS= read -r line; do
		if [ "$line" != %% ]; then
			example+=$line$'\n'
			continue
		fi
		run_example "$example"
		count=$((count + 1))
		example=
	done < <(examples)
	[ "$count" -ge 12 ] || fail "$count examples"
	assert_in called '^mqadm hold -$' 1
	assert_in called '^postcat -q [0-9A-F]+$'
	assert_in called '^watch -n 5 mqls -s -age -n 30 active incoming$' 1
	assert_in called '^[0-9A-F]{11}$' "$(of_manifest 'select(.listed and
		.queue != "hold" and .sasl_user == "tony") | .id' | wc -l)"
	python3 -c 'import csv, sys
rows = list(csv.reader(open("queue.csv", newline="")))
assert len(rows) > 300 and rows[0][0] == "id", rows[:2]'
}

# run_example TEXT: it must not fail otherwise than for the damaged file.
run_example() {
	local text=$1

	text=${text//3AB7C2A9014/$id}
	text=${text//\/var\/log\/mail.log/$BATS_TEST_TMPDIR/log}
	text=${text//\/mnt\/rescue\/var\/spool\/postfix/$spool}
	# The sample has one instance.
	text=${text//--instance postfix-out /}
	PATH=$bin:$PATH capture bash -c "$text"
	case $status in
	0 | 75) ;;
	# As is meant, for a queue of that kind.
	2) [[ $text == *'exit 2'* ]] || report "example: $text" ;;
	*) report "example: $text" ;;
	esac
	grep -v -e ': damaged: ' -e '^mqls: [0-9]* messages*[,:]' "$err" \
		>"$err.rest" || true
	[ ! -s "$err.rest" ] || report "example: $text"
	[ -s "$out" ] || [[ $text == *post* || $text == *watch* ||
		$text == *mqadm* ||
		$text == *queue.csv* ]] || report "nothing to see: $text"
}

# mqadm changes a copy of the sample; each example finds it as it was, and what
# the ones before it have done in the history.
@test "the examples of mqadm(8) work" {
	local line example='' count=0

	id=$(of_manifest -s '[.[] | select(.queue == "deferred" and .listed and
		(.damaged | not) and .sasl_user == "tony")][0].id')
	bin=$BATS_TEST_TMPDIR/bin
	copy=$BATS_TEST_TMPDIR/copy
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	page=$MQ_SRC/man/mqadm.8
	mkdir "$bin"
	for name in mqls mqadm; do
		printf '#!/bin/sh\nexec %q --spool %q "$@"\n' \
			"$MQ_BUILD/mailq-tools/$name" "$copy" >"$bin/$name"
		chmod 755 "$bin/$name"
	done
	cd "$BATS_TEST_TMPDIR"
	while IFS= read -r line; do
		if [ "$line" != %% ]; then
			example+=$line$'\n'
			continue
		fi
		rm -rf "$copy"
		cp -a "$spool" "$copy"
		run_change "$example"
		count=$((count + 1))
		example=
	done < <(examples)
	[ "$count" -ge 9 ] || fail "$count examples"
}

# run_change TEXT: domains of the page stand for some of the sample.
run_change() {
	local text=$1

	text=${text//3AB7C2A9014/$id}
	text=${text//.example.com/example}
	# Where there is nothing, nothing can be shown.
	[[ $text != *trash* ]] || PATH=$bin:$PATH mqadm delete --all --yes \
		--reason spam 2>/dev/null || true
	PATH=$bin:$PATH capture bash -c "$text"
	case $status in
	0 | 1 | 75) ;;
	# A copy has other inodes, and something in it is damaged.
	65) [[ $text == *check* ]] || report "example: $text" ;;
	*) report "example: $text" ;;
	esac
	[ -s "$out" ] || grep -qE '^mqadm: [a-z ]*: [0-9]+ (message|job)|^mqadm: nothing (to|in)' \
		"$err" || report "nothing to see: $text"
}

@test "the sample record of queue-format(5) is right" {
	message anna@example.org ben@example.com >"$BATS_TEST_TMPDIR/message"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/message")" -eq 276 ]
	sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$MQ_SRC/man/queue-format.5" |
		python3 -c 'import re, sys

data = open(sys.argv[1], "rb").read()
count = 0
for line in sys.stdin:
    found = re.match(r" *(\d+)  ((?:[0-9a-f]{2} )+)(.*?)  ([A-Z]) *(.*)", line)
    if not found:
        continue
    offset, begin, rest, letter, text = found.groups()
    offset = int(offset)
    begin = bytes.fromhex(begin)
    assert data[offset:offset + len(begin)] == begin, line
    assert chr(data[offset]) == letter, line
    length = data[offset + 1]
    if "..." in rest and letter != "C":
        end = bytes.fromhex(rest.replace("...", ""))
        assert data[:offset + 2 + length].endswith(end), line
    if letter != "C":
        assert data[offset + 2:offset + 2 + length].decode() == text, line
    count += 1
assert count == 14, count' "$BATS_TEST_TMPDIR/message"
	printf '%s' "$(numbers 54 218)" |
		cmp - <(tail -c +3 "$BATS_TEST_TMPDIR/message" | head -c 31)
}

@test "the sample ids of queue-format(5) are right" {
	python3 - "$MQ_SRC/man/queue-format.5" <<-'END'
		import sys

		digits = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
		page = open(sys.argv[1]).read()
		assert digits in page and len(digits) == 52

		def encode(value, base, width=1):
		    text = ""
		    while value or len(text) < width:
		        text = digits[value % base] + text
		        value //= base
		    return text

		assert "inode 789 that was named at 1700000000.123456" in page
		assert "Ql %05X%X\n" % (123456, 789) in page
		assert "Ql %sz%s ;\n" % (encode(1700000000, 52, 6) +
		    encode(123456, 52, 4), encode(789, 51)) in page
		assert "deferred/%s/%s" % tuple("%05X" % 123456)[:2] in page
	END
}
