#!/usr/bin/env bats
# mqadm at a pace: how many in which time, how many of a domain, and when it
# ends early; by what the log of a Postfix that works says.
#
# No test is timed: a slow machine is slower than the pace, and never faster.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load sample
load paced

setup() {
	require_program "$MQADM"
	require_program "$MQLS"
	umask 022
	open_folders
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
}

teardown() {
	[ -z "${program:-}" ] || kill "$program" 2>/dev/null || true
	lab_cleanup
}

# begin [SINK-OPTION...]: an instance that puts all mail on hold; what is
# released goes to a sink.
begin() {
	lab_require
	lab_new one 'smtpd_client_restrictions=check_client_access static:HOLD'
	lab_sink one "$@"
	lab_set one "relayhost=[127.0.0.1]:$lab_port"
	lab_start one
	log=$LAB_ROOT/one/log
}

# fill COUNT TO
fill() {
	smtp-source -m "$1" -s 4 -f from@from.example -t "$2" \
		"127.0.0.1:$(lab_port one)"
}

mqadm() {
	capture "$MQADM" -c "$LAB_ROOT/one/etc" "$@"
}

# count EXPRESSION: messages in the queue.
count() {
	"$MQLS" -c "$LAB_ROOT/one/etc" -f ids -w "$1" | wc -l
}

sent() {
	grep -ca 'status=sent' "$log" || true
}

@test "--rate: 100 messages, 600 in a minute, and never more" {
	begin
	fill 100 x@to.example
	start=$(date +%s)
	mqadm release --all --yes --rate 600/min --stop-on-defer 20%
	end=$(date +%s)
	assert_status 0
	assert_in "$err" '^mqadm: released from hold: 100 messages \(job' 1
	assert_not_in "$err" 'early'
	lab_wait '[ "$(sent)" -eq 100 ]' 60
	[ "$(too_early 10 "$start")" -eq 0 ] ||
		report "$(too_early 10 "$start") were delivered too early"
	# The first of them at once, and one second may be made up for.
	[ $((end - start)) -ge 8 ] || report "it took $((end - start)) s"
}

@test "--rate: the control, without it they come too early" {
	begin
	fill 100 x@to.example
	start=$(date +%s)
	mqadm release --all --yes --now
	assert_status 0
	lab_wait '[ "$(sent)" -eq 100 ]' 60
	[ "$(too_early 10 "$start")" -gt 0 ]
}

@test "--rate: what has its next try in the future is tried in its turn" {
	begin
	fill 3 x@to.example
	find "$LAB_ROOT/one/spool/hold" -type f \
		-exec touch -d '+1 day' {} +
	mqadm release --all --yes --rate 10/s
	assert_status 0
	lab_wait '[ "$(sent)" -eq 3 ]' 60
}

@test "--stop-on-defer: a site that takes nothing gets no more" {
	begin -r rcpt
	fill 200 x@to.example
	mqadm release --all --yes --rate 600/min --stop-on-defer 20%
	assert_status 75
	assert_in "$err" '^mqadm: ended early, and [0-9]+ left on hold: of the last [0-9]+ messages that Postfix tried, [0-9]+ came back deferred, most often \([0-9]+\) for: .*45[0-9]' 1
	assert_in "$err" '^mqadm: stopped after [0-9]+ of 200 messages; nothing is half done; the same command again goes on with the rest: .*mqadm .* release --all --yes --rate 600/min --stop-on-defer 20%$' 1
	left=$(sed -n 's/.*early, and \([0-9]*\) left.*/\1/p' "$err")
	tried=$(sed -n 's/.*the last \([0-9]*\) messages.*/\1/p' "$err")
	[ "$left" -gt 0 ] && [ "$tried" -ge 10 ] || report "left or tried"
	[ "$(count held)" -eq "$left" ] || report "what is on hold"
	[ "$(count 'not held')" -eq $((200 - left)) ] || report "what is not"
	assert_in "$err" "^mqadm: released from hold: $((200 - left)) messages; not begun: $left \(job" 1
	mqadm history -n 1
	assert_in "$out" 'interrupted|stopped' 1
}

@test "--rate: Ctrl-C while it waits, and the same again" {
	begin
	fill 5 x@to.example
	out=$BATS_TEST_TMPDIR/stdout err=$BATS_TEST_TMPDIR/stderr
	captured='release --rate 1/h, and SIGINT'
	# In the background of a shell SIGINT is ignored.
	"$MQADM" -c "$LAB_ROOT/one/etc" release --all --yes --rate 1/h \
		>"$out" 2>"$err" </dev/null 3>&- &
	program=$!
	lab_wait '[ "$(sent)" -eq 1 ]' 30
	# Others may have what waits.
	mqadm release "$(count held >/dev/null; "$MQLS" \
		-c "$LAB_ROOT/one/etc" -f ids -n 1 -w held)"
	assert_status 0
	out=$BATS_TEST_TMPDIR/stdout err=$BATS_TEST_TMPDIR/stderr
	kill -TERM "$program"
	status=0
	wait "$program" || status=$?
	program=
	assert_status 75
	[ "$(count held)" -eq 3 ] || report "what is on hold"
	mqadm release --all --yes --rate 10/s
	assert_status 0
	assert_in "$err" '^mqadm: released from hold: 3 messages \(job' 1
	[ "$(count held)" -eq 0 ]
}

