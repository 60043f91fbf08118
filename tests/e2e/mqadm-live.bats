#!/usr/bin/env bats
# mqadm beside a Postfix that works: what its log says, what is woken, what
# waits, and several instances.  What survives under load is for other tests.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load sample
load instances

setup() {
	lab_require
	require_program "$MQADM"
	require_program "$MQLS"
	umask 022
	open_folders
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
}

teardown() {
	[ -z "${reader:-}" ] || kill "$reader" 2>/dev/null || true
	lab_cleanup
}

# begin [PARAM=VALUE...]: an instance that runs.  Its log is $log.
begin() {
	lab_new one "$@"
	lab_start one
	log=$LAB_ROOT/one/log
}

# mqadm ARGUMENT...
mqadm() {
	capture "$MQADM" -c "$LAB_ROOT/one/etc" "$@"
}

# ids [EXPRESSION]: of the queue.
ids() {
	"$MQLS" -c "$LAB_ROOT/one/etc" -f ids ${1:+-w "$1"}
}

# send FROM TO: one message; it is tried at once.  Its id is in $id.
send() {
	printf 'Subject: x\n\nHello.\n' | lab_send one "$1" "$2"
	lab_wait 'id=$(ids "sender = '"$1"'") && [ -n "$id" ]' 20
}

# log_says REGEXP
log_says() {
	grep -qaE "$1" "$log"
}

@test "the mail log has a line for the job, and for a new id" {
	# The second message waits in active, for the first one's sake.
	begin default_destination_rate_delay=600s
	send a@from.example x@to.example
	send b@from.example x@to.example
	lab_wait '[ "$(ids "sender = b@from.example and queue = active")" ]' 20
	mqadm hold "$id" --reason $'too\e[1m many'
	assert_status 0
	assert_in "$out" "^$id: renamed to [0-9A-F]+$" 1
	new=$(sed 's/.* //' "$out")
	[ "$(ids held)" = "$new" ]
	lab_wait 'log_says "/mqadm.*: $id: renamed to $new$"' 20
	lab_wait 'log_says "/mqadm.*: hold: job=[0-9a-f]{32}, 1 done, user=root, .*reason: too.* many$"' 20
	assert_not_in "$log" $'\e'
	# The old name finds it, in both programs.
	capture "$MQLS" -c "$LAB_ROOT/one/etc" -o sender --no-headings -f tsv "$id"
	assert_stdout b@from.example
	mqadm release "$id"
	assert_status 0
	assert_in "$err" '^mqadm: released from hold: 1 message \(job' 1
	# Not under the name that qmgr remembers.
	[ -n "$(ids 'sender = b@from.example')" ]
	[ "$(ids 'sender = b@from.example')" != "$id" ]
}

@test "requeue goes through pickup, expire --now returns it" {
	begin
	send a@from.example x@to.example
	lab_wait 'log_says "$id: .*status=deferred"' 20
	mqadm requeue "$id"
	assert_status 0
	assert_in "$err" '^mqadm: requeued: 1 message \(job' 1
	lab_wait 'now=$(ids "queue = deferred") && [ -n "$now" ] &&
		[ "$now" != "$id" ] && log_says "$now: .*status=deferred"' 30
	mqadm expire --now "$now"
	assert_status 0
	lab_wait 'log_says "$now: .*status=(force-)?expired, returned to sender"' \
		30 || lab_wait 'log_says "$now: from=.*expired"' 1
	[ -z "$(ids 'sender = a@from.example')" ]
}

@test "release --now is tried at once" {
	begin
	send a@from.example x@to.example
	lab_wait 'log_says "$id: .*status=deferred"' 20
	mqadm hold "$id"
	assert_status 0
	mqadm release --now "$id"
	assert_status 0
	now=$(ids 'sender = a@from.example')
	lab_wait '[ "$(grep -caE "($id|$now): .*status=deferred" "$log")" -ge 2 ]' 30
}

@test "while Postfix does not run" {
	begin
	send a@from.example x@to.example
	lab_wait 'log_says "$id: .*status=deferred"' 20
	lab_stop one
	mqadm hold "$id"
	assert_status 0
	mqadm release "$id" --now
	assert_status 0
	assert_in "$err" '^mqadm: Postfix does not run: it goes on when it does$' 1
	[ "$(ids 'queue = deferred')" = "$id" ]
}

# An agent that has the message open and locked, and does not come to an end.
hold_open() {
	python3 - "$1" >"$BATS_TEST_TMPDIR/open" <<-'END' 3>&- &
		import fcntl, sys, time

		file = open(sys.argv[1], "r+b")
		fcntl.flock(file, fcntl.LOCK_EX)
		print("open", flush=True)
		time.sleep(120)
	END
	reader=$!
	lab_wait 'grep -q open "$BATS_TEST_TMPDIR/open"' 20
}

@test "--wait: who still works on it keeps it" {
	begin
	send a@from.example x@to.example
	lab_wait 'log_says "$id: .*status=deferred"' 20
	mqadm hold "$id"
	hold_open "$LAB_ROOT/one/spool/hold/$id"
	mqadm release "$id" --wait 0
	assert_status 75
	assert_in "$err" "^mqadm: $id: .*deliver" 1
	assert_in "$err" '^mqadm: released from hold: 0 messages; busy: 1 \(job' 1
	[ "$(ids held)" = "$id" ]
	kill "$reader"
	wait "$reader" || true
	reader=
	mqadm release "$id" --wait 20s
	assert_status 0
	[ -z "$(ids held)" ]
}

