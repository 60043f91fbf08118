#!/usr/bin/env bats
# The drop-in postsuper beside Postfix's own, each on a copy of one file
# system: what they say and log, how they end, and every file afterwards.
#
# Where ours does something else on purpose, the test says what, and
# docs/COMPATIBILITY.md why.
#
# shellcheck disable=SC2153,SC2154 # ids are set by what is loaded
# shellcheck disable=SC2016 # commands for the copies are given unexpanded

load helper
load craft
load postsuper

setup_file() {
	twin_missing >"$BATS_FILE_TMPDIR/missing"
	[ -s "$BATS_FILE_TMPDIR/missing" ] || twin_make
}

setup() {
	twin_begin
	# What Postfix takes when none is named; with trace, whose logs it
	# leaves behind.
	all_queues='defer bounce maildrop incoming active deferred hold flush'
}

teardown_file() {
	LAB_ROOT=$(dirname "$(cat "$BATS_FILE_TMPDIR/dir")") lab_cleanup
}

@test "a healthy queue: each repair, and none" {
	for options in '' -s -S -p '-s -S -p' -v; do
		# shellcheck disable=SC2086 # options
		twins $options
		[ "$options" = -v ] || same
		same files
	done
	identical -s deferred hold flush trace bounce
	# With -v, ours says what it does, and not how Postfix works inside.
	twins -v -p hold
	edit err grep -E ': (fatal|warning|queue|removed|renamed)'
	same err
	assert_in "$dir/ours.err" '^postsuper: queue: hold$' 1
}

@test "one message, in each queue" {
	identical -d "$maildrop1" -d "$incoming1" -d "$active1" \
		-d "$deferred1" -d "$hold1"
	said "$active1: removed"
	said 'Deleted: 5 messages'
	identical -h "$deferred2" -h "$hold2" -h "$maildrop2"
	said 'Placed on hold: 1 message'
	identical -H "$hold1" -H "$deferred1" -H "$maildrop1" -H "$active1"
	said "$hold1: released from hold"
	said 'Released from hold: 1 message'
	identical -r "$deferred1" -r "$hold1" -r "$hold3" -r "$maildrop1"
	said 'Requeued: 3 messages'
	identical -e "$deferred1" -e "$incoming1" -e "$active1" -e "$hold1" \
		-e "$maildrop1" -e "$deferred1"
	said 'Force-expired: 4 messages'
	identical -f "$hold1" -f "$deferred1" -f "$hold2" -f "$maildrop1" \
		-f "$hold1"
	said "$hold1: expired"
	said "$hold1: released from hold"
	said 'Force-expired: 3 messages'
	said 'Released from hold: 2 messages'
}

@test "in some queues" {
	identical -d "$deferred1" -d "$hold1" hold active
	said 'Deleted: 1 message'
	identical -H "$hold1" deferred
	said 'Released from hold: 0 messages'
	identical -h "$deferred1" hold
	identical -e "$hold1" -e "$deferred2" deferred trace
	identical -r "$deferred1" -d "$deferred1" defer bounce deferred
}

@test "standard input" {
	printf '%s\n' "$deferred1" "$hold1" nosuch "$deferred1" >"$dir/input"
	printf '%s' "$active1" >>"$dir/input"
	identical -d -
	said 'Deleted: 3 messages'
	said "$active1: removed"
	printf '%s\n' "$deferred1" "$hold1" "$deferred2" >"$dir/input"
	identical -h -
	identical -H - -e "$deferred3"
	identical -r -
	identical -e - -H "$hold1"
	identical -f -
	: >"$dir/input"
	identical -d -
	said 'Deleted: 0 messages'
	# It is read once.
	printf '%s\n' "$hold1" "$hold2" >"$dir/input"
	identical -e - -H - -h -
}

@test "what is no queue id" {
	printf '%s\n' '' ' ' 'a b' ../x "$deferred1 " '-' ALL all "x$hold1" \
		$'tab\t' $'esc\e[1m' $'utf8 \xc3\xa9 \xff \xc3' '*' >"$dir/input"
	{
		printf 'cr\r\nnul\0x\n'
		printf '%0300d\n' 0
		printf '%070000d\n' 0
	} >>"$dir/input"
	for option in -d -h -H -r -e -f; do
		twins $option -
		cut_logs
		same
		said 'warning: invalid mail queue id: a b' \
			"$([ $option = -f ] && echo 2 || echo 1)"
	done
	identical -d 'a b' -d '' -h "$deferred1" -H $'\xc3\xa9'
	identical -h nosuch -d 0 -r A -e 123456789 -f nosuch
	twin_config smtputf8_enable=no
	twins -d -
	cut_logs
	same
}

