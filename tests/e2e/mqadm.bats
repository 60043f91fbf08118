#!/usr/bin/env bats
# mqadm: what it asks for, what it does, and what it says about it.
#
# On spools that are written here, without Postfix; mqadm-live.bats has one.
# Who survives which race is the matter of other tests.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load craft
load sample
load mqadm

setup_file() {
	require_program "$MQADM"
	require_program "$MQLS"
}

setup() {
	mqadm_setup
}

teardown() {
	lab_cleanup
}

@test "hold: from each queue" {
	one_each
	mqadm hold "$incoming" "$active" "$deferred" "$hold" "$maildrop" -v
	assert_status 75
	assert_sum 'placed on hold: 3 messages; already on hold: 1; refused: 1'
	# What came from deferred keeps its name; qmgr may remember the others.
	assert_in "$out" "^$deferred: placed on hold$" 1
	assert_in "$out" "^$incoming: renamed to [0-9A-F]*; placed on hold$" 1
	assert_in "$out" "^$active: renamed to [0-9A-F]*; placed on hold; was being delivered, 0 recipients already done$" 1
	assert_in "$out" "^$hold: on hold already$" 1
	assert_in "$err" "^mqadm: $maildrop: in maildrop: pickup" 1
	assert_count hold 4
	assert_count incoming 0
	assert_count active 0
	assert_count deferred 0
	assert_count maildrop 1
}

@test "release: what is on hold, and nothing else" {
	one_each
	mqadm release "$hold" "$deferred" -v
	assert_status 0
	assert_sum 'released from hold: 1 message; not on hold: 1'
	# Here no queue manager can remember it.
	assert_in "$out" "^$hold: released from hold$" 1
	assert_in "$out" "^$deferred: not on hold$" 1
	assert_count hold 0
	assert_count deferred 2
}

@test "requeue: to maildrop" {
	one_each
	mqadm requeue "$deferred" "$hold" "$active"
	assert_status 0
	assert_sum 'requeued: 3 messages'
	assert_count maildrop 4
	mqadm requeue "$maildrop"
	assert_status 0
	assert_sum 'requeued: 0 messages; already in maildrop: 1'
}

@test "expire: marked" {
	one_each
	mqadm expire "$deferred" "$hold" -v
	assert_status 0
	assert_sum 'expired: 2 messages'
	assert_in "$out" "^$deferred: expired$" 1
	assert_in "$out" "^$hold: expired; takes effect when it is released$" 1
	capture "$MQLS" --spool "$spool" -f ids -w forced_expire
	[ "$(sort "$out")" = "$(printf '%s\n' "$deferred" "$hold" | sort)" ] ||
		report "not marked"
	mqadm expire "$deferred"
	assert_sum 'expired: 0 messages; already expired: 1'
}

@test "a message is renamed: said without being asked, at once" {
	one_each
	mqadm hold "$active"
	assert_status 0
	assert_in "$out" "^$active: renamed to [0-9A-F]{5,}$" 1
	[ "$(wc -l <"$out")" -eq 1 ]
	[ "$(sed 's/.* //' "$out")" = "$(comm -13 <(echo "$hold") \
		<(ids_in hold))" ]
}

@test "old ids go on working" {
	one_each
	mqadm hold "$active"
	new=$(sed 's/.* //' "$out")
	mqadm release "$active"
	assert_status 0
	assert_sum 'released from hold: 1 message'
	[ ! -e "$spool/hold/$new" ] || report "still there"
	# Also from standard input, and where nothing is changed.
	echo "$active" >"$BATS_TEST_TMPDIR/old"
	mqadm_with "$BATS_TEST_TMPDIR/old" hold - --dry-run
	assert_status 0
	assert_in "$out" '^1 message, [0-9]+, would be placed on hold\.$' 1
	mqadm_with "$BATS_TEST_TMPDIR/old" hold -
	assert_status 0
	assert_sum 'placed on hold: 1 message'
}

@test "ids from standard input, each on its line or behind a NUL" {
	deferred_messages 9
	mqadm_with "$BATS_TEST_TMPDIR/ids" hold -
	assert_status 0
	assert_sum 'placed on hold: 9 messages'
	assert_stdout ''
	tr '\n' '\0' <"$BATS_TEST_TMPDIR/ids" >"$BATS_TEST_TMPDIR/ids0"
	mqadm_with "$BATS_TEST_TMPDIR/ids0" release -
	assert_status 0
	assert_sum 'released from hold: 9 messages'
	# As mqls gives them.
	capture bash -c '"$0" --spool "$2" -f ids -w "sender = s0@*" |
		"$1" hold --spool "$2" -' "$MQLS" "$MQADM" "$spool"
	assert_status 0
	assert_sum 'placed on hold: 1 message'
}

