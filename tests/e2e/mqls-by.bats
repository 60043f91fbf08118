#!/usr/bin/env bats
# mqls --by: its rows are what jq makes of Postfix's own listing of the same
# queue, in every form, at every width, and at any number of groups.
#
# shellcheck disable=SC1003 # a backslash is meant as one
# shellcheck disable=SC2016 # jq has variables, too
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load craft
load sample

setup_file() {
	monday
}

setup() {
	open_folders
	total=$(of_manifest 'select(.listed) | .id' | wc -l)
}

teardown() {
	lab_cleanup
}

# postfix_listing: in $listing, what Postfix's postqueue says of $spool, with
# the time of each deferred file.
postfix_listing() {
	local id path

	lab_require
	[ -n "${listing:-}" ] && return
	listing=$BATS_TEST_TMPDIR/listing
	lab_new q "queue_directory=$spool"
	postqueue -c "$LAB_ROOT/q/etc" -j 2>/dev/null >"$listing.json"
	(cd "$spool" && find deferred -type f -printf '%f\t%T@\n') >"$listing.times"
	jq -s --rawfile times "$listing.times" '
		($times | split("\n") | map(select(. != "") | split("\t") |
			{key: .[0], value: (.[1] | tonumber | floor)}) |
			from_entries) as $next |
		map(.next = $next[.queue_id] |
			if .sender == "MAILER-DAEMON" then .sender = "" else .
			end)' "$listing.json" >"$listing"
	[ "$(jq length "$listing")" -eq "$total" ]
}

jq_words='
def domain: if contains("@") then sub(".*@"; "") | ascii_downcase else null end;
def down: if type == "string" then ascii_downcase else . end;
def rows: group_by(.value) | map({
	value: .[0].value,
	messages: length,
	recipients: map(.count) | add,
	bytes: map(.bytes) | add,
	oldest: map(.at) | min,
	newest: map(.at) | max,
	next: map(.next | select(. != null)) | min
});
def sums($count): {count: $count, bytes: .message_size, at: .arrival_time, next};

# Values of the message; and one of each recipient that is left.
def by(f): [.[] | {value: f} + sums(.recipients | length)] | rows;
def by_rcpt(f): [.[] | . as $m |
	if .recipients == [] then {value: ([f] | map(null))} + sums(0)
	else [.recipients[] | [f]] | group_by(.)[] |
		length as $count | {value: .[0]} + ($m | sums($count))
	end] | rows;
'

# assert_groups FIELDS PROGRAM: mqls counts what jq does.
assert_groups() {
	postfix_listing
	jq -c "$jq_words $2 | sort_by(.value)[]" "$listing" \
		>"$BATS_TEST_TMPDIR/wanted"
	mqls --by "$1" -f jsonl
	assert_status 75
	jq -c -s --arg fields "$1" '($fields | split(",")) as $names |
		map({value: [.[$names[]] |
				if type == "string" then ascii_downcase else . end],
			messages, recipients, bytes, oldest, newest,
			next: .next_try}) | sort_by(.value)[]' "$out" >"$BATS_TEST_TMPDIR/given"
	assert_same_file "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/given"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/wanted")" -ge 2 ]
}

@test "fields of messages" {
	assert_groups sender 'by([.sender | down])'
	assert_groups sender.domain 'by([.sender | domain])'
	assert_groups queue 'by([.queue_name])'
	assert_groups sender.domain,queue 'by([(.sender | domain), .queue_name])'
}

@test "fields of recipients" {
	assert_groups rcpt 'by_rcpt(.address | down)'
	assert_groups rcpt.domain 'by_rcpt(.address | domain)'
	assert_groups rcpt.state \
		'by_rcpt(if .delay_reason then "deferred" else "waiting" end)'
	assert_groups rcpt.domain,rcpt.state 'by_rcpt((.address | domain),
		if .delay_reason then "deferred" else "waiting" end)'
}

@test "a field of messages and one of recipients" {
	postfix_listing
	assert_groups rcpt.domain,sender '[.[] | .sender as $s | [.] |
		by_rcpt((.address | domain), ($s | down))[] |
		{value, count: .recipients, bytes, at: .oldest, next}] | rows'
}

