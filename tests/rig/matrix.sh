#!/bin/sh
# matrix.sh - the rig in each configuration of a table.
#
# usage: matrix.sh [-j JOBS] [-s SEED] [-t TIMES] [-k FOLDER] [-- OPTION...]
#
#	-j	so many at a time (2)
#	-s	the seed of the first (1)
#	-t	so many times the messages of the table (1)
#	-k	keep there what the accounts are made of
#
# Further options go to rig.sh.  Prints what has become of all messages; the
# status is that of the worst run.
set -u

home=$(cd "$(dirname "$0")" && pwd)
jobs=2
seed=1
times=1
keep=
while getopts j:s:t:k: option; do
	case $option in
	j) jobs=$OPTARG ;;
	s) seed=$OPTARG ;;
	t) times=$OPTARG ;;
	k) keep=$OPTARG ;;
	*) exit 64 ;;
	esac
done
shift $((OPTIND - 1))

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
trap 'exit 2' HUP INT TERM

chaos_of() {
	case $1 in
	daemons) echo reload restart qmgr smtp ;;
	admin) echo delete requeue flush ;;
	both) echo reload restart qmgr smtp delete requeue flush ;;
	esac
}

# Nothing is expired by force where daemons are killed: Postfix by itself then
# returns a message for the recipients that the delay log has, and those that
# the interrupted attempt had not come to are never heard of again.
changes_of() {
	changes='hold=30 release=30 both=15 sweep=3 requeue=8 flush=12'
	changes="$changes kill=4 fault=4"
	[ "$1" != admin ] || changes="$changes expire=3"
	[ "$2" != delete ] ||
		changes="$changes trash=20 purge=3 undo=10 kill_trash=3 fault_trash=3"
	echo "$changes"
}

# one NAME MESSAGES CHAOS CHANGES CONFIGURATION [OPTION...]
one() {
	name=$1
	messages=$(($2 * times))
	chaos=$(chaos_of "$3")
	changes=$(changes_of "$3" "$4")
	config=$5
	shift 5
	status=0
	# shellcheck disable=SC2086 # a list of words
	"$home/rig.sh" --messages "$messages" --chaos "$chaos" --seed "$seed" \
		--changes "$changes" ${keep:+--keep "$keep/$name"} "$@" \
		later=5 rate=900 $config >"$results/$name.table" \
		2>"$results/$name.wrong" || status=$?
	echo $status >"$results/$name.status"
}

ended() {
	find "$results" -name '*.status' | wc -l
}

started=0
while read -r name messages chaos what config; do
	case $name in
	\#*) continue ;;
	esac
	one "$name" "$messages" "$chaos" "$what" "$config" "$@" </dev/null &
	seed=$((seed + 1))
	started=$((started + 1))
	while [ $((started - $(ended))) -ge "$jobs" ]; do
		sleep 0.2
	done
done <"$home/matrix.tsv"
wait

worst=0
for file in "$results"/*.status; do
	name=${file##*/}
	name=${name%.status}
	status=$(cat "$file")
	[ "$status" -le "$worst" ] || worst=$status
	awk -v name="$name" -v status="$status" '{ n[$1] = $2 }
		END { printf "%-18s %s in %s s: lost %s, doubled %s, " \
			"by Postfix %s, stuck %s, status %s\n", name,
			n["recipients"] + 0, n["seconds"] + 0, n["lost"] + 0,
			n["doubled"] + 0, n["doubled-by-postfix"] + 0,
			n["stuck"] + 0, status }' "$results/$name.table"
	[ "$status" -eq 0 ] || sed "s/^/$name: /" "$results/$name.wrong" >&2
done
awk '!($1 in n) { order[++count] = $1 }
	{ n[$1] += $2 }
	END { for (i = 1; i <= count; i++) print order[i], n[order[i]] }' \
	"$results"/*.table
exit "$worst"
