#!/usr/bin/env bats
# mailq-tools-selection(7): each task of its cookbook works as it is printed,
# and selects what it says; its tables are those of the program.
#
# What is selected is compared with what jq finds in the list of what spoolgen
# has made.
#
# shellcheck disable=SC2016 # jq has variables, too
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load sample

setup_file() {
	monday
	# What the sample has not.
	append --queue hold --count 4 --span 2000000 --seed 2
	append --count 2 --size 6000000 --seed 3
	append --count 2 --recipients 70 --seed 4
	append --count 4 --seed 5 \
		--sender news-bounces+anna=example.org@lists.example.com
}

# append OPTION...: more messages.
append() {
	local owner=()

	! am_root || id postfix >/dev/null 2>&1 || owner=(--owner nobody)
	"$SPOOLGEN" "${owner[@]}" --append --manifest "$manifest.more" "$@" \
		"$spool"
	cat "$manifest.more" >>"$manifest"
}

setup() {
	command -v mandoc >/dev/null || skip "mandoc is not installed"
	open_folders
	page=$MQ_SRC/man/mailq-tools-selection.7
	total=$(of_manifest 'select(.listed) | .id' | wc -l)
	id=$(of_manifest -s '[.[] | select(.queue == "deferred" and
		.sasl_user == "tony")][0].id')
	bin=$BATS_TEST_TMPDIR/bin
	mkdir "$bin"
	cd "$BATS_TEST_TMPDIR" || return
	called=$PWD/called
	: >"$called"
	blocks 'NAMES AND FILES' | block '^selection' >settings
	blocks 'NAMES AND FILES' | block '^# spam' >spam.where
	# mqls reads the sample and the page's settings.
	printf '#!/bin/sh\nexec %q --spool %q --settings %q "$@"\n' "$MQLS" \
		"$spool" "$PWD/settings" >"$bin/mqls"
	stand_in mqadm
	stand_in postsuper
	stand_in postcat
	chmod 755 "$bin"/*
	PATH=$bin:$PATH
}

# stand_in NAME: a program that takes note of how it is called, and of what it
# gets.
stand_in() {
	cat >"$bin/$1" <<-END
		#!/bin/sh
		echo "$1 \$*" >>'$called'
		case \$* in *-) cat >>'$called' ;; esac
	END
}

# blocks SECTION: its examples, as people see them; %% ends each of them, and
# the line before it has a + and the last line of what is said of it.
blocks() {
	mandoc -Tascii -Owidth=120 "$page" | col -bx |
		sed -n "/^$1\$/,/^[A-Z]/{/^[A-Z]/!p;}" | awk '
		/^           / {
			if (!code) print "+" said
			print substr($0, 12)
			code = 1
			next
		}
		code { print "%%"; code = 0 }
		/[^ ]/ { said = $0; sub(/^ +/, "", said) }
		END { if (code) print "%%" }'
}

# block REGEXP: that one of the blocks in which a line matches.
block() {
	awk -v wanted="$1" '
		/^%%$/ { if (found) printf "%s", text; text = ""; found = 0; next }
		/^\+/ { next }
		{ text = text $0 "\n"; if ($0 ~ wanted) found = 1 }'
}

# read_tasks: sets tasks and titles.
read_tasks() {
	local line task=''

	tasks=() titles=()
	while IFS= read -r line; do
		case $line in
		+*) titles+=("${line#+}") ;;
		%%)
			tasks+=("$task")
			task=
			;;
		*) task+=$line$'\n' ;;
		esac
	done < <(blocks COOKBOOK)
}

# What the page cannot know of the sample.
adapted() {
	local text=$1

	text=${text//3AB7C2A9014/$id}
	text=${text//2026-11-20 22:00/$(stamp -3000 minutes)}
	text=${text//2026-11-21 06:00/$(stamp -600 minutes)}
	# The sample has one instance.
	printf '%s' "${text//--instance postfix-out /}"
}

# stamp N UNIT: that time, as an expression has it.
stamp() {
	date -d "$1 $2" '+%Y-%m-%d %H:%M'
}

# expression_of TASK: what stands behind its -w.
expression_of() {
	if [[ $1 =~ -w\ \'([^\']*)\' ]]; then
		tr '\n' ' ' <<<"${BASH_REMATCH[1]}" | sed 's/  */ /g; s/ $//'
		echo
	elif [[ $1 =~ -w\ ([^ $'\n']+) ]]; then
		echo "${BASH_REMATCH[1]}"
	fi
}

