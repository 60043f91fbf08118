#!/usr/bin/env bats
# The times that mqls computes, and who has got a message already: compared
# with what the generator of the spool says of it.
#
# shellcheck disable=SC2016 # jq has variables, too
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2154 # some are set by what is loaded

load helper
load craft
load sample

setup_file() {
	monday
}

setup() {
	open_folders
}

teardown() {
	lab_cleanup
}

# joined FILE [JQ-OPTION...] FILTER: messages of the manifest with what mqls
# says in .mqls, for the filter; the damaged one is left out.
joined() {
	local listing=$1

	shift
	jq -r -n --slurpfile made "$manifest" --slurpfile listed "$listing" \
		"${@:1:$#-1}" '($listed | map({key: .queue_id, value: .}) |
			from_entries) as $by_id |
		$made[] | select(.listed and (.damaged | not)) |
		.mqls = $by_id[.id] | '"${!#}"
}

# assert_none FILTER: there are such messages as it begins with, but none of
# them is as it should not be.
assert_none() {
	local all=$1 wrong=$2 found

	found=$(joined "$out" "$all | .id" | wc -l)
	[ "$found" -gt 0 ] || fail "no messages: $all"
	found=$(joined "$out" "$all | $wrong | {id, queue, created, arrival, next,
		last, mqls}")
	[ -z "$found" ] || fail "$(head -c 1000 <<<"$found")"
}

@test "arrival, size, and the clock of expiry" {
	mqls -f jsonl
	assert_none . 'select(.mqls.arrival_time != .arrival)'
	assert_none . 'select(.mqls.message_size != .size)'
	assert_none . 'select(.mqls.file_size != .file_size)'
	assert_none . 'select(.mqls.path != .path)'
	assert_none 'select(.created != null)' \
		'select(.mqls.create_time != .created)'
}

# After a requeue: pickup leaves the one clock and starts the other anew.
@test "a message with two clocks" {
	make_spool "$BATS_TEST_TMPDIR/clocks"
	put deferred 1 < <(
		size_record 60 200
		record T '1795000000 1'
		record A create_time=1795342000
		record S a@example.org
		record R b@example.org
		record M
		content
		record X
		record E
	)
	touch -d @1795343000 "$spool/$path"
	owned
	mqls -f jsonl
	jq -e '.arrival_time == 1795000000 and .create_time == 1795342000 and
		.expires == 1795342000 + 432000 and .next_try == 1795343000 and
		.last_try == 1795342500' "$out" || report "wrong times"
}

@test "the next attempt" {
	mqls -f jsonl
	assert_none 'select(.queue == "deferred")' \
		'select(.mqls.next_try != .next)'
	assert_none 'select(.queue == "hold" or .queue == "active" or
		.queue == "maildrop")' 'select(.mqls | has("next_try"))'
}

# After an attempt at the time t Postfix waits as long as the message is old,
# but not less and not more than the two limits.
@test "the last attempt agrees with the next" {
	mqls -f jsonl
	assert_none 'select(.queue == "deferred" and .last != null)' \
		'select(.mqls.last_try != .last)'
	assert_none 'select(.queue == "deferred" and .mqls.last_try != null)' \
		'select(.mqls | (.last_try - .create_time) as $age |
			.next_try != .last_try + ([[$age, 300] | max, 4000] | min))'
	assert_none 'select(.queue != "deferred")' 'select(.mqls | has("last_try"))'
}

# expires_after LIFETIME BOUNCE-LIFETIME
expires_after() {
	assert_none 'select(.created != null and .sender != "" and
		.queue != "maildrop")' \
		"select(.mqls.expires != .created + $1)"
	assert_none 'select(.created != null and .sender == "" and
		.queue != "maildrop")' \
		"select(.mqls.expires != .created + $2)"
	assert_none 'select(.queue == "maildrop")' \
		'select(.mqls | has("expires"))'
}

@test "when it expires" {
	mqls -f jsonl
	expires_after 432000 432000
}

@test "lifetimes and intervals are those of the configuration" {
	lab_require
	lab_new q "queue_directory=$spool" maximal_queue_lifetime=2d \
		bounce_queue_lifetime=12h minimal_backoff_time=600s \
		maximal_backoff_time=20m
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f jsonl
	assert_status 75
	expires_after 172800 43200
	assert_none 'select(.mqls.last_try != null)' \
		'select(.mqls | (.last_try - .create_time) as $age |
			.next_try != .last_try + ([[$age, 600] | max, 1200] | min))'
	# Postfix takes the smaller one for bounces.
	lab_set q bounce_queue_lifetime=9d
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f jsonl
	expires_after 172800 172800
}

