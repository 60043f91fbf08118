#!/usr/bin/env bats
# Our postqueue prints what Postfix's prints also of queue files and logs that
# no Postfix would write.
#
# Postfix is stopped here, so that nobody touches them.  Left out is what
# crashes some releases of its showq: a second sender, or none before a
# recipient; those are in hostile.bats.
#
# shellcheck disable=SC2034,SC2154 # owner goes to craft.bash, and spool, id and
# path come from there

load helper
load identical
load craft

setup_file() {
	[ -z "$(lab_missing)" ] || return 0
	identical_programs
}

setup() {
	lab_require
	owner=$(postconf -xh mail_owner)
	lab_new q
	rm -r "$LAB_ROOT/q/spool"
	make_spool "$LAB_ROOT/q/spool"
	mail_config q
	# A good one at the end shows that the listing got there.
	put hold 65535 < <(message last@example.org rcpt@example.org)
}

teardown() {
	lab_cleanup
}

both_identical() {
	owned
	identical postqueue -j
	expect stdout '"sender": "last@example.org"' 1
	identical postqueue -p
	expect stdout '^[0-9A-F]+! .*last@example.org$' 1
}

# head_records: a message up to its recipients.
head_records() {
	size_record "$(content | wc -c)" 300
	record T '1795342700 123456'
	record S "$1"
}

tail_records() {
	record M
	content
	record X
	record E
}

# with_records SENDER COMMAND...: a message with what the command writes.
with_records() {
	head_records "$1"
	"${@:2}"
	record R after@example.org
	tail_records
}

@test "a file that ends too early, at every byte" {
	local whole=$BATS_TEST_TMPDIR/whole size

	message some@example.org a@example.org b@example.org >"$whole"
	for size in $(seq 0 "$(stat -c %s "$whole")"); do
		put deferred "$size" < <(head -c "$size" "$whole")
	done
	both_identical
	expect stdout 'some@example.org$'
}

@test "a log that ends too early, at every byte" {
	local whole=$BATS_TEST_TMPDIR/whole size

	{
		log_entry a@example.org first
		log_entry b@example.org second
	} >"$whole"
	message x@example.org b@example.org >"$BATS_TEST_TMPDIR/message"
	for size in $(seq 0 "$(stat -c %s "$whole")"); do
		put deferred "$size" <"$BATS_TEST_TMPDIR/message"
		put_log "$id" < <(head -c "$size" "$whole")
	done
	both_identical
	expect stdout '\(second\)$'
}

@test "sizes that are wrong" {
	local size

	for size in 0 1 2 17 53 55 60 100 1000 999999999999; do
		put deferred "$size" < <(
			size_record "$size" 200
			record T '1795342700 123456'
			record S "size$size@example.org"
			record R a@example.org
			record M
			content
			record X
			record R b@example.org
			record E
		)
	done
	local text n=20

	for text in '' ' ' x -1 '12 x' '+5' '  12' 12 '12 34 ' 1e3 \
		'\0012' '12\000034'; do
		put deferred $((n++)) < <(
			record C "$text"
			record T '1795342700 123456'
			record S text@example.org
			record R a@example.org
			tail_records
		)
	done
	put deferred 5 < <(
		size_record 5 200
		with_records two-sizes@example.org size_record 7 300
	)
	put deferred 6 < <(
		record C x
		with_records bad-then-good@example.org true
	)
	put deferred 7 < <(
		record S no-size@example.org
		record R a@example.org
		tail_records
	)
	both_identical
	expect stdout '[^0-9]7 .*two-sizes|[^0-9]5 .*two-sizes' 1
}