@test "users, as the generator has them" {
	of_manifest -s 'map(select(.listed)) | group_by(.sasl_user) |
		map([.[0].sasl_user // "-", length] | @tsv)[]' | sort \
		>"$BATS_TEST_TMPDIR/wanted"
	mqls --by sasl_user -f jsonl
	jq -r '[.sasl_user // "-", .messages] | @tsv' "$out" | sort |
		cmp - "$BATS_TEST_TMPDIR/wanted" || report "not the same"
	assert_in "$BATS_TEST_TMPDIR/wanted" '^tony	[0-9]{2,}$' 1
	assert_in "$BATS_TEST_TMPDIR/wanted" '^-	[0-9]{2,}$' 1
}

@test "reasons: the same in all but names and numbers" {
	postfix_listing
	# Connections that timed out, whoever did not answer.
	jq -c '[.[] | . as $m | [.recipients[] | select(.delay_reason // "" |
		test("^connect to [^ ]+: Connection timed out$"))] |
		select(length > 0) | {count: length, bytes: $m.message_size}] |
		[length, (map(.count) | add), (map(.bytes) | add)]' \
		"$listing" >"$BATS_TEST_TMPDIR/wanted"
	mqls --by reason -f jsonl
	jq -c 'select(.reason == "connect to <host>[<ip>]:25: Connection timed out") |
		[.messages, .recipients, .bytes]' "$out" |
		cmp - "$BATS_TEST_TMPDIR/wanted" || report "not the same"
	jq -e -s --slurpfile list "$listing" 'map(.recipients) | add ==
		([$list[0][].recipients | length] | add)' "$out"
	jq -e -s 'all(.[]; .reason == null or (.class and .hint))' "$out"
}

@test "classes: their sums" {
	postfix_listing
	jq -c "$jq_words"'by_rcpt(.delay_reason // "" |
		if test("timed out") then "timeout"
		elif test("^Host or domain name not found") then "dns"
		elif test("loops back to myself") then "loop" else null end)[] |
		select(.value[0]) | [.value[0], .messages, .recipients]' \
		"$listing" >"$BATS_TEST_TMPDIR/wanted"
	mqls --by reason.class -f jsonl
	jq -c -s 'map(select(."reason.class" | IN("timeout", "dns", "loop"))) |
		sort_by(."reason.class")[] |
		[."reason.class", .messages, .recipients]' "$out" |
		cmp - "$BATS_TEST_TMPDIR/wanted" || report "not the same"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/wanted")" -eq 3 ]
	jq -e -s 'all(.[]; .class == ."reason.class") and
		(map(.recipients) | add) > '"$total" "$out"
}

# aged MINUTES: a message of that age, and of a hundred bytes for each of them.
aged() {
	{
		record T "$((now - $1 * 60)) 0"
		record S "s$1@example.org"
		record R b@example.org
		[ "$1" -lt 100 ] || record R c@example.org
		record M
	} >"$BATS_TEST_TMPDIR/envelope"
	size_record $(($1 * 100)) \
		$((97 + $(stat -c %s "$BATS_TEST_TMPDIR/envelope")))
	cat "$BATS_TEST_TMPDIR/envelope"
	content
	record X
	record E
}

# Ages in the middle of each range, and one that has none of its own.
@test "ages, sizes and counts are put into ranges" {
	local minutes n=1 now

	now=$(date +%s)
	make_spool "$BATS_TEST_TMPDIR/ages"
	for minutes in 2 7 7 15 30 60 120 240 480 960 2000 9000; do
		put deferred $((n++)) < <(aged $minutes)
	done
	owned
	mqls --by age -s value -f tsv -o age,messages --no-headings
	assert_stdout "$(printf '%s\t%s\n' '<5m' 1 5m-10m 2 10m-20m 1 20m-40m 1 \
		40m-80m 1 80m-160m 1 160m-320m 1 320m-640m 1 640m-1280m 1 \
		1280m+ 2)"
	mqls --by age -s -age -n 1 -f tsv -o value,messages --no-headings
	assert_stdout "$(printf '%s\t%s\n' 1280m+ 2 '(9 others)' 10)"
	assert_status 0
	mqls --by size -s value -f tsv -o value,messages --no-headings
	assert_stdout "$(printf '%s\t%s\n' '<1K' 3 1K-4K 2 4K-16K 2 16K-64K 2 \
		64K-256K 2 256K-1M 1)"
	mqls --by rcpt.count -s value -f tsv -o value,messages --no-headings
	assert_stdout "$(printf '%s\t%s\n' 1 6 2 6)"
	mqls --by held,bounce -f tsv -o value,messages --no-headings
	assert_stdout "$(printf 'no\tno\t12')"
	mqls --by arrival --utc -s value -n 1 -f tsv -o value --no-headings
	[ "$(head -n 1 "$out")" = "$(date -u -d "@$((now - 540000))" \
		+%Y-%m-%dT%H:00:00Z)" ] || report "not the hour"
	mqls --by age -f jsonl -s value
	jq -e -s '.[0].age_from == null and .[0].age_to == 300 and
		.[1].age_from == 300 and .[-1].age_to == null' "$out"
}

