#!/usr/bin/env bats
# mqadm plan and apply: one person chooses, another one looks and does it.
#
# shellcheck disable=SC2016 # jq's filters are not the shell's
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load craft
load sample
load mqadm

REUSE=$MQ_BUILD/tests/e2e/reuse

setup_file() {
	require_program "$MQADM"
	require_program "$MQLS"
	require_program "$REUSE"
}

setup() {
	mqadm_setup
	plan=$BATS_TEST_TMPDIR/plan
}

teardown() {
	lab_cleanup
}

# plan ARGUMENT...: into the file.
plan() {
	mqadm plan "$@"
	cp "$out" "$plan"
}

# head_of FILTER, message_of ID FILTER: of the plan.
head_of() {
	head -n 1 "$plan" | jq -r "$1"
}

message_of() {
	jq -r --arg id "$1" "select(.id == \$id) | $2" "$plan"
}

# edit ARGUMENT...: the plan, as with an editor.
edit() {
	sed -i "$@" "$plan"
}

# assert_refused TEXT: the plan, and nothing was changed.
assert_refused() {
	mqadm apply "$plan"
	[ "$status" -eq 65 ] || report "exit status $status, and not 65"
	assert_stdout ''
	[ "$(<"$err")" = "mqadm: $plan, line $1" ] || report "not: $1"
}

everything() {
	(cd "$spool" && find . -type f -printf '%P %i %T@ %m\n' | sort)
}

# jobs FILTER: of the history.
jobs_say() {
	mqadm history -f jsonl
	jq -rs "$1" "$out"
}

