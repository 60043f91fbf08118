#!/usr/bin/env bats
# The trash: what is in it, how long it stays there, and how it leaves.
#
# A message is as old as the name says that it has in the trash, so a test
# gives it another one.
#
# shellcheck disable=SC2016 # lab_wait and jq take what is not expanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load asked
load craft
load sample

SPOOLGEN=$MQ_BUILD/tests/gen/spoolgen

setup_file() {
	require_program "$MQADM"
	require_program "$SPOOLGEN"
}

setup() {
	umask 022
	open_folders
	make_spool "$BATS_TEST_TMPDIR/spool"
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	settings=$BATS_TEST_TMPDIR/settings
	: >"$settings"
}

teardown() {
	[ -z "${asking:-}" ] || stop_asking
	[ -z "${mounted:-}" ] || umount "$mounted"
	lab_cleanup
}

mqadm() {
	owned
	capture "$MQADM" --spool "$spool" --settings "$settings" "$@"
}

# messages N: deferred, with logs; their ids are in the file ids.
messages() {
	local i

	for ((i = 0; i < $1; i++)); do
		put deferred $((1000 + i)) < <(message "s$i@from.example" \
			"r$i@to.example" "other@to.example")
		put_log "$id" < <(log_entry "r$i@to.example" later)
		echo "$id"
	done >"$BATS_TEST_TMPDIR/ids"
}

# deleted N: as many are in the trash.
deleted() {
	messages "$1"
	mqadm delete --all --reason 'no use'
	assert_status 0
	job=$(job_of)
}

job_of() {
	sed -n 's/^mqadm: .*(job \([0-9a-f]\{16\}\)).*/\1/p' "$err" | tail -n 1
}

trash() {
	find "$spool/mailq-tools-trash" -type f -printf '%f\n' | sort
}

assert_trash() {
	[ "$(trash | wc -l)" -eq "$1" ] || report "in the trash: $(trash)"
}

# dated TIME [N]: the N that were deleted last, or all, were so at that time.
dated() {
	local name when

	printf -v when '%016x' $(($1 * 1000000))
	trash | sort -t . -k 3r | head -n "${2:-1000000}" |
		while IFS= read -r name; do
			mv "$spool/mailq-tools-trash/$name" \
				"$spool/mailq-tools-trash/${name%.*}.$when${name: -16}"
		done
}

# aged SECONDS [N]: so long ago; and the clock was right all the time.
aged() {
	dated $(($(date +%s) - $1)) "${2:-}"
	stamped 0 0 $(($(date +%s) - 31536000)) 1
}

# stamped CLOCK [PASSED [SINCE [PURGED]]]: the last look was PASSED seconds
# ago, with a clock that was CLOCK seconds behind this one.
stamped() {
	local file

	for file in "$MAILQ_TOOLS_STATE"/*/trash-clock; do
		awk -v wall=$(($(date +%s) - $1)) -v passed="${2:-0}" \
			-v since="${3:-}" -v purged="${4:-}" '
			$1 == "wall" { $2 = wall - passed }
			$1 == "up" { $2 = $2 - passed }
			$1 == "since" && since != "" { $2 = since }
			$1 == "purged" && purged != "" { $2 = purged }
			{ print }' "$file" >"$BATS_TEST_TMPDIR/stamp"
		cat "$BATS_TEST_TMPDIR/stamp" >"$file"
	done
}

# stamp_of NAME
stamp_of() {
	awk -v name="$1" '$1 == name { print $2 + 0 }' \
		"$MAILQ_TOOLS_STATE"/*/trash-clock
}

@test "the list: who, when, why, from where, and the sums" {
	deleted 2
	mqadm trash
	assert_status 0
	[ "$(head -n 1 "$out" | xargs)" = \
		'ID FROM DELETED WHO REASON SIZE SENDER RECIPIENTS' ]
	assert_in "$out" "^$(head -n 1 "$BATS_TEST_TMPDIR/ids") +deferred +$(date +%m-%d) [0-9:]+ +root( as root)? +no use +4.0K +s0@from.example +r0@to.example and 1 more\$" 1
	[ "$(wc -l <"$out")" -eq 3 ]
	assert_in "$err" "^mqadm: in the trash: 2 messages, 8.0K; the oldest since $(date +%m-%d) [0-9:]+; due for mqadm trash purge from $(date -d '+3 days' +%m-%d) [0-9:]+\$" 1
	[ "$(wc -l <"$err")" -eq 1 ]
	cp "$out" "$BATS_TEST_TMPDIR/one"
	mqadm trash list
	assert_same_file "$BATS_TEST_TMPDIR/one" "$out"
	# The newest come first, and none of them is counted twice.
	messages 1
	new=$id
	mqadm delete "$new"
	mqadm trash list -f ids -n 1
	assert_stdout "$new"
	assert_stderr ''
	mqadm trash list -n 1
	assert_in "$err" 'in the trash: 3 messages' 1
	echo 'trash_days = 10' >"$settings"
	mqadm trash list
	assert_in "$err" "from $(date -d '+10 days' +%m-%d)" 1
}

