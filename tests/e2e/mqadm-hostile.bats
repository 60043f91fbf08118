#!/usr/bin/env bats
# mqadm against a queue that somebody has prepared: things in it that are no
# messages, names that are no ids, folders that are swapped while it works;
# who it is while it works; and queues that are unlike the usual one.
#
# Whatever is refused is refused in words, within ten seconds; nothing else is
# touched, and nothing outside the queue at all.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load asked
load craft
load instances
load sample

SWAP=$MQ_BUILD/tests/e2e/swap
verbs='hold release requeue expire'
queues='maildrop incoming active deferred hold'

setup_file() {
	require_program "$MQADM"
	require_program "$SPOOLGEN"
	require_program "$SWAP"
}

setup() {
	lab_require
	umask 022
	open_folders
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	make_spool "$BATS_TEST_TMPDIR/spool"
	outside=$BATS_TEST_TMPDIR/outside
	install -d -m 700 -o nobody "$outside"
	swapping=
}

teardown() {
	stop_asking
	stop_swapping || true
	lab_cleanup
}

# mqadm ARGUMENT...: of this spool, and not for long.
mqadm() {
	capture timeout -k 1 10 "$MQADM" "$1" --spool "$spool" "${@:2}"
	case $status in
	124 | 137) report "it hangs" ;;
	esac
}

# odd_name QUEUE: a path and an $id for something that has this queue's form.
odd_name() {
	local folder=

	printf -v id 'A%04XBAD%d' $((++odd)) "$odd"
	[ "$1" != deferred ] || folder=A/
	mkdir -p "$spool/$1/$folder"
	path=$spool/$1/$folder$id
}

# a_KIND PATH
a_link_outside() { ln -s "$outside/canary" "$1"; }
a_link_to_nothing() { ln -s "$outside/nothing" "$1"; }
a_link_to_a_message() { ln -s "$spool/$good_path" "$1"; }
a_second_name() { ln "$outside/canary" "$1"; }
a_fifo() { mkfifo -m 700 "$1"; }
a_socket() {
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$1"
	chmod 700 "$1"
}
a_device() { mknod -m 700 "$1" c 1 3; }
a_directory() { mkdir -m 700 "$1"; }

kinds='link_outside link_to_nothing link_to_a_message second_name fifo socket
	device directory'

# One of each kind in each queue, among good messages; their ids are in the
# files odd and good.
odd_things() {
	local queue kind odd=0 n=100

	message canary@out.example r@out.example >"$outside/canary"
	chmod 700 "$outside/canary"
	for queue in incoming active deferred hold; do
		put $queue $((n++)) < <(message a@good.example b@good.example)
		echo "$id"
	done >"$BATS_TEST_TMPDIR/good"
	good_path=$path
	for queue in $queues; do
		for kind in $kinds; do
			odd_name "$queue"
			(cd "${path%/*}" && "a_$kind" "$id")
			echo "$id"
		done
	done >"$BATS_TEST_TMPDIR/odd"
	owned
	chown nobody "$outside/canary"
	look_at_odd >"$BATS_TEST_TMPDIR/before"
}

# All that is true of them, and of what lies outside.
look_at_odd() {
	(
		cd "$spool" || return
		find . -name 'A0*BAD*' -printf '%P %i %y %M %u %n %s %T@ %C@\n'
		find "$outside" -printf '%p %i %y %M %u %n %s %T@ %C@\n'
		cksum <"$outside/canary"
	) | sort
}

assert_odd_untouched() {
	look_at_odd >"$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "what is no message is not changed when it is named" {
	local verb id

	odd_things
	for verb in $verbs; do
		# shellcheck disable=SC2046 # one argument each
		mqadm "$verb" $(cat "$BATS_TEST_TMPDIR/odd")
		assert_status 65
		assert_stdout ''
		while read -r id; do
			assert_in "$err" "^mqadm: .*\b$id\b"
		done <"$BATS_TEST_TMPDIR/odd"
		assert_in "$err" ': has 6 names$' 5
		assert_in "$err" ': 0 messages; refused: 5 \(job' 1
		assert_odd_untouched
	done
}

