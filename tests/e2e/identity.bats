#!/usr/bin/env bats
# Our mailq and postqueue print what Postfix's print, byte for byte.
#
# The queue is a real one, with one of everything, and stands still.
#
# shellcheck disable=SC2016 # scripts are written for another shell to expand
# shellcheck disable=SC2030,SC2031 # a test may change what only it uses
# shellcheck disable=SC2154 # out and err are set by capture

load helper
load identical
load everything

setup_file() {
	[ -z "$(lab_missing)" ] || return 0
	identical_programs
	everything_new q
	everything_fill q
	everything_damage q
	copy_programs "$LAB_ROOT/bin"
}

teardown_file() {
	lab_cleanup
}

setup() {
	lab_require
	mail_config q
}

# stopped NAME [PARAM=VALUE...]: the same queue without a Postfix.
stopped() {
	lab_new "$@"
	rm -r "$LAB_ROOT/$1/spool"
	cp -a "$LAB_ROOT/q/spool" "$LAB_ROOT/$1/"
	rm "$LAB_ROOT/$1/spool/pid/master.pid"
	mail_config "$1"
}

@test "a listing of everything, in short columns" {
	lab_new short enable_long_queue_ids=no \
		"queue_directory=$LAB_ROOT/q/spool"
	mail_config short
	identical postqueue -p
	expect_status 0
	expect stderr . 0
	expect stdout '^-Queue ID-  --Size--' 1
	expect stdout '^[0-9A-F]{7,}     .{3} ' # short id
	expect stdout '^[0-9B-Zb-z]{10,}z[0-9B-Zb-z]+  ' # long id
	expect stdout '^[0-9A-F]+\* .* active@lab' 1
	expect stdout '^[0-9B-Zb-z]+\*# .* active2@lab' 1
	expect stdout '^[0-9A-F]+! .* held@lab' 1
	expect stdout '^[0-9A-F]+!# .* held2@lab' 1
	expect stdout '^[0-9A-F]+# .* expired@lab' 1
	expect stdout '  MAILER-DAEMON$' 3
	expect stdout '  δοκιμή@παράδειγμα.example$' 1
	expect stdout '^ {41}用户@例え.example$' 1
	expect stdout '  "john smith"@lab' 1
	expect stdout '^ {41}"quo\\"te"@closed' 1
	expect stdout '^ {41}"back\\\\slash"@closed' 1
	expect stdout '^ {41}"at@sign"@closed' 1
	expect stdout '  "\?\[2J\?"@lab' 1
	expect stdout '^ {41}"\?{4}\\\\"@closed' 1
	expect stdout '\(reason unavailable\)$'
	expect stdout '\(\(description unavailable\)\)$'
	expect stdout '^ *\(tab\? esc\?\[31m \? \? "q" \\ /\)$' 1
	expect stdout '^\(0{76}\)$' 1
	expect stdout '^\(host 127.* gr.*n word \(in reply to RCPT' 3
	expect stdout 'Mar 29 00:59:59  spring1@lab' 1
	expect stdout '^-- [0-9]+ Kbytes in 45 Requests\.$' 1
}

@test "a listing of everything, in long columns" {
	identical postqueue -p
	expect_status 0
	expect stdout '^----Queue ID----- --Size-- ' 1
	expect stdout '^[0-9A-F]+\*      .* active@lab' 1
	expect stdout '^[0-9B-Zb-z]+\*# .* active2@lab' 1
	expect stdout '^ {47}rcpt1@stall.example$'
	identical mailq
	expect stdout '^----Queue ID----- --Size-- ' 1
}

@test "a listing of everything, in JSON" {
	identical postqueue -j
	expect_status 0
	expect stderr . 0
	local queue

	for queue in maildrop incoming active deferred hold; do
		expect stdout "\"queue_name\": \"$queue\""
	done
	expect stdout '"forced_expire": true' 4
	expect stdout '"sender": "active2@lab' 1
	expect stdout '"address": "\\"quo\\\\\\"te\\"@closed' 1
	expect stdout '"delay_reason": "tab\? esc\?\[31m ' 1
	expect stdout '"delay_reason": "ü 例 ' 1
	expect stdout 'sender": "nolog@.*"address": "nolog@closed.example"}]' 1
	expect stdout '"message_size": 20[0-9]{4}, .*rcpt3@refuse' 1
	expect stdout '.' 45
	# Of 5,000 recipients the filter for duplicates remembers 1,000.
	run -0 jq 'select(.sender == "many@lab.example") |
		.recipients | length' "$BATS_TEST_TMPDIR/theirs.stdout"
	[ "$output" -eq 9000 ] || fail "$output recipients"
}

