# helper.bash - what all end-to-end tests share.  To be loaded by bats files.
#
# MQ_BUILD is the folder that was built in; the default is the source tree.
# A test runs a program with `capture' and looks at its result with the
# assert functions: they compare files, so that no byte is lost.

bats_require_minimum_version 1.5.0

MQ_SRC=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
MQ_BUILD=${MQ_BUILD:-$MQ_SRC}
LAB_HOME=$MQ_SRC/tests/e2e
export MQ_SRC MQ_BUILD LAB_HOME
export TZ=UTC0 LC_ALL=C.UTF-8 TERM=xterm
PATH=$PATH:/usr/sbin:/sbin
unset MAIL_CONFIG NO_COLOR COLUMNS

# shellcheck source=tests/e2e/lab.sh
. "$LAB_HOME/lab.sh"

MQLS=${MQLS:-$MQ_BUILD/mailq-tools/mqls}
MQADM=${MQADM:-$MQ_BUILD/mailq-tools/mqadm}
MQFLUSH=${MQFLUSH:-$MQ_BUILD/mailq-tools/mqflush}
MQ_MAILQ=${MQ_MAILQ:-$MQ_BUILD/mailq-tools/drop-in/mailq}
MQ_POSTQUEUE=${MQ_POSTQUEUE:-$MQ_BUILD/mailq-tools/drop-in/postqueue}
MQ_POSTCAT=${MQ_POSTCAT:-$MQ_BUILD/mailq-tools/drop-in/postcat}
export MQLS MQADM MQFLUSH MQ_MAILQ MQ_POSTQUEUE MQ_POSTCAT

require_program() {
	[ -x "$1" ] || fail "$1 is not built"
}

# fail LINE...: end the test, saying why.
fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# show FILE: its first and last lines, readable whatever is in it.
show() {
	if [ "$(wc -l <"$1")" -le 24 ]; then
		cat "$1"
	else
		head -n 16 "$1"
		echo ...
		tail -n 8 "$1"
	fi | cut -b 1-200 | cat -v
}

# capture COMMAND...: sets $status, and leaves the output in $out and $err.
# Nobody finds it slow, but one that hangs must not hang the tests.
capture() {
	out=$BATS_TEST_TMPDIR/stdout
	err=$BATS_TEST_TMPDIR/stderr
	status=0
	captured="$*"
	timeout 60 "$@" >"$out" 2>"$err" </dev/null || status=$?
}

# Words before a command that root wants to run as somebody without rights.
# shellcheck disable=SC2034 # for the tests
as_nobody=(setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups)

report() {
	fail "$@" "command: $captured" "status: $status" \
		"stdout: $(show "$out")" "stderr: $(show "$err")"
}

assert_status() {
	[ "$status" -eq "$1" ] || report "the status should be $1"
}

# assert_stdout TEXT, assert_stderr TEXT: all of it.
assert_stdout() {
	printf '%s' "${1:+$1$'\n'}" | cmp -s - "$out" ||
		report "stdout should be: $1"
}

assert_stderr() {
	printf '%s' "${1:+$1$'\n'}" | cmp -s - "$err" ||
		report "stderr should be: $1"
}

# assert_in FILE REGEXP [COUNT]: so many lines match (default: at least one).
assert_in() {
	local found

	found=$(grep -caE -e "$2" "$1") || true
	if [ -n "${3:-}" ]; then
		[ "$found" -eq "$3" ] ||
			fail "$found lines and not $3 match /$2/ in:" \
				"$(show "$1")"
	else
		[ "$found" -gt 0 ] ||
			fail "no line matches /$2/ in:" "$(show "$1")"
	fi
}

assert_not_in() {
	assert_in "$1" "$2" 0
}

assert_same_file() {
	cmp -s "$1" "$2" || fail "$1 and $2 differ:" \
		"$(diff -a -u "$1" "$2" | head -n 40 | cut -b 1-200 | cat -v)"
}
