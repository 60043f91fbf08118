#!/usr/bin/env bats
# Whose queue mqls reads, and as whom: privileges, instances, --spool, and
# callers who get Postfix's own listing.
#
# shellcheck disable=SC2016 # scripts are written for another shell to expand
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2154 # some are set by what is loaded

load helper
load craft
load sample
load instances

setup_file() {
	monday
	# For users who cannot reach the build folder.
	bin=$BATS_FILE_TMPDIR/bin
	mkdir -m 755 "$bin"
	install -m 755 "$MQLS" "$bin/mqls"
	MQLS=$bin/mqls
	export MQLS
}

setup() {
	open_folders
	total=$(of_manifest 'select(.listed) | .id' | wc -l)
}

teardown() {
	# A test that failed may leave mqls waiting for a reader.
	exec 9>&- 8>&-
	[ -z "${mqls_pid:-}" ] || wait "$mqls_pid" 2>/dev/null || true
	lab_cleanup
}

needs_root() {
	am_root || lab_skip "only root can become somebody else"
}

# stand_in NAME: a program in place of Postfix's postqueue, that prints what
# Postfix's own has listed before.
stand_in() {
	local dir=$LAB_ROOT/$1/sbin

	[ -d "$dir" ] || mkdir -m 755 "$dir"
	postqueue -c "$(etc "$1")" -j >"$LAB_ROOT/$1/listing" 2>/dev/null
	cat >"$dir/postqueue" <<-END
		#!/bin/sh
		[ "\$*" = "-c $(etc "$1") -j" ] || {
			echo "postqueue: fatal: called with \$*" >&2
			exit 1
		}
		cat '$LAB_ROOT/$1/listing'
	END
	chmod 755 "$dir/postqueue"
	lab_set "$1" "command_directory=$dir"
}

# fill_pipe COMMAND...: run it until it waits for its reader.  $mqls_pid.
fill_pipe() {
	local pipe=$BATS_TEST_TMPDIR/pipe

	mkfifo "$pipe"
	exec 9<>"$pipe"
	"$@" >"$pipe" 2>"$BATS_TEST_TMPDIR/talk" 3>&- 9>&- &
	mqls_pid=$!
	lab_wait 'blocked "$mqls_pid" || ! kill -0 "$mqls_pid"' 30 'it waits'
	blocked "$mqls_pid"
}

# In the system call write(2), on standard output.
blocked() {
	grep -qsE '^1 0x1 ' "/proc/$1/syscall" ||
		grep -qs 'pipe_w' "/proc/$1/wchan"
}

# empty_pipe: nobody wants the rest; it ends.
empty_pipe() {
	exec 9>&-
	status=0
	wait "$mqls_pid" || status=$?
	mqls_pid=
	[ "$status" -eq 0 ] || fail "status $status: $(cat "$BATS_TEST_TMPDIR/talk")"
}

