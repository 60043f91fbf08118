#!/usr/bin/env bats
# mqls takes any spool: what it cannot read it names, and it lists the rest.
#
# The files are written here byte by byte.  Each test puts one bad thing, or
# one kind of it, among good messages in all queues.  It must be reported in
# one line on stderr with its path, the offset where there is one, and what
# is wrong; the exit status is 75, and nothing of the rest is missing.
#
# shellcheck disable=SC2016 # scripts are written for another shell to expand
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154,SC2190 # some are set in craft.bash, or there
# for helper.bash; an array and a table may have the same name in two tests

load helper
load craft

setup_file() {
	require_program "$MQLS"
}

teardown() {
	[ -z "${race:-}" ] || kill "$race" 2>/dev/null || true
	lab_cleanup
}

setup() {
	umask 022
	make_spool "$BATS_TEST_TMPDIR/spool"
	# Whom root's mqls becomes must be able to get there.
	chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" \
		"$BATS_TEST_TMPDIR"
	good_messages
}

# In each queue one; their ids are in the file good.
good_messages() {
	local queue n=100

	for queue in incoming active deferred deferred hold; do
		put $queue $((n++)) < <(message "$queue$n@good.example" \
			rcpt@good.example)
		echo "$id"
	done >"$BATS_TEST_TMPDIR/good"
	put maildrop $n < <(submission maildrop@good.example rcpt@good.example)
	echo "$id" >>"$BATS_TEST_TMPDIR/good"
}

# mqls ARGUMENT...: of this spool.
mqls() {
	owned
	capture "$MQLS" --spool "$spool" "$@"
}

# The ids in the JSON of stdout are in the file listed, one a line.
assert_good_listed() {
	local wanted

	listed=$BATS_TEST_TMPDIR/listed
	jq -r .queue_id "$out" >"$listed" || report "stdout is no JSON"
	while read -r wanted; do
		assert_in "$listed" "^$wanted\$" 1
	done <"$BATS_TEST_TMPDIR/good"
}

