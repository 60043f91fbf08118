#!/usr/bin/env bats
# spoolgen writes what Postfix writes: a real Postfix lists it, reads it,
# finds nothing to repair, and delivers all of it.
#
# MQ_LONG=1 makes more messages, and of more kinds.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2154 # out, err and lab_port are set by functions

load helper

setup() {
	SPOOLGEN=$MQ_BUILD/tests/gen/spoolgen
	require_program "$SPOOLGEN"
	manifest=$BATS_TEST_TMPDIR/manifest
	count=150
	[ -z "${MQ_LONG:-}" ] || count=3000
}

teardown() {
	lab_cleanup
}

# generate NAME OPTION...: fill the instance's spool.  The time is ahead, so
# that nothing is due while we look at it.
generate() {
	local name=$1

	shift
	"$SPOOLGEN" --now $(($(date +%s) + 3600)) --manifest "$manifest" \
		"$@" "$LAB_ROOT/$name/spool"
}

# What Postfix lists, in the manifest's words.  A requeued message has two
# sizes, and which of them is shown depends on the version.
wanted_list() {
	jq -cS 'select(.listed) | {
		queue, id, arrival, forced_expire,
		size: (if .queue == "maildrop" and .created
			then null else .size end),
		sender: (if .sender == "" then "MAILER-DAEMON"
			else .sender_text end),
		recipients: [.recipients[] | select(.state == "left") |
			[.text, .reason]] | sort
	}' "$manifest" | sort
}

found_list() {
	jq -cS --slurpfile manifest "$manifest" '
		([$manifest[] | select(.queue == "maildrop" and .created) |
			.id]) as $requeued |
	{
		queue: .queue_name, id: .queue_id, arrival: .arrival_time,
		forced_expire,
		size: (if IN(.queue_id; $requeued[])
			then null else .message_size end),
		sender,
		recipients: [.recipients[] | [.address, .delay_reason]] | sort
	}' | sort
}

assert_list() {
	postqueue -c "$LAB_ROOT/$1/etc" -j 2>"$BATS_TEST_TMPDIR/warnings" |
		found_list >"$BATS_TEST_TMPDIR/found"
	wanted_list >"$BATS_TEST_TMPDIR/wanted"
	[ -s "$BATS_TEST_TMPDIR/wanted" ] || fail "nothing was made"
	assert_same_file "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/found"
}

# Neither places nor inode numbers are wrong, not even in long names.
assert_nothing_to_repair() {
	capture postsuper -c "$LAB_ROOT/$1/etc" -s
	assert_status 0
	assert_stderr ''
	capture postsuper -c "$LAB_ROOT/$1/etc" -s -S
	assert_status 0
	assert_stderr ''
}

# Warnings come when a daemon stumbles over something in a file.
assert_quiet_log() {
	assert_not_in "$LAB_ROOT/$1/log" '(warning|error|fatal|panic): '
}

# What the sink has to get: each recipient, and each text whole and as the
# last edit left it.  A line is `MESSAGE to RECIPIENT from SENDER', or
# `MESSAGE LINES HEADER|HEADER|...'.
wanted_mail() {
	jq -r 'select(.queue != "hold") |
		. as $m |
		(.recipients[] | select(.state == "left") |
			"\($m.n) to <\(.text)> from <\($m.sender_text)>"),
		"\(.n) \(.lines) \(.headers | map(gsub("\n"; " ")) | join("|"))"
	' "$manifest" | sort
}

# The sink prepends lines of its own, and the first two Received: headers
# are the sink's and the one that tells of us.
delivered_mail() {
	awk '
	function finish() {
		if (number == "")
			return
		for (i = 1; i <= rcpts; i++)
			print number " to " rcpt[i] " from " sender
		print number " " lines " " headers
		number = ""
	}
	function begin() {
		finish()
		in_body = rcpts = lines = received = 0
		headers = ""
	}
	/^X-Client-Addr: / { begin() }
	in_body {
		lines++
		if (match($0, /^End of message [0-9]+\.$/)) {
			number = $4 + 0
			finish()
		}
		next
	}
	/^X-(Client-Addr|Client-Proto|Helo-Args): / { next }
	/^X-Mail-Args: / { sender = $2; next }
	/^X-Rcpt-Args: / { rcpt[++rcpts] = $2; next }
	/^$/ { in_body = 1; next }
	/^Received: / && received < 2 { received++; ours = 1; next }
	/^[ \t]/ {
		if (!ours)
			headers = headers " " $0
		next
	}
	{
		headers = headers (headers == "" ? "" : "|") $0
		ours = 0
	}' "$1" | sort | uniq
}

