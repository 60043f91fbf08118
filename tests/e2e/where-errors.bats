#!/usr/bin/env bats
# Mistakes in what --where is given: each is named, and pointed at.
#
# shellcheck disable=SC2016 # expressions are not for the shell
# shellcheck disable=SC2154 # some are set by what is loaded

load helper
load craft
load sample

setup_file() {
	require_program "$MQLS"
	umask 022
	open_folders
	make_spool "$BATS_FILE_TMPDIR/spool"
	export spool
	put deferred 1 < <(message alice@example.org bob@example.net)
	put_log "$id" < <(log_entry bob@example.net \
		"host mx.example.net[192.0.2.1] said: 450 $(printf 'a%.0s' {1..400})!")
	put deferred 2 < <(message carol@example.org dave@example.net)
	put_log "$id" < <(log_entry dave@example.net 'connection refused')
	owned
}

setup() {
	open_folders
}

# refused EXPRESSION MESSAGE POINTER: there is nothing but a complaint, and
# under the expression it shows the place.
refused() {
	mqls -f ids -w "$1"
	assert_status 64
	assert_stdout ''
	assert_stderr "mqls: --where: $2
  $1
  $3"
}

# refused_shown EXPRESSION MESSAGE SHOWN POINTER: where it is not shown as
# it is.
refused_shown() {
	mqls -f ids -w "$1"
	assert_status 64
	assert_stdout ''
	assert_stderr "mqls: --where: $2
  $3
  $4"
}

# accepted EXPRESSION: the counterpart, without the mistake.
accepted() {
	mqls -f ids -w "$1"
	[ "$status" -le 1 ] || report 'it should be understood'
	assert_stderr ''
}

@test "fields that do not exist" {
	refused 'sendr = *@example.org and age > 2d' \
		"unknown field 'sendr' (did you mean 'sender'?)" \
		'^^^^^'
	refused 'age > 2d and not (held or sizee > 1M)' \
		"unknown field 'sizee' (did you mean 'size'?)" \
		'                          ^^^^^'
	refused 'any(rcpt.domian = example.org)' \
		"unknown field 'rcpt.domian' (did you mean 'rcpt.domain'?)" \
		'    ^^^^^^^^^^^'
	refused 'Sender = alice' \
		"unknown field 'Sender' (did you mean 'sender'?)" \
		'^^^^^^'
	refused 'colour = red' \
		"unknown field 'colour'" \
		'^^^^^^'
	refused 'held and colour' \
		"unknown field 'colour'" \
		'         ^^^^^^'
}

@test "fields that are called otherwise elsewhere" {
	refused 'from = alice@example.org' \
		"unknown field 'from' (did you mean 'sender'?)" \
		'^^^^'
	refused 'held or to = bob' \
		"unknown field 'to' (did you mean 'rcpt'?)" \
		'        ^^'
	refused 'queue_id = 4F2*' \
		"unknown field 'queue_id' (did you mean 'id'?)" \
		'^^^^^^^^'
	refused 'message_size > 1M' \
		"unknown field 'message_size' (did you mean 'size'?)" \
		'^^^^^^^^^^^^'
}

@test "fields that are not there yet" {
	local field

	for field in subject body hops header.x-spam attachment \
		attachment.name attachment.type; do
		refused "$field = x" \
			"$field: this version does not read the content of messages yet" \
			"${field//?/^}"
	done
}

@test "something is missing" {
	refused 'sender =' \
		"expected a value, and here is the end" \
		'        ^'
	refused 'age > 2d and' \
		"expected a field, 'not' or '(', and here is the end" \
		'            ^'
	refused 'not' \
		"expected a field, 'not' or '(', and here is the end" \
		'   ^'
	refused 'sender alice@example.org' \
		"expected 'and' or 'or', not 'alice'" \
		'       ^^^^^'
	refused 'sender in' \
		"expected a value, and here is the end" \
		'         ^'
	refused 'sender in ()' \
		"expected a value, not ')'" \
		'           ^'
	refused 'sender in (a, )' \
		"expected a value, not ')'" \
		'              ^'
	refused 'sender in (a b)' \
		"expected ',' or ')', not 'b'" \
		'             ^'
	refused 'sender = (a)' \
		"expected a value, not '('" \
		'         ^'
	refused '= alice' \
		"expected a field, 'not' or '(', not '='" \
		'^'
	refused 'held held' \
		"expected 'and' or 'or', not 'held'" \
		'     ^^^^'
	refused 'or held' \
		"expected a field, 'not' or '(', not 'or'" \
		'^^'
	refused 'held and or bounce' \
		"expected a field, 'not' or '(', not 'or'" \
		'         ^^'
	refused 'any held' \
		"expected '(', not 'held'" \
		'    ^^^^'
	refused '()' \
		"expected a field, 'not' or '(', not ')'" \
		' ^'
}