@test "each action: planned, and done by somebody else" {
	one_each
	local action queue planned
	for action in hold release requeue expire delete; do
		queue=deferred
		[ "$action" != release ] || queue=hold
		put "$queue" 300 < <(message "$action@from.example" to@to.example)
		plan "$action" -w "sender = $action@*"
		assert_status 0
		[ "$(wc -l <"$plan")" -eq 3 ]
		[ "$(head_of .action)" = "$action" ]
		case $action in
		hold) words='placed on hold' ;;
		release) words='released from hold' ;;
		requeue) words=requeued ;;
		expire) words=expired ;;
		delete) words='moved to the trash' ;;
		esac
		planned="mqadm: planned: 1 message to be $words; nothing is changed yet"
		[ "$action" != expire ] || planned+=$'\nmqadm: Up to 1 notice would go to senders in 1 domain; where a sender is forged, somebody gets it who never wrote.'
		[ "$(<"$err")" = "$planned" ]
		[ -f "$spool/$path" ] || fail "$action: planning changed it"
		mqadm apply "$plan"
		assert_status 0
		assert_sum "$words: 1 message"
		[ "$action" = expire ] || [ ! -f "$spool/$path" ] ||
			fail "$action: it is where it was"
		rm -f "$spool"/maildrop/*
	done
	[ "$(jobs_say '[.[].action] | join(" ")')" = \
		'delete expire requeue release hold' ]
}

@test "delete --purge and release --now are in the plan" {
	one_each
	plan delete --purge "$deferred"
	[ "$(head_of .action)" = purge ]
	mqadm apply "$plan"
	assert_status 0
	assert_sum 'removed for good: 1 message'
	assert_count deferred 0
	assert_count mailq-tools-trash 0
	plan release --now "$hold"
	[ "$(head_of .now)" = true ]
	mqadm apply "$plan" -v
	assert_status 0
	assert_sum 'released from hold: 1 message'
	plan hold "$active"
	[ "$(head_of .now)" = null ]
}

@test "the plan says what a person wants to know" {
	put deferred 100 < <(message alice@from.example a@one.example \
		b@two.example c@one.example d@one.example e@one.example)
	put_log "$id" < <(printf '%s\n' '<b@two.example>: x' \
		'recipient=b@two.example' 'offset=0' 'dsn_orig_rcpt=' \
		'status=4.4.1' 'action=delayed' 'reason=connect: timed out' '')
	SUDO_USER=carol plan hold "$id" --reason 'spam, see ticket 7'
	assert_status 0
	[ "$(head_of '[.plan, .action, .messages, .reason, .selection,
		.sudo_user, .user] | map(tostring) | join("|")')" = \
		"1|hold|1|spam, see ticket 7|ids|carol|$(id -un)" ]
	[ "$(head_of .host)" = "$(uname -n)" ]
	[[ "$(head_of .command)" == *'plan hold '* ]]
	[ $(($(date +%s) - $(head_of .made))) -lt 60 ]
	[ "$(head_of .made_at)" = \
		"$(date -u -d "@$(head_of .made)" +%Y-%m-%dT%H:%M:%SZ)" ]
	[ "$(message_of "$id" '[.queue, .sender, .recipient_count] | join("|")')" = \
		'deferred|alice@from.example|5' ]
	[ "$(message_of "$id" '.recipients | length')" = 3 ]
	[ "$(message_of "$id" .inode)" = "$(stat -c %i "$spool/$path")" ]
	[ "$(message_of "$id" .reason)" = 'connect: timed out' ] ||
		fail "reason: $(message_of "$id" .reason)"
	[ "$(message_of "$id" .size)" = "$(head_of .bytes)" ]
	[ "$(tail -n 1 "$plan")" = '{"end": "of plan", "messages": 1}' ]
}

@test "both persons are in the history" {
	one_each
	SUDO_USER=alice plan hold -w 'sender = deferred@*' --reason 'abuse'
	assert_status 0
	SUDO_USER=bob mqadm --utc apply "$plan"
	assert_status 0
	when=$(head_of .made_at)
	[ "$(jobs_say '.[0].selection')" = \
		"plan of alice as $(id -un), made $when: sender = deferred@*" ]
	[ "$(jobs_say '.[0] | [.sudo_user, .reason] | join("|")')" = 'bob|abuse' ]
	# Who does it may have a better reason.
	plan release -w 'sender = deferred@*' --reason one
	mqadm apply "$plan" --reason two
	[ "$(jobs_say '.[0].reason')" = two ]
}

@test "a selection of nothing is a plan of nothing" {
	one_each
	plan hold -w 'sender = nobody@*'
	assert_status 1
	assert_in "$err" '^mqadm: nothing to hold: no message is selected$' 1
	mqadm apply "$plan"
	assert_status 0
	[ "$(<"$err")" = "mqadm: $plan: there is no message in it" ]
	mqadm plan hold NONE
	assert_status 66
}

@test "what is gone, moved or another one" {
	one_each
	put deferred 200 < <(message gone@from.example a@to.example)
	gone=$id gone_path=$path
	put deferred 201 < <(message other@from.example a@to.example)
	other=$id other_path=$path
	put deferred 202 < <(message moved@from.example a@to.example)
	moved=$id moved_path=$path
	plan hold "$deferred" "$gone" "$other" "$moved"
	assert_status 0
	rm "$spool/$gone_path"
	message new@from.example a@to.example >"$BATS_TEST_TMPDIR/text"
	echo "$other_path" | "$REUSE" "$spool" "$BATS_TEST_TMPDIR/text" \
		>"$BATS_TEST_TMPDIR/new"
	mv "$spool/$moved_path" "$spool/incoming/$moved"
	mqadm apply "$plan" -f jsonl
	assert_status 75
	outcome() {
		jq -r "select(.id == \"$1\") | .outcome" "$out"
	}
	[ "$(outcome "$deferred")" = "done" ]
	[ "$(outcome "$gone")" = gone ]
	[ "$(outcome "$other")" = changed ]
	[ "$(outcome "$moved")" = "done" ]
	# The new one is as it was made.
	read -r _ inode _ <"$BATS_TEST_TMPDIR/new"
	[ "$(stat -c %i "$spool/$other_path")" = "$inode" ]
	cmp "$spool/$other_path" "$BATS_TEST_TMPDIR/text"
}

@test "renamed meanwhile: the message is found by its old id" {
	one_each
	plan delete "$active"
	mqadm hold "$active"
	assert_in "$out" "^$active: renamed to " 1
	[ ! -e "$spool/hold/$active" ]
	mqadm apply "$plan"
	assert_status 0
	assert_sum 'moved to the trash: 1 message'
	assert_count hold 1
	# Once more: there is none of them left.
	mqadm apply "$plan"
	assert_in "$err" 'gone meanwhile: 1|already in the trash: 1' 1
}

@test "all gone is an error, as it is with ids" {
	one_each
	plan hold "$deferred"
	rm -r "$spool"/deferred/*
	mqadm apply "$plan"
	assert_status 66
}

@test "a person takes out lines, and adds remarks" {
	deferred_messages 5
	plan hold deferred --all
	first=$(sed -n 2p "$plan" | jq -r .id)
	edit -e 2d -e '4s/}$/, "note": "looks fine"}/' -e '3s/$/\r/' -e '3G'
	mqadm apply "$plan"
	assert_status 0
	assert_in "$err" "^mqadm: $plan: messages that somebody took out: 1 of 5$" 1
	assert_sum 'placed on hold: 4 messages'
	[ "$(ids_in deferred)" = "$first" ]
}

@test "a file that is not all of a plan changes nothing" {
	deferred_messages 3
	plan hold deferred --all
	cp "$plan" "$BATS_TEST_TMPDIR/good"
	before=$(everything)
	again() {
		cp "$BATS_TEST_TMPDIR/good" "$plan"
	}
	edit '$d'
	assert_refused '4: the plan has no end: it was cut'
	again
	truncate -s -3 "$plan"
	mqadm apply "$plan"
	assert_status 65
	assert_in "$err" "^mqadm: $plan, line 5: not JSON: " 1
	again
	edit 1d
	assert_refused '1: this is not a plan of mqadm'
	: >"$plan"
	assert_refused '1: this is not a plan of mqadm'
	head -c 5000 /dev/urandom | tr -d '{' >"$plan"
	mqadm apply "$plan"
	assert_status 65
	assert_in "$err" ': this is not a plan of mqadm$' 1
	cp "$BATS_TEST_TMPDIR/ids" "$plan"
	assert_refused '1: this is not a plan of mqadm'
	again
	edit '1s/"plan": 1/"plan": 2/'
	assert_refused '1: the plan was written by a newer mqadm: its format is 2, and 1 is known here'
	again
	edit '3s/"inode": "[0-9]*"/"inode": 12/'
	assert_refused '3: inode is not a string of digits'
	again
	edit '3s/, "inode": "[0-9]*"//'
	assert_refused '3: inode is missing'
	again
	edit '4s/"id": "[0-9A-F]*"/"id": "..\/hold\/A"/'
	assert_refused '4: id is not a queue id'
	again
	edit '4s/"queue": "[a-z]*"/"queue": "trash"/'
	assert_refused '4: queue is not a queue'
	again
	edit '4s/{/{"instance": "mx2", /'
	assert_refused '4: there is no such instance here: mx2'
	again
	edit '1s/"action": "hold"/"action": "restore"/'
	assert_refused '1: action is none that can be planned'
	again
	edit '1s/"action": "hold"/"action": "hold", "now": true/'
	assert_refused '1: now does not go with the action'
	again
	edit 3p
	assert_refused "4: the message is there twice: $(sed -n 3p "$plan" | jq -r .id)"
	again
	tail -n 1 "$BATS_TEST_TMPDIR/good" >>"$plan"
	assert_refused '6: is behind the end of the plan'
	again
	edit '$s/3/2/'
	assert_refused '5: this is the end of another plan'
	again
	edit '1s/"messages": 3/"messages": 2/'
	assert_refused '4: there are more messages than the plan has'
	again
	edit '2s/.*/[1]/'
	assert_refused '2: is not an object of JSON'
	again
	edit '2s/.*/"\x1b[2J"/'
	mqadm apply "$plan"
	assert_status 65
	assert_not_in "$err" $'\e'
	again
	head -c 3000000 /dev/zero | tr '\0' ' ' >>"$plan"
	assert_refused '6: is too long'
	[ "$(everything)" = "$before" ]
	[ ! -e "$MAILQ_TOOLS_STATE/journal" ]
	again
	mqadm apply "$plan"
	assert_sum 'placed on hold: 3 messages'
}