@test "Ctrl-C while it waits" {
	begin
	send a@from.example x@to.example
	lab_wait 'log_says "$id: .*status=deferred"' 20
	mqadm hold "$id"
	hold_open "$LAB_ROOT/one/spool/hold/$id"
	out=$BATS_TEST_TMPDIR/stdout err=$BATS_TEST_TMPDIR/stderr
	captured='release, and SIGTERM'
	"$MQADM" -c "$LAB_ROOT/one/etc" release "$id" --wait 1h >"$out" \
		2>"$err" </dev/null 3>&- &
	program=$!
	# The signal is blocked as soon as it is waited for.
	lab_wait 'grep -q "^SigBlk:.0*40*[0-3]$" "/proc/$program/status"' 20
	kill -TERM $program
	status=0
	wait $program || status=$?
	assert_status 75
	[ "$(ids held)" = "$id" ]
}

@test "several instances: a job for each, and ids say of which" {
	local one two

	[ -n "${LAB_ROOT:-}" ] || lab_make_root
	two_instances
	capture "${in_default[@]}" "$MQADM" hold --all -v
	assert_status 0
	assert_in "$out" '^postfix/[0-9A-F]+: placed on hold$' 3
	assert_in "$out" '^postfix-two/[0-9B-Zb-z]+: placed on hold$' 2
	assert_in "$err" '^mqadm: placed on hold: 5 messages \(job [0-9a-f]{16}, [0-9a-f]{16}\)$' 1
	one=$(sed -n 's/^\(postfix\/[^:]*\): .*/\1/p' "$out" | head -n 1)
	two=$(sed -n 's/^\(postfix-two\/[^:]*\): .*/\1/p' "$out" | head -n 1)
	capture "${in_default[@]}" "$MQADM" release "$one" "$two" -f jsonl
	assert_status 0
	[ "$(jq -r '"\(.instance)/\(.id)"' "$out" | sort)" = \
		"$(printf '%s\n' "$one" "$two" | sort)" ] || report "JSON"
	[ "$(jq -r .job "$out" | sort -u | wc -l)" -eq 2 ]
	# Only the one that is meant.
	capture "${in_default[@]}" "$MQADM" release "postfix-two/${one#*/}"
	assert_status 66
	capture "${in_default[@]}" "$MQADM" release --instance postfix-two --all
	assert_status 0
	assert_in "$err" 'released from hold: 1 message ' 1
	capture "${in_default[@]}" "$MQADM" history -f jsonl
	[ "$(jq -s length "$out")" -eq 5 ] || report "the history"
}

@test "a plan of several instances, or of one of them" {
	local plan=$BATS_TEST_TMPDIR/plan

	[ -n "${LAB_ROOT:-}" ] || lab_make_root
	two_instances
	capture "${in_default[@]}" "$MQADM" plan hold --instance postfix-two \
		--all
	assert_status 0
	cp "$out" "$plan"
	[ "$(jq -r 'select(.id).instance' "$plan" | sort -u)" = postfix-two ]
	# It names the instance: so the other one need not be ruled out.
	capture "${in_default[@]}" "$MQADM" apply "$plan" -f jsonl
	assert_status 0
	[ "$(jq -r .instance "$out" | sort -u)" = postfix-two ]
	[ "$(jq -s length "$out")" -eq 2 ]
	capture "${in_default[@]}" "$MQADM" plan release --all
	jq -c 'del(.instance)' "$out" >"$plan"
	capture "${in_default[@]}" "$MQADM" apply "$plan"
	assert_status 65
	assert_stderr "mqadm: $plan, line 2: there are several instances, and none is named"
	capture "${in_default[@]}" "$MQADM" plan release --all
	cp "$out" "$plan"
	capture "${in_default[@]}" "$MQADM" apply --instance postfix "$plan"
	assert_status 65
	assert_stderr "mqadm: $plan, line 2: there is no such instance here: postfix-two"
}

@test "a plan is for who may read the queue itself" {
	begin
	send a@from.example x@to.example
	capture "${as_nobody[@]}" "$MQADM" -c "$LAB_ROOT/one/etc" plan hold "$id"
	assert_status 77
	assert_stdout ''
	assert_in "$err" '^mqadm: a plan is for who may read the queue itself: ' 1
}

@test "who has no rights on the queue changes nothing" {
	begin
	send a@from.example x@to.example
	capture "${as_nobody[@]}" "$MQADM" -c "$LAB_ROOT/one/etc" hold "$id"
	assert_status 77
	[ -z "$(ids held)" ]
}

@test "while it works it is mail_owner, and has nothing else" {
	begin
	send a@from.example x@to.example
	lab_wait 'log_says "$id: .*status=deferred"' 20
	mqadm hold "$id"
	hold_open "$LAB_ROOT/one/spool/hold/$id"
	"$MQADM" -c "$LAB_ROOT/one/etc" release "$id" --wait 1h \
		>/dev/null 2>&1 </dev/null 3>&- &
	program=$!
	lab_wait 'grep -q "^SigBlk:.0*40*[0-3]$" "/proc/$program/status"' 20
	cp "/proc/$program/status" "$BATS_TEST_TMPDIR/status"
	kill -TERM $program
	wait $program || true
	owner=$(id -u postfix) group=$(id -g postfix)
	assert_in "$BATS_TEST_TMPDIR/status" \
		"^Uid:.$owner.$owner.$owner.$owner$" 1
	assert_in "$BATS_TEST_TMPDIR/status" \
		"^Gid:.$group.$group.$group.$group$" 1
	assert_in "$BATS_TEST_TMPDIR/status" "^Groups:.$group ?$" 1
	assert_in "$BATS_TEST_TMPDIR/status" '^Cap(Inh|Prm|Eff|Amb):.0+$' 4
	assert_in "$BATS_TEST_TMPDIR/status" '^NoNewPrivs:.1$' 1
}
