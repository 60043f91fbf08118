#!/usr/bin/env bats
# mqadm delete, restore and undo: what goes, what comes back, and as what.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load craft
load sample
load mqadm

setup_file() {
	require_program "$MQADM"
	require_program "$MQLS"
}

setup() {
	mqadm_setup
}

teardown() {
	[ -z "${image:-}" ] || umount "$BATS_TEST_TMPDIR/disk" || true
	lab_cleanup
}

trash() {
	find "$spool/mailq-tools-trash" -type f -printf '%f\n' | sort
}

# state QUEUE: inode, time, mode and name of each message in it.
state() {
	find "$spool/$1" -type f -printf '%i %T@ %m %f\n' | sort
}

everything() {
	local queue

	for queue in maildrop incoming active deferred hold defer; do
		echo "$queue"
		state $queue
	done
}

@test "delete: from each queue to the trash, and back" {
	one_each
	mkdir -p "$spool/defer"
	log_entry r@x.example 'no route' >"$spool/defer/$deferred"
	owned
	before=$(everything)
	mqadm delete "$incoming" "$active" "$deferred" "$hold" "$maildrop" -v
	assert_status 0
	assert_sum 'moved to the trash: 5 messages'
	assert_in "$out" "^$deferred: moved to the trash$" 1
	assert_in "$out" "^$active: moved to the trash; was being delivered, 0 recipients already done$" 1
	for queue in incoming active deferred hold maildrop; do
		assert_count $queue 0
		[ "$(trash | grep -c "^$queue\.${!queue}\.[0-9a-f]\{32\}$")" = 1 ] ||
			report "of $queue"
	done
	# The logs stay.
	[ -s "$spool/defer/$deferred" ]
	mqadm restore --all -v
	assert_status 0
	assert_sum 'restored: 5 messages'
	assert_count active 0
	assert_count incoming 0
	[ -z "$(trash)" ]
	# As it was, but for what qmgr had; no Postfix runs here, so that it
	# keeps its id.
	for queue in active incoming; do
		mv "$(find "$spool/deferred" -name "${!queue}")" "$spool/$queue"
	done
	diff <(echo "$before") <(everything)
}

@test "restore: by ids, and what is not there" {
	deferred_messages 3
	mapfile -t ids <"$BATS_TEST_TMPDIR/ids"
	mqadm delete "${ids[@]}"
	mqadm hold "${ids[1]}" ABCDEF
	assert_status 66
	assert_in "$err" "^mqadm: ${ids[1]}: in the trash: mqadm restore brings it back$" 1
	assert_in "$err" '^mqadm: ABCDEF: no such message in the queue$' 1
	mqadm restore "${ids[1]}" ABCDEF
	assert_status 75
	assert_in "$err" '^mqadm: ABCDEF: no such message in the trash$' 1
	[ "$(ids_in deferred)" = "${ids[1]}" ]
	mqadm restore "${ids[1]}"
	assert_status 66
	mqadm_with "$BATS_TEST_TMPDIR/ids" restore -
	assert_status 75
	assert_count deferred 3
	mqadm restore --all
	assert_status 0
	assert_stderr 'mqadm: nothing to restore: no message is there'
}

@test "restore: all of it when the journal is lost" {
	one_each
	before=$(everything)
	mqadm delete --all
	mqadm delete maildrop --all
	[ "$(trash | wc -l)" = 5 ]
	rm -r "$MAILQ_TOOLS_STATE"
	mqadm restore --all
	assert_status 0
	assert_sum 'restored: 5 messages'
	[ -z "$(trash)" ]
	assert_count hold 1
	assert_count maildrop 1
	assert_count deferred 3
}

@test "restore: by an id that it had before" {
	one_each
	mqadm hold "$active"
	new=$(sed -n 's/.*: renamed to //p' "$out")
	mqadm delete "$active"
	assert_status 0
	assert_in "$err" "^mqadm: $active is $new now$" 1
	assert_count hold 1
	mqadm restore "$active"
	assert_status 0
	assert_in "$err" "^mqadm: $active is $new now$" 1
	[ "$(ids_in hold | grep -c "^$new$")" = 1 ]
}