@test "times that are strange" {
	local text

	for text in 0 -1 x '' ' 1795342700' '1795342700x 5' 1 2147483648 \
		4294967295 4294967296 99999999999 253402300800; do
		put deferred $((${#text} + 1)) < <(
			record T "$text"
			record S "time@example.org"
			record R a@example.org
			tail_records
		)
		touch -d @1700000000 "$spool/$path"
	done
	put deferred 50 < <(
		record T 0
		record T 1600000000
		record T 1700000000
		record S second-time@example.org
		record R a@example.org
		tail_records
	)
	both_identical
	expect stdout 'second-time@example.org$' 1
}

# Postfix prints what it knows when the sender comes.
@test "size and time behind the sender" {
	put deferred 1 < <(
		record S late@example.org
		size_record 5 200
		record T 1600000000
		record R a@example.org
		tail_records
	)
	both_identical
	expect stdout '  5 .*late@' 0
}

hop() {
	pointer "$1"
	record R skipped@example.org
	record R reached@example.org
}

@test "pointers, padding and records that nobody knows" {
	local types type

	put deferred 1 < <(with_records dummy@example.org pointer 0)
	put deferred 2 < <(with_records middle@example.org pointer 150)
	put deferred 3 < <(with_records beyond@example.org pointer 99999)
	put deferred 4 < <(with_records huge@example.org \
		record p 99999999999999999999)
	put deferred 5 < <(with_records bad@example.org record p 'x12')
	put deferred 6 < <(with_records minus@example.org record p '-12')
	put deferred 7 < <(with_records blank@example.org record p '   ')
	put deferred 8 < <(with_records empty@example.org record p)
	put deferred 9 < <(with_records trailing@example.org record p '0 ')
	put deferred 10 < <(with_records padding@example.org record w '   0')
	# Over the record of 23 bytes behind it.
	put deferred 11 < <(with_records hop@example.org \
		hop $((97 + 19 + 17 + 17 + 21)))
	type=20
	for types in K / D O A L N X M w f d m r e P V '<' i o n c F I W \
		U u '!' '\0001' '\0377'; do
		put deferred $((type++)) < <(with_records "$type@example.org" \
			eval "record '' ''; printf '%b' '$types\\003abc'")
	done
	both_identical
	expect stdout 'dummy@example.org$' 1
	expect stdout 'reached@example.org$' 1
	expect stdout 'skipped@example.org$' 0
}

@test "a pointer to itself" {
	put deferred 1 < <(with_records self@example.org \
		pointer $((97 + 19 + 18)))
	both_identical
}

@test "lengths that are too long" {
	local bytes n=1 huge=

	# For this one Postfix takes two gigabytes of memory.
	[ -z "${MQ_LONG:-}" ] || huge='\0377\0377\0377\0377\0007'
	for bytes in $huge '\0377\0377\0377\0177' \
		'\0377\0377\0377\0377\0017' \
		'\0377\0377\0377\0377\0377\0001' \
		'\0200\0000' '\0201\0000' \
		'\0203\0200\0200\0000' '\0377'; do
		put deferred $((n++)) < <(with_records "long$n@example.org" \
			printf 'R%babcdefgh' "$bytes")
	done
	both_identical
	expect stdout ' long[0-9]+@example.org$' $((n - 1))
}

@test "addresses of every kind" {
	local address n=1

	for address in '' ' ' a @ @b a@ a@b@c '@a:b c@d' '@a,@b:c d@e' '@a b' \
		.a@b a.@b a..b@c '"a"@b' 'a\\\\b@c' 'a"b@c' 'a b@c d' 'a(b)@c' \
		'a[b]@c' 'a:b@c' 'a;b@c' 'a,b@c' 'a<b>@c' 'ü@x' '\0374@x' \
		'a\0001@x' 'a@\0001x' 'a\r@x' 'a\tb@x' 'a\0177@x' 'a@x\0374' \
		'\0303@x' 'x@\0342\0202' '\0360\0237\0230\0200@x' \
		'\0300\0257@x' \
		'\0355\0240\0200@x' '\0364\0220\0200\0200@x' '\0376\0377@x' \
		'\0033[31m@x' '\0342\0200\0256@x' 'a\0000b@x' \
		"$(printf '%3000d' 0)@x"; do
		put deferred $((n++)) < <(
			record T '1795342700 123456'
			record S "$address"
			record R "$address"
			tail_records
		)
		put_log "$id" < <(log_entry 'not@this' 'another recipient')
		put maildrop $((n++)) < <(submission "$address" "$address")
	done
	both_identical
	expect stdout '  "a b"@c d$'
}

@test "logs that are strange" {
	local text n=1

	for text in \
		'\n<a@example.org>: old form\n\n' \
		'<a@example.org>: no line before\n\n' \
		'\n<a@example.org>: no line after' \
		'\n<a@example.org>: no line after\n' \
		'\n\n\n<a@example.org>: more lines\n\n\n\n' \
		'\n<a@example.org> no colon\n\n' \
		'\n<a@example.org>:no blank\n\n' \
		'\n<a>: b>: c@example.org>: many\n\n' \
		'\n<>: nobody\n\n' \
		'\n<a@example.org>: \n\n' \
		'\n<\n\n' '\n>\n\n' '\n*\n\n' '\n \n\n' '\n\t\n\n' '\r\n\r\n' \
		'\nrecipient=a@example.org\r\nreason=cr lf\r\n\r\n' \
		'\nrecipient = a@example.org \nreason =  blanks  \n\n' \
		'\nrecipient=a@example.org\n\n' \
		'\nrecipient=\nreason=empty recipient\n\n' \
		'\nrecipient=<>\nreason=null recipient\n\n' \
		'\nreason=only a reason\n\n' \
		'\nreason=\n\n' '\nrecipient\n\n' '\n=x\n\n' '\nx=\n\n' \
		'\nrecipient=a@example.org\nreason=one\nreason=two\n\n' \
		'\nrecipient=a@example.org\nrecipient=b@example.org\n\n' \
		'\n<a@example.org>: old\nrecipient=b@c.example\nreason=new\n\n' \
		'\nrecipient=b@c.example\nreason=new\n<a@example.org>: old\n\n' \
		'\nunknown=x\nrecipient=a@example.org\nreason=unknown\n\n' \
		'\nstatus=x\nrecipient=a@example.org\nreason=bad status\n\n' \
		'\noffset=x\nrecipient=a@example.org\nreason=bad offset\n\n' \
		'\noriginal_recipient=o@example.org\nreason=original only\n\n' \
		'\nreason=x\0000y\n\n' \
		'\nreason=\0001\0033[0m\0177\0200\0303\0274\n\n' \
		'\nüber=x\nreason=non-ASCII name\n\n' \
		"\\nreason=$(printf '%5000d' 0)\\n\\n" \
		"\\nrecipient=$(printf '%5000d' 0)\\n\\n"; do
		put deferred $((n++)) < <(message "log$n@example.org" \
			a@example.org b@example.org)
		put_log "$id" < <(printf '%b' "$text")
	done
	both_identical
	expect stdout '  log[0-9]+@example.org$' 39
	expect stdout '\(old form\)$' 1
}

@test "modes, links and names" {
	local mode

	for mode in 0700 0710 0740 0750 0600 0400 0500 0300 0777 4700 2700 \
		0000; do
		put deferred "$((8#$mode))" < <(message \
			"mode$mode@example.org" a@example.org)
		chmod "$mode" "$spool/$path"
		put maildrop "$((8#$mode))" < <(submission \
			"drop$mode@example.org" a@example.org)
		chmod "$mode" "$spool/$path"
	done
	local good=$BATS_TEST_TMPDIR/good name

	message named@example.org a@example.org >"$good"
	for name in A1 12345 123456 a_b A-B A.B .x __ 'A B' 'A
B' "$(printf '%0255d' 0)" 4SVLCh0sf8zHS 0123456789z 012345678zz zzzzzzzzzzzzzz \
		'Ü12345'; do
		for folder in "deferred/${name:0:1}" hold incoming maildrop \
			active; do
			mkdir -p "$spool/$folder"
			install -m 700 "$good" "$spool/$folder/$name"
		done
	done
	install -D -m 700 "$good" "$spool/deferred/1/4SVLCh0sf8zHT"
	install -D -m 700 "$good" "$spool/deferred/4/4SVLCh0sf8zHV"
	install -D -m 700 "$good" "$spool/deferred/ABCDE7"
	mkdir "$spool/hold/ABCDE1" "$spool/hold/X" "$spool/hold/X/Y"
	install -m 700 "$good" "$spool/hold/X/Y/ABCDE2"
	install -m 700 "$good" "$spool/hold/X/ABCDE3"
	ln -s "$good" "$spool/hold/ABCDE4"
	mkfifo "$spool/hold/ABCDE5"
	mknod "$spool/hold/ABCDE6" c 1 5
	chmod 700 "$spool/hold/ABCDE"*
	both_identical
	expect stdout 'mode07[0-9]{2}@' 5
	expect stdout '^[^ ]+# .*mode07[0-9]{2}@' 3
	expect stdout 'mode0[^7]' 0
}

# Where Postfix gives up in the middle, ours goes on.
goes_on() {
	owned
	run_for theirs postqueue -p
	expect_status 69
	expect stdout 'last@example.org' 0
	! ours_are_theirs || skip "this is Postfix's own"
	run_for ours postqueue -p
	assert_in "$BATS_TEST_TMPDIR/ours.stdout" ' last@example.org$' 1
}

@test "a one-letter file, where a folder should be" {
	message x@example.org a@example.org >"$spool/deferred/A"
	chmod 700 "$spool/deferred/A"
	goes_on
}

@test "a size that is larger than any file" {
	put deferred 1 < <(
		record C 9223372036854775807
		record S a@example.org
		record R a@example.org
		tail_records
	)
	goes_on
}

# A queue that could not be read is not an empty one.
@test "a queue that is missing" {
	rmdir "$spool/incoming"
	goes_on
	assert_in "$BATS_TEST_TMPDIR/ours.stderr" incoming
	[ "$(cat "$BATS_TEST_TMPDIR/ours.status")" -eq 69 ] ||
		fail "exit status $(cat "$BATS_TEST_TMPDIR/ours.status")"
}