@test "nothing at all" {
	refused '' 'an empty expression' '^'
	refused '   ' 'an empty expression' '   ^'
	mqls -f ids -w held -w ''
	assert_status 64
	assert_in "$err" '^mqls: --where: an empty expression$' 1
}

@test "parentheses and quotes without their other half" {
	refused '(held or bounce' \
		'this parenthesis is not closed' \
		'^'
	refused 'held and (bounce or (local)' \
		'this parenthesis is not closed' \
		'         ^'
	refused 'held)' \
		'this parenthesis was never opened' \
		'    ^'
	refused '(held)) or bounce' \
		'this parenthesis was never opened' \
		'      ^'
	refused 'any(rcpt = bob' \
		'this parenthesis is not closed' \
		'   ^'
	refused 'sender = "alice@example.org' \
		'this quote has no end' \
		'         ^'
	refused "sender in (a, 'b)" \
		'this quote has no end' \
		'              ^'
	refused 'sender = "alice\"' \
		'this quote has no end' \
		'         ^'
	refused 'sender = "alice"bob' \
		"expected 'and' or 'or', not 'bob'" \
		'                ^^^'
}

@test "operators of other languages" {
	refused 'sender == alice' "'==' is written '=' here" \
		'       ^^'
	refused 'held && bounce' "'&&' is written 'and' here" \
		'     ^^'
	refused 'held || bounce' "'||' is written 'or' here" \
		'     ^^'
	refused '!held' "'!' is written 'not' here" \
		'^'
	refused 'sender =~ alice' "'=~' is written '~' here" \
		'       ^^'
	refused 'sender <> alice' "'<>' is written '!=' here" \
		'       ^^'
	accepted 'sender = <>'
}

@test "operators that make no sense" {
	refused 'sender < alice' \
		'sender is a text: compare it with = != ~ !~ in' \
		'       ^'
	refused 'rcpt.domain >= b' \
		'rcpt.domain is a text: compare it with = != ~ !~ in' \
		'            ^^'
	refused 'reason.class > dns' \
		'reason.class is a text: compare it with = != ~ !~ in' \
		'             ^'
	refused 'size ~ 10' \
		'size is no text: compare it with = != < <= > >=' \
		'     ^'
	refused 'age !~ 2d' \
		'age is no text: compare it with = != < <= > >=' \
		'    ^^'
	refused 'next ~ 10' \
		'next is no text: compare it with = != < <= > >=' \
		'     ^'
	refused 'held > no' \
		"held is yes or no: write 'held' or 'not held'" \
		'     ^'
}

@test "numbers and sizes that are none" {
	refused 'rcpt.count > many' 'expected a number' \
		'             ^^^^'
	refused 'rcpt.count = 1K' 'expected a number' \
		'             ^^'
	refused 'reason.code = 4xx' 'expected a number' \
		'              ^^^'
	refused 'rcpt.count = 99999999999999999999' 'expected a number' \
		'             ^^^^^^^^^^^^^^^^^^^^'
	refused 'size > 5X' 'expected a size such as 500, 10K or 5M' \
		'       ^^'
	refused 'size > big' 'expected a size such as 500, 10K or 5M' \
		'       ^^^'
	refused 'size > "5 M"' 'expected a size such as 500, 10K or 5M' \
		'       ^^^^^'
	refused 'size in (1K, 2L, 3M)' 'expected a size such as 500, 10K or 5M' \
		'             ^^'
	refused 'size > 9999999999999T' 'expected a size such as 500, 10K or 5M' \
		'       ^^^^^^^^^^^^^^'
	refused 'held = maybe' 'expected yes or no' \
		'       ^^^^^'
}

