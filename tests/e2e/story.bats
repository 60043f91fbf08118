#!/usr/bin/env bats
# An everyday story, with the programs that people have: a host that hands all
# its mail to a relay, which is down; mail from the command line, in their own
# language; a look at the queue, a message that is taken out; and the relay
# comes back.
#
# The drop-ins stand first on PATH, as for who uses them.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper

setup() {
	lab_require
	command -v s-nail >/dev/null || skip 'there is no mail(1)'
	require_program "$MQFLUSH"
	require_program "$MQ_MAILQ"
	# The command has several makers, and one name.
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$(command -v s-nail)" "$BATS_TEST_TMPDIR/bin/mail"
	PATH=$MQ_BUILD/mailq-tools/drop-in:$MQ_BUILD/mailq-tools:$PATH
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	null_client
}

teardown() {
	lab_cleanup
}

# A null client, whose relay's port is closed; and mail for one domain is sent
# to this host itself.  That is kept, as by who is still setting up the host.
null_client() {
	lab_new desktop0 'inet_interfaces = loopback-only' 'mydestination =' \
		'local_transport = error: local delivery disabled' \
		'soft_bounce = yes' \
		'myhostname = desktop0.example.net'
	lab_take_port
	relay=$lab_port
	# What goes to port 25 of this host itself is never sent.
	lab_set desktop0 "relayhost=[127.0.0.1]:$relay" \
		'transport_maps=inline:{loop.example=smtp:[127.0.0.1]}'
	lab_start desktop0
	export MAIL_CONFIG=$LAB_ROOT/desktop0/etc
	export MAILQ_TOOLS_STATE=$LAB_ROOT/state
	export MAILRC=/dev/null
	spool=$LAB_ROOT/desktop0/spool
	sunk=$LAB_ROOT/desktop0/sunk
	mkdir -m 777 "$sunk"
}

three_letters() {
	echo '你好' | mail -s "早安" tony@example.com
	echo haha | mail -s test1 root@desktop0.example.com
	echo round | mail -s 'and round' x@loop.example
	lab_wait '[ "$(find "$spool/deferred" -type f | wc -l)" -eq 3 ]' 30 \
		'all three are deferred'
}

they_are_listed() {
	capture mailq
	assert_status 0
	assert_stderr ''
	assert_in "$out" '^-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------$' 1
	assert_in "$out" '^ {41}tony@example\.com$' 1
	assert_in "$out" '^ {41}root@desktop0\.example\.com$' 1
	assert_in "$out" "^ *\\(connect to 127\\.0\\.0\\.1\\[127\\.0\\.0\\.1\\]:$relay: Connection refused\\)\$|^\\(delivery temporarily suspended: connect to 127\\.0\\.0\\.1\\[127\\.0\\.0\\.1\\]:$relay: Connection refused\\)\$" 2
	assert_in "$out" '^ {41}x@loop\.example$' 1
	assert_in "$out" '\(mail for 127\.0\.0\.1 loops back to myself\)$' 1
	assert_in "$out" '^-- [0-9]+ Kbytes in 3 Requests\.$' 1
	# Postfix's own says the same.
	"$(postconf -xh command_directory)/postqueue" -p \
		>"$BATS_TEST_TMPDIR/theirs"
	assert_same_file "$BATS_TEST_TMPDIR/theirs" "$out"
}

# The id as one reads it there, before the address.
the_loop_is_taken_out() {
	local id

	id=$(mailq | awk '/^[0-9A-F]/ { id = $1 } /x@loop.example/ { print id }')
	[[ $id =~ ^[0-9A-F]+$ ]] || fail "no id: $id"
	capture postsuper -d "$id"
	assert_status 0
	assert_stderr "postsuper: $id: removed
postsuper: Deleted: 1 message"
	capture mailq
	assert_not_in "$out" "$id|loop"
	assert_in "$out" '^-- [0-9]+ Kbytes in 2 Requests\.$' 1
}

the_relay_comes_up() {
	# From this folder, to have names of our choice.
	lab_background desktop0 sink.out smtp-sink -4 -u nobody -R "$sunk" \
		-d 'mail.' "127.0.0.1:$relay" 100
	lab_wait 'lab_listens $lab_pid "$relay"' 20 'the relay is up'
	# That alone moves nothing.
	capture mailq
	assert_in "$out" 'in 2 Requests\.$' 1
}

all_is_delivered() {
	lab_wait '[ "$(mailq)" = "Mail queue is empty" ]' 30 'the queue is empty'
	capture mailq
	assert_status 0
	assert_stdout 'Mail queue is empty'
	[ "$(find "$sunk" -type f | wc -l)" -eq 2 ] || fail "$(ls "$sunk")"
	cat "$sunk"/* >"$BATS_TEST_TMPDIR/sunk"
	assert_in "$BATS_TEST_TMPDIR/sunk" '^X-Rcpt-Args: <tony@example\.com>' 1
	assert_in "$BATS_TEST_TMPDIR/sunk" '^X-Rcpt-Args: <root@desktop0\.example\.com>' 1
	assert_in "$BATS_TEST_TMPDIR/sunk" '^Subject: test1.?$' 1
	assert_in "$BATS_TEST_TMPDIR/sunk" "^Subject: =\\?utf-8\\?B\\?$(printf 早安 | base64)\\?=.?\$" 1
	assert_in "$BATS_TEST_TMPDIR/sunk" '^haha.?$' 1
	assert_not_in "$BATS_TEST_TMPDIR/sunk" 'loop'
}

@test "the relay was down, and somebody has it delivered: postqueue -f" {
	three_letters
	they_are_listed
	the_loop_is_taken_out
	the_relay_comes_up
	capture postqueue -f
	assert_status 0
	assert_stdout ''
	assert_stderr ''
	all_is_delivered
}

@test "the relay was down, and cron has it delivered: mqflush --all" {
	# As cron calls it: quiet while it can do something, and after that.
	cron=(env -i PATH=/usr/bin:/bin MAILQ_TOOLS_STATE="$MAILQ_TOOLS_STATE"
		MAIL_CONFIG="$MAIL_CONFIG" setsid sh -c
		"$MQFLUSH --all --skip-if-running")
	three_letters
	capture "${cron[@]}"
	assert_status 0
	assert_stderr ''
	lab_wait '[ "$(find "$spool/deferred" -type f | wc -l)" -eq 3 ]' 30
	the_loop_is_taken_out
	the_relay_comes_up
	capture "${cron[@]}"
	assert_status 0
	assert_stdout ''
	assert_stderr ''
	all_is_delivered
	capture "${cron[@]}"
	assert_status 0
	assert_stderr ''
}