# what_is_done VERB DONE WHAT: with all of its queues.
what_is_done() {
	mqadm "$1" --all --yes --wait 0
	assert_status 75
	assert_in "$err" "^mqadm: $3: $2 messages?;" 1
	assert_in "$err" ': a symbolic link, not a message$'
	assert_in "$err" ': a named pipe, not a message$'
	assert_in "$err" ': a socket, not a message$'
	assert_in "$err" ': a device, not a message$'
	assert_in "$err" ': a directory, not a message$'
	assert_in "$err" ': has 6 names$'
	assert_odd_untouched
}

@test "what is no message is not changed with all the others" {
	odd_things
	what_is_done hold 3 'placed on hold'
	what_is_done release 4 'released from hold'
	what_is_done expire 4 expired
	what_is_done requeue 4 requeued
}

# Where the message is to go there is something already.
@test "what is no message is not replaced either" {
	local kind n=200

	odd_things
	for kind in $kinds; do
		put deferred $((n++)) < <(message a@good.example b@good.example)
		(cd "$spool/hold" && "a_$kind" "$id")
		echo "$id"
	done >"$BATS_TEST_TMPDIR/taken"
	owned
	chown nobody "$outside/canary"
	find "$spool/hold" "$outside" -mindepth 1 -printf '%P %i %y %M %n %C@\n' | sort \
		>"$BATS_TEST_TMPDIR/hold"
	mqadm hold --yes --all deferred
	assert_status 75
	assert_in "$err" ': another message has this name in hold$' 8
	assert_in "$err" '^mqadm: placed on hold: 1 message; refused: 9 ' 1
	rm "$spool/hold/$(head -n 3 "$BATS_TEST_TMPDIR/good" | tail -n 1)"
	find "$spool/hold" "$outside" -mindepth 1 -printf '%P %i %y %M %n %C@\n' | sort \
		>"$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/hold" "$BATS_TEST_TMPDIR/after"
}

# A queue, or the folder for the state of a spool, that is something else.
@test "a queue that is a link, a file or a pipe" {
	local queue

	message canary@out.example r@out.example >"$outside/4F2A0BAD"
	chmod 700 "$outside/4F2A0BAD"
	for queue in incoming active deferred hold; do
		put $queue 100 < <(message a@good.example b@good.example)
		rm -rf "$BATS_TEST_TMPDIR/aside"
		mv "$spool/hold" "$BATS_TEST_TMPDIR/aside"
		ln -s "$outside" "$spool/hold"
		owned
		chown -R nobody "$outside" "$BATS_TEST_TMPDIR/aside"
		find "$outside" -printf '%P %i %C@ %T@\n' \
			>"$BATS_TEST_TMPDIR/before"
		mqadm hold --all --yes
		[ "$status" -ne 0 ] || report "a link is followed"
		mqadm release --all --yes
		[ "$status" -ne 0 ] || report "a link is followed"
		assert_in "$err" 'hold: .*(symbolic link|not a directory)'
		find "$outside" -printf '%P %i %C@ %T@\n' \
			>"$BATS_TEST_TMPDIR/after"
		assert_same_file "$BATS_TEST_TMPDIR/before" \
			"$BATS_TEST_TMPDIR/after"
		rm "$spool/hold"
		mv "$BATS_TEST_TMPDIR/aside" "$spool/hold"
	done
	rmdir "$spool/hold" 2>/dev/null || rm -r "$spool/hold"
	mkfifo "$spool/hold"
	owned
	mqadm release --all --yes
	[ "$status" -ne 0 ] || report "a pipe is a queue"
	assert_in "$err" hold
}

