#!/usr/bin/env bats
# A question reads no more than it needs: what was opened is counted in the
# trace of its system calls.
#
# shellcheck disable=SC2154 # some are set by what is loaded

load helper

load sample

setup_file() {
	require_program "$MQLS"
	require_program "$SPOOLGEN"
	umask 022
	open_folders
	generate "$BATS_FILE_TMPDIR/spool" --count 300 --no-log-share 10
	generate "$BATS_FILE_TMPDIR/spool" --count 20 --queue hold --append \
		--seed 2
}

setup() {
	open_folders
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
}

# traced ARGUMENT...: run mqls, and keep which files it opened, and which
# directories.
traced() {
	capture strace -f -o "$BATS_TEST_TMPDIR/trace" \
		-e trace=open,openat,openat2 \
		"$MQLS" --spool "$spool" "$@"
	[ "$status" -le 1 ] || report "it should work"
	grep -E '"(maildrop|active|incoming|deferred|hold|corrupt|defer|bounce|trace)/' \
		"$BATS_TEST_TMPDIR/trace" | grep -v O_DIRECTORY |
		sed 's/^[^"]*"\([^"]*\)".*/\1/' >"$BATS_TEST_TMPDIR/files" || true
	grep O_DIRECTORY "$BATS_TEST_TMPDIR/trace" |
		sed -n 's/^[^"]*"\([^"]*\)".*/\1/p' |
		sort -u >"$BATS_TEST_TMPDIR/directories" || true
}

# assert_opens MESSAGES LOGS: so many queue files, and so many logs.
assert_opens() {
	local messages logs

	messages=$(grep -cvE '^(defer|bounce|trace)/' \
		"$BATS_TEST_TMPDIR/files") || true
	logs=$(grep -cE '^(defer|bounce|trace)/' \
		"$BATS_TEST_TMPDIR/files") || true
	[ "$messages $logs" = "$1 $2" ] ||
		report "opened $messages messages and $logs logs, and not" \
			"$1 and $2"
}

@test "all of a message: its file and its log" {
	traced -f jsonl
	[ "$(wc -l <"$out")" -eq 320 ]
	assert_opens 320 320
}

@test "name and place open nothing" {
	traced -f ids -w 'id = 0*'
	assert_opens 0 0
	traced -f ids -w 'held or queue = active'
	[ "$(wc -l <"$out")" -eq 20 ]
	assert_opens 0 0
}

@test "other queues are not even listed" {
	traced -f ids -w 'queue = hold'
	[ "$(wc -l <"$out")" -eq 20 ]
	assert_opens 0 0
	# To learn how deep queues are hashed, one of them is looked into.
	[ "$(grep -c '^deferred/' "$BATS_TEST_TMPDIR/directories")" -le 1 ] ||
		report "deferred/ was listed"
}

@test "the next try is a time of the file: it is not opened" {
	traced -f ids -w 'next < 10m'
	assert_opens 0 0
	traced -f ids -w 'not next < 10m and not forced_expire'
	[ "$(wc -l <"$out")" -gt 20 ]
	assert_opens 0 0
}

@test "sender, size, age, client: the file, and no log" {
	local term

	for term in 'sender = *@example.com' 'age > 2d' 'size > 1K' \
		'arrival < -1h' 'client.ip in 192.0.2.0/24' 'bounce' \
		'sender = *@example.com and age > 1h or sasl_user'; do
		traced -f ids -w "$term"
		assert_opens 320 0
	done
}

@test "what a cheap term drops is not opened for a dear one" {
	traced -f ids -w 'reason ~ . and held'
	assert_opens 20 20
	traced -f ids -w 'sender = nobody@nowhere.example and reason ~ .'
	assert_opens 320 0
	traced -f ids -w 'not (not held or none(reason ~ .))'
	assert_opens 20 20
}

@test "what a cheap term takes is not opened for a dear one" {
	traced -f ids -w 'reason ~ . or queue = deferred'
	[ "$(wc -l <"$out")" -ge 300 ]
	assert_opens 20 20
}

@test "recipients and reasons need the log" {
	traced -f ids -w 'rcpt.domain = *.example.com'
	assert_opens 320 320
	traced -f ids -w 'reason.class = timeout'
	assert_opens 320 320
}

@test "named ids: only these" {
	local id

	id=$("$MQLS" --spool "$spool" -f ids -n 1)
	traced -f ids -w 'age > 1s' "$id"
	[ "$(cat "$out")" = "$id" ]
	# Each is looked for in the other queues as well.
	[ "$(grep -c "/$id\$" "$BATS_TEST_TMPDIR/files")" -eq \
		"$(wc -l <"$BATS_TEST_TMPDIR/files")" ] ||
		report "it opened others"
	assert_not_in "$BATS_TEST_TMPDIR/files" '^defer/'
}

@test "--explain says so" {
	capture "$MQLS" --spool "$spool" --explain \
		-w 'reason ~ timed and sender = *@x.example and next < 10m and held'
	assert_in "$out" '^Lists: hold$' 1
	sed -n '/^Looks/,/^$/p' "$out" | sed '1d;$d' >"$BATS_TEST_TMPDIR/plan"
	[ "$(sed 's/   .*//; s/^ *//' "$BATS_TEST_TMPDIR/plan" | paste -sd ';')" \
		= "held;next < 10m;sender = *@x.example;reason ~ timed" ] ||
		report "this is another order"
	assert_in "$BATS_TEST_TMPDIR/plan" 'held .*opens nothing$' 1
	assert_in "$BATS_TEST_TMPDIR/plan" 'next .*opens nothing$' 1
	assert_in "$BATS_TEST_TMPDIR/plan" 'sender .*begin of the queue file$' 1
	assert_in "$BATS_TEST_TMPDIR/plan" 'reason .*log of delays$' 1
}