# Very long lines of the log are cut at other places.
cut_logs() {
	sed -i -E 's/^(.{800}).*/\1/' "$dir/theirs.log" "$dir/ours.log"
}

@test "all, and all of some queues" {
	identical -h ALL deferred
	said 'Placed on hold: 8 messages'
	identical -h ALL hold maildrop defer flush
	said 'Placed on hold: 0 messages'
	identical -H ALL
	said 'Released from hold: 4 messages'
	identical -e ALL
	said 'Force-expired: 18 messages'
	identical -f ALL
	said 'Released from hold: 4 messages'
	identical -f ALL deferred
	identical -r ALL hold
	said 'Requeued: 4 messages'
	identical -d ALL maildrop incoming active
	said 'Deleted: 9 messages'
	identical -d ALL flush trace
	identical -d ALL defer bounce
	said 'Deleted: 0 messages'
}

@test "repeated and mixed" {
	identical -h "$deferred1" -e "$deferred1" -H "$deferred1" \
		-d "$deferred1" -d "$deferred1"
	said 'Force-expired: 1 message'
	said 'Placed on hold: 1 message'
	said 'Deleted: 1 message'
	identical -H ALL -d "$hold1" -e ALL -s -p
	identical -d ALL -h ALL hold defer
	identical -s -d "$deferred3" -S -h "$deferred2" -r "$deferred4"
	identical -e ALL -e ALL
	printf '%s\n' "$hold1" "$hold1" "$hold2" "$hold1" >"$dir/input"
	identical -H - -h "$hold1"
	identical -d - -d "$hold3"
	said 'Deleted: 3 messages'
}

@test "names that are none of a queue" {
	identical -d ALL hold defer nosuch deferred
	said 'fatal: invalid directory name: nosuch'
	identical -d "$hold1" hold nosuch
	identical -d "$deferred1" hold nosuch
	identical -H "$hold1" nosuch hold
	identical -h "$deferred1" nosuch
	printf '%s\n' "$hold1" "$hold2" nosuch "$hold3" >"$dir/input"
	identical -d - hold nosuch
	said "$hold2: removed"
	identical -s corrupt
	identical -p deferred saved
	identical -e ALL deferred pid
	twin_config hash_queue_names=deferred,maildrop
	identical -s
	said 'fatal: maildrop queue must not be hashed'
	# What is no directory.
	twin_config hash_queue_names=deferred,defer
	prepare <<<'rm -r trace; echo x >active/A; rm -r flush'
	identical -s trace
	identical -p
	identical -e ALL active deferred
	identical -d ALL active deferred
	prepare <<<'rm -r flush'
	identical
	identical -d ALL hold defer flush
}

@test "mistakes" {
	for mistake in -x -d '-c relative' '-s -h' '-c' "-d $hold1 -x"; do
		# shellcheck disable=SC2086 # words
		identical $mistake
		assert_in "$dir/ours.status" '^1$' 1
	done
	for words in "" "-d $hold1" -s -x; do
		for program in "$THEIRS" "$POSTSUPER"; do
			# shellcheck disable=SC2086 # words
			capture "${as_nobody[@]}" bash -c \
				'exec -a postsuper "$@"' - "$program" $words
			assert_status 1
			assert_stdout ''
			assert_stderr 'postsuper: fatal: use of this command is reserved for the superuser'
		done
	done
	for program in "$THEIRS" "$POSTSUPER"; do
		capture setpriv --euid nobody bash -p -c \
			'exec -a postsuper "$@"' - "$program" -s
		assert_status 1
		# In that state, no sanitizer takes its options.
		sed -i '/^==[0-9]*==/d' "$err"
		assert_stderr 'postsuper: fatal: this postfix command must not run as a set-uid process'
	done
	# Who calls it something else hears that.
	for program in "$THEIRS" "$POSTSUPER"; do
		capture bash -c 'exec -a "$@"' - /x/y/super "$program" -x
		assert_status 1
		grep -v 'invalid option' "$err" >"$dir/said.${program//\//_}"
	done
	assert_in "$err" '^super: fatal: usage: super \[-c config_dir\]' 1
	assert_same_file "$dir/said.${THEIRS//\//_}" \
		"$dir/said.${POSTSUPER//\//_}"
}

