#!/usr/bin/env bats
# mqadm: never the wrong message.
#
# Short queue ids are made of microseconds and the inode, and come back.  Here
# they do so on purpose: between the moment when a message is chosen and the
# one when it is changed, another one is put in its place (reuse.c), under the
# same name, and on the same inode, which the file system gives back at once.
# Then the new ones have to be as they were: place, inode, time of change,
# contents.  postsuper, in the same tests, touches them.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load asked
load craft

SPOOLGEN=$MQ_BUILD/tests/gen/spoolgen
REUSE=$MQ_BUILD/tests/e2e/reuse

# Other tests have queue managers of Postfix's usual user.
owner=games

setup() {
	lab_require
	require_program "$MQADM"
	require_program "$SPOOLGEN"
	require_program "$REUSE"
	umask 022
	chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" \
		"$BATS_TEST_TMPDIR"
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	races=2000
	[ -z "${MQ_LONG:-}" ] || races=100000
	other=$BATS_TEST_TMPDIR/other
	message other@other.example someone@other.example >"$other"
	lab_new q "mail_owner=$owner"
	chown "$owner" "$LAB_ROOT/q/data" "$LAB_ROOT/q/log"
	spool=$LAB_ROOT/q/spool
	etc=$LAB_ROOT/q/etc
	seed=0
	ids=$BATS_TEST_TMPDIR/ids
	new=$BATS_TEST_TMPDIR/new
}

teardown() {
	stop_asking
	[ -z "${mounted:-}" ] || umount "$mounted"
	lab_cleanup
}

# Where a verb finds what it changes.
declare -gA home=([hold]=deferred [release]=hold [requeue]=deferred
	[expire]=deferred)
declare -gA letter=([hold]=h [release]=H [requeue]=r [expire]=e)

# fill QUEUE COUNT: nothing but these.  Their paths are in the file paths.
fill() {
	rm -rf "$spool"
	mkdir -m 755 "$spool"
	"$SPOOLGEN" --append --count "$2" --queue "$1" --owner "$owner" \
		--no-log-share 100 --size 200 --seed $((++seed)) \
		--now $(($(date +%s) + 3600)) "$spool"
	(cd "$spool" && find "$1" -type f) >"$BATS_TEST_TMPDIR/paths"
	sed 's,.*/,,' "$BATS_TEST_TMPDIR/paths" >"$ids"
	[ "$(wc -l <"$ids")" -eq "$2" ]
}

# replace [OPTION...]: put other messages in their place.
replace() {
	"$REUSE" "$@" "$spool" "$other" <"$BATS_TEST_TMPDIR/paths" >"$new"
}

# How many of the new messages are not as they were made.
touched() {
	(cd "$spool" && find . -type f -printf '%P %i %C@\n') | sort \
		>"$BATS_TEST_TMPDIR/found"
	cut -d ' ' -f 1-3 "$new" | sort |
		comm -23 - "$BATS_TEST_TMPDIR/found" |
		tee "$BATS_TEST_TMPDIR/touched" | wc -l
}

assert_untouched() {
	local path wrong

	wrong=$(touched)
	[ "$wrong" -eq 0 ] || report "$wrong new messages were touched:" \
		"$(head -n 3 "$BATS_TEST_TMPDIR/touched")" \
		"$(grep -F "$(head -n 1 "$BATS_TEST_TMPDIR/touched" |
			cut -d ' ' -f 2)" "$BATS_TEST_TMPDIR/found")"
	# One is the other, byte by byte, and there are no more of them.
	while read -r path _; do
		cmp -s "$other" "$spool/$path" || fail "$path is written to"
	done < <(sed -n '1~97p' "$new")
	[ "$(find "$spool" -type f -size "$(stat -c %s "$other")c" | wc -l)" \
		-ge "$(wc -l <"$new")" ]
}