@test "ids that are not there, among others and alone" {
	one_each
	mqadm hold "$deferred" ABCDEF 123456
	assert_status 75
	assert_in "$err" '^mqadm: ABCDEF: no such message in the queue$' 1
	assert_in "$err" '^mqadm: 123456: no such message in the queue$' 1
	assert_sum 'placed on hold: 1 message'
	mqadm hold ABCDEF
	assert_status 66
	assert_stderr 'mqadm: ABCDEF: no such message in the queue'
}

@test "an id whose message is still being written: there, but not ready" {
	one_each
	chmod 600 "$spool/incoming/$incoming"
	mqadm hold "$incoming"
	assert_status 75
	assert_stderr "mqadm: $incoming: still being written"
	mqadm hold "$incoming" "$deferred" ABCDEF
	assert_status 75
	assert_in "$err" "^mqadm: $incoming: still being written$" 1
	assert_in "$err" '^mqadm: ABCDEF: no such message in the queue$' 1
	assert_in "$err" 'being written' 1
	assert_sum 'placed on hold: 1 message'
	assert_count incoming 1
	chmod 700 "$spool/incoming/$incoming"
	mqadm hold "$incoming"
	assert_status 0
	assert_count incoming 0
}

@test "a selection" {
	deferred_messages 24
	mqadm hold --yes -w 'sender = s3@*'
	assert_status 0
	assert_sum 'placed on hold: 2 messages'
	assert_count hold 2
	mqadm hold --yes -w 'sender = s4@*' -w 'rcpt.domain = d1.example'
	assert_status 0
	assert_sum 'placed on hold: 2 messages'
	mqadm hold --yes -w 'sender = nobody@*'
	assert_status 1
	assert_stderr 'mqadm: nothing to hold: no message is selected'
	mqadm hold --yes -w 'sendr = x'
	assert_status 64
	assert_in "$err" "did you mean 'sender'" 1
	printf '# all of one\nsender = s5@* # here\n' >"$BATS_TEST_TMPDIR/expr"
	mqadm hold --yes --where-file "$BATS_TEST_TMPDIR/expr"
	assert_sum 'placed on hold: 2 messages'
	echo 'selection.six = sender = s6@*' >"$settings"
	mqadm hold --yes -w @six
	assert_sum 'placed on hold: 2 messages'
}

@test "a selection among queues, and among ids" {
	one_each
	mqadm hold --yes -w 'sender = *@from.example' deferred
	assert_status 0
	assert_sum 'placed on hold: 1 message'
	[ -e "$spool/hold/$deferred" ]
	mqadm release -w 'sender = deferred@*' "$deferred" "$hold"
	assert_status 0
	assert_sum 'released from hold: 1 message'
	[ -e "$spool/hold/$hold" ]
	# They were found, and not meant.
	mqadm release -w 'sender = other@*' "$hold"
	assert_status 1
	assert_stderr 'mqadm: nothing to release: no message is selected'
}

@test "a selection looks only where there is something to do" {
	one_each
	mqadm hold --yes -w 'sender = *'
	# maildrop is not looked at, and what is on hold is not counted.
	assert_sum 'placed on hold: 3 messages'
	mqadm release --yes -w 'sender = *'
	assert_sum 'released from hold: 4 messages'
}

@test "everything of a queue, or of all, needs --all" {
	one_each
	mqadm hold deferred
	assert_status 64
	assert_in "$err" 'everything in a queue needs --all' 1
	mqadm hold deferred --yes
	assert_status 64
	mqadm hold
	assert_status 64
	assert_in "$err" 'which messages' 1
	mqadm hold --yes
	assert_status 64
	assert_count hold 1
	mqadm hold deferred --all
	assert_status 0
	assert_sum 'placed on hold: 1 message'
	mqadm release --all
	assert_status 0
	assert_sum 'released from hold: 2 messages'
	mqadm release --all
	assert_status 0
	assert_stderr 'mqadm: nothing to release: no message is there'
}

