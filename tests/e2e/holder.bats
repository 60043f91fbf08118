#!/usr/bin/env bats
# Who holds a message, why and since when: from the journal, in columns,
# selections, groups and JSON; and what is said where that is not known.
#
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load craft
load sample
load instances

setup_file() {
	require_program "$MQADM"
	require_program "$MQLS"
	require_program "$SPOOLGEN"
}

setup() {
	umask 022
	open_folders
	generate "$BATS_TEST_TMPDIR/spool" --count 20
	generate "$BATS_TEST_TMPDIR/spool" --count 3 --queue hold --append \
		--seed 2
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	mapfile -t deferred < <(ls_ids deferred)
	mapfile -t held < <(ls_ids hold)
}

teardown() {
	lab_cleanup
}

ls_ids() {
	"$MQLS" --spool "$spool" -f ids "$@" 2>/dev/null
}

mqadm() {
	capture "$MQADM" --spool "$spool" --settings /dev/null "$@"
}

# two_holders: alice has two for a reason, bob one without.
two_holders() {
	SUDO_USER=alice mqadm hold --reason 'account abused' --yes \
		"${deferred[0]}" "${deferred[1]}"
	assert_status 0
	SUDO_USER=bob mqadm hold "${deferred[2]}"
	assert_status 0
}

# ids ARGUMENT...: of what mqls lists, in a line.
assert_ids() {
	local wanted=$1

	mqls -f ids "${@:2}"
	[ "$(sort "$out" | paste -sd ' ')" = \
		"$(tr ' ' '\n' <<<"$wanted" | sort | paste -sd ' ' |
			sed 's/^ //')" ] || report "it should list: $wanted"
}

# opens_journal COMMAND...: does it?
opens_journal() {
	strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=%file "$@" \
		>/dev/null 2>&1 || true
	grep -q "\"$MAILQ_TOOLS_STATE" "$BATS_TEST_TMPDIR/trace"
}

@test "columns: who, why and since when" {
	local begin

	begin=$(date +%s)
	two_holders
	mqls -f tsv --no-headings -o id,hold.by,hold.reason -s id hold
	assert_status 0
	assert_stderr ''
	printf '%s\n' "${deferred[0]}	alice	account abused" \
		"${deferred[1]}	alice	account abused" \
		"${deferred[2]}	bob	" \
		"${held[0]}		" "${held[1]}		" "${held[2]}		" |
		LC_ALL=C sort -f >"$BATS_TEST_TMPDIR/wanted"
	assert_same_file "$out" "$BATS_TEST_TMPDIR/wanted"
	mqls -f tsv --no-headings -o hold.since "${deferred[0]}"
	since=$(date -d "$(cat "$out")" +%s)
	[ "$since" -ge "$begin" ] && [ "$since" -le "$(date +%s)" ] ||
		report "since when"
	# What is known of those elsewhere: nobody holds them.
	mqls -f tsv --no-headings -o hold.by,hold.reason,hold.since deferred
	assert_status 0
	assert_in "$out" '^		$' 17
	mqls -o id,hold.by "${deferred[0]}"
	assert_in "$out" '^ID +HOLD\.BY$' 1
	assert_in "$out" "^${deferred[0]} +alice\$" 1
}

@test "selections: in mqls and in mqadm" {
	two_holders
	assert_ids "${deferred[0]} ${deferred[1]}" -w 'hold.by = alice'
	assert_ids "${deferred[2]}" -w 'hold.by = BOB'
	assert_ids "${deferred[*]:0:3}" -w 'hold.by'
	assert_ids "${held[*]}" -w 'held and not hold.by'
	assert_ids "${deferred[2]} ${held[*]}" -w 'held and hold.by != alice'
	assert_ids "${deferred[0]} ${deferred[1]}" -w 'hold.reason = *abuse*'
	assert_ids "${deferred[0]} ${deferred[1]}" -w 'hold.reason ~ "^account"'
	assert_ids "${deferred[*]:0:3}" -w 'hold.since > -1h'
	assert_ids '' -w 'hold.since < -1h'
	assert_status 1
	assert_ids '' -w 'hold.by = carol'
	assert_status 1
	assert_ids "${deferred[*]:3}" -w 'not held and not hold.by = alice'
	assert_ids "${deferred[0]}" "${deferred[@]}" \
		-w "hold.by = alice and id = ${deferred[0]}"
	assert_ids "${deferred[0]} ${deferred[1]}" \
		-w 'any(hold.by = alice and rcpt)'
	assert_ids "${deferred[*]}" \
		-w 'hold.by or not held and age > 1s'
	mqls --count -w 'hold.by in (alice, bob)'
	assert_stdout 3
	mqadm release -w 'hold.by = alice' --yes
	assert_status 0
	assert_ids "${deferred[2]} ${held[*]}" hold
	# It is not held any more, and was not by who releases it.
	assert_ids '' -w 'hold.by = alice'
	mqadm release -w 'hold.by = alice' --yes
	assert_status 1
}

