#!/usr/bin/env bats
# The account of the rig: what it takes for ours, and what for Postfix's.
# From a log that was made for it; see account.awk.

load ../e2e/helper

setup() {
	in=$BATS_TEST_TMPDIR/in
	log=$BATS_TEST_TMPDIR/log
	: >"$in"
	: >"$log"
	clock=1000
	log master 'daemon started -- version 3.7.11, configuration /etc'
}

# log PROGRAM TEXT
log() {
	echo "Nov 20 10:00:00 mail lab-rig/$1[42]: $2" >>"$log"
}

# take N ID: a message to one recipient, which the sender was told is taken.
take() {
	echo "in $((++clock)) m$1 $2 m$1-1@d1.example" >>"$in"
	log qmgr "$2: from=<m$1@b1.example>, size=500, nrcpt=1 (queue active)"
}

# deliver N ID
deliver() {
	echo "sent $((++clock)) m$1-1@d1.example m$1" >>"$in"
	log smtp "$2: to=<m$1-1@d1.example>, relay=x, delay=1, \
delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 taken)"
}

# pick_up N OLD NEW
pick_up() {
	log pickup "$3: uid=102 from=<m$1@b1.example> orig_id=$2"
}

# purge N ID: by another administrator.
purge() {
	echo "purge $((++clock)) $2 m$1" >>"$in"
	log postsuper "$2: removed"
}

restart() {
	log master 'daemon started -- version 3.7.11, configuration /etc'
}

# say ACTION ID OUTCOME: by the tool, at that time.
say() {
	echo "said call $((++clock)) $((++clock)) $1 $2 $3 - -" >>"$in"
}

# say_of ACTION ID OUTCOME FOLDER ACTIVE: of a message that was there.
say_of() {
	ask "$1" "$2"
	echo "said call $((++clock)) $((++clock)) $1 $2 $3 - - $4 $5" >>"$in"
}

# say_renamed ACTION OLD NEW: it was done, and the log has no line of that.
say_renamed() {
	echo "said call $((++clock)) $((++clock)) $1 $2 done $3 -" >>"$in"
}

# pass: some time.
pass() {
	clock=$((clock + 2))
}

# ask ACTION ID
ask() {
	echo "asked call $((clock + 1)) $((clock + 2)) $1 $2" >>"$in"
}

# left_in_trash N NAME
left_in_trash() {
	echo "left mailq-tools-trash $2 m$1-1@d1.example" >>"$in"
}

# account NAME COUNT...: what it comes to; all else is nothing.
account() {
	awk -v tool=mqadm -f "$MQ_SRC/tests/rig/account.awk" \
		"$in" is_log=1 "$log" >"$BATS_TEST_TMPDIR/account"
	awk '/^(lost|doubled.*|false|delivered|present|purged|in-trash) [^0]/' \
		"$BATS_TEST_TMPDIR/account" >"$BATS_TEST_TMPDIR/counts"
	printf '%s %s\n' "$@" | diff - "$BATS_TEST_TMPDIR/counts"
}

@test "what pickup has copied once more after a restart is Postfix's double" {
	take 1 A1
	pick_up 1 A1 B1
	restart
	pick_up 1 A1 C1
	deliver 1 B1
	log mqadm 'C1: renamed to D1'
	deliver 1 D1
	account delivered 1 doubled-by-postfix 1
}

@test "what pickup has taken twice without a restart is not" {
	take 1 A1
	restart
	pick_up 1 A1 B1
	pick_up 1 A1 C1
	deliver 1 B1
	deliver 1 C1
	account delivered 1 doubled 1
}

@test "a copy that is delivered twice is not Postfix's double" {
	take 1 A1
	pick_up 1 A1 B1
	restart
	pick_up 1 A1 C1
	deliver 1 C1
	log mqadm 'C1: renamed to D1'
	deliver 1 D1
	account delivered 1 doubled 1
}

@test "three deliveries of two copies are not Postfix's double" {
	take 1 A1
	pick_up 1 A1 B1
	restart
	pick_up 1 A1 C1
	deliver 1 B1
	deliver 1 C1
	deliver 1 E1
	account delivered 1 doubled 1
}

@test "both doubles are counted, each as what it is" {
	take 1 A1
	take 2 A2
	pick_up 1 A1 B1
	deliver 2 A2
	restart
	pick_up 1 A1 C1
	deliver 1 B1
	deliver 1 C1
	deliver 2 A2
	account delivered 2 doubled 1 doubled-by-postfix 1
	grep '^! doubled m2 m2-1@d1.example sent=2' "$BATS_TEST_TMPDIR/account"
}

@test "what is delivered, and still there twice, is doubled" {
	take 1 A1
	echo 'left deferred A1 m1-1@d1.example' >>"$in"
	echo 'left hold B1 m1-1@d1.example' >>"$in"
	account present 1 doubled 1
}

@test "a second administrator's requeue excuses no double of one copy" {
	take 1 A1
	take 2 A2
	for n in 1 2; do
		log postsuper "A$n: requeued"
		pick_up $n A$n B$n
	done
	deliver 1 A1
	deliver 1 B1
	deliver 2 B2
	deliver 2 B2
	account delivered 2 doubled 1 doubled-by-other 1
}

@test "what goes on was not gone" {
	take 1 A1
	take 2 A2
	deliver 2 A2
	say hold A1 absent
	say hold A2 absent
	deliver 1 A1
	account delivered 2 false 1
}

@test "an id may have been that of another message at the time" {
	take 1 A1
	deliver 1 A1
	say hold A1 absent
	take 2 A1
	deliver 2 A1
	account delivered 2
	say hold A1 absent
	deliver 2 A1
	account delivered 2 doubled 1 false 1
}

