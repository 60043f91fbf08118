#!/usr/bin/env bats
# mqls's JSON is what docs/mqls.schema.json says.
#
# shellcheck disable=SC1003 # a backslash is meant as one
# shellcheck disable=SC2016 # jq has variables, too
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2154 # some are set by what is loaded

load helper
load craft
load sample

setup_file() {
	monday
	require_program "$MQADM"
}

setup() {
	python3 -c 'import jsonschema' 2>/dev/null ||
		skip "python3-jsonschema is not installed"
	open_folders
	SCHEMA=$MQ_SRC/docs/mqls.schema.json
	# Members that were seen: `a' of messages, `recipients.a'.
	seen=$BATS_TEST_TMPDIR/members
}

teardown() {
	lab_cleanup
}

# validate FILE: each line, and that the file has some.
validate() {
	python3 - "$SCHEMA" "$1" "$seen" <<-'END'
		import json, sys
		from jsonschema import Draft202012Validator

		schema = json.load(open(sys.argv[1], encoding="utf-8"))
		Draft202012Validator.check_schema(schema)
		validator = Draft202012Validator(schema)
		count = 0
		names = set()
		for line in open(sys.argv[2], "rb"):
		    mail = json.loads(line.decode("utf-8", "strict"))
		    for error in validator.iter_errors(mail):
		        sys.exit("%s\n%s: %s" % (line[:500], error.json_path,
		                                 error.message[:500]))
		    names.update(mail)
		    names.update("hold." + name for name in mail.get("hold", []))
		    for r in mail["recipients"] + mail.get("delivered", []):
		        names.update("recipients." + name for name in r)
		    count += 1
		assert count > 0, "no messages"
		open(sys.argv[3], "a").write("".join(n + "\n" for n in names))
	END
}

# valid COMMAND...: its output is.
valid() {
	capture "$@"
	validate "$out" || report "not valid"
}

@test "the schema is one, and describes each member" {
	python3 -m json.tool "$SCHEMA" >/dev/null
	python3 - "$SCHEMA" <<-'END'
		import json, sys
		from jsonschema import Draft202012Validator

		schema = json.load(open(sys.argv[1], encoding="utf-8"))
		Draft202012Validator.check_schema(schema)

		def check(where, thing):
		    assert thing["additionalProperties"] is False, where
		    assert set(thing["required"]) <= set(thing["properties"]), where
		    for name, member in thing["properties"].items():
		        assert member.get("description", "").endswith("."), \
		            (where, name)

		assert schema["description"]
		check("message", schema)
		check("recipient", schema["$defs"]["recipient"])
		check("hold", schema["$defs"]["hold"])
	END
}

@test "the sample" {
	valid "$MQLS" --spool "$spool" -f jsonl
	cp "$out" "$BATS_TEST_TMPDIR/lines"
	assert_lines "$(of_manifest 'select(.listed) | .id' | wc -l)"
	mqls -f json
	assert_status 75
	jq -c '.[]' "$out" >"$BATS_TEST_TMPDIR/array"
	jq -c . "$BATS_TEST_TMPDIR/lines" | cmp - "$BATS_TEST_TMPDIR/array" ||
		fail "json and jsonl differ"
	# The command line of jsonschema, as users will call it.
	head -n 1 "$BATS_TEST_TMPDIR/lines" >"$BATS_TEST_TMPDIR/one.json"
	run -0 python3 -W ignore -m jsonschema -i "$BATS_TEST_TMPDIR/one.json" \
		"$SCHEMA"
}