@test "order, groups and JSON" {
	two_holders
	# Who is not known comes last in either direction.
	mqls -f csv --no-headings -o hold.by,held -s -hold.by,queue -n 4 hold
	[ "$(tr -d '\r' <"$out" | paste -sd ' ')" = \
		'bob,yes alice,yes alice,yes ,yes' ] || report "not in order"
	mqls -f tsv --no-headings -o hold.by -s hold.since,hold.by -n 3
	assert_stdout "$(printf '%s\n' alice alice bob)"
	mqls --by hold.by,hold.reason -f jsonl hold
	assert_status 0
	jq -c '[."hold.by", ."hold.reason", .messages]' "$out" |
		sort >"$BATS_TEST_TMPDIR/groups"
	[ "$(cat "$BATS_TEST_TMPDIR/groups")" = '["alice","account abused",2]
["bob",null,1]
[null,null,3]' ] || report "$(cat "$BATS_TEST_TMPDIR/groups")"
	mqls --by hold.since -f jsonl hold
	jq -e -s '(map(."hold.since" | type) | unique) ==
		["null", "number"]' "$out"
	mqls -f jsonl
	assert_status 0
	assert_stderr ''
	jq -c 'select(.hold) | [.queue_id, .hold.by, .hold.reason,
		(.hold | keys | join(" "))]' "$out" | sort \
		>"$BATS_TEST_TMPDIR/json"
	printf '["%s",%s]\n' \
		"${deferred[0]}" '"alice","account abused","by job reason since"' \
		"${deferred[1]}" '"alice","account abused","by job reason since"' \
		"${deferred[2]}" '"bob",null,"by job since"' | sort |
		cmp - "$BATS_TEST_TMPDIR/json" || report "not so in JSON"
	# The job is the one of the history.
	job=$(jq -r 'select(.hold.by == "bob") | .hold.job' "$out")
	mqadm history -f jsonl "$job"
	assert_status 0
	assert_in "$out" '"sudo_user": "bob"'
	mqls --explain -w 'hold.by = alice and held'
	assert_in "$out" '^Lists: hold$' 1
	assert_in "$out" '^  hold\.by = alice +the journal, for what is on hold$' 1
	assert_in "$out" '^  yes  hold\.by = alice +alice$' 2
}

@test "what others hold is not known" {
	local id

	two_holders
	# Released and held again, by somebody with other tools: a new id, as
	# Postfix gives them, and the same file.
	id=${deferred[0]}
	mv "$spool/hold/$id" "$spool/hold/${id}F"
	mqls -f tsv --no-headings -o queue,hold.by "${id}F"
	assert_stdout "$(printf 'hold\t')"
	mv "$spool/hold/${id}F" "$spool/hold/$id"
	mqls -f tsv --no-headings -o queue,hold.by "$id"
	assert_stdout "$(printf 'hold\talice')"
	# Released by us, and the same file is there again, by somebody else.
	id=${deferred[2]}
	inode=$(stat -c %i "$spool/hold/$id")
	mqadm release "$id"
	assert_status 0
	[ ! -e "$spool/hold/$id" ]
	mv "$(find "$spool" -inum "$inode")" "$spool/hold/$id"
	mqls -f tsv --no-headings -o queue,hold.by "$id"
	assert_stdout "$(printf 'hold\t')"
	# Another message under that id.
	id=${deferred[1]}
	cp -p "$spool/hold/$id" "$spool/other"
	mv "$spool/other" "$spool/hold/$id"
	mqls -f tsv --no-headings -o queue,hold.by "$id"
	assert_stdout "$(printf 'hold\t')"
	assert_ids "${deferred[0]}" -w 'hold.by'
}

