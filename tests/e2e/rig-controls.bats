#!/usr/bin/env bats
# A rig that cannot see a loss would be worth nothing: mail is lost, or doubled,
# by Postfix's own tool, and by ours with one rule switched off.

# shellcheck disable=SC2154 # some are set by what is loaded

load helper
load rig

@test "hold and release with postsuper lose mail, with each seed" {
	three postsuper --tool postsuper "${paced[@]}"
	for seed in 1 2 3; do
		at_least "$table.postsuper.$seed" lost 6
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