@test "what is not listed is really there" {
	local spool=$LAB_ROOT/q/spool
	postqueue -j >"$BATS_TEST_TMPDIR/json"

	assert_not_in "$BATS_TEST_TMPDIR/json" \
		'writing@|halfdrop@|flat@|deep@|rcpt[13]@ok'
	find "$spool" -type f -printf '%P %m %n\n' >"$BATS_TEST_TMPDIR/files"
	assert_in "$BATS_TEST_TMPDIR/files" '^incoming/[^ ]+ 600 1$' 1
	assert_in "$BATS_TEST_TMPDIR/files" '^maildrop/[^ ]+ 644 1$' 1
	assert_in "$BATS_TEST_TMPDIR/files" '^deferred/[^/ ]{5,} 700 1$' 2
	assert_in "$BATS_TEST_TMPDIR/files" '^deferred/./X/[^ ]+ 700 1$' 1
	assert_in "$BATS_TEST_TMPDIR/files" '^deferred/./bad-name 700 1$' 1
	assert_in "$BATS_TEST_TMPDIR/files" '^deferred/./[^ ]+ 700 2$' 1
	assert_in "$BATS_TEST_TMPDIR/files" '^defer/A/ABCDE123456 600 1$' 1
	find "$spool/deferred" ! -type f -printf '%P %y\n' \
		>"$BATS_TEST_TMPDIR/files"
	assert_in "$BATS_TEST_TMPDIR/files" '^Z d$' 1
	assert_in "$BATS_TEST_TMPDIR/files" '^./ABCDE9999[789] [pld]$' 3
	postcat -e "$(file_of q partly)" >"$BATS_TEST_TMPDIR/records"
	assert_in "$BATS_TEST_TMPDIR/records" '^done_recipient: rcpt[13]@ok' 2
	postcat -q "$(message q bigtail)" >"$BATS_TEST_TMPDIR/records"
	sed '1,/MESSAGE CONTENTS/d' "$BATS_TEST_TMPDIR/records" \
		>"$BATS_TEST_TMPDIR/behind"
	assert_in "$BATS_TEST_TMPDIR/behind" '^recipient: archive@closed' 1
}

@test "every time zone, also where the clock changes" {
	local zone

	for zone in UTC0 CET-1CEST,M3.5.0,M10.5.0/3 America/New_York \
		Australia/Lord_Howe '<+0545>-5:45' :no/such/zone ''; do
		TZ=$zone identical postqueue -p
		TZ=$zone identical mailq
	done
	TZ=CET-1CEST,M3.5.0,M10.5.0/3 identical postqueue -p
	expect stdout 'Mar 29 01:59:59 spring1@'
	expect stdout 'Mar 29 03:00:00 spring2@'
	expect stdout 'Oct 25 02:59:59 autumn1@'
	expect stdout 'Oct 25 02:00:00 autumn2@'
	expect stdout 'Fri Jan  1 01:00:00 year2100@'
	(
		unset TZ
		identical postqueue -p
	)
}

@test "a client with smtputf8_enable = no" {
	lab_new noutf8 smtputf8_enable=no "queue_directory=$LAB_ROOT/q/spool"
	mail_config noutf8
	listings_identical
	expect stdout '^ {41}\?{6}@\?+\.example$' 1
}

# imitation NAME SCRIPT: a program that is nearly Postfix's own.
imitation() {
	printf '#!/bin/bash\n%s\n' "$2" >"$BATS_TEST_TMPDIR/$1"
	chmod +x "$BATS_TEST_TMPDIR/$1"
	MQ_POSTQUEUE=$BATS_TEST_TMPDIR/$1
}

expect_difference() {
	identical postqueue "$1" 2>"$BATS_TEST_TMPDIR/why" &&
		fail "nobody noticed $MQ_POSTQUEUE"
	assert_in "$BATS_TEST_TMPDIR/why" "$2"
}