# assert_is_only USER: all threads, for good.
assert_is_only() {
	local uid gid file groups

	uid=$(id -u "$1")
	gid=$(id -g "$1")
	groups=${2:-$gid}
	for file in "/proc/$mqls_pid"/task/*/status; do
		assert_in "$file" "^Uid:	$uid	$uid	$uid	$uid\$"
		assert_in "$file" "^Gid:	$gid	$gid	$gid	$gid\$"
		assert_in "$file" "^Groups:	$groups *\$"
		assert_in "$file" '^Cap(Eff|Prm|Amb):	0+$' 3
		assert_in "$file" '^NoNewPrivs:	1$'
	done
}

@test "root becomes mail_owner before it reads the queue" {
	needs_root
	instance q "$spool"
	fill_pipe "$MQLS" -c "$(etc q)" -f jsonl
	assert_is_only "$(postconf -d -xh mail_owner)"
	# It is really at it.
	[ -n "$(find "/proc/$mqls_pid/fd" -lname "$spool")" ]
	empty_pipe
}

@test "root becomes the owner of a queue directory without Postfix" {
	needs_root
	fill_pipe "$MQLS" --spool "$spool" -f jsonl
	assert_is_only "$(stat -c %U "$spool/deferred")"
	[ -n "$(find "/proc/$mqls_pid/fd" -lname "$spool")" ]
	empty_pipe
}

@test "as root nothing of the queue is opened" {
	local trace=$BATS_TEST_TMPDIR/trace line

	needs_root
	strace -o /dev/null true 2>/dev/null || skip "strace is of no use here"
	instance q "$spool"
	for arguments in "-c $(etc q)" "--spool $spool"; do
		# shellcheck disable=SC2086 # the words are meant
		strace -f -o "$trace" -e trace=%file,%creds "$MQLS" \
			$arguments --count >/dev/null
		line=$(grep -n 'setresuid(' "$trace" | head -n 1 | cut -d : -f 1)
		[ "$line" -gt 0 ]
		head -n "$line" "$trace" | grep -v main.cf >"$trace.before"
		tail -n "+$line" "$trace" >"$trace.after"
		assert_not_in "$trace.before" "open.*$spool"
		assert_in "$trace.after" "open.*\"$spool\""
		assert_in "$trace.after" 'open.*"deferred'
	done
}

@test "its owner reads a queue directory directly, all others must not" {
	needs_root
	local owner

	owner=$(stat -c %U "$spool/deferred")
	mqls --count
	assert_stdout "$total"
	capture setpriv --reuid "$owner" --regid "$(id -g "$owner")" \
		--clear-groups "$MQLS" --spool "$spool" -f jsonl
	assert_status 75
	assert_lines "$total"
	assert_in "$out" '"delivered": \[\{'
	capture setpriv --reuid daemon --regid daemon --clear-groups \
		"$MQLS" --spool "$spool"
	assert_status 77
	assert_stdout ''
	assert_in "$err" '^mqls: .*deferred: Permission denied; run it as root, or as the owner of the queue$' 1
}

@test "mail_owner reads the spool directly" {
	needs_root
	instance q "$spool"
	local owner

	owner=$(postconf -d -xh mail_owner)
	capture setpriv --reuid "$owner" --regid "$(id -g "$owner")" \
		--clear-groups "$MQLS" -c "$(etc q)" -f jsonl
	assert_status 75
	assert_lines "$total"
	assert_in "$out" '"path": "deferred/'
}

@test "MAIL_CONFIG, and -c before it" {
	local full=$spool

	instance q "$spool"
	owner=$(postconf -d -xh mail_owner) make_spool "$LAB_ROOT/empty"
	spool=$full
	instance other "$LAB_ROOT/empty"
	MAIL_CONFIG=$(etc q) capture "$MQLS" --count
	assert_status 0
	assert_stdout "$total"
	MAIL_CONFIG=$(etc other) capture "$MQLS" --count
	assert_stdout 0
	MAIL_CONFIG=$(etc other) capture "$MQLS" --count -c "$(etc q)"
	assert_stdout "$total"
	MAIL_CONFIG=$(etc other) capture "$MQLS" --count \
		--postfix-config="$(etc q)"
	assert_stdout "$total"
	MAIL_CONFIG=$(etc other) capture "$MQLS" --count --spool "$spool"
	assert_stdout "$total"
}

@test "a configuration that is none" {
	lab_require
	capture "$MQLS" -c /no/such/folder
	assert_stdout ''
	assert_in "$err" '^mqls: .*/no/such/folder' 1
	[ "$status" -ne 0 ] || report "no failure"
	instance q "$LAB_ROOT/nowhere"
	capture "$MQLS" -c "$(etc q)"
	assert_status 66
	assert_stdout ''
	assert_in "$err" '^mqls: .*/nowhere: no such directory; name a queue directory with --spool DIR$' 1
	lab_set q "queue_directory=$spool" mail_owner=no-such-user
	capture "$MQLS" -c "$(etc q)"
	assert_status 65
	assert_stdout ''
	assert_in "$err" '^mqls: mail_owner: no user "no-such-user"' 1
	lab_set q mail_owner=postfix maximal_queue_lifetime=often
	capture "$MQLS" -c "$(etc q)"
	assert_status 65
	assert_in "$err" '^mqls: maximal_queue_lifetime: not a time: "often"$' 1
}