@test "durations and times that are none" {
	local duration='expected a duration such as 90m, 2h or 3d'
	local time='expected a time such as -2h, 10m, 2026-11-20 or '
	time+='"2026-11-20 10:00"'

	refused 'age > 2x' "$duration" \
		'      ^^'
	refused 'age > old' "$duration" \
		'      ^^^'
	refused 'age > 30m1h' "$duration" \
		'      ^^^^^'
	refused 'age > 2026-11-20' "$duration" \
		'      ^^^^^^^^^^'
	refused 'age > 99999999999999999w' "$duration" \
		'      ^^^^^^^^^^^^^^^^^^'
	refused 'held or arrival < soon' "$time" \
		'                  ^^^^'
	refused 'arrival < 2026-13-01' "$time" \
		'          ^^^^^^^^^^'
	refused 'arrival < 2026-02-30' "$time" \
		'          ^^^^^^^^^^'
	refused 'arrival < 2026-1-1' "$time" \
		'          ^^^^^^^^'
	refused 'arrival < 25:00' "$time" \
		'          ^^^^^'
	refused 'arrival < "2026-11-20 10"' "$time" \
		'          ^^^^^^^^^^^^^^^'
	refused 'arrival < "2026-11-20 10:00 CET"' "$time" \
		'          ^^^^^^^^^^^^^^^^^^^^^^'
	refused 'arrival < 1700000000' "$time" \
		'          ^^^^^^^^^^'
	refused 'arrival < 2026-11-20 10:00' \
		"expected 'and' or 'or', not '10'" \
		'                     ^^'
}

@test "addresses and networks that are none" {
	local ip='expected an IP address or a network such as 192.0.2.0/24 or '
	ip+='2001:db8::/32'

	refused 'client.ip = localhost' "$ip" \
		'            ^^^^^^^^^'
	refused 'client.ip = 192.0.2' "$ip" \
		'            ^^^^^^^'
	refused 'client.ip = 192.0.2.256' "$ip" \
		'            ^^^^^^^^^^^'
	refused 'client.ip in (192.0.2.1, 2001:db8:::1)' "$ip" \
		'                         ^^^^^^^^^^^^'
	refused 'client.ip in 192.0.2.0/33' \
		'expected a prefix of 0 to 32 bits behind the slash' \
		'             ^^^^^^^^^^^^'
	refused 'client.ip in 2001:db8::/129' \
		'expected a prefix of 0 to 128 bits behind the slash' \
		'             ^^^^^^^^^^^^^^'
	refused 'client.ip in 192.0.2.0/' \
		'expected a prefix of 0 to 32 bits behind the slash' \
		'             ^^^^^^^^^^'
	refused 'sender = .example.org' \
		'sender is an address; for a domain there is sender.domain' \
		'         ^^^^^^^^^^^^'
	refused 'none(rcpt = .example.org)' \
		'rcpt is an address; for a domain there is rcpt.domain' \
		'            ^^^^^^^^^^^^'
}

@test "words that a field never has" {
	refused 'queue = defered' \
		"queue is never 'defered' (did you mean 'deferred'?)" \
		'        ^^^^^^^'
	refused 'queue in (hold, spam)' \
		'queue is one of maildrop, active, incoming, deferred, hold, corrupt' \
		'                ^^^^'
	refused 'reason.class = greylisting' \
		'reason.class is one of dns, connect, refused, timeout, tls, greylist, ratelimit, reputation, mailbox-full, no-such-user, policy, content, loop, local-config, suspended, other' \
		'               ^^^^^^^^^^^'
	refused 'reason.class = timeouts' \
		"reason.class is never 'timeouts' (did you mean 'timeout'?)" \
		'               ^^^^^^^^'
	refused 'rcpt.state = "delivered"' \
		'rcpt.state is one of waiting, deferred, bounced, done' \
		'             ^^^^^^^^^^^'
	accepted 'queue = def*'
	accepted 'reason.class ~ grey'
}

# The place is inside of the pattern, behind its quote.
@test "regular expressions that are none" {
	refused 'sender ~ "a(b"' \
		'regular expression: missing closing parenthesis' \
		'             ^'
	refused 'sender ~ *a' \
		'regular expression: quantifier does not follow a repeatable item' \
		'         ^'
	refused 'held and reason ~ "x[z-a]y"' \
		'regular expression: range out of order in character class' \
		'                       ^'
	refused 'sender ~ "[a"' \
		'regular expression: missing terminating ] for character class' \
		'            ^'
	accepted 'sender ~ "a(b)"'
}