@test "a selection that nobody was asked about needs --yes" {
	deferred_messages 3
	mqadm hold -w 'sender = *'
	assert_status 64
	assert_in "$err" 'a selection needs --yes where nobody can be asked' 1
	assert_count hold 0
	[ ! -e "$MAILQ_TOOLS_STATE" ] || report "something was begun"
	mqadm hold -w 'sender = *' --dry-run
	assert_status 0
	assert_count hold 0
}

@test "usage that makes no sense changes nothing" {
	one_each
	local line

	while read -r line; do
		read -ra words <<<"$line"
		mqadm "${words[@]}"
		[ "$status" -eq 64 ] || report "status of: $line"
		assert_in "$err" '^Try "mqadm --help"\.$' 1
		assert_stdout ''
	done <<-END
		holds $deferred
		delete --now $deferred
		hold --purge $deferred
		delete
		delete deferred
		restore
		restore --all $deferred
		restore hold
		restore --all -w held
		restore --purge $deferred
		restore --now $deferred
		undo
		undo --all
		undo a b
		undo xyz --yes
		history --yes
		deletes $deferred
		hold --now $deferred
		requeue --now $deferred
		hold --all $deferred
		hold --all -w held
		hold deferred $deferred
		hold --all corrupt
		release --all deferred
		hold --limit 0 $deferred
		hold --limit x $deferred
		hold --wait x $deferred
		hold --wait -1s $deferred
		hold --wait 99999999999999d $deferred
		hold -f table $deferred
		hold -f xml $deferred
		hold --nothing $deferred
		history --dry-run
		history --yes
		history -n 0
		history -f text
		history a b
	END
	mqadm
	assert_status 64
	assert_count hold 1
	assert_count deferred 1
}

@test "--limit" {
	deferred_messages 9
	mqadm hold --yes -w 'sender = *' -n 4
	assert_status 0
	assert_sum 'placed on hold: 4 messages'
	assert_count hold 4
	mqadm hold --all --limit 3
	assert_sum 'placed on hold: 3 messages'
	mqadm_with "$BATS_TEST_TMPDIR/ids" expire - --limit 2
	assert_status 0
	assert_sum 'expired: 2 messages'
}

@test "--dry-run says what it would be about, and changes nothing" {
	deferred_messages 30
	find "$spool" -printf '%p %i %m %T@\n' | sort >"$BATS_TEST_TMPDIR/before"
	mqadm hold --dry-run --all
	assert_status 0
	head -n 1 "$out" >"$out.head"
	assert_in "$out.head" '^30 messages, [0-9.]+K, would be placed on hold\.$'
	assert_in "$out" '^ +30 +30 +[0-9.]+K +100% .*deferred$' 1
	assert_in "$out" '^ +10 .* 33% .*d[012]\.example$' 3
	# Ten senders, and the rest of twelve.
	assert_in "$out" '^ +[23] .* s[0-9]+@from\.example$' 10
	assert_in "$out" '\(2 others\)$' 1
	assert_in "$out" '^The first of them:$' 1
	sed '1,/^The first/d' "$out" >"$out.samples"
	[ "$(wc -l <"$out.samples")" -eq 6 ]
	assert_in "$out.samples" '^[0-9A-F]+ deferred .* s[0-9]+@from\.example +r@d[0-2]\.example$' 5
	assert_stderr ''
	find "$spool" -printf '%p %i %m %T@\n' | sort |
		cmp - "$BATS_TEST_TMPDIR/before" || report "something changed"
	[ ! -e "$MAILQ_TOOLS_STATE" ]
}

@test "--dry-run of an expiry counts the notices" {
	deferred_messages 6
	put deferred 9001 < <(message '' a@to.example)
	put deferred 9002 < <(message b@other.example a@to.example c@to.example)
	mqadm expire --dry-run --all
	assert_status 0
	assert_in "$out" '^Up to 7 notices would go to senders in 2 domains; where a sender is forged, somebody gets it who never wrote\. 1 message has no sender who could get one\.$' 1
	mqadm expire --dry-run --all -f json
	[ "$(json '[.action, .messages, .notices, .notice_domains] | @csv')" = \
		'"expire",8,7,2' ]
	mqadm hold --dry-run --all -f json
	[ "$(json 'has("notices")')" = false ]
	mqadm hold --dry-run --yes -w 'sender = nobody@*'
	assert_status 1
	assert_in "$out" '^0 messages, ' 1
}