@test "one changed byte is noticed" {
	imitation honest '$POSTQUEUE "$@"'
	identical postqueue -p
	imitation byte '$POSTQUEUE "$@" |
		sed "s/null@closed/nulL@closed/"'
	expect_difference -p '^\+.*nulL@closed'
	expect_difference -j '^\+.*nulL@closed'
	imitation cut 'echo "$($POSTQUEUE "$@")"; printf " "'
	expect_difference -p 'ours.stdout differ'
	imitation noisy '$POSTQUEUE "$@"; echo >&2'
	expect_difference -p 'ours.stderr differ'
	imitation status '$POSTQUEUE "$@"; exit 75'
	expect_difference -p '^\+75$'
}

@test "Postfix is stopped" {
	stopped down
	identical postqueue -p
	expect_status 0
	expect stderr '^postqueue: warning: Mail system is down.*refused\)$' 1
	expect stdout '^-- [0-9]+ Kbytes in 45 Requests\.$' 1
	identical postqueue -j
	expect stderr 'Mail system is down' 1
	identical mailq
	expect stderr '^postqueue: warning: Mail system is down' 1
	rm "$LAB_ROOT/down/spool/public/showq"
	listings_identical
	expect stderr 'No such file or directory\)$' 1
	mkdir "$LAB_ROOT/down/sbin"
	ln -s "$(postconf -xh daemon_directory)/showq" \
		"$LAB_ROOT/down/sbin/show-q"
	lab_set down mail_name=Nail showq_service_name=show-q \
		"daemon_directory=$LAB_ROOT/down/sbin"
	identical postqueue -p
	expect_status 0
	expect stderr 'Connect to the Nail show-q service'
}

@test "an empty queue, running, stopped and never started" {
	lab_new empty
	mail_config empty
	# Postfix's texts tell nothing here; ours may be better.
	run_for theirs postqueue -p
	run_for ours postqueue -p
	assert_same_file "$BATS_TEST_TMPDIR/"{ours,theirs}.status
	expect_status 69
	assert_in "$BATS_TEST_TMPDIR/ours.stderr" '^postqueue: fatal: '
	lab_start empty
	listings_identical
	expect_status 0
	expect stdout '^Mail queue is empty$' 1
	identical postqueue -j
	expect stdout . 0
	lab_stop empty
	listings_identical
	expect stdout '^Mail queue is empty$' 1
	expect stderr 'Mail system is down' 1
}

@test "usage errors" {
	local arguments

	for arguments in '' '-p -j' '-p -p' '-jp' '-p operand' 'operand -p' \
		'operand' '-x' '-p -x' '-c' '-p -c' '--' '-p --' '-p -- x' \
		'-' '-p -' '-i' '-s' '-p -f' '--help'; do
		# shellcheck disable=SC2086 # to be split
		identical postqueue $arguments
	done
	identical postqueue -p ''
	expect_status 69
	expect stderr '^postqueue: fatal: usage: postqueue -f ' 1
	argv0=/some/where/else identical postqueue -x
	expect stderr "^postqueue: invalid option -- 'x'$" 1
	identical postqueue -c "$MAIL_CONFIG" -p
	expect stdout '^-- '
	identical postqueue -pc "$MAIL_CONFIG"
	expect stdout '^-- '
}

@test "usage errors of mailq" {
	identical mailq operand
	expect_status 75
	expect stderr '^mailq: fatal: display queue mode requires no rec' 1
	identical mailq -bp
	expect stdout '^-- '
	identical mailq -x
	expect stdout '^-- '
	identical mailq -C "$MAIL_CONFIG" operand
	expect_status 75
}

@test "a configuration folder that is not there" {
	identical postqueue -c /no/such/folder -p
	expect_status 69
	expect stderr '^postqueue: fatal: open /no/such/folder/main.cf: No su' 1
	identical postqueue -p -c /no/such/folder
	identical postqueue -j -c/no/such/folder
	identical postqueue -c relative -j
	MAIL_CONFIG=/no/such/folder identical postqueue -p
}

@test "a configuration folder that is not there, for mailq" {
	MAIL_CONFIG=/no/such/folder identical mailq
	expect_status 75
	expect stderr '^mailq: fatal: open /no/such/folder/main.cf: No such' 1
	identical mailq -C /no/such/folder
}