# assert_reported PATH [OFFSET [WHAT]]: in one line, whatever else there is.
assert_reported() {
	local name=${1//[.+*?]/\\&} after='([^A-Za-z0-9]|$)'

	name="(^|[^/A-Za-z0-9])$name"
	assert_in "$err" "$name$after" 1
	[ -z "${2:-}" ] || assert_in "$err" "$name$after.*offset $2\b" 1
	[ -z "${3:-}" ] || assert_in "$err" "$name$after.*$3" 1
}

# the_rest_is_listed: and the status tells that something is not.  JSON needs
# all that is in a file; a list of ids would not even open it.
the_rest_is_listed() {
	mqls -f jsonl
	assert_status 75
	assert_good_listed
}

needs_root() {
	[ "$(id -u)" -eq 0 ] || lab_skip "only root can $1"
}

@test "the good messages alone" {
	mqls -f jsonl
	assert_status 0
	assert_good_listed
	assert_in "$out" . 6
	assert_stderr ''
	mqls -f ids
	assert_status 0
	sort "$out" >"$BATS_TEST_TMPDIR/ids"
	sort -o "$listed" "$listed"
	assert_same_file "$listed" "$BATS_TEST_TMPDIR/ids"
}

@test "a file that may not be read" {
	needs_root "give a file away"
	put deferred 1 < <(message a@example.org b@example.org)
	owned
	chown root "$spool/$path"
	capture "$MQLS" --spool "$spool" -f jsonl
	assert_status 75
	assert_good_listed
	assert_reported "$path" '' '[Pp]ermission denied'
}

@test "a file that ends too early, at every byte" {
	local whole=$BATS_TEST_TMPDIR/whole size paths=()

	message some@example.org rcpt@example.org >"$whole"
	for size in $(seq 0 $(($(stat -c %s "$whole") - 1))); do
		put deferred "$size" < <(head -c "$size" "$whole")
		paths+=("$path")
	done
	put deferred $((size + 1)) <"$whole"
	the_rest_is_listed
	assert_in "$listed" "^$id\$" 1
	for path in "${paths[@]}"; do
		assert_reported "$path"
	done
}

@test "a record that ends too early, with its offset" {
	# The size record has 97 bytes, the time record 19.
	local size
	local -A offset=([1]=0 [50]=0 [98]=97 [99]=97 [100]=97 [115]=97
		[117]=116 [118]=116) wanted=()

	message some@example.org rcpt@example.org >"$BATS_TEST_TMPDIR/whole"
	for size in "${!offset[@]}"; do
		put deferred "$size" < <(head -c "$size" \
			"$BATS_TEST_TMPDIR/whole")
		wanted[$path]=${offset[$size]}
	done
	the_rest_is_listed
	for path in "${!wanted[@]}"; do
		assert_reported "$path" "${wanted[$path]}"
	done
}

@test "pointers in a circle" {
	put deferred 1 < <(
		size_record "$(content | wc -c)" 300
		record T '1795342700 123456'
		record S around@example.org
		pointer 97
		record R rcpt@example.org
		record M
	)
	the_rest_is_listed
	assert_reported "$path"
	put deferred 2 < <(
		size_record "$(content | wc -c)" 300
		record T '1795342700 123456'
		record S self@example.org
		pointer 134
	)
	the_rest_is_listed
	assert_reported "$path"
}

@test "pointers that lead nowhere" {
	local text n=1 paths=()

	for text in 99999 99999999999999999999 x12 -12 1e3; do
		put deferred $((n++)) < <(
			size_record "$(content | wc -c)" 300
			record T '1795342700 123456'
			record S lost@example.org
			record p "$text"
			record R rcpt@example.org
			record M
			content
			record X
			record E
		)
		paths+=("$path")
	done
	the_rest_is_listed
	for path in "${paths[@]}"; do
		assert_reported "$path"
	done
}

@test "a record that claims too many bytes" {
	local length n=1
	local -A paths=()

	for length in '\0377\0377\0377\0177' '\0377\0377\0377\0377\0007' \
		'\0377\0377\0377\0377\0017' '\0377\0377\0377\0377\0377\0001' \
		'\0377\0377\0377\0377\0377\0377\0377\0377\0377\0377'; do
		put deferred $((n++)) < <(
			size_record "$(content | wc -c)" 300
			record T '1795342700 123456'
			printf 'S%babc' "$length"
		)
		paths[$path]=116
	done
	the_rest_is_listed
	for path in "${!paths[@]}"; do
		assert_reported "$path" "${paths[$path]}"
	done
}

@test "a size record of zeroes" {
	put deferred 1 < <(
		size_record 0 0 0
		envelope zero@example.org rcpt@example.org
		content
		record X
		record E
	)
	the_rest_is_listed
	assert_reported "$path" 0
}

@test "no sender, two senders, a recipient before the sender" {
	local paths=()

	put deferred 1 < <(
		size_record "$(content | wc -c)" 300
		record T '1795342700 123456'
		record R rcpt@example.org
		record M
		content
		record X
		record E
	)
	paths+=("$path")
	put deferred 2 < <(
		size_record "$(content | wc -c)" 300
		record T '1795342700 123456'
		record S one@example.org
		record S two@example.org
		record R rcpt@example.org
		record M
		content
		record X
		record E
	)
	paths+=("$path")
	put hold 3 < <(
		size_record "$(content | wc -c)" 300
		record T '1795342700 123456'
		record R rcpt@example.org
		record S late@example.org
		record M
		content
		record X
		record E
	)
	paths+=("$path")
	the_rest_is_listed
	for path in "${paths[@]}"; do
		assert_reported "$path"
	done
}

@test "what is no file at all" {
	local folder=$spool/deferred/A paths n

	mkdir -m 700 "$folder"
	mkdir -m 700 "$folder/ABCDE10001"
	ln -s "$spool/deferred" "$folder/ABCDE10002"
	ln -s /etc/passwd "$folder/ABCDE10003"
	ln -s nowhere "$folder/ABCDE10004"
	mkfifo -m 700 "$folder/ABCDE10005"
	(cd "$folder" && python3 -c 'import socket
socket.socket(socket.AF_UNIX).bind("ABCDE10006")')
	chmod 700 "$folder/ABCDE10006"
	paths=$(seq 6)
	if [ "$(id -u)" -eq 0 ]; then
		mknod -m 700 "$folder/ABCDE10007" c 1 5
		mknod -m 700 "$folder/ABCDE10008" b 7 200
		paths=$(seq 8)
	fi
	the_rest_is_listed
	assert_not_in "$out" ABCDE
	for n in $paths; do
		assert_reported "deferred/A/ABCDE1000$n"
	done
}

@test "names that are no queue ids" {
	local name folder=$spool/deferred/A

	mkdir -m 700 "$folder"
	for name in README.txt core-1 'two words' .hidden ÜBER \
		"$(printf '%0250d' 0).x"; do
		message foreign@example.org b@example.org >"$folder/$name"
		chmod 700 "$folder/$name"
	done
	the_rest_is_listed
	assert_not_in "$out" foreign@
	assert_reported deferred/A/README.txt
	assert_reported deferred/A/core-1
	assert_reported 'deferred/A/two words'
}

@test "a one-letter file, where a folder should be" {
	message x@example.org b@example.org >"$spool/deferred/B"
	chmod 700 "$spool/deferred/B"
	the_rest_is_listed
	assert_reported deferred/B
}

@test "a folder that may not be opened" {
	needs_root "give a folder away"
	mkdir -m 700 "$spool/deferred/C"
	owned
	chown root "$spool/deferred/C"
	capture "$MQLS" --spool "$spool" -f jsonl
	assert_status 77
	assert_good_listed
	assert_reported deferred/C '' '[Pp]ermission denied'
}

@test "a queue that is missing" {
	rm -r "$spool/active"
	sed -i 2d "$BATS_TEST_TMPDIR/good"
	the_rest_is_listed
	assert_reported active
}

# appear_and_vanish FOLDER FILE ROUNDS
appear_and_vanish() {
	local n name

	for n in $(seq "$3"); do
		name=$1/0000$((n % 10))ABC
		cp -p "$2" "$name"
		: >"$name"
		rm "$name"
	done
}

@test "files that come and go" {
	local folder=$spool/deferred/0 source=$BATS_TEST_TMPDIR/source n
	local rounds=${MQ_LONG:+200}

	mkdir -p "$folder"
	message race@example.org b@example.org >"$source"
	chmod 700 "$source"
	owned
	[ "$(id -u)" -ne 0 ] || chown nobody "$source"
	appear_and_vanish "$folder" "$source" $((${rounds:-20} * 15)) 3>&- &
	race=$!
	for n in $(seq "${rounds:-20}"); do
		capture "$MQLS" --spool "$spool" -f jsonl
		[ "$status" -eq 0 ] || [ "$status" -eq 75 ] ||
			report "status $status"
		assert_good_listed
		sed -E 's,deferred/0/0000.ABC,,' "$err" >"$err.rest"
		assert_not_in "$err.rest" 'deferred/|hold/|active/'
	done
	wait $race
}

# Postfix's showq reads past its memory here: on Debian 12 it crashes, and what
# it has not listed by then nobody sees.
@test "a submission with two senders" {
	put maildrop 9 < <(
		record T '1795342700 123456'
		record S one@example.org
		record S two@example.org
		record R rcpt@example.org
		record M
		content
		record X
		record E
	)
	local bad=$path bad_id=$id

	the_rest_is_listed
	assert_reported "$bad"
	[ "$(grep -c "\"$bad_id\"" "$out")" -eq 1 ] || report "one flagged row"
	run -0 jq -r "select(.queue_id == \"$bad_id\") | .fault" "$out"
	[[ $output == *sender* ]] || report "the fault is \"$output\""
	lab_require
	lab_new crash
	rm -r "$LAB_ROOT/crash/spool"
	cp -a "$spool" "$LAB_ROOT/crash/spool"
	chown -R "$(postconf -xh mail_owner)" "$LAB_ROOT/crash/spool"
	MAIL_CONFIG=$LAB_ROOT/crash/etc capture postqueue -j
	# Releases of 2026 stop reading that file in time.
	case $(postconf -dh mail_version) in
	3.7.11) assert_status 69 ;;
	*) [ "$status" -ne 0 ] || skip "this Postfix does not crash" ;;
	esac
	assert_not_in "$out" 'active|hold|deferred'
}