@test "an empty trash, and one that is not there" {
	mqadm trash list
	assert_status 0
	assert_stdout ''
	assert_stderr 'mqadm: the trash is empty'
	[ ! -e "$MAILQ_TOOLS_STATE" ] || [ -z "$(ls "$MAILQ_TOOLS_STATE")" ] ||
		assert_trash 0
	mqadm trash list -f json
	[ "$(tr -d '\n' <"$out")" = '[]' ] || report 'no array'
	mqadm trash purge
	assert_status 0
	assert_stderr 'mqadm: nothing in the trash is old enough'
	mqadm trash purge --all
	assert_status 0
}

@test "JSON is what the schema says" {
	python3 -c 'import jsonschema' 2>/dev/null ||
		skip "python3-jsonschema is not installed"
	messages 2
	put hold 7 < <(message '' 'r@to.example')
	put deferred 8 < <(message 's\0377\0033[2J@from.example' \
		'r\0376@to.example')
	put active 9 < <(message 'half@from.example' 'r@to.example' | head -c 150)
	mqadm delete --all --reason $'why\xff\e[2J'
	mqadm trash list -f jsonl
	assert_status 0
	assert_not_in "$out" $'\e'
	cp "$out" "$BATS_TEST_TMPDIR/lines"
	mqadm trash list -f json
	python3 - "$MQ_SRC/docs/mqadm-trash.schema.json" "$out" \
		"$BATS_TEST_TMPDIR/lines" <<-'END'
		import json, sys
		from jsonschema import Draft202012Validator

		schema = json.load(open(sys.argv[1], encoding="utf-8"))
		Draft202012Validator.check_schema(schema)
		validator = Draft202012Validator(schema)
		mails = json.load(open(sys.argv[2], encoding="utf-8"))
		lines = [json.loads(x) for x in open(sys.argv[3],
		                                     encoding="utf-8")]
		assert mails == lines and len(mails) == 5, len(mails)
		seen = set()
		for mail in mails:
		    for error in validator.iter_errors(mail):
		        sys.exit("%s: %s: %s" % (mail, error.json_path,
		                                 error.message))
		    seen.update(mail)
		missing = set(schema["properties"]) - seen - {
		    "instance", "sudo_user", "sudo_user_base64", "user_base64",
		    "fault_base64"}
		assert not missing, missing
		for name, member in schema["properties"].items():
		    assert "description" in member or \
		        member["$ref"] == "#/$defs/base64", name
		bounce = [m for m in mails if m["from"] == "hold"][0]
		assert bounce["null_sender"] and \
		    bounce["sender"] == "MAILER-DAEMON", bounce
	END
}

@test "nothing in the table reaches the terminal as it is" {
	put deferred 8 < <(message 's\0033]0;owned\0007@from.example' \
		'r\0233\0342\0200\0256@to.example')
	mqadm delete "$id" --reason $'\e[2Jred\r\n'
	mqadm trash list
	assert_status 0
	assert_in "$out" 'owned'
	assert_not_in "$out" $'[\e\a\r\x9b]'
	[ "$(wc -l <"$out")" -eq 2 ]
	assert_not_in "$out" $'\xe2\x80\xae'
}

@test "without the journal: what the names say" {
	deleted 1
	rm -rf "$MAILQ_TOOLS_STATE"
	mqadm trash list
	assert_status 0
	assert_in "$out" "^$(cat "$BATS_TEST_TMPDIR/ids") +deferred " 1
	assert_not_in "$out" 'no use'
	mqadm trash list -f jsonl
	[ "$(jq -r 'has("user") or has("reason")' "$out")" = false ]
}

@test "names of somebody else are left alone" {
	deleted 1
	touch "$spool/mailq-tools-trash/README"
	mqadm trash list
	assert_status 0
	assert_in "$err" 'names of somebody else, which are left alone: 1' 1
	mqadm trash purge --all
	assert_status 0
	assert_trash 1
	[ -e "$spool/mailq-tools-trash/README" ]
}