# check_task TITLE TEXT: print what is wrong with it.
check_task() {
	local text expression selected

	text=$(adapted "$2")
	: >"$called"
	rm -f spam.csv
	capture bash -c "$text"
	case $status:$text in
	0:*) ;;
	# What is damaged is among them.
	75:*) grep -q ': damaged: ' "$err" || echo "$1: status 75: $text" ;;
	# Not selected, as is meant.
	1:*--explain*"$id"*) ;;
	*) echo "$1: status $status: $text$(show "$err")" ;;
	esac
	grep -vE '^mqls: ([0-9]+ messages?[,:]|damaged messages that were|like |deferred/[^ ]+: damaged: )' \
		"$err" && echo "$1: talk of: $text"
	[ -s "$out" ] || [ -s "$called" ] || [ -s spam.csv ] ||
		echo "$1: nothing to see: $text"
	expression=$(expression_of "$text")
	[ -n "$expression" ] || return 0
	selected=$(mqls_ids "$expression" | wc -l)
	[ "$selected" -gt 0 ] || echo "$1: selects nothing: $expression"
	[ "$selected" -lt "$total" ] || echo "$1: selects all: $expression"
}

# mqls_ids EXPRESSION: sorted.
mqls_ids() {
	"$bin/mqls" -f ids -w "$1" 2>/dev/null | LC_ALL=C sort
}

