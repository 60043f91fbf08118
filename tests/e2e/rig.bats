#!/usr/bin/env bats
# What becomes of every message while a queue is changed under load, by
# Postfix's own tool and by ours; and by ours with one rule switched off.  See
# tests/rig/rig.sh.

load helper

RIG=$MQ_SRC/tests/rig

setup() {
	lab_require
	require_program "$MQ_BUILD/tests/rig/sink"
	require_program "$MQ_BUILD/tests/rig/inject"
	require_program "$MQADM"
	table=$BATS_TEST_TMPDIR/table
}

# What happens is chosen so that each is told apart by what it needs: messages
# that wait in active/, a second each; deliveries that take long; agents that
# lock late; returns that take long to write.
paced=(concurrency=1 rate_delay=1s delay=300 domains=10)
slow=(concurrency=4 delay=1500 domains=8)
late=(concurrency=4 delay=200 domains=8 slow_flock=700)
returns=(concurrency=4 delay=200 domains=8 slow_bounce=1500 later=80)
moving='both=40 requeue=20 sweep=10 release=20 flush=20'
expiring='expire=25 sweep=25 release=25 flush=25'
trashing='trash=40 undo=15 purge=3 hold=15 release=10 flush=15 kill_trash=4
	fault=8 fault_trash=8'
only_trash='trash=60 flush=20'

# rig NAME OPTION...: into a table of that name; what is wrong goes beside it.
rig() {
	local name=$1

	shift
	"$RIG/rig.sh" --messages 60 --chaos '' "$@" rate=1200 \
		>"$table.$name" 2>"$table.$name.wrong" 3>&-
}

# With each of three seeds, at once.
three() {
	local name=$1 seed

	shift
	for seed in 1 2 3; do
		rig "$name.$seed" --seed $seed "$@" &
	done
	wait
}

# value FILE NAME: from the table of an account.
value() {
	awk -v name="$2" '$1 == name { print $2 }' "$1"
}

# equals FILE NAME NUMBER
equals() {
	[ "$(value "$1" "$2")" = "$3" ] ||
		fail "$2 should be $3:" "$(cat "$1")" \
			"$(head -n 100 "$1.wrong")"
}

# at_least FILE NAME NUMBER
at_least() {
	equals "$1" messages 60
	[ "$(value "$1" "$2")" -ge "$3" ] ||
		fail "$2 should be $3 or more:" "$(cat "$1")"
}

# nothing_wrong NAME [MESSAGES]: and each statement of the tool was true.
nothing_wrong() {
	equals "$table.$1" messages "${2:-60}"
	equals "$table.$1" lost 0
	equals "$table.$1" doubled 0
	equals "$table.$1" false 0
	[ ! -s "$table.$1.wrong" ] ||
		fail "$1:" "$(head -n 100 "$table.$1.wrong")"
}

# offends FILE: something is lost or doubled.
offends() {
	equals "$1" messages 60
	[ $(($(value "$1" lost) + $(value "$1" doubled))) -ge 1 ] ||
		fail "something should be lost or doubled:" "$(cat "$1")"
}

# The control: a rig that cannot see a loss would be worth nothing.
@test "hold and release with postsuper lose mail, with each seed" {
	three postsuper --tool postsuper "${paced[@]}"
	for seed in 1 2 3; do
		at_least "$table.postsuper.$seed" lost 6
	done
}

@test "without a tool nothing is lost, whatever else happens" {
	rig none --tool none --messages 100 \
		--chaos 'reload restart qmgr smtp delete requeue flush' \
		concurrency=4 recipients=1,5,60 refuse=30 later=5 warning=5s
	nothing_wrong none 100
	[ "$(value "$table.none" bounced)" -gt 0 ]
	[ "$(value "$table.none" delivered)" -gt 0 ]
}

@test "with mqadm nothing is lost where postsuper loses mail" {
	three mqadm "${paced[@]}"
	for seed in 1 2 3; do
		nothing_wrong mqadm.$seed
	done
}

