#!/usr/bin/env bats
# Nothing is lost and nothing doubled in ten configurations that cover all
# pairs of settings, while everything that may happen to a mail system happens
# to it.  For the night: see tests/rig/matrix.sh.

load ../e2e/helper

RIG=$MQ_SRC/tests/rig

setup() {
	lab_require
	require_program "$MQ_BUILD/tests/rig/sink"
	require_program "$MQ_BUILD/tests/rig/inject"
	require_program "$MQADM"
	table=$BATS_TEST_TMPDIR/table
}

# equals NAME NUMBER
equals() {
	[ "$(awk -v name="$1" '$1 == name { print $2 }' "$table")" = "$2" ] ||
		fail "$1 should be $2:" "$(cat "$table")" \
			"$(head -n 100 "$table.wrong")"
}

@test "with mqadm nothing is lost or doubled, in any configuration" {
	"$RIG/matrix.sh" -t 7 >"$table" 2>"$table.wrong" 3>&- || true
	equals messages 10500
	equals lost 0
	equals doubled 0
	equals false 0
	equals present 0
}
