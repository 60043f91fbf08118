#!/usr/bin/env bats
# mqadm beside postsuper: what each leaves behind, in spools that are twins.
#
# spoolgen makes the same mail for two private instances: mqadm changes the
# one and Postfix's own postsuper the other.  Then all messages and logs are
# compared: where they are, whether they have another name, mode, owner,
# number of names, both times.  Inodes, and names that are made of them, cannot
# be the same; so a file is known by what its inode was called at first, such
# as "active.3" or "defer/active.3".
#
# Where mqadm does something else on purpose, the functions `..._differs' say
# so, line by line, and docs/COMPATIBILITY.md says why.
#
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2016 # lab_wait and awk take their texts unexpanded
# shellcheck disable=SC2154 # some variables are set by what is loaded

load helper
load craft

SPOOLGEN=$MQ_BUILD/tests/gen/spoolgen
queues='maildrop incoming active deferred hold'

# Postfix's user in the twins: where a queue manager of that user runs, nobody
# can be sure that it is not theirs, and other tests have some.
owner=games

setup() {
	lab_require
	require_program "$MQADM"
	require_program "$SPOOLGEN"
	umask 022
	chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" \
		"$BATS_TEST_TMPDIR"
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	# Ahead, so that nothing is due: that is another story.
	ahead=$(($(date +%s) + 3600))
}

teardown() {
	lab_cleanup
}

spool_of() {
	echo "$LAB_ROOT/$1/spool"
}

# mqadm ARGUMENT...: on the spool of "ours".
mqadm() {
	capture "$MQADM" "$1" -c "$LAB_ROOT/ours/etc" --wait 0 "${@:2}"
}

# postsuper ARGUMENT...: on the spool of "theirs".
postsuper() {
	command postsuper -c "$LAB_ROOT/theirs/etc" "$@" \
		2>"$BATS_TEST_TMPDIR/postsuper" ||
		fail "$(cat "$BATS_TEST_TMPDIR/postsuper")"
}

# give_log INSTANCE FOLDER ID: where there is none.
give_log() {
	local dir

	dir=$(spool_of "$1")/$2
	[ "$2" != defer ] || dir=$dir/$(hash_of "$3")
	[ ! -e "$dir/$3" ] || return 0
	[ -d "$dir" ] || install -d -m 700 -o "$owner" "$dir"
	printf '<a@to.example>: a reason\n' >"$dir/$3"
	chmod 600 "$dir/$3"
	chown "$owner" "$dir/$3"
	touch -d "@$ahead" "$dir/$3"
}

# hash_of ID: its folder.  That of a long id is made of its microseconds.
hash_of() {
	local digits=0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz
	local i number=0 before

	if [[ $1 != *z* ]]; then
		echo "${1:0:1}"
		return
	fi
	for i in 6 7 8 9; do
		before=${digits%%"${1:i:1}"*}
		number=$((number * 52 + ${#before}))
	done
	printf '%05X' $number | cut -b 1
}

# What postfix and mqadm treat in different ways depends on marks and logs, so
# there is one of each kind in each queue.
decorate() {
	local key id kind

	while read -r key id; do
		case $key in
		maildrop.*) kind= ;;
		*.1) kind=defer ;;
		*.2) kind=bounce ;;
		*.3) kind=trace ;;
		*.4) kind=expire ;;
		*) kind= ;;
		esac
		case $kind in
		'') ;;
		expire) find "$(spool_of "$1")" -name "$id" -perm 700 \
			-exec chmod 710 {} + ;;
		*) give_log "$1" $kind "$id" ;;
		esac
	done <"$LAB_ROOT/$1/keys"
}

# fill INSTANCE OPTION...: six messages in each queue.  Their names in this
# test, and their ids, are in the file keys.
fill() {
	local queue seed=0 manifest=$BATS_TEST_TMPDIR/manifest

	: >"$LAB_ROOT/$1/keys"
	for queue in $queues; do
		"$SPOOLGEN" --count 6 --queue "$queue" --append \
			--owner "$owner" \
			--seed $((++seed)) --now "$ahead" --no-log-share 50 \
			--manifest "$manifest" "${@:2}" "$(spool_of "$1")"
		jq -r '"\(.queue).\(.n) \(.id)"' "$manifest" \
			>>"$LAB_ROOT/$1/keys"
	done
	decorate "$1"
	remember "$1"
}

