#!/usr/bin/env bats
# mqls's table: it fits the terminal, shows nothing cut where there is none,
# and cuts no id and no number anywhere.
#
# shellcheck disable=SC2016 # jq has variables, too
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load craft
load sample

setup_file() {
	monday
}

setup() {
	open_folders
	total=$(of_manifest 'select(.listed) | .id' | wc -l)
}

# assert_fits COLUMNS: and makes use of the room.
assert_fits() {
	local widest

	widest=$(widest "$out")
	[ "$widest" -le "$1" ] || report "$widest columns, and not $1"
	[ "$widest" -gt $(($1 - 10)) ] || report "only $widest columns of $1"
}

@test "the table is as wide as the terminal" {
	local columns

	for columns in 40 60 80 132 250; do
		on_terminal $columns
		assert_status 75
		assert_lines $((total + 1))
		assert_fits $columns
		assert_in "$out" '^ID  ' 1
	done
}

@test "columns that find no room are left out, from the right" {
	on_terminal 80 hold
	assert_in "$out" '^ID +Q +SIZE +AGE NEXT +RCPTS SENDER +RCPT +REASON *$' 1
	on_terminal 40 hold
	assert_in "$out" '^ID +Q +SIZE +AGE NEXT RCPTS *$' 1
	on_terminal 30 -o sender,rcpt,reason,id deferred
	assert_in "$out" '^SENDER +RCPT +REASON$' 1
	on_terminal 60 -o sender.domain,rcpt.domain,client.name,reason,id deferred
	assert_in "$out" '^SENDER[^ ]* +RCPT[^ ]* +CLIENT[^ ]* +REASON +ID$' 1
	[ "$(widest "$out")" -le 60 ] || report "too wide"
	# At least one there must be, and an id is never cut.
	on_terminal 5 --color never hold
	assert_in "$out" '^ID *$' 1
	assert_in "$out" '^[0-9A-F]{11}$' \
		"$(of_manifest 'select(.queue == "hold") | .id' | wc -l)"
}

@test "a terminal that does not tell its size has 80 columns" {
	on_terminal 0
	assert_fits 80
}

@test "without a terminal nothing is cut" {
	local reason

	reason=$(of_manifest -s '[.[] | select(.listed and (.damaged | not) and
		.queue == "deferred") | .recipients[] |
		select(.state == "left" and .reason != null)][0].reason')
	[ ${#reason} -gt 60 ]
	COLUMNS=40 mqls deferred
	[ "$(grep -cF -- "$reason" "$out")" -gt 0 ] || report "no $reason"
	assert_not_in "$out" '…'
	[ "$(widest "$out")" -gt 200 ] || report "cut"
}

# wide_messages: in the addresses and reasons, characters of every width.
wide_messages() {
	local n=1 text

	make_spool "$BATS_TEST_TMPDIR/wide"
	for text in plain 用户用户用户 用a户b用c户 한국어사용자 ﾊﾝｶｸ ＦＵＬＬ \
		'e\0314\0201e\0314\0201e\0314\0201' δοκιμή привет \
		'\0360\0237\0230\0200\0360\0237\0230\0200' สวัสดี שלום; do
		put deferred $((n++)) < <(message "$text@例え.example" \
			"$text$text$text@例え.example")
		put_log "$id" < <(log_entry "$(printf '%b' "$text$text$text")@例え.example" \
			"$(printf '%b' "$text 理由 $text 理由 $text 理由")")
	done
	owned
}

# assert_aligned: what stands before the id has the same width in all rows.
assert_aligned() {
	python3 - "$out" <<-'END' || report "not aligned"
		import re, sys, unicodedata

		def columns(text):
		    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else
		               2 if unicodedata.east_asian_width(c) in "WF" else 1
		               for c in text)

		lines = open(sys.argv[1], encoding="utf-8").read().split("\n")[1:-1]
		starts = {columns(re.match(r"(.*) [0-9A-F]{6,}$", line)[1])
		          for line in lines}
		assert len(lines) == 12, lines
		assert len(starts) == 1, starts
	END
}

@test "wide characters take two columns, combining ones none" {
	local columns

	wide_messages
	for columns in 40 41 60 61 80 81 132 133 300; do
		on_terminal $columns -o sender,rcpt,id
		assert_status 0
		[ "$(widest "$out")" -le "$columns" ] || report "too wide"
		assert_aligned
	done
	assert_in "$out" '^用户用户用户@例え.example +用户'
	assert_in "$out" '^ＦＵＬＬ@例え.example +ＦＵＬＬ'
	mqls -o sender,rcpt,id
	assert_aligned
	for columns in 40 60 80 132; do
		on_terminal $columns
		[ "$(widest "$out")" -le "$columns" ] || report "too wide"
		[ "$columns" -eq 40 ] || assert_in "$out" '…'
	done
}

