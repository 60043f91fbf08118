#!/bin/sh
# bench.sh - how fast the suite is, beside Postfix's own programs and beside
# the least that reading the files costs (floor.c), in one run.
#
# Machines differ, so that only the ratios mean something.  Nothing fails
# here because it is slow.
#
#	MQ_BENCH_COUNT	messages in the queue (100000)
#	MQ_BENCH_RUNS	interleaved runs of each, of which the median counts (7)
#	MQ_LONG=1	also the memory for 1000000 messages
set -eu

MQ_SRC=${MQ_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
MQ_BUILD=${MQ_BUILD:-$MQ_SRC}
count=${MQ_BENCH_COUNT:-100000}
runs=${MQ_BENCH_RUNS:-7}
export LC_ALL=C.UTF-8 TZ=UTC0

LAB_HOME=$MQ_SRC/tests/e2e
# shellcheck source=tests/e2e/lab.sh
. "$LAB_HOME/lab.sh"
# shellcheck source=tests/bench/common.sh
. "$MQ_SRC/tests/bench/common.sh"

bench=$MQ_BUILD/tests/bench
tools=$MQ_BUILD/mailq-tools
spoolgen=$MQ_BUILD/tests/gen/spoolgen
scratch=$(mktemp -d)

finish() {
	lab_cleanup || true
	rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# A queue as it is met: some messages are larger than one read, some have
# recipients behind the body (sendmail -t, always_bcc).
generate() {
	"$spoolgen" --append --count "$1" --large-share 5 --large-size 30000 \
		--behind-share 10 --both-share 10 "$2"
}

# row NAME TEXT: what a program took, and how that compares.
row() {
	awk -v name="$2" -v ms="$(median "$1" 1)" -v first="$(median "$1" 2)" \
		-v kb="$(median "$1" 4)" -v floor="$(median floor 1)" \
		'BEGIN { printf "%-30s %8.0f ms %6.0f ms %6.1f MB %7.2f\n",
			name, ms, first, kb / 1024, ms / floor }'
}

one_round() {
	measure floor "$bench/floor" "$spool"
	measure ours "$tools/drop-in/postqueue" -c "$config" -p
	measure theirs "$postqueue" -c "$config" -p
	measure ours-json "$tools/drop-in/postqueue" -c "$config" -j
	measure theirs-json "$postqueue" -c "$config" -j
	measure table "$tools/mqls" -c "$config"
	measure jsonl "$tools/mqls" -c "$config" -f jsonl
	measure sorted "$tools/mqls" -c "$config" -s age
	measure ids "$tools/mqls" -c "$config" -f ids
	measure where "$tools/mqls" -c "$config" -f ids \
		-w 'sender = *@lists.example.com'
	# As people do it without the suite.
	measure jq sh -c "'$postqueue' -c '$config' -j | jq -r '
		select(.sender | endswith(\"@lists.example.com\")) |
		.queue_id'"
	measure by-reason "$tools/mqls" -c "$config" --by reason
	# shellcheck disable=SC2086 # ids, to be split
	for side in "ours $tools/drop-in" "theirs ${postqueue%/*}"; do
		measure "cat-${side%% *}" "${side#* }/postcat" -c "$config" \
			-q ${ids%% *}
		measure "cats-${side%% *}" "${side#* }/postcat" -c "$config" \
			-q $ids
	done
}

# Both ways to ask must give the same answer.
same_answer() {
	for program in where jq; do
		cut -d' ' -f5 "$scratch/$program"
	done | sort -u | awk 'END { exit NR != 1 || $1 == 0 }' || {
		echo "bench: mqls -w and jq select different messages" >&2
		exit 1
	}
}

warm() {
	"$bench/floor" "$spool" >/dev/null
	i=0
	while [ $i -lt "$runs" ]; do
		one_round
		i=$((i + 1))
	done
	echo "$count deferred messages, warm cache, medians of $runs runs"
	printf '%-30s %11s %9s %9s %7s\n' '' time 'first' memory 'floor=1'
	row floor 'floor: read all files'
	row ours 'postqueue -p (drop-in)'
	row theirs 'postqueue -p (Postfix)'
	row ours-json 'postqueue -j (drop-in)'
	row theirs-json 'postqueue -j (Postfix)'
	row table 'mqls'
	row jsonl 'mqls -f jsonl'
	row sorted 'mqls -s age'
	row ids 'mqls -f ids'
	row where 'mqls -f ids -w sender'
	row jq 'postqueue -j | jq (Postfix)'
	row by-reason 'mqls --by reason'
	row cat-ours 'postcat -q ID (drop-in)'
	row cat-theirs 'postcat -q ID (Postfix)'
	row cats-ours 'postcat -q, 1000 ids (drop-in)'
	row cats-theirs 'postcat -q, 1000 ids (Postfix)'
	verdict 'drop-in postqueue -p, times the floor' \
		"$(ratio "$(median ours 1)" "$(median floor 1)")" 1.4 most
	verdict 'Postfix postqueue -p, times the drop-in' \
		"$(ratio "$(median theirs 1)" "$(median ours 1)")" 3 least
	verdict 'Postfix postqueue -j, times the drop-in' \
		"$(ratio "$(median theirs-json 1)" "$(median ours-json 1)")" \
		3 least
	verdict 'postqueue -j | jq, times mqls -f ids -w sender' \
		"$(ratio "$(median jq 1)" "$(median where 1)")" 6 least
	verdict 'mqls --by reason, times mqls -f jsonl' \
		"$(ratio "$(median by-reason 1)" "$(median jsonl 1)")" 1.5 most
	verdict 'drop-in postcat -q ID, times Postfix' \
		"$(ratio "$(median cat-ours 1)" "$(median cat-theirs 1)")" 3 most
	verdict 'Postfix postcat -q, 1000 ids, times the drop-in' \
		"$(ratio "$(median cats-theirs 1)" "$(median cats-ours 1)")" \
		2 least
	same_answer
}

cold() {
	for program in cold-floor cold-ours cold-theirs; do
		drop_caches
		case $program in
		cold-floor) measure $program "$bench/floor" "$spool" ;;
		cold-ours) measure $program "$tools/drop-in/postqueue" \
			-c "$config" -p ;;
		cold-theirs) measure $program "$postqueue" -c "$config" -p ;;
		esac
	done
	echo
	echo "the same with a cold cache, one run each"
	row cold-floor 'floor: read all files'
	row cold-ours 'postqueue -p (drop-in)'
	row cold-theirs 'postqueue -p (Postfix)'
}