# Who each inode is, and what is in it.
remember() {
	local list=$BATS_TEST_TMPDIR/list

	files "$1" >"$list"
	awk 'NR == FNR { key[$2] = $1; next }
		{
			n = split($2, part, "/")
			what = key[part[n]]
			if (part[1] ~ /^(defer|bounce|trace)$/)
				what = part[1] "/" what
			print $1, what, part[n]
		}' "$LAB_ROOT/$1/keys" "$list" >"$LAB_ROOT/$1/who"
	contents "$1" >"$LAB_ROOT/$1/contents"
}

files() {
	find "$(spool_of "$1")" -path '*/pid/*' -o -type f \
		-printf '%i %P %m %u %n %T@ %A@\n'
}

# By inode: nothing is copied, and nobody writes into a message.  Without a
# trace, since the times of access are compared as well.
contents() {
	python3 - "$(spool_of "$1")" <<-'END' | sort
		import os, stat, sys, zlib

		for folder, _, names in os.walk(sys.argv[1]):
		    for name in names:
		        path = os.path.join(folder, name)
		        st = os.lstat(path)
		        if not stat.S_ISREG(st.st_mode):
		            continue
		        fd = os.open(path, os.O_RDONLY | os.O_NOATIME)
		        with open(fd, "rb") as file:
		            print(st.st_ino, st.st_size, zlib.crc32(file.read()))
	END
}

# state INSTANCE: a line for each file, without what twins cannot share.  Files
# of others cannot be read without a trace, so for those nobody looks when.
state() {
	files "$1" | awk -v now="$(date +%s)" '
		function when(time) {
			time = int(time)
			return time > now - 600 && time <= now ? "now" : time
		}
		NR == FNR { who[$1] = $2; name[$1] = $3; next }
		{
			n = split($2, part, "/")
			print who[$1] ($1 in who ? "" : "?" $2), part[1],
				part[n] == name[$1] ? "same" : "new",
				$3, $4, $5, when($6),
				who[$1] ~ /^maildrop/ ? "-" : when($7)
		}' "$LAB_ROOT/$1/who" - | sort
}

# twins POSTFIX-OPTION... -- SPOOLGEN-OPTION...
twins() {
	local params=()

	while [ "$1" != -- ]; do
		params+=("$1")
		shift
	done
	shift
	for name in ours theirs; do
		lab_new "$name" "mail_owner=$owner" "${params[@]}"
		chown "$owner" "$LAB_ROOT/$name/data" "$LAB_ROOT/$name/log"
		fill "$name" "$@"
	done
	# Else the comparison would compare nothing.
	state ours >"$BATS_TEST_TMPDIR/ours"
	state theirs >"$BATS_TEST_TMPDIR/theirs"
	assert_same_file "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
	[ "$(grep -c '^[a-z]*\.' "$BATS_TEST_TMPDIR/ours")" -eq 30 ]
	[ "$(grep -c '^defer/' "$BATS_TEST_TMPDIR/ours")" -ge 4 ]
	[ "$(grep -c '^bounce/' "$BATS_TEST_TMPDIR/ours")" -eq 4 ]
	[ "$(grep -c '^trace/' "$BATS_TEST_TMPDIR/ours")" -eq 4 ]
}

# compare EDIT...: theirs, edited, is ours; and nobody has lost anything.
compare() {
	state theirs | "$@" | sort >"$BATS_TEST_TMPDIR/theirs"
	state ours >"$BATS_TEST_TMPDIR/ours"
	assert_same_file "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
	contents ours >"$BATS_TEST_TMPDIR/contents"
	assert_same_file "$LAB_ROOT/ours/contents" "$BATS_TEST_TMPDIR/contents"
}

# What is taken out of qmgr's hands gets a new id.  No qmgr runs here, so that
# nothing is at the end of an attempt.
hold_differs() {
	sed -E -e 's/^((active|incoming)\.[0-9]+) hold same/\1 hold new/'
}

release_differs() {
	cat
}

# One whose report is owed is not requeued: nobody would send it.  What was
# active is on hold then, if it had to be taken out to find this out.
requeue_differs() {
	sed -E -e 's/^((deferred|hold)\.[23]) maildrop same (\S+ \S+ \S+) .*/\1 \2 same \3 TIMES/' \
		-e 's/^((active|incoming)\.2) maildrop same (\S+ \S+ \S+) .*/\1 hold new \3 TIMES/' \
		-e 's/^((active|incoming)\.3) maildrop same (\S+ \S+ \S+) .*/\1 hold new \3 TIMES/' \
		-e 's/^((active|incoming)\.[0-9]+) maildrop same/\1 maildrop new/' |
		times_as_before
}