@test "fields have the same times as the JSON" {
	mqls -f jsonl
	cp "$out" "$BATS_TEST_TMPDIR/json"
	mqls -f csv -o id,arrival,created,next,last,expires
	python3 - "$out" "$BATS_TEST_TMPDIR/json" <<-'END'
		import csv, datetime, json, sys

		mails = {m["queue_id"]: m for m in map(json.loads, open(sys.argv[2]))}
		members = {"arrival": "arrival_time", "created": "create_time",
		           "next": "next_try", "last": "last_try",
		           "expires": "expires"}
		rows = list(csv.DictReader(open(sys.argv[1], newline="")))
		assert len(rows) == len(mails)
		for row in rows:
		    for field, member in members.items():
		        seconds = mails[row["id"]].get(member)
		        if seconds is None:
		            assert row[field] == "", row
		            continue
		        when = datetime.datetime.fromisoformat(row[field])
		        assert when.timestamp() == seconds, (row, seconds)
	END
}

@test "recipients that are done, and those that are left" {
	mqls -f jsonl
	assert_none '.' 'select([.mqls.delivered[].address] !=
		[.recipients[] | select(.state == "done") | .text])'
	assert_none '.' 'select([.mqls.recipients[].address] - [.recipients[] |
		select(.state == "left") | .text] != [])'
	assert_none '.' 'select(([.recipients[] | select(.state == "left") |
		.text] | unique) - [.mqls.recipients[].address] != [])'
	# Partly delivered ones are there.
	assert_none 'select(.mqls.delivered != [] and .mqls.recipients != [])' \
		empty
	# A milter's deletions count neither here nor there.
	assert_none '. as $m | .recipients[] | select(.state == "canceled") |
		{id: $m.id, mqls: $m.mqls, text}' '. as $r |
		select([.mqls.recipients[], .mqls.delivered[]] |
		any(.address == $r.text))'
}

@test "counts of recipients" {
	mqls -f jsonl
	joined "$out" '[.id, (.mqls.recipients | length), (.mqls.delivered |
		length)] | "\(.[0]) \(.[1]) \(.[2]) \(.[1])/\(.[1] + .[2])"' |
		sort >"$BATS_TEST_TMPDIR/wanted"
	assert_in "$BATS_TEST_TMPDIR/wanted" ' [1-9][0-9]* [1-9]'
	local damaged

	damaged=$(of_manifest 'select(.damaged) | .id')
	mqls -f tsv --no-headings -o id,rcpt.count,rcpt.done,rcpts
	tr '\t' ' ' <"$out" | grep -v "^$damaged " | sort \
		>"$BATS_TEST_TMPDIR/given"
	assert_same_file "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/given"
}

# A code only where the log is not of the oldest form.
@test "reasons and their codes" {
	local left='. as $m | .recipients[] |
		select(.state == "left" and .reason != null) | . as $r |
		$m.mqls.recipients[] | select(.address == $r.text) |
		. + {id: $m.id, text: $r.reason, status: $r.status}'

	mqls -f jsonl
	assert_none "select(.queue == \"deferred\") | $left" \
		'select(.delay_reason != .text)'
	assert_none "select(.queue == \"deferred\") | $left | select(.dsn)" \
		'select(.dsn != .status)'
	assert_none "select(.queue == \"deferred\") | $left |
		select(.host)" 'select(.host as $host |
		.text | contains($host) | not)'
}

@test "--utc and TZ" {
	make_spool "$BATS_TEST_TMPDIR/zones"
	put deferred 1 < <(message a@example.org b@example.org)
	touch -d @1784000000 "$spool/$path"
	owned
	# A zone that needs no file of the system.
	TZ='NST3:30NDT,M3.2.0,M11.1.0' mqls -f tsv --no-headings -o arrival,next
	assert_stdout $'2026-11-22T06:48:20-03:30\t2026-07-14T01:03:20-02:30'
	TZ='NST3:30NDT,M3.2.0,M11.1.0' mqls -f tsv --no-headings --utc \
		-o arrival,next
	assert_stdout $'2026-11-22T10:18:20Z\t2026-07-14T03:33:20Z'
	TZ=UTC0 mqls -f csv --no-headings -o arrival
	assert_stdout $'2026-11-22T10:18:20+00:00\r'
	TZ=EST5 mqls --no-headings -o arrival
	assert_stdout '11-22 05:18'
	TZ=EST5 mqls --no-headings -o arrival --utc
	assert_stdout '11-22 10:18'
	TZ=EST5 mqls -f mailq
	assert_in "$out" ' Sun Nov 22 05:18:20  a@example.org$' 1
	TZ=EST5 mqls -f mailq --utc
	assert_in "$out" ' Sun Nov 22 10:18:20  a@example.org$' 1
	# Seconds since 1970 know no zone.
	TZ=EST5 mqls -f jsonl
	jq -e '.arrival_time == 1795342700' "$out"
}