# Names that nobody could have meant, each from both sides.
@test "names that are no ids" {
	local verb name long canary

	put hold 100 < <(message a@good.example b@good.example)
	canary=$spool/$path
	owned
	stat -c '%i %z %a' "$canary" >"$BATS_TEST_TMPDIR/before"
	long=$(printf 'A%.0s' {1..10000})
	for verb in $verbs; do
		for name in .. . / // ../hold "hold/$id" "../spool/hold/$id" \
			"/$spool/hold/$id" "$id/" "$id/.." "$id " " $id" \
			"$id"$'\r' "$id"$'\t' "$id"$'\x01' $'\e]0;x\a' \
			$'\e[2J'"$id" "$id*" "$id%00" $'\xff\xfe' "-$id" \
			"$long" "../$long" "$long/$id"; do
			mqadm "$verb" -- "$name"
			assert_status 66
			printf '%s\n' "$name" >"$BATS_TEST_TMPDIR/name"
			capture bash -c 'exec "$@" <"$0"' \
				"$BATS_TEST_TMPDIR/name" timeout 10 "$MQADM" \
				"$verb" --spool "$spool" -
			assert_status 66
			assert_stdout ''
			assert_not_in "$err" $'[\e\a\x01\r]'
			[ "$(wc -l <"$err")" -eq 1 ] || report "lines"
		done
		# A word with a line's end is one word, and not two ids.
		mqadm "$verb" -- "$id"$'\n'"$id"
		assert_status 66
	done
	stat -c '%i %z %a' "$canary" >"$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

# start_swapping A B: their places, again and again.
start_swapping() {
	mkfifo "$BATS_TEST_TMPDIR/swap"
	"$SWAP" "$1" "$2" <"$BATS_TEST_TMPDIR/swap" \
		>"$BATS_TEST_TMPDIR/swaps" 3>&- &
	swapping=$!
	exec 6>"$BATS_TEST_TMPDIR/swap"
}

# How often, in $swaps.
stop_swapping() {
	[ -n "$swapping" ] || return 0
	exec 6>&-
	wait "$swapping"
	swapping=
	swaps=$(cat "$BATS_TEST_TMPDIR/swaps")
}

# All messages, by inode, wherever they are in the queue.
all_messages() {
	find "$spool/deferred" "$spool/hold" "$spool/maildrop" \
		"$spool/active" -type f -printf '%i\n' | sort
}

# swapped FOLDER ROUNDS: which is one of the queue's, and a link that leads out
# of it by turns, while messages go to and fro.  Outside there are files of
# the same names, which would be taken as well.
swapped() {
	local i id verb done=0 folder=$spool/$1

	all_messages >"$BATS_TEST_TMPDIR/inodes"
	find "$folder" -type f | while read -r path; do
		cp "$path" "$outside/${path##*/}"
		chmod 700 "$outside/${path##*/}"
	done
	chown -R nobody "$outside"
	find "$outside" -printf '%P %i %M %C@ %T@\n' | sort \
		>"$BATS_TEST_TMPDIR/before"
	ln -s "$outside" "$BATS_TEST_TMPDIR/link"
	start_swapping "$folder" "$BATS_TEST_TMPDIR/link"
	for ((i = 0; i < $2; i++)); do
		for verb in hold release; do
			mqadm "$verb" --all --yes
			case $status in
			0 | 65 | 66 | 74 | 75) ;;
			*) report "status" ;;
			esac
			done=$((done + $(sed -n 's/^mqadm: [^:]*: \([0-9]*\) message.*/\1/p' \
				"$err") + 0))
		done
	done
	stop_swapping
	find "$outside" -printf '%P %i %M %C@ %T@\n' | sort \
		>"$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	all_messages >"$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/inodes" "$BATS_TEST_TMPDIR/after"
	echo "$swaps swaps, $done moves"
	[ "$swaps" -gt 20 ]
	[ "$done" -gt 100 ]
}

# many COUNT: all of them in one hash folder, or in all.
many() {
	rm -rf "$spool"
	generate "$BATS_TEST_TMPDIR/spool" --count "$1" --size 200 \
		--owner nobody --no-log-share 100
	[ "$(all_messages | wc -l)" -eq "$1" ]
}

rounds() {
	[ -z "${MQ_LONG:-}" ] || set -- $(($1 * 50))
	echo "$1"
}

@test "a hash folder is swapped for a link while messages go to and fro" {
	many 600
	swapped "$(cd "$spool" && find deferred/? | head -n 1)" "$(rounds 10)"
}