# sum_of WORDS: the number behind them in the line of sums.
sum_of() {
	sed -n "s/^mqadm: .*$1: \([0-9]*\).*/\1/p" "$2" | tail -n 1
}

# The kernel has no rename of a file that is held: one that comes between the
# last look and the rename is moved, seen, and gets its name back, and nobody
# but its time of change knows.  That is told as well, and seldom.
assert_given_back_at_most() {
	local path inode

	touched >/dev/null
	while read -r path inode _; do
		[ "$(stat -c '%i %a' "$spool/$path")" = "$inode 700" ] ||
			report "$path was touched"
		cmp -s "$other" "$spool/$path" || report "$path was written to"
		given_back=$((given_back + 1))
	done <"$BATS_TEST_TMPDIR/touched"
	[ "$given_back" -le "$1" ] ||
		report "$given_back were moved and given back"
}

# The file system gives the inode back, or this would be another test.  Other
# programs make files, too, and get some.
assert_reused() {
	local lines same

	lines=$(wc -l <"$new")
	same=$(grep -c ' same$' "$new")
	[ $((same * 2)) -ge "$lines" ] ||
		fail "only $same of $lines got the inode of the old one"
}

# chosen_and_replaced VERB COUNT: all of them, while it asks.
chosen_and_replaced() {
	fill "${home[$1]}" "$2"
	ask "$MQADM" "$1" -c "$etc" --all
	replace
	[ "$(wc -l <"$new")" -eq "$2" ]
	assert_reused
	answer y
	assert_untouched
	[ "$(sum_of 'now another message' "$out")" = "$2" ] ||
		report "not all are told to be others"
	assert_status 75
	[ "$(find "$spool" -type f -not -path '*/pid/*' | wc -l)" -eq "$2" ]
}

@test "all are others by the time of the answer: hold" {
	chosen_and_replaced hold $((races / 4))
}

@test "all are others by the time of the answer: release" {
	chosen_and_replaced release $((races / 4))
}

@test "all are others by the time of the answer: requeue" {
	chosen_and_replaced requeue $((races / 4))
}

@test "all are others by the time of the answer: expire" {
	chosen_and_replaced expire $((races / 4))
}

# Each message has been changed as itself, or replaced and never changed.
race() {
	local count=$((races > 2000 ? 5000 : 500)) replacing sum

	fill "${home[$1]}" $count
	ask "$MQADM" "$1" -c "$etc" --all
	replace -p 200 -s "$seed" &
	replacing=$!
	answer y
	wait "$replacing"
	assert_given_back_at_most $((5 + replaced / 100))
	sum=$(sed -n 's/^mqadm: [^:]*: \([0-9]*\) message.* (job .*/\1/p' "$out")
	[ -n "$sum" ] || report "no sum"
	replaced=$((replaced + $(wc -l <"$new")))
	changed=$((changed + sum))
	told=$((told + $(sum_of 'now another message' "$out") + 0))
	# A message that was only marked is still there to be replaced.
	[ "$1" = expire ] || [ $((sum + $(wc -l <"$new"))) -eq $count ] ||
		report "$sum changed, and $(wc -l <"$new") replaced"
	# Some of the old and all of the new: none is lost, none is double.
	[ "$(find "$spool" -type f -not -path '*/pid/*' | wc -l)" -eq $count ]
}

# Inodes of 128 bytes have no room for the time of birth.
without_birth_times() {
	local image=$LAB_ROOT/q/image dir=$LAB_ROOT/q/disk

	truncate -s 64M "$image"
	mkdir "$dir"
	mkfs.ext4 -q -I 128 "$image" 2>/dev/null
	mount -o loop "$image" "$dir" || skip "no loop device to mount"
	mounted=$dir
	[ "$(stat -c %W "$dir")" -eq 0 ] || skip "there are times of birth"
	spool=$dir/spool
	lab_set q "queue_directory=$spool"
}

