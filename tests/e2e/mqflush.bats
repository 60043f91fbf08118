#!/usr/bin/env bats
# mqflush has just those messages tried that were meant, by the log of a
# Postfix that works; it is quiet and alone under cron, and never faster than
# it was told to be.
#
# No test is timed: a slow machine is slower than the pace, and never faster.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load instances
load paced

# Two sites, each with a port of its own where nobody listens.
setup_file() {
	[ -z "$(lab_missing)" ] || return 0
	lab_new one 'transport_maps=inline:{{a.example=smtp:[127.0.0.1]:3},{b.example=smtp:[127.0.0.1]:4}}'
	lab_start one
}

teardown_file() {
	lab_cleanup
}

setup() {
	lab_require
	require_program "$MQFLUSH"
	require_program "$MQADM"
	require_program "$MQLS"
	use one
	export MAILQ_TOOLS_STATE=$LAB_ROOT/state
}

teardown() {
	[ -z "${program:-}" ] || kill "$program" 2>/dev/null || true
	drop
}

# use INSTANCE
use() {
	etc=$LAB_ROOT/$1/etc
	spool=$LAB_ROOT/$1/spool
	log=$LAB_ROOT/$1/log
	port=$(lab_port "$1" 2>/dev/null) || true
}

mqflush() {
	capture "$MQFLUSH" -c "$etc" "$@"
}

drop() {
	local ids

	[ -d "$spool" ] || return 0
	ids=$(ids)
	[ -z "$ids" ] || postsuper -c "$etc" -d - <<<"$ids" 2>/dev/null
}

# ids [EXPRESSION]
ids() {
	"$MQLS" -c "$etc" -f ids ${1:+-w "$1"}
}

count_in() {
	find "$spool/$1" -type f | wc -l
}

# fill COUNT DOMAIN...: so many for each; deferred, and nobody is at work.
fill() {
	local count=$1 to

	shift
	for to; do
		smtp-source -m "$count" -s 4 -f from@from.example -t "x@$to" \
			"127.0.0.1:$port"
	done
	settle
	: >"$log"
}

settle() {
	# In the order in which they go, so that none slips past.
	lab_wait '[ "$(count_in incoming)" -eq 0 ] &&
		[ "$(count_in active)" -eq 0 ]' 60 'nobody is at work'
}

# tried [DOMAIN]: how many attempts the log has.
tried() {
	grep -caE "/(smtp|error)\[[0-9]+\]: [0-9A-F]+: to=<x@${1:-.*}>" \
		"$log" || true
}

# after: what was to be tried was, as a message is that comes later.
after() {
	smtp-source -f from@from.example -t x@z.end "127.0.0.1:$port"
	lab_wait '[ "$(tried z.end)" -eq 1 ]' 20 'the last one was tried'
	settle
}

@test "under cron: quiet, with nothing but what cron gives" {
	fill 2 a.example
	cron=(env -i PATH=/usr/bin:/bin HOME=/ LOGNAME=root SHELL=/bin/sh
		MAILQ_TOOLS_STATE="$MAILQ_TOOLS_STATE" setsid
		"$MQFLUSH" -c "$etc")
	for arguments in --all '--site a.example' \
		'--yes -w queue=deferred --skip-if-running --jitter 1s'; do
		: >"$log"
		# shellcheck disable=SC2086 # to be split
		capture "${cron[@]}" $arguments
		assert_status 0
		assert_stdout ''
		assert_stderr ''
		lab_wait '[ "$(tried a.example)" -eq 2 ]' 20 "$arguments"
		lab_wait '[ "$(grep -ca "/mqflush\[.*: flush: 2 done, user=root$" \
			"$log")" -eq 1 ]' 20 'the log has a line'
		settle
	done
}

@test "nothing to do is done" {
	for arguments in --all '--site a.example' '--yes -w size>1' \
		'--all --rate 1/s'; do
		# shellcheck disable=SC2086 # to be split
		mqflush $arguments
		assert_status 0
		assert_stdout ''
		assert_stderr ''
		# shellcheck disable=SC2086
		mqflush -v $arguments
		assert_status 0
		assert_stderr 'mqflush: nothing to flush'
	done
	mqflush -v - # an empty list of ids
	assert_status 0
	assert_stderr ''
}

