# mqadm.bash - mqadm on spools that are written here, without Postfix.
#
# Needs helper and craft.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what loads it

# A spool of its own for each test, and a state directory.
mqadm_setup() {
	umask 022
	open_folders
	make_spool "$BATS_TEST_TMPDIR/spool"
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	settings=$BATS_TEST_TMPDIR/settings
	: >"$settings"
}

# In each queue one message, whose id is in a variable of the queue's name.
one_each() {
	local queue n=100

	for queue in incoming active deferred hold; do
		put "$queue" $((n++)) < <(message "$queue@from.example" \
			"$queue@to.example")
		printf -v "$queue" %s "$id"
	done
	put maildrop $n < <(submission maildrop@from.example a@to.example)
	maildrop=$id
}

# deferred_messages N: their ids are in the file ids.
deferred_messages() {
	local i

	for ((i = 0; i < $1; i++)); do
		put deferred $((1000 + i)) < <(message "s$((i % 12))@from.example" \
			"r@d$((i % 3)).example")
		echo "$id"
	done >"$BATS_TEST_TMPDIR/ids"
}

# mqadm ARGUMENT...: of this spool; standard input is empty.
mqadm() {
	owned
	capture "$MQADM" --spool "$spool" --settings "$settings" "$@"
}

# mqadm_with INPUT ARGUMENT...
mqadm_with() {
	owned
	out=$BATS_TEST_TMPDIR/stdout
	err=$BATS_TEST_TMPDIR/stderr
	status=0
	captured="mqadm ${*:2} <$1"
	timeout 60 "$MQADM" --spool "$spool" --settings "$settings" "${@:2}" \
		<"$1" >"$out" 2>"$err" || status=$?
}

# on_tty ANSWER ARGUMENT...: there, with this answer typed.  All that the
# terminal shows is in $out.
on_tty() {
	local answer=$1 command

	owned
	shift
	printf -v command '%q ' "$MQADM" --spool "$spool" --settings "$settings" \
		"$@"
	out=$BATS_TEST_TMPDIR/stdout
	err=/dev/null
	status=0
	captured="$command"
	printf '%s' "$answer" | timeout 60 script -qefc "$command" /dev/null \
		>"$out" || status=$?
	sed -i 's/\r*$//' "$out"
}

# ids_in QUEUE: sorted.
ids_in() {
	find "$spool/$1" -type f -printf '%f\n' | sort
}

count_in() {
	ids_in "$1" | wc -l
}

assert_count() {
	[ "$(count_in "$1")" -eq "$2" ] ||
		report "$(count_in "$1") messages in $1, and not $2"
}

# The last line of stderr, without the id of the job, which is in $job, and
# without what that says of the disk.
assert_sum() {
	local sum

	sum=$(tail -n 1 "$err")
	job=$(sed -n 's/.*(job \([0-9a-f]\{16\}\)).*/\1/p' <<<"$sum")
	[ "${sum% (job *}" = "mqadm: $1" ] || report "the sum should be: $1"
	[ -n "$job" ] || report "no job"
}

# json FILTER: of stdout.
json() {
	jq -r "$1" "$out"
}