# What is held in memory must not grow with the queue.
memory() {
	measure "memory-$1" "$tools/mqls" --spool "$2"
	measure "memory-$1" "$tools/mqls" --spool "$2" -f mailq
	measure "memory-$1" "$tools/mqls" --spool "$2" -f jsonl
	verdict "peak memory in MB at $1 messages" \
		"$(sort -n -k4 "$scratch/memory-$1" |
			awk 'END { print $4 / 1024 }')" 32 most
}

[ "$(id -u)" -eq 0 ] || {
	echo "bench: a private Postfix needs root" >&2
	exit 77
}
postqueue=$(postconf -xh command_directory)/postqueue
lab_new bench
spool=$LAB_ROOT/bench/spool
config=$LAB_ROOT/bench/etc
generate "$count" "$spool"
ids=$(find "$spool/deferred" -type f -printf '%f ' | cut -d' ' -f1-1000)
# Keep the queue as it is: qmgr must find nothing that is due.
find "$spool/deferred" -type f -print0 | xargs -0 touch -d tomorrow
lab_start bench
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
lab_wait '[ -z "$(lab_processes "$spool" postsuper)" ]' 600 \
	'the check that "postfix start" begins is over'

warm
cold
echo
memory "$count" "$spool"
lab_stop bench
if [ "${MQ_LONG:-}" = 1 ]; then
	generate $((1000000 - count)) "$spool"
	memory 1000000 "$spool"
fi