@test "-v: one line, and those on hold are named" {
	fill 3 a.example
	capture "$MQADM" -c "$etc" hold "$(ids | head -n 1)"
	mqflush -v --all
	assert_status 0
	assert_stdout ''
	assert_stderr 'mqflush: handed to the queue manager: 2 messages; left on hold: 1 (mqadm release)'
	settle
	mqflush -v --site a.example
	assert_stderr 'mqflush: handed to the queue manager: 2 messages; left on hold: 1 (mqadm release)'
	mqflush -v --site b.example
	assert_stderr 'mqflush: nothing to flush'
	[ "$(count_in hold)" -eq 1 ]
}

@test "a site: no other mail is attempted, not even what is due" {
	fill 3 a.example b.example
	# All of these are due, as far as their times go.
	find "$spool/deferred" -type f -exec touch -d '-1 minute' {} +
	mqflush --site A.Example
	assert_status 0
	after
	[ "$(tried a.example)" -eq 3 ] || fail "a: $(tried a.example)"
	[ "$(tried b.example)" -eq 0 ] || fail "b: $(tried b.example)"
	# The control: whoever has the queue looked through tries them.
	: >"$log"
	lab_wait 'postkick -c "$etc" public qmgr D' 20
	lab_wait '[ "$(tried b.example)" -eq 3 ]' 20 'what is due is tried'
	settle
}

@test "a site that Postfix has given up for now is tried" {
	fill 12 a.example
	# It is known to be down.
	fill 1 a.example
	smtp-source -f from@from.example -t x@a.example "127.0.0.1:$port"
	lab_wait '[ "$(tried a.example)" -eq 1 ]' 20
	assert_in "$log" 'to=<x@a.example>.*\(delivery temporarily suspended: connect to 127.0.0.1\[127.0.0.1\]:3: Connection refused\)' 1
	settle
	for who in "$(ids | head -n 1)" '--site a.example --limit 1'; do
		: >"$log"
		# shellcheck disable=SC2086 # to be split
		mqflush $who
		assert_status 0
		lab_wait '[ "$(tried a.example)" -eq 1 ]' 20
		assert_not_in "$log" 'temporarily suspended'
		assert_in "$log" 'to=<x@a.example>.*status=deferred \(connect to 127.0.0.1\[127.0.0.1\]:3: Connection refused\)' 1
		settle
	done
}

@test "many at once, and those of the other site stay" {
	fill 1100 a.example
	fill 2 b.example
	mqflush -v --site a.example
	assert_status 0
	assert_stderr 'mqflush: handed to the queue manager: 1100 messages'
	lab_wait '[ "$(tried a.example)" -eq 1100 ]' 60
	after
	[ "$(tried b.example)" -eq 0 ] || fail "b: $(tried b.example)"
	: >"$log"
	mqflush -v --all
	assert_stderr 'mqflush: handed to the queue manager: 1103 messages'
	lab_wait '[ "$(tried '"'[ab].example'"')" -eq 1102 ]' 60
	settle
}

@test "ids: those, with old names, and what cannot be" {
	fill 2 a.example
	fill 1 b.example
	first=$(ids 'rcpt.domain = b.example')
	held=$(ids 'rcpt.domain = a.example' | head -n 1)
	printf '%s\n' "$first" >"$BATS_TEST_TMPDIR/ids"
	"$MQFLUSH" -c "$etc" - <"$BATS_TEST_TMPDIR/ids"
	after
	[ "$(tried b.example)" -eq 1 ] && [ "$(tried a.example)" -eq 0 ]
	# As if somebody else had held it, it comes back under another id.
	capture "$MQADM" -c "$etc" hold "$first" "$held"
	find "$spool/hold" -name "$first" -exec chmod g+r {} +
	capture "$MQADM" -c "$etc" release "$first"
	assert_in "$out" "^$first: renamed to " 1
	: >"$log"
	mqflush "$first"
	assert_status 0
	lab_wait '[ "$(tried b.example)" -eq 1 ]' 20
	settle
	mqflush "$held"
	assert_status 75
	assert_stderr "mqflush: $held: on hold: mqadm release lets it go
mqflush: handed to the queue manager: 0 messages; refused: 1"
	mqflush ABCDEF0123
	assert_status 66
	assert_stderr 'mqflush: ABCDEF0123: no such message in the queue'
	mqflush "$first" ABCDEF0123
	assert_status 75
	mqflush --quiet "$held" ABCDEF0123
	assert_status 75
	assert_stderr ''
	[ "$(count_in hold)" -eq 1 ] || fail 'what is on hold stays there'
}

