#!/usr/bin/env bats
# Our postcat prints what Postfix's prints, byte for byte.
#
# The queue is a real one, with files that Postfix wrote in every way that we
# know of, some of them edited by a milter; and it stands still.  Many files
# are given to one run, since to start one takes longer than to read them.
#
# shellcheck disable=SC2016 # a loop is written for eval
# shellcheck disable=SC2030,SC2031 # a test may change what only it uses
# shellcheck disable=SC2034 # how and argv0 are for what is loaded
# shellcheck disable=SC2154 # out, err and status are set by capture; others by
# what is loaded

load helper
load identical
load postcat
load craft

setup_file() {
	[ -z "$(lab_missing)" ] || return 0
	identical_programs
	postcat_queue q
	copy_programs "$LAB_ROOT/bin"
	echo 'unsigned sleep(unsigned s) { return s * 0; }' |
		${CC:-cc} -shared -fPIC -x c - -o "$LAB_ROOT/awake.so"
}

teardown_file() {
	lab_cleanup
}

setup() {
	lab_require
	mail_config q
	how=awake
	argv0=/somewhere/postcat
	spool=$LAB_ROOT/q/spool
	work=$BATS_TEST_TMPDIR/work
	mkdir "$work"
}

# Postfix's own sleeps a second after each failure.
awake() {
	case " $* " in
	*" $POSTCAT "*) LD_PRELOAD=$LAB_ROOT/awake.so "$@" ;;
	*) "$@" ;;
	esac
}