# hostile_bytes: in senders, recipients, reasons and file names.
hostile_bytes() {
	local bytes n=1

	for bytes in '\0033[2J\0033]0;title\0007' '\0033[31mred' '\0233m' \
		'\0302\0233m' 'a\rb' 'a\nb' 'a\tb' '\0010\0010' '\0177' '\0001' \
		'\0303' '\0342\0202' '\0300\0257' '\0355\0240\0200' '\0374' \
		'\0342\0200\0256evil' '\0342\0201\0246iso' '\0342\0200\0217rlm' \
		'\0330\0234alm' '\0342\0200\0250ls' '\0357\0273\0277bom' \
		'\0364\0217\0277\0277' '\0364\0220\0200\0200' 'nul\0000nul' \
		'\0314\0210\0314\0210' '\0347\0224\0250' '"q\0134' ',;$(x)'; do
		put deferred $((n++)) < <(message "s$bytes@example.org" \
			"r$bytes@example.org")
		put_log "$id" < <(log_entry r@example.org "$(printf '%b' \
			"why $bytes" 2>/dev/null | tr -d '\0\n')")
		put maildrop $((n++)) < <(submission "s$bytes" "r$bytes")
	done
	mkdir -p "$spool/deferred/E"
	: >"$spool/deferred/E/$(printf 'x\033[2J\r\nx\374')"
	: >"$spool/deferred/E/$(printf '\342\200\256')"
}