@test "a plan of another host, or an old one, is told" {
	one_each
	plan hold "$deferred"
	edit -e "1s/\"made\": [0-9]*/\"made\": $(($(date +%s) - 10 * 86400 - 9))/" \
		-e '1s/"host": "[^"]*"/"host": "elsewhere\\u001b"/'
	mqadm apply "$plan" --dry-run
	assert_in "$err" "^mqadm: $plan: made 10 days ago$" 1
	assert_in "$err" "^mqadm: $plan: made on another host: elsewhere" 1
	assert_not_in "$err" $'\e'
	edit "1s/\"made\": [0-9]*/\"made\": $(($(date +%s) + 86400))/"
	mqadm apply "$plan"
	assert_status 0
	assert_in "$err" ': made in the future, by the clock here$' 1
	assert_sum 'placed on hold: 1 message'
}

@test "--dry-run tells what is in the queue, and not what the plan says" {
	one_each
	plan hold "$deferred" "$active" "$incoming"
	rm "$spool/incoming/$incoming"
	mqadm hold "$active"
	edit 's/deferred@from.example/innocent@from.example/'
	before=$(everything)
	mqadm apply "$plan" --dry-run
	assert_status 0
	assert_in "$out" '^2 messages, .*, would be placed on hold\.$' 1
	assert_in "$out" 'deferred@from.example' 2
	assert_in "$out" 'active@from.example' 2
	assert_not_in "$out" innocent
	[ "$(<"$err")" = 'mqadm: of the plan, and not in the queue any more: 1' ]
	[ "$(everything)" = "$before" ]
	mqadm apply "$plan" --dry-run --rate 1/min
	assert_in "$out" '^At 1/min that takes ' 1
	mqadm apply "$plan" --dry-run -f json
	[ "$(json '[.action, .messages] | join(" ")')" = 'hold 2' ]
}

