#!/usr/bin/env bats
# What is left of a change: the journal and where it lies, the history that is
# told of it, ids that go on working, and lines in Postfix's log.
#
# shellcheck disable=SC2016 # lab_wait and jq take what is not expanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper

setup_file() {
	[ -z "$(lab_missing)" ] || return 0
	require_program "$MQADM"
	require_program "$MQLS"
	lab_new q
	lab_start q
	copy_programs "$LAB_ROOT/bin"
}

teardown_file() {
	lab_cleanup
}

setup() {
	lab_require
	export MAILQ_TOOLS_STATE=$LAB_ROOT/$BATS_TEST_NUMBER.state
	owner=$(postconf -d -xh mail_owner)
	as_owner=(setpriv --reuid "$owner" --regid "$(id -g "$owner")"
		--clear-groups)
	MQADM=$LAB_ROOT/bin/mqadm
	MQLS=$LAB_ROOT/bin/mqls
}

teardown() {
	[ ! -s "$BATS_TEST_TMPDIR/pid" ] ||
		kill "$(cat "$BATS_TEST_TMPDIR/pid")" 2>/dev/null || true
}

# copy_programs DIRECTORY: where mail_owner may run them.
copy_programs() {
	mkdir "$1"
	cp "$MQADM" "$MQLS" "$1"
	chmod -R a+rX "$1"
}

# deferred NAME SENDER: a message in the queue; its id is in $id.
deferred() {
	lab_sendmail "$1" -f "$2" r@closed.example <<-'END'
		Subject: x

		x
	END
	find_id "$1" "$2"
}

find_id() {
	lab_wait 'id=$(MAIL_CONFIG=$LAB_ROOT/'"$1"'/etc postqueue -j |
		jq -r "select(.sender == \"'"$2"'\" and
			.queue_name == \"deferred\") | .queue_id") &&
		[ -n "$id" ]' 20 "the message of $2 is deferred"
}

mqadm() {
	capture "$MQADM" -c "$LAB_ROOT/q/etc" "$@"
}

# renamed SENDER: a message that has another id now: $old and $new.
renamed() {
	deferred q "$1"
	old=$id
	postsuper -c "$LAB_ROOT/q/etc" -h "$old" 2>/dev/null
	mqadm release "$old"
	assert_status 0
	new=$(sed -n "s/^$old: renamed to //p" "$out")
	[ -n "$new" ] || report "it should have another id now"
}

@test "the id of a message that was renamed goes on working" {
	renamed old@lab.example
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f ids "$old"
	assert_status 0
	assert_stdout "$new"
	assert_stderr "mqls: $old is $new now"
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f ids "$old" "$new"
	assert_stdout "$new"
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f jsonl "q/$old"
	assert_status 66
	capture "$MQLS" -c "$LAB_ROOT/q/etc" --like "$old" -f ids
	assert_stdout "$new"
	mqadm hold "$old"
	assert_status 0
	assert_in "$err" "^mqadm: $old is $new now$"
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f ids hold
	assert_in "$out" "^$new$"
	# Without the journal nobody knows.
	MAILQ_TOOLS_STATE=$LAB_ROOT/none capture "$MQLS" \
		-c "$LAB_ROOT/q/etc" "$old"
	assert_status 66
	assert_in "$err" "^mqls: $old: no such message in the queue$" 1
	[ ! -e "$LAB_ROOT/none" ] || fail "a reader has made something"
}

@test "old ids are known to the owner, and to others no less than before" {
	renamed others@lab.example
	capture "${as_owner[@]}" "$MQLS" -c "$LAB_ROOT/q/etc" -f ids "$old"
	assert_stdout "$new"
	chmod 755 "$LAB_ROOT"
	capture "${as_nobody[@]}" "$MQLS" --spool "$LAB_ROOT/q/spool" "$old"
	assert_status 77
}

