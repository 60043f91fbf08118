#!/usr/bin/env bats
# Single steps of a change, beside a Postfix that works: which queue manager
# runs, waking it, and whether a delivery agent still works on a message.

# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031,SC2154 # variables are set by lab.sh

load helper

PROBE=$MQ_BUILD/tests/e2e/probe

setup() {
	lab_require
	require_program "$PROBE"
	stopped_pid=
}

teardown() {
	[ -z "$stopped_pid" ] || kill -CONT "$stopped_pid" 2>/dev/null || true
	[ -z "${asking:-}" ] || stop_asking
	lab_cleanup
}

# probe INSTANCE COMMAND...: as mail_owner.  The answer is in $answer.
probe() {
	local name=$1

	shift
	answer=$("$PROBE" -u "$LAB_ROOT/$name/etc" "$@" </dev/null) || true
}

# expect PATTERN: the answer.
expect() {
	# shellcheck disable=SC2053 # it is a pattern
	[[ $answer == $1 ]] || fail "the answer is \"$answer\" and not \"$1\""
}

# The queue manager, as ps has it.
qmgr_of() {
	pgrep -P "$(lab_master_pid "$1")" -x qmgr
}

# start_qmgr INSTANCE: a master starts one when there is something to do.
start_qmgr() {
	probe "$1" wake qmgr D
	expect ok
	lab_wait '[ -n "$(qmgr_of "'"$1"'")" ]' 80 'a queue manager'
}

# ask_for INSTANCE: a process that is asked again and again with `ask'; what
# it has to open as root it opened at its start.
ask_for() {
	mkfifo "$BATS_TEST_TMPDIR/questions" "$BATS_TEST_TMPDIR/answers"
	"$PROBE" -u "$LAB_ROOT/$1/etc" qmgr <"$BATS_TEST_TMPDIR/questions" \
		>"$BATS_TEST_TMPDIR/answers" 3>&- &
	asking=$!
	exec 8>"$BATS_TEST_TMPDIR/questions" 9<"$BATS_TEST_TMPDIR/answers"
	read -r -t 20 -u 9 answer
}

ask() {
	echo >&8
	read -r -t 20 -u 9 answer
}

# ask_until PATTERN: another run of this test may have a queue manager without
# a master for a moment, and nobody can tell whose it is.
ask_until() {
	# shellcheck disable=SC2034 # the condition has it
	local wanted=$1

	lab_wait 'ask && [[ $answer == $wanted ]]' 20 "$1"
}

stop_asking() {
	exec 8>&- 9<&-
	wait "$asking" || true
	asking=
}

text() {
	printf 'Subject: a test\n\nHello.\n'
}

# id_in INSTANCE FOLDER: of the one message that is there.
id_in() {
	find "$LAB_ROOT/$1/spool/$2" -type f -printf '%f\n'
}

# Who has the file open, as root sees it.
open_by() {
	find /proc/[0-9]*/fd -lname "$1" 2>/dev/null | cut -d / -f 3
}

@test "the queue manager is found, also after a restart" {
	lab_new one
	lab_start one
	start_qmgr one
	ask_for one
	first=$answer
	expect "$(qmgr_of one) *"
	[ "${first#* }" = "$(sed 's/.*) //' "/proc/${first% *}/stat" |
		cut -d ' ' -f 20)" ]
	[ "$(ps -o user= -p "$asking")" = postfix ]
	ask
	expect "$first"

	lab_reload one
	start_qmgr one
	ask
	expect "$(qmgr_of one) *"
	[ "$answer" != "$first" ]

	lab_stop one
	ask
	expect none
	lab_start one
	start_qmgr one
	ask
	expect "$(qmgr_of one) *"
	[ "$answer" != "$first" ]
}

@test "a queue manager that is killed is gone, and the next is another" {
	lab_new one
	lab_start one
	start_qmgr one
	ask_for one
	first=$answer
	kill -KILL "${first% *}"
	lab_wait '! kill -0 ${first% *} 2>/dev/null' 20
	ask
	expect none

	start_qmgr one
	ask
	expect "$(qmgr_of one) *"
	[ "$answer" != "$first" ]
}

@test "a queue manager without a master is not taken for none" {
	# As another user: all that runs as the usual one would be in doubt.
	lab_new one mail_owner=news
	chown news "$LAB_ROOT/one/data" "$LAB_ROOT/one/log"
	lab_start one
	start_qmgr one
	ask_for one
	ask_until "$(qmgr_of one) *"
	stopped_pid=${answer% *}
	kill -STOP "$stopped_pid"
	kill -KILL "$(lab_master_pid one)"
	lab_wait '! kill -0 "$(lab_master_pid one)" 2>/dev/null' 20
	ask
	expect 'denied: *there is one that belongs to no known master'
	kill -CONT "$stopped_pid"
	lab_wait '! kill -0 "$stopped_pid" 2>/dev/null' 20 'it ends'
	stopped_pid=
	ask_until none
}

@test "two instances are told apart" {
	lab_new one
	lab_new two
	lab_start one
	lab_start two
	start_qmgr one
	start_qmgr two
	probe one qmgr
	expect "$(qmgr_of one) *"
	probe two qmgr
	expect "$(qmgr_of two) *"
	lab_stop two
	probe two qmgr
	expect none
	probe one qmgr
	expect "$(qmgr_of one) *"
}