@test "delete: a selection needs --yes, and a dry run says what it would be" {
	deferred_messages 4
	mqadm delete -w 'sender = *'
	assert_status 64
	mqadm delete -w 'sender = *' --dry-run
	assert_status 0
	assert_in "$out" '^4 messages, .*, would be moved to the trash\.$' 1
	assert_count deferred 4
	on_tty $'n\n' delete --all
	assert_in "$out" 'mqadm: delete 4 messages\? \[y/N\] ' 1
	assert_status 75
	mqadm delete --yes -w 'sender = s1@from.example' --reason spam
	assert_status 0
	assert_count deferred 3
	mqadm history -f json
	[ "$(json '.[0] | [.action, .reason, .outcomes.done] | @csv')" = \
		'"delete","spam",1' ] || report "the history"
}

@test "delete --purge: for good, with its logs" {
	one_each
	for log in defer bounce trace; do
		echo x >"$spool/$log/$deferred"
		echo x >"$spool/$log/$hold"
	done
	mqadm delete --purge "$deferred" -v
	assert_status 0
	assert_stdout "$deferred: removed for good"
	assert_count deferred 0
	for log in defer bounce trace; do
		[ "$(ids_in $log)" = "$hold" ] || report "$log"
	done
	on_tty $'n\n' delete --purge --all
	assert_in "$out" 'mqadm: remove 3 messages for good\? \[y/N\] ' 1
	mqadm delete --purge --all
	assert_status 0
	assert_sum 'removed for good: 3 messages'
	[ -z "$(trash)" ]
	mqadm undo "$job"
	assert_status 65
	assert_in "$err" '^mqadm: a purge cannot be undone: they are removed for good$' 1
}

@test "undo: hold, release, delete, restore and expire, as it was before" {
	deferred_messages 6
	for action in hold delete expire; do
		before=$(everything)
		mqadm $action --all
		assert_status 0
		job=$(sed -n 's/.*(job \([0-9a-f]*\)).*/\1/p' "$err")
		after=$(everything)
		[ "$after" != "$before" ] || report "$action did nothing"
		mqadm undo "$job"
		assert_status 0
		diff <(echo "$before") <(everything) || report "undo of $action"
		# And that again.
		mqadm undo --yes
		assert_status 0
		diff <(echo "$after") <(everything) || report "redo of $action"
		mqadm undo --yes
		assert_status 0
	done
	# With the time of the next try, which --now has changed, unless
	# somebody has touched it since.
	mqadm hold --all
	find "$spool/hold" -type f -exec touch -d 2030-01-01 {} +
	before=$(everything)
	for action in release expire; do
		mqadm $action --all --now
		assert_status 0
		[ "$(everything)" != "$before" ] || report "$action did nothing"
		# Not by way of the function, which gives all files an owner.
		"$MQADM" --spool "$spool" undo --yes 2>/dev/null
		diff <(echo "$before") <(everything) ||
			report "undo of $action --now"
	done
	mqadm release --all --now
	mqadm undo --yes
	[ -z "$(find "$spool/hold" -type f -newermt 2029-01-01)" ] ||
		report "it was touched"
}

@test "undo: only what no later job has moved, and only what was done" {
	deferred_messages 5
	mapfile -t ids <"$BATS_TEST_TMPDIR/ids"
	mqadm hold --all
	first=$job
	assert_sum 'placed on hold: 5 messages'
	first=$job
	mqadm release "${ids[0]}"
	mqadm hold "${ids[0]}" --reason other
	mqadm delete "${ids[1]}"
	mqadm undo "$first"
	assert_status 0
	assert_in "$err" '^mqadm: left alone, as a later job has moved them: 2 ' 1
	assert_sum 'released from hold: 3 messages'
	[ "$(ids_in hold)" = "${ids[0]}" ]
	# What has gone, Postfix has delivered.
	mqadm hold "${ids[2]}" "${ids[3]}"
	assert_sum 'placed on hold: 2 messages'
	rm "$spool/hold/${ids[2]}"
	mqadm undo "$job"
	assert_status 75
	assert_sum 'released from hold: 1 message; gone meanwhile: 1'
	mqadm requeue "${ids[3]}"
	assert_sum 'requeued: 1 message'
	mqadm undo "$job"
	assert_status 65
	assert_in "$err" 'a requeue cannot be undone: Postfix has made other messages' 1
	mqadm undo 0123
	assert_status 66
}

