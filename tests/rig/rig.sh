#!/bin/sh
# rig.sh - a private Postfix under load, somebody who changes its queue, and
# what has become of every message for every recipient.
#
# usage: rig.sh [OPTION...] [KEY=VALUE...]
#
#	--tool NAME	mqadm (the default), postsuper, mixed or links (see
#			tool.sh), or none
#	--mqadm PATH	the program to be mqadm
#	--seed N	what happens by chance
#	--messages N	that are injected
#	--rate N	changes a second, by two administrators
#	--changes LIST	words `name=weight', see administrator.sh
#	--chaos LIST	words `name=weight', see chaos.sh; `' is none
#	--wait TIME	how long mqadm waits for deliveries under way
#	--keep FOLDER	copy there what an account is made of
#
# Each KEY=VALUE is part of the configuration, see postfix.sh.  Programs are
# taken from $MQ_BUILD.  The status is 0 when all is accounted for, 1 when
# something was lost, doubled or wrong, and 2 when the rig itself has failed.
# The table goes to stdout, what is wrong to stderr, with lines of the log.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
set -u

MQ_SRC=${MQ_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
MQ_BUILD=${MQ_BUILD:-$MQ_SRC}
LAB_HOME=$MQ_SRC/tests/e2e
rig_home=$MQ_SRC/tests/rig
rig_build=$MQ_BUILD
export LAB_HOME LC_ALL=C.UTF-8 TZ=UTC0
PATH=$PATH:/usr/sbin:/sbin
unset MAIL_CONFIG

# shellcheck source=tests/e2e/lab.sh
. "$LAB_HOME/lab.sh"
# shellcheck source=tests/rig/postfix.sh
. "$rig_home/postfix.sh"
# shellcheck source=tests/rig/tool.sh
. "$rig_home/tool.sh"

rig_tool=mqadm
rig_mqadm=${MQADM:-$MQ_BUILD/mailq-tools/mqadm}
seed=1
messages=100
rate=8
changes='hold=30 release=30 both=15 sweep=3 requeue=8 expire=3 flush=12 kill=4'
chaos='reload restart qmgr delete requeue flush'
rig_wait=3s
keep=

fail() {
	echo "rig: $*" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
	--?*) [ $# -gt 1 ] || fail "what $1?" ;;
	*) break ;;
	esac
	case $1 in
	--tool) rig_tool=$2 ;;
	--mqadm) rig_mqadm=$2 ;;
	--seed) seed=$2 ;;
	--messages) messages=$2 ;;
	--rate) rate=$2 ;;
	--changes) changes=$2 ;;
	--chaos) chaos=$2 ;;
	--wait) rig_wait=$2 ;;
	--keep) keep=$2 ;;
	*) fail "what is $1?" ;;
	esac
	shift 2
done
case $rig_tool in
mqadm | mixed) [ -x "$rig_mqadm" ] || fail "there is no $rig_mqadm" ;;
postsuper | links | none) ;;
*) fail "what is the tool $rig_tool?" ;;
esac

finish() {
	status=$?
	[ -z "$keep" ] || [ -z "${rig_dir:-}" ] || keep_all
	lab_cleanup || [ $status -ne 0 ] || status=2
	exit $status
}

keep_all() {
	mkdir -p "$keep"
	(cd "$rig_dir" && cp -r ./calls ./etc ./*.log ./*.out ./log ./facts \
		./said ./history ./left ./account "$keep") 2>/dev/null
}

# clerk NAME SEED RATE LIST: a process that works by a schedule, in a session
# of its own, so that what it starts is known as ours.
clerk() {
	awk -f "$rig_home/schedule.awk" -v "seed=$2" -v "seconds=$seconds" \
		-v "rate=$3" -v "what=$4" >"$rig_dir/$1.$2.schedule"
	# shellcheck disable=SC2016 # for the other shell
	lab_background rig "$1.$2.out" setsid \
		sh -c 'exec sh "$1" <"$2"' - "$rig_home/$1.sh" \
		"$rig_dir/$1.$2.schedule"
	clerks="$clerks $lab_pid"
}

start_work() {
	export LAB_ROOT rig_dir rig_spool rig_tool rig_mqadm rig_wait
	clerks=
	# As long as messages come, and a while longer.
	seconds=$((messages * 60 / rig_rate + 6))
	lab_background rig inject.out setsid "$rig_build/tests/rig/inject" \
		-c 3 -d "$rig_domains" -m "$rig_rate" -n "$messages" \
		-r "$rig_recipients" -s "$seed" "$(lab_port rig)" \
		"$rig_dir/inject.log"
	clerks="$clerks $lab_pid"
	half=$(awk -v "rate=$rate" 'BEGIN { print rate / 2 }')
	clerk administrator $((2 * seed)) "$half" "$changes"
	clerk administrator $((2 * seed + 1)) "$half" "$changes"
	clerk chaos "$seed" 0.4 "$chaos"
}

# All that is to be delivered, or on its way to be.
waiting() {
	{
		rig_files active incoming deferred hold maildrop
		tool_trashed
	} | wc -l
}

# What changes while there is progress.
progress() {
	echo "$(waiting) $(wc -l <"$rig_dir/sink.log")"
}

# Have all delivered.  False when nothing has moved for so many seconds.
drain() {
	last=
	while [ "$(waiting)" -gt 0 ]; do
		now=$(date +%s)
		if [ "$(progress)" != "$last" ]; then
			last=$(progress)
			moved=$now
		fi
		[ $((now - moved)) -lt "$1" ] || return 1
		tool_restore_all
		rig_ids 1000000 1 hold | tool_call release
		postqueue -c "$rig_dir/etc" -f >/dev/null 2>&1
		# A turn of the queue manager; not faster than it can go.
		lab_wait '[ "$(progress)" != "$last" ]' 1 2>/dev/null
	done
	return 0
}

# What a queue manager remembers may keep mail from being delivered, and is
# told apart from what is lost.
stuck=0
settle() {
	kill -USR1 "$rig_sink"
	drain 15 && return
	stuck=$(waiting)
	lab_reload rig
	drain 15
}

lab_require
trap finish EXIT
trap 'exit 2' HUP INT TERM
begun=$(date +%s)
rig_make "$@" || exit 2
rig_start_sink || exit 2
lab_start rig || exit 2
start_work
for pid in $clerks; do
	wait "$pid" || fail "process $pid: $(tail -n 3 "$rig_dir"/*.out)"
done
settle
case $rig_tool in
mqadm | mixed) tool_history >"$rig_dir/history" ;;
esac
lab_stop rig
"$rig_home/account.sh" "$rig_dir" "$rig_tool" "$stuck" \
	$(($(date +%s) - begun))
