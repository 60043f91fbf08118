#!/usr/bin/env bats
# Nothing is lost and nothing doubled in ten configurations that cover all
# pairs of settings, while everything that may happen to a mail system happens
# to it, and nothing that mqadm says is wrong.  See tests/rig/matrix.sh.
#
# MQ_LONG=1 takes fourteen times as many messages.

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

@test "with mqadm nothing is lost, doubled or wrong, in any configuration" {
	local times=1

	[ -z "${MQ_LONG:-}" ] || times=14
	"$RIG/matrix.sh" -t $times >"$table" 2>"$table.wrong" 3>&- || true
	equals messages $((750 * times))
	equals lost 0
	equals doubled 0
	equals false 0
	equals present 0
	[ ! -s "$table.wrong" ] || fail "$(head -n 100 "$table.wrong")"
}