@test "nobody can write to stdout" {
	local listing

	for listing in 'postqueue -p' 'postqueue -j' mailq; do
		# shellcheck disable=SC2086 # to be split
		how=to_full identical $listing
		expect_status 69
		expect stderr 'fatal: output write error: No space left' 1
	done
	lab_new hollow
	mkdir "$LAB_ROOT/hollow/spool/"{maildrop,active,incoming,deferred,hold}
	mail_config hollow
	how=to_full identical postqueue -p
	how=to_full identical postqueue -j
	expect_status 0
}

@test "no stdout at all" {
	how=to_closed identical postqueue -j
	how=to_closed identical postqueue -p
	expect_status 69
	expect stderr 'fatal: output write error: Bad file descriptor' 1
}

# Sendmail opens /dev/null first, so that postqueue has one.
@test "no stdout at all, for mailq" {
	how=to_closed identical mailq
	expect_status 0
	expect stderr . 0
}

@test "the reader of a pipe goes away" {
	how=to_head identical postqueue -p
	expect_status 0
	expect stderr . 0
	expect stdout '^----Queue ID' 1
	how=to_head identical postqueue -j
	how=to_head identical mailq
	how=to_broken identical postqueue -p
	expect_status 0
	how=to_broken identical postqueue -j
	how=to_broken identical mailq
}

@test "a user whose configuration folder is not authorised" {
	use_copies
	how=as_nobody identical postqueue -p
	expect_status 69
	expect stderr '^postqueue: error: unauthorized configuration dir' 1
	how=as_nobody identical postqueue -j
	how=as_nobody identical mailq
	how=as_nobody identical postqueue -c "$MAIL_CONFIG" -p
	how=as_nobody identical postqueue -x
	expect stderr '^postqueue: fatal: usage' 1
}

# Without its set-gid bit, Postfix's program accepts any folder; mail_owner
# needs no more rights.
@test "the owner of the queue" {
	install -m 755 "$POSTQUEUE" "$LAB_ROOT/bin/plain-postqueue"
	POSTQUEUE=$LAB_ROOT/bin/plain-postqueue
	MQ_POSTQUEUE=$LAB_ROOT/bin/postqueue
	how=as_owner identical postqueue -p
	expect_status 0
	expect stdout '^-- [0-9]+ Kbytes in 45 Requests\.$' 1
	how=as_owner identical postqueue -j
	stopped owned
	how=as_owner identical postqueue -p
	expect_status 69
	expect stderr 'fatal: Queue report unavailable - mail system is down' 1
}

@test "parameters that change a listing" {
	local setting

	stopped set
	for setting in duplicate_filter_limit={3,0,1,4999} \
		empty_address_recipient={nobody,'<>','a b@c'} \
		smtputf8_enable=no enable_long_queue_ids={yes,no} \
		hash_queue_names={DEFERRED,defer,none,hold,'defer,deferred'} \
		hash_queue_depth={2,3}; do
		stopped "${setting//[^a-z0-9]/}" "$setting"
		identical postqueue -p
		identical postqueue -j
	done
	stopped filter duplicate_filter_limit=3
	identical postqueue -j
	expect stdout '"sender": "null@|"sender": "MAILER-DAEMON"'
}

# moved NAME PARAM=VALUE...: postsuper brings the files to their new places.
# It cannot remove the old ones while something strange is there.
moved() {
	stopped "$@"
	find "$LAB_ROOT/$1/spool/deferred" -name '*[.-]*' -delete
	postsuper -s 2>"$BATS_TEST_TMPDIR/postsuper" || {
		cat "$BATS_TEST_TMPDIR/postsuper" >&2
		return 1
	}
}

@test "other places for the queue files" {
	local depth

	for depth in 1 2 3; do
		moved deep$depth hash_queue_depth=$depth \
			'hash_queue_names=deferred, defer hold active incoming'
		listings_identical
		expect stdout '^-- [0-9]+ Kbytes in 47 Requests\.$' 1
	done
	moved unhashed hash_queue_names=none
	listings_identical
	expect stdout '^-- [0-9]+ Kbytes in 47 Requests\.$' 1
	expect stdout '\(connect to .*refused\)$'
}