# relay_to_sink NAME: all mail goes there, into one file.
relay_to_sink() {
	dump=$LAB_ROOT/$1/sink/mail.
	mkdir -m 777 "$LAB_ROOT/$1/sink"
	lab_sink "$1" -R "$LAB_ROOT/$1/sink" -D mail.
	lab_set "$1" "relayhost = [127.0.0.1]:$lab_port"
}

flush() {
	spool=$LAB_ROOT/$1/spool
	postqueue -c "$LAB_ROOT/$1/etc" -f
	# Messages move forth and back while find goes through the queues.
	lab_wait '[ -z "$(find "$spool/maildrop" "$spool/deferred" \
		"$spool/incoming" "$spool/active" "$spool/deferred" \
		-type f)" ]' 300 'the queue is empty'
	[ "$(find "$spool/corrupt" -type f | wc -l)" -eq 0 ] ||
		fail "Postfix took files for damaged"
}

# deliver NAME: everything, and look at what has arrived.
deliver() {
	relay_to_sink "$1"
	lab_reload "$1"
	flush "$1"
	wanted_mail >"$BATS_TEST_TMPDIR/wanted"
	delivered_mail "$dump" >"$BATS_TEST_TMPDIR/delivered"
	assert_same_file "$BATS_TEST_TMPDIR/wanted" \
		"$BATS_TEST_TMPDIR/delivered"
	[ "$(grep -c '^X-Rcpt-Args: ' "$dump")" -eq \
		"$(grep -c ' to <' "$BATS_TEST_TMPDIR/wanted")" ] ||
		fail "somebody got it twice"
}

# prove PARAM=VALUE... -- OPTION...: all of it, in one instance.
prove() {
	local params=()

	lab_require
	while [ "$1" != -- ]; do
		params+=("$1")
		shift
	done
	shift
	lab_new q "${params[@]}"
	generate q --count "$count" --milter-share 50 --behind-share 20 \
		--both-share 20 --done-share 25 --no-log-share 10 \
		--large-share 2 --large-size 3000000 "$@"
	[ "$(wc -l <"$manifest")" -eq "$count" ]
	lab_start q
	assert_list q
	assert_nothing_to_repair q
	deliver q
	assert_quiet_log q
}

@test "short names, no queue hashed" {
	prove hash_queue_names=none -- --hash-depth 0
}

@test "short names, depth 2" {
	prove hash_queue_depth=2 -- --hash-depth 2 --seed 2
}

@test "long names, depth 1" {
	prove enable_long_queue_ids=yes -- --long-ids --seed 3
}

@test "long names, all queues hashed" {
	local queues=deferred,defer,active,incoming,hold,bounce

	prove enable_long_queue_ids=yes hash_queue_depth=2 \
		"hash_queue_names=$queues" -- \
		--long-ids --hash-depth 2 --hash-queues "$queues" --seed 4
}

@test "short names, depth 1" {
	prove hash_queue_depth=1 -- --seed 5
}

@test "long names, no queue hashed" {
	prove enable_long_queue_ids=yes hash_queue_names=none -- \
		--long-ids --hash-depth 0 --seed 6
}

@test "many recipients, in both places" {
	lab_require
	lab_new q
	generate q --count 3 --recipients 700 --both-share 100 \
		--behind-share 50 --milter-share 100 --domain big.example
	[ "$(jq -s 'map(.recipients | length) | min' "$manifest")" -ge 701 ]
	lab_start q
	assert_list q
	deliver q
	assert_quiet_log q
}