@test "quantifiers within quantifiers" {
	refused 'any(all(rcpt = bob))' \
		'any, all and none cannot stand in each other' \
		'    ^^^'
	refused 'none(held or (any(rcpt = bob)))' \
		'any, all and none cannot stand in each other' \
		'              ^^^'
	accepted 'any(rcpt = bob) and all(rcpt = bob)'
}

@test "selections that the settings do not have" {
	refused '@backscatter' \
		"there is no selection 'backscatter' in the settings" \
		'^^^^^^^^^^^^'
	refused 'held and not @spam' \
		"there is no selection 'spam' in the settings" \
		'             ^^^^^'
	refused 'held and @' \
		"expected a field, 'not' or '(', not '@'" \
		'         ^'
}

@test "a mistake in the settings" {
	local settings=$BATS_TEST_TMPDIR/settings

	cat >"$settings" <<-'END'
		selection.backscatter = bounce and agee > 1h
		selection.one = @two
		selection.two = held or @one
		selection.good = sender = alice@example.org
	END
	mqls --settings "$settings" -f ids -w 'held or @backscatter'
	assert_status 64
	assert_stderr "mqls: $settings: selection.backscatter: unknown field \
'agee' (did you mean 'age'?)
  bounce and agee > 1h
             ^^^^"
	mqls --settings "$settings" -f ids -w '@one'
	assert_status 64
	assert_stderr "mqls: $settings: selection.two: the selection 'one' \
uses itself
  held or @one
          ^^^^"
	mqls --settings "$settings" --count -w '@good'
	assert_status 0
	assert_stdout 1
}

@test "a mistake in a file" {
	local file=$BATS_TEST_TMPDIR/where

	printf '%s\n' '# What is stuck' 'age > 2d and	# for long' \
		'	sendr = alice@example.org' >"$file"
	mqls -f ids --where-file "$file"
	assert_status 64
	assert_stdout ''
	assert_stderr "mqls: $file, line 3: unknown field 'sendr' (did you mean \
'sender'?)
   sendr = alice@example.org
   ^^^^^"
	mqls -f ids --where-file "$file.not"
	[ "$status" -ne 0 ] && [ "$status" -ne 1 ]
	assert_in "$err" "^mqls: --where-file: .*$file.not.*" 1
	assert_stdout ''
	: >"$file"
	mqls -f ids --where-file "$file"
	assert_status 64
	assert_in "$err" "^mqls: $file: an empty expression\$" 1
}

# repeat COUNT TEXT
repeat() {
	local many

	printf -v many "%$1s" ''
	printf '%s' "${many// /$2}"
}

@test "too much of all" {
	mqls -f ids -w "$(repeat 50 '(')held$(repeat 50 ')')"
	assert_status 1
	mqls -f ids -w "$(repeat 51 '(')held$(repeat 51 ')')"
	assert_status 64
	assert_in "$err" '^mqls: --where: more than 50 levels of parentheses$' 1
	mqls -f ids -w "$(repeat 30000 '(')held"
	assert_status 64
	assert_in "$err" '^mqls: --where: more than 50 levels of parentheses$' 1
	mqls -f ids -w "$(repeat 10001 'not ')held"
	assert_status 0
	mqls -f ids -w "$(repeat 999 'held or ')held"
	assert_status 1
	assert_stderr ''
	mqls -f ids -w "$(repeat 1000 'held or ')held"
	assert_status 64
	assert_in "$err" '^mqls: --where: an expression has at most 1000 terms$' 1
	mqls -f ids -w "sender = $(repeat 4096 a)"
	assert_status 1
	mqls -f ids -w "sender = $(repeat 4097 a)"
	assert_status 64
	assert_in "$err" '^mqls: --where: a value has at most 4096 bytes$' 1
	mqls -f ids -w "held$(repeat 65532 ' ')"
	assert_status 1
	mqls -f ids -w "held$(repeat 65533 ' ')"
	assert_status 64
	assert_in "$err" '^mqls: --where: an expression has at most 65536 bytes$' 1
}