# another: one that is at work until it is killed.
another() {
	"$MQFLUSH" -c "$etc" --all --rate 1/h >/dev/null \
		2>"$BATS_TEST_TMPDIR/another" </dev/null 3>&- &
	program=$!
	lab_wait '[ "$(tried a.example)" -ge 1 ]' 20 'it is at work'
}

@test "two at once: one fails, leaves it at that, or waits" {
	fill 4 a.example
	another
	mqflush --all
	assert_status 75
	assert_stderr "mqflush: another mqflush is at work (process $program): nothing was done; --wait-lock waits for it, --skip-if-running leaves it at that"
	mqflush --site a.example --skip-if-running
	assert_status 0
	assert_stderr ''
	mqflush --all --skip-if-running -v
	assert_status 0
	assert_stderr "mqflush: another mqflush is at work (process $program): nothing was done"
	# Who only looks needs no turn.
	mqflush --all --dry-run
	assert_status 0
	[ "$(tried a.example)" -eq 1 ] || fail 'something was tried'
	"$MQFLUSH" -c "$etc" --all --wait-lock -v >/dev/null \
		2>"$BATS_TEST_TMPDIR/waited" </dev/null 3>&- &
	waits=$!
	lab_wait 'grep -qs "FLOCK.*-> \|^.*-> FLOCK" /proc/locks ||
		! kill -0 $waits' 20 'it waits'
	[ ! -s "$BATS_TEST_TMPDIR/waited" ]
	kill -TERM "$program"
	status=0
	wait "$program" || status=$?
	program=
	[ "$status" -eq 75 ] || fail "the first: $status"
	assert_in "$BATS_TEST_TMPDIR/another" '^mqflush: stopped after 1 of 4 messages; the same command again goes on with the rest$' 1
	wait "$waits" || fail "the second: $?"
	assert_in "$BATS_TEST_TMPDIR/waited" '^mqflush: handed to the queue manager: 4 messages$' 1
	lab_wait '[ "$(tried a.example)" -eq 5 ]' 20
	settle
}

@test "one that was killed keeps nobody out" {
	fill 2 a.example
	another
	kill -KILL "$program"
	wait "$program" || true
	program=
	mqflush --all
	assert_status 0
	assert_stderr ''
	settle
}

@test "the mail system is down" {
	lab_new down
	lab_start down
	use down
	fill 2 a.example
	lab_stop down
	before=$(find "$spool/deferred" -type f -printf '%p %T@\n')
	id=$(ids | head -n 1)
	for arguments in --all '--site a.example' "$id" '--all --rate 1/s' \
		'--yes -w size>1'; do
		# shellcheck disable=SC2086 # to be split
		mqflush $arguments
		assert_status 69
		assert_stdout ''
		assert_stderr 'mqflush: the mail system is down: nothing was flushed'
	done
	mqflush --quiet --all
	assert_status 69
	assert_stderr ''
	[ "$before" = "$(find "$spool/deferred" -type f -printf '%p %T@\n')" ]
	# To look needs nobody.
	mqflush --dry-run --all
	assert_status 0
	assert_in "$out" '^2 messages, .* would be handed to the queue manager\.$' 1
	rm -f "$spool/public/qmgr"
	mqflush --all
	assert_status 69
}

@test "two instances: the one that runs is flushed" {
	lab_new first multi_instance_enable=yes
	lab_new second multi_instance_enable=yes \
		multi_instance_name=postfix-two
	lab_set first "multi_instance_directories=$LAB_ROOT/second/etc"
	default_is first
	for name in second first; do
		lab_start $name
		use $name
		fill 1 a.example
	done
	capture "${in_default[@]}" "$MQFLUSH" -v --site a.example
	assert_status 0
	assert_stderr 'mqflush: handed to the queue manager: 2 messages'
	for name in second first; do
		use $name
		lab_wait '[ "$(tried a.example)" -eq 1 ]' 20
		settle
	done
	lab_stop second
	for arguments in --all '--site a.example'; do
		: >"$log"
		# shellcheck disable=SC2086 # to be split
		capture "${in_default[@]}" "$MQFLUSH" $arguments
		assert_status 69
		assert_stderr 'mqflush: postfix-two: the mail system is down: nothing was flushed
mqflush: handed to the queue manager: 1 message; not begun: 1'
		lab_wait '[ "$(tried a.example)" -eq 1 ]' 20
		settle
	done
}