# A start of Postfix moves what is in active; so the list comes before.
@test "mail in every queue" {
	lab_require
	lab_new q
	: >"$BATS_TEST_TMPDIR/all"
	local queue n=0

	for queue in maildrop incoming active deferred hold; do
		n=$((n + 1))
		generate q --count 30 --queue $queue --append --seed $n \
			--milter-share 30 --behind-share 30
		cat "$manifest" >>"$BATS_TEST_TMPDIR/all"
	done
	mv "$BATS_TEST_TMPDIR/all" "$manifest"
	assert_list q
	assert_nothing_to_repair q
	[ "$(find "$LAB_ROOT/q/spool/maildrop" -type f -perm 744 | wc -l)" \
		-eq 30 ]
	[ "$(find "$LAB_ROOT/q/spool/hold" -type f -perm 700 | wc -l)" -eq 30 ]
	relay_to_sink q
	lab_start q
	flush q
	# Not the texts: on its way from maildrop, mail gets headers.
	wanted_mail | grep ' to <' >"$BATS_TEST_TMPDIR/wanted"
	delivered_mail "$dump" | grep ' to <' >"$BATS_TEST_TMPDIR/delivered"
	assert_same_file "$BATS_TEST_TMPDIR/wanted" \
		"$BATS_TEST_TMPDIR/delivered"
	assert_quiet_log q
}

# The sample is full of mail that waits, and Postfix would begin to work on
# it; without Postfix, its tools read the files all the same.
@test "the sample is listed" {
	lab_require
	lab_new q
	generate q
	assert_list q
	assert_in "$BATS_TEST_TMPDIR/warnings" 'Mail system is down'
	assert_nothing_to_repair q
}

@test "the sample is listed, with long names" {
	lab_require
	lab_new q enable_long_queue_ids=yes hash_queue_depth=2
	generate q --long-ids --hash-depth 2 --seed 7
	assert_list q
	assert_nothing_to_repair q
}

# The recipients that postcat shows, with their states.
shown_rcpts() {
	sed -n -e 's/^recipient: /left /p' -e 's/^done_recipient: /done /p' \
		-e 's/^canceled_recipient: /canceled /p' "$1" | sort
}

@test "the sample is read by postcat" {
	lab_require
	lab_new q
	generate q
	local id

	jq -r 'select(.listed and (.damaged | not)) | .id' "$manifest" |
		while read -r id; do
			capture postcat -c "$LAB_ROOT/q/etc" -q "$id"
			assert_status 0
			assert_stderr ''
			shown_rcpts "$out" >"$BATS_TEST_TMPDIR/found"
			jq -r "select(.id == \"$id\") | .recipients[] |
				\"\(.state) \(.address)\"" "$manifest" |
				sort >"$BATS_TEST_TMPDIR/wanted"
			assert_same_file "$BATS_TEST_TMPDIR/wanted" \
				"$BATS_TEST_TMPDIR/found"
			assert_in "$out" '^\*\*\* MESSAGE FILE END ' 1
		done
}

@test "the sample has a damaged file, and one that is being written" {
	lab_require
	lab_new q
	generate q
	id=$(jq -r 'select(.damaged) | .id' "$manifest")
	capture postcat -c "$LAB_ROOT/q/etc" -q "$id"
	assert_status 1
	assert_in "$err" 'unexpected EOF in data'
	path=$LAB_ROOT/q/spool/$(jq -r 'select(.listed | not) | .path' \
		"$manifest")
	[ "$(stat -c %a "$path")" = 600 ]
	[ "$(head -c 97 "$path" | tail -c 95 | tr -d ' ')" = 000000 ]
}

# Whoever looks for something finds it in the sample.
assert_sample() {
	[ "$(jq -s "[.[] | select($1)] | length" "$manifest")" -ge "$2" ] ||
		fail "not $2 messages with: $1"
}

@test "the sample is a Monday morning" {
	"$SPOOLGEN" --manifest "$manifest" "$BATS_TEST_TMPDIR/spool"
	assert_sample '.queue' 300
	assert_sample '.queue == "active"' 10
	assert_sample '.queue == "incoming"' 5
	assert_sample '.queue == "hold"' 8
	assert_sample '.queue == "maildrop"' 4
	assert_sample '.sender == ""' 20
	assert_sample '.sasl_user == "tony" and
		.client_address == "203.0.113.66"' 120
	assert_sample '[.recipients[].state] | index("done") and
		index("left") and length == 60' 3
	assert_sample '.forced_expire' 1
	assert_sample '.edited' 1
	assert_sample '.smtputf8' 5
	assert_sample '.warn == -1' 30
	assert_sample '.warn > 0' 30
	assert_sample '[.headers[] | select(startswith("Received"))] |
		length == 29' 1
	for reason in 'Host not found' 'Connection timed out' \
		'Connection refused' 'TLS is required' 'handshake failure' \
		Greylist '421-4.7.28' 'listed at' '452 4.2.2' \
		'loops back to myself' 'temporarily suspended' \
		'refused to talk to me'; do
		assert_sample "[.recipients[].reason // \"\" |
			contains(\"$reason\")] | any" 1
	done
}

# All names are reserved for documents, so that nobody is written to.
@test "the sample names nobody who exists" {
	"$SPOOLGEN" --manifest "$manifest" "$BATS_TEST_TMPDIR/spool"
	jq -r '(.recipients[].address, .sender | select(contains("@"))),
		(.client_name | values | select(. != "unknown"))' \
		"$manifest" | sed 's/.*@//' | sort -u \
		>"$BATS_TEST_TMPDIR/domains"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/domains")" -gt 20 ]
	run ! grep -vE '(^|\.)example(\.(com|net|org))?$' \
		"$BATS_TEST_TMPDIR/domains"
}