@test "a running Postfix with other parameters, and its end" {
	everything_new other
	lab_set other hash_queue_depth=2 duplicate_filter_limit=3 \
		'hash_queue_names=deferred defer hold active' \
		empty_address_recipient=nobody smtputf8_enable=no
	lab_reload other
	text x | lab_send other '' a@closed.example
	text x | lab_send other x@lab.example {a,b,c,d,e,f}@closed.example
	lab_wait 'is_deferred other' 60 'all mail is deferred'
	in_active other active2
	text x | lab_send other held@lab.example a@closed.example
	lab_wait 'is_active other 1' 60 'mail is active'
	mail_config other
	find "$LAB_ROOT/other/spool" -type f -printf '%P\n' \
		>"$BATS_TEST_TMPDIR/files"
	assert_in "$BATS_TEST_TMPDIR/files" '^hold/./[^/]/[^/]{7,}$' 1
	assert_in "$BATS_TEST_TMPDIR/files" '^active/././' 1
	listings_identical
	expect stdout '^-- [0-9]+ Kbytes in 4 Requests\.$' 1
	expect stdout '  nobody$' 1
	# Three of the six are in the filter.
	expect stdout '^ {41}[a-f]@closed' 11
	lab_stop other
	listings_identical
	expect stdout '^-- [0-9]+ Kbytes in 4 Requests\.$' 1
	expect stderr 'Mail system is down' 1
}

# Run by root, our programs read the queue: Postfix tells them only its
# configuration.
@test "root's listing needs no program of Postfix but postconf" {
	! ours_are_theirs || skip "this is Postfix's own"
	local listing trace=$BATS_TEST_TMPDIR/trace

	for listing in "$MQ_POSTQUEUE -p" "$MQ_POSTQUEUE -j" "$MQ_MAILQ"; do
		# shellcheck disable=SC2086 # to be split
		capture strace -f -e trace=execve,execveat -o "$trace" $listing
		assert_status 0
		assert_in "$out" 'many@lab'
		# The first is ours.
		grep -a ' exec[a-z]*(' "$trace" | sed 1d >"$trace.others"
		assert_in "$trace.others" '/postconf",'
		sed -i '/\/postconf",/d' "$trace.others"
		assert_not_in "$trace.others" .
	done
}

@test "root's listing with Postfix's programs out of reach" {
	! ours_are_theirs || skip "this is Postfix's own"
	postqueue -p >"$BATS_TEST_TMPDIR/theirs"
	mkdir "$LAB_ROOT/nothing"
	lab_new bare "queue_directory=$LAB_ROOT/q/spool" \
		enable_long_queue_ids=yes \
		"command_directory=$LAB_ROOT/nothing" \
		"daemon_directory=$LAB_ROOT/nothing"
	mail_config bare
	capture "$MQ_POSTQUEUE" -p
	assert_status 0
	assert_stderr ''
	assert_same_file "$BATS_TEST_TMPDIR/theirs" "$out"
	capture "$MQ_MAILQ"
	assert_status 0
	assert_same_file "$BATS_TEST_TMPDIR/theirs" "$out"
	# The negative control: this is how Postfix's own fares.
	capture "$MAILQ"
	[ "$status" -ne 0 ] || report "mailq needs postqueue"
}

# What others get comes from Postfix's set-gid program, unchanged.
@test "other users' listing is done by Postfix's postqueue" {
	! ours_are_theirs || skip "this is Postfix's own"
	mkdir "$LAB_ROOT/fake"
	chmod 755 "$LAB_ROOT/fake"
	cat >"$LAB_ROOT/fake/postqueue" <<-'END'
		#!/bin/sh
		echo "postqueue $* with $MAIL_CONFIG"
		echo complaint >&2
		exit 3
	END
	chmod 755 "$LAB_ROOT/fake/postqueue"
	lab_new faked "command_directory=$LAB_ROOT/fake"
	mail_config faked
	use_copies
	capture "${as_nobody[@]}" "$MQ_POSTQUEUE" -j
	assert_status 3
	assert_stdout "postqueue -c $MAIL_CONFIG -j with $MAIL_CONFIG"
	assert_stderr complaint
	capture "${as_nobody[@]}" "$MQ_MAILQ"
	assert_status 3
	assert_stdout "postqueue -c $MAIL_CONFIG -p with $MAIL_CONFIG"
}