@test "undo: without a job the last one is shown, and asked about" {
	deferred_messages 2
	on_tty '' undo
	assert_status 66
	mqadm hold --all --reason 'why not'
	on_tty $'n\n' undo
	assert_status 75
	assert_in "$out" '^mqadm: job [0-9a-f]{16}, hold of .*, by .*: why not$' 1
	assert_in "$out" '^mqadm: undo it, for 2 messages\? \[y/N\] ' 1
	assert_count hold 2
	on_tty $'y\n' undo
	assert_count hold 0
	mqadm history -f json
	[ "$(json '.[0] | .action + " " + .selection[:12]')" = \
		'release undo of job ' ] ||
		[ "$(json '.[0].selection | test("^undo of job [0-9a-f]{32}$")')" = true ]
	mqadm undo --dry-run
	assert_status 0
	assert_in "$err" '^mqadm: 2 messages would be placed on hold$' 1
	assert_in "$err" 'that takes' 0
	mqadm undo --dry-run --rate 1/min
	assert_status 0
	assert_in "$err" '^mqadm: 2 messages would be placed on hold$' 1
	assert_in "$err" '^mqadm: At 1/min that takes 1m[^ ]*\.$' 1
}

@test "restore: a dry run says how many, and how long that takes" {
	deferred_messages 3
	mqadm delete --all
	mqadm restore --all --dry-run
	assert_status 0
	[ "$(<"$err")" = 'mqadm: 3 messages would be restored' ]
	mqadm restore --all --dry-run --rate 1/min
	assert_status 0
	assert_in "$err" '^mqadm: 3 messages would be restored$' 1
	assert_in "$err" '^mqadm: At 1/min that takes 2m[^ ]*\.$' 1
	assert_count mailq-tools-trash 3
}

@test "names of somebody else in the trash are left alone" {
	deferred_messages 1
	mqadm delete --all
	echo x >"$spool/mailq-tools-trash/hello.world"
	ln -s /etc/passwd "$spool/mailq-tools-trash/deferred.ABC.00000000000000000000000000000000"
	owned
	mqadm restore --all
	assert_status 75
	assert_in "$err" 'names of somebody else, which are left alone: 1$' 1
	assert_in "$err" 'ABC: .*a symbolic link' 1
	assert_count deferred 1
	[ "$(find "$spool/mailq-tools-trash" -mindepth 1 | wc -l)" = 2 ]
}

# small_disk: the spool and the journal on a file system of 8 MB.
small_disk() {
	[ "$(id -u)" = 0 ] || skip "only root can mount"
	image=$BATS_TEST_TMPDIR/image
	truncate -s 8M "$image"
	mkfs.ext4 -q -m 0 -N 800 "$image"
	mkdir "$BATS_TEST_TMPDIR/disk"
	if ! mount -o loop "$image" "$BATS_TEST_TMPDIR/disk"; then
		image=
		skip "no loop devices"
	fi
	chmod 755 "$BATS_TEST_TMPDIR/disk"
	make_spool "$BATS_TEST_TMPDIR/disk/spool"
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/disk/state
}

many_messages() {
	"$MQ_BUILD/tests/gen/spoolgen" --append --count 300 --hash-depth 0 \
		--owner nobody "$spool"
}

# fill_disk [INODES]: no block is left, and no inode either.
fill_disk() {
	local i=0

	mkdir "$BATS_TEST_TMPDIR/disk/inodes"
	: >"$BATS_TEST_TMPDIR/disk/fill"
	while [ "${1:-}" ] && : >"$BATS_TEST_TMPDIR/disk/inodes/$i"; do
		i=$((i + 1))
	done 2>/dev/null
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/disk/fill" bs=4k 2>/dev/null || true
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/disk/fill" bs=512 conv=notrunc \
		oflag=append 2>/dev/null || true
	[[ "$(stat -fc '%a %d' "$BATS_TEST_TMPDIR/disk")" == "0 ${1:+0}"* ]] ||
		fail "not full: $(stat -f "$BATS_TEST_TMPDIR/disk")"
}