@test "a terminal that is not UTF-8 gets ASCII" {
	wide_messages
	LC_ALL=C on_terminal 80
	assert_status 0
	[ "$(LC_ALL=C grep -c '[^ -~]' "$out")" -eq 0 ] || report "not ASCII"
	assert_in "$out" '<U\+[0-9A-F>]'
	assert_in "$out" '[^ ]> '
	[ "$(widest "$out")" -le 80 ] || report "too wide"
}

# The first thousand rows decide on the widths.
@test "a longer id, number or time in a later row is not cut" {
	local columns

	generate "$BATS_TEST_TMPDIR/many" --count 2500 --queue active --size 10 \
		--span 50
	mv "$manifest" "$manifest.1"
	generate "$spool" --append --count 300 --queue deferred --long-ids \
		--size 20000 --span 1000000 --seed 2
	cat "$manifest.1" >>"$manifest"
	for columns in 60 132; do
		on_terminal $columns --color never
		assert_status 0
		assert_lines 2801
		[ "$(widest "$out")" -le $columns ] || report "too wide"
		cut -d ' ' -f 1 "$out" | tail -n +2 | sort >"$BATS_TEST_TMPDIR/ids"
		of_manifest .id | sort | cmp - "$BATS_TEST_TMPDIR/ids" ||
			report "ids are cut"
		cut -c 1-40 "$out" >"$BATS_TEST_TMPDIR/numbers"
		assert_in "$BATS_TEST_TMPDIR/numbers" ' D +[0-9.]+K? +([0-9]+[hd])?[0-9]+[mhs] ' 300
		assert_not_in "$BATS_TEST_TMPDIR/numbers" '[0-9][dhmK.]?…'
	done
}

@test "headings" {
	mqls hold
	assert_in "$out" '^ID +Q +SIZE +AGE +NEXT +RCPTS +SENDER +RCPT +REASON *$' 1
	mqls -o id,sender.domain,forced_expire hold
	assert_in "$out" '^ID +SENDER.DOMAIN +FORCED_EXPIRE *$' 1
	mqls --no-headings hold
	assert_not_in "$out" '^ID '
	assert_lines "$(of_manifest 'select(.queue == "hold") | .id' | wc -l)"
	assert_stderr ''
	# They are there only once, however long the table is.
	generate "$BATS_TEST_TMPDIR/many" --count 2500
	mqls
	assert_lines 2501
	assert_in "$out" '^ID ' 1
	on_terminal 80
	assert_lines 2501
	assert_in "$out" '^ID ' 1
}

@test "--columns" {
	mqls -o size,id hold
	assert_in "$out" '^ *SIZE ID *$' 1
	assert_in "$out" '^ *[0-9.]+[KM]? [0-9A-F]{11} *$' \
		"$(of_manifest 'select(.queue == "hold") | .id' | wc -l)"
	mqls -o +queue,path hold
	assert_in "$out" '^ID .* REASON +QUEUE PATH *$' 1
	assert_in "$out" ' hold  hold/[0-9A-F]{11} *$' \
		"$(of_manifest 'select(.queue == "hold") | .id' | wc -l)"
	# The last list counts, and `+' adds to what is there.
	mqls -o size -o id -o +queue hold
	assert_in "$out" '^ID +QUEUE *$' 1
	mqls -o id,id hold
	assert_in "$out" '^([0-9A-F]{11}) \1 *$'
}

@test "values as people like them" {
	local size n=1

	make_spool "$BATS_TEST_TMPDIR/values"
	for size in 0 999 1000 1023 10188 10189 1023487 1023488 1048576 \
		5368709120; do
		put deferred $((n++)) < <(
			size_record "$size" 300
			envelope '' rcpt@example.org
		)
	done
	owned
	mqls -o size --no-headings
	assert_status 0
	[ "$(tr -d ' ' <"$out" | sort | paste -sd ' ')" = \
		"$(printf '%s\n' 0 999 1.0K 1.0K 9.9K 10K 999K 1.0M 1.0M 5.0G |
			sort | paste -sd ' ')" ] || report "sizes"
	mqls -o sender,size
	assert_in "$out" '^<> +999$' 1
}