# postsuper -r ALL leaves the times as they were, other than with an id.
requeue_all_differs() {
	sed -E 's/^([a-z]+\.[0-9]+ maildrop same \S+ \S+ \S+) [0-9].*/\1 now now/' |
		maildrop_as_before | requeue_differs
}

# One whose log of delays does not name all who are left is not marked: Postfix
# would return it by that log alone.
expire_differs() {
	sed -E 's/^(incoming\.1 incoming same) 710/\1 700/'
}

# Those that were there stay as they are.
maildrop_as_before() {
	sed -E 's/^(maildrop\.[0-9]+ \S+ \S+ \S+ \S+ \S+) .*/\1 TIMES/' |
		times_as_before
}

times_as_before() {
	awk 'NR == FNR { times[$1] = $7 " " $8; next }
		{ sub(/TIMES$/, times[$1]); print }' \
		"$LAB_ROOT/before" -
}

# ids INSTANCE [QUEUE]: in the order of the keys.
ids() {
	sed -n "s/^${2:-[a-z]*}\.[0-9]* //p" "$LAB_ROOT/$1/keys"
}

declare -gA letter=([hold]=h [release]=H [requeue]=r [expire]=e)

# Whoever is renamed is told of, and has that name.
assert_told_names() {
	sed -n 's/^\(mqadm: \|\)\([0-9A-Za-z]*\): renamed to \([0-9A-Za-z]*\).*/\2 \3/p' \
		"$@" | sort >"$BATS_TEST_TMPDIR/told"
	files ours | awk '
		NR == FNR { name[$1] = $3; next }
		{
			n = split($2, part, "/")
			if (part[n] != name[$1] && part[1] !~ /^(defer|bounce|trace)$/)
				print name[$1], part[n]
		}' "$LAB_ROOT/ours/who" - | sort >"$BATS_TEST_TMPDIR/renamed"
	assert_same_file "$BATS_TEST_TMPDIR/renamed" "$BATS_TEST_TMPDIR/told"
}

# Neither places nor inodes are wrong, also in long names.
assert_nothing_to_repair() {
	local option

	for option in -s -S; do
		capture postsuper -c "$LAB_ROOT/$1/etc" $option
		assert_status 0
		assert_stderr ''
		assert_stdout ''
	done
}

# with_ids VERB WORD: all ids of all queues, as arguments or on stdin.
with_ids() {
	local verb=$1 file=$BATS_TEST_TMPDIR/ids

	state theirs >"$LAB_ROOT/before"
	ids ours >"$file"
	if [ "$2" = stdin ]; then
		capture bash -c 'exec "$@" <"$0"' "$file" "$MQADM" "$verb" \
			-c "$LAB_ROOT/ours/etc" --wait 0 -v -
	else
		# shellcheck disable=SC2046 # one argument each
		mqadm "$verb" -v $(ids ours)
	fi
	cat "$out" "$err" >"$BATS_TEST_TMPDIR/said"
	ids theirs | postsuper "-${letter[$verb]}" -
	compare "${verb}_differs"
	assert_told_names "$BATS_TEST_TMPDIR/said"
}

# by_queue VERB: all of each queue.
by_queue() {
	local verb=$1 queue edit=${1}_differs

	[ "$verb" != requeue ] || edit=requeue_all_differs
	state theirs >"$LAB_ROOT/before"
	: >"$BATS_TEST_TMPDIR/said"
	for queue in $queues; do
		mqadm "$verb" --all --yes -v "$queue"
		cat "$out" "$err" >>"$BATS_TEST_TMPDIR/said"
		postsuper "-${letter[$verb]}" ALL "$queue"
		compare "$edit"
	done
	assert_told_names "$BATS_TEST_TMPDIR/said"
}

# all_ways POSTFIX-OPTION... -- SPOOLGEN-OPTION...: $verb, by each way to say
# which messages.
all_ways() {
	local way

	for way in arguments stdin queue; do
		twins "$@"
		case $way in
		queue) by_queue "$verb" ;;
		*) with_ids "$verb" $way ;;
		esac
		assert_nothing_to_repair ours
		lab_cleanup
		rm -rf "$MAILQ_TOOLS_STATE"
	done
}

