# identical.bash - run a program of Postfix and ours alike, and compare.
#
# Both run one after the other, in the same environment and under the same
# argv[0]; stdout, stderr and the exit status must be the same.
#
# To try out a test, compare Postfix with itself: set MQ_POSTQUEUE, MQ_MAILQ and
# MQ_POSTCAT to its programs, and all but the tests of what only ours do must
# pass.
#
# shellcheck disable=SC2016 # scripts are written for another shell to expand
# shellcheck disable=SC2154 # as_nobody is set in helper.bash

# For setup_file: what both sides are.
identical_programs() {
	POSTQUEUE=$(postconf -xh command_directory)/postqueue
	POSTCAT=$(postconf -xh command_directory)/postcat
	MAILQ=$(postconf -xh mailq_path)
	export POSTQUEUE POSTCAT MAILQ
	require_program "$MQ_POSTQUEUE"
	require_program "$MQ_POSTCAT"
	require_program "$MQ_MAILQ"
}

mail_config() {
	export MAIL_CONFIG=$LAB_ROOT/$1/etc
}

# For users who cannot reach the build folder.
copy_programs() {
	mkdir -m 755 "$1"
	install -m 755 "$MQ_POSTQUEUE" "$MQ_POSTCAT" "$MQ_MAILQ" "$1/"
}

use_copies() {
	ours_are_theirs && return
	MQ_POSTQUEUE=$LAB_ROOT/bin/postqueue
	MQ_POSTCAT=$LAB_ROOT/bin/postcat
	MQ_MAILQ=$LAB_ROOT/bin/mailq
}

# program_of WHO NAME
program_of() {
	case $1-$2 in
	ours-mailq) echo "$MQ_MAILQ" ;;
	ours-postcat) echo "$MQ_POSTCAT" ;;
	ours-postqueue) echo "$MQ_POSTQUEUE" ;;
	theirs-mailq) echo "$MAILQ" ;;
	theirs-postcat) echo "$POSTCAT" ;;
	theirs-postqueue) echo "$POSTQUEUE" ;;
	esac
}

ours_are_theirs() {
	[ "$MQ_POSTQUEUE" = "$POSTQUEUE" ]
}

# How a program is run: the name of the function is in $how.
plainly() {
	"$@"
}

to_closed() {
	"$@" >&-
}

to_full() {
	"$@" >/dev/full
}

to_head() {
	"$@" | head -n 1
	return "${PIPESTATUS[0]}"
}

# A pipe whose reader is gone when the program starts.
to_broken() {
	local pipe=$BATS_TEST_TMPDIR/pipe

	[ -p "$pipe" ] || mkfifo "$pipe"
	# shellcheck disable=SC2094 # it is a pipe
	(
		exec 4<>"$pipe" 5>"$pipe" 4>&-
		"$@" >&5 5>&-
	)
}

as_nobody() {
	"${as_nobody[@]}" "$@"
}

as_owner() {
	local owner

	owner=$(postconf -xh mail_owner)
	setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups "$@"
}

# run_for WHO NAME ARGUMENT...: the result is in the files WHO.*
run_for() {
	local who=$1 name=$2 program

	program=$(program_of "$who" "$name")
	shift 2
	"${how:-plainly}" timeout 60 bash -c 'exec -a "$0" "$@"' \
		"${argv0:-$name}" "$program" "$@" \
		>"$BATS_TEST_TMPDIR/$who.stdout" \
		2>"$BATS_TEST_TMPDIR/$who.stderr" &&
		echo 0 >"$BATS_TEST_TMPDIR/$who.status" ||
		echo $? >"$BATS_TEST_TMPDIR/$who.status"
}

# identical NAME ARGUMENT...
identical() {
	local part

	run_for theirs "$@"
	run_for ours "$@"
	cd "$BATS_TEST_TMPDIR" || return 1
	for part in stdout stderr status; do
		assert_same_file "theirs.$part" "ours.$part" ||
			fail "command: $*" "exit status of ours:" \
				"$(cat ours.status)" || return 1
	done
}

# listings_identical: all that there are.
listings_identical() {
	identical postqueue -p
	identical postqueue -j
	identical mailq
}

# expect WHAT REGEXP [COUNT]: Postfix's own output (stdout, stderr) has it.
expect() {
	assert_in "$BATS_TEST_TMPDIR/theirs.$1" "${@:2}"
}

expect_status() {
	[ "$(cat "$BATS_TEST_TMPDIR/theirs.status")" -eq "$1" ] ||
		fail "Postfix's program should exit with $1"
}