@test "codes are no counts" {
	mqls --by reason.code -f jsonl
	jq -e -s 'map(."reason.code") | index(450) and index(421) and
		(index(null) != null)' "$out"
}

@test "--sort, and --limit with a row for the rest" {
	local all

	mqls --by sender -f jsonl
	cp "$out" "$BATS_TEST_TMPDIR/all"
	jq -e -s '. == sort_by(-.messages)' "$out" || report "not sorted"
	mqls --by sender -f jsonl -s -size,value
	jq -e -s '. == sort_by(-.bytes)' "$out"
	mqls --by sender -f jsonl -s oldest
	jq -e -s '. == sort_by(.oldest)' "$out"
	mqls --by sender -f jsonl -s sender
	jq -e -s 'map(.sender) | . == sort' "$out"
	mqls --by sender -f jsonl -n 3
	assert_lines 4
	head -n 3 "$out" | cmp - <(head -n 3 "$BATS_TEST_TMPDIR/all")
	jq -c -s '.[3:] | {others: length, messages: (map(.messages) | add),
		recipients: (map(.recipients) | add),
		bytes: (map(.bytes) | add), oldest: (map(.oldest) | min),
		newest: (map(.newest) | max),
		next_try: (map(.next_try | values) | min)}' "$BATS_TEST_TMPDIR/all" \
		>"$BATS_TEST_TMPDIR/wanted"
	tail -n 1 "$out" | jq -c 'del(.share)' |
		cmp - "$BATS_TEST_TMPDIR/wanted" || report "other others"
	# As many as there are need no such row.
	all=$(wc -l <"$BATS_TEST_TMPDIR/all")
	mqls --by sender -f jsonl -n "$all"
	assert_same_file "$out" "$BATS_TEST_TMPDIR/all"
	mqls --by sender -f table -n 3 --columns value,messages
	assert_in "$out" "^\\($((all - 3)) others\\) +[0-9]+\$" 1
	# What may be counted several times is told as such.
	mqls --by rcpt.domain -f jsonl -n 3
	tail -n 1 "$out" | jq -e '.at_most and .messages <= 340'
	mqls --by rcpt.domain -n 3
	assert_in "$out" '^ *≤[0-9]+ ' 1
}

@test "every form" {
	mqls --by queue -f json
	jq -e 'length == 5 and .[0].queue == "deferred" and
		(map(.messages) | add) == '"$total" "$out"
	jq -c '.[]' "$out" >"$BATS_TEST_TMPDIR/array"
	mqls --by queue -f jsonl
	jq -c . "$out" | cmp - "$BATS_TEST_TMPDIR/array"
	mqls --by queue -f csv
	[ "$(head -n 1 "$out")" = \
		$'queue,messages,recipients,bytes,share,oldest,newest,next_try\r' ] ||
		report "headings"
	python3 - "$out" <<-END
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1], newline="")))
		assert len(rows) == 5
		assert sum(int(row["messages"]) for row in rows) == $total
		assert abs(sum(float(row["share"]) for row in rows) - 1) < 1e-4
		assert [row["next_try"] == "" for row in rows
		        if row["queue"] == "hold"] == [True]
	END
	mqls --by queue -f tsv --no-headings
	assert_lines 5
	assert_in "$out" '^deferred	[0-9]+	[0-9]+	[0-9]+	0\.[0-9]{6}	2[0-9T:+-]+	'
	# No two columns have the same name.
	mqls --by size,next -f csv
	[ "$(head -n 1 "$out" | tr -d '\r' | tr , '\n' | sort | uniq -d)" = '' ] ||
		report "twice the same"
	mqls --by size -f tsv -o size,bytes -s -bytes --no-headings
	assert_in "$out" '^<1K	[0-9]{5,}$' 1
	mqls --by reason -f csv
	[ "$(head -n 1 "$out" | cut -d , -f 9-)" = $'class,hint\r' ] ||
		report "no class"
	for form in ids mailq; do
		mqls --by queue -f $form
		assert_status 64
		assert_in "$err" 'a group is no message' 1
	done
}