@test "hold, short ids" {
	verb=hold
	all_ways enable_long_queue_ids=no --
}

@test "hold, long ids" {
	verb=hold
	all_ways enable_long_queue_ids=yes -- --long-ids
}

@test "release, short ids" {
	verb=release
	all_ways enable_long_queue_ids=no --
}

@test "release, long ids" {
	verb=release
	all_ways enable_long_queue_ids=yes -- --long-ids
}

@test "requeue, short ids" {
	verb=requeue
	all_ways enable_long_queue_ids=no --
}

@test "requeue, long ids" {
	verb=requeue
	all_ways enable_long_queue_ids=yes -- --long-ids
}

@test "expire, short ids" {
	verb=expire
	all_ways enable_long_queue_ids=no --
}

@test "expire, long ids" {
	verb=expire
	all_ways enable_long_queue_ids=yes -- --long-ids
}

# Postfix looks at it when its old time is reached, and removes it then; ours
# is looked at now, and is no message that was released.
@test "release of a message that nobody waits for any more" {
	local name

	twins --
	for name in ours theirs; do
		spool=$(spool_of $name)
		put hold 77777 < <(message a@done.example b@done.example |
			LC_ALL=C sed 's/R\(.b@done\.example\)/D\1/')
		chown "$owner" "$spool/$path"
		touch -d "@$ahead" "$spool/$path"
		echo "hold.done $id" >>"$LAB_ROOT/$name/keys"
		remember $name
	done
	postsuper -H "$id"
	id=$(sed -n 's/^hold.done //p' "$LAB_ROOT/ours/keys")
	mqadm release -v "$id"
	assert_status 66
	assert_in "$err" "^mqadm: $id: delivered or returned meanwhile$" 1
	compare sed 's/^\(hold\.done deferred .*\) [0-9]* [0-9]*$/\1 now now/'
	assert_in "$BATS_TEST_TMPDIR/ours" '^hold\.done deferred .* now now$' 1
}

# left_while_written VERB: its writer goes on wherever the message is by then;
# but who takes it for complete does not.
left_while_written() {
	local name edit

	twins --
	state theirs >"$LAB_ROOT/before"
	for name in ours theirs; do
		spool=$(spool_of $name)
		put incoming 77777 < <(message a@new.example b@new.example)
		chown "$owner" "$spool/$path"
		chmod 600 "$spool/$path"
		touch -d "@$ahead" "$spool/$path"
		echo "incoming.new $id" >>"$LAB_ROOT/$name/keys"
		remember $name
	done
	mqadm "$1" --all --yes incoming
	assert_in "$err" '^mqadm: still being written, and left alone: 1$' 1
	postsuper "-${letter[$1]}" ALL incoming
	edit=${1}_differs
	[ "$1" != requeue ] || edit=requeue_all_differs
	written_differs() {
		sed -E "s/^(incoming\.new) [a-z]+ same/\1 incoming same/" | $edit
	}
	compare written_differs
	assert_in "$BATS_TEST_TMPDIR/ours" \
		'^incoming\.new incoming same 600 ' 1
}

@test "hold of a message that is being written" {
	left_while_written hold
}

@test "requeue of a message that is being written" {
	left_while_written requeue
}

# What follows is beside a Postfix that runs.

count_in() {
	find "$(spool_of q)/$1" -type f | wc -l
}

text() {
	printf 'Subject: a test\n\nHello.\n'
}

# Messages in all queues: the server takes connections and says nothing, and
# the active queue is full.
fill_live() {
	local i

	lab_new q "enable_long_queue_ids=$1" qmgr_message_active_limit=3 \
		qmgr_message_recipient_limit=3 minimal_backoff_time=90000
	lab_start q
	for i in 1 2 3; do
		text | lab_send q "deferred$i@lab.example" b@closed.example
	done
	lab_wait '[ "$(count_in deferred)" -eq 3 ]' 20 'they are deferred'
	lab_sink q -c
	sink=$lab_pid
	kill -STOP "$sink"
	lab_set q "relayhost=[127.0.0.1]:$lab_port" \
		"enable_long_queue_ids=$2"
	lab_reload q
	for i in 1 2 3 4 5; do
		text | lab_send q "active$i@lab.example" b@slow.example
	done
	lab_wait '[ "$(count_in active)" -eq 3 ] &&
		[ "$(count_in incoming)" -eq 2 ]' 20 'active is full'
}