@test "all instances are listed, and ids say of which" {
	have_lab
	two_instances
	capture "${in_default[@]}" "$MQLS" -f ids
	assert_status 0
	assert_in "$out" '^postfix/[0-9A-F]+$' 3
	assert_in "$out" '^postfix-two/[0-9B-Zb-z]+$' 2
	assert_lines 5
	cp "$out" "$BATS_TEST_TMPDIR/ids"
	capture "${in_default[@]}" "$MQLS" -o id,instance
	assert_in "$out" '^postfix-two/[^ ]+ +postfix-two$' 2
	capture "${in_default[@]}" "$MQLS" -f tsv -o id --no-headings
	assert_same_file "$out" "$BATS_TEST_TMPDIR/ids"
	capture "${in_default[@]}" "$MQLS" -f jsonl
	jq -r '"\(.instance)/\(.queue_id)"' "$out" >"$BATS_TEST_TMPDIR/json"
	assert_same_file "$BATS_TEST_TMPDIR/json" "$BATS_TEST_TMPDIR/ids"
	capture "${in_default[@]}" "$MQLS" --instance all --count
	assert_stdout 5
	# With -c or MAIL_CONFIG there is one.
	capture "${in_default[@]}" "$MQLS" -c "$(etc one)" --count
	assert_stdout 3
	MAIL_CONFIG=$(etc two) capture "${in_default[@]}" "$MQLS" -f ids
	assert_not_in "$out" /
	assert_lines 2
}

@test "one of several instances" {
	have_lab
	two_instances
	capture "${in_default[@]}" "$MQLS" --instance postfix-two -f ids
	assert_status 0
	assert_lines 2
	assert_not_in "$out" /
	capture "${in_default[@]}" "$MQLS" --instance=postfix --count
	assert_stdout 3
	capture "${in_default[@]}" "$MQLS" --instance nobody
	assert_status 66
	assert_stdout ''
	assert_stderr 'mqls: no instance "nobody"'
}

@test "ids of one of several instances" {
	local id

	have_lab
	two_instances
	id=$(of_manifest -s '.[0].id')
	for name in "$id" "postfix-two/$id"; do
		capture "${in_default[@]}" "$MQLS" -f ids "$name"
		assert_status 0
		assert_stdout "postfix-two/$id"
		capture "${in_default[@]}" "$MQLS" -f ids \
			--instance postfix-two "$name"
		assert_status 0
		assert_stdout "$id"
	done
	capture "${in_default[@]}" "$MQLS" -f ids "postfix/$id"
	assert_status 66
	assert_stdout ''
	assert_stderr "mqls: postfix/$id: no such message in the queue"
	capture "${in_default[@]}" "$MQLS" -f ids "$id" "postfix-two/$id"
	assert_status 0
	assert_stdout "postfix-two/$id"
	capture "${in_default[@]}" "$MQLS" -f ids "$id" "postfix/$id"
	assert_status 75
	assert_stdout "postfix-two/$id"
	# The output of a list of ids is a list of ids.
	capture "${in_default[@]}" "$MQLS" -f ids
	cp "$out" "$BATS_TEST_TMPDIR/ids"
	capture "${in_default[@]}" sh -c '"$0" -f ids - <"$1"' "$MQLS" \
		"$BATS_TEST_TMPDIR/ids"
	assert_status 0
	sort -o "$out" "$out"
	sort "$BATS_TEST_TMPDIR/ids" | cmp - "$out"
}

@test "an instance without a name has that of its folder" {
	have_lab
	two_instances
	postconf -c "$(etc two)" -X multi_instance_name
	lab_age two
	capture "${in_default[@]}" "$MQLS" --instance etc --count
	assert_status 0
	assert_stdout 2
}