@test "deleted and restored: who held it before does so again" {
	two_holders
	for user in carol dave; do
		SUDO_USER=$user mqadm delete "${deferred[0]}"
		assert_status 0
		[ ! -e "$spool/hold/${deferred[0]}" ]
		assert_ids "${deferred[1]}" -w 'hold.by = alice'
		SUDO_USER=$user mqadm restore "${deferred[0]}"
		assert_status 0
	done
	mqls -f tsv --no-headings -o queue,hold.by,hold.reason "${deferred[0]}"
	assert_stdout "$(printf 'hold\talice\taccount abused')"
	# Nobody of us held that one, and so it was who has restored it.
	SUDO_USER=carol mqadm delete "${held[0]}"
	SUDO_USER=dave mqadm restore "${held[0]}"
	assert_status 0
	mqls -f tsv --no-headings -o queue,hold.by "${held[0]}"
	assert_stdout "$(printf 'hold\tdave')"
	# What comes back elsewhere is not held.
	SUDO_USER=carol mqadm delete "${deferred[5]}"
	SUDO_USER=dave mqadm restore "${deferred[5]}"
	assert_status 0
	mqls -f tsv --no-headings -o queue,hold.by "${deferred[5]}"
	assert_stdout "$(printf 'deferred\t')"
}

@test "a release that is undone: held by who did that" {
	two_holders
	SUDO_USER=carol mqadm release "${deferred[2]}"
	assert_status 0
	SUDO_USER=dave mqadm undo --yes
	assert_status 0
	mqls -f tsv --no-headings -o queue,hold.by "${deferred[2]}"
	assert_stdout "$(printf 'hold\tdave')"
}

@test "held by Postfix's own postsuper" {
	am_root || lab_skip "only root may run postsuper"
	chown -hR "$(postconf -d -xh mail_owner)" "$spool"
	instance q "$spool"
	capture "$MQADM" -c "$(etc q)" hold "${deferred[0]}"
	assert_status 0
	capture postsuper -c "$(etc q)" -h "${deferred[1]}"
	assert_status 0
	capture "$MQLS" -c "$(etc q)" -f tsv --no-headings -o id,hold.by -s id \
		"${deferred[0]}" "${deferred[1]}"
	printf '%s\t%s\n' "${deferred[0]}" root "${deferred[1]}" '' |
		LC_ALL=C sort -f | cmp - "$out" || report "not so"
}

@test "without a journal nobody of us holds anything" {
	[ ! -e "$MAILQ_TOOLS_STATE" ]
	mqls -f tsv --no-headings -o hold.by,hold.reason,hold.since hold
	assert_status 0
	assert_stderr ''
	assert_in "$out" '^		$' 3
	assert_ids "${held[*]}" -w 'held and not hold.by'
	assert_stderr ''
	mqls --by hold.by -f jsonl hold
	assert_status 0
	assert_stderr ''
	[ ! -e "$MAILQ_TOOLS_STATE" ] || fail "it was made"
}

@test "a damaged journal: told once, and no answer of a selection" {
	two_holders
	printf 'this is no journal' >"$BATS_TEST_TMPDIR/bad"
	dd if="$BATS_TEST_TMPDIR/bad" of="$(echo "$MAILQ_TOOLS_STATE"/*/data.mdb)" \
		conv=notrunc 2>/dev/null
	mqls -f tsv --no-headings -o id,hold.by hold
	assert_status 0
	assert_lines 6
	assert_in "$out" '^[0-9A-F]+	$' 6
	assert_in "$err" '^mqls: who holds messages is not known: ' 1
	mqls -f jsonl
	assert_status 0
	assert_lines 23
	assert_not_in "$out" '"hold": '
	assert_in "$err" '^mqls: who holds messages is not known: ' 1
	for options in '-w hold.by' '--by hold.by'; do
		# shellcheck disable=SC2086 # words
		mqls $options
		assert_status 65
		assert_stdout ''
		assert_in "$err" '^mqls: who holds messages is not known: ' 1
	done
	# Who does not ask is not told.
	mqls
	assert_status 0
	assert_not_in "$err" journal
}