@test "purge: what is older than trash_days, with its log, and nothing else" {
	deleted 4
	aged 260000 2
	mqadm trash list
	assert_in "$err" '; due for mqadm trash purge now: 2, next on ' 1
	mqadm trash purge --dry-run
	assert_status 0
	assert_stderr 'mqadm: 2 messages would be removed for good, which frees 8.0K'
	assert_trash 4
	old=$(trash | grep -v "$job" | cut -d . -f 2)
	mqadm trash purge
	assert_status 0
	assert_in "$err" '^mqadm: removed for good: 2 messages \(job [0-9a-f]{16}\); 8.0K freed$' 1
	assert_trash 2
	for id in $old; do
		[ ! -e "$spool/defer/${id:0:1}/$id" ] || report "$id has a log"
	done
	[ "$(find "$spool/defer" -type f | wc -l)" -eq 2 ]
	[ "$(stamp_of purged)" -gt $(($(date +%s) - 259300)) ]
	mqadm trash purge
	assert_status 0
	assert_stderr 'mqadm: nothing in the trash is old enough'
	mqadm history -f jsonl -n 1
	[ "$(jq -r '.action + " " + .selection' "$out")" = \
		'purge trash older than the settings allow' ]
	echo 'trash_days = 1' >"$settings"
	aged 90000
	mqadm trash purge
	assert_trash 0
}

@test "settings that make no sense" {
	for line in 'trash_days = 0' 'trash_days = few' 'trash_messages = -1'; do
		echo "$line" >"$settings"
		mqadm trash purge
		assert_status 65
		assert_in "$err" 'is not a number above zero$' 1
	done
}

@test "purge: the oldest, when there are more than trash_messages" {
	deleted 5
	aged 7200 2
	echo 'trash_messages = 4' >"$settings"
	mqadm trash purge
	assert_in "$err" 'removed for good: 1 message ' 1
	assert_trash 4
	echo 'trash_messages = 3' >"$settings"
	mqadm trash purge
	assert_trash 3
	[ "$(trash | grep -c "$job")" -eq 3 ]
}

@test "purge: a job that took days counts from when it was over" {
	deleted 1
	stamped 0 0 1
	mqadm trash list -f jsonl
	[ "$(jq '.due - .deleted' "$out")" -ge 259200 ]
	[ "$(jq '.due - .deleted' "$out")" -le 259260 ]
}

@test "purge: ids, all of them, older than a time" {
	deleted 6
	mqadm trash purge "$(head -n 1 "$BATS_TEST_TMPDIR/ids")" ABCDEF012
	assert_status 75
	assert_in "$err" 'ABCDEF012: no such message in the trash' 1
	assert_in "$err" 'removed for good: 1 message ' 1
	assert_trash 5
	capture sh -c "sed -n 2,3p '$BATS_TEST_TMPDIR/ids' |
		'$MQADM' --spool '$spool' --settings '$settings' trash purge -"
	assert_status 0
	assert_trash 3
	aged 7200 1
	mqadm trash purge --older-than 1h
	assert_status 0
	assert_trash 2
	mqadm trash purge --all -n 1
	assert_trash 1
	mqadm trash purge --all --yes
	assert_trash 0
	mqadm history -f jsonl
	[ "$(jq -r 'select(.action == "purge") | .selection' "$out" |
		paste -sd ,)" = 'all of the trash,all of the trash,trash older than 1h00m,ids,ids' ] ||
		report "$(jq -r .selection "$out")"
	# What is gone is known to be.
	mqadm undo "$job" --yes
	assert_status 75
	assert_in "$err" ': not in the trash any more$' 6
}

@test "purge: what does not fit together" {
	while read -r line; do
		# shellcheck disable=SC2086 # words
		mqadm $line
		assert_status 64
	done <<-'END'
		trash foo
		trash list foo
		trash list --yes
		trash list -f csv
		trash list --older-than 3d
		trash purge --all ABC
		trash purge --all --older-than 3d
		trash purge ABC --older-than 3d
		trash purge --older-than soon
		trash purge -w size>1
		trash purge deferred
		trash purge --now
		trash purge -f table
		delete --all --older-than 3d
		delete --all --prune
		history --older-than 3d
		history --prune abc
		history --prune -n 3
		history --prune -f json
	END
}

@test "purge: it asks on a terminal, with the number" {
	deleted 3
	owned
	ask "$MQADM" --spool "$spool" --settings "$settings" trash purge --all
	assert_in "$out" 'mqadm: remove 3 messages from the trash for good\? \[y/N\]' 1
	answer n
	[ "$status" -eq 75 ] || report 'should be 75'
	assert_trash 3
	ask "$MQADM" --spool "$spool" --settings "$settings" trash purge --all
	answer y
	[ "$status" -eq 0 ] || report 'should be 0'
	assert_trash 0
}

