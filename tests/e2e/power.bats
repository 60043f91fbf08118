#!/usr/bin/env bats
# The power fails while mqadm works, see tests/power/cuts: what was reported as
# done is, and nothing is lost.
#
# MQ_LONG=1 cuts it 200 times.
#
# shellcheck disable=SC2034,SC2154 # some are set by, or for, what is loaded
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded

load helper
load craft

CUTS=$MQ_SRC/tests/power/cuts

setup() {
	require_program "$MQADM"
	require_program "$MQ_BUILD/tests/gen/spoolgen"
	disk_missing=$(disk_missing)
	[ -z "$disk_missing" ] || lab_skip "$disk_missing"
	umask 022
	# Where the owner of the queue may go.
	scratch=$(mktemp -d "${LAB_TMPDIR:-/tmp}/mailq-tools-power.XXXXXX")
	chmod 755 "$scratch"
	[ -z "${MQ_LONG:-}" ] || long=200
}

# What was mounted went away with its mount namespace.
teardown() {
	[ -z "${scratch:-}" ] || rm -rf "$scratch"
}

# Why no file system can be cut here, if so.
disk_missing() {
	local dir=$BATS_TEST_TMPDIR

	if [ "$(id -u)" -ne 0 ]; then
		echo "a file system of its own needs root"
		return
	fi
	truncate -s 8M "$dir/image"
	mkdir "$dir/disk"
	mkfs.ext4 -q -F "$dir/image" 2>/dev/null || true
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c 'mount -o loop "$0/image" "$0/disk" 2>/dev/null' \
		"$dir" || echo "no loop device to mount"
}

# cuts ARGUMENT...: a part of the output is "undone 0".
cuts() {
	out=$BATS_TEST_TMPDIR/stdout
	err=$BATS_TEST_TMPDIR/stderr
	captured="cuts $*"
	status=0
	timeout 3600 unshare -m "$CUTS" "$@" "$MQ_BUILD" "$scratch" \
		>"$out" 2>"$err" 3>&- </dev/null || status=$?
}

number_of() {
	sed -n "s/^$1 //p" "$out"
}

@test "what was reported as done survives a power cut, and nothing is lost" {
	cuts --seed 1 --cuts "${long:-24}"
	assert_status 0
	assert_stderr ''
	for kind in undone lost double changed orphan unreadable open false \
		unsteady; do
		assert_in "$out" "^$kind 0\$" 1
	done
	# It was cut where it matters, and there was something to be undone.
	assert_in "$out" "^cuts ${long:-24}\$" 1
	[ "$(number_of midway)" -ge $((${long:-24} / 3)) ] ||
		report "too few were cut in the middle"
	[ "$(number_of promised)" -ge $((${long:-24} * 100)) ] ||
		report "too few were reported as done"
	for story in once twice killed; do
		[ "$(number_of $story)" -gt 0 ] || report "never $story"
	done
}

# A series of cuts each: of a single one, all may be on the disk by chance.
@test "control: on a disk that lies, what was done is undone" {
	local seed

	${CC:-cc} -shared -fPIC -o "$scratch/no-sync.so" \
		"$MQ_SRC/tests/power/no-sync.c" -ldl
	for seed in 1 2 3; do
		cuts --seed $seed --cuts 4 --flags nologflush \
			--preload "$scratch/no-sync.so"
		assert_status 1
		[ "$(number_of undone)" -gt 0 ] || report "nothing was undone"
	done
}

# ext4 hides it: there, whatever is put on the disk takes all before along.
@test "what a dead job has done is on the disk before it counts as done" {
	local spool=$scratch/spool mqadm_pid

	export MAILQ_TOOLS_STATE=$scratch/state
	"$MQ_BUILD/tests/gen/spoolgen" --count 20000 --owner nobody "$spool"
	"$MQADM" hold --spool "$spool" --all deferred --yes -f jsonl \
		>"$scratch/lines" 2>"$scratch/talk" 3>&- &
	mqadm_pid=$!
	lab_wait '[ -n "$(ls "$spool/hold" 2>/dev/null)" ]' 30 'it has begun'
	kill -KILL "$mqadm_pid"
	wait "$mqadm_pid" || true
	capture strace -f -e trace=syncfs -o "$scratch/trace" \
		"$MQADM" hold --spool "$spool" ABCDEF
	assert_status 66
	assert_in "$err" '^mqadm: brought to an end' 1
	# Once for each lot that it looks at.
	grep -qE ' syncfs\([0-9]+\) += 0$' "$scratch/trace" ||
		fail "no syncfs"
}
