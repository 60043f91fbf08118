#!/usr/bin/env bats
# postqueue -f, -i and -s do what Postfix's own do, word by word and in the
# log, and the same messages are tried; only an id that we have changed goes
# on working.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2154 # out and err are set by capture

load helper
load identical

setup_file() {
	[ -z "$(lab_missing)" ] || return 0
	identical_programs
	require_program "$MQADM"
	lab_new one fast_flush_domains=a.example
	lab_start one
	copy_programs "$LAB_ROOT/bin"
}

teardown_file() {
	lab_cleanup
}

setup() {
	lab_require
	mail_config one
	spool=$LAB_ROOT/one/spool
	log=$LAB_ROOT/one/log
	export MAILQ_TOOLS_STATE=$LAB_ROOT/state
}

# fill: one message to each of a.example and b.example, deferred.
fill() {
	local to

	for to in a b; do
		lab_send one from@from.example "x@$to.example" \
			<<<$'Subject: x\n\nx'
	done
	lab_wait '[ "$(deferred | wc -l)" -eq 2 ]' 20 'both are deferred'
	# The log of the flush service is written when that has come to it.
	lab_wait 'grep -qs . "$spool/flush/a_example"' 20 'the site has a log'
}

deferred() {
	find "$spool/deferred" -type f
}

# id_to DOMAIN
id_to() {
	"$POSTQUEUE" -j |
		jq -r --arg to "x@$1" 'select(.recipients[0].address == $to) |
			.queue_id'
}

drop() {
	local ids

	ids=$("$POSTQUEUE" -j | jq -r .queue_id)
	[ -z "$ids" ] || postsuper -c "$MAIL_CONFIG" -d - <<<"$ids" 2>/dev/null
	: >"$log"
}

# log_of WHO NAME ARGUMENT...: what the program says in the log, and all that
# is said of the messages after that, until those are deferred again.
log_of() {
	local who=$1

	: >"$log"
	run_for "$@"
	# A word that comes last: all before it has been written.
	postlog -c "$MAIL_CONFIG" -t end 'the end' 2>/dev/null
	lab_wait 'grep -qa " end.*the end" "$log"' 20
	sed -n 's/^.* lab-one\/postqueue\[[0-9]*\]: //p' "$log" \
		>"$BATS_TEST_TMPDIR/$who.log"
}

# identical_with_log NAME ARGUMENT...
identical_with_log() {
	log_of theirs "$@"
	log_of ours "$@"
	for part in stdout stderr status log; do
		assert_same_file "$BATS_TEST_TMPDIR/theirs.$part" \
			"$BATS_TEST_TMPDIR/ours.$part" ||
			fail "command: $*" || return 1
	done
}

# attempts: the domains of the recipients that were tried, sorted.
attempts() {
	sed -n 's/.*\/smtp\[[0-9]*\]: .*to=<x@\([a-z.]*\)>.* status=.*/\1/p' \
		"$log" | sort | tr '\n' ' '
}

# effect WHO WANTED ARGUMENT...: what is attempted by that, and nothing else.
# A message that comes afterwards is tried after all that.
effect() {
	local who=$1 wanted=$2

	: >"$log"
	run_for "$who" postqueue "${@:3}"
	[ "$(cat "$BATS_TEST_TMPDIR/$who.status")" -eq 0 ] ||
		fail "$who: $(cat "$BATS_TEST_TMPDIR/$who.stderr")"
	lab_send one from@from.example x@z.end <<<$'Subject: x\n\nx'
	lab_wait '[ -n "$(id_to z.end)" ] && [[ $(attempts) == *z.end* ]]' 20
	lab_wait '! find "$spool/active" "$spool/incoming" -type f | grep -q .' \
		20 'nobody is at work'
	postsuper -c "$MAIL_CONFIG" -d "$(id_to z.end)" 2>/dev/null
	[ "$(attempts)" = "${wanted}z.end " ] ||
		fail "$who $*: tried: $(attempts)"
}

