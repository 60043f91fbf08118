#!/usr/bin/env bats
# What becomes of every message while a queue is changed under load, by
# our tools.  See tests/rig/rig.sh, and rig-controls.bats for what the same rig
# sees of others.

# shellcheck disable=SC2154 # some are set by what is loaded

load helper
load rig

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

@test "what mqadm holds may be released by postsuper" {
	three mixed --tool mixed "${paced[@]}"
	for seed in 1 2 3; do
		equals "$table.mixed.$seed" messages 60
		equals "$table.mixed.$seed" lost 0
	done
}