@test "one of several instances has no spool: the others are listed" {
	have_lab
	two_instances
	mv "$LAB_ROOT/second" "$LAB_ROOT/gone"
	capture "${in_default[@]}" "$MQLS" -f ids
	assert_status 75
	assert_lines 3
	assert_in "$err" '^mqls: postfix-two: .*/second: no such directory$' 1
}

@test "instances of different owners: not in one run" {
	needs_root
	have_lab
	two_instances
	lab_set two mail_owner=nobody
	capture "${in_default[@]}" "$MQLS"
	assert_status 77
	assert_stdout ''
	assert_stderr 'mqls: instance "postfix-two" has another mail_owner than "postfix": choose one with --instance'
	capture "${in_default[@]}" "$MQLS" --instance postfix --count
	assert_status 0
	assert_stdout 3
	chown -R nobody "$LAB_ROOT/second"
	capture "${in_default[@]}" "$MQLS" --instance postfix-two --count
	assert_status 0
	assert_stdout 2
}

@test "anyone gets what Postfix's own postqueue lists" {
	needs_root
	instance q "$spool"
	stand_in q
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" -f jsonl
	assert_status 0
	assert_stderr ''
	assert_lines "$(wc -l <"$LAB_ROOT/q/listing")"
	# The same messages with the same values.
	for file in "$out" "$LAB_ROOT/q/listing"; do
		jq -c '[.queue_name, .queue_id, .arrival_time, .message_size,
			.forced_expire, .sender, [.recipients[] |
			[.address, .delay_reason]]]' "$file" >"$file.values"
	done
	assert_same_file "$out.values" "$LAB_ROOT/q/listing.values"
}

@test "what only the spool can tell is not known then, and not zero" {
	needs_root
	instance q "$spool"
	stand_in q
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" -f jsonl
	run jq -r 'keys[]' "$out"
	output=$(sort -u <<<"$output" | paste -sd ' ')
	[ "$output" = "arrival_time forced_expire message_size null_sender queue_id queue_name recipients sender" ] ||
		report "members: $output"
	# Of these the manual says so.
	fields=$(sed -n '/^Not known without privileges/,/^\.Cm fault ;$/s/^\.Cm//p' \
		"$MQ_SRC/man/mqls.1" | tr -d ' ;' | sed 's/,$//' | paste -sd ,)
	[[ $fields == path,hold.by,*,fault ]] || fail "fields: $fields"
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" -f tsv --no-headings \
		-o "$fields"
	assert_status 0
	[ -z "$(tr -d '\t\n' <"$out")" ] || report "something is told"
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" -f tsv --no-headings \
		-o rcpts
	assert_not_in "$out" '^[0-9]+/[0-9]+$'
	assert_in "$out" '^[0-9]+/\?$' "$(wc -l <"$LAB_ROOT/q/listing")"
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" corrupt
	assert_status 77
	assert_stdout ''
	assert_in "$err" 'the corrupt queue is not listed by'
}

@test "unprivileged: queues, ids, order, counts" {
	local id

	needs_root
	instance q "$spool"
	stand_in q
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" --count hold active
	assert_stdout "$(of_manifest 'select(.queue == "hold" or
		.queue == "active") | .id' | wc -l)"
	id=$(of_manifest -s '[.[] | select(.queue == "hold")][0].id')
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" -f ids "$id" ABCDEF1
	assert_status 75
	assert_stdout "$id"
	assert_stderr 'mqls: ABCDEF1: no such message in the queue'
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" -f ids -s -size -n 3
	assert_status 0
	cp "$out" "$BATS_TEST_TMPDIR/ids"
	jq -r '"\(.message_size) \(.queue_id)"' "$LAB_ROOT/q/listing" |
		sort -s -k 1,1nr | head -n 3 | cut -d ' ' -f 2 |
		cmp - "$BATS_TEST_TMPDIR/ids"
}

# program TEXT: what postqueue does instead.
program() {
	printf '#!/bin/sh\n%s\n' "$1" >"$LAB_ROOT/q/sbin/postqueue"
}