# Then arrival and sender tell them apart.
@test "all are others, on a file system without times of birth" {
	local verb

	without_birth_times
	for verb in hold release requeue expire; do
		chosen_and_replaced $verb 300
	done
}

# Most are replaced before it comes to them, and some a moment after: where
# the two meet is another place each time.
@test "others come at any moment" {
	local verb replaced=0 changed=0 told=0 given_back=0

	while [ $replaced -lt "$races" ] || [ $changed -eq 0 ] || [ $told -eq 0 ]
	do
		for verb in hold release requeue expire; do
			race $verb
		done
	done
	echo "$replaced replaced, $changed changed before, $told told," \
		"$given_back given back"
}

@test "control: postsuper takes the others, after the answer and at random" {
	local verb wrong=0

	for verb in hold release requeue expire; do
		fill "${home[$verb]}" 200
		replace
		assert_reused
		capture bash -c 'exec "$@" <"$0"' "$ids" \
			postsuper -c "$etc" "-${letter[$verb]}" -
		assert_status 0
		[ "$(touched)" -eq 200 ] || report "not all were touched"
	done
	for verb in hold release requeue expire; do
		fill "${home[$verb]}" 500
		replace -p 200 -s "$seed" &
		postsuper -c "$etc" "-${letter[$verb]}" - <"$ids" 2>/dev/null
		wait $!
		wrong=$((wrong + $(touched)))
	done
	[ "$wrong" -gt 0 ]
}

# collide FROM TO COUNT: messages in FROM, each with another one of its name in
# TO.  What all of them are is in the file both.
collide() {
	local id dir

	fill "$1" "$3"
	while read -r id; do
		dir=$spool/$2
		[ "$2" != deferred ] || dir=$dir/${id:0:1}
		[ -d "$dir" ] || install -d -m 700 -o "$owner" "$dir"
		cp "$other" "$dir/$id"
		echo "$id" >>"$dir/$id"
		chmod 700 "$dir/$id"
		chown "$owner" "$dir/$id"
	done <"$ids"
	all_files >"$BATS_TEST_TMPDIR/both"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/both")" -eq $((2 * $3)) ]
}

# Each by its inode, with what is in it.
all_files() {
	find "$spool" -type f -not -path '*/pid/*' -printf '%i ' \
		-exec sh -c 'cksum <"$1"' - {} \; | sort
}

# kept_apart VERB FROM TO STATUS OUTCOME
kept_apart() {
	collide "$2" "$3" 20
	capture "$MQADM" "$1" -c "$etc" --all --yes "$2"
	all_files >"$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/both" "$BATS_TEST_TMPDIR/after"
	assert_status "$4"
	assert_in "$err" "^mqadm: $5 \(job [0-9a-f]*\)$" 1
	collide "$2" "$3" 20
	capture bash -c 'exec "$@" <"$0"' "$ids" \
		postsuper -c "$etc" "-${letter[$1]}" - "$2"
	all_files >"$BATS_TEST_TMPDIR/after"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/after")" -eq 20 ] ||
		report "control: postsuper loses none"
}

@test "another message has the name in hold" {
	kept_apart hold deferred hold 65 \
		'placed on hold: 0 messages; refused: 20'
}

@test "another message has the name in deferred" {
	kept_apart release hold deferred 0 'released from hold: 20 messages'
}

@test "another message has the name in maildrop" {
	kept_apart requeue deferred maildrop 65 \
		'requeued: 0 messages; refused: 20'
	kept_apart requeue hold maildrop 65 \
		'requeued: 0 messages; refused: 20'
}

# Both are meant by that id; the one that cannot be changed says why.
@test "an id that two messages have" {
	collide deferred hold 1
	capture "$MQADM" hold -c "$etc" -v "$(cat "$ids")"
	assert_status 75
	assert_in "$out" ': on hold already$' 1
	assert_in "$err" ': another message has this name in hold$' 1
	all_files >"$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/both" "$BATS_TEST_TMPDIR/after"
}