@test "who may not read the journal does not know it" {
	am_root || lab_skip "only root can become somebody else"
	two_holders
	chown -hR "$(postconf -d -xh mail_owner)" "$spool" "$MAILQ_TOOLS_STATE"/*
	instance q "$spool"
	capture "$MQLS" -c "$(etc q)" --count -w 'hold.by = alice'
	assert_stdout 2
	install -m 755 "$MQLS" "$BATS_TEST_TMPDIR/mqls"
	mkdir -m 755 "$BATS_TEST_TMPDIR/sbin"
	postqueue -c "$(etc q)" -j >"$BATS_TEST_TMPDIR/listing" 2>/dev/null
	[ "$(grep -c '"hold"' "$BATS_TEST_TMPDIR/listing")" -eq 6 ]
	printf '#!/bin/sh\ncat %s\n' "'$BATS_TEST_TMPDIR/listing'" \
		>"$BATS_TEST_TMPDIR/sbin/postqueue"
	chmod 755 "$BATS_TEST_TMPDIR/sbin/postqueue"
	lab_set q "command_directory=$BATS_TEST_TMPDIR/sbin"
	unprivileged=("${as_nobody[@]}" "$BATS_TEST_TMPDIR/mqls" -c "$(etc q)")
	capture "${unprivileged[@]}" -f tsv --no-headings \
		-o hold.by,hold.reason,hold.since hold
	assert_status 0
	assert_in "$out" '^		$' 6
	assert_stderr 'mqls: who holds messages is not known: only root and the owner of the queue may read the journal'
	# Nobody has asked.
	capture "${unprivileged[@]}" -f jsonl hold
	assert_status 0
	assert_stderr ''
	assert_not_in "$out" '"hold": '
	capture "${unprivileged[@]}" -w 'not hold.by = alice'
	assert_status 77
	assert_stdout ''
	assert_stderr "mqls: --where: hold.by is not in Postfix's own listing, only in the journal of changes: run me as root"
	capture "${unprivileged[@]}" --by hold.reason
	assert_status 77
	assert_stdout ''
	assert_stderr "mqls: --by: hold.reason is not in Postfix's own listing, only in the journal of changes: run me as root"
}

@test "the journal is opened only for who asks, and only when it may help" {
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	two_holders
	opens_journal "$MQLS" --spool "$spool" -o hold.by
	opens_journal "$MQLS" --spool "$spool" -w 'hold.by = alice'
	opens_journal "$MQLS" --spool "$spool" -f jsonl
	run ! opens_journal "$MQLS" --spool "$spool"
	run ! opens_journal "$MQLS" --spool "$spool" -w held
	run ! opens_journal "$MQLS" --spool "$spool" -f mailq
	run ! opens_journal "$MQLS" --spool "$spool" --by queue
	run ! opens_journal "$MQLS" --spool "$spool" -o hold.by deferred
	run ! opens_journal "$MQLS" --spool "$spool" -w 'hold.by and not held'
	# A question about holders lists what is on hold, and opens no file.
	opens_journal "$MQLS" --spool "$spool" -f ids -w 'hold.by = alice'
	assert_not_in "$BATS_TEST_TMPDIR/trace" 'openat2?\(.*"hold/[0-9A-F]'
	assert_not_in "$BATS_TEST_TMPDIR/trace" '"deferred/.*/[0-9A-F]{11}'
}

@test "many readers at once" {
	generate "$spool" --count 600 --append --seed 3
	owned
	SUDO_USER=alice mqadm hold --reason many --yes -w 'queue = deferred'
	assert_status 0
	for threads in 1 8; do
		mqls -f tsv --no-headings -o hold.by,hold.reason \
			--threads "$threads" hold
		assert_in "$out" '^alice	many$' 620
		mqls --count --threads "$threads" \
			-w 'hold.by = alice and hold.reason = m*'
		assert_stdout 620
	done
}
