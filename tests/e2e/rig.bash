# rig.bash - the live rig with what is asked of its account.
#
# To be loaded after helper.
# shellcheck shell=bash
# shellcheck disable=SC2034 # some are for who loads it

RIG=$MQ_SRC/tests/rig

setup() {
	lab_require
	require_program "$MQ_BUILD/tests/rig/sink"
	require_program "$MQ_BUILD/tests/rig/inject"
	require_program "$MQADM"
	table=$BATS_TEST_TMPDIR/table
}

# What happens is chosen so that each is told apart by what it needs: messages
# that wait in active/, a second each; deliveries that take long; agents that
# lock late; returns that take long to write.
paced=(concurrency=1 rate_delay=1s delay=300 domains=10)
slow=(concurrency=4 delay=1500 domains=8)
late=(concurrency=4 delay=200 domains=8 slow_flock=700)
returns=(concurrency=4 delay=200 domains=8 slow_bounce=1500 later=80)
moving='both=40 requeue=20 sweep=10 release=20 flush=20'
expiring='expire=25 sweep=25 release=25 flush=25'
trashing='trash=40 undo=15 purge=3 hold=15 release=10 flush=15 kill_trash=4
	fault=8 fault_trash=8'
only_trash='trash=60 flush=20'

# rig NAME OPTION...: into a table of that name; what is wrong goes beside it.
rig() {
	local name=$1

	shift
	"$RIG/rig.sh" --messages 60 --chaos '' "$@" rate=1200 \
		>"$table.$name" 2>"$table.$name.wrong" 3>&-
}

# With each of three seeds, at once.
three() {
	local name=$1 seed

	shift
	for seed in 1 2 3; do
		rig "$name.$seed" --seed $seed "$@" &
	done
	wait
}

# value FILE NAME: from the table of an account.
value() {
	awk -v name="$2" '$1 == name { print $2 }' "$1"
}

# equals FILE NAME NUMBER
equals() {
	[ "$(value "$1" "$2")" = "$3" ] ||
		fail "$2 should be $3:" "$(cat "$1")" \
			"$(head -n 100 "$1.wrong")"
}

# at_least FILE NAME NUMBER
at_least() {
	equals "$1" messages 60
	[ "$(value "$1" "$2")" -ge "$3" ] ||
		fail "$2 should be $3 or more:" "$(cat "$1")"
}

# nothing_wrong NAME [MESSAGES]: and each statement of the tool was true.
nothing_wrong() {
	equals "$table.$1" messages "${2:-60}"
	equals "$table.$1" lost 0
	equals "$table.$1" doubled 0
	equals "$table.$1" false 0
	[ ! -s "$table.$1.wrong" ] ||
		fail "$1:" "$(head -n 100 "$table.$1.wrong")"
}

# offends FILE: something is lost or doubled.
offends() {
	equals "$1" messages 60
	[ $(($(value "$1" lost) + $(value "$1" doubled))) -ge 1 ] ||
		fail "something should be lost or doubled:" "$(cat "$1")"
}