@test "when it will be tried next" {
	local when

	make_spool "$BATS_TEST_TMPDIR/next"
	for when in '1 hour ago' '+45 minutes 30 seconds' '+90 minutes 30 seconds' \
		'+3 days 2 hours 30 minutes'; do
		put deferred $((++n)) < <(message a@example.org b@example.org)
		touch -d "$when" "$spool/$path"
	done
	put active 1 < <(message a@example.org b@example.org)
	put hold 1 < <(message a@example.org b@example.org)
	put incoming 1 < <(message a@example.org b@example.org)
	put maildrop 1 < <(submission a@example.org b@example.org)
	owned
	mqls -o next,queue --no-headings
	assert_status 0
	sed -i 's/^ *//' "$out"
	assert_in "$out" '^due +deferred' 1
	assert_in "$out" '^45m +deferred' 1
	assert_in "$out" '^1h30m +deferred' 1
	assert_in "$out" '^3d02h +deferred' 1
	assert_in "$out" '^now +active' 1
	assert_in "$out" '^held +hold' 1
	assert_in "$out" '^incoming' 1
	assert_in "$out" '^maildrop' 1
}

@test "the summary is on stderr, and with the table only" {
	local queue counts='' separator=': ' bytes

	mqls
	for queue in maildrop active incoming deferred hold; do
		counts+=$separator$(of_manifest --arg queue $queue \
			'select(.listed and .queue == $queue) | .id' | wc -l)
		counts+=" $queue"
		separator=', '
	done
	assert_in "$err" "^mqls: $total messages, [0-9]+K$counts; being written: 1; damaged or unreadable: 1\$" 1
	assert_not_in "$out" 'messages'
	mqls -n 1
	assert_in "$err" '^mqls: 1 message, ' 1
	mqls -o id hold
	assert_stderr "mqls: $(of_manifest 'select(.queue == "hold") | .id' |
		wc -l) messages: $(of_manifest 'select(.queue == "hold") | .id' |
		wc -l) hold"
	for format in mailq json jsonl csv tsv ids; do
		mqls -f $format hold
		assert_stderr ''
	done
	mqls --count hold
	assert_stderr ''
}

esc=$'\033'

assert_coloured() {
	assert_in "$out" "$esc\\[[0-9;]+m"
}

assert_plain() {
	assert_not_in "$out" "$esc"
}

@test "colours are for terminals, unless somebody says otherwise" {
	on_terminal 80
	assert_coloured
	on_terminal 80 --color auto
	assert_coloured
	on_terminal 80 --color never
	assert_plain
	NO_COLOR=1 on_terminal 80
	assert_plain
	NO_COLOR='' on_terminal 80
	assert_coloured
	NO_COLOR=1 on_terminal 80 --color always
	assert_coloured
	terminal=dumb on_terminal 80
	assert_plain
	mqls
	assert_plain
	mqls --color auto
	assert_plain
	mqls --color always
	assert_coloured
	NO_COLOR=1 mqls --color always
	assert_coloured
	for format in mailq json jsonl csv tsv ids; do
		mqls -f $format --color always
		assert_plain
	done
}

# assert_colour NUMBER REGEXP: lines that match have it; "" for none.
assert_colour() {
	if [ -n "$1" ]; then
		assert_in "$out" "^$esc\\[$1m$2"
	else
		assert_in "$out" "^$2"
	fi
}

@test "colours tell the state" {
	make_spool "$BATS_TEST_TMPDIR/colours"
	put active 1 < <(message a@example.org b@example.org)
	put hold 1 < <(message a@example.org b@example.org)
	put incoming 1 < <(message a@example.org b@example.org)
	put maildrop 1 < <(submission a@example.org b@example.org)
	put deferred 1 < <(message a@example.org b@example.org)
	put deferred 2 < <(message a@example.org b@example.org)
	chmod 710 "$spool/$path"
	put deferred 3 < <(message a@example.org b@example.org | head -c 200)
	owned
	mqls --color always -o queue,mark,id,fault
	assert_status 75
	assert_colour 32 'active +\* '
	assert_colour '1;33' 'hold +! '
	assert_colour 36 'incoming +I '
	assert_colour 36 'maildrop +M '
	assert_colour 35 'deferred +D# '
	assert_colour 31 'deferred +D .*file ends'
	assert_colour '' 'deferred +D '
}

@test "what comes from mail cannot colour the terminal" {
	make_spool "$BATS_TEST_TMPDIR/hostile"
	put deferred 1 < <(message '\0033[31mred@example.org' b@example.org)
	owned
	on_terminal 80 --color never
	assert_plain
	assert_in "$out" '\^\[\[31m'
}