# Nor where our postsuper stands for Postfix's, with its words.
@test "with the drop-in postsuper nothing is lost, or doubled" {
	require_program "$MQ_BUILD/mailq-tools/drop-in/postsuper"
	mkdir "$BATS_TEST_TMPDIR/bin"
	# What it says is kept, to see that there was something to lose.
	cat >"$BATS_TEST_TMPDIR/bin/postsuper" <<-END
		#!/bin/sh
		said=\$(mktemp "$BATS_TEST_TMPDIR/said.XXXXXX")
		'$MQ_BUILD/mailq-tools/drop-in/postsuper' "\$@" 2>"\$said"
		status=\$?
		cat "\$said" >&2
		exit \$status
	END
	chmod +x "$BATS_TEST_TMPDIR/bin/postsuper"
	drop_in() {
		PATH=$BATS_TEST_TMPDIR/bin:$PATH rig "$@"
	}
	drop_in held --tool postsuper "${paced[@]}" &
	drop_in slow --tool postsuper --changes "$moving" "${slow[@]}" &
	drop_in late --tool postsuper --changes "$moving" "${late[@]}" &
	wait
	for name in held slow late; do
		nothing_wrong $name
	done
	for what in 'renamed to' 'placed on hold' 'released from hold' \
		requeued; do
		[ "$(cat "$BATS_TEST_TMPDIR"/said.* | grep -c ": $what")" \
			-ge 10 ] || fail "too few were $what"
	done
}

@test "with mqadm nothing is doubled when agents or bounces are slow" {
	rig slow --changes "$moving" "${slow[@]}" &
	rig late --changes "$moving" "${late[@]}" &
	rig returns --changes "$expiring" "${returns[@]}" &
	wait
	nothing_wrong slow
	nothing_wrong late
	nothing_wrong returns
}

# An attempt that is cut short has told of some recipients; a return tells of
# all that are left.
@test "with mqadm a forced return tells of every recipient" {
	cut_short() {
		rig "cut.$1" --seed "$1" \
			--changes 'both=30 sweep=10 expire=10 release=20' \
			concurrency=1 recipients=60 delay=300 later=30
	}
	for seed in 1 2 3; do
		cut_short $seed &
	done
	wait
	for seed in 1 2 3; do
		nothing_wrong cut.$seed
	done
}

@test "with mqadm what is deleted and restored is neither lost nor doubled" {
	three trash --changes "$trashing" --keep "$BATS_TEST_TMPDIR/kept" \
		"${paced[@]}"
	# Of the calls that were to fail some did.
	grep -q INJECTED "$BATS_TEST_TMPDIR"/kept/calls/*.trace
	for seed in 1 2 3; do
		nothing_wrong trash.$seed
		at_least "$table.trash.$seed" done-delete 20
		at_least "$table.trash.$seed" done-restore 20
		equals "$table.trash.$seed" in-trash 0
	done
}

@test "with mqadm what is restored is not doubled when agents are slow" {
	rig trash.slow --changes "$trashing" "${slow[@]}" &
	rig trash.late --changes "$trashing" "${late[@]}" &
	rig trash.returns --changes "$trashing expire=25" "${returns[@]}" &
	wait
	for name in slow late returns; do
		nothing_wrong trash.$name
		at_least "$table.trash.$name" done-delete 10
	done
}

@test "a trash of hard links loses or doubles mail, with each seed" {
	three links --tool links --changes "$only_trash" "${paced[@]}"
	for seed in 1 2 3; do
		offends "$table.links.$seed"
	done
}

@test "without new ids what is deleted and restored is lost, with each seed" {
	three restored --mqadm "$MQ_BUILD/tests/rig/without-new-id" \
		--changes "$only_trash" "${paced[@]}"
	for seed in 1 2 3; do
		at_least "$table.restored.$seed" lost 1
	done
}

@test "without new ids mail is lost, with each seed" {
	three id --mqadm "$MQ_BUILD/tests/rig/without-new-id" "${paced[@]}"
	for seed in 1 2 3; do
		at_least "$table.id.$seed" lost 1
	done
}

@test "without waiting until it is quiet mail is doubled, with each seed" {
	three quiet --mqadm "$MQ_BUILD/tests/rig/without-quiet" \
		--changes "$moving" "${slow[@]}"
	for seed in 1 2 3; do
		at_least "$table.quiet.$seed" doubled 1
	done
}

@test "with a lock and no lease mail is doubled, with each seed" {
	three lease --mqadm "$MQ_BUILD/tests/rig/without-lease" \
		--changes "$moving" "${late[@]}"
	for seed in 1 2 3; do
		at_least "$table.lease.$seed" doubled 1
	done
}

@test "at the end of an attempt returns are doubled, with each seed" {
	three end --mqadm "$MQ_BUILD/tests/rig/without-end" \
		--changes "$expiring" "${returns[@]}"
	for seed in 1 2 3; do
		at_least "$table.end.$seed" doubled 1
	done
}

@test "what mqadm holds may be released by postsuper" {
	three mixed --tool mixed "${paced[@]}"
	for seed in 1 2 3; do
		equals "$table.mixed.$seed" messages 60
		equals "$table.mixed.$seed" lost 0
	done
}