@test "a damaged journal is no reason not to list" {
	renamed damaged@lab.example
	for file in "$MAILQ_TOOLS_STATE"/*/data.mdb; do
		printf 'x%.0s' {1..5000} >"$file"
		chown "$owner" "$file"
	done
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f ids "$new"
	assert_status 0
	assert_stderr ''
	capture "$MQLS" -c "$LAB_ROOT/q/etc" -f ids "$old"
	assert_status 66
	assert_in "$err" '^mqls: old ids are not known: .*damaged' 1
	mqadm hold "$new"
	assert_status 65
	assert_in "$err" 'damaged'
}

@test "Postfix's log says what was renamed, and each job" {
	renamed log@lab.example
	mqadm hold "$new" --reason $'two\nlines'
	assert_status 0
	lab_wait 'grep -q "mqadm.*: hold: " "$LAB_ROOT/q/log"' 10 \
		"the log has the job"
	assert_in "$LAB_ROOT/q/log" \
		"lab-q/mqadm\[[0-9]+\]: $old: renamed to $new$" 1
	assert_in "$LAB_ROOT/q/log" "lab-q/mqadm\[[0-9]+\]: hold: job=[0-9a-f]{32}, 1 done, user=root(, sudo_user=.*)?, reason: two\^Jlines$" 1
	assert_not_in "$LAB_ROOT/q/log" '^lines'
}

# A log that takes nothing more is no reason to stop.
@test "a postlog that fails is told, and stops nothing" {
	deferred q nolog@lab.example
	mkdir "$LAB_ROOT/commands"
	cp -P /usr/sbin/post* "$LAB_ROOT/commands/"
	printf '#!/bin/sh\nexit 3\n' >"$LAB_ROOT/commands/postlog"
	cp -r "$LAB_ROOT/q/etc" "$LAB_ROOT/etc2"
	postconf -c "$LAB_ROOT/etc2" -e "command_directory=$LAB_ROOT/commands"
	capture "$MQADM" -c "$LAB_ROOT/etc2" hold "$id"
	assert_status 0
	assert_in "$err" "Postfix's log does not have all lines about this" 1
	[ -e "$LAB_ROOT/q/spool/hold/$id" ] || fail "it is not on hold"
}

@test "only root and the owner may change anything" {
	deferred q rights@lab.example
	capture "${as_nobody[@]}" "$MQADM" -c "$LAB_ROOT/q/etc" hold "$id"
	assert_status 77
	assert_stderr "mqadm: only root and the owner of the queue ($owner) may change it"
	assert_stdout ''
	# The owner: when root has made what has to be made.
	capture "${as_owner[@]}" "$MQADM" -c "$LAB_ROOT/q/etc" hold "$id"
	assert_status 77
	assert_in "$err" "^mqadm: $MAILQ_TOOLS_STATE: there is no such directory; mqadm makes it when it is run as root once$" 1
	mqadm hold ABCDEF
	assert_status 66
	capture "${as_owner[@]}" "$MQADM" -c "$LAB_ROOT/q/etc" hold "$id"
	assert_status 0
	[ -e "$LAB_ROOT/q/spool/hold/$id" ] || fail "it is not on hold"
}

@test "what is made belongs to the owner alone" {
	mqadm hold ABCDEF
	run -0 stat -c '%F %U %a' "$MAILQ_TOOLS_STATE" \
		"$MAILQ_TOOLS_STATE"/* "$LAB_ROOT/q/spool/mailq-tools-trash"
	[ "$output" = "directory root 755
directory $owner 700
directory $owner 700" ] || fail "$output"
	run -0 find "$MAILQ_TOOLS_STATE" -mindepth 2 ! -user "$owner"
	[ -z "$output" ] || fail "$output"
}

@test "a directory of ours that is another's is refused, with what to do" {
	mqadm hold ABCDEF
	local state
	state=$(echo "$MAILQ_TOOLS_STATE"/*)
	mv "$state" "$state.real"
	ln -s "$state.real" "$state"
	mqadm hold ABCDEF
	assert_status 65
	assert_stderr "mqadm: $state: not a directory, where one of the suite's own has to be: move it away"
	rm "$state"
	mkdir -m 700 "$state"
	chown nobody "$state"
	mqadm hold ABCDEF
	assert_status 65
	assert_in "$err" "$state: belongs to user [0-9]+, not to the owner of the queue" 1
	capture "$MQADM" -c "$LAB_ROOT/q/etc" hold --dry-run ABCDEF
	assert_status 66
}

@test "configured paths may be links: of the queue, and of the state" {
	deferred q links@lab.example
	ln -sfn q/spool "$LAB_ROOT/queue-link"
	cp -r "$LAB_ROOT/q/etc" "$LAB_ROOT/etc3"
	postconf -c "$LAB_ROOT/etc3" -e "queue_directory=$LAB_ROOT/queue-link"
	mkdir "$LAB_ROOT/elsewhere"
	ln -s "$LAB_ROOT/elsewhere" "$MAILQ_TOOLS_STATE"
	capture "$MQADM" -c "$LAB_ROOT/etc3" hold "$id"
	assert_status 0
	[ -e "$LAB_ROOT/q/spool/hold/$id" ] || fail "it is not on hold"
	# By both names it is one queue, with one journal.
	mqadm release "$id"
	assert_status 0
	mqadm history -f jsonl
	[ "$(jq -r .action "$out" | paste -sd ' ')" = 'release hold' ] ||
		report "two jobs should be known"
}

# While it writes more than a pipe takes, somebody looks at it.
@test "the rights of root are gone while anything is changed" {
	"$MQ_BUILD/tests/gen/spoolgen" --count 3000 "$LAB_ROOT/many" >/dev/null
	mkfifo "$LAB_ROOT/fifo"
	exec 5<>"$LAB_ROOT/fifo"
	"$MQADM" --spool "$LAB_ROOT/many" hold --all deferred --yes -f jsonl \
		>&5 2>"$LAB_ROOT/many.err" 3>&- 5>&- &
	echo $! >"$BATS_TEST_TMPDIR/pid"
	pid=$!
	lab_wait '[ -n "$(ls "$LAB_ROOT/many/hold")" ]' 20 "it has begun"
	local uid gid
	uid=$(id -u "$owner")
	gid=$(id -g "$owner")
	cp "/proc/$pid/status" "$BATS_TEST_TMPDIR/status"
	assert_in "$BATS_TEST_TMPDIR/status" \
		"^Uid:	$uid	$uid	$uid	$uid\$" 1
	assert_in "$BATS_TEST_TMPDIR/status" \
		"^Gid:	$gid	$gid	$gid	$gid\$" 1
	assert_in "$BATS_TEST_TMPDIR/status" "^Groups:	$gid *\$" 1
	assert_in "$BATS_TEST_TMPDIR/status" \
		'^Cap(Inh|Prm|Eff|Amb):	0000000000000000$' 4
	assert_in "$BATS_TEST_TMPDIR/status" '^NoNewPrivs:	1$' 1
	# It goes on, and comes to its end.
	timeout 60 head -n 3000 <&5 >"$BATS_TEST_TMPDIR/lines"
	wait "$pid"
	: >"$BATS_TEST_TMPDIR/pid"
	exec 5>&-
	assert_in "$BATS_TEST_TMPDIR/lines" '"outcome": "done"' 3000
}

# validate FILE: each line, and the members that were seen go to $seen.
validate() {
	python3 - "$MQ_SRC/docs/mqadm-history.schema.json" "$1" "$seen" <<-'END'
		import json, sys
		from jsonschema import Draft202012Validator

		schema = json.load(open(sys.argv[1], encoding="utf-8"))
		Draft202012Validator.check_schema(schema)
		validator = Draft202012Validator(schema)
		count = 0
		names = set()
		for line in open(sys.argv[2], "rb"):
		    job = json.loads(line.decode("utf-8", "strict"))
		    for error in validator.iter_errors(job):
		        sys.exit("%s\n%s: %s" % (line[:500], error.json_path,
		                                 error.message[:500]))
		    assert sum(job["outcomes"].values()) == job["messages"]
		    names.update(job)
		    for change in job.get("changes", []):
		        names.update("changes." + name for name in change)
		    count += 1
		assert count > 0, "no jobs"
		open(sys.argv[3], "a").write("".join(n + "\n" for n in names))
	END
}

@test "the history in JSON is what its schema says" {
	python3 -c 'import jsonschema' 2>/dev/null ||
		skip "python3-jsonschema is not installed"
	local job seen=$BATS_TEST_TMPDIR/members
	: >"$seen"

	renamed schema@lab.example
	mqadm expire "$new" --reason $'bytes \xff'
	SUDO_USER=alice mqadm hold -w 'sender = schema@*' --yes
	mqadm history -f jsonl
	assert_status 0
	validate "$out"
	[ "$(jq -r .action "$out" | paste -sd ' ')" = 'hold expire release' ] ||
		report "the newest comes first"
	job=$(tail -n 1 "$out" | jq -r .job)
	mqadm history "$job" -f jsonl
	validate "$out"
	jq -e --arg old "$old" --arg new "$new" '.changes == [.changes[0]] and
		.changes[0].queue_id == $old and
		.changes[0].new_queue_id == $new and
		.changes[0].from == "hold" and
		.changes[0].outcome == "done"' "$out" >/dev/null ||
		report "the release should be told"
	# The same jobs, as an array.
	mqadm history -f jsonl
	cp "$out" "$BATS_TEST_TMPDIR/lines"
	mqadm history -f json
	jq -c '.[]' "$out" | cmp - <(jq -c . "$BATS_TEST_TMPDIR/lines") ||
		report "the array should have the same jobs"
	for name in job state action begun ended uid user sudo_user command \
		selection reason reason_base64 messages outcomes changes \
		changes.number changes.outcome changes.queue_id \
		changes.new_queue_id changes.from changes.to changes.inode; do
		assert_in "$seen" "^$name\$"
	done
}

@test "the history for people" {
	renamed people@lab.example
	mqadm hold "$new" --reason incident
	mqadm history
	assert_status 0
	assert_in "$out" '^JOB +WHEN +WHO +ACTION +MESSAGES STATE OUTCOME REASON$' 1
	assert_in "$out" "^[0-9a-f]{8,12} .* hold +1 done +1 done +incident$" 1
	# Each is known by what is shown of its id.
	while read -r job rest; do
		mqadm history "$job"
		assert_status 0
		assert_in "$out" "^job +${job}[0-9a-f]*$" 1
	done < <(tail -n +2 "$out")
	assert_in "$out" '^action +release$' 1
	assert_in "$out" '^ID +FROM +OUTCOME TO +NEW ID' 1
	assert_in "$out" "^$old +hold +done +[a-z]+ +$new( |\$)" 1
	mqadm history 0
	assert_status 64
	assert_in "$err" '^mqadm: the ids of 2 jobs begin with 0: give more' 1
	mqadm history ffff
	assert_status 66
	assert_stderr 'mqadm: there is no job "ffff"'
	mqadm history ../x
	assert_status 64
	capture "${as_nobody[@]}" "$MQADM" -c "$LAB_ROOT/q/etc" history
	assert_status 77
}

@test "where nothing was changed there is no history, and none is made" {
	mqadm history
	assert_status 0
	assert_stdout ''
	assert_stderr 'mqadm: no change of the queue is known'
	mqadm history -f json
	assert_status 0
	assert_stdout '[]'
	[ ! -e "$MAILQ_TOOLS_STATE" ] || fail "it has made something"
}