@test "misplaced files" {
	# Nothing in its level, too deep, elsewhere; logs, too.
	misplaced='
		mv deferred/?/'$deferred1' deferred/
		mkdir -m 700 deferred/Z deferred/Z/Y active/Q active/Q/R
		mv deferred/?/'$deferred2' deferred/Z/Y
		mv active/'$active1' active/Q/R
		mv defer/?/'$deferred3' defer/
		mv hold/'$hold1' deferred/Z
		mkdir -m 700 flush/A && mv flush/to_example flush/A
		chown -R games deferred active flush'
	prepare <<<"$misplaced"
	identical -s
	same levels
	run ! grep -q '^deferred/Z/Y' "$dir/ours.levels"
	identical -p
	identical
	identical -S deferred
	same levels
	identical -d "$deferred1" -h "$deferred2" -r "$active1"
	identical -s -d "$deferred1" -h "$deferred2"
	said 'Placed on hold: 1 message'
	identical -h ALL deferred
	identical -H ALL
	# shellcheck disable=SC2086 # words
	identical -d ALL trace $all_queues
	for depth in 2 3; do
		twin_config hash_queue_depth=$depth \
			hash_queue_names=deferred,defer,active,flush
		identical -s
		identical -h ALL deferred
	done
	twin_config hash_queue_names=flush
	identical -s
	identical -s -e ALL deferred
}

@test "names that are not those of their inodes" {
	wrong='
		mv hold/'$hold1' hold/'$hold1'A
		mv hold/'$hold2' hold/0123456
		mv deferred/?/'$deferred1' deferred/0/09999999
		mv defer/?/'$deferred1' defer/0/09999999
		mv bounce/'$deferred5' bounce/'$deferred5'0
		mv deferred/?/'$deferred5' deferred/'$deferred5'0
		mv trace/'$deferred6' trace/BBBBB1
		mv deferred/?/'$deferred6' deferred/BBBBB1
		mv maildrop/'$maildrop1' maildrop/'$maildrop2'B'
	prepare <<<"$wrong"
	identical -s
	said 'Renamed to match inode number: 6 messages'
	identical -S
	identical -s hold
	identical -s deferred defer
	identical -p
	# shellcheck disable=SC2086 # words
	identical -d ALL trace $all_queues
	identical -h ALL deferred
	identical -s -d "$hold3"
	said 'error: QUEUE FILE NAMES WERE CHANGED TO MATCH INODE NUMBERS'
	said 'fatal: CHECK YOUR QUEUE IDS AND RE-ISSUE THE COMMAND'
	identical -s -h ALL deferred
	# Two that have the names of each other.
	prepare <<-END
		mv hold/$hold1 hold/x
		mv hold/$hold2 hold/$hold1
		mv hold/x hold/$hold2
	END
	identical -s
	said 'Renamed to match inode number: 2 messages'
}

@test "long ids" {
	long='
		mv hold/'$hold1' hold/4SVLCh0sf8zHS
		mv deferred/?/'$deferred1' deferred/1/4SVLCh0sf8z1234
		mv defer/?/'$deferred1' defer/1/4SVLCh0sf8z1234
		mv active/'$active1' active/4SVLCh0sf8zA'
	prepare <<<"mkdir -p -m 700 deferred/1 defer/1
		chown games deferred/1 defer/1; $long"
	for set in yes no; do
		twin_config enable_long_queue_ids=$set
		identical -s
		identical -S
		identical -S hold
		identical -h 4SVLCh0sf8z1234 -d 4SVLCh0sf8zHS
		identical -d ALL active deferred hold defer bounce trace
	done
	said 'Deleted: 15 messages'
	twin_config enable_long_queue_ids=no
	identical -s
	said 'Renamed to match inode number: 2 messages'
	said 'warning: bogus file name: active/4SVLCh0sf8zA' 2
}

