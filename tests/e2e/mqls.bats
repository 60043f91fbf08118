#!/usr/bin/env bats
# mqls: options, forms of output, which messages, exit statuses.
#
# Widths and colours are in mqls-table.bats, sorting in mqls-sort.bats, times
# in mqls-times.bats, privileges and instances in mqls-access.bats, JSON in
# mqls-json.bats.  Damage of all kinds is in hostile.bats; the sample has one
# damaged file, so that who reads all of it ends with 75.
#
# shellcheck disable=SC2016 # scripts are written for another shell to expand
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
	# A name for each, of the messages that are easy to find.
	id=$(of_manifest -s '[.[] | select(.queue == "deferred" and
		.listed and (.damaged | not))][0].id')
	other=$(of_manifest -s '[.[] | select(.queue == "active")][0].id')
}

# The ids of a queue, or of all, sorted.
ids_of() {
	of_manifest --arg queue "${1:-}" 'select(.listed and
		($queue == "" or .queue == $queue)) | .id' | sort
}

# assert_ids IDS: on stdout, in any order.
assert_ids() {
	[ "$(sort "$out")" = "$1" ] || report "the ids should be: $1"
}

@test "--help fits a terminal" {
	mqls --help
	assert_status 0
	assert_stderr ''
	assert_in "$out" '^usage: mqls '
	[ "$(wc -l <"$out")" -le 23 ] || report "no room for the prompt"
	[ "$(widest "$out")" -le 80 ] || report "too wide"
}

@test "--version" {
	mqls --version
	assert_status 0
	assert_stderr ''
	assert_in "$out" '^mqls \(mailq-tools [0-9]+\.[0-9]+\.[0-9]+\)$'
	assert_lines 1
}

@test "--fields" {
	mqls --fields
	assert_status 0
	assert_stderr ''
	assert_in "$out" '^FIELD +TYPE +READS +MEANING$' 1
	assert_in "$out" '^id +text +name +[a-z]' 1
	assert_in "$out" '^rcpts +column +log +[a-z]' 1
	assert_not_in "$out" '^[^ ]+ +[^ ]+ +[^ ]+ *$'
	# Below each field is an example.
	assert_in "$out" "^ +-w 'sender = \*@example.org'\$" 1
	[ "$(grep -c '^ ' "$out")" -eq "$(($(grep -c '^[a-z]' "$out") - 1))" ]
	[ -z "$(awk 'NR > 2 && /^ / == before; { before = /^ / }' "$out")" ] ||
		report "an example is missing"
	# Each field is a column, and all but the last a key.
	local all
	all=$(awk 'NR > 1 && /^[^ ]/ { print $1 }' "$out" | paste -sd ,)
	mqls -f tsv -o "$all" -s "$(cut -d , -f 1-8 <<<"$all")"
	assert_status 75
	assert_lines $((total + 1))
}

@test "wrong use: 64, and what is wrong" {
	local try='Try "mqls --help".'

	mqls --bogus
	assert_status 64
	assert_stderr "mqls: unrecognized option '--bogus'"$'\n'"$try"
	mqls -f
	assert_status 64
	mqls -f xml
	assert_status 64
	assert_stdout ''
	assert_stderr 'mqls: --format: "xml" is none of table, mailq, json, jsonl, csv, tsv, ids'$'\n'"$try"
	mqls --color sometimes
	assert_status 64
	assert_in "$err" '"sometimes" is none of auto, always, never'
	for option in --limit --threads; do
		for number in 0 -1 x '' 1x 99999999999999999999; do
			mqls "$option" "$number"
			assert_status 64
			assert_in "$err" "^mqls: $option: \"$number\" is not a number above zero\$"
		done
	done
	mqls -0
	assert_status 64
	assert_in "$err" '^mqls: --null is for the format ids$'
	mqls -f jsonl -o id
	assert_status 64
	assert_in "$err" '^mqls: --columns is for the formats table, csv and tsv$'
	mqls --instance one
	assert_status 64
	assert_in "$err" '^mqls: --instance: .* has no instances$'
}

@test "unknown columns and keys: which one was meant" {
	mqls -o id,sendr
	assert_status 64
	assert_in "$err" "^mqls: unknown column 'sendr' \\(did you mean 'sender'\\?\\)\$"
	mqls -o +sise
	assert_status 64
	assert_in "$err" "'sise' \\(did you mean 'size'\\?\\)"
	mqls -s size,-arival
	assert_status 64
	assert_in "$err" "^mqls: --sort: unknown field 'arival' \\(did you mean 'arrival'\\?\\)\$"
	mqls -o nothing.like.it
	assert_status 64
	assert_in "$err" "unknown column 'nothing.like.it'; \"mqls --fields\" lists all"
	mqls -s wonderful
	assert_status 64
	assert_in "$err" "unknown field 'wonderful'; \"mqls --fields\" lists all"
	for list in '' ',' 'id,' ',id' '+'; do
		mqls -o "$list"
		assert_status 64
		assert_in "$err" "unknown column ''"
	done
	mqls -s id,id,id,id,id,id,id,id,id
	assert_status 64
	assert_in "$err" 'more than 8 fields'
	mqls -o "$(printf 'id,%.0s' {1..64})id"
	assert_status 64
	assert_in "$err" 'more than 64 columns'
}

