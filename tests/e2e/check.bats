#!/usr/bin/env bats
# mqadm check: each fault is found, and nothing else with it; what can be put
# right is, and nothing is found then.
#
# A fault is planted by a function of the name of the finding, with a blank in
# place of each hyphen, in a spool of its own that is healthy before.
#
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load craft
load sample
load mqadm

setup() {
	require_program "$MQADM"
	mqadm_setup
}

teardown() {
	local mounted

	[ -z "${master:-}" ] || kill "$master" 2>/dev/null || true
	for mounted in ${mounts:-}; do
		umount "$mounted" 2>/dev/null || true
	done
}

# A message in each queue, and logs.
populate() {
	one_each
	log_entry a@to.example 'no answer' | put_log "$deferred"
	printf 'x\n' | put_log "$active"
}

# check ARGUMENT...: of the spool as it is.
check() {
	capture "$MQADM" check --spool "$spool" --settings "$settings" "$@"
}

# found: the kinds, each once.
found() {
	check -f jsonl
	jq -r .finding "$out" | sort -u | paste -sd ' '
}

need_root() {
	[ "$(id -u)" -eq 0 ]
}

# deferred_path: of the deferred message.
deferred_path() {
	echo "deferred/${deferred:0:1}/$deferred"
}

# inode_of PATH
inode_of() {
	printf %X "$(stat -c %i "$spool/$1")"
}

plant_missing_folder() {
	rmdir "$spool/bounce"
}

plant_folder_owner() {
	need_root && chown root "$spool/hold" && chmod 777 "$spool/hold"
}

plant_folder_mode() {
	chmod 755 "$spool/deferred"
}

mount_here() {
	need_root && mount -t tmpfs -o "$2" none "$1" 2>/dev/null &&
		mounts="$1 ${mounts:-}"
}

plant_other_file_system() {
	mount_here "$spool/corrupt" mode=700 && chown nobody "$spool/corrupt"
}

# What is mounted is another spool.
mount_spool() {
	mkdir "$BATS_TEST_TMPDIR/mounted"
	mount_here "$BATS_TEST_TMPDIR/mounted" "mode=755,$1" || return 1
	make_spool "$BATS_TEST_TMPDIR/mounted/spool"
}

plant_no_space() {
	mount_spool size=8m
}

plant_low_inodes() {
	mount_spool size=64m,nr_inodes=400 || return 1
	seq -f "$BATS_TEST_TMPDIR/mounted/%g" 375 | xargs touch
}

plant_no_qmgr() {
	cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/master"
	"$BATS_TEST_TMPDIR/master" 300 3>&- &
	master=$!
	echo "$master" >"$spool/pid/master.pid"
	touch -d '1 hour ago' "$spool/pid/master.pid"
}

plant_two_queues() {
	cp -p "$spool/$(deferred_path)" "$spool/hold/$deferred"
}

plant_wrong_inode() {
	local wrong=${hold}A

	mv "$spool/hold/$hold" "$spool/hold/$wrong"
}

plant_long_id() {
	mv "$spool/hold/$hold" "$spool/hold/4SVLCh0sf8zHS"
}

plant_wrong_place() {
	mv "$spool/$(deferred_path)" "$spool/deferred/"
}

# A log, this time.
plant_wrong_place_log() {
	mv "$spool/defer/${deferred:0:1}/$deferred" "$spool/defer/"
}

plant_fix_left() {
	mv "$spool/$(deferred_path)" "$spool/$(deferred_path)#FIX"
}

plant_fix_inode() {
	mv "$spool/hold/$hold" "$spool/hold/${hold}A#FIX"
}

plant_file_owner() {
	need_root && chown root "$spool/$(deferred_path)"
}

plant_file_mode() {
	chmod 706 "$spool/hold/$hold"
}

plant_not_ready() {
	chmod 600 "$spool/$(deferred_path)"
}

plant_many_names() {
	ln "$spool/hold/$hold" "$spool/incoming/$hold"
}

plant_empty() {
	: >"$spool/hold/$hold"
}

plant_no_size() {
	local body

	body=$(mktemp)
	tail -c +98 "$spool/hold/$hold" >"$body"
	cat "$body" >"$spool/hold/$hold"
}