@test "what a repair has left behind" {
	prepare <<-END
		mv hold/$hold1 hold/$hold1#FIX
		mv defer/?/$hold1 defer/$hold1#FIX
		mv deferred/?/$deferred1 deferred/$deferred1#FIX
		mv hold/$hold2 hold/$hold3#FIX
		mv active/$active1 'active/a-b#FIX'
		mv active/$active2 'active/$active2#FIX#FIX'
		mv bounce/$deferred5 bounce/$deferred5#FIX
		mv trace/$deferred6 trace/$deferred6#FIX
	END
	identical -s
	said "warning: name/inode mismatch: hold/$hold3#FIX"
	said 'Renamed to match inode number: 2 messages'
	identical -S
	identical -p
	identical -s trace
	identical -h ALL deferred
	identical -d ALL defer bounce trace deferred
	identical -s -d "$hold3"
	said 'fatal: CHECK YOUR QUEUE IDS AND RE-ISSUE THE COMMAND'
	identical -d "$hold1"
}

@test "temporary and foreign files" {
	prepare <<-END
		for queue in maildrop incoming active deferred hold; do
			echo x >\$queue/1795000000.P1
			echo x >\$queue/1795000000.P2
			echo x >\$queue/0123450
			echo x >\$queue/coredump
			chmod 600 \$queue/1795000000.P? \$queue/0123450 \$queue/coredump
			touch -d "@\$((now - 6 * 86400))" \$queue/1795000000.P1
			touch -d "@\$((now - 8 * 86400))" \$queue/1795000000.P2 \\
				\$queue/0123450
			mkdir \$queue/empty \$queue/full
			echo x >\$queue/full/file
			mkfifo \$queue/fifo
			ln -s coredump \$queue/link
			ln -s /nowhere \$queue/ABCDEF1
			mkdir \$queue/E
			echo x >\$queue/dump700
			chmod 700 \$queue/dump700
		done
		rmdir maildrop/E
		echo x >defer/old
		echo x >defer/a.b
		touch -d '2025-01-01' defer/old
		mkfifo bounce/pipe
		chown -R games maildrop incoming active deferred hold defer bounce
	END
	identical -p
	said 'warning: remove subdirectory hold/full: Directory not empty'
	said 'warning: bogus file name: hold/1795000000.P1'
	identical -s
	identical
	identical -e ALL incoming active hold
	identical -H ALL defer
	identical -d ABCDEF1 -h ABCDEF1 -d dump700 -d coredump
	printf '%s\n' "$hold1" ABCDEF1 "$hold2" dump700 >"$dir/input"
	identical -d -
	identical -e - hold
	said 'warning: hold/ABCDEF1: uid [0-9]*: not a regular file' 2
}

# What follows is done in another way, for a reason.

@test "what qmgr may remember gets another id" {
	twins -h "$active1" -h "$incoming1" -h "$deferred1"
	renamed active1 incoming1
	same
	said 'Placed on hold: 3 messages'
	twins -h ALL
	renamed active1 active2 active3 incoming1 incoming2 incoming3
	same
	printf '%s\n' "$active1" "$hold1" nosuch 'a b' "$active2" >"$dir/input"
	twins -r -
	renamed active1 active2
	same
	said 'Requeued: 3 messages'
}

@test "the old id goes on working" {
	twins -h "$active1" -e "$active1" -H "$active1" -d "$active1"
	sed -E "/: $active1: renamed to [0-9A-F]+\$/d" "$dir/ours.err" \
		>"$dir/edited"
	[ "$(wc -l <"$dir/edited")" -lt "$(wc -l <"$dir/ours.err")" ]
	mv "$dir/edited" "$dir/ours.err"
	same err out status files
	said "$active1: removed"
	# One that a repair has given it, too.
	prepare <<-END
		mv hold/$hold1 hold/0123456
		'$POSTSUPER' -c '$dir/etc' -s 2>/dev/null
	END
	twin_run ours "$POSTSUPER" -d 0123456
	assert_in "$dir/ours.err" '^postsuper: 0123456: renamed to 01234' 1
	assert_in "$dir/ours.err" '^postsuper: 0123456: removed$' 1
	assert_in "$dir/ours.err" '^postsuper: Deleted: 1 message$' 1
}