# validate FILE...: each of their lines is what the schema says.
validate() {
	python3 - "$MQ_SRC/docs/mqls-by.schema.json" "$@" <<-'END'
		import json, sys
		from jsonschema import Draft202012Validator

		schema = json.load(open(sys.argv[1], encoding="utf-8"))
		Draft202012Validator.check_schema(schema)
		validator = Draft202012Validator(schema)
		count = 0
		for name in sys.argv[2:]:
		    for line in open(name, "rb"):
		        group = json.loads(line.decode("utf-8", "strict"))
		        for error in validator.iter_errors(group):
		            sys.exit("%s%s: %s" % (line, error.json_path,
		                                   error.message[:500]))
		        count += 1
		assert count > 0
	END
}

@test "the schema: each field, and what is told of groups" {
	local field

	python3 -c 'import jsonschema' 2>/dev/null ||
		skip "python3-jsonschema is not installed"
	for field in $("$MQLS" --fields | awk 'NR > 1 && /^[^ ]/ &&
		$2 != "column" { print $1 }'); do
		mqls --by "$field" -n 3 -f jsonl
		assert_status 75
		validate "$out" || report "$field"
		jq -e -s --arg field "$field" 'all(.[];
			has($field) or has("others"))' "$out"
	done
	mqls --by reason,age,rcpt.domain -f jsonl
	validate "$out"
	make_spool "$BATS_TEST_TMPDIR/odd"
	put deferred 1 < <(message '\0374@example.org' '\0375@example.org')
	put hold 2 < <(message '' '' | head -c 200)
	put maildrop 3 < <(submission '' '')
	put deferred 4 < <(
		size_record 9223372036854775807 500
		record T '9223372036854775807 0'
		record S a@example.org
		record R b@example.org
	)
	owned
	for field in sender rcpt arrival age size next reason.code; do
		mqls --by "$field" -f jsonl
		validate "$out" || report "$field"
	done
	# Every member has a description, and there are fields of no others.
	jq -e '[.properties[] | .description | endswith(".")] | all' \
		"$MQ_SRC/docs/mqls-by.schema.json"
	"$MQLS" --fields | awk 'NR > 1 && /^[^ ]/ && $2 != "column" {
		print $1 }' | sort >"$BATS_TEST_TMPDIR/fields"
	jq -r '.properties | keys[]' "$MQ_SRC/docs/mqls-by.schema.json" |
		grep -vxE 'others|messages|recipients|bytes|share|at_most|oldest|newest|next_try|class|hint|.*_(base64|from|to)' |
		sort >"$BATS_TEST_TMPDIR/described"
	assert_same_file "$BATS_TEST_TMPDIR/fields" "$BATS_TEST_TMPDIR/described"
}

@test "what is not valid fails the check of this test" {
	local change

	python3 -c 'import jsonschema' 2>/dev/null ||
		skip "python3-jsonschema is not installed"
	mqls --by reason,age -n 1 -f jsonl
	head -n 1 "$out" >"$BATS_TEST_TMPDIR/good"
	validate "$BATS_TEST_TMPDIR/good"
	for change in '.more = 1' 'del(.messages)' '.share = 1.1' '.age = "5m-"' \
		'.reason = 1' '.class = "bad"' 'del(.hint)' '.others = 0' \
		'.at_most = true' 'del(.age)' '.next_try = "now"' '.bytes = -1'; do
		jq -c "$change" "$BATS_TEST_TMPDIR/good" \
			>"$BATS_TEST_TMPDIR/bad"
		run ! validate "$BATS_TEST_TMPDIR/bad"
	done
}

@test "mistakes" {
	mqls --by sendr
	assert_status 64
	assert_in "$err" "^mqls: --by: unknown field 'sendr' \\(did you mean 'sender'\\?\\)\$" 1
	mqls --by sender,sender
	assert_status 64
	assert_in "$err" 'sender is there twice' 1
	mqls --by id,queue,sender,rcpt,age
	assert_status 64
	assert_in "$err" 'more than 4 fields' 1
	mqls --by sender, 
	assert_status 64
	mqls --by sender --count
	assert_status 64
	assert_in "$err" '^mqls: --count does not go with --by$' 1
	mqls --by sender --sort age
	assert_status 64
	assert_in "$err" "groups are not sorted by 'age'" 1
	mqls --by sender -o rcpt
	assert_status 64
	assert_in "$err" "'rcpt' is not told of groups" 1
	mqls --by sender -o hint
	assert_status 64
	mqls --by sender -o sender -f json
	assert_status 64
}