plant_damaged() {
	truncate -s -20 "$spool/hold/$hold"
}

plant_future_time() {
	touch -d '30 days' "$spool/$(deferred_path)"
}

plant_overdue() {
	put deferred 900 < <(message a@from.example b@to.example |
		LC_ALL=C sed 's/1795342700/1600000000/g')
	touch -d '1 day ago' "$spool/$path"
}

plant_maildrop_mode() {
	need_root && chown root "$spool/maildrop/$maildrop" &&
		chmod 700 "$spool/maildrop/$maildrop"
}

plant_unfinished() {
	install -m 600 /dev/null "$spool/incoming/1234.56"
	touch -d '2 hours ago' "$spool/incoming/1234.56"
}

plant_stale() {
	install -m 600 /dev/null "$spool/incoming/1234.56"
	touch -d '8 days ago' "$spool/incoming/1234.56"
}

plant_marked_corrupt() {
	chmod 400 "$spool/active/$active"
}

plant_corrupt() {
	mv "$spool/hold/$hold" "$spool/corrupt/"
}

plant_saved() {
	mv "$spool/hold/$hold" "$spool/saved/"
}

plant_log_orphan() {
	log_entry a@to.example 'no answer' | put_log 12345ABCDE
	touch -d '1 hour ago' "$spool/defer/1/12345ABCDE"
}

# The id of the log has the inode of a message, which has all that it names.
plant_log_renamed() {
	local old

	printf -v old '54321%s' "$(inode_of "hold/$hold")"
	log_entry hold@to.example 'no answer' |
		sed "s/^offset=.*/offset=$(recipient_offset "hold/$hold")/" |
		put_log "$old"
	touch -d '1 hour ago' "$spool/defer/5/$old"
}

# recipient_offset PATH: where its first recipient's record is.
recipient_offset() {
	LC_ALL=C grep -obUa 'R.hold@to.example' "$spool/$1" | head -n 1 |
		cut -d : -f 1
}

plant_not_plain() {
	ln -s /etc/passwd "$spool/hold/A1234567"
	mkfifo "$spool/incoming/pipe"
}

plant_foreign_file() {
	echo hello >"$spool/hold/README.txt"
}

plant_foreign_folder() {
	mkdir -m 700 "$spool/active/old"
}

plant_trash_overdue() {
	mkdir -m 700 "$spool/mailq-tools-trash"
	mv "$spool/hold/$hold" \
		"$spool/mailq-tools-trash/hold.$hold.0006400000000000aaaaaaaaaaaaaaaa"
}

plant_trash_strange() {
	mkdir -m 700 "$spool/mailq-tools-trash"
	echo hello >"$spool/mailq-tools-trash/README"
}

# hold_one: so that there is a journal.
hold_one() {
	mqadm hold "$deferred"
	assert_status 0
}

plant_journal() {
	hold_one
	find "$MAILQ_TOOLS_STATE" -name '*.mdb' ! -name 'lock*' \
		-exec dd if=/dev/urandom of={} bs=4096 count=4 conv=notrunc \
		status=none \;
}

plant_dead_job() {
	command -v strace >/dev/null || return 1
	timeout 60 strace -f -o /dev/null \
		-e inject=renameat2:signal=SIGKILL:when=1 "$MQADM" hold \
		--spool "$spool" --settings "$settings" "$deferred" \
		>/dev/null 2>&1 </dev/null || true
}

fresh() {
	rm -rf "$spool" "$MAILQ_TOOLS_STATE"
	make_spool "$spool"
	populate
	owned
}

# planted FINDING [PLANT]: false: it cannot be planted here.
planted() {
	local name=${2:-$1}

	spool=$BATS_TEST_TMPDIR/spool
	fresh
	"plant_${name//-/_}" || return 1
	case $1 in
	*-owner | maildrop-mode | other-file-system | no-space | low-*) ;;
	*) owned ;;
	esac
}

# assert_alone FINDING: it is found, and nothing else.
assert_alone() {
	local all

	all=$(found)
	[ "$all" = "$1" ] || report "found, in place of $1: $all"
	check
	assert_in "$out" "^(error|warning|notice): [0-9]+ .* \\($1\\)$" 1
	[ "$(wc -L <"$out")" -lt 80 ] || report "lines that are too long"
}

