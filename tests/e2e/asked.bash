# asked.bash - a program that waits for an answer at a terminal, for tests.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2034,SC2154 # status and out are those of helper.bash

# ask COMMAND...: start it at a terminal, and wait until it asks.  What the
# terminal shows comes into $out.
ask() {
	local command fifo=$BATS_TEST_TMPDIR/typed

	out=$BATS_TEST_TMPDIR/stdout
	err=/dev/null
	captured=$*
	status='none yet'
	printf -v command '%q ' "$@"
	rm -f "$fifo"
	mkfifo "$fifo"
	timeout 600 script -qefc "$command" /dev/null <"$fifo" >"$out" 3>&- &
	asking=$!
	exec 7>"$fifo"
	lab_wait 'grep -qF "[y/N]" "$out" ||
		! kill -0 "$asking" 2>/dev/null' 60 'it asks'
	grep -qF '[y/N]' "$out" || report "it does not ask"
}

# answer TEXT: and wait until it has ended.
answer() {
	printf '%s\n' "$1" >&7
	exec 7>&-
	status=0
	wait "$asking" || status=$?
	asking=
	sed -i 's/\r*$//' "$out"
}

# For teardown.
stop_asking() {
	[ -n "${asking:-}" ] || return 0
	exec 7>&-
	kill "$asking" 2>/dev/null || true
	wait "$asking" || true
	asking=
}

# pid_of PROGRAM WORD: of the process that has this word among its arguments.
pid_of() {
	local pid

	for pid in $(pgrep -x "$1"); do
		if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" |
			grep -qxF -e "$2"; then
			echo "$pid"
		fi
	done
}