@test "all queues, and one or more of them" {
	local queue

	mqls -f ids
	assert_status 0
	assert_ids "$(ids_of)"
	for queue in maildrop active incoming deferred hold; do
		mqls -f ids $queue
		assert_status 0
		assert_ids "$(ids_of $queue)"
	done
	mqls -f ids hold active hold
	assert_ids "$( (ids_of hold; ids_of active) | sort)"
	mqls -f ids corrupt
	assert_status 0
	assert_stdout ''
}

@test "messages by id" {
	mqls -f ids "$id" "$other"
	assert_status 0
	assert_ids "$(printf '%s\n' "$id" "$other" | sort)"
	assert_stderr ''
	mqls -f ids "$id" "$id"
	assert_status 0
	assert_stdout "$id"
}

@test "messages by id, on standard input" {
	printf '%s\n\n%s\n%s' "$id" "$other" "$id" >"$BATS_TEST_TMPDIR/ids"
	capture sh -c '"$@" <"$0"' "$BATS_TEST_TMPDIR/ids" \
		"$MQLS" --spool "$spool" -f ids -
	assert_status 0
	assert_ids "$(printf '%s\n' "$id" "$other" | sort)"
	# What mqls prints it takes.
	mqls -f ids hold
	cp "$out" "$BATS_TEST_TMPDIR/ids"
	capture sh -c '"$@" <"$0"' "$BATS_TEST_TMPDIR/ids" \
		"$MQLS" --spool "$spool" -f ids - "$other"
	assert_status 0
	assert_ids "$( (ids_of hold; echo "$other") | sort)"
	mqls -f ids -
	assert_status 0
	assert_stdout ''
	capture sh -c '"$@" <&-' - "$MQLS" --spool "$spool" -f ids -
	assert_status 0
	assert_stdout ''
}

@test "ids that are not there: 66, or 75 when others are" {
	mqls -f ids ABCDEF1
	assert_status 66
	assert_stdout ''
	assert_stderr 'mqls: ABCDEF1: no such message in the queue'
	mqls -f ids ABCDEF1 "$id" ABCDEF2
	assert_status 75
	assert_stdout "$id"
	assert_in "$err" '^mqls: ABCDEF[12]: no such message in the queue$' 2
	mqls -f ids "other/$id"
	assert_status 66
	assert_stdout ''
	assert_stderr "mqls: other/$id: no such message in the queue"
	mqls -f ids "$id" "other/$id"
	assert_status 75
	assert_stdout "$id"
	# One that nobody looked for any more is not missed.
	mqls -f ids -n 1 "$id" "$other"
	assert_status 0
	assert_lines 1
	mqls -f ids -n 3 "$id" ABCDEF1
	assert_status 75
}

@test "an id whose message is still being written: 75, and said" {
	local format written

	written=$(ids_of incoming | head -n 1)
	[ -n "$written" ] || report 'nothing is incoming'
	cp -a "$spool" "$BATS_TEST_TMPDIR/spool"
	spool=$BATS_TEST_TMPDIR/spool
	chmod 600 "$spool/incoming/$written"
	for format in ids json mailq; do
		mqls -f "$format" "$written"
		assert_status 75
		assert_stderr "mqls: $written: still being written"
	done
	mqls -f table "$written"
	assert_status 75
	assert_in "$err" '^mqls: 0 messages; being written: 1$' 1
	assert_in "$err" "^mqls: $written: still being written$" 1
	mqls -f ids "$id" "$written" ABCDEF1
	assert_status 75
	assert_stdout "$id"
	assert_in "$err" "^mqls: $written: still being written$" 1
	assert_in "$err" '^mqls: ABCDEF1: no such message in the queue$' 1
	mqls -f ids --like "$written"
	assert_status 75
	assert_stderr "mqls: --like: $written: still being written"
}

@test "what cannot be an id" {
	local name

	for name in 'A B' A-B ../x.y '' "$(printf '%0256d' 0)" 'ü' $'A\033[2J'; do
		mqls -f ids -- "$name"
		assert_status 66
		assert_stdout ''
		assert_in "$err" '^mqls: ".*": not a queue id$' 1
		assert_not_in "$err" $'\033'
		mqls -f ids "$id" "$name"
		assert_status 75
		assert_stdout "$id"
	done
	mqls -f ids -n 1 "$id" A-B
	assert_status 75
}