@test "on a terminal it asks before more than one message changes" {
	deferred_messages 5
	on_tty $'n\n' hold -w 'sender = *'
	assert_status 75
	assert_in "$out" '^mqadm: put 5 messages on hold\? \[y/N\] ' 1
	assert_in "$out" 'mqadm: nothing was changed$' 1
	assert_count hold 0
	on_tty $'\n' hold --all
	assert_status 75
	assert_count hold 0
	on_tty $'yesterday\n' hold --all
	assert_status 75
	assert_count hold 0
	on_tty $'y\n' hold --all
	assert_status 0
	assert_in "$out" 'mqadm: placed on hold: 5 messages' 1
	assert_count hold 5
	on_tty $'YES\n' release --all
	assert_status 0
	assert_count hold 0
}

@test "on a terminal: one message, and --yes, and the end of the input" {
	deferred_messages 5
	on_tty '' hold "$(head -n 1 "$BATS_TEST_TMPDIR/ids")"
	assert_status 0
	assert_not_in "$out" 'y/N'
	on_tty '' hold --yes -w 'sender = *'
	assert_status 0
	assert_not_in "$out" 'y/N'
	assert_count hold 5
	# Ctrl-D
	on_tty $'\004' release --all
	assert_status 75
	assert_count hold 5
}

@test "on a terminal the question before an expiry names the notices" {
	deferred_messages 5
	on_tty $'n\n' expire --all
	assert_in "$out" '^mqadm: Up to 5 notices would go to senders in 1 domain; where' 1
	assert_in "$out" '^mqadm: expire 5 messages\? \[y/N\] ' 1
}

@test "ids on standard input: the terminal behind it is asked" {
	deferred_messages 4
	owned
	printf '%q hold --spool %q - <%q\n' "$MQADM" "$spool" \
		"$BATS_TEST_TMPDIR/ids" >"$BATS_TEST_TMPDIR/command"
	for answer in n y; do
		capture bash -c 'echo "$1" | script -qefc "sh $2" /dev/null' - \
			$answer "$BATS_TEST_TMPDIR/command"
		assert_in "$out" 'put 4 messages on hold\? \[y/N\] ' 1
		[ $answer = y ] || assert_count hold 0
	done
	assert_count hold 4
}

@test "what is not done is told, but not a screen of the same" {
	local i

	for ((i = 0; i < 27; i++)); do
		put maildrop $((100 + i)) < <(submission a@from.example b@to.example)
	done
	mqadm hold maildrop --all
	assert_status 65
	assert_in "$err" ': in maildrop: pickup' 20
	assert_sum 'placed on hold: 0 messages; refused: 27'
	assert_in "$err" "^mqadm: and 7 more: refused \(mqadm history $job shows all\)$" 1
	mqadm hold maildrop --all -v
	assert_in "$err" ': in maildrop: pickup' 27
}

