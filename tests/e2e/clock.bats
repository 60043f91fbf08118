#!/usr/bin/env bats
# The clock jumps: by a day, to 1970, to 2038.  Nothing is forgotten too early,
# and the ids that are made then are ids, of one message each.
#
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2154 # some are set by what is loaded

load helper
load craft

owner=games

setup() {
	require_program "$MQADM"
	faketime=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null |
		head -n 1)
	[ -n "$faketime" ] || lab_skip "libfaketime is not installed"
	umask 022
	chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" \
		"$BATS_TEST_TMPDIR"
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	settings=$BATS_TEST_TMPDIR/settings
	: >"$settings"
}

teardown() {
	lab_cleanup
}

# at TIME COMMAND...: its clock says so; "+1d" is from now on, and a date stands
# still.  What the kernel counts goes on, as it does when a clock is set.
at() {
	capture env LD_PRELOAD="$faketime" NO_FAKE_STAT=1 \
		FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME="$1" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
		"${@:2}"
}

a_spool() {
	make_spool "$BATS_TEST_TMPDIR/spool"
	put deferred 1 < <(message a@from.example b@to.example)
	owned
}

# turn TIME: a job of its own.
turn() {
	verb=$([ -e "$spool/hold/$id" ] && echo release || echo hold)
	at "$1" "$MQADM" "$verb" --spool "$spool" --settings "$settings" \
		--wait 0 --all
	assert_status 0
	assert_stderr_is_a_sum
}

assert_stderr_is_a_sum() {
	assert_in "$err" '^mqadm: (placed on hold|released from hold): 1 message \(job [0-9a-f]+\)$' 1
	[ "$(wc -l <"$err")" -eq 1 ] || report "it should say no more"
}

jobs() {
	capture "$MQADM" history --spool "$spool" --settings "$settings" \
		-f jsonl
	assert_status 0
	jq -r '"\(.action) \(.begun)"' "$out"
}

@test "mqadm believes the clock, also when it has given up root" {
	a_spool
	turn '2038-01-19 03:14:08'
	[ "$(jobs)" = 'hold 2147483648' ] || report "the job is of another time"
	turn '1970-01-01 00:00:10'
	turn '2106-02-07 06:28:16'
	[ "$(jobs)" = 'hold 4294967296
release 10
hold 2147483648' ] || report "the jobs are of another time"
	# The newest comes first, whatever the clock says.
	turn +0
	[ "$(jobs | head -n 1 | cut -d ' ' -f 1)" = release ]
}

@test "a clock that jumps makes no job be forgotten too early" {
	local clock count=1

	a_spool
	echo 'journal_days = 2' >"$settings"
	turn +0
	# Twice each: the second one follows a job of that time.
	for clock in +1d +1d +6d +6d '1970-01-01 00:00:10' \
		'1970-01-01 00:00:10' '2038-01-19 03:14:08' \
		'2038-01-19 03:14:08' +0 +0 '2106-02-07 06:28:16' +0; do
		turn "$clock"
		count=$((count + 1))
		[ "$(jobs | wc -l)" -eq $count ] ||
			report "at $clock something was forgotten"
	done
}

@test "and when that time has really passed, jobs are forgotten" {
	local day

	a_spool
	echo 'journal_days = 2' >"$settings"
	for day in $(seq 0 12); do
		turn "+${day}d"
	done
	# Two days, a week, and the present one.
	[ "$(jobs | wc -l)" -eq 9 ] || report "$(jobs)"
}

# inside QUEUE: their names.
inside() {
	find "$spool/$1" -type f -printf '%f\n' | sort
}

# ids_at TIME LONG: messages that were active, and those that somebody else has
# held, get new names.
ids_at() {
	local options=() queue

	lab_new q "mail_owner=$owner" "enable_long_queue_ids=$2"
	chown "$owner" "$LAB_ROOT/q/data" "$LAB_ROOT/q/log"
	spool=$LAB_ROOT/q/spool
	[ "$2" = no ] || options=(--long-ids)
	for queue in active hold; do
		"$MQ_BUILD/tests/gen/spoolgen" --count 40 --queue $queue \
			--append --owner "$owner" "${options[@]}" "$spool"
	done
	inside active >"$BATS_TEST_TMPDIR/active"
	at "$1" "$MQADM" hold -c "$LAB_ROOT/q/etc" --all --yes active
	assert_status 0
	assert_in "$out" ': renamed to ' 40
	# What was somebody else's may be known to qmgr, if one runs.
	at "$1" "$MQADM" release -c "$LAB_ROOT/q/etc" --all --yes
	assert_status 0
	at "$1" "$MQADM" hold -c "$LAB_ROOT/q/etc" --all --yes
	assert_status 0
	inside hold >"$BATS_TEST_TMPDIR/hold"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/hold")" -eq 80 ] ||
		report "there should be 80 messages"
	[ -z "$(comm -12 "$BATS_TEST_TMPDIR/active" "$BATS_TEST_TMPDIR/hold")" ] ||
		report "some have the id that qmgr may know"
	# Postfix takes them for ids, and finds the inodes in them.
	capture postsuper -c "$LAB_ROOT/q/etc" "-$([ "$2" = no ] && echo s || echo S)"
	assert_status 0
	assert_stderr ''
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f ids hold
	[ "$(sort "$out")" = "$(cat "$BATS_TEST_TMPDIR/hold")" ] ||
		report "not all are listed"
	inside hold | cmp - "$BATS_TEST_TMPDIR/hold"
	lab_cleanup
	rm -rf "$MAILQ_TOOLS_STATE"
}

@test "ids that are made while the clock is wrong are ids, and unique" {
	local clock long

	lab_require
	for clock in +1d '1970-01-01 00:00:00' '1970-01-01 00:00:10' \
		'2038-01-19 03:14:08' '2106-02-07 06:28:16'; do
		for long in no yes; do
			ids_at "$clock" $long
		done
	done
}
