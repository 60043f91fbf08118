#!/bin/sh
# chaos.sh - what else happens to a mail system while somebody works on its
# queue, by a schedule.
#
# usage: chaos.sh <SCHEDULE, with the variables of rig.sh exported
#
#	reload, restart		the whole mail system
#	qmgr, smtp		kill the queue manager, or a delivery agent
#	delete			another administrator: postsuper -d
#	requeue			the same: postsuper -r, of deferred messages
#	flush			the same: postqueue -f
#
# Facts, for those who have to tell who did it:
#
#	end TIME PID...		these were killed or told to end by us
#	purge TIME ID TAG	the other one wants to delete this message
set -u

LAB_HOME=${LAB_HOME:?}
# shellcheck source=tests/e2e/lab.sh
. "$LAB_HOME/lab.sh"
# shellcheck source=tests/rig/postfix.sh
. "$LAB_HOME/../rig/postfix.sh"

do_reload() {
	postfix -c "$rig_dir/etc" reload
}

# Noted on both sides: agents end somewhere in between.
do_restart() {
	rig_note end restart
	rig_restart || exit 1
	rig_note end restart
}

# kill_one DICE NAME: one of the daemons of that name, without mercy.
kill_one() {
	victim=$(pgrep -P "$(lab_master_pid rig)" -x "$2" | rig_some 1 "$1")
	[ -n "$victim" ] || return 0
	kill -KILL "$victim"
	rig_note end "$victim"
}

do_qmgr() {
	kill_one "$2" qmgr
}

do_smtp() {
	kill_one "$2" smtp
}

do_delete() {
	mails=$(rig_mail "$1" "$2")
	[ -n "$mails" ] || return 0
	now=$(rig_clock)
	echo "$mails" | sed "s/^/purge $now /" >>"$rig_dir/facts"
	echo "$mails" | cut -d ' ' -f 1 | postsuper -c "$rig_dir/etc" -d -
}

# What is deferred is not being delivered, so that it is not done twice.
do_requeue() {
	rig_ids "$1" "$2" deferred | postsuper -c "$rig_dir/etc" -r - deferred
}

do_flush() {
	postqueue -c "$rig_dir/etc" -f
}

# What fails because the mail system is down for a moment is no failure.
begun=$(rig_clock)
while read -r ms what count dice; do
	wait_ms=$((begun + ms - $(rig_clock)))
	[ $wait_ms -le 0 ] ||
		sleep "$((wait_ms / 1000)).$(printf %03d $((wait_ms % 1000)))"
	"do_$what" "$((count > 4 ? 4 : count))" "$dice" </dev/null || true
done
