#!/usr/bin/env bats
# mqls --sort and --limit: compared with Python's own sort of what the JSON
# says.
#
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

# assert_sorted KEYS [LIMIT]: as Python sorts it.  Names of JSON members stand
# for fields in a table in the program.
assert_sorted() {
	mqls -f jsonl
	[ -s "$BATS_TEST_TMPDIR/unsorted" ] ||
		cp "$out" "$BATS_TEST_TMPDIR/unsorted"
	mqls -f ids -s "$1" ${2:+-n "$2"}
	python3 - "$1" "${2:-0}" "$BATS_TEST_TMPDIR/unsorted" "$out" <<-'END' ||
		import json, sys

		def first(m):
		    return (m["recipients"] or m["delivered"] or [{}])[0]

		def reason(m):
		    for r in m["recipients"]:
		        if "delay_reason" in r:
		            return r
		    return {}

		fields = {
		    "id": lambda m: m["queue_id"],
		    "queue": lambda m: m["queue_name"],
		    "size": lambda m: m["message_size"],
		    "arrival": lambda m: m["arrival_time"],
		    "age": lambda m: -m["arrival_time"],
		    "next": lambda m: m.get("next_try"),
		    "last": lambda m: m.get("last_try"),
		    "expires": lambda m: m.get("expires"),
		    "held": lambda m: m["queue_name"] == "hold",
		    "sender": lambda m: "" if m.get("null_sender")
		                        else m.get("sender"),
		    "sender.domain": lambda m: m["sender"].split("@")[-1]
		                               if "@" in m.get("sender", "") else None,
		    "sasl_user": lambda m: m.get("sasl_user"),
		    "rcpt.count": lambda m: len(m["recipients"]),
		    "rcpt.done": lambda m: len(m["delivered"]),
		    "rcpt": lambda m: first(m).get("address"),
		    "reason": lambda m: reason(m).get("delay_reason"),
		    "reason.dsn": lambda m: reason(m).get("dsn"),
		    "client.ip": lambda m: m.get("client_address"),
		}

		def lower(value):
		    if not isinstance(value, str):
		        return value
		    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c
		                   for c in value).encode()

		keys, limit, unsorted, given = sys.argv[1:]
		mails = [json.loads(line) for line in open(unsorted)]
		# The last key first, since Python's sort is stable.
		for key in reversed(keys.split(",")):
		    get = fields[key.lstrip("-")]
		    known = [m for m in mails if get(m) is not None]
		    unknown = [m for m in mails if get(m) is None]
		    known.sort(key=lambda m: lower(get(m)),
		               reverse=key.startswith("-"))
		    mails = known + unknown
		wanted = [m["queue_id"] for m in mails]
		wanted = wanted[:int(limit)] if int(limit) else wanted
		given = open(given).read().split()
		assert given == wanted, next(
		    (i, a, b) for i, (a, b) in enumerate(zip(given, wanted))
		    if a != b) if len(given) == len(wanted) else len(given)
	END
		report "not sorted by $1"
}

@test "by a number" {
	assert_sorted size
	assert_sorted -size
	assert_sorted rcpt.count
	assert_sorted -rcpt.count
	assert_sorted rcpt.done
}

@test "by a time, or a duration" {
	assert_sorted arrival
	assert_sorted -arrival
	assert_sorted age
	assert_sorted -age
}

@test "by text, without regard to case" {
	assert_sorted sender
	assert_sorted -sender
	assert_sorted reason
	assert_sorted -id
	assert_sorted rcpt
}

@test "by yes or no" {
	assert_sorted held
	assert_sorted -held
}

@test "what is not known comes last, in both directions" {
	local key

	for key in next last expires sasl_user sender.domain client.ip \
		reason.dsn; do
		assert_sorted $key
		assert_sorted -$key
	done
	# There are such.
	mqls -f tsv -o next -s -next --no-headings
	[ -n "$(head -n 1 "$out")" ] || report "an unknown one is the first"
	[ -z "$(tail -n 1 "$out")" ] || report "a known one is the last"
}

@test "by several keys" {
	assert_sorted queue,size
	assert_sorted sender,-size,id
	assert_sorted -queue,sasl_user,-rcpt.count,reason,id
}

@test "equal ones stay in their order" {
	mqls -f ids
	cp "$out" "$BATS_TEST_TMPDIR/unsorted"
	mqls -f ids -s instance
	assert_same_file "$out" "$BATS_TEST_TMPDIR/unsorted"
	mqls -f ids -s -instance
	assert_same_file "$out" "$BATS_TEST_TMPDIR/unsorted"
}

@test "--limit comes after sorting" {
	assert_sorted -size 1
	assert_sorted -size 10
	assert_sorted sender,-age 50
	assert_sorted next 100000
}

@test "more messages than are held when there is a limit" {
	local count

	generate "$BATS_TEST_TMPDIR/many" --count 9000 --span 100000 \
		--large-share 1 --large-size 20000
	mqls --count
	assert_stdout 9000
	for count in 1 10 3000 8999; do
		assert_sorted -size,id $count
		assert_sorted sender $count
	done
	assert_sorted age,-id
}

@test "the forms of output are sorted alike" {
	local ids

	mqls -f ids -s -size,id deferred
	ids=$(cat "$out")
	mqls -f jsonl -s -size,id deferred
	[ "$(jq -r .queue_id "$out")" = "$ids" ] || report "jsonl"
	mqls -f json -s -size,id deferred
	[ "$(jq -r '.[].queue_id' "$out")" = "$ids" ] || report "json"
	mqls -f tsv -o id --no-headings -s -size,id deferred
	[ "$(cat "$out")" = "$ids" ] || report "tsv"
	mqls -o id --no-headings -s -size,id deferred
	[ "$(cat "$out")" = "$ids" ] || report "table"
	mqls -f mailq -s -size,id deferred
	[ "$(sed -n 's/^\([0-9A-F]\{7,\}\)[#]\{0,1\} .*/\1/p' "$out")" = "$ids" ] ||
		report "mailq"
}

@test "messages by id are sorted, too" {
	local ids

	mqls -f ids -s size hold
	ids=$(cat "$out")
	# shellcheck disable=SC2046 # the words are meant
	mqls -f ids -s size $(sort <<<"$ids")
	assert_status 0
	assert_stdout "$ids"
}

@test "--sort is given twice: more keys" {
	assert_sorted queue,-size
	cp "$out" "$BATS_TEST_TMPDIR/once"
	mqls -f ids -s queue -s -size
	assert_same_file "$out" "$BATS_TEST_TMPDIR/once"
}