# combinations LETTERS: each choice of them, the empty one as well.
combinations() {
	local letters=$1 i j choice

	for ((i = 0; i < 1 << ${#letters}; i++)); do
		choice=
		for ((j = 0; j < ${#letters}; j++)); do
			(((i >> j & 1) == 0)) || choice+=${letters:j:1}
		done
		echo "$choice"
	done
}

# All messages by their files, below the queue directory, and by their ids.
messages() {
	(cd "$spool" && find maildrop incoming active deferred hold saved \
		-type f -perm -0700) | sort
}

# each_combination LETTERS ARGUMENT...: the files are below the queue.
each_combination() {
	local choice

	(
		trap - DEBUG
		for choice in $(combinations "$1" | sed 's/^$/none/'); do
			[ "$choice" != none ] || choice=
			cd "$spool" || exit 1
			identical postcat ${choice:+-"$choice"} "${@:2}" ||
				exit 1
			# Both at once end at the first odd bytes that no
			# pointer leads to.
			[[ $choice == *rv* ]] || expect_status 0 || exit 1
		done
	)
}

@test "the queue has one of each kind" {
	local where=$BATS_TEST_TMPDIR/all files

	mapfile -t files < <(messages)
	[ "${#files[@]}" -ge 50 ]
	(cd "$spool" && awake "$POSTCAT" -e "${files[@]}") >"$where"
	assert_in "$where" '^named_attribute: sasl_username=tony$' 1
	assert_in "$where" '^content_filter: smtp:\[127.0.0.1\]:2$' 1
	assert_in "$where" '^redirect_to: other@closed.example$' 1
	assert_in "$where" '^named_attribute: notify_flags=10$'
	assert_in "$where" '^named_attribute: ret_flags=1$' 1
	assert_in "$where" '^named_attribute: envelope_id=QQ\+314159$' 1
	assert_in "$where" '^named_attribute: dsn_orig_rcpt=rfc822;first\+@' 2
	assert_in "$where" '^verp_delimiters: '
	assert_in "$where" '^done_recipient: '
	assert_in "$where" '^canceled_recipient: minus@'
	assert_in "$where" '^recipient: plus19@'
	assert_in "$where" '^sender: δοκιμή@παράδειγμα.example$' 1
	assert_in "$where" '^sender_fullname: Full Name$' 1
	assert_in "$where" '^original_recipient: staff@lab.example$'
	assert_in "$where" '^\*\*\* ENVELOPE RECORDS maildrop/' 6
	assert_in "$where" '^\*\*\* ENVELOPE RECORDS saved/' 1
	assert_in "$where" '^\*\*\* ENVELOPE RECORDS deferred/./[0-9A-F]*$' 0
	assert_in "$where" '^\*\*\* ENVELOPE RECORDS deferred/./[0-9B-Zb-z]*z'
	# Pointers that lead somewhere, and padding in front of them.
	(cd "$spool" && awake "$POSTCAT" -v "${files[@]}") >"$where" 2>/dev/null
	assert_in "$where" '^pointer_record: +[1-9]'
	assert_in "$where" '^pointer_record: +0$'
	assert_in "$where" '^padding: '
	assert_in "$where" '^unterminated_text: '
}

@test "every combination of options, with files" {
	local files

	mapfile -t files < <(messages)
	each_combination bdehorv "${files[@]}"
}

@test "every combination of options, with ids" {
	local ids

	mapfile -t ids < <(messages | sed 's/.*\///')
	each_combination behov -q "${ids[@]}"
	expect stdout '^ *[0-9]+ \*\*\* MESSAGE FILE END saved/' 1
}

@test "-r and -v, with files that were edited" {
	local file options

	for file in $(cd "$spool" && grep -rlaE 'S.edit-|plus1@' ./[^c]*); do
		for options in -rv -dehorv; do
			cd "$spool"
			identical postcat $options "$file"
		done
	done
	expect stdout '^ *[0-9]+ 112 pointer_record: '
}

@test "options apart, together, again, in any order" {
	local id

	id=$(messages | sed -n 's/^hold\///p' | head -n 1)
	identical postcat -e -q "$id"
	expect stdout "^\*\*\* ENVELOPE RECORDS hold/$id \*\*\*\$" 1
	identical postcat -qqee -b -- "$id"
	identical postcat -oq -d -h "$id" "$id"
	identical postcat -q "$id" -e
	expect_status 1
	expect stderr ': fatal: bad mail queue ID: -e$' 1
	identical postcat -c "$MAIL_CONFIG" -q "$id"
	identical postcat "-c$MAIL_CONFIG" -qb "$id"
	(
		unset MAIL_CONFIG
		identical postcat -c "$LAB_ROOT/q/etc" -q "$id"
		expect_status 0
	)
}

@test "standard input: a file, a pipe, a file read in part" {
	local file options

	for file in "$(file_of q edit-nsBpmfa)" "$(file_of q drop2)"; do
		for options in -b -h -e -bh -o -do -v -rv -ov -r -q -dehorv; do
			how=from_file identical postcat $options
			how=from_pipe identical postcat $options
			how=from_middle identical postcat $options
		done
		how=from_pipe identical postcat -s 97
		how=from_pipe identical postcat -e -s 99999999
		expect stderr 'stdin: skip 99999999 bytes failed after [0-9]' 1
		how=from_file identical postcat -e -s 99999999
		how=from_file identical postcat -os 97
	done
	how=from_pipe identical postcat
	expect_status 1
	file=$(file_of q big)
	how=from_pipe identical postcat
	expect stderr 'stdin: seek error after reading END record: Illegal' 1
	how=from_pipe identical postcat -b
	expect stderr 'fatal: seek error: Illegal seek$' 1
	how=from_pipe identical postcat /dev/stdin
	identical postcat
	expect_status 0
}

from_file() {
	awake "$@" <"$file"
}

from_pipe() {
	# shellcheck disable=SC2002 # it is the pipe that counts
	cat "$file" | awake "$@"
}

from_middle() {
	{
		head -c 81 >/dev/null
		awake "$@"
	} <"$file"
}

@test "an offset to begin with" {
	local file offset options

	file=$(file_of q edit-aidlbpmf)
	for offset in 0 00 1 96 97 98 500 999999 2147483648 \
		9223372036854775807 99999999999999999999; do
		for options in -s -es -os -bhs -rvs; do
			identical postcat $options "$offset" "$file"
		done
	done
	for offset in '' -1 +1 1x ' 1' 0x10; do
		identical postcat -s "$offset" "$file"
		expect_status 1
		expect stderr 'fatal: bad offset: ' 1
	done
}

@test "times are in the zone of the caller" {
	local zone file

	file=$(file_of q dsn)
	for zone in CET-1CEST,M3.5.0,M10.5.0/3 America/New_York :UTC Nowhere+7:30; do
		TZ=$zone identical postcat "$file"
		expect stdout '^message_arrival_time: [SMTWF][a-z]{2} ' 1
	done
	(unset TZ && identical postcat "$file")
}

@test "what is not there, or no queue file" {
	cd "$work"
	: >empty
	printf 'Hello somebody\n' >text
	printf '\0' >nul
	printf 'p\0' >pointer
	printf 'w\0010T\0011' >padding
	cp "$(file_of q held)" good
	mkdir folder
	for name in absent empty text nul pointer padding folder /dev/null - \
		good/x "$(printf 'od\td\033[2J\377 \303\274')" '' ; do
		cd "$work"
		identical postcat "$name"
		cd "$work"
		identical postcat good "$name" good
		cd "$work"
		identical postcat -ho "$name" good
	done
	cd "$work"
	identical postcat text
	expect_status 0
	expect stderr 'warning: text: input is not a valid queue file$' 1
	cd "$work"
	identical postcat folder
	expect stderr 'warning: close folder: Is a directory$' 1
	# What was not flushed is lost, but not what does not fit.
	cd "$work"
	# shellcheck disable=SC2046 # many words
	identical postcat $(yes empty | head -n 200)
	expect stdout '^\*\*\* ENVELOPE RECORDS empty \*\*\*$' 132
}

@test "ids that are none, or that nothing has" {
	local id

	for id in a/b ../hold/A '' A.B ABC "$(printf '%256d' 0 | tr ' ' A)" \
		4SVLCh0sf8zHS 0123456789z - A; do
		identical postcat -q "$id"
		expect_status 1
	done
	expect stderr ': fatal: open queue file A: No such file or directory$' 1
	id=$(messages | sed -n 's/^saved\///p')
	identical postcat -q "$id" ABC "$id"
	expect stdout '^\*\*\* MESSAGE FILE END' 1
	identical postcat -q "$id" a/b "$id"
}

@test "a wrong call, and a configuration that is not there" {
	identical postcat -x
	expect_status 1
	expect stderr "^$argv0: invalid option -- 'x'\$" 1
	expect stderr "^$argv0: fatal: usage: $argv0 \[-b " 1
	identical postcat -c
	identical postcat --help
	identical postcat -s
	identical postcat -c /no/such/folder -q ABC
	expect stderr ': fatal: open /no/such/folder/main.cf: No such file' 1
	MAIL_CONFIG=/no/such/folder identical postcat -v
	expect_status 1
}

@test "who reads" {
	local id

	id=$(messages | sed -n 's/^hold\///p' | head -n 1)
	use_copies
	how=as_owner identical postcat -q "$id"
	expect_status 0
	argv0=postcat
	how=as_nobody identical postcat -q "$id"
	expect_status 1
	expect stderr 'fatal: open queue file .*: Permission denied$' 1
	how=as_nobody identical postcat "$spool/hold/$id"
	expect stderr 'fatal: open .*/hold/.*: Permission denied$' 1
	chmod 755 "$BATS_TEST_TMPDIR" "$work"
	install -m 644 "$spool/hold/$id" "$work/copy"
	if "${as_nobody[@]}" cat "$work/copy" >/dev/null 2>&1; then
		how=as_nobody identical postcat "$work/copy"
		expect_status 0
	fi
}

@test "output that nobody wants" {
	local file

	file=$(file_of q big)
	how=to_head identical postcat "$file"
	expect_status 141
	how=to_broken identical postcat "$file"
	expect_status 141
	how=to_closed identical postcat "$file"
	expect_status 0
}

# damaged NAME...: files of $work, each with some options ($with).
damaged() {
	local name options with=${with:--eo -bh -v -rvd}

	(
		trap - DEBUG
		for name; do
			for options in $with; do
				cd "$work" || exit 1
				identical postcat "$options" "$name" || exit 1
			done
		done
	)
}

@test "files that are cut off" {
	local at size=0 names=()

	cd "$work"
	message s@example.org r@example.net >whole
	size=$(stat -c %s whole)
	for ((at = 1; at < size; at += 23)); do
		head -c $at whole >cut.$at
		names+=("cut.$at")
	done
	head -c $((size - 1)) whole >cut.last
	damaged cut.last "${names[@]}"
	expect stderr 'warning: cut.*: unexpected EOF in data, record type 7' 1
}

# with NAME COMMAND...: a message with these records in its envelope.
with() {
	local name=$1

	shift
	{
		record T '1795342700 123456'
		record S s@example.org
		"$@"
		record R r@example.net
		record M
		content
		record X
		record E
	} >"$work/$name"
	all+=("$name")
}

@test "records that Postfix does not write" {
	local all=()

	with pointer-text record p 'not a number'
	with pointer-blank record p '  \t '
	with pointer-huge record p 99999999999999999999
	with pointer-far pointer 123456
	with pointer-in pointer 20
	with unknown record Q 'what is that'
	with zero printf '\0\0'
	with zero-long printf '\0\003abc'
	with text record N 'text: of the envelope'
	with end record E
	with second-message record M
	with early record X
	with no-name record A '=value'
	with no-value record A 'name only'
	with two-names record A 'a b=c\033[2J\377'
	with blank record A ' name \t=\t value '
	with time record A create_time=soon
	with time-bounds record T -1
	with nuls record A 'name=a\0000b'
	with nul-sender record S 'a\0000b'
	with warn record W '             -1'
	with size-text record C 'no numbers'
	with size-one record C 5
	with size-two size_record 10 60
	with size-short size_record 1 1
	with all-types eval 'for t in c F I D O / K f d m r e P V "<" i n o w
		do record "$t" "x y"; done'
	damaged "${all[@]}"
}

@test "headers and bodies that Postfix does not write" {
	local all=() i=0 lines with='-h -ob -ehd -v'

	set -- 'A: 1|no header' 'no header|A: 1' '' 'L:A: 1|N:more' \
		'L:A|L:none|N:' 'A: 1||x|L:cut' 'L:x' 'A : b| c|\td|e' \
		'A\0000: b' 'A:\0000b' '\0000' ': empty' 'A: 1|w:0|B: 2' \
		'A: 1|p:0|x' 'S:sender|R:r|A: 1|x' 'M:|A: 1|x' 'C:1 1|x'
	for lines; do
		with_text "text.$((i++))" "$lines"
	done
	damaged "${all[@]}"
}

# with_text NAME LINES: between bars; some of another type than N.
with_text() {
	local line

	{
		record S s@example.org
		record R r@example.net
		record M
		while [ -n "$2" ] && IFS= read -r -d '|' line; do
			case $line in
			[A-Zpw]:[!\ ]* | [MN]:) record "${line%%:*}" "${line#*:}" ;;
			*) record N "$line" ;;
			esac
		done <<<"$2|"
		record X
		record E
	} >"$work/$1"
	all+=("$1")
}

# What follows is where ours differs on purpose: docs/COMPATIBILITY.md.

ours_only() {
	! [ "$MQ_POSTCAT" = "$POSTCAT" ] || skip "this is Postfix's own"
	cd "$work" || return 1
}

@test "a message that is still being written" {
	ours_only
	{
		size_record 0 0 0
		envelope s@example.org r@example.net
		content
		record X
		record E
	} >writing
	for options in -e -eh -eb -deo; do
		capture "$MQ_POSTCAT" $options writing
		assert_status 0
		assert_in "$err" 'warning: invalid size record: +0 +0 ' 1
		assert_in "$out" 'MESSAGE FILE END writing' 1
	done
	# From 3.9 on, Postfix's own does the same.
	if postfix_since 3.9; then
		identical postcat -e writing
	else
		run_limited -e writing
		[ "$status" -eq 124 ]
	fi
}

# postfix_since VERSION: is the Postfix in place as new as that?
postfix_since() {
	printf '%s\n' "$1" "$(postconf -xh mail_version)" | sort -C -V
}

# Postfix's own, when it would go on for ever.
run_limited() {
	status=0
	timeout 1 "$POSTCAT" "$@" >/dev/null 2>&1 || status=$?
}

@test "a size that leads back" {
	ours_only
	{
		size_record 1 96
		envelope s@example.org r@example.net
		content
		record X
		record E
	} >back
	capture "$MQ_POSTCAT" -e back
	assert_status 1
	assert_in "$err" 'warning: back: too many reverse jump records$' 1
	assert_in "$err" 'fatal: record read error$' 1
	run_limited -e back
	[ "$status" -eq 124 ]
}

@test "pointers in a circle" {
	local bytes options

	ours_only
	{
		record S s@example.org
		record R again@example.net
		pointer 15
		record E
	} >circle
	for options in -e -v; do
		cd "$work" || return 1
		run_for ours postcat $options circle
		run_for theirs postcat $options circle
		cd "$BATS_TEST_TMPDIR"
		assert_same_file theirs.stderr ours.stderr
		assert_same_file theirs.status ours.status
		expect_status 1
		expect stderr 'circle: too many reverse jump records$' 1
		# The same, as far as it goes.
		bytes=$(stat -c %s ours.stdout)
		[ "$bytes" -lt "$(stat -c %s theirs.stdout)" ]
		cmp -n "$bytes" theirs.stdout ours.stdout
		expect stdout '^recipient: again@example.net$' 10002
	done
}

@test "lengths that no record has" {
	ours_only
	printf 'S\0011T\205\200\200\200\200' >long
	capture "$MQ_POSTCAT" long
	assert_status 1
	assert_in "$err" 'long: too many length bits, record type 84$' 1
	{
		printf 'S\0011'
		printf 'N\201\200\200\010'
		head -c 16777217 /dev/zero
		record E
	} >large
	capture "$MQ_POSTCAT" large
	assert_status 1
	assert_in "$err" 'large: record of more than 16 MB, record type 78 le' 1
	assert_in "$err" 'fatal: record read error$' 1
}

@test "a time that no calendar has" {
	ours_only
	{
		record T 99999999999999999999
		record E
	} >never
	capture "$MQ_POSTCAT" never
	assert_status 1
	assert_in "$err" 'fatal: record read error$' 1
	capture "$POSTCAT" never
	assert_status 139
}

@test "a disk that is full" {
	local file

	ours_only
	file=$(file_of q big)
	status=0
	"$MQ_POSTCAT" "$file" >/dev/full 2>stderr || status=$?
	[ "$status" -eq 1 ]
	assert_in stderr 'fatal: output write error: No space left on device$' 1
	"$POSTCAT" "$file" >/dev/full
}

@test "-f, whatever Postfix there is" {
	local file

	ours_only
	message s@example.org r@example.net >file
	capture "$MQ_POSTCAT" -fo file
	assert_status 0
	assert_in "$out" '^file: +[0-9]+ sender: s@example.org$' 1
	assert_in "$out" '^file: +[0-9]+ Subject: hello$' 1
	assert_in "$out" '^file: +[0-9]+ \*\*\* MESSAGE CONTENTS file \*\*\*$' 1
	assert_in "$out" '^\*\*\* ENVELOPE RECORDS file \*\*\*$' 1
	capture "$MQ_POSTCAT" -f -s 97 file
	assert_in "$out" '^file: message_arrival_time: ' 1
	! postfix_since 3.10 || identical postcat -dfo file
}

@test "more than one -v" {
	local id

	ours_only
	id=$(messages | sed -n 's/^hold\///p' | head -n 1)
	for options in -vv -vvv -vvvvv; do
		run_for ours postcat $options -q "$id"
		run_for theirs postcat $options -q "$id"
		assert_same_file "$BATS_TEST_TMPDIR/"{theirs,ours}.stdout
		assert_same_file "$BATS_TEST_TMPDIR/"{theirs,ours}.status
		assert_in "$BATS_TEST_TMPDIR/ours.stderr" dict_update
	done
}

@test "what is not a plain file of mail_owner's" {
	local id

	ours_only
	id=$(messages | sed -n 's/^hold\///p' | head -n 1)
	ln -s "$id" "$spool/hold/ABCDE1"
	mkfifo "$spool/hold/ABCDE2"
	install -m 600 "$spool/hold/$id" "$spool/hold/ABCDE3"
	capture "$MQ_POSTCAT" -q ABCDE1
	assert_status 1
	assert_in "$err" 'fatal: open queue file ABCDE1: not a plain file$' 1
	capture "$MQ_POSTCAT" -q ABCDE2
	assert_in "$err" 'fatal: open queue file ABCDE2: not a plain file$' 1
	capture "$MQ_POSTCAT" -q ABCDE3
	assert_in "$err" 'fatal: open queue file ABCDE3: Permission denied$' 1
	# By its name, root may read it.
	capture "$MQ_POSTCAT" "$spool/hold/ABCDE3"
	rm "$spool/hold/"ABCDE[123]
	assert_status 0
}

@test "an id from before" {
	local old new

	ours_only
	export MAILQ_TOOLS_STATE=$LAB_ROOT/state
	old=$(messages | sed -n 's/^incoming\///p' | head -n 1)
	cp -p "$spool/incoming/$old" copy
	capture "$MQADM" hold "$old"
	assert_status 0
	new=$(sed -n 's/.*: renamed to //p' "$out")
	[ -n "$new" ]
	capture "$MQ_POSTCAT" -q "$old" "$new" "$old"
	assert_status 0
	assert_in "$out" "^\*\*\* ENVELOPE RECORDS hold/$new \*\*\*\$" 3
	assert_stderr ''
	# The negative controls.
	capture "$POSTCAT" -q "$old"
	assert_status 1
	capture env MAILQ_TOOLS_STATE="$LAB_ROOT/none" "$MQ_POSTCAT" -q "$old"
	assert_status 1
	assert_in "$err" "open queue file $old: No such file or directory\$" 1
	mv "$spool/hold/$new" "$spool/incoming/$old"
}

@test "who reads for root is mail_owner" {
	local owner pid

	ours_only
	owner=$(id -u "$(postconf -xh mail_owner)")
	mkfifo pipe
	"$MQ_POSTCAT" <pipe >stdout 2>stderr &
	pid=$!
	exec 5>pipe
	lab_wait 'grep -q "^Uid:	'"$owner	$owner	$owner	$owner"'$" \
		/proc/'$pid'/status' 20
	{
		record S s@example.org
		record R r@example.net
	} >&5
	exec 5>&-
	wait $pid
	assert_in stdout '^recipient: r@example.net$' 1
}

@test "more files than a process may have open" {
	local i names=()

	ours_only
	for ((i = 0; i < 300; i++)); do
		record S "s$i@example.org" >file.$i
		names+=("file.$i")
	done
	status=0
	(ulimit -n 100 && exec "$MQ_POSTCAT" "${names[@]}") >stdout || status=$?
	[ "$status" -eq 0 ]
	assert_in stdout '^sender: s299@example.org$' 1
}