# excess RATE TRACE: renames that come before they may, in any span of time.
excess() {
	python3 - "$1" "$2" <<-'END'
		import re, sys

		rate = float(sys.argv[1])
		moves = [float(m.group(1)) for m in
		         (re.search(r"(\d+\.\d+) renameat2\(", line)
		          for line in open(sys.argv[2])) if m]
		assert moves, "no renames"
		print(len(moves), sum(k - i > (moves[k] - moves[i]) * rate + rate + 1
		          for i in range(len(moves)) for k in range(i, len(moves))))
	END
}

# paced COUNT RATE PER-SECOND: to a sink.
paced() {
	lab_new paced
	lab_start paced
	use paced
	fill "$1" a.example
	lab_sink paced
	lab_set paced "relayhost=[127.0.0.1]:$lab_port"
	lab_reload paced
	: >"$log"
	start=$(date +%s)
	trace=$BATS_TEST_TMPDIR/trace
	out=$BATS_TEST_TMPDIR/stdout err=$BATS_TEST_TMPDIR/stderr status=0
	captured="mqflush --rate $2"
	strace -f -ttt -e trace=renameat2 -o "$trace" "$MQFLUSH" -c "$etc" \
		-v --all --rate "$2" --stop-on-defer 20% \
		>"$out" 2>"$err" </dev/null || status=$?
	assert_status 0
	assert_stderr "mqflush: handed to the queue manager: $1 messages"
	lab_wait '[ "$(grep -ca status=sent "$log")" -eq '"$1"' ]' 60
	[ "$(excess "$3" "$trace")" = "$1 0" ] ||
		fail "in some span of time: $(excess "$3" "$trace")"
	[ "$(too_early "$3" "$start")" -eq 0 ] ||
		fail "$(too_early "$3" "$start") came too early"
}

@test "--rate: no more than so many in any span of time" {
	local count=100 rate=600/min each=10

	[ -z "${MQ_LONG:-}" ] || count=300 rate=60/min each=1
	paced $count $rate $each
	# The control: that they are counted.
	[ "$(excess 0.5 "$trace")" != "$count 0" ]
	[ "$each" -eq 1 ] || [ "$(too_early 0.5 "$start")" -gt 0 ]
}

@test "--stop-on-defer: a site that takes nothing gets no more" {
	lab_new stop
	lab_start stop
	use stop
	fill 150 a.example
	lab_sink stop -r rcpt
	lab_set stop "relayhost=[127.0.0.1]:$lab_port"
	lab_reload stop
	: >"$log"
	mqflush --all --rate 600/min --stop-on-defer 20%
	assert_status 75
	assert_in "$err" '^mqflush: ended early, and [0-9]+ left: of the last [0-9]+ messages that Postfix tried, [0-9]+ came back deferred, most often \([0-9]+\) for: .*45[0-9]' 1
	left=$(sed -n 's/.*early, and \([0-9]*\) left:.*/\1/p' "$err")
	[ "$left" -gt 0 ] || report 'nothing is left'
	assert_in "$err" "^mqflush: handed to the queue manager: $((150 - left)) messages; not begun: $left\$" 1
	after
	[ "$(tried a.example)" -eq $((150 - left)) ] ||
		fail "tried: $(tried a.example), left: $left"
}

@test "--rate: it ends when Postfix is stopped" {
	lab_new ends
	lab_start ends
	use ends
	fill 30 a.example
	"$MQFLUSH" -c "$etc" --all --rate 1/s >/dev/null \
		2>"$BATS_TEST_TMPDIR/stderr" </dev/null 3>&- &
	program=$!
	lab_wait '[ "$(tried a.example)" -ge 1 ]' 20 'it is at work'
	lab_stop ends
	status=0
	wait "$program" || status=$?
	program=
	[ "$status" -eq 75 ] || fail "status $status"
	assert_in "$BATS_TEST_TMPDIR/stderr" '^mqflush: ended early: it would all be tried at once when Postfix is started$' 1
}