@test "the history has the sender of the message, and not of the plan" {
	one_each
	plan hold "$deferred"
	[ "$(message_of "$deferred" .birth)" != null ] ||
		skip "the file system knows no birth"
	edit -e 's/deferred@from.example/innocent@from.example/' \
		-e '2s/"arrival": [0-9]*/"arrival": 5/'
	mqadm apply "$plan"
	assert_status 0
	assert_sum 'placed on hold: 1 message'
	mqadm history "$job" -f json
	assert_in "$out" 'deferred@from.example'
	assert_not_in "$out" innocent
}

@test "without a time of birth, sender and arrival tell" {
	one_each
	plan hold "$deferred" "$active"
	edit -E -e 's/, "birth": "[0-9]*"//' \
		-e 's/deferred@from.example/innocent@from.example/'
	mqadm apply "$plan" -f jsonl
	assert_status 75
	[ "$(json "select(.id == \"$deferred\").outcome")" = changed ]
	[ "$(json "select(.id == \"$active\").outcome")" = "done" ]
	[ "$(ids_in deferred)" = "$deferred" ]
}

@test "on a terminal it asks, also for one message" {
	one_each
	SUDO_USER=alice plan hold "$deferred" --reason $'go\e[2J'
	SUDO_USER=alice on_tty $'n\n' --utc apply "$plan"
	assert_status 75
	assert_in "$out" "^mqadm: plan of alice as $(id -un), made $(head_of .made_at): go\^\[\[2J$" 1
	assert_in "$out" '^mqadm: put 1 message on hold\? \[y/N\]' 1
	assert_in "$out" 'nothing was changed' 1
	assert_count hold 1
	on_tty $'y\n' apply "$plan"
	assert_status 0
	assert_count hold 2
	plan release "$hold"
	on_tty '' apply "$plan" --yes
	assert_status 0
	assert_not_in "$out" 'y/N'
	assert_count hold 1
}

@test "from standard input, and from what is no file" {
	one_each
	plan hold "$deferred"
	mqadm_with "$plan" apply -
	assert_status 0
	assert_sum 'placed on hold: 1 message'
	mqadm_with /dev/null apply -
	assert_status 65
	[ "$(<"$err")" = 'mqadm: standard input, line 1: this is not a plan of mqadm' ]
	mqadm apply "$BATS_TEST_TMPDIR"
	assert_status 74
	[ "$(<"$err")" = "mqadm: $BATS_TEST_TMPDIR: Is a directory" ]
	mqadm apply "$BATS_TEST_TMPDIR/none"
	assert_status 66
	[ "$(<"$err")" = "mqadm: $BATS_TEST_TMPDIR/none: No such file or directory" ]
}

@test "the file is opened as the caller, whom mail_owner cannot follow" {
	[ "$(id -u)" -eq 0 ] || skip "only root becomes somebody else"
	one_each
	plan hold "$deferred"
	mkdir -m 700 "$BATS_TEST_TMPDIR/mine"
	mv "$plan" "$BATS_TEST_TMPDIR/mine/plan"
	chmod 600 "$BATS_TEST_TMPDIR/mine/plan"
	mqadm apply "$BATS_TEST_TMPDIR/mine/plan"
	assert_status 0
	assert_sum 'placed on hold: 1 message'
}

@test "what does not go together is refused" {
	one_each
	plan hold "$deferred"
	for words in 'plan' 'plan restore X' 'plan undo' 'plan hold' \
		"plan hold $deferred --dry-run" "plan hold $deferred -f json" \
		"plan hold $deferred --now" "plan hold $deferred --purge" \
		"plan release $hold --rate 1/s" 'plan hold deferred' \
		'apply' "apply $plan $plan" "apply $plan --all" \
		"apply $plan -w broken" "apply $plan --now" \
		"apply $plan --purge" "apply $plan -n 1" \
		"apply $plan --per-domain 1" "apply $plan -f table"; do
		# shellcheck disable=SC2086 # words
		mqadm $words
		[ "$status" -eq 64 ] || report "$words"
		assert_stdout ''
	done
	assert_count hold 1
}

@test "a sender that is no UTF-8 is told from others" {
	put deferred 100 < <(message $'b\xf6se@from.example' a@to.example)
	plan hold "$id"
	[ "$(message_of "$id" .sender_base64 | base64 -d)" = \
		$'b\xf6se@from.example' ]
	edit -E 's/, "birth": "[0-9]*"//'
	mqadm apply "$plan"
	assert_status 0
	assert_sum 'placed on hold: 1 message'
	edit 's/"sender_base64": "[^"]*"/"sender_base64": "!"/'
	assert_refused '2: sender_base64 is not base64 of a text'
}

@test "a plan is what its schema says" {
	python3 -c 'import jsonschema' 2>/dev/null ||
		skip "python3-jsonschema is not installed"
	put deferred 100 < <(message $'b\xf6se@from.example' a@one.example)
	put_log "$id" < <(printf '%s\n' '<a@one.example>: x' \
		'recipient=a@one.example' 'offset=0' 'dsn_orig_rcpt=' \
		'status=4.4.1' 'action=delayed' 'reason=connect: timed out' '')
	put hold 101 < <(message '' a@one.example)
	put deferred 102 < <(message broken@from.example a@one.example |
		head -c 150)
	SUDO_USER=alice mqadm plan expire --all --now --reason 'no reason'
	assert_status 0
	cp "$out" "$plan"
	[ "$(wc -l <"$plan")" -eq 5 ]
	python3 - "$MQ_SRC/docs/mqadm-plan.schema.json" "$plan" <<-'END'
		import json, sys
		from jsonschema import Draft202012Validator

		schema = json.load(open(sys.argv[1], encoding="utf-8"))
		Draft202012Validator.check_schema(schema)
		validator = Draft202012Validator(schema)
		seen = {"head": set(), "message": set(), "end": set()}
		for line in open(sys.argv[2], encoding="utf-8"):
		    thing = json.loads(line)
		    for error in validator.iter_errors(thing):
		        sys.exit("%s\n%s" % (thing, error.message))
		    kind = "head" if "plan" in thing else \
		        "end" if "end" in thing else "message"
		    seen[kind].update(thing)
		# Each member is described, and really there.
		for kind, names in seen.items():
		    known = schema["$defs"][kind]["properties"]
		    assert all("description" in p for p in known.values()), kind
		    missing = set(known) - names - {"instance", "birth"}
		    assert not missing, missing
		assert not validator.is_valid({})
		assert not validator.is_valid({"end": "of plan"})
	END
}

@test "20,000 messages: read line by line" {
	deferred_messages 2
	plan hold deferred --all
	line=$(sed -n 2p "$plan")
	{
		sed -n '1s/"messages": 2/"messages": 20000/p' "$plan"
		for ((i = 0; i < 20000; i++)); do
			printf '{"id": "%05XFFFF", "queue": "deferred", "inode": "%d", "birth": "1", "sender": "a@example", "reason": "%0500d"}\n' \
				$i $((i + 1)) 0
		done
		echo '{"end": "of plan", "messages": 20000}'
	} >"$plan.long"
	mv "$plan.long" "$plan"
	owned
	command time -f %M -o "$BATS_TEST_TMPDIR/peak" "$MQADM" --spool "$spool" \
		--settings "$settings" apply --dry-run "$plan" \
		>"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr"
	assert_in "$BATS_TEST_TMPDIR/stderr" 'not in the queue any more: 20000$' 1
	# The file is 12 MB; what is kept of it is a quarter.
	[ "$(stat -c %s "$plan")" -gt 12000000 ]
	# Sanitizers take as much again as all of it, and more.
	grep -qa __asan_init "$MQADM" ||
		[ "$(tail -n 1 "$BATS_TEST_TMPDIR/peak")" -lt 24000 ] ||
		fail "it took $(<"$BATS_TEST_TMPDIR/peak") KB"
	mqadm apply "$plan"
	assert_status 66
	assert_in "$err" 'gone meanwhile: 20000' 1
}