@test "--rate: it ends when Postfix is down" {
	begin
	fill 30 x@to.example
	lab_stop one
	mqadm release --all --yes --rate 10/s
	assert_status 75
	assert_in "$err" '^mqadm: ended early: it would all be tried at once when Postfix is started$' 1
	# It is noticed when Postfix is to be woken, after a second or so.
	[ "$(count held)" -gt 0 ] || report "nothing is left"
}

@test "--per-domain: the rest is left for a later run" {
	begin
	fill 5 x@one.example
	fill 3 x@two.example
	mqadm release --all --dry-run --per-domain 2 --rate 1/min
	assert_status 0
	assert_in "$out" '^4 messages, .* would be released from hold\.$' 1
	assert_in "$out" '^At 1/min that takes 3m[^ ]*\. 4 messages would be left for a later run \(--per-domain\)\.$' 1
	mqadm release --all --dry-run --per-domain 2 --rate 1/min -f json
	assert_status 0
	[ "$(jq -c '[.messages, .seconds, .later]' "$out")" = '[4,180,4]' ] ||
		report "the numbers"
	mqadm release --all --yes --per-domain 2
	assert_status 0
	assert_in "$err" '^mqadm: released from hold: 4 messages; left for a later run: 4 \(--per-domain\) \(job' 1
	[ "$(count 'held and rcpt.domain = one.example')" -eq 3 ]
	[ "$(count 'held and rcpt.domain = two.example')" -eq 1 ]
	mqadm release --yes -w 'rcpt.domain = one.example' --per-domain 2
	assert_status 0
	assert_in "$err" 'left for a later run: 1 ' 1
	# By id as well, and without a rest nothing is said of it.
	"$MQLS" -c "$LAB_ROOT/one/etc" -f ids -w held >"$BATS_TEST_TMPDIR/ids"
	# shellcheck disable=SC2046
	mqadm release --per-domain 1 $(cat "$BATS_TEST_TMPDIR/ids")
	assert_status 0
	assert_not_in "$err" 'later'
	[ "$(count held)" -eq 0 ]
}

@test "--per-domain: several domains, and --limit" {
	begin
	for to in 'a@one.example b@two.example' 'a@one.example' \
		'a@two.example' 'a@ONE.example'; do
		# shellcheck disable=SC2086
		lab_send one from@from.example $to <<<$'Subject: x\n\nx'
	done
	mqadm requeue --all --dry-run --per-domain 3 -f json
	[ "$(jq -c '[.messages, .later]' "$out")" = '[4,null]' ] ||
		report "all of them"
	mqadm hold --all --dry-run hold --per-domain 1 -f json
	# The one with both, or one of each; whichever is found first.
	jq -e '.messages + .later == 4 and .messages <= 2' "$out" ||
		report "one of each"
	mqadm requeue --all --dry-run --per-domain 3 --limit 1 -f json
	[ "$(jq -c '[.messages, .later]' "$out")" = '[1,null]' ] ||
		report "with a limit"
}

# refused TEXT ARGUMENT...
refused() {
	local text=$1

	shift
	capture "$MQADM" --spool "$BATS_TEST_TMPDIR" "$@" A1
	assert_status 64
	assert_in "$err" "^mqadm: $text" 1
}

@test "what is no pace is refused" {
	local rate

	for rate in 60 60/m 0/s /s 10/ 10/sec -1/s 1.5/s 99999999999999999999/s \
		'10 /s' ''; do
		refused "--rate: \"$rate\" is not a rate such as 10/s, 60/min or 500/h" \
			release --rate "$rate"
	done
	refused '--rate: more than 1000000/s is no pace' hold --rate 1000001/s
	for rate in 0 0% 101% 20%% x '' 20x; do
		refused "--stop-on-defer: \"$rate\" is not a share" \
			release --rate 1/s --stop-on-defer "$rate"
	done
	refused '--per-domain: ' release --per-domain 0
	refused '--stop-on-defer needs --rate' release --stop-on-defer 20%
	refused '--stop-on-defer goes with release, not with requeue' \
		requeue --rate 1/s --stop-on-defer 20%
	refused '--stop-on-defer does not go with --spool' \
		release --rate 1/s --stop-on-defer 20
	capture "$MQADM" history --rate 1/s
	assert_status 64
	assert_in "$err" '^mqadm: --rate does not go with history' 1
}