@test "--limit, --per-domain and --dry-run" {
	fill 3 a.example b.example
	mqflush -v --all --per-domain 1
	assert_status 0
	assert_stderr 'mqflush: handed to the queue manager: 2 messages; left for a later run: 4 (--per-domain)'
	after
	[ "$(tried a.example)" -eq 1 ] && [ "$(tried b.example)" -eq 1 ]
	: >"$log"
	mqflush --site .example --limit 4 --rate 10/s
	assert_status 0
	lab_wait '[ "$(tried "[ab].example")" -eq 4 ]' 20
	settle
	: >"$log"
	mqflush --dry-run --all --rate 2/s
	assert_status 0
	assert_in "$out" '^7 messages, .* would be handed to the queue manager\.$' 1
	assert_in "$out" '^At 2/s that takes 3s' 1
	after
	[ "$(tried '[ab].example')" -eq 0 ]
}

# on_tty ANSWER ARGUMENT...: there, with this answer typed.
on_tty() {
	local answer=$1 command

	shift
	printf -v command '%q ' "$MQFLUSH" -c "$etc" "$@"
	out=$BATS_TEST_TMPDIR/stdout err=/dev/null status=0
	captured="$command"
	printf '%s' "$answer" | timeout 60 script -qefc "$command" /dev/null \
		>"$out" || status=$?
	sed -i 's/\r*$//' "$out"
}

@test "what is asked, and where nobody can answer" {
	fill 2 a.example
	mqflush -w 'rcpt.domain = a.example'
	assert_status 64
	assert_in "$err" '^mqflush: a selection needs --yes where nobody can be asked; look at it with --dry-run first$' 1
	on_tty $'n\n' --all
	assert_status 75
	assert_in "$out" '^mqflush: try to deliver 2 messages now\? \[y/N\] ' 1
	assert_in "$out" 'mqflush: nothing was flushed$' 1
	on_tty $'y\n' --site a.example
	assert_status 0
	lab_wait '[ "$(tried a.example)" -eq 2 ]' 20
	settle
	on_tty '' --yes -w 'rcpt.domain = a.example' --limit 1
	assert_status 0
	assert_not_in "$out" '\?'
	on_tty '' "$(ids | head -n 1)"
	assert_status 0
	assert_not_in "$out" '\?'
	settle
}

@test "who may" {
	install -m 755 "$MQFLUSH" "$LAB_ROOT/mqflush"
	capture "${as_nobody[@]}" "$LAB_ROOT/mqflush" -c "$etc" --all
	assert_status 77
	assert_in "$err" 'only root and the owner of the queue \(postfix\) may change it' 1
}

# refused TEXT ARGUMENT...
refused() {
	mqflush "${@:2}"
	assert_status 64
	assert_in "$err" "^mqflush: $1" 1
}

@test "what makes no sense is refused" {
	local site

	refused 'which messages\?'
	refused 'give --all, ids, or a selection' --all --site a.example
	refused 'give --all, ids, or a selection' --all A1
	refused 'give --all, ids, or a selection' --site a.example A1
	refused '--wait-lock and --skip-if-running' --all --wait-lock \
		--skip-if-running
	refused '--quiet and --verbose' -q -v --all
	refused '--jitter: "2d"' --all --jitter 2d
	refused '--jitter: "x"' --all --jitter x
	refused '--stop-on-defer needs --rate' --all --stop-on-defer 20%
	refused '--rate: "60" is not a rate' --all --rate 60
	refused '--limit: "0" is not' --all --limit 0
	for site in '' . 'a b' '*' 'a"b' "a'b" 'a(b' 'x@a.example' 'a?'; do
		mqflush --site "$site"
		assert_status 64
		assert_in "$err" '^mqflush: --site: ".*" is not a domain such as example.org or .example.org$' 1
	done
	mqflush --site 例え.example --site '[127.0.0.1]' --site a_b.example
	assert_status 0
}
