#!/usr/bin/env bats
# Each call that mqadm makes fails, once and for good; it is killed before and
# after each; there is no memory.  After each of these runs every message is
# there once, with its logs, and what was said of it is true.  See
# tests/faults/faults.c.
#
# MQ_LONG=1 takes all runs of all commands, and all of them of 50 messages.

load helper

FAULTS=$MQ_BUILD/tests/faults/faults

# What cannot be made to fail, with the reason.
never_fails='
access		the dynamic linker
arch_prctl	the dynamic linker
brk		inside malloc(3), which fails by itself
clock_adjtime	cannot fail when it changes nothing
connect		to nscd(8), inside getpwnam(3)
execve		the start of the program
exit_group	the end of it
futex		only between threads
getcwd		inside realpath(3), which fails as readlink
getegid		cannot fail
geteuid		cannot fail
getgid		cannot fail
getpid		cannot fail
getuid		cannot fail
madvise		the end of a thread
mprotect	the dynamic linker, and the stack of a thread
rseq		the start of a thread
rt_sigaction	cannot fail with the signals that it is given
rt_sigprocmask	cannot fail with what it is given
rt_sigtimedwait	a thread that waits for signals
set_robust_list	the start of a thread
set_tid_address	the start of the program
setuid		is to fail: rights that were given up are given up
socket		to nscd(8), inside getpwnam(3)
umask		cannot fail
'

setup_file() {
	local memory=/dev/shm

	# In memory, where there is any: it is about calls, not about disks.
	[ -w "$memory" ] || memory=${TMPDIR:-/tmp}
	FAULTS_WORK=$(mktemp -d "$memory/faults.XXXXXX")
	chmod 755 "$FAULTS_WORK"
	export FAULTS_WORK
	${CC:-cc} -O2 -shared -fPIC -o "$FAULTS_WORK/shim.so" \
		"$MQ_SRC/tests/faults/shim.c" "$MQ_SRC/tests/faults/serve.c" \
		-ldl
	# Somebody else than the one who builds it has to get to it.
	cp "$MQADM" "$FAULTS_WORK/mqadm"
	"$MQ_BUILD/tests/gen/spoolgen" --count 6 "$FAULTS_WORK/sample"
}

teardown_file() {
	rm -rf "$FAULTS_WORK"
}

setup() {
	[ "$(id -u)" -eq 0 ] || skip 'needs root: rights are given up'
	require_program "$FAULTS"
	require_program "$MQADM"
	work=$FAULTS_WORK/$BATS_TEST_NUMBER
	mkdir "$work"
}

teardown() {
	rm -rf "$work"
}

# try OPTION...: figures to stdout, what is wrong to stderr.
try() {
	out=$BATS_TEST_TMPDIR/stdout
	err=$BATS_TEST_TMPDIR/stderr
	status=0
	# shellcheck disable=SC2034 # for what is reported
	captured="faults $*"
	"$FAULTS" "$@" "$FAULTS_WORK/mqadm" "$FAULTS_WORK/shim.so" \
		"$FAULTS_WORK/sample" "$work" >"$out" 2>"$err" || status=$?
}

# withstands SCENARIO [OPTION...]: options are for the quick size.
withstands() {
	if [ -n "${MQ_LONG:-}" ]; then
		try --only "$1" --in-full --carry-on
	else
		try --only "$@"
	fi
	cat "$out"
	assert_status 0
	assert_stderr ''
	assert_in "$out" "^$1	.* wrong 0\$" 1
	# It was not for want of trying.
	assert_in "$out" "^$1	.* failed once [0-9]{3}" 1
	assert_in "$out" "^$1	.* failed for good [0-9]{2}" 1
	assert_in "$out" "^$1	.* killed before [0-9]{2}" 1
	assert_in "$out" "^$1	.* recovered [0-9]{2}" 1
}

@test "hold: every fault" {
	withstands hold
}

@test "release: every fault" {
	withstands release
}

@test "requeue: every fault" {
	withstands requeue --one-in 4
}

@test "expire: every fault" {
	withstands expire --one-in 4
}

@test "delete: every fault" {
	withstands delete
}

@test "delete for good: every fault" {
	withstands purge
}

@test "restore: every fault" {
	withstands restore
}

@test "undo of hold: every fault" {
	withstands undo-hold --one-in 4
}

@test "undo of expire: every fault" {
	withstands undo-expire --one-in 4
}

@test "undo of delete: every fault" {
	withstands undo-delete --one-in 4
}

@test "release --now: every fault" {
	withstands release-now --one-in 4
}

@test "expire --now: every fault" {
	withstands expire-now --one-in 4
}

@test "delete at a pace: every fault" {
	withstands delete-at-a-pace --one-in 4
}

@test "trash purge: every fault" {
	withstands trash-purge --one-in 4
}

@test "apply: every fault" {
	withstands apply --one-in 4
}

@test "hold, the first time: every fault" {
	withstands first-hold --one-in 4
}

@test "of 50 messages: every fault, in the quick size some" {
	if [ -n "${MQ_LONG:-}" ]; then
		try --messages 50 --in-full
	else
		try --messages 50 --only hold --one-in 100
	fi
	cat "$out"
	assert_status 0
	assert_stderr ''
}

# The control: who says that it was done, and has not done it.
@test "a renaming that was not done is noticed" {
	try --only hold --lie
	assert_status 1
	assert_in "$out" '^hold	.* 3 runs, lied 3, .* wrong 3$' 1
	assert_in "$err" 'done, as it says' 3
	assert_in "$err" 'not done, and no word of it' 3
}

@test "every kind of call was made to fail" {
	local scenario kinds=$BATS_TEST_TMPDIR/kinds

	# Of all together: which directories of hashes there are to be made in
	# a run is a matter of the ids that it gives.
	printf '%s' "$never_fails" | awk 'NF { print $1 }' >"$kinds"
	for scenario in hold release requeue expire delete purge restore \
		undo-hold undo-expire apply first-hold; do
		try --only "$scenario" --workers 2 --kinds
		assert_status 0
		awk '$1 == "failed" { print $2 }' "$out" >>"$kinds"
		try --only "$scenario" --workers 1 \
			--trace "$BATS_TEST_TMPDIR/trace"
		assert_status 0
		awk '$1 ~ /^[0-9.]+$/ && $NF != "total" { print $NF }' \
			"$BATS_TEST_TMPDIR/trace" >"$kinds.of"
		[ "$(wc -l <"$kinds.of")" -gt 30 ]
		cat "$kinds.of" >>"$kinds.made"
	done
	sort -u "$kinds.made" | grep -vxFf "$kinds" >"$kinds.left" || true
	[ ! -s "$kinds.left" ] || fail "not made to fail:" \
		"$(cat "$kinds.left")"
}