@test "a report that is owed is not thrown away by a requeue" {
	twins -r "$deferred5" -r "$deferred6" -r "$deferred1"
	assert_in "$dir/ours.err" \
		"^postsuper: warning: $deferred5: a report is owed" 1
	assert_in "$dir/ours.err" \
		"^postsuper: warning: $deferred6: a report is owed" 1
	assert_in "$dir/ours.err" "^postsuper: $deferred1: requeued\$" 1
	assert_in "$dir/ours.err" '^postsuper: Requeued: 1 message$' 1
	assert_in "$dir/ours.status" '^1$' 1
	assert_in "$dir/ours.files" "^deferred/0/$deferred5 " 1
	# Postfix has made a report that nobody sends.
	assert_in "$dir/theirs.files" "^maildrop/$deferred5 " 1
	assert_in "$dir/theirs.files" "^bounce/$deferred5 " 1
}

@test "who is still being received is left alone by ALL" {
	prepare <<<"chmod 600 incoming/$incoming1; touch incoming/$incoming1"
	for option in -d -h -r; do
		twins $option ALL incoming
		assert_in "$dir/ours.err" '^postsuper: warning: left alone, as it is still being received: 1 message$' 1
		assert_in "$dir/ours.files" "^incoming/$incoming1 f .* 600 " 1
		assert_not_in "$dir/theirs.files" "^incoming/$incoming1 "
		assert_in "$dir/ours.status" '^0$' 1
	done
}

@test "no message is put in the place of another" {
	# Another message with the same id, on hold.
	prepare <<<"cp -p deferred/?/$deferred1 hold/$deferred1"
	twins -h "$deferred1"
	assert_in "$dir/ours.err" "^postsuper: warning: $deferred1: another message has this name in hold\$" 1
	assert_in "$dir/ours.status" '^1$' 1
	assert_lost 1
	twins -h ALL deferred
	assert_lost 1
	# Released, it gets another id.
	twins -H "$deferred1"
	assert_in "$dir/ours.err" "^postsuper: $deferred1: renamed to " 1
	assert_in "$dir/ours.err" "^postsuper: $deferred1: released from hold" 1
	assert_in "$dir/ours.status" '^0$' 1
	assert_lost 1
	# In the wrong place and the right one: one of them has another name
	# than its inode, and the order of the directory decides.
	wrong_ones=$(for n in 1 2 3; do
		one=active$n
		echo "active/${!one}"
		one=incoming$n
		echo "incoming/${!one}"
		one=hold$n
		echo "hold/${!one}"
	done)
	for n in 1 2 3 4 5 6 7 8; do
		letter=$(cut -b $n <<<12345678)
		right=deferred$n
		wrong=$(sed -n "$((n))p" <<<"$wrong_ones")
		name=${letter}1234$(printf %X "$(inode_of "$right")")
		echo "mkdir -m 700 deferred/$letter"
		echo "mv deferred/?/${!right} deferred/$name"
		echo "mv $wrong deferred/$letter/$name"
	done | prepare
	echo 'chown -R games deferred' >>"$dir/setup"
	twins -s
	lost=$(grep -c . < <(messages ours | comm -23 - <(messages theirs)))
	[ "$lost" -gt 0 ] || report "theirs has lost none"
	assert_lost "$lost"
	assert_in "$dir/ours.err" '^postsuper: Renamed to match inode number: 8 messages$' 1
	assert_in "$dir/ours.status" '^0$' 1
	# A hash directory that is none any more, and a name in both.
	twin_config hash_queue_names=flush
	prepare <<<"mv defer/?/$deferred1 defer/x
		cp defer/x defer/$deferred1; mv defer/x defer/0/$deferred1"
	twins -s defer
	assert_in "$dir/ours.err" "^postsuper: warning: rename file defer/0/$deferred1 as defer/$deferred1: File exists\$" 1
	assert_in "$dir/ours.status" '^1$' 1
}

inode_of() {
	sed -n "s/^$1 [^ ]* //p" "$dir/ids"
}

# messages WHOSE: inodes.
messages() {
	sed -nE 's/^(maildrop|incoming|active|deferred|hold)\/[^ ]* f ([0-9]*) .*/\2/p' \
		"$dir/$1.files" | sort
}

