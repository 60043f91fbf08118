#!/usr/bin/env bats
# Two of us at the same messages, one of them stopped, or killed, in the middle:
# nothing is lost, and what each says is true.
#
# MQ_LONG=1 leaves it stopped for a minute.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2143 # both ends of a pipe count
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2154 # some are set by what is loaded

load helper
load sample

count=600

setup() {
	require_program "$MQADM"
	require_program "$SPOOLGEN"
	strace -o /dev/null true 2>/dev/null ||
		lab_skip "strace may not trace here"
	umask 022
	open_folders
	spool=$BATS_TEST_TMPDIR/spool
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	generate "$spool" --count $count
	contents >"$BATS_TEST_TMPDIR/before"
	# Few descriptors make many rounds.
	ulimit -n 200
}

teardown() {
	[ -z "${victim:-}" ] || kill -KILL "$victim" 2>/dev/null || true
}

# Inode and contents of each message, wherever it is, and of each log.
contents() {
	find "$spool" -type f -printf '%i ' -exec cksum {} \; |
		cut -d ' ' -f 1-3 | sort
}

# stopped_at CALL NUMBER VERB: the job stops there, with all that it has.
stopped_at() {
	rm -f "$BATS_TEST_TMPDIR"/{trace,pid,lines,talk}
	strace -f -e "trace=$1" -o "$BATS_TEST_TMPDIR/trace" \
		-e "inject=$1:signal=SIGSTOP:when=$2" \
		sh -c 'echo $$ >"$0" && exec "$@"' "$BATS_TEST_TMPDIR/pid" \
		"$MQADM" "$3" --spool "$spool" --all --yes deferred -f jsonl \
		>"$BATS_TEST_TMPDIR/lines" 2>"$BATS_TEST_TMPDIR/talk" \
		3>&- </dev/null &
	tracer=$!
	lab_wait 'grep -q "stopped by SIGSTOP" "$BATS_TEST_TMPDIR/trace"' 30 \
		"it stops at $1"
	victim=$(cat "$BATS_TEST_TMPDIR/pid")
}

goes_on() {
	status=0
	kill -CONT "$victim"
	wait "$tracer" || status=$?
	victim=
}

other() {
	capture "$MQADM" "$1" --spool "$spool" "${@:2}" -f jsonl
	assert_not_in "$err" 'brought to an end'
}

history() {
	local job

	for job in $("$MQADM" history --spool "$spool" -f jsonl |
		jq -r .job); do
		"$MQADM" history --spool "$spool" -f jsonl "$job"
	done
}

# Every message is once where somebody has said, or where it was; and the last
# who moved it has noted that.
assert_true() {
	contents | cmp - "$BATS_TEST_TMPDIR/before" ||
		report "something is lost"
	history >"$BATS_TEST_TMPDIR/history"
	[ -z "$(jq -r 'select(.state == "running") | .job' \
		"$BATS_TEST_TMPDIR/history")" ] || report "a job is not over"
	find "$spool" -type f ! -path '*/defer/*' -printf '%i %P\n' |
		sed -E 's|/.*/|/|' | sort >"$BATS_TEST_TMPDIR/places"
	jq -r '.changes[]? | select(.outcome == "done" and .to) |
		"\(.inode) \(.to)/\(.new_queue_id // .queue_id)"' \
		"$BATS_TEST_TMPDIR/history" |
		awk '!seen[$1]++' | sort >"$BATS_TEST_TMPDIR/noted"
	[ "$(comm -12 "$BATS_TEST_TMPDIR/noted" "$BATS_TEST_TMPDIR/places" |
		wc -l)" -eq "$(wc -l <"$BATS_TEST_TMPDIR/noted")" ] ||
		report "some are not where they should be:" \
			"$(comm -23 "$BATS_TEST_TMPDIR/noted" \
				"$BATS_TEST_TMPDIR/places" | head)"
}

# assert_said FILE...: who says that it is done is believed by the places.
assert_said() {
	local said=$BATS_TEST_TMPDIR/said

	jq -r 'select(.outcome == "done" or .outcome == "already") |
		"\(.to)/\(.now)"' "$@" | sort -u >"$said"
	find "$spool" -type f ! -path '*/defer/*' -printf '%P\n' |
		sed -E 's|/.*/|/|' | sort >"$BATS_TEST_TMPDIR/paths"
	[ -z "$(comm -13 "$said" "$BATS_TEST_TMPDIR/paths" |
		grep -v ^deferred/)" ] ||
		report "a message is where nobody has said"
}

# beside CALL NUMBER VERB OTHER
beside() {
	stopped_at "$1" "$2" "$3"
	other "$4" --all --yes deferred
	[ "$status" -eq 0 ] || [ "$status" -eq 75 ] || report "status"
	[ -s "$out" ] || report "the other one should have done something"
	cp "$out" "$BATS_TEST_TMPDIR/other"
	[ -z "${MQ_LONG:-}" ] || sleep 60
	# It is alive: nobody takes its job away.
	other hold ABCDEF
	assert_status 66
	goes_on
	[ "$status" -eq 0 ] || [ "$status" -eq 75 ] ||
		report "it ended with $status: $(cat "$BATS_TEST_TMPDIR/talk")"
	# Each of its messages is told once.
	[ "$(jq -r .id "$BATS_TEST_TMPDIR/lines" | sort -u | wc -l)" -eq \
		$count ] || report "not all are told"
	assert_true
	assert_said "$BATS_TEST_TMPDIR/lines" "$BATS_TEST_TMPDIR/other"
}

@test "one that is stopped while it moves messages keeps nobody from it" {
	beside renameat2 100 hold hold
}

@test "one that is stopped between moving and noting, and another verb" {
	beside fsync 5 hold requeue
}

# It has begun to write, and so nobody else can: that is said in the end.
@test "one that is stopped while it writes the journal is named" {
	stopped_at fdatasync 6 hold
	other hold --all --yes deferred
	[ "$status" -ne 0 ] || report "it cannot have noted anything"
	assert_in "$err" "process $victim is writing the journal and does not go on" 1
	assert_stdout ''
	goes_on
	[ "$status" -eq 0 ]
	assert_true
	assert_said "$BATS_TEST_TMPDIR/lines"
	other hold --all --yes deferred
	[ -z "$(find "$spool/deferred" -type f)" ] || report "not all are held"
}

@test "one that is killed is brought to its end by the next" {
	local killed call

	for call in renameat2 fsync fdatasync; do
		stopped_at $call 7 hold
		killed=$victim
		kill -KILL "$killed"
		wait "$tracer" || true
		cp "$BATS_TEST_TMPDIR/lines" "$BATS_TEST_TMPDIR/lines.killed"
		capture "$MQADM" release --spool "$spool" --all -f jsonl
		assert_in "$err" 'brought to an end, since its program had died: 1 job' 1
		assert_true
		# Twice changes nothing.
		history >"$BATS_TEST_TMPDIR/once"
		other hold ABCDEF
		history | cmp - "$BATS_TEST_TMPDIR/once"
		assert_true
		capture "$MQADM" release --spool "$spool" --all --yes
	done
}