# assert_safe FILE: nothing but printable UTF-8 and lines.  SGR sequences, as
# colours use them, are taken out first if there is a second argument.
assert_safe() {
	local file=$1

	if [ -n "${2:-}" ]; then
		sed -E 's/\x1b\[[0-9;]*m//g' "$1" >"$1.plain"
		file=$1.plain
	fi
	iconv -f UTF-8 -t UTF-32 "$file" >/dev/null ||
		report "$1 is not UTF-8" || return 1
	has_no_bytes "$file" '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' ||
		report "$1 has control characters" || return 1
	has_no_bytes "$file" '\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]' ||
		report "$1 has bidirectional controls" || return 1
	has_no_bytes "$file" '\xd8\x9c' || report "$1 has a letter mark"
}

# has_no_bytes FILE REGEXP
has_no_bytes() {
	! LC_ALL=C grep -qaP "$2" "$1"
}

@test "escape sequences reach no terminal" {
	local format

	hostile_bytes
	for format in table mailq csv tsv ids jsonl json; do
		mqls -f $format --color never
		[ "$status" -eq 75 ] || report "status of $format"
		[ "$format" = tsv ] || assert_not_in "$out" "$(printf '\t')"
		[ "$format" != csv ] || sed -i 's/\r$//' "$out"
		assert_safe "$out"
		assert_safe "$err"
	done
	mqls --color always
	assert_in "$out" "$(printf '\033')\\[[0-9;]*m"
	assert_safe "$out" coloured
	assert_safe "$err" coloured
}

@test "escape sequences reach no terminal, on a terminal" {
	hostile_bytes
	owned
	capture script -qec "'$MQLS' --spool '$spool'" /dev/null
	sed -i 's/\r*$//' "$out"
	assert_in "$out" '62 messages'
	assert_in "$out" "$(printf '\033')\\[[0-9;]*m"
	assert_safe "$out" coloured
}

@test "control characters fail the check of this test" {
	out=$BATS_TEST_TMPDIR/stdout
	err=$out
	captured=none
	status=0
	local bytes

	for bytes in '\0033[2J' '\r' '\0302\0233' '\0374' '\0342\0200\0256' \
		'\0177'; do
		printf 'line\nx%bx\n' "$bytes" >"$out"
		run ! assert_safe "$out" coloured
	done
	printf 'fine \033[31mred\033[0m ü\n' >"$out"
	assert_safe "$out" coloured
	run ! assert_safe "$out"
}