# assert_lost N: theirs has so many messages less than ours.
assert_lost() {
	local ours theirs pattern='^(maildrop|incoming|active|deferred|hold)/.* f '

	ours=$(grep -cE "$pattern" "$dir/ours.files")
	theirs=$(grep -cE "$pattern" "$dir/theirs.files")
	[ $((ours - theirs)) -eq "$1" ] ||
		report "ours has $ours messages, theirs $theirs"
	[ "$ours" -ge 21 ]
}

@test "logs go with their messages" {
	twins -d ALL deferred
	said 'Deleted: 8 messages'
	same err out status log
	assert_not_in "$dir/ours.files" '^(defer|bounce|trace)/.*(deferred)'
	for id in "$deferred1" "$deferred5" "$deferred6"; do
		assert_in "$dir/theirs.files" "^(defer/0|bounce|trace)/$id "
		assert_not_in "$dir/ours.files" "/$id "
	done
	# Those of others stay.
	assert_in "$dir/ours.files" "^defer/0/$hold1 " 1
}

@test "-d may mean the trash" {
	settings=$BATS_TEST_TMPDIR/settings
	echo 'postsuper_delete = trash' >"$settings"
	twin_run theirs "$THEIRS" -d "$deferred1" -d "$hold1"
	cat >"$BATS_TEST_TMPDIR/with" <<-END
		#!/bin/sh
		mount -t tmpfs tmpfs /etc/default
	END
	prepare <<-END
		cp -a /etc/. "$BATS_TEST_TMPDIR/etc"
		cp "$settings" "$BATS_TEST_TMPDIR/etc/mailq-tools.conf"
		mount --bind "$BATS_TEST_TMPDIR/etc" /etc
	END
	mkdir "$BATS_TEST_TMPDIR/etc"
	twin_run ours "$POSTSUPER" -d "$deferred1" -d "$hold1"
	same err out status log
	# The logs of what may be restored stay.
	assert_in "$dir/ours.files" "^defer/0/$deferred1 " 1
	assert_not_in "$dir/ours.files" "^deferred/0/$deferred1 "
}

@test "deleting needs no space" {
	full='dd if=/dev/zero of=../filler bs=64k 2>/dev/null
		i=0; while : >../f$i; do i=$((i + 1)); done 2>/dev/null'
	prepare <<<"$full"
	for options in "-d $deferred1 -d $hold1" '-d -' '-d ALL hold'; do
		ids_of hold deferred >"$dir/input"
		# shellcheck disable=SC2086 # words
		twins_on_disk $options
		same out status
		assert_in "$dir/ours.err" 'the disk has no space for the journal: removed without a line in the history: [1-9]' 1
		sed -i '/the disk has no space for the journal/d' \
			"$dir/ours.err"
		same err
	done
}

ids_of() {
	local queue

	for queue; do
		sed -n "s/^${queue}[0-9] \([^ ]*\) .*/\1/p" "$dir/ids"
	done
}

# The state directory is on the same disk.
twins_on_disk() {
	local -x MAILQ_TOOLS_STATE=$dir/disk/state

	twins "$@"
}

@test "the seeds of every script" {
	mqls_like='awk '\''/^[0-9A-F]/ { sub(/[*!#]+$/, "", $1); print $1 }'\'
	# A Postfix that does not run is asked as root.
	prepare <<<"PATH=$MQ_BUILD/mailq-tools/drop-in:\$PATH
		MAIL_CONFIG=$dir/etc mailq 2>/dev/null | tail -n +2 |
			grep -v '^ *(' | $mqls_like >$dir/some"
	twin_run theirs "$THEIRS" -p hold
	grep -v "^$maildrop1" "$dir/some" >"$dir/input"
	[ "$(wc -l <"$dir/input")" -ge 20 ]
	prepare <<<:
	identical -d -
	said 'Deleted: 20 messages'
	prepare <<<"MAIL_CONFIG=$dir/etc \
		'$MQ_BUILD/mailq-tools/drop-in/postqueue' -j 2>/dev/null |
		jq -r 'select(.queue_name == \"deferred\") | .queue_id' \
			>$dir/some"
	twin_run theirs "$THEIRS" -p hold
	mv "$dir/some" "$dir/input"
	[ "$(wc -l <"$dir/input")" -eq 8 ]
	prepare <<<:
	identical -h -
	said 'Placed on hold: 8 messages'
}