@test "queues and ids: one or the other" {
	mqls deferred "$id"
	assert_status 64
	assert_stdout ''
	assert_in "$err" '^mqls: give queues or ids, not both$'
	mqls - hold
	assert_status 64
}

@test "--limit" {
	mqls -f ids
	head -n 7 "$out" >"$BATS_TEST_TMPDIR/first"
	mqls -f ids -n 7
	assert_status 0
	assert_same_file "$out" "$BATS_TEST_TMPDIR/first"
	mqls -f ids --limit=100000
	assert_lines "$total"
	mqls -f jsonl -n 7
	jq -r .queue_id "$out" >"$BATS_TEST_TMPDIR/ids"
	assert_same_file "$BATS_TEST_TMPDIR/ids" "$BATS_TEST_TMPDIR/first"
}

@test "--count" {
	mqls --count
	assert_status 0
	assert_stdout "$total"
	assert_stderr ''
	mqls --count hold active
	assert_stdout "$(of_manifest 'select(.listed and
		(.queue == "hold" or .queue == "active")) | .id' | wc -l)"
	mqls --count -n 5
	assert_stdout 5
	mqls --count "$id" ABCDEF1
	assert_status 75
	assert_stdout 1
	mqls --count ABCDEF1
	assert_status 66
	assert_stdout 0
	# A queue that is missing is not taken for an empty one.
	make_spool "$BATS_TEST_TMPDIR/part"
	rmdir "$spool/active"
	mqls --count
	assert_status 75
	assert_stderr 'mqls: active: this folder is missing'
	mqls --count deferred
	assert_status 0
	assert_stdout 0
	# It goes with every form, and then the form does not matter.
	mqls --count -f json corrupt
	assert_status 0
	assert_stdout 0
}

@test "--threads" {
	local threads

	mqls -f jsonl
	cp "$out" "$BATS_TEST_TMPDIR/one"
	for threads in 1 2 3 16 1000; do
		mqls -f jsonl --threads $threads
		assert_status 75
		assert_same_file "$out" "$BATS_TEST_TMPDIR/one"
	done
}

@test "-f ids" {
	mqls -f ids hold
	assert_status 0
	assert_stderr ''
	assert_not_in "$out" '[^0-9A-Za-z_]'
	tr '\n' '\0' <"$out" >"$BATS_TEST_TMPDIR/null"
	for option in -0 --null; do
		mqls -f ids $option hold
		assert_same_file "$out" "$BATS_TEST_TMPDIR/null"
	done
	capture sh -c '"$@" | xargs -0 -n 1 printf "<%s>\n"' - \
		"$MQLS" --spool "$spool" -f ids -0 hold
	assert_in "$out" '^<[0-9A-F]+>$' "$(ids_of hold | wc -l)"
}

@test "-f csv, for a program that reads it" {
	mqls -f csv -o id,queue,size,sender,rcpt,reason,arrival,held
	assert_status 75
	python3 - "$out" "$manifest" <<-'END'
		import csv, json, sys

		text = open(sys.argv[1], newline="", encoding="utf-8").read()
		assert text.count("\r\n") == text.count("\n") == text.count("\r")
		rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
		names = "id,queue,size,sender,rcpt,reason,arrival,held".split(",")
		assert rows[0] == names, rows[0]
		mails = {m["id"]: m for m in map(json.loads, open(sys.argv[2]))
		         if m["listed"]}
		assert len(rows) - 1 == len(mails), len(rows)
		for row in rows[1:]:
		    row = dict(zip(names, row, strict=True))
		    mail = mails[row["id"]]
		    if mail["damaged"]:
		        continue
		    assert row["queue"] == mail["queue"]
		    assert row["size"] == str(mail["size"]), (row, mail["size"])
		    assert row["sender"] == (mail["sender_text"]
		                             if mail["sender"] else ""), row
		    assert row["held"] == ("yes" if mail["queue"] == "hold" else "no")
	END
	mqls -f csv -o id,size --no-headings hold
	assert_not_in "$out" '^id,'
	assert_in "$out" $'^[0-9A-F]+,[0-9]+\r$' "$(ids_of hold | wc -l)"
}