@test "JSON is valid UTF-8, whatever the addresses are" {
	hostile_bytes
	mqls -f jsonl
	python3 -c 'import json, sys
for line in open(sys.argv[1], "rb"):
    json.loads(line.decode("utf-8", "strict"))["recipients"]' "$out"
	local lines
	lines=$(wc -l <"$out")
	[ "$lines" -eq 62 ] || report "$lines lines"
	mqls -f json
	python3 -c 'import json, sys
text = open(sys.argv[1], "rb").read().decode("utf-8", "strict")
assert len(json.loads(text)) == 62' "$out"
	# What JSON cannot hold is beside it, as it was.
	put deferred 99 < <(message '\0374@example.org' rcpt@example.org)
	mqls -f jsonl
	jq -r "select(.queue_id == \"$id\") | .sender_base64" "$out" |
		base64 -d >"$BATS_TEST_TMPDIR/sender"
	printf '\374@example.org' | cmp - "$BATS_TEST_TMPDIR/sender"
}

@test "no permission: 77, and what to do" {
	needs_root "take away permissions"
	chmod 755 "$spool"
	owned
	local bin=$BATS_TEST_TMPDIR/bin

	mkdir "$bin"
	install -m 755 "$MQLS" "$bin/mqls"
	chown -R root "$spool"
	capture "${as_nobody[@]}" "$bin/mqls" \
		--spool "$spool"
	assert_status 77
	assert_stdout ''
	assert_in "$err" 'root|sudo|owner'
	chmod 700 "$spool"
	capture "${as_nobody[@]}" "$bin/mqls" \
		--spool "$spool"
	assert_status 77
	assert_stdout ''
	assert_in "$err" 'root|sudo|owner'
}

@test "no spool: 66, and what was tried" {
	capture "$MQLS" --spool /no/such/spool
	assert_status 66
	assert_stdout ''
	assert_in "$err" '/no/such/spool'
	mkdir "$BATS_TEST_TMPDIR/empty"
	capture "$MQLS" --spool "$BATS_TEST_TMPDIR/empty"
	assert_status 66
	assert_stdout ''
	assert_in "$err" "$BATS_TEST_TMPDIR/empty"
}

@test "no configuration: 66, and what was tried" {
	command -v postconf >/dev/null || lab_skip "Postfix is not installed"
	capture "$MQLS" -c /no/such/configuration
	assert_status 66
	assert_stdout ''
	assert_in "$err" '/no/such/configuration'
}

@test "a file instead of a spool: 66" {
	: >"$BATS_TEST_TMPDIR/file"
	capture "$MQLS" --spool "$BATS_TEST_TMPDIR/file"
	assert_status 66
	assert_stdout ''
	assert_in "$err" "$BATS_TEST_TMPDIR/file"
}

@test "an empty spool is an empty list" {
	rm -r "$spool"
	make_spool "$BATS_TEST_TMPDIR/spool"
	mqls -f ids
	assert_status 0
	assert_stdout ''
	mqls -f jsonl
	assert_status 0
	assert_stdout ''
}

@test "nobody can write to stdout" {
	local format

	owned
	for format in table json jsonl csv tsv ids mailq; do
		capture sh -c '"$@" >/dev/full' - "$MQLS" --spool "$spool" \
			-f $format
		assert_status 74
		assert_in "$err" 'No space left on device' 1
	done
}

@test "the reader of a pipe goes away" {
	local format pipe=$BATS_TEST_TMPDIR/pipe

	owned
	mkfifo "$pipe"
	for format in table json jsonl csv tsv ids mailq; do
		# A pipe whose last reader is gone when mqls starts.
		capture bash -c 'exec 3<>"$1" 4>"$1" 3>&-; shift; "$@" >&4' - \
			"$pipe" "$MQLS" --spool "$spool" -f $format
		assert_status 0
		assert_stderr ''
	done
}