# However long it is, the place can be seen.
@test "a long expression is shown around the mistake" {
	local line pointer

	mqls -f ids -w "$(repeat 100 'held or ')sendr = a or $(repeat 100 'held or ')held"
	assert_status 64
	assert_in "$err" "unknown field 'sendr'" 1
	[ "$(wc -l <"$err")" -eq 3 ]
	line=$(sed -n 2p "$err")
	pointer=$(sed -n 3p "$err")
	[ ${#line} -lt 100 ]
	[[ $pointer =~ ^(\ +)(\^+)$ ]]
	[ "${line:${#BASH_REMATCH[1]}:${#BASH_REMATCH[2]}}" = sendr ]
}

# is_tame FILE: no byte in it that does anything to a terminal.
is_tame() {
	assert_not_in "$1" $'[\001-\010\013-\037\177]'
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || fail 'not UTF-8'
}

@test "no control byte of an expression reaches the terminal" {
	local expression

	for expression in $'\033[2Jsendr = x' $'sender = x \033]0;hello\007' \
		$'sender\tsendr' $'sender = "\033[31m' $'x\x9b31m = 2' \
		$'caf\xe9 = 2' $'sender ~ "(\033[31m"' $'\x7f' \
		$'size = \e[2J' $'queue = \e[2J' $'@x\e[2J' $'held \r\b\b or'; do
		mqls -f ids -w "$expression"
		assert_status 64
		assert_stdout ''
		[ "$(wc -l <"$err")" -eq 3 ]
		is_tame "$err"
	done
	# Overrides of the direction of writing.
	mqls -f ids -w $'sendr = \u202egro.elpmaxe'
	assert_status 64
	assert_not_in "$err" $'\u202e'
}

@test "the pointer stands under wide characters and unreadable ones" {
	mqls -f ids -w 'sender = 用户@例え.example and sendr = x'
	assert_status 64
	# Four characters take two columns each.
	[ "$(sed -n 3p "$err")" = "  $(repeat 31 ' ')^^^^^" ] ||
		report 'the pointer is elsewhere'
	refused_shown $'sender\t= x and\tsendr = x' \
		"unknown field 'sendr' (did you mean 'sender'?)" \
		'sender = x and sendr = x' \
		'               ^^^^^'
}

@test "several expressions, one with a mistake" {
	mqls -f ids -w held -w 'age > 2x' -w bounce
	assert_status 64
	assert_stdout ''
	assert_stderr 'mqls: --where: expected a duration such as 90m, 2h or 3d
  age > 2x
        ^^'
}

# A pattern that would take longer than the universe has been there for.
@test "a regular expression cannot run away" {
	local pattern

	for pattern in '(a+)+$' '(a|aa)+$' '^(([a-z])+.)+[A-Z]([a-z])+$x' \
		'(.*)*(.*)*(.*)*x$'; do
		mqls -f ids -w "reason ~ \"$pattern\""
		[ "$status" -ne 124 ] || report 'it ran away'
		[ "$status" -eq 75 ] || continue
		assert_in "$err" "takes too long" 1
		limited=yes
	done
	[ "${limited:-}" = yes ] || report 'no limit was hit'
}

@test "what a runaway expression leaves out is said" {
	local long other

	long=$(mqls -f ids -w 'reason ~ aaaaaaaa' && cat "$out")
	other=$(mqls -f ids -w 'reason ~ refused' && cat "$out")
	mqls -f ids -w 'reason ~ "(a+)+$" or reason ~ refused'
	assert_status 75
	# What can be decided is there.
	assert_stdout "$other"
	assert_stderr "mqls: $long: cannot be decided: 'reason ~ \"(a+)+\$\"' \
takes too long; messages that are left out for that: 1"
	# Where it does not matter, it is not asked.
	mqls -f ids -w 'sender = carol@* and reason ~ "(a+)+$"'
	assert_status 1
	assert_stderr ''
	mqls -f ids -w 'reason ~ "(a+)+$" or sender = *'
	assert_status 0
	assert_stderr ''
	# Neither it nor its opposite is true.
	mqls -f ids -w 'not reason ~ "(a+)+$"'
	assert_status 75
	assert_stdout "$other"
}

@test "without --where there is no such option" {
	mqls --where
	assert_status 64
	assert_in "$err" "where" 1
	mqls -f ids --explain
	assert_status 64
}