@test "unprivileged: what goes wrong in postqueue" {
	needs_root
	instance q "$spool"
	stand_in q
	program 'echo "postqueue: fatal: Queue report unavailable - mail system is down" >&2; exit 69'
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)"
	assert_status 69
	assert_stdout ''
	assert_in "$err" '^mqls: .*mail system is down' 1
	program 'echo "postqueue: fatal: User nobody(65534) is not allowed to view the mail queue" >&2; exit 69'
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" -f ids
	assert_status 77
	assert_stdout ''
	assert_in "$err" '^mqls: .*nobody\(65534\) is not allowed to view the mail queue' 1
	# What it printed before counts, and the listing is no whole one.
	program 'head -n 2 "$0/../../listing"; echo "postqueue: fatal: boo" >&2; exit 1'
	sed -i "s,\"\$0/../../listing\",'$LAB_ROOT/q/listing'," \
		"$LAB_ROOT/q/sbin/postqueue"
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" -f ids
	assert_status 74
	assert_lines 2
	assert_in "$err" '^mqls: .*boo' 1
	program 'echo no JSON'
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)" -f ids
	assert_status 75
	assert_stdout ''
	assert_in "$err" '^mqls: .*postqueue'
	rm "$LAB_ROOT/q/sbin/postqueue"
	capture "${as_nobody[@]}" "$MQLS" -c "$(etc q)"
	[ "$status" -ne 0 ] || report "no failure"
	assert_stdout ''
	assert_in "$err" "^mqls: .*$LAB_ROOT/q/sbin/postqueue" 1
}

@test "unprivileged, through the real set-gid postqueue" {
	needs_root
	lab_require
	lab_new q
	default_is q
	lab_start q
	printf 'Subject: one\n\nHello.\n' |
		lab_send q one@lab.example a@closed.example b@closed.example
	printf 'Subject: null\n\nHello.\n' | lab_send q '' c@closed.example
	lab_wait '[ "$(find "$LAB_ROOT/q/spool/deferred" -type f | wc -l)" -eq 2 ]' 60
	capture "${in_default[@]}" "${as_nobody[@]}" "$MQLS" -f jsonl
	assert_status 0
	assert_stderr ''
	assert_lines 2
	# With what can be told from the reasons, which Postfix does not say.
	jq -s -e 'all(.[].recipients[]; .class == "refused")' "$out"
	jq -c 'del(.null_sender, .recipients[].class, .recipients[].code)' \
		"$out" | sort >"$BATS_TEST_TMPDIR/ours"
	capture "${in_default[@]}" "${as_nobody[@]}" postqueue -j
	jq -c . "$out" | sort >"$BATS_TEST_TMPDIR/theirs"
	assert_same_file "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
	# As root the same, and more.
	capture "${in_default[@]}" "$MQLS" -f jsonl
	jq -s -e '[.[] | select(.sender == "one@lab.example" and
		.delivered == [] and .local == false and
		.client_address == "127.0.0.1")] | length == 1' "$out"
	lab_set q authorized_mailq_users=root
	capture "${in_default[@]}" "${as_nobody[@]}" "$MQLS"
	assert_status 77
	assert_stdout ''
	assert_in "$err" '^mqls: .*not allowed to view the mail queue'
	lab_set q authorized_mailq_users=static:anyone
	lab_stop q
	capture "${in_default[@]}" "${as_nobody[@]}" "$MQLS"
	assert_status 69
	assert_stdout ''
	assert_in "$err" '^mqls: .*mail system is down'
	capture "${in_default[@]}" "$MQLS" --count
	assert_status 0
	assert_stdout 2
}

@test "standard descriptors that are closed" {
	capture sh -c '"$0" --spool "$1" --count 2>&-' "$MQLS" "$spool"
	assert_status 0
	assert_stdout "$total"
	capture sh -c '"$0" --spool "$1" --count <&- 2>&-' "$MQLS" "$spool"
	assert_stdout "$total"
	capture sh -c '"$0" --spool "$1" --count >&-' "$MQLS" "$spool"
	assert_stdout ''
}