@test "with queues, ids and --where" {
	local id

	mqls --by queue hold -f tsv --no-headings -o value,messages
	assert_stdout "$(printf 'hold\t%d' "$(of_manifest \
		'select(.queue == "hold") | .id' | wc -l)")"
	id=$(of_manifest -s '[.[] | select(.queue == "hold")][0].id')
	mqls --by sender "$id" -f jsonl
	assert_status 0
	jq -e '.messages == 1 and .share == 1' "$out"
	mqls -w 'sasl_user = tony' --by sasl_user -f jsonl
	assert_status 0
	assert_lines 1
	jq -e '.sasl_user == "tony" and .share == 1' "$out"
	mqls -w 'size > 900M' --by sender
	assert_status 1
	assert_stdout ''
	assert_in "$err" '^mqls: 0 messages in 0 groups' 1
}

@test "an empty queue" {
	make_spool "$BATS_TEST_TMPDIR/empty"
	mqls --by sender
	assert_status 0
	assert_stdout ''
	assert_stderr 'mqls: 0 messages in 0 groups'
	mqls --by reason -f json
	assert_stdout '[]'
	mqls --by sender,reason -f jsonl
	assert_stdout ''
	mqls --by queue -f csv -o value
	assert_stdout $'queue\r'
}

@test "it reads no more than it has to" {
	command -v strace >/dev/null || skip "no strace"
	# A leak detector cannot work under it.
	export ASAN_OPTIONS=detect_leaks=0
	make_spool "$BATS_TEST_TMPDIR/cheap"
	put deferred 1 < <(message a@example.org b@example.org)
	put_log "$id" < <(log_entry b@example.org no)
	owned
	capture strace -f -e trace=openat,openat2,open -o "$BATS_TEST_TMPDIR/calls" \
		"$MQLS" --spool "$spool" --by queue -o value,messages
	assert_status 0
	assert_not_in "$BATS_TEST_TMPDIR/calls" "$id"
	capture strace -f -e trace=openat,openat2,open -o "$BATS_TEST_TMPDIR/calls" \
		"$MQLS" --spool "$spool" --by sender -o value,messages,size
	assert_in "$BATS_TEST_TMPDIR/calls" "\"deferred/./$id\""
	assert_not_in "$BATS_TEST_TMPDIR/calls" "\"defer/./$id\""
	capture strace -f -e trace=openat,openat2,open -o "$BATS_TEST_TMPDIR/calls" \
		"$MQLS" --spool "$spool" --by sender -o value,recipients
	assert_in "$BATS_TEST_TMPDIR/calls" "\"defer/./$id\""
}

@test "the table fits the terminal" {
	local columns by

	for columns in 40 80 132 200; do
		for by in reason reason.class rcpt.domain sender,rcpt.domain \
			age sasl_user,reason; do
			on_terminal $columns --by $by
			assert_status 75
			[ "$(widest "$out")" -le $columns ] ||
				report "too wide for $columns"
			assert_in "$out" 'MSGS'
		done
	done
	on_terminal 80 --by rcpt.domain
	assert_in "$out" '█{10,}'
	assert_in "$out" '^MSGS RCPTS +SIZE SHARE .* OLDEST .*NEXT RCPT.DOMAIN$' 1
	# Ten reasons on the smallest of terminals.
	on_terminal 80 --by reason -n 10 --color never
	assert_lines 24
	assert_in "$out" ' timeout → check firewall on port 25, or wait$' 1
	LC_ALL=C on_terminal 80 --by reason --color never
	[ "$(LC_ALL=C grep -c '[^ -~]' "$out")" -eq 0 ] || report "not ASCII"
	assert_in "$out" '##########'
	assert_in "$out" ' -> '
}

@test "without a terminal nothing is cut" {
	COLUMNS=40 mqls --by reason
	assert_in "$out" '.{120}'
	assert_not_in "$out" '…'
	assert_not_in "$out" $'\033'
	assert_not_in "$out" ' $'
	assert_in "$err" "^mqls: $total messages, [0-9]+K in [0-9]+ groups: " 1
	mqls --by reason --no-headings
	assert_not_in "$out" '^MSGS'
	assert_in "$err" 'groups' 0
}