@test "a clock that is ahead purges nothing, and says so once" {
	deleted 3
	aged 200000
	# The look before had the same clock, an hour ago; it has jumped since.
	stamped 86400 3600
	mqadm trash purge
	assert_status 75
	assert_in "$err" '^mqadm: the clock is (1d|23h59m|24h).* ahead of the time that has passed since the last look; so nothing is purged by age now, and what is in the trash counts as deleted now; see that the clock is right \(date\); ' 1
	assert_trash 3
	# It goes on from there.
	mqadm trash purge
	assert_status 0
	assert_trash 3
	mqadm trash list -f jsonl
	[ "$(jq -s 'map(.due) | min' "$out")" -gt $(($(date +%s) + 259000)) ]
	aged 260000
	mqadm trash purge
	assert_trash 0
}

@test "who names an age is asked to look at such a clock" {
	deleted 2
	aged 10000
	stamped 400000 60
	mqadm trash purge --older-than 1h
	assert_status 75
	assert_in "$err" 'ahead of the time that has passed since the last look: if it is right now \(date\), say --yes$' 1
	assert_trash 2
	mqadm trash purge --older-than 1h --yes
	assert_status 0
	assert_trash 0
}

@test "what was deleted in 1970, or in 2038, is not old" {
	deleted 4
	dated 17 1
	stamped 0 3600 $(($(date +%s) - 900000)) $(($(date +%s) - 259200))
	mqadm trash purge
	assert_status 0
	assert_in "$err" 'older than what was purged long ago' 1
	assert_trash 4
	mqadm trash purge
	assert_stderr 'mqadm: nothing in the trash is old enough'
	assert_trash 4
	dated 2147483700 1
	mqadm trash purge
	assert_in "$err" 'deleted in the future, by the clock, and only purged when they are named: 1$' 1
	assert_trash 4
}

@test "without a stamp, nothing is old; the next one counts from there" {
	deleted 2
	aged 9000000
	rm "$MAILQ_TOOLS_STATE"/*/trash-clock
	mqadm trash purge --dry-run
	[ -z "$(find "$MAILQ_TOOLS_STATE" -name trash-clock)" ] ||
		report 'a dry run writes'
	mqadm trash purge
	assert_status 0
	assert_in "$err" 'how old it is cannot be proved' 1
	assert_trash 2
	mqadm trash purge
	assert_trash 2
	stamped 259300 259300 $(($(date +%s) - 259300))
	[ "$(stamp_of up)" -lt 0 ] || {
		mqadm trash purge
		assert_trash 0
	}
}

@test "a full disk: purge makes space where there is none" {
	[ "$(id -u)" -eq 0 ] || skip 'only root can mount'
	mounted=$BATS_TEST_TMPDIR/disk
	mkdir "$mounted"
	mount -t tmpfs -o size=96m,nr_inodes=20000,mode=755 none "$mounted"
	"$SPOOLGEN" --count "$(if [ -n "${MQ_LONG:-}" ]; then echo 8000; else echo 3000; fi)" --queue deferred \
		--size 200 --owner nobody "$mounted/spool" >/dev/null
	spool=$mounted/spool
	export MAILQ_TOOLS_STATE=$mounted/state
	mqadm delete --all
	assert_status 0
	count=$(trash | wc -l)
	stamped 0 0 $(($(date +%s) - 90000)) 1
	# No byte, and no inode.
	mkdir "$mounted/full"
	(cd "$mounted/full" && seq 20000 | xargs touch 2>/dev/null) || true
	cat /dev/zero >"$mounted/full/1" 2>/dev/null || true
	df --output=avail "$mounted" | grep -qx ' *0'
	df --output=iavail "$mounted" | grep -qx ' *0'
	mqadm trash purge --all
	assert_status 0
	assert_in "$err" 'removed without a line in the history' 1
	assert_in "$err" "removed for good: $count messages.*M freed\$" 1
	assert_trash 0
}

@test "history --prune: forgets by age, but not what is in the trash" {
	deleted 2
	kept=$job
	messages 3
	mqadm hold --all
	mqadm history --prune
	assert_status 0
	assert_stderr 'mqadm: forgotten: 0 jobs with 0 messages; still known: 2 jobs with 5 messages'
	mqadm history --prune --older-than 0
	assert_stderr 'mqadm: forgotten: 1 job with 3 messages; still known: 1 job with 2 messages'
	mqadm trash list
	assert_in "$out" 'no use' 2
	mqadm trash purge --all
	mqadm history --prune --older-than 0
	assert_stderr 'mqadm: forgotten: 2 jobs with 4 messages; still known: 0 jobs with 0 messages'
}