# odd_messages: what a sample of sane mail has not.
odd_messages() {
	make_spool "$BATS_TEST_TMPDIR/odd"
	put deferred 1 < <(
		size_record "$(content | wc -c)" 500
		record T '1795342700 123456'
		record A create_time=1795342700
		record A log_ident=4SVLCh0sf8zHS
		record A rewrite_context=local
		record A sasl_method=PLAIN
		record A sasl_username=anna
		record A sasl_sender=anna@example.org
		record A envelope_id=QQ314159
		record F 'Anna Keller'
		record L 'smtp:[127.0.0.1]:10025'
		record S '\0374@example.org'
		record A encoding=8bit
		record A log_client_name=client.example.org
		record A log_client_address=192.0.2.1
		record A log_helo_name=helo
		record A log_protocol_name=ESMTPSA
		record O '\0375@example.org'
		record R '\0376@example.org'
		record O old@example.org
		record D done@example.org
		record R last@example.org
		record M
		content
		record X
		record '>' 'elsewhere@example.org'
		record A 'message_id=<1@example.org>'
		record E
	)
	put_log "$id" < <(
		printf '\nrecipient=\376@example.org\n'
		printf 'original_recipient=\375@example.org\nstatus=4.4.1\n'
		printf 'mta_type=dns\nmta_mname=mx.example.org\n'
		printf 'reason=said \374\033[31m "\\ \n\n'
	)
	put hold 2 < <(message '' '' | head -c 200)
	put hold 3 < <(message a@example.org)
	put corrupt 4 < <(printf 'X')
	chmod 400 "$spool/$path"
	put corrupt 5 < <(: nothing)
	put maildrop 6 < <(submission '' '')
	put incoming 7 < <(message a@example.org b@example.org)
	touch -d '1 hour' "$spool/$path"
	put deferred 8 < <(message a@example.org b@example.org)
	touch -d @0 "$spool/$path"
	put deferred 9 < <(
		size_record 99999999999999 500
		record T '-5 0'
		record A create_time=9223372036854775807
		record S a@example.org
		record R b@example.org
	)
	put deferred 10 < <(
		size_record 9223372036854775807 500
		record T '9223372036854775807 0'
		record S a@example.org
		record R b@example.org
	)
	put deferred 11 < <(
		size_record 9223372036854775807 500
		record S a@example.org
		record M
	)
	owned
}

@test "odd messages, and damaged ones" {
	local bytes n=100

	odd_messages
	for bytes in '\0033[2J' '\0303' '\0302\0233m' '\0342\0200\0256' \
		'\0364\0220\0200\0200' 'a\nb' '\0001' '"\\' 'nul\0000nul'; do
		put deferred $((n++)) < <(message "s$bytes@example.org" \
			"r$bytes@example.org")
		put_log "$id" < <(log_entry "r$bytes@example.org" "$bytes")
	done
	owned
	valid "$MQLS" --spool "$spool" -f jsonl
	assert_status 75
	assert_lines 18
	valid "$MQLS" --spool "$spool" -f jsonl corrupt
	assert_lines 2
	# Sizes that no file can have are no reason to stop.
	mqls
	assert_status 75
	assert_lines 19
}

@test "the whole of a message" {
	odd_messages
	mqls -f jsonl
	jq -e -s 'map(select(.sasl_user == "anna")) | .[0] | .sender ==
		"\uFFFD@example.org" and .sender_base64 == "/EBleGFtcGxlLm9yZw=="
		and .upstream_id == "4SVLCh0sf8zHS" and .local == false and
		.filter == "smtp:[127.0.0.1]:10025" and
		.redirect == "elsewhere@example.org" and
		.message_id == "<1@example.org>" and .envelope_id == "QQ314159"
		and .full_name == "Anna Keller" and .sasl_method == "PLAIN" and
		.sasl_sender == "anna@example.org" and .encoding == "8bit" and
		.client_name == "client.example.org" and .helo == "helo" and
		.client_address == "192.0.2.1" and .protocol == "ESMTPSA" and
		(.recipients | length) == 2 and
		(.recipients[0] | .dsn == "4.4.1" and .host == "mx.example.org"
			and .delay_reason == "said \uFFFD\u001b[31m \"\\") and
		.recipients[1] == {address: "last@example.org"} and
		.delivered == [{address: "done@example.org",
			orig_address: "old@example.org"}]' "$out" ||
		report "something is missing"
	assert_in "$out" '\\u001B\[31m' 1
	jq -e -s 'map(select(.queue_name == "maildrop")) | .[0] |
		.sender == "MAILER-DAEMON" and .null_sender and
		.recipients == [{address: "MAILER-DAEMON"}]' "$out"
}