@test "only root can open the file with the process id" {
	lab_new one
	lab_start one
	answer=$(setpriv --reuid postfix --regid postfix --clear-groups \
		"$PROBE" "$LAB_ROOT/one/etc" qmgr </dev/null) || true
	expect 'denied: *pid/master.pid cannot be read'
}

@test "waking the queue manager" {
	lab_new one
	lab_start one
	text | lab_sendmail one -f a@lab.example b@closed.example
	lab_wait '[ -n "$(id_in one deferred)" ]' 20 'it is deferred'
	id=$(id_in one deferred)
	# From now on somebody listens; but its next try is far away.
	lab_sink one
	lab_set one "relayhost=[127.0.0.1]:$lab_port"
	lab_reload one
	[ "$(id_in one deferred)" = "$id" ]
	probe one wake qmgr AD
	expect ok
	lab_wait 'grep -q "$id: to=<b@closed.example>.* status=sent" \
		"$LAB_ROOT/one/log"' 20 'it is delivered'
}

@test "waking the pickup service" {
	lab_new one
	lab_start one
	text | lab_sendmail one -f a@lab.example b@closed.example
	lab_wait '[ -n "$(id_in one deferred)" ]' 20 'it is deferred'
	id=$(id_in one deferred)
	probe one move deferred "$id" maildrop "$id"
	expect ok
	probe one wake pickup W
	expect ok
	lab_wait 'grep -q "uid=.* orig_id=$id" "$LAB_ROOT/one/log"' 20 \
		'it is picked up'
	[ "$(id_in one maildrop)" != "$id" ]
}

@test "nobody is to be woken" {
	lab_new one
	lab_start one
	lab_stop one
	probe one wake qmgr D
	expect 'down: public/qmgr: nobody listens: the mail system is down'
	probe one wake nothing D
	expect 'down: public/nothing: *'
}

# make_trash INSTANCE: a folder that Postfix does not know.
make_trash() {
	install -d -m 700 -o postfix -g postfix "$LAB_ROOT/$1/spool/trash"
}

# One message in active/, with an agent that waits for a server that does not
# answer, until it is told to go on.
slow_delivery() {
	lab_new one
	lab_sink one -c
	sink=$lab_pid
	stopped_pid=$sink
	kill -STOP "$sink"
	lab_set one "relayhost=[127.0.0.1]:$lab_port"
	lab_start one
	make_trash one
	text | lab_send one a@lab.example b@ok.example
	lab_wait '[ -n "$(id_in one active)" ]' 20 'it is active'
	id=$(id_in one active)
	lab_wait '[ -n "$(open_by "$LAB_ROOT/one/spool/active/$id")" ]' 20 \
		'an agent works on it'
}

# marks FILE: what has become of its recipients.
marks() {
	postcat -e "$1" | sed -n 's/^\(done_\)*recipient: .*/\1recipient/p'
}

@test "an agent that delivers is noticed, until it has ended" {
	slow_delivery
	trash=$LAB_ROOT/one/spool/trash
	probe one move active "$id" trash "active.$id"
	expect ok
	[ -z "$(id_in one active)" ]
	lab_wait 'grep -q "FLOCK.*READ.*:$(stat -c %i "$trash/active.$id") " \
		/proc/locks' 20 'it is locked'
	probe one quiet trash "active.$id"
	expect 'busy: still being delivered'
	probe one quiet trash "active.$id" 50
	expect 'busy: still being delivered'
	[ "$(marks "$trash/active.$id")" = recipient ]

	kill -CONT "$sink"
	stopped_pid=
	probe one quiet trash "active.$id" 30000
	expect ok
	[ "$(marks "$trash/active.$id")" = done_recipient ]
	grep -q "$id: to=<b@ok.example>.* status=sent" "$LAB_ROOT/one/log"
	assert_not_in "$LAB_ROOT/one/log" 'fatal|panic|killed'
}

# The agent has opened the message, and would deliver it; but it has no lock.
@test "an agent that has not locked yet is noticed by a lease alone" {
	lab_new one
	mkdir "$LAB_ROOT/one/late"
	chmod 777 "$LAB_ROOT/one/late"
	late=$LAB_ROOT/one/late
	${CC:-cc} -shared -fPIC -o "$late/late-flock.so" \
		"$LAB_HOME/late-flock.c"
	lab_set one "import_environment=MAIL_CONFIG=$LAB_ROOT/one/etc TZ LANG=C \
LATE_FLOCK=$late LD_PRELOAD=$late/late-flock.so"
	lab_sink one -c
	lab_set one "relayhost=[127.0.0.1]:$lab_port"
	lab_start one
	make_trash one
	text | lab_send one a@lab.example b@ok.example
	lab_wait '[ -e "$late/waiting" ]' 20 'the agent has opened it'
	id=$(id_in one active)
	[ -n "$id" ]
	probe one move active "$id" trash "active.$id"
	expect ok
	file=$LAB_ROOT/one/spool/trash/active.$id

	# The control: a lock says that nobody works on it.
	flock -n -x "$file" true
	probe one quiet trash "active.$id"
	expect 'busy: still being delivered'
	probe one quiet trash "active.$id" 100
	expect 'busy: still being delivered'
	[ "$(marks "$file")" = recipient ]

	touch "$late/open"
	probe one quiet trash "active.$id" 30000
	expect ok
	[ "$(marks "$file")" = done_recipient ]
	grep -q "$id: to=<b@ok.example>.* status=sent" "$LAB_ROOT/one/log"
}
