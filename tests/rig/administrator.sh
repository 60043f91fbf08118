#!/bin/sh
# administrator.sh - works on the queue with the tool under test, by a
# schedule.
#
# usage: administrator.sh <SCHEDULE, with the variables of rig.sh exported
#
#	hold, release, requeue, expire	some messages
#	both	hold some, and release them at once, by the ids they had
#	trash	delete some, and restore them: at once, by the ids they had,
#		or the next time
#	purge	delete some for good
#	undo	take back one of the last jobs
#	sweep	hold all that are being delivered
#	flush	have all delivered now
#	kill	hold, release or requeue some, with the tool killed while it works;
#		kill_trash: delete, restore or undo
#	fault	the same, with a system call of the tool that fails;
#		fault_trash: delete, restore or undo
set -u

LAB_HOME=${LAB_HOME:?}
# shellcheck source=tests/e2e/lab.sh
. "$LAB_HOME/lab.sh"
# shellcheck source=tests/rig/postfix.sh
. "$LAB_HOME/../rig/postfix.sh"
# shellcheck source=tests/rig/tool.sh
. "$LAB_HOME/../rig/tool.sh"

queues='active incoming deferred'

# do_hold COUNT DICE, and so on
do_hold() {
	# shellcheck disable=SC2086 # a list
	rig_ids "$1" "$2" $queues | tool_call hold
}

do_release() {
	rig_ids "$1" "$2" hold | tool_call release
}

do_both() {
	# shellcheck disable=SC2086
	some=$(rig_ids "$1" "$2" $queues)
	[ -n "$some" ] || return 0
	echo "$some" | tool_call hold
	echo "$some" | tool_call release
}

# What is in the trash is in nobody's way meanwhile.
later=
do_trash() {
	[ -z "$later" ] || echo "$later" | tool_call restore
	# shellcheck disable=SC2086
	later=$(rig_ids "$1" "$2" $queues hold)
	[ -n "$later" ] || return 0
	echo "$later" | tool_call delete
	[ $(($2 % 2)) -eq 0 ] || return 0
	echo "$later" | tool_call restore
	later=
}

# A report that is purged is one of which nobody would hear.
do_purge() {
	rig_mail "$(($1 > 3 ? 3 : $1))" "$2" | cut -d ' ' -f 1 | tool_call purge
}

do_undo() {
	tool_undo "$2"
}

do_sweep() {
	rig_ids 100000 "$2" active | tool_call hold
}

do_requeue() {
	# shellcheck disable=SC2086
	rig_ids "$1" "$2" $queues hold | tool_call requeue
}

# A report that expires is thrown away, and nobody would hear of it.
do_expire() {
	rig_mail "$1" "$2" | cut -d ' ' -f 1 | tool_call expire
}

do_flush() {
	postqueue -c "$rig_dir/etc" -f >/dev/null 2>&1
}

# Between the start of a program and the end of its work.
killed() {
	rig_kill=$(awk -v dice="$3" 'BEGIN { print dice % 97 / 1000 + 0.001 }')
	"do_$1" "$2" "$3"
	rig_kill=
}

do_kill() {
	case $(($2 % 3)) in
	0) killed hold "$@" ;;
	1) killed release "$@" ;;
	2) killed requeue 3 "$2" ;;
	esac
}

do_kill_trash() {
	case $(($2 % 2)) in
	0) killed trash "$@" ;;
	1) killed undo "$@" ;;
	esac
}

# A call of a kind that work is made of; not all of them come to that many.
faulty() {
	rig_fault=$(awk -v dice="$3" 'BEGIN {
		calls = split("openat openat2 renameat2 newfstatat statx " \
			"fcntl flock read pread64 pwrite64 fdatasync fsync " \
			"utimensat unlinkat close getdents64", call, " ")
		errors = split("EIO ENOSPC EINTR EACCES EMFILE EROFS " \
			"EDQUOT ESTALE", error, " ")
		srand(dice)
		name = call[1 + int(calls * rand())]
		print name ":error=" error[1 + int(errors * rand())] \
			":when=" 1 + int(60 * rand() * rand())
	}')
	"do_$1" "$2" "$3"
	rig_fault=
}

do_fault() {
	case $(($2 % 3)) in
	0) faulty hold "$@" ;;
	1) faulty release "$@" ;;
	2) faulty requeue 3 "$2" ;;
	esac
}

do_fault_trash() {
	case $(($2 % 2)) in
	0) faulty trash "$@" ;;
	1) faulty undo "$@" ;;
	esac
}

# What fails because the mail system is down for a moment is no failure.
begun=$(rig_clock)
while read -r ms what count dice; do
	wait_ms=$((begun + ms - $(rig_clock)))
	[ $wait_ms -le 0 ] ||
		sleep "$((wait_ms / 1000)).$(printf %03d $((wait_ms % 1000)))"
	"do_$what" "$count" "$dice" </dev/null || true
done