# It was a message when it was chosen.
@test "a message is swapped for something else while it is changed" {
	local kind i other=$BATS_TEST_TMPDIR/other done=0

	message canary@out.example r@out.example >"$outside/canary"
	chmod 700 "$outside/canary"
	chown nobody "$outside/canary"
	put hold 100 < <(message a@good.example b@good.example)
	good_path=$path
	owned
	find "$outside" -printf '%p %i %M %n %C@\n' >"$BATS_TEST_TMPDIR/before"
	for kind in fifo link_outside device directory socket; do
		(cd "$BATS_TEST_TMPDIR" && "a_$kind" other)
		chown -h nobody "$other"
		find "$other" -printf '%i %M %T@\n' >"$BATS_TEST_TMPDIR/odd"
		rm -f "$BATS_TEST_TMPDIR/swap"
		start_swapping "$spool/$path" "$other"
		for ((i = 0; i < $(rounds 20); i++)); do
			# A second time it is marked already.
			mqadm expire --now "$id"
			done=$((done + $(grep -c ' expired: 1 message' \
				"$err" || true)))
		done
		stop_swapping
		find "$other" -printf '%i %M %T@\n' |
			cmp - "$BATS_TEST_TMPDIR/odd" || fail "$kind changed"
		rm -rf "$other"
	done
	find "$outside" -printf '%p %i %M %n %C@\n' |
		cmp - "$BATS_TEST_TMPDIR/before"
	[ "$(stat -c %a "$spool/$path")" = 710 ]
	[ "$done" -gt 0 ]
}

@test "a queue is swapped for a link while messages go to and fro" {
	many 300
	swapped hold "$(rounds 10)"
	[ "$(find "$outside" -type f | wc -l)" -eq 0 ]
}

@test "control: postsuper follows the link" {
	lab_new q mail_owner=games
	chown games "$LAB_ROOT/q/log"
	rm -rf "$LAB_ROOT/q/spool"
	generate "$LAB_ROOT/q/spool" --count 30 --owner games
	path=$(cd "$spool" && find deferred -type f | head -n 1)
	folder=${path%/*}
	cp "$spool/$path" "$outside/"
	chmod 700 "$outside/${path##*/}"
	chown -R games "$outside"
	mv "$spool/$folder" "$BATS_TEST_TMPDIR/aside"
	ln -s "$outside" "$spool/$folder"
	# The messages of that folder cannot be found now, and are not.
	capture timeout 10 "$MQADM" hold -c "$LAB_ROOT/q/etc" "${path##*/}"
	[ "$status" -ne 0 ] || report "status"
	[ -e "$outside/${path##*/}" ] || report "a link was followed"
	capture postsuper -c "$LAB_ROOT/q/etc" -h "${path##*/}"
	[ ! -e "$outside/${path##*/}" ] || report "control: no link was followed"
}

