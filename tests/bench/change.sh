#!/bin/sh
# change.sh - how fast messages are put on hold, beside Postfix's own program,
# which makes nothing durable and notes nothing; how fast they are deleted and
# restored; and what that does to the mail that has nothing to do with it.
#
#	MQ_BENCH_COUNT	messages in the queue (100000)
#	MQ_BENCH_RUNS	runs of each by turns, of which the median counts (5)
set -eu

MQ_SRC=${MQ_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
MQ_BUILD=${MQ_BUILD:-$MQ_SRC}
count=${MQ_BENCH_COUNT:-100000}
runs=${MQ_BENCH_RUNS:-5}
export LC_ALL=C.UTF-8 TZ=UTC0

LAB_HOME=$MQ_SRC/tests/e2e
# shellcheck source=tests/e2e/lab.sh
. "$LAB_HOME/lab.sh"
# shellcheck source=tests/bench/common.sh
. "$MQ_SRC/tests/bench/common.sh"

bench=$MQ_BUILD/tests/bench
mqadm=$MQ_BUILD/mailq-tools/mqadm
spoolgen=$MQ_BUILD/tests/gen/spoolgen
scratch=$(mktemp -d)

finish() {
	lab_cleanup || true
	rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# One message in twenty is from the sender that is asked for.
generate() {
	few=$((count / 20))
	"$spoolgen" --append --count $((count - few)) "$spool"
	"$spoolgen" --append --count "$few" --seed 2 \
		--sender run@x.example "$spool"
}

# there FOLDER COUNT: so many are, or the figures mean nothing.
there() {
	found=$(find "$spool/$1" -type f | wc -l)
	[ "$found" -eq "$2" ] || {
		echo "bench: $found messages are in $1, not $2" >&2
		exit 1
	}
}

# Nobody counts this: back to where they were, under their own names.
release() {
	"$postsuper" -c "$config" -H ALL 2>/dev/null
}

# Each round begins with a journal of its own.
one_round() {
	rm -rf "$MAILQ_TOOLS_STATE"
	measure hold-theirs "$postsuper" -c "$config" -h ALL deferred
	there hold "$count"
	release
	measure hold-ours "$mqadm" hold -c "$config" --all --yes deferred
	there hold "$count"
	release
	# As people do it without the suite.
	measure some-theirs sh -c "'$postqueue' -c '$config' -j | jq -r '
		select(.sender | endswith(\"@x.example\")) | .queue_id' |
		'$postsuper' -c '$config' -h -"
	there hold $((count / 20))
	release
	measure some-ours "$mqadm" hold -c "$config" --yes \
		-w 'sender = *@x.example'
	there hold $((count / 20))
	release
	measure delete-ours "$mqadm" delete -c "$config" --all --yes deferred
	there mailq-tools-trash "$count"
	measure restore-ours "$mqadm" restore -c "$config" --all --yes
	there deferred "$count"
}

# row NAME TEXT
row() {
	awk -v name="$2" -v ms="$(median "$1" 1)" -v cpu="$(median "$1" 3)" \
		-v kb="$(median "$1" 4)" 'BEGIN {
		printf "%-44s %7.0f ms %7.0f ms %6.1f MB\n",
			name, ms, cpu, kb / 1024 }'
}

speed() {
	i=0
	while [ $i -lt "$runs" ]; do
		one_round
		i=$((i + 1))
	done
	echo "$count deferred messages, medians of $runs runs by turns"
	printf '%-44s %10s %10s %9s\n' '' time processor memory
	row hold-theirs 'postsuper -h ALL (Postfix)'
	row hold-ours 'mqadm hold --all deferred'
	row some-theirs 'postqueue -j | jq | postsuper -h - (5%)'
	row some-ours 'mqadm hold -w sender (5%)'
	row delete-ours 'mqadm delete --all deferred'
	row restore-ours 'mqadm restore --all'
	verdict 'mqadm hold of all, times postsuper -h ALL' \
		"$(ratio "$(median hold-ours 1)" "$(median hold-theirs 1)")" \
		1.5 most
	verdict 'postqueue -j | jq | postsuper, times mqadm hold -w' \
		"$(ratio "$(median some-theirs 1)" "$(median some-ours 1)")" \
		5 least
	verdict 'mqadm delete of all, times mqadm hold' \
		"$(ratio "$(median delete-ours 1)" "$(median hold-ours 1)")" \
		1.5 most
	verdict 'mqadm restore of all, times mqadm hold' \
		"$(ratio "$(median restore-ours 1)" "$(median hold-ours 1)")" \
		1.5 most
}

# delays: of the messages that were delivered since the last call, in ms,
# from before they came to the queue until they were gone.
delays() {
	sed -n "$((lines + 1)),\$p" "$LAB_ROOT/bench/log" |
		sed -n 's/.* relay=[^,]*, delay=\([0-9.]*\),.*status=sent.*/\1/p' |
		sort -n | awk '{ a[NR] = $1 * 1000 } END {
			if (NR == 0) exit 1
			printf "%6d messages, median %5.0f ms, 95%% %5.0f ms, longest %5.0f ms\n",
				NR, a[int((NR + 1) / 2)], a[int(NR * 0.95)], a[NR] }'
}

# traffic: mail that passes through, one message after the other.
traffic() {
	lines=$(wc -l <"$LAB_ROOT/bench/log")
	smtp-source -m "$1" -s 1 -f a@lab.example -t b@lab.example \
		"127.0.0.1:$(lab_port bench)"
	# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
	lab_wait '[ -z "$(find "$spool/active" "$spool/incoming" -type f)" ]' \
		60 'the traffic has passed'
}

# all_the_time COMMAND...: until the file is taken away.
all_the_time() {
	while [ -e "$scratch/busy" ]; do
		"$@" >/dev/null 2>&1 || true
	done
}

back_and_forth() {
	"$mqadm" hold -c "$config" --all --yes deferred
	"$mqadm" release -c "$config" --all --yes hold
}

back_and_forth_theirs() {
	"$postsuper" -c "$config" -h ALL deferred
	"$postsuper" -c "$config" -H ALL
}

# beside NAME COMMAND...: the delays while a command runs again and again.
beside() {
	name=$1
	shift
	: >"$scratch/busy"
	all_the_time "$@" &
	traffic 300
	rm "$scratch/busy"
	wait $!
	printf '  %-34s %s\n' "$name" "$(delays)"
}

latency() {
	lab_sink bench
	lab_set bench "relayhost = [127.0.0.1]:$lab_port"
	lab_start bench
	# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
	lab_wait '[ -z "$(lab_processes "$spool" postsuper)" ]' 600 \
		'the check that "postfix start" begins is over'
	echo
	echo "mail that passes through meanwhile, from the log:"
	traffic 300
	printf '  %-34s %s\n' 'nothing else' "$(delays)"
	beside 'postsuper -h, -H, all the time' back_and_forth_theirs
	beside 'mqadm hold, release, all the time' back_and_forth
	lab_stop bench
}

[ "$(id -u)" -eq 0 ] || {
	echo "bench: a private Postfix needs root" >&2
	exit 77
}
postqueue=$(postconf -xh command_directory)/postqueue
postsuper=$(postconf -xh command_directory)/postsuper
lab_new bench
spool=$LAB_ROOT/bench/spool
config=$LAB_ROOT/bench/etc
export MAILQ_TOOLS_STATE="$LAB_ROOT/state"
lab_start bench
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
lab_wait '[ -z "$(lab_processes "$spool" postsuper)" ]' 600 \
	'the check that "postfix start" begins is over'
generate
# Keep the queue as it is: qmgr must find nothing that is due.
find "$spool/deferred" -type f -print0 | xargs -0 touch -d tomorrow

echo
speed
lab_stop bench
latency