# digit_value DIGIT: in a long id.
digit_value() {
	local digits=0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz
	local before=${digits%%"$1"*}

	echo ${#before}
}

# inode_of ID: as it stands there.  A long one ends with it, in base 51.
inode_of() {
	local i number=0 part=${1##*z}

	if [ "$form" = no ]; then
		echo $((16#${1:5}))
		return
	fi
	for ((i = 0; i < ${#part}; i++)); do
		number=$((number * 51 + $(digit_value "${part:i:1}")))
	done
	echo $number
}

# assert_form PATH INODE: it is an id of this form, and has the inode.
assert_form() {
	local id=${1##*/} pattern='^[0-9A-F]{5}[0-9A-F]+$'

	[ "$form" = no ] || pattern='^[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]+$'
	[[ $id =~ $pattern ]] || fail "$id has another form"
	[ "$(inode_of "$id")" = "$2" ] || fail "$id is not of inode $2"
}

# Paths with inodes and times of change, which a repair would change.
names() {
	(cd "$(spool_of q)" && find hold deferred active incoming defer \
		-type f -printf '%P %i %C@\n' | sort)
}

# `postfix start' looks for wrong names in the background.
repair_has_ended() {
	[ -z "$(lab_processes "$LAB_ROOT/q" postsuper)" ] &&
		[ -z "$(lab_processes "$LAB_ROOT/q" postfix-script)" ]
}

# new_ids BEFORE NOW: enable_long_queue_ids when the messages come, and when
# they are changed.
new_ids() {
	local path inode

	form=$2
	fill_live "$@"
	find "$(spool_of q)" -type f \( -path '*/active/*' -o \
		-path '*/incoming/*' -o -path '*/deferred/*' \) \
		-printf '%f\n' | sort >"$BATS_TEST_TMPDIR/old"
	# Out of qmgr's hands: a new id.  One is still being delivered.
	capture "$MQADM" hold -c "$LAB_ROOT/q/etc" --yes --all --wait 0 \
		active incoming
	[ "$(grep -c ': renamed to ' "$out")" -eq 5 ] || report "names"
	[ "$(count_in hold)" -eq 5 ]
	[ "$(count_in active)$(count_in incoming)" = 00 ]
	# Somebody else has held it: qmgr may remember the id.
	capture postsuper -c "$LAB_ROOT/q/etc" -h ALL deferred
	[ "$(count_in hold)" -eq 8 ]
	capture "$MQADM" release -c "$LAB_ROOT/q/etc" --yes -w \
		'sender = deferred*'
	assert_status 0
	[ "$(grep -c ': renamed to ' "$out")" -eq 3 ] || report "names"
	[ "$(count_in deferred)" -eq 3 ]
	while read -r path inode _; do
		assert_form "$path" "$inode"
		run ! grep -qxF "${path##*/}" "$BATS_TEST_TMPDIR/old"
	done < <(cd "$(spool_of q)" &&
		find hold deferred -type f -printf '%p %i\n')
	# Their logs go with those that were deferred.
	[ "$(cd "$(spool_of q)/defer" && find . -type f | sort)" = \
		"$(cd "$(spool_of q)/deferred" && find . -type f | sort)" ] ||
		fail "logs have other names"
	kill -KILL "$sink"
	lab_wait '[ -z "$(find /proc/[0-9]*/fd \
		-lname "$(spool_of q)/hold/*" 2>/dev/null)" ]' 20 \
		'nobody works on them'
	names >"$BATS_TEST_TMPDIR/names"
	assert_nothing_to_repair q
	lab_stop q
	lab_start q
	lab_wait repair_has_ended 20 'the repair has ended'
	names >"$BATS_TEST_TMPDIR/found"
	assert_same_file "$BATS_TEST_TMPDIR/names" "$BATS_TEST_TMPDIR/found"
	assert_not_in "$LAB_ROOT/q/log" '(Renamed|CHANGED TO MATCH|bogus file)'
}

@test "new ids are short, and Postfix leaves them alone" {
	new_ids no no
}

@test "new ids are long, and Postfix leaves them alone" {
	new_ids yes yes
}

@test "new ids are long since that was set" {
	new_ids no yes
}

@test "new ids are short since that was set" {
	new_ids yes no
}