@test "full disk: delete moves all, or stops and says so" {
	small_disk
	many_messages
	mqadm hold --all
	assert_status 0
	fill_disk
	# The journal is there, too: nothing can be noted, and nothing is done.
	mqadm delete --all
	assert_status 74
	assert_in "$err" '^mqadm: delete --purge needs no space on the disk$' 1
	assert_count hold 300
	# And elsewhere.
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	mqadm delete --all
	gone=$(trash | wc -l)
	[ $((gone + $(count_in hold))) -eq 300 ] || report "some are lost"
	[ "$gone" -lt 300 ] || report "the disk was not full enough"
	assert_status 75
	assert_in "$err" "the trash takes no more messages.*: $gone of 300 are in it; .* delete --purge needs no space" 1
	[ "$(wc -l <"$err")" -lt 30 ] || report "a screen of the same"
	mqadm delete --all --purge
	assert_status 0
	assert_count hold 0
}

@test "full disk: delete --purge removes everything" {
	small_disk
	many_messages
	mqadm hold "$(ids_in deferred | head -n 1)"
	fill_disk inodes
	mqadm delete --all
	assert_status 74
	assert_in "$err" '^mqadm: delete --purge needs no space on the disk$' 1
	assert_count deferred 299
	mqadm delete --all --purge
	assert_status 0
	assert_in "$err" '^mqadm: removed for good: 300 messages' 1
	assert_count deferred 0
	assert_count hold 0
}

@test "full disk: delete --purge without a journal yet" {
	small_disk
	deferred_messages 20
	owned
	fill_disk inodes
	mqadm delete --all --purge
	assert_count deferred 0
	assert_in "$err" 'removed for good: 20 messages' 1
	assert_in "$err" 'without a line in the history: 20; of a message that had been renamed, the logs under its older id are left in the queue$' 1
}

@test "full disk: a plan of delete --purge needs no journal, and others do" {
	small_disk
	deferred_messages 20
	owned
	mqadm plan delete --purge --all
	cp "$out" "$BATS_TEST_TMPDIR/purge"
	mqadm plan hold --all
	cp "$out" "$BATS_TEST_TMPDIR/hold"
	fill_disk inodes
	mqadm apply "$BATS_TEST_TMPDIR/hold"
	assert_status 74
	assert_in "$err" '/state/.*: the disk has no space for the journal, and only a plan of delete --purge goes without$' 1
	assert_count deferred 20
	mqadm apply "$BATS_TEST_TMPDIR/purge"
	assert_in "$err" 'removed for good: 20 messages' 1
	assert_in "$err" 'without a line in the history: 20; ' 1
	assert_count deferred 0
}

@test "what was active comes back deferred, under another id, and once" {
	lab_require
	lab_new one default_destination_rate_delay=600s
	lab_start one
	mqadm_of() {
		capture "$MQADM" -c "$LAB_ROOT/one/etc" "$@"
	}
	ids() {
		"$MQLS" -c "$LAB_ROOT/one/etc" -f ids -w "$1"
	}
	for from in a b; do
		printf 'Subject: x\n\nHello.\n' |
			lab_send one $from@from.example x@to.example
	done
	lab_wait '[ "$(ids "queue = active")" ]' 20
	id=$(ids 'queue = active' | head -n 1)
	mqadm_of delete "$id" -v
	assert_status 0
	assert_in "$out" "^$id: moved to the trash; was being delivered" 1
	lab_wait 'grep -qa "/mqadm.*: $id: removed to the trash$" "$LAB_ROOT/one/log"' 20
	mqadm_of hold "$id"
	assert_status 66
	mqadm_of restore "$id"
	assert_status 0
	assert_in "$out" "^$id: renamed to [0-9A-F]+$" 1
	new=$(sed 's/.* //' "$out")
	[ "$(ids "id = $new")" = "$new" ]
	lab_wait 'grep -qa "/mqadm.*: $new: restored from the trash$" "$LAB_ROOT/one/log"' 20
	# pickup(8) may still be reading what was in its folder.
	lab_stop one
}