@test "-f csv: what would be a formula is not" {
	local n=1 sender

	make_spool "$BATS_TEST_TMPDIR/formulas"
	for sender in '=1+1' '+SUM(A1)' '-2+3' '@evil' '=cmd|" /C calc"!A0' \
		'"quoted, with comma"' 'a,b' 'plain'; do
		put deferred $((n++)) < <(message "$sender" rcpt@example.org)
		put_log "$id" < <(log_entry rcpt@example.org '=HYPERLINK("x")')
	done
	put deferred $((n++)) < <(message '\0011=1' 'rcpt@example.org')
	put deferred $((n++)) < <(message '\0015=1' 'rcpt@example.org')
	owned
	mqls -f csv -o sender,reason,size,age --no-headings
	assert_status 0
	python3 - "$out" <<-'END'
		import csv, sys

		rows = list(csv.reader(open(sys.argv[1], newline=""), strict=True))
		assert len(rows) == 10, rows
		for row in rows:
		    for value in row[:2]:
		        assert not value or value[0] not in "=+-@\t\r", row
		    assert row[2].isdigit(), row
		senders = sorted(row[0] for row in rows)
		assert "'=1+1" in senders and "'-2+3" in senders, senders
		assert '"a,b"' in senders and "plain" in senders, senders
		assert {row[1] for row in rows} == {"'=HYPERLINK(\"x\")", ""}
	END
}

@test "-f tsv is one line for each message, whatever is in it" {
	local bytes n=1

	make_spool "$BATS_TEST_TMPDIR/lines"
	for bytes in 'a\nb' 'a\tb' 'a\rb' 'a\0013b' 'a\0302\0205b' \
		'a\0342\0200\0250b' 'a\0342\0200\0251b'; do
		put deferred $((n++)) < <(message "$bytes@example.org" \
			"$bytes@example.org")
	done
	owned
	mqls -f tsv -o id,sender,rcpt,size
	assert_status 0
	python3 - "$out" <<-'END'
		import sys

		text = open(sys.argv[1], newline="", encoding="utf-8").read()
		assert len(text.splitlines()) == 8, text.splitlines()
		rows = [line.split("\t") for line in text.split("\n")[:-1]]
		assert rows[0] == ["id", "sender", "rcpt", "size"], rows[0]
		assert all(len(row) == 4 for row in rows), rows
	END
	assert_in "$out" $'\t"?a\\^Jb' 1
}

@test "-f tsv and csv have the values of programs" {
	make_spool "$BATS_TEST_TMPDIR/values"
	put deferred 1 < <(message '' rcpt@example.org)
	touch -d '2030-01-02 03:04:05' "$spool/$path"
	owned
	mqls -f tsv -o id,sender,arrival,next,size,bounce,rcpts,fault
	assert_status 0
	python3 - "$out" "$id" <<-'END'
		import sys

		rows = [line.split("\t")
		        for line in open(sys.argv[1]).read().split("\n")]
		assert rows[1][:4] == [sys.argv[2], "", "2026-11-22T10:18:20+00:00",
		                       "2030-01-02T03:04:05+00:00"], rows
		assert rows[1][5:] == ["yes", "1/1", ""], rows
	END
}

@test "-f mailq is what mailq shows" {
	mqls -f mailq hold
	assert_status 0
	assert_stderr ''
	assert_in "$out" '^-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------$' 1
	assert_in "$out" '^[0-9A-F]+!' "$(ids_of hold | wc -l)"
	assert_in "$out" "^-- [0-9]+ Kbytes in $(ids_of hold | wc -l) Requests\\.\$" 1
	mqls -f mailq corrupt
	assert_stdout 'Mail queue is empty'
}

@test "an empty queue is nothing wrong" {
	local format

	make_spool "$BATS_TEST_TMPDIR/empty"
	mqls
	assert_status 0
	assert_stdout ''
	assert_stderr 'mqls: 0 messages'
	for format in jsonl ids; do
		mqls -f $format
		assert_status 0
		assert_stdout ''
		assert_stderr ''
	done
	mqls -f json
	assert_status 0
	assert_stdout '[]'
	mqls -f csv -o id,size
	assert_status 0
	assert_stdout $'id,size\r'
	mqls --count
	assert_stdout 0
}

@test "nobody can write to stdout: 74, for all that is printed" {
	local arguments

	for arguments in --count --help --version --fields "-s size" \
		"-s size -f json" "-f mailq" "-o id" "-f ids -0"; do
		# shellcheck disable=SC2086 # the words are meant
		capture sh -c '"$@" >/dev/full' - "$MQLS" --spool "$spool" \
			$arguments
		assert_status 74
		assert_in "$err" '^mqls: standard output: No space left on device$' 1
	done
}

@test "the reader of a pipe goes away: a quiet end" {
	local arguments many

	generate "$BATS_TEST_TMPDIR/many" --count 3000
	for arguments in "" "-f mailq" "-f json" "-f jsonl" "-f csv" "-f tsv" \
		"-f ids" "-s size" "-s -age -f jsonl"; do
		# shellcheck disable=SC2086 # the words are meant
		capture bash -c '"$@" | head -n 1; exit ${PIPESTATUS[0]}' - \
			"$MQLS" --spool "$spool" $arguments
		assert_status 0
		assert_lines 1
		assert_stderr ''
	done
}