@test "JSON: an object for each message, as the schema has it" {
	python3 -c 'import jsonschema' 2>/dev/null ||
		skip "python3-jsonschema is not installed"
	one_each
	mqadm hold "$active" "$deferred" "$hold" "$maildrop" -f json
	assert_status 75
	assert_sum 'placed on hold: 2 messages; already on hold: 1; refused: 1'
	[ "$(wc -l <"$err")" -eq 1 ] || report "the array has all of it"
	[ "$(json length)" = 4 ]
	[ "$(json ".[] | select(.id == \"$deferred\") |
		[.now, .action, .outcome, .from, .to, .was_active] | @csv")" = \
		"\"$deferred\",\"hold\",\"done\",\"deferred\",\"hold\",false" ] ||
		report "of deferred"
	[ "$(json ".[] | select(.id == \"$active\") | [.outcome, .from, .to,
		.was_active, .done, .now != .id] | @csv")" = \
		'"done","active","hold",true,0,true' ] || report "of active"
	[ "$(json ".[] | select(.id == \"$hold\") | .outcome")" = already ]
	[ "$(json ".[] | select(.id == \"$maildrop\") | .outcome")" = refused ]
	[[ "$(json '[.[].job] | unique[]')" == "$job"???????????????? ]] ||
		report "the job"
	cp "$out" "$BATS_TEST_TMPDIR/one.json"
	mqadm release -f jsonl --all
	assert_status 0
	[ "$(jq -s length "$out")" = "$(wc -l <"$out")" ]
	jq -s . "$out" >"$BATS_TEST_TMPDIR/two.json"
	mqadm expire -f json --all --dry-run
	jq '[.]' "$out" >"$BATS_TEST_TMPDIR/three.json"
	mqadm requeue -f jsonl --dry-run --yes -w "id = $deferred"
	[ "$(wc -l <"$out")" -eq 1 ]
	jq '[.]' "$out" >"$BATS_TEST_TMPDIR/four.json"
	mqadm requeue -f json --dry-run --all --rate 1/s --per-domain 1
	jq '[.]' "$out" >"$BATS_TEST_TMPDIR/five.json"
	python3 - "$MQ_SRC/docs/mqadm.schema.json" "$BATS_TEST_TMPDIR" <<-'END'
		import json, sys
		from jsonschema import Draft202012Validator

		schema = json.load(open(sys.argv[1], encoding="utf-8"))
		Draft202012Validator.check_schema(schema)
		validator = Draft202012Validator(schema)
		seen = {"message": set(), "dry_run": set()}
		for name in "one", "two", "three", "four", "five":
		    for thing in json.load(open("%s/%s.json" % (sys.argv[2], name))):
		        for error in validator.iter_errors(thing):
		            sys.exit("%s\n%s" % (thing, error.message))
		        kind = "message" if "outcome" in thing else "dry_run"
		        seen[kind].update(thing)
		# Each member is described, and really there.
		for kind, names in seen.items():
		    known = schema["$defs"][kind]["properties"]
		    assert all("description" in p for p in known.values()), kind
		    missing = set(known) - names - {"instance"}
		    assert not missing, missing
		assert not validator.is_valid({}) and not validator.is_valid(
		    {"id": "A", "outcome": "eaten"})
	END
	mqadm hold ABCDEF -f json
	assert_status 66
	assert_stdout '[]'
}

@test "JSON: each outcome of the library is in the schema" {
	# The program's own list, as its source has it.
	sed -n 's/.*\[QF_OUTCOME_[A-Z]*\] = { "\([a-z]*\)".*/\1/p' \
		"$MQ_SRC/mailq-tools/verb.c" | grep -vx prepared | sort \
		>"$BATS_TEST_TMPDIR/program"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/program")" -eq 9 ]
	jq -r '."$defs".message.properties.outcome.enum[]' \
		"$MQ_SRC/docs/mqadm.schema.json" | sort |
		cmp - "$BATS_TEST_TMPDIR/program"
}

@test "names that are no ids are never part of a path" {
	one_each
	long=$(printf 'A%.0s' {1..10000})
	for name in .. . ../hold "../hold/$hold" "/etc/passwd" \
		"$deferred/../$deferred" $'ABC\nDEF' $'\e]0;x\a' '' ' ' \
		"$long" 'a b' 'ABC*' $'\xff\xfe'; do
		mqadm hold -- "$name"
		[ "$status" -eq 66 ] || report "for: ${name:0:20}"
		assert_stdout ''
		assert_not_in "$err" $'[\e\a]'
		[ "$(wc -l <"$err")" -eq 1 ] || report "lines for: ${name:0:20}"
		[ "$(wc -c <"$err")" -lt 12000 ]
	done
	# One bad name among good ones stops nothing.
	mqadm hold .. "$deferred"
	assert_status 75
	assert_sum 'placed on hold: 1 message'
	printf '%s\n' "$long" ../../etc "$hold" >"$BATS_TEST_TMPDIR/names"
	printf '\033[2J\n' >>"$BATS_TEST_TMPDIR/names"
	mqadm_with "$BATS_TEST_TMPDIR/names" release -
	assert_status 75
	assert_sum 'released from hold: 1 message'
	assert_not_in "$err" $'\e'
}

@test "text from strangers does not reach a terminal as it is" {
	put deferred 100 < <(message $'e\e]0;owned\a@from.example' \
		$'r\x9b31m@to.example')
	put deferred 101 < <(message $'\xff\xfe@from.example' r@to.example)
	mqadm expire --dry-run --all
	assert_status 0
	assert_not_in "$out" $'[\e\a\x9b]'
	mqadm expire --dry-run --all -f json
	json . >/dev/null || report "no JSON"
	assert_not_in "$out" $'[\e\a]'
	on_tty $'n\n' expire --all
	assert_not_in "$out" $'\e]0;owned'
}

@test "the history has who, what, why, and each message" {
	one_each
	mqadm hold "$deferred" "$active" --reason $'run away\e[2J\nnow'
	assert_status 0
	assert_sum 'placed on hold: 2 messages'
	first=$job
	mqadm release --yes -w 'sender = deferred@*'
	assert_sum 'released from hold: 1 message'
	mqadm history
	assert_status 0
	assert_not_in "$out" $'\e'
	assert_in "$out" 'run away'
	assert_in "$out" 'hold'
	assert_in "$out" 'release'
	mqadm history -f jsonl
	[ "$(jq -s length "$out")" -eq 2 ]
	mqadm history -f jsonl -n 1
	[ "$(json .action)" = release ]
	mqadm history "$first"
	assert_status 0
	assert_in "$out" "$deferred"
	assert_in "$out" "$active"
	assert_not_in "$out" $'\e'
	mqadm history "$first" -f json
	assert_status 0
	json . >/dev/null
	mqadm history 00000000000000000000000000000000
	assert_status 66
}

@test "the journal has the command line, the selection and the caller" {
	deferred_messages 2
	SUDO_USER=alice mqadm hold --yes -w 'sender = "s0@from.example"' \
		--reason "it's so"
	assert_status 0
	mqadm history -f jsonl
	[ "$(json .action)" = hold ]
	[ "$(json .selection)" = 'sender = "s0@from.example"' ] ||
		report "selection"
	[ "$(json .reason)" = "it's so" ]
	[ "$(json .sudo_user)" = alice ]
	[ "$(json .user)" = "$(id -un)" ]
	[ "$(json .command)" = "$MQADM --spool $spool --settings $settings hold --yes -w 'sender = \"s0@from.example\"' --reason 'it'\\''s so'" ] ||
		report "command"
}

@test "the journal has what was selected" {
	one_each
	mqadm hold "$deferred"
	mqadm release "$deferred" "$hold" -w held
	mqadm hold --yes -w 'sender = *' deferred incoming
	mqadm expire --yes -w 'age > 1' -w 'size > 1'
	mqadm release --all
	mqadm hold --all deferred
	mqadm history -f jsonl
	[ "$(json .selection)" = 'all of deferred
all of hold
(age > 1) and (size > 1)
sender = *, in incoming, deferred
ids and held
ids' ] || report "selections"
}

# stop_midway SIGNAL [ARGUMENT...]: hold is stopped when it has done a part.
# Programs in the background of a script have SIGINT ignored.
stop_midway() {
	owned
	out=$BATS_TEST_TMPDIR/stdout
	err=$BATS_TEST_TMPDIR/stderr
	captured="hold, and $1"
	status=0
	python3 - "$1" "$out" "$err" "$MQADM" --spool "$spool" --settings \
		"$settings" hold --all "${@:2}" <<-'END' || status=$?
		import os, signal, subprocess, sys, time

		number = getattr(signal, sys.argv[1])
		signal.signal(signal.SIGINT, signal.SIG_DFL)
		hold = os.path.join(sys.argv[6], "hold")
		program = subprocess.Popen(sys.argv[4:], stdin=subprocess.DEVNULL,
		    stdout=open(sys.argv[2], "wb"), stderr=open(sys.argv[3], "wb"))
		deadline = time.monotonic() + 50
		while not os.listdir(hold):
		    if program.poll() is not None or time.monotonic() > deadline:
		        sys.exit("it was too fast, or too slow")
		    time.sleep(0.0005)
		program.send_signal(number)
		sys.exit(program.wait(timeout=50))
	END
}

@test "Ctrl-C stops between two messages, and the rest can be done later" {
	require_program "$SPOOLGEN"
	for signal in SIGINT SIGTERM SIGHUP; do
		rm -rf "$spool"
		generate "$spool" --count 20000
		rm -rf "$MAILQ_TOOLS_STATE"
		stop_midway $signal
		assert_status 75
		done=$(count_in hold)
		[ "$done" -gt 0 ] && [ "$done" -lt 20000 ] ||
			report "$done were done"
		[ $((done + $(count_in deferred))) -eq 20000 ]
		assert_in "$err" "^mqadm: stopped after $done of 20000 messages; nothing is half done; the same command again goes on with the rest: .* hold --all$" 1
		assert_sum "placed on hold: $done messages; not begun: $((20000 - done))"
		mqadm history -f jsonl
		[ "$(json .state)" = interrupted ] || report "$signal"
		mqadm hold --all
		assert_status 0
		assert_sum "placed on hold: $((20000 - done)) messages"
		assert_count hold 20000
		# Nothing was left for a recovery.
		assert_not_in "$err" 'brought to an end'
	done
}

@test "a job whose program has died is brought to its end by the next" {
	require_program "$SPOOLGEN"
	rm -rf "$spool"
	generate "$spool" --count 20000
	stop_midway SIGKILL
	[ "$status" -ne 0 ]
	mqadm hold --all
	assert_status 0
	assert_in "$err" '^mqadm: brought to an end, since its program had died: 1 job \(see mqadm history\)$' 1
	assert_count hold 20000
	assert_count deferred 0
	mqadm hold --all
	assert_not_in "$err" 'brought to an end'
}

@test "old jobs are forgotten as the settings say" {
	deferred_messages 6
	echo 'journal_messages = 4' >"$settings"
	mqadm hold -n 3 --all
	mqadm hold -n 3 --all
	assert_status 0
	mqadm history -f jsonl
	[ "$(jq -s length "$out")" -eq 1 ] || report "jobs"
	for value in many 0 -1 4294967296 '' '3 days'; do
		echo "journal_days = $value" >"$settings"
		mqadm release --all
		assert_status 65
		assert_stderr "mqadm: $settings: journal_days: \"$value\" is not a number above zero"
		assert_count hold 6
	done
}

# damage FILE SEED: a few pages of nonsense, in a file that is not stamped.
damage() {
	python3 - "$1" "$2" <<-'END'
		import random, sys

		chance = random.Random(int(sys.argv[2]))
		with open(sys.argv[1], "r+b") as file:
		    for _ in range(4):
		        file.seek(chance.randrange(12) * 4096)
		        file.write(chance.randbytes(4096))
	END
	rm -f "${1%/*}/stamp"
}

@test "a damaged journal is refused with what to do, and restore works" {
	local state data seed refused=0

	deferred_messages 20
	mqadm delete --all --yes -n 10 deferred
	assert_status 0
	mqadm hold --all --yes deferred
	assert_status 0
	state=$(echo "$MAILQ_TOOLS_STATE"/*)
	cp -a "$state" "$BATS_TEST_TMPDIR/good"
	for seed in {1..12}; do
		cp -a "$BATS_TEST_TMPDIR/good/data.mdb" "$state/"
		damage "$state/data.mdb" "$seed"
		mqadm hold ABCDEF
		# 66: it hit nothing that is in use.
		[ "$status" -ne 66 ] || continue
		assert_status 65
		refused=$((refused + 1))
		assert_in "$err" 'damaged.*; move the directory away: no message is in it$' 1
	done
	assert_count hold 10
	[ "$refused" -gt 0 ] || fail "no damage was noticed"
	mv "$state" "$BATS_TEST_TMPDIR/away"
	mqadm restore --all --yes
	assert_status 0
	mqadm release --all --yes
	assert_count deferred 20
}

# The old name may be another message's by now.
@test "delete --purge takes the logs of its name, and not of one before" {
	local now

	one_each
	mqadm hold "$active"
	now=$(sed -n "s/^$active: renamed to //p" "$out")
	[ -n "$now" ] || report "it should have another id now"
	mqadm release "$now"
	assert_status 0
	put_log "$now" < <(log_entry a@to.example 'a reason')
	put_log "$active" < <(log_entry b@to.example 'of another')
	mqadm delete --purge "$now"
	assert_status 0
	[ "$(ids_in deferred)" = "$deferred" ] || report "it should be gone"
	[ ! -e "$spool/defer/${now:0:1}/$now" ] || report "its log is left"
	[ -e "$spool/defer/${active:0:1}/$active" ] ||
		report "another one's log is gone"
}

@test "a spool of others: refused" {
	am_root || skip "needs root"
	one_each
	owned
	capture setpriv --reuid 12345 --regid 12345 --clear-groups env \
		MAILQ_TOOLS_STATE="$BATS_TEST_TMPDIR/x" \
		"$MQADM" --spool "$spool" hold "$deferred"
	assert_status 77
	assert_count hold 1
}

@test "help and version" {
	mqadm --help
	assert_status 0
	[ "$(wc -l <"$out")" -le 24 ]
	assert_not_in "$out" '.{81}'
	cp "$out" "$BATS_TEST_TMPDIR/help"
	mqadm hold --help
	assert_same_file "$out" "$BATS_TEST_TMPDIR/help"
	mqadm --version
	assert_stdout "mqadm ($("$MQLS" --version | sed 's/.*(\(.*\))/\1/'))"
}