# assert_nobody_special PID UID GID: what the kernel says of it.
assert_nobody_special() {
	local file=$BATS_TEST_TMPDIR/status word

	sed 's/[[:blank:]]\+/ /g; s/ $//' "/proc/$1/status" >"$file"
	assert_in "$file" "^Uid: $2 $2 $2 $2$" 1
	assert_in "$file" "^Gid: $3 $3 $3 $3$" 1
	assert_in "$file" "^Groups: $3$" 1
	for word in Inh Prm Eff Amb; do
		assert_in "$file" "^Cap$word: 0+$" 1
	done
	assert_in "$file" '^NoNewPrivs: 1$' 1
	# The way back is closed for threads as well.
	for file in "/proc/$1/task"/*/status; do
		assert_in "$file" "^Uid:	$2	$2	$2	$2$" 1
	done
}

# Nothing is open in it that leads elsewhere.
assert_opens_nothing_of_root() {
	local target

	for target in "/proc/$1/fd"/*; do
		target=$(readlink "$target") || continue
		case $target in
		"$BATS_RUN_TMPDIR"/* | "$LAB_ROOT"/* | /dev/* | pipe:* | \
			socket:* | anon_inode:*) ;;
		*) fail "$target is open" ;;
		esac
	done
}

# Messages on hold and in deferred.
private_instance() {
	lab_new q "$@"
	who=$(postconf -c "$LAB_ROOT/q/etc" -xh mail_owner)
	chown "$who" "$LAB_ROOT/q/data" "$LAB_ROOT/q/log"
	rm -rf "$LAB_ROOT/q/spool"
	generate "$LAB_ROOT/q/spool" --count 4 --queue hold --owner "$who" \
		--no-log-share 100
	generate "$LAB_ROOT/q/spool" --count 4 --owner "$who" --append \
		--no-log-share 100 --seed 2
	etc=$LAB_ROOT/q/etc
	ids_in hold >"$BATS_TEST_TMPDIR/held"
	ids_in deferred >"$BATS_TEST_TMPDIR/deferred"
}

ids_in() {
	find "$spool/$1" -type f -printf '%f\n' | sort
}

@test "who asks is mail_owner, and cannot be anybody else" {
	private_instance mail_owner=games
	ask "$MQADM" hold -c "$etc" --all
	pid=$(pid_of mqadm "$etc")
	[ -n "$pid" ]
	assert_nobody_special "$pid" "$(id -u games)" "$(id -g games)"
	assert_opens_nothing_of_root "$pid"
	answer y
	assert_status 0
	[ "$(ids_in hold | wc -l)" -eq 8 ]
}

# Somebody has it open for writing, as a delivery agent has.
@test "who waits for a delivery is mail_owner, and does not wait too long" {
	private_instance mail_owner=games
	id=$(head -n 1 "$BATS_TEST_TMPDIR/held")
	exec 8<>"$spool/hold/$id"
	timeout 60 "$MQADM" release -c "$etc" --wait 30s "$id" \
		>"$BATS_TEST_TMPDIR/out" 2>&1 8>&- 3>&- &
	asking=$!
	lab_wait 'pid=$(pid_of mqadm "$id") && [ -n "$pid" ] &&
		find "/proc/$pid/fd" -lname "$spool/hold/$id" | grep -q .' 20 \
		'it works on the message'
	assert_nobody_special "$pid" "$(id -u games)" "$(id -g games)"
	assert_opens_nothing_of_root "$pid"
	[ -e "$spool/hold/$id" ] || fail "released while somebody works on it"
	exec 8>&-
	status=0
	wait "$asking" || status=$?
	asking=
	[ $status -eq 0 ] || fail "$(cat "$BATS_TEST_TMPDIR/out")"
	[ "$(ids_in hold | wc -l)" -eq 3 ]
	# And if nobody comes to an end: left, and told.
	id=$(ids_in hold | head -n 1)
	exec 8<>"$spool/hold/$id"
	capture timeout 10 "$MQADM" release -c "$etc" --wait 1s "$id"
	exec 8>&-
	assert_status 75
	assert_in "$err" "^mqadm: $id: still being delivered: left on hold$" 1
	[ -e "$spool/hold/$id" ]
}

# One process can become one user, so it is refused before it becomes any.
@test "instances with different owners: one of them, and nothing by halves" {
	private_instance mail_owner=games
	lab_new r mail_owner=news multi_instance_name=postfix-r
	chown news "$LAB_ROOT/r/data" "$LAB_ROOT/r/log"
	"$SPOOLGEN" --count 2 --owner news --append "$LAB_ROOT/r/spool"
	lab_set q multi_instance_enable=yes \
		"multi_instance_directories=$LAB_ROOT/r/etc"
	default_is q
	find "$LAB_ROOT"/?/spool -printf '%p %i %C@\n' | sort \
		>"$BATS_TEST_TMPDIR/before"
	capture "${in_default[@]}" timeout 10 "$MQADM" hold --all --yes
	assert_status 77
	assert_stdout ''
	assert_stderr 'mqadm: instance "postfix-r" has another mail_owner than "postfix": choose one with --instance'
	find "$LAB_ROOT"/?/spool -printf '%p %i %C@\n' | sort \
		>"$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	[ ! -e "$MAILQ_TOOLS_STATE" ]
	capture "${in_default[@]}" timeout 10 "$MQADM" hold --all --yes \
		--instance postfix-r
	assert_status 0
	[ "$(find "$LAB_ROOT/r/spool/hold" -type f -user news | wc -l)" -eq 2 ]
	[ "$(ids_in deferred | wc -l)" -eq 4 ] || fail "the other was touched"
}

@test "a queue_directory that is a link" {
	private_instance mail_owner=games
	mv "$LAB_ROOT/q/spool" "$LAB_ROOT/q/elsewhere"
	ln -s elsewhere "$LAB_ROOT/q/spool"
	capture timeout 10 "$MQADM" hold -c "$etc" --all --yes
	assert_status 0
	[ "$(find "$LAB_ROOT/q/elsewhere/hold" -type f | wc -l)" -eq 8 ]
	[ -d "$LAB_ROOT/q/elsewhere/mailq-tools-trash" ]
	[ -L "$LAB_ROOT/q/spool" ]
}

@test "a spool without Postfix is changed as its owner" {
	many 5
	ask "$MQADM" hold --spool "$spool" --all
	pid=$(pid_of mqadm "$spool")
	assert_nobody_special "$pid" "$(id -u nobody)" "$(id -g nobody)"
	answer y
	assert_status 0
	[ "$(ids_in hold | wc -l)" -eq 5 ]
	[ -z "$(find "$spool/hold" "$spool/deferred" ! -user nobody)" ]
	# That of root is nobody's whom we could become.
	chown -R root "$spool"
	mqadm release --all --yes
	assert_status 65
	assert_in "$err" 'deferred: belongs to root: give the queue to the user' 1
	[ "$(ids_in hold | wc -l)" -eq 5 ]
	# Not as anybody else either.
	chown -R games "$spool"
	capture "${as_nobody[@]}" timeout 10 "$MQADM" release \
		--spool "$spool" --all --yes
	assert_status 77
	assert_in "$err" 'only root and the owner of the queue' 1
	[ "$(ids_in hold | wc -l)" -eq 5 ]
}

@test "Postfix is stopped: done, with a note, and under the same id" {
	private_instance mail_owner=games
	capture timeout 10 "$MQADM" release -c "$etc" --all --yes
	assert_status 0
	assert_in "$err" '^mqadm: Postfix does not run: it goes on when it does$' 1
	assert_in "$err" '^mqadm: released from hold: 4 messages \(job' 1
	ids_in deferred >"$BATS_TEST_TMPDIR/found"
	sort "$BATS_TEST_TMPDIR/held" "$BATS_TEST_TMPDIR/deferred" |
		diff - "$BATS_TEST_TMPDIR/found"
	capture timeout 10 "$MQADM" hold -c "$etc" --all --yes
	assert_status 0
	ids_in hold | diff "$BATS_TEST_TMPDIR/found" -
	capture timeout 10 "$MQADM" requeue -c "$etc" --all --yes
	assert_status 0
	ids_in maildrop | diff "$BATS_TEST_TMPDIR/found" -
}

# as USER ARGUMENT...: mqadm, on the queue of "q".
as() {
	capture timeout 10 setpriv --reuid "$1" --regid "$(id -g "$1")" \
		--clear-groups "$MQADM" "$2" -c "$etc" "${@:3}"
}

@test "a Postfix that runs, as an ordinary user and as mail_owner" {
	private_instance
	lab_start q
	id=$(head -n 1 "$BATS_TEST_TMPDIR/deferred")
	as nobody hold "$id"
	assert_status 77
	assert_stdout ''
	assert_in "$err" 'only root and the owner of the queue \(postfix\)' 1
	[ "$(ids_in hold | wc -l)" -eq 4 ]
	# Where root has not been before, there is no place for what it needs.
	as postfix hold "$id"
	assert_status 77
	assert_in "$err" "$MAILQ_TOOLS_STATE: .*mqadm makes it when it is run as root" 1
	capture timeout 10 "$MQADM" hold -c "$etc" --yes -w 'sender = nobody'
	assert_status 1
	as postfix hold "$id"
	assert_status 0
	as postfix release "$id"
	assert_status 0
	# A journal of its own.
	install -d -m 700 -o postfix "$BATS_TEST_TMPDIR/own"
	MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/own
	id=$(ids_in deferred | head -n 1)
	as postfix hold "$id"
	assert_status 0
	assert_in "$err" '^mqadm: placed on hold: 1 message \(job' 1
	[ -e "$spool/hold/$id" ]
	as postfix release "$id"
	assert_status 0
	[ ! -e "$spool/hold/$id" ]
	[ -n "$(find "$BATS_TEST_TMPDIR/own" -type f -user postfix)" ]
}