find_all() {
	local name count=0

	for name; do
		if planted "$name"; then
			assert_alone "$name"
			count=$((count + 1))
		elif need_root && [ "$name" != dead-job ]; then
			fail "$name: not planted"
		fi
	done
	[ "$count" -gt 0 ] || skip "nothing of this can be planted here"
}

@test "nothing is found in a healthy spool" {
	populate
	owned
	check
	assert_status 0
	assert_stdout ''
	assert_stderr 'mqadm: nothing is wrong; looked at: 7 files'
	check -f json
	assert_stdout '[]'
	[ ! -e "$MAILQ_TOOLS_STATE" ] || fail "a look makes nothing"
	[ ! -e "$spool/mailq-tools-trash" ] || fail "a look makes nothing"
}

@test "folders, the disk and Postfix: each fault is found, alone" {
	find_all missing-folder folder-owner folder-mode no-space low-inodes \
		no-qmgr other-file-system
}

@test "what only a person can mend is found, alone" {
	find_all fix-inode file-owner many-names empty no-size damaged overdue \
		maildrop-mode unfinished marked-corrupt corrupt saved \
		trash-overdue trash-strange journal
	check --repair --dry-run
	[ "$status" -ne 0 ] || report "a fault is left"
}

# mend FINDING [PLANT]: found, repaired, and gone; nothing is lost.
mend() {
	planted "$@" || return 0
	assert_alone "$1"
	find "$spool" -type f ! -name '*.pid' -exec md5sum {} + |
		cut -d ' ' -f 1 | sort >"$BATS_TEST_TMPDIR/before"
	check --repair --dry-run
	assert_in "$err" 'would be repaired: [0-9]+$'
	check --repair --yes
	[ "$status" -eq 0 ] || report "$1 is not repaired"
	[ "$(found)" = '' ] || report "$1 is still there"
	find "$spool" -type f ! -name '*.pid' -exec md5sum {} + |
		cut -d ' ' -f 1 | sort >"$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "names and places: found, alone, and put right" {
	mend two-queues
	[ "$(count_in hold)" -eq 2 ]
	mend wrong-inode
	[ -e "$spool/hold/$hold" ]
	mend long-id
	[ -e "$spool/hold/1E240$(inode_of "hold/$(ls "$spool/hold")")" ]
	mend wrong-place
	[ -e "$spool/$(deferred_path)" ]
	mend wrong-place wrong-place-log
	[ -e "$spool/defer/${deferred:0:1}/$deferred" ]
	mend fix-left
	[ -e "$spool/$(deferred_path)" ]
}

@test "modes, times and logs: found, alone, and put right" {
	mend file-mode
	[ "$(stat -c %a "$spool/hold/$hold")" = 700 ]
	mend not-ready
	[ "$(stat -c %a "$spool/$(deferred_path)")" = 700 ]
	mend future-time
	[ "$(stat -c %Y "$spool/$(deferred_path)")" -le "$(date +%s)" ]
	mend log-renamed
	[ -e "$spool/defer/${hold:0:1}/$hold" ]
	mend dead-job
}

@test "what is in the way: found, alone, and set aside" {
	mend stale
	mend log-orphan
	mend not-plain
	mend foreign-file
	mend foreign-folder
	[ ! -e "$spool/active/old" ]
}

@test "a folder with something in it is left" {
	populate
	mkdir -m 700 "$spool/active/old"
	echo hello >"$spool/active/old/letter"
	owned
	check --repair --yes
	assert_status 65
	assert_in "$err" '^mqadm: active/old: not repaired: '
	[ -e "$spool/active/old/letter" ]
}

@test "a repair is undone: everything is where it was" {
	populate
	plant_wrong_place
	plant_wrong_inode
	plant_log_orphan
	plant_foreign_file
	ln -s /etc/passwd "$spool/hold/A1234567"
	owned
	(cd "$spool" && find . -path ./mailq-tools-trash -prune -o -print |
		sort) >"$BATS_TEST_TMPDIR/before"
	check --repair --yes
	assert_status 0
	assert_in "$err" '^mqadm: repaired: 5 \(job '
	capture "$MQADM" undo --yes --spool "$spool" --settings "$settings"
	assert_status 0
	(cd "$spool" && find . -path ./mailq-tools-trash -prune -o -print |
		sort) >"$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	capture "$MQADM" history --spool "$spool" --settings "$settings"
	assert_in "$out" ' repair ' 2
}