@test "every task of the cookbook works" {
	local i complaints=''

	read_tasks
	[ ${#tasks[@]} -ge 40 ] || fail "only ${#tasks[@]} tasks"
	[ ${#titles[@]} -eq ${#tasks[@]} ]
	for i in "${!tasks[@]}"; do
		complaints+=$(check_task "${titles[$i]}" "${tasks[$i]}")$'\n'
	done
	complaints=$(grep . <<<"$complaints") || true
	[ -z "$complaints" ] || fail "$complaints"
}

@test "a task that does not work is noticed" {
	[[ $(check_task 'A title:' "mqls -w 'age > 90d'") == \
		*'A title:: status 1: '*'selects nothing: age > 90d'* ]]
	[[ $(check_task x "mqls -w 'sendr = y'") == *'status 64'* ]]
	[[ $(check_task x 'mqls --count -w size') == *'selects all: size'* ]]
	[[ $(check_task x 'mqls --nothing') == *'status 64'*'nothing to see'* ]]
	[ -z "$(check_task x 'mqls --count -w held')" ]
}

@test "what mqadm, postsuper and others would get" {
	read_tasks
	printf '%s\n' "${tasks[@]}" >tasks
	grep -F 'mqadm hold' tasks >hold
	grep -F 'postsuper -d' tasks >delete
	capture bash -c "$(cat hold)"
	[ "$(sed 1d "$called" | sort)" = "$(of_manifest 'select(.sasl_user ==
		"tony" and .listed and .queue != "hold") | .id' | sort)" ] ||
		report "$(cat "$called")"
	: >"$called"
	capture bash -c "$(cat delete)"
	[ "$(sed 1d "$called" | sort)" = "$(of_manifest 'select(.sender == "" and
		.queue == "deferred" and now - .arrival > 3600) | .id' |
		sort)" ] || report "$(cat "$called")"
	# One by one, and not one is forgotten.
	: >"$called"
	capture bash -c "$(grep -F postcat tasks)"
	sort "$called" >sorted
	of_manifest 'select(.queue == "hold" and now - .arrival > 7*86400) |
		"postcat -q \(.id)"' | sort >wanted
	[ -s wanted ]
	assert_same_file wanted sorted
}

# Expressions of the cookbook, and how jq says the same.
questions() {
	cat <<-'END'
		sasl_user = tony	.sasl_user == "tony"
		client.ip in 203.0.113.0/24	.client_address // "" | startswith("203.0.113.")
		sasl_user and sender.domain != example.com	.sasl_user and (.sender | domain) != "example.com"
		client.ip	.client_address
		bounce and age > 1h	.sender == "" and $now - .arrival > 3600
		@backscatter	.sender == "" and $now - .arrival > 3600
		bounce	.sender == ""
		all(reason.class = ratelimit)	every(.reason // "" | test("unusual rate|too many connections|enough recipients"))
		all(reason.class = greylist)	every(.reason // "" | test("[Gg]reylist"))
		reason.class = mailbox-full and age > 2d	some(.reason // "" | test(" 4.2.2 ")) and $now - .arrival > 172800
		reason.class = dns	some(.reason // "" | test("Name service error"))
		reason.class in (loop, local-config)	some(.reason // "" | test("loops back|^mail transport"))
		reason ~ "timed out while (sending|receiving)"	some(.reason // "" | test("timed out while (sending|receiving)"))
		reason.code >= 500	some(.reason // "" | test("said: 5[0-9][0-9] "))
		reason.host = .bigmail.example	some(.reason // "" | test("mx[12]\\.bigmail\\.example\\["))
		rcpt.domain = northwind.example and age > 2d	some(.address | domain == "northwind.example") and $now - .arrival > 172800
		rcpt.domain = .spamhaven.example	some(.address | domain | test("(^|\\.)spamhaven\\.example$"))
		all(rcpt.domain = bigmail.example)	every(.address | domain == "bigmail.example")
		none(rcpt.domain in (bigmail.example, .northwind.example))	some(.address | domain | test("^bigmail\\.example$|(^|\\.)northwind\\.example$")) | not
		rcpt.orig = sales@example.com	some(.original == "sales@example.com")
		rcpt.done > 0 and rcpt.count > 0	left != [] and done != []
		any(rcpt.state = done and rcpt.domain = campus.example)	any(done[]; .address | domain == "campus.example")
		rcpt.count > 50	left | length > 50
		not bounce and sender !~ "[+-][^@]*=[^@]*@"	.sender != "" and (.sender | test("[+-][^@]*=[^@]*@") | not)
		expires < 12h	.created > 0 and .created + 5*86400 < $now + 43200
		queue = deferred and next < 10m	.queue == "deferred" and .next < $now + 600
		queue = deferred and last > -30m	.queue == "deferred" and .last > $now - 1800
		held and age > 1w	.queue == "hold" and $now - .arrival > 7*86400
		forced_expire	.forced_expire
		local and sender.local = www-data	.origin == "sendmail" and .sender == "www-data"
		size > 5M	.size > 5*1024*1024
		filter = scan:* and age > 10m	.filter // "" | startswith("scan:")
		broken	.damaged
		queue = deferred and age > 1d	.queue == "deferred" and $now - .arrival > 86400
		age > 1h	$now - .arrival > 3600
		@stuck and size < 10K	.queue == "deferred" and $now - .arrival > 86400 and .sender != "" and .size < 10240
		queue = active and age > 5m	.queue == "active" and $now - .arrival > 300
		next < 1h and sender.domain = example.com	.next > 0 and .next < $now + 3600 and (.sender | domain) == "example.com"
	END
}

# answer CONDITION: the ids of the sample for which jq says yes, as of now.
answer() {
	of_manifest --argjson now "$(date +%s)" '
		def domain: ascii_downcase | if test("@") then
			sub("^.*@"; "") else "" end;
		def left: [.recipients[] | select(.state == "left")];
		def done: [.recipients[] | select(.state == "done")];
		def some(f): any(left[]; f);
		def every(f): left != [] and all(left[]; f);
		select(.listed) | select('"$1"') | .id' | LC_ALL=C sort
}

# check_question EXPRESSION CONDITION: print what is wrong.  Time goes on, so
# jq is asked before and after.
check_question() {
	local before given after

	for _ in 1 2 3 4 5; do
		before=$(answer "$2")
		given=$(mqls_ids "$1")
		after=$(answer "$2")
		[ "$before" != "$after" ] || break
	done
	[ -n "$before" ] || echo "nothing, by jq: $1"
	[ "$given" = "$before" ] || {
		echo "$1"
		diff <(echo "$before") <(echo "$given") | sed -n 's/^[<>]/  &/p'
	}
}

@test "the tasks select what they say, by jq" {
	local expression condition complaints='' count=0

	read_tasks
	for i in "${!tasks[@]}"; do
		expression_of "${tasks[$i]}"
	done >expressions
	while IFS=$'\t' read -r expression condition; do
		grep -qxF -e "$expression" expressions ||
			fail "not on the page: $expression"
		complaints+=$(check_question "$expression" "$condition")$'\n'
		count=$((count + 1))
	done < <(questions)
	complaints=$(grep . <<<"$complaints") || true
	[ -z "$complaints" ] || fail "$complaints"
	[ "$count" -ge 30 ]
	[[ $(check_question held '.queue == "active"') == held*'<'*'>'* ]]
}

@test "one night, by the clock" {
	local text

	read_tasks
	text=$(printf '%s\n' "${tasks[@]}" | grep -A 1 'arrival >=')
	text=$(adapted "$(expression_of "$text")")
	[[ $text == 'arrival >= "'*'" and arrival < "'*'"' ]] || fail "$text"
	answer ".arrival >= $(date -d "$(cut -d '"' -f 2 <<<"$text")" +%s) and
		.arrival < $(date -d "$(cut -d '"' -f 4 <<<"$text")" +%s)" >wanted
	[ -s wanted ]
	mqls_ids "$text" >given
	assert_same_file wanted given
}

@test "the selection in the file" {
	answer "\$now - .arrival < 6*3600 and
		(.sasl_user == \"tony\" or (.client_address // \"\" |
		startswith(\"203.0.113.\"))) and
		(some(.address | domain | test(\"(^|\\\\.)example\\\\.com\$\")) |
		not)" >wanted
	"$bin/mqls" -f ids --where-file spam.where | LC_ALL=C sort >given
	assert_same_file wanted given
}

@test "messages like that one" {
	capture "$bin/mqls" -f ids --like "$id"
	assert_status 0
	assert_in "$err" "^mqls: like $id: -w '.*sasl_user = tony.*'\$" 1
	[ "$(sort "$out")" = "$(answer '.sasl_user == "tony"')" ] || report "ids"
	# What it says can be used again.
	bash -c "mqls -f ids $(sed "s/^mqls: like $id: //" "$err")" >again
	assert_same_file "$out" again
}

@test "who floods the queue" {
	local task

	read_tasks
	task=$(printf '%s\n' "${tasks[@]}" | grep -- '--by sender')
	capture bash -c "$task"
	assert_in "$out" "^ *$(of_manifest -s 'map(select(.listed and .sender ==
		"tony@example.com")) | length') .* tony@example\\.com\$" 1
	# It comes first.
	[[ $(sed -n 2p "$out") == *' tony@example.com' ]] || report 'the order'
	# And reasons come with a hint.
	capture bash -c "$(printf '%s\n' "${tasks[@]}" | grep -- '--by reason -n')"
	assert_in "$out" ' greylist .*nothing: a later try gets through$'
}

@test "why it is not selected" {
	read_tasks
	capture bash -c "$(adapted "$(printf '%s\n' "${tasks[@]}" |
		grep -F 3AB7C2A9014 | grep -F explain)")"
	assert_status 1
	assert_in "$out" "^$id: not selected\$" 1
	assert_in "$out" '^  no +held  +no$' 1
	assert_in "$out" '^  no +rcpt.count > 100  +[2-7]$' 1
}

@test "the lines at the beginning select something" {
	local line count=0

	while IFS= read -r line; do
		[[ $line == mqls\ * ]] || continue
		capture bash -c "$line"
		assert_status 0
		count=$((count + 1))
	done < <(blocks DESCRIPTION | sed '/^+/d' | head -n 5)
	[ "$count" -eq 5 ]
	# And the mistake is shown as it is.
	capture "$MQLS" --spool "$spool" -w 'sendr = *@example.org'
	assert_status 64
	blocks DESCRIPTION | block '^mqls: ' >wanted
	assert_same_file wanted "$err"
}

@test "the settings of the page are settings" {
	capture "$bin/mqls" --count -w @stuck
	assert_status 0
	grep -q . settings
	assert_not_in "$err" setting
	[ "$(grep -c '^selection\.' settings)" -eq 2 ]
}

# tags SECTION: lines "NAME TEXT" of the list there.
tags() {
	sed -n "/^\\.S[hs] $1\$/,/^\\.S[hs] /{/^\\.S[hs] /!p;}" "$page" | awk '
		/^\.It Cm / {
			if (name) print name "\t" text
			name = $3; text = ""
			next
		}
		/^\.El/ { if (name) print name "\t" text; name = "" }
		name { text = text (text == "" ? "" : " ") $0 }' |
		sed 's/\\-/-/g'
}

@test "the classes of reasons are those of the program" {
	local all

	tags 'REASON CLASSES' >page
	capture "$MQLS" --spool "$spool" -w 'reason.class = x'
	assert_status 64
	all=$(sed -n 's/.*: reason\.class is one of //p' "$err" | tr -d ' ')
	[ "$(cut -f 1 page | paste -sd ,)" = "$all" ] ||
		report "page: $(cut -f 1 page)"
	# Each with the hint that the program has.
	sed 's/\t.*Hint: /\t/; s/\.$//' page >hints
	python3 - "$MQ_SRC/queue-format/reason.c" >program <<-'END'
		import re, sys

		text = open(sys.argv[1]).read()
		table = re.search(r"\} classes\[.*?\n\};", text, re.S).group(0)
		for row in re.findall(r"=\s*\{(.*?)\}", table, re.S):
		    name, *hint = re.findall(r'"((?:[^"\\]|\\.)*)"', row)
		    print(name + "\t" + "".join(hint))
	END
	assert_same_file program hints
	assert_in hints . 16
}

@test "every field is told of, and as what it is" {
	local name type part where

	capture "$MQLS" --fields
	while read -r name type part _; do
		grep -qE "^\\.It Cm ${name//./\\.} " "$MQ_SRC/man/mqls.1" ||
			fail "mqls(1) has no $name"
		case $type in
		text) where='Texts' ;;
		number | size) where='Numbers and sizes' ;;
		duration) where='Durations' ;;
		time) where='Times' ;;
		yes/no) where='Yes or no' ;;
		*) continue ;;
		esac
		[ "$name" != client.ip ] || where='IP addresses'
		sed -n "/^\\.Ss $where\$/,/^\\.S[hs] /p" "$page" |
			grep -E '^\.Cm ' | tr ' ' '\n' |
			grep -qxF -e "$name" || fail "$name is not in $where"
		# What is cheap is told by name.
		case $part in
		name | inode | recipients)
			tags COST | grep -E "^$part"$'\t' |
				grep -qE "[ ,]${name//./\\.} [,.]" ||
				fail "$name is not among the $part fields"
			;;
		esac
	done < <(grep '^[a-z]' "$out")
}

@test "statuses are those of mqls(1)" {
	local number

	while read -r number; do
		sed -n '/^\.Sh EXIT STATUS/,/^\.Sh ENVIRONMENT\|^\.Sh EXAMPLES/p' \
			"$MQ_SRC/man/mqls.1" | grep -qx "\\.It $number" ||
			fail "mqls(1) has no $number"
	done < <(sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It //p' "$page")
	sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It //p' "$page" | grep -qx 1
}