@test "hostile values" {
	local bytes n=1

	make_spool "$BATS_TEST_TMPDIR/hostile"
	for bytes in '\0033[2J' '\0342\0200\0256' '\0303' 'a\nb' 'a\tb' '"' '\\' \
		=cmd '=cmd' -; do
		put deferred $((n++)) < <(message "$bytes@example.org" \
			b@example.org)
		put_log "$id" < <(log_entry b@example.org \
			"no $(printf '%b' "$bytes" | tr '\n' ' ')")
	done
	owned
	mqls --by sender
	assert_status 0
	assert_in "$out" ' "\^\[\[2J"@example.org$' 1
	assert_in "$out" ' <U\+202E>@example.org$' 1
	assert_in "$out" ' <C3>@example.org$' 1
	assert_in "$out" ' "a\^Jb"@example.org$' 1
	mqls --by sender,reason -f tsv
	assert_lines 10
	awk -F '\t' 'NF != 11 { exit 1 }' "$out" || report "columns"
	assert_not_in "$out" $'\033'
	mqls --by sender -f csv
	assert_in "$out" "^\"?\"'=cmd@example.org\"," 1
	mqls --by sender -f jsonl
	jq -e -s 'map(select(.["sender_base64"])) | length == 1 and
		.[0].sender == "\uFFFD@example.org" and
		.[0].sender_base64 == "w0BleGFtcGxlLm9yZw=="' "$out"
	jq -e -s 'map(.messages) | add == 10' "$out"
}

@test "no sender, no login, no recipients" {
	make_spool "$BATS_TEST_TMPDIR/none"
	put deferred 1 < <(message '' b@example.org)
	put deferred 2 < <(
		size_record 10 300
		record T '1795342700 0'
		record S a@example.org
		record D b@example.org
		record M
		content
		record X
		record E
	)
	owned
	mqls --by sender -o messages,sender
	assert_in "$out" '^ +1 <>$' 1
	mqls --by sender -f jsonl
	jq -e -s 'any(.[]; .sender == "")' "$out"
	mqls --by sender -f csv --no-headings -o sender
	assert_in "$out" $'^<>\r$' 1
	mqls --by sasl_user -o messages,value
	assert_in "$out" '^ +2 -$' 1
	mqls --by rcpt.domain -f jsonl
	jq -e -s 'map([."rcpt.domain", .messages, .recipients]) | sort ==
		[[null, 1, 0], ["example.org", 1, 1]]' "$out"
	mqls --by sasl_user -f csv --no-headings -o messages,value
	assert_stdout $'2,\r'
}

@test "a hundred thousand groups" {
	local peak

	generate "$BATS_TEST_TMPDIR/many" --count 20000 --recipients 5
	capture python3 -c '
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)' "$MQLS" --spool "$spool" --by rcpt -n 3 -f jsonl
	assert_status 0
	assert_lines 4
	tail -n 1 "$out" | jq -e '.others == 99997'
	peak=$(tail -n 1 "$err")
	# A kilobyte for each.
	[ "$peak" -lt 110000 ] || [ -n "${ASAN_OPTIONS:-}" ] ||
		report "$peak KB"
}

# What somebody without rights gets of Postfix's own listing.
@test "unprivileged" {
	am_root || lab_skip "only root can become somebody else"
	postfix_listing
	mkdir -m 755 "$BATS_TEST_TMPDIR/sbin"
	install -m 755 "$MQLS" "$BATS_TEST_TMPDIR/sbin/mqls"
	printf '#!/bin/sh\ncat %s\n' "'$listing.json'" \
		>"$BATS_TEST_TMPDIR/sbin/postqueue"
	chmod 755 "$BATS_TEST_TMPDIR/sbin/postqueue"
	lab_set q "command_directory=$BATS_TEST_TMPDIR/sbin"
	capture "${as_nobody[@]}" "$BATS_TEST_TMPDIR/sbin/mqls" \
		-c "$LAB_ROOT/q/etc" --by queue -f jsonl
	assert_status 0
	jq -c "$jq_words"' by([.queue_name]) | map(del(.next)) |
		sort_by(.value)[]' "$listing" >"$BATS_TEST_TMPDIR/wanted"
	jq -c -s 'map({value: [.queue], messages, recipients, bytes, oldest,
		newest}) | sort_by(.value)[]' "$out" |
		cmp - "$BATS_TEST_TMPDIR/wanted" || report "not the same"
	# Unknown is not none.
	capture "${as_nobody[@]}" "$BATS_TEST_TMPDIR/sbin/mqls" \
		-c "$LAB_ROOT/q/etc" --by sasl_user
	assert_status 77
	assert_in "$err" "sasl_user is not in Postfix's own listing" 1
}