@test "the log of a message that mqadm has renamed is no orphan" {
	populate
	touch -d '1 hour ago' "$spool/defer/${active:0:1}/$active"
	mqadm hold --wait 0 "$active"
	[ ! -e "$spool/hold/$active" ]
	[ "$(found)" = '' ] || report "its log is where it should be"
	rm -r "$MAILQ_TOOLS_STATE"
	[ "$(found)" != '' ] || report "without the journal nobody knows"
}

@test "names from strangers do not reach the terminal" {
	populate
	echo x >"$spool/hold/"$'a\e[31mb\u202ec\xffd'
	owned
	check
	assert_status 65
	assert_not_in "$out" $'[\e\xe2]'
	assert_in "$out" 'hold/a\^\[\[31mb<U\+202E>c<FF>d'
	check -f jsonl
	jq -e '.path_base64' "$out" >/dev/null
	check --repair --yes
	assert_status 0
	assert_not_in "$out" $'\e'
}

@test "findings are what their schema says" {
	python3 -c 'import jsonschema' 2>/dev/null ||
		skip "python3-jsonschema is not installed"
	populate
	plant_wrong_inode
	plant_wrong_place
	plant_log_orphan
	plant_damaged 2>/dev/null || true
	echo x >"$spool/hold/"$'\xff'
	rmdir "$spool/bounce"
	owned
	check -f json
	python3 - "$MQ_SRC/docs/mqadm-check.schema.json" "$out" <<-'END'
		import json, sys
		from jsonschema import Draft202012Validator

		schema = json.load(open(sys.argv[1], encoding="utf-8"))
		Draft202012Validator.check_schema(schema)
		validator = Draft202012Validator(schema)
		findings = json.load(open(sys.argv[2], encoding="utf-8"))
		assert len(findings) >= 4, findings
		seen = set()
		for finding in findings:
		    validator.validate(finding)
		    seen |= finding.keys()
		unknown = set(schema["properties"]) - seen - {"instance", "text",
		    "right_base64", "text_base64"}
		assert not unknown, unknown
	END
}

@test "the page and the schema have every finding, and no others" {
	sed -n 's/.*{ "\([a-z-]*\)",.*/\1/p' "$MQ_SRC/queue-format/check/kinds.c" |
		sort >"$BATS_TEST_TMPDIR/program"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/program")" -ge 40 ]
	jq -r '.properties.finding.enum[]' \
		"$MQ_SRC/docs/mqadm-check.schema.json" | sort \
		>"$BATS_TEST_TMPDIR/schema"
	assert_same_file "$BATS_TEST_TMPDIR/program" "$BATS_TEST_TMPDIR/schema"
	sed 's/\\-/-/g' "$MQ_SRC/man/mqadm.8" |
		sed -nE 's/^\.It ([a-z-]+) , (error|warning|notice).*/\1/p' |
		sort >"$BATS_TEST_TMPDIR/page"
	assert_same_file "$BATS_TEST_TMPDIR/program" "$BATS_TEST_TMPDIR/page"
}

@test "a mistake in the command line is told" {
	local words

	check hold
	assert_status 64
	assert_in "$err" 'it looks at whole queues'
	check --repair
	assert_status 64
	assert_in "$err" 'needs --yes'
	check --repair --yes -f json
	assert_status 64
	for words in --all '-w size>1' --now '--rate 1/s'; do
		# shellcheck disable=SC2086 # an option and its argument
		check $words
		assert_status 64
		assert_in "$err" 'does not go with check'
	done
	mqadm hold --repair "$RANDOM"
	assert_status 64
	assert_in "$err" '.-repair does not go with hold'
}

@test "who may not read the queue is told so" {
	need_root || skip "only root can become somebody else"
	populate
	owner=games owned
	chmod 755 "$BATS_TEST_TMPDIR"
	capture "${as_nobody[@]}" "$MQADM" check --spool "$spool"
	assert_status 77
}