# Times, modes and owners are what a reader looks at first.
@test "files look right from outside" {
	local dir=$BATS_TEST_TMPDIR/spool next path

	"$SPOOLGEN" --manifest "$manifest" --count 20 --now 1800000000 "$dir"
	jq -r '"\(.next) \(.path)"' "$manifest" | while read -r next path; do
		[ "$(stat -c '%a %X %Y' "$dir/$path")" = "700 $next $next" ]
		[ "$next" -gt $((1800000000 - 130)) ]
		[ "$(stat -c %a "$dir/defer/${path#deferred/}")" = 600 ]
	done
	[ "$(stat -c %a "$dir" "$dir/maildrop" "$dir/public" "$dir/deferred" \
		"$dir/pid" | tr '\n' ' ')" = '755 730 710 700 755 ' ]
	[ -z "$(find "$dir" -name '*.*')" ]
}

# without ids, which have inode numbers in them, and what depends on those
contents() {
	jq -cS 'del(.id, .path, .size, .file_size, .recipients[].offset)' \
		"$1" | sort
}

@test "the same seed makes the same mail, with any number of threads" {
	local n

	for n in 1 2 3; do
		"$SPOOLGEN" --manifest "$manifest.$n" --count 100 --seed 5 \
			--threads $n --now 1800000000 --milter-share 50 \
			"$BATS_TEST_TMPDIR/spool$n"
		contents "$manifest.$n" >"$BATS_TEST_TMPDIR/contents.$n"
	done
	assert_same_file "$BATS_TEST_TMPDIR/contents.1" \
		"$BATS_TEST_TMPDIR/contents.2"
	assert_same_file "$BATS_TEST_TMPDIR/contents.1" \
		"$BATS_TEST_TMPDIR/contents.3"
	"$SPOOLGEN" --manifest "$manifest.4" --count 100 --seed 6 \
		--now 1800000000 "$BATS_TEST_TMPDIR/spool4"
	contents "$manifest.4" >"$BATS_TEST_TMPDIR/contents.4"
	run ! cmp -s "$BATS_TEST_TMPDIR/contents.1" \
		"$BATS_TEST_TMPDIR/contents.4"
}

@test "it does not write where something is" {
	mkdir "$BATS_TEST_TMPDIR/full"
	: >"$BATS_TEST_TMPDIR/full/file"
	capture "$SPOOLGEN" "$BATS_TEST_TMPDIR/full"
	assert_status 73
	assert_in "$err" 'is not empty \(--append adds to it\)'
	capture "$SPOOLGEN" --append --count 1 "$BATS_TEST_TMPDIR/full"
	assert_status 0
	[ "$(find "$BATS_TEST_TMPDIR/full/deferred" -type f | wc -l)" -eq 1 ]
}

@test "mistakes in the options" {
	capture "$SPOOLGEN" --help
	assert_status 0
	[ "$(wc -l <"$out")" -le 24 ]
	capture "$SPOOLGEN" --count many x
	assert_status 64
	assert_in "$err" "'many' is not a number"
	capture "$SPOOLGEN" --size 10 x
	assert_status 64
	assert_in "$err" '--size goes with --count'
	capture "$SPOOLGEN" --count 1 --queue bounce x
	assert_status 64
	assert_in "$err" "'bounce' is not a queue for messages"
	capture "$SPOOLGEN" --count 1 --hash-queues maildrop x
	assert_status 64
	assert_in "$err" 'maildrop queue must not be hashed'
	capture "$SPOOLGEN"
	assert_status 64
	[ ! -e x ]
}