# What somebody without rights gets of the sample, valid and in $out.
list_unprivileged() {
	am_root || lab_skip "only root can become somebody else"
	lab_require
	lab_new q "command_directory=$BATS_TEST_TMPDIR/sbin" \
		"queue_directory=$spool"
	mkdir -m 755 "$BATS_TEST_TMPDIR/sbin"
	install -m 755 "$MQLS" "$BATS_TEST_TMPDIR/sbin/mqls"
	postqueue -c "$LAB_ROOT/q/etc" -j >"$BATS_TEST_TMPDIR/listing" 2>/dev/null
	# And what Postfix 3.11 has more.
	cat >>"$BATS_TEST_TMPDIR/listing" <<-'END'
		{"queue_name": "deferred", "queue_id": "ABCDE1", "arrival_time": 1795342700, "message_size": 1, "forced_expire": true, "sender": "MAILER-DAEMON", "recipients": [{"orig_address": "o@example.org", "address": "a@example.org", "bounce_reason": "said no"}, {"orig_address": "", "address": "b@example.org", "other_reason": "who knows"}]}
	END
	printf '#!/bin/sh\ncat %s\n' "'$BATS_TEST_TMPDIR/listing'" \
		>"$BATS_TEST_TMPDIR/sbin/postqueue"
	chmod 755 "$BATS_TEST_TMPDIR/sbin/postqueue"
	valid "${as_nobody[@]}" "$BATS_TEST_TMPDIR/sbin/mqls" \
		-c "$LAB_ROOT/q/etc" -f jsonl
	assert_status 0
}

@test "unprivileged" {
	list_unprivileged
	assert_lines "$(wc -l <"$BATS_TEST_TMPDIR/listing")"
	tail -n 1 "$out" >"$BATS_TEST_TMPDIR/last"
	jq -e '.null_sender and .forced_expire and .recipients == [
		{address: "a@example.org", bounce_reason: "said no",
			orig_address: "o@example.org", class: "other"},
		{address: "b@example.org", delay_reason: "who knows",
			class: "other"}]' \
		"$BATS_TEST_TMPDIR/last"
}

@test "each member of the schema is really there" {
	valid "$MQLS" --spool "$spool" -f jsonl
	list_unprivileged
	odd_messages
	MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state "$MQADM" --spool "$spool" \
		hold --reason odd -w 'sasl_user = anna' --yes
	MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state valid "$MQLS" \
		--spool "$spool" -f jsonl
	jq -r '(.properties | keys[]), (."$defs" |
		(.recipient.properties | keys[] | "recipients." + .),
		(.hold.properties | keys[] | "hold." + .))' "$SCHEMA" |
		grep -vx instance | sort >"$BATS_TEST_TMPDIR/described"
	sort -u "$seen" >"$BATS_TEST_TMPDIR/seen"
	assert_same_file "$BATS_TEST_TMPDIR/described" "$BATS_TEST_TMPDIR/seen"
}

@test "what is not valid fails the check of this test" {
	local change

	mqls -f jsonl -n 1 deferred
	cp "$out" "$BATS_TEST_TMPDIR/good"
	validate "$BATS_TEST_TMPDIR/good"
	for change in '.more = 1' '.queue_name = "corrupted"' 'del(.queue_id)' \
		'.queue_id = "a-b"' '.arrival_time = "now"' '.local = 1' \
		'.recipients[0].more = 1' 'del(.recipients[0].address)' \
		'.delivered = null' '.sender_base64 = "?"' 'del(.null_sender)' \
		'.message_size = -1' '.recipients[0].bounce_reason = "x"' \
		'.fault_offset = 1' '.next_try = 1.5'; do
		jq -c "$change" "$BATS_TEST_TMPDIR/good" \
			>"$BATS_TEST_TMPDIR/bad"
		run ! validate "$BATS_TEST_TMPDIR/bad"
	done
	: >"$BATS_TEST_TMPDIR/bad"
	run ! validate "$BATS_TEST_TMPDIR/bad"
}
