#!/usr/bin/env bats
# mqls's JSON has all members that Postfix's `postqueue -j' has, with the same
# values.
#
# shellcheck disable=SC2016 # jq has variables, too
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2154 # some are set by what is loaded

load helper
load everything
load sample

setup_file() {
	monday
}

setup() {
	lab_require
	open_folders
}

teardown() {
	lab_cleanup
}

# superset THEIRS OURS: all members of theirs are in ours, with equal values;
# messages and recipients in the same order.
superset() {
	python3 - "$1" "$2" <<-'END'
		import json, sys

		def lines(path):
		    return [json.loads(l) for l in open(path, encoding="utf-8")]

		theirs, ours = lines(sys.argv[1]), lines(sys.argv[2])
		assert len(theirs) > 0
		assert [m["queue_id"] for m in theirs] == [m["queue_id"] for m in ours]
		for a, b in zip(theirs, ours):
		    assert list(a) == [name for name in b if name in a], (a, b)
		    for name in a:
		        if name != "recipients":
		            assert a[name] == b[name], (name, a, b)
		    assert len(a["recipients"]) == len(b["recipients"]), (a, b)
		    for r, s in zip(a["recipients"], b["recipients"]):
		        assert r == {name: s.get(name) for name in r}, (r, s)
	END
}

@test "the sample" {
	lab_new q "queue_directory=$spool"
	postqueue -c "$LAB_ROOT/q/etc" -j >"$BATS_TEST_TMPDIR/theirs" 2>/dev/null
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f jsonl
	# A message that mqls flags as damaged Postfix lists, too.
	jq -c 'select(.sender)' "$out" >"$BATS_TEST_TMPDIR/ours"
	superset "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
	# The same with jq alone, as a user would look at it.
	jq -c '{queue_name, queue_id, arrival_time, message_size, forced_expire,
		sender, recipients: [.recipients[] | {address} +
		(if .delay_reason then {delay_reason} else {} end)]}' \
		"$BATS_TEST_TMPDIR/ours" >"$BATS_TEST_TMPDIR/ours.members"
	jq -c . "$BATS_TEST_TMPDIR/theirs" | cmp - "$BATS_TEST_TMPDIR/ours.members"
	sed -i '$s/@/%/' "$BATS_TEST_TMPDIR/ours"
	run ! superset "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
}

@test "a running Postfix that has one of everything" {
	everything_new q
	everything_fill q
	postqueue -c "$LAB_ROOT/q/etc" -j |
		jq -c 'select(.sender != "many@lab.example")' \
			>"$BATS_TEST_TMPDIR/theirs"
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f jsonl
	assert_status 0
	assert_stderr ''
	jq -c 'select(.sender != "many@lab.example")' "$out" \
		>"$BATS_TEST_TMPDIR/ours"
	superset "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
	# Postfix shows recipients behind the first 1,000 twice; mqls does not.
	jq -e -s 'map(select(.sender == "many@lab.example"))[0].recipients |
		length == 5000 and (map(.address) | unique | length) == 5000' \
		"$out"
	jq -e -s 'map(select(.sender == "partly@lab.example"))[0].delivered |
		map(.address) == ["rcpt1@ok.example", "rcpt3@ok.example"]' "$out"
}