@test "what they say: nothing, or why not" {
	identical_with_log postqueue -f
	expect_status 0
	identical_with_log postqueue -i ABCDEF0123
	expect_status 0
	identical_with_log postqueue -s a.example
	expect_status 0
	expect stderr . 0
	identical_with_log postqueue -s '[127.0.0.1]'
	identical_with_log postqueue -s b.example
	expect_status 69
	expect stderr '^postqueue: fatal: Flush service is not configured for destination "b.example"$' 1
	expect log '^fatal: Flush service is not configured' 1
	identical_with_log postqueue -s 'a b'
	expect stderr 'fatal: Cannot flush mail queue - invalid destination: "a b"$' 1
	for id in a/b ../x '' 'A B' "$(printf 'A%.0s' {1..256})" $'A\nB'; do
		identical_with_log postqueue -i "$id"
		expect_status 69
		expect stderr 'fatal: Cannot flush queue ID - invalid name: ' 1
	done
	expect log '^fatal: Cannot flush queue ID' 1
}

@test "how they are called" {
	identical_with_log postqueue -c "$MAIL_CONFIG" -i ABCDEF0123
	identical_with_log postqueue -iABCDEF0123
	MAIL_CONFIG=/nowhere identical postqueue -c "$LAB_ROOT/one/etc" -f
	cd "$LAB_ROOT/one"
	identical postqueue -c etc -f
	identical postqueue -f -i ABCDEF0123
	expect stderr '^postqueue: fatal: usage: ' 1
	identical postqueue -i
	identical postqueue -f x
	# What it says is full of numbers of this process.
	run_for theirs postqueue -v -i ABCDEF0123
	run_for ours postqueue -v -i ABCDEF0123
	assert_same_file "$BATS_TEST_TMPDIR/theirs.stderr" \
		"$BATS_TEST_TMPDIR/ours.stderr"
	expect stderr 'flush_send_file: queue_id ABCDEF0123 status 0' 1
	argv0=somebody identical postqueue -s b.example
	expect stderr '^postqueue: fatal: Flush' 1
}

@test "who may" {
	use_copies
	how=as_nobody identical_with_log postqueue -f
	how=as_nobody identical_with_log postqueue -i ABCDEF0123
	how=as_owner identical_with_log postqueue -i ABCDEF0123
	how=as_owner identical_with_log postqueue -s b.example
	expect_status 69
}

@test "what is tried: -f, -i, -s" {
	fill
	for who in theirs ours; do
		effect "$who" 'a.example b.example ' -f
		effect "$who" 'b.example ' -i "$(id_to b.example)"
		effect "$who" 'a.example ' -s A.example
	done
	drop
}

@test "an id that we have changed is told as it is called now" {
	! ours_are_theirs || skip "this is Postfix's own"
	fill
	first=$(id_to b.example)
	# As if somebody else had held it: then it comes back under another id.
	capture "$MQADM" -c "$MAIL_CONFIG" hold "$first"
	assert_status 0
	chmod g+r "$(find "$spool/hold" -type f)"
	capture "$MQADM" -c "$MAIL_CONFIG" release "$first"
	assert_status 0
	assert_in "$out" "^$first: renamed to " 1
	now=$(sed 's/.* renamed to //' "$out")
	[ "$(id_to b.example)" = "$now" ] || fail "its id: $(id_to b.example)"
	effect theirs '' -i "$first"
	effect ours 'b.example ' -i "$first"
	effect ours 'b.example ' -i "$now"
	effect ours '' -i ABCDEF0123
	# Where the journal is not, or cannot be read, nobody knows.
	MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR effect ours '' -i "$first"
	chmod 000 "$MAILQ_TOOLS_STATE"
	effect ours '' -i "$first"
	chmod 755 "$MAILQ_TOOLS_STATE"
	effect ours 'b.example ' -i "$first"
	drop
}

@test "when the mail system is down" {
	lab_stop one
	for arguments in -f '-i ABCDEF0123' '-s a.example'; do
		# shellcheck disable=SC2086 # to be split
		identical postqueue $arguments
		expect_status 69
		expect stderr '^postqueue: fatal: Cannot flush mail queue - mail system is down$' 1
	done
	expect stderr '^postqueue: warning: connect to public/flush: ' 1
	lab_new two
	mail_config two
	identical postqueue -f
	expect stderr '^postqueue: warning: unable to look up public/qmgr: No such file or directory$' 1
	identical postqueue -i ABCDEF0123
	expect stderr 'No such file' 1
	mail_config none
	identical postqueue -f
	expect_status 69
}

@test "it is never run in a circle" {
	! ours_are_theirs || skip "this is Postfix's own"
	lab_new circle
	lab_set circle "command_directory=${MQ_POSTQUEUE%/*}"
	mail_config circle
	capture "$MQ_POSTQUEUE" -f
	assert_status 69
	assert_in "$err" "this is not Postfix's own program" 1
}