@test "what was requeued is elsewhere, also when the log has lost a renaming" {
	take 1 A1
	say requeue A1 absent
	pick_up 1 B1 C1
	restart
	pick_up 1 B1 D1
	deliver 1 C1
	deliver 1 D1
	account delivered 1 doubled-by-postfix 1
}

@test "what was held is asked for by its new name, which the log has lost" {
	take 1 A1
	say_renamed hold A1 B1
	pick_up 1 B1 C1
	deliver 1 C1
	account delivered 1 false 1
	# The same, but somebody has asked for it.
	take 2 A2
	say_renamed hold A2 B2
	ask requeue B2
	pass
	pick_up 2 B2 C2
	deliver 2 C2
	account delivered 2 false 1
}

@test "what was held is removed by its new name, which the log has lost" {
	take 1 A1
	say_renamed hold A1 B1
	say_of purge B1 "done" deferred -
	account purged 1
	# The same, with somebody who restores it meanwhile.
	take 2 A2
	say_renamed hold A2 B2
	say_of restore B2 "done" mailq-tools-trash -
	ask release B2
	pass
	deliver 2 B2
	account delivered 1 purged 1
}

@test "that a report is gone says nothing of what it reports" {
	take 1 A1
	log bounce 'A1: sender non-delivery notification: R1'
	say hold R1 absent
	pass
	deliver 1 A1
	account delivered 1
}

@test "who delivers a message does not notice that it is deleted" {
	take 1 A1
	take 2 A2
	say hold A1 absent
	for n in 1 2; do
		purge $n A$n
	done
	say hold A2 absent
	deliver 1 A1
	deliver 2 A2
	account delivered 2 false 1
}

@test "what was taken is not being written any more" {
	say hold A1 writing
	take 1 A1
	say hold A1 writing
	deliver 1 A1
	account delivered 1 false 1
}

@test "what is in the trash is not delivered until it is restored" {
	for n in 1 2 3; do
		take $n A$n
	done
	say_of delete A1 'done' deferred -
	deliver 1 A1
	say_of delete A2 'done' deferred -
	say_of restore A2 'done' mailq-tools-trash -
	deliver 2 A2
	# By all that is restored, or an undo.
	say_of delete A3 'done' deferred -
	ask restore-all -
	deliver 3 A3
	account delivered 3 false 1
}

@test "who was delivering a message that is deleted goes on, but not for long" {
	take 1 A1
	take 2 A2
	say_of delete A1 'done' active active
	deliver 1 A1
	say_of delete A2 'done' active active
	clock=$((clock + 6000))
	deliver 2 A2
	account delivered 2 false 1
}

@test "an undo of a deletion restores, and one of a hold releases" {
	for n in 1 2 3; do
		take $n A$n
	done
	say_of delete A1 'done' deferred -
	ask undo-delete A1
	deliver 1 A1
	say_of hold A2 'done' deferred -
	ask undo-hold A2
	deliver 2 A2
	say_of hold A3 'done' deferred -
	ask undo-delete A3
	deliver 3 A3
	account delivered 3 false 1
}

@test "what is in the trash may be absent, and come back" {
	take 1 A1
	take 2 A2
	say_of delete A1 'done' deferred -
	say hold A1 absent
	say_of restore A1 'done' mailq-tools-trash -
	deliver 1 A1
	say hold A2 absent
	say restore A2 absent
	deliver 2 A2
	account delivered 2 false 1
}

@test "only what the tool has said that it removed is purged" {
	take 1 A1
	take 2 A2
	take 3 A3
	say_of purge A1 'done' deferred -
	say_of purge A2 busy active -
	say_of purge A3 'done' deferred -
	deliver 3 A3
	account delivered 1 purged 1 lost 1 false 1
	grep '^! lost m2 ' "$BATS_TEST_TMPDIR/account"
	grep '^! false m3 .* was sent, and was purged' \
		"$BATS_TEST_TMPDIR/account"
}

@test "nothing stays in the trash, but what pickup may be reading" {
	take 1 A1
	take 2 A2
	left_in_trash 1 deferred.A1.0123
	left_in_trash 2 maildrop.A2.0123
	account in-trash 2
	[ "$(grep '^! in-trash' "$BATS_TEST_TMPDIR/account")" = \
		'! in-trash m1 m1-1@d1.example as deferred.A1.0123' ]
}

@test "a message that was deleted while pickup took it has a copy" {
	take 1 A1
	say_of delete A1 'done' maildrop -
	pick_up 1 A1 B1
	deliver 1 B1
	log mqadm 'A1: renamed to C1'
	pick_up 1 C1 D1
	deliver 1 D1
	account delivered 1 doubled-by-postfix 1
}

@test "what is being written was answered for" {
	mkdir -p "$BATS_TEST_TMPDIR/rig/calls"
	cd "$BATS_TEST_TMPDIR/rig"
	mkdir etc spool
	: >inject.log
	: >sink.log
	: >facts
	: >history
	: >log
	printf 'A1\nB1\nC1\n' >calls/hold.1.2.ids
	echo '75 1000 1001' >calls/hold.1.2.status
	: >calls/hold.1.2.out
	printf 'mqadm: %s\n' 'A1: still being written' \
		'B1: no such message in the queue' >calls/hold.1.2.err
	"$MQ_SRC/tests/rig/account.sh" . mqadm 0 1 >table 2>wrong || true
	grep -x 'said-writing 1' table
	grep -x 'said-absent 1' table
	[ "$(grep '^silent' wrong)" = 'silent - hold.1.2 C1' ]
}
