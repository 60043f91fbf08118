#!/usr/bin/env bats
# The test rig itself: private instances of Postfix live side by side, and
# nothing is left of them.

# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031,SC2154 # lab_port is set by lab_sink

load helper

setup() {
	lab_require
}

teardown() {
	lab_cleanup
}

text() {
	printf 'Subject: %s\n\nHello.\n.\n..\n' "$1"
}

queued() {
	postqueue -c "$LAB_ROOT/$1/etc" -j
}

@test "two instances at once" {
	lab_new one
	lab_new two syslog_name=second
	lab_start one
	lab_start two
	[ "$(lab_port one)" -ne "$(lab_port two)" ]
	text one | lab_send one a@lab.example b@closed.example
	text two | lab_sendmail two -f c@lab.example d@closed.example
	lab_wait 'queued two | grep -q refused' 20 'the message is deferred'
	lab_wait 'queued one | grep -q refused' 20 'the message is deferred'
	[ "$(queued one | grep -c a@lab)" -eq 1 ]
	[ "$(queued one | grep -c c@lab)" -eq 0 ]
	[ "$(queued two | grep -c c@lab)" -eq 1 ]
}

# choose PORT TIMES: so often the dice will say that, then something else.
choose() {
	yes "$1" | head -n "$2" >"$BATS_TEST_TMPDIR/dice"
	lab_random_port() {
		if [ -s "$BATS_TEST_TMPDIR/dice" ]; then
			head -n 1 "$BATS_TEST_TMPDIR/dice"
			sed -i 1d "$BATS_TEST_TMPDIR/dice"
		else
			echo $((20000 + RANDOM % 12000))
		fi
	}
}

# Postfix itself would share it, without a word.
@test "a port that somebody else has" {
	lab_new one
	lab_new two
	lab_start one
	taken=$(lab_port one)
	choose "$taken" 2
	lab_start two
	[ ! -s "$BATS_TEST_TMPDIR/dice" ]
	[ "$(lab_port two)" -ne "$taken" ]
	choose "$taken" 1
	lab_sink two
	[ "$lab_port" -ne "$taken" ]
	lab_listens "$(lab_master_pid two)" "$(lab_port two)"
	run ! lab_listens "$(lab_master_pid two)" "$taken"
}

# As if nobody had looked before: the second one notices, and takes another.
@test "a port that somebody else took in the same moment" {
	lab_new one
	lab_new two
	lab_start one
	taken=$(lab_port one)
	choose "$taken" 1
	lab_take_port() {
		lab_port=$(lab_random_port)
	}
	lab_start two
	[ "$(lab_port two)" -ne "$taken" ]
	[ "$(lab_listeners "$taken" | wc -l)" -eq 1 ]
}

@test "mail arrives at a sink as it was sent" {
	lab_new one
	mkdir -m 777 "$LAB_ROOT/one/mail"
	lab_sink one -d "$LAB_ROOT/one/mail/%M."
	lab_set one "relayhost=[127.0.0.1]:$lab_port"
	lab_start one
	text one | lab_send one a@lab.example '"b c"@ok.example'
	lab_wait 'ls "$LAB_ROOT/one/mail" | grep -q .' 20 'the mail is there'
	lab_wait '[ -z "$(queued one)" ]' 20 'the queue is empty'
	run cat "$LAB_ROOT"/one/mail/*
	[[ $output == *'X-Rcpt-Args: <"b c"@ok.example>'* ]]
	[[ $output == *$'Hello.\n.\n..'* ]]
}

@test "stopping leaves nothing, and a start goes on" {
	lab_new one
	lab_start one
	text one | lab_send one a@lab.example b@closed.example
	lab_wait 'queued one | grep -q refused' 20 'the message is deferred'
	lab_stop one
	[ -z "$(lab_processes "$LAB_ROOT/one")" ]
	"$LAB_HOME/leaks" "$LAB_ROOT"
	lab_start one
	[ "$(queued one | grep -c a@lab)" -eq 1 ]
	lab_reload one
	[ "$(queued one | grep -c a@lab)" -eq 1 ]
	run ! "$LAB_HOME/leaks" "$LAB_ROOT"
	[[ $output == *master* ]]
}

@test "the processes of others are left alone" {
	lab_new one
	lab_start one
	lab_sink one
	(cd "$LAB_ROOT/one" && exec sleep 60 3>&-) &
	other=$!
	lab_wait '[ -n "$(lab_processes "$LAB_ROOT/one" sleep)" ]' 20
	run ! lab_cleanup
	[[ $output == *"$other sleep 60"* ]]
	kill $other
}

@test "a test that is killed leaves nothing" {
	cat >"$BATS_TEST_TMPDIR/victim" <<-'END'
		. "$LAB_HOME/lab.sh"
		lab_new one && lab_start one && lab_sink one &&
			echo "$LAB_ROOT" >"$1" && exec sleep 60
	END
	sh "$BATS_TEST_TMPDIR/victim" "$BATS_TEST_TMPDIR/root" 3>&- &
	victim=$!
	lab_wait '[ -s "$BATS_TEST_TMPDIR/root" ]' 60 'it is up'
	root=$(cat "$BATS_TEST_TMPDIR/root")
	run ! "$LAB_HOME/leaks" "$root"
	kill -9 $victim
	lab_wait '[ ! -d "$root" ]' 30 'the guard has done its work'
	"$LAB_HOME/leaks" "$root"
	[ -z "$(find /tmp -maxdepth 1 -lname "$root")" ]
}

@test "what goes wrong is told" {
	lab_new one
	lab_no_service one postlog
	run ! lab_start one
	[[ $output == *"missing 'postlog' service"* ]]
	run ! lab_wait false 0 'a wonder happens'
	[[ $output == *'after 0 seconds still not: a wonder happens'* ]]
	run -77 env CI= sh -c '. "$LAB_HOME/lab.sh"; lab_skip reason'
	[[ $output == *'skipped: reason'* ]]
	CI=true run ! lab_skip reason
	[[ $output == *'may not be skipped'* ]]
}
