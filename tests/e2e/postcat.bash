# postcat.bash - a queue with one of each kind of file that Postfix writes.
#
# postcat_queue NAME makes an instance, lets it take mail in every way that
# leaves something of its own in a queue file, and stops it, so that nothing
# moves any more.
#
# Needs helper and lab.
#
# shellcheck disable=SC2154 # lab_port and lab_out come from lab.sh

postcat_queue() {
	postcat_instance "$1"
	lab_start "$1"
	# Without what bats does for each line, it takes half the time.
	(
		trap - DEBUG
		by_smtp "$1"
		edited_by_milter "$1"
		by_sendmail "$1"
		lab_wait "all_tried '$1'" 60 'all mail has been tried'
		lab_set "$1" enable_long_queue_ids=yes
		lab_no_service "$1" pickup
		lab_reload "$1"
		by_smtp_again "$1"
		lab_wait "all_tried '$1'" 60 'all mail has been tried'
		in_maildrop "$1"
	)
	lab_stop "$1"
	postcat_move "$1"
}

postcat_instance() {
	local etc

	lab_new "$1" enable_long_queue_ids=no
	etc=$LAB_ROOT/$1/etc
	lab_sink "$1"
	echo "ok.example smtp:[127.0.0.1]:$lab_port" >"$etc/transport"
	{
		echo 'held@lab.example HOLD'
		echo 'filtered@lab.example FILTER smtp:[127.0.0.1]:2'
		echo 'redirected@lab.example REDIRECT other@closed.example'
		echo 'copied@lab.example BCC copy@closed.example'
	} >"$etc/access"
	echo 'staff@lab.example anna@closed.example, ben@ok.example' \
		>"$etc/virtual"
	lab_background "$1" milter.out "$MQ_BUILD/tests/e2e/milter" \
		"$LAB_ROOT/$1/milter"
	lab_wait "[ -S '$LAB_ROOT/$1/milter' ]" 20 'the milter listens' ||
		return 1
	lab_set "$1" "transport_maps=texthash:$etc/transport" \
		"virtual_alias_maps=texthash:$etc/virtual" \
		"smtpd_sender_restrictions=check_sender_access texthash:$etc/access" \
		smtpd_authorized_xclient_hosts=127.0.0.1 \
		"smtpd_milters=unix:$LAB_ROOT/$1/milter" \
		"non_smtpd_milters=unix:$LAB_ROOT/$1/milter"
}

# text SUBJECT [KILOBYTES]
text() {
	printf 'Subject: %s\nX-Delete: me\nTo: x@closed.example\n\n' "$1"
	yes 'The quick brown fox jumps over the lazy dog, as it always did.' |
		head -c "${2:-0}K"
	printf 'Hello.\n\nNo: header\n.\n..\n'
}

# A header line of 5,000 bytes, one of 3,000 that is folded, and a body line
# of 10,000; pieces of the first look like no header, or like one.
long_lines() {
	printf 'Subject: %s\n' "$(printf 'long: %5000s' x)"
	printf 'X-Folded: %s\n\t%s\n\n' "$(printf '%3000s' y)" \
		"$(printf '%3000s' z)"
	printf '%10000s\nend\n' w
}

by_smtp() {
	local q=$1 sender

	for sender in plain held filtered redirected copied; do
		text "$sender" | lab_send "$q" "$sender@lab.example" \
			"$sender@closed.example"
	done
	text null | lab_send "$q" '' null@closed.example
	text partly 20 | lab_send "$q" partly@lab.example one@ok.example \
		two@closed.example three@ok.example
	text alias | lab_send "$q" alias@lab.example staff@lab.example
	text utf8 | lab_send "$q" -o SMTPUTF8 'δοκιμή@παράδειγμα.example' \
		'用户@例え.example' plain@closed.example
	text dsn | lab_send "$q" -o 'RET=HDRS ENVID=QQ+2B314159' \
		-r 'NOTIFY=SUCCESS,DELAY ORCPT=rfc822;first+2B@closed.example' \
		dsn@lab.example one@closed.example two@ok.example
	text never | lab_send "$q" -o RET=FULL -r NOTIFY=NEVER \
		never@lab.example one@closed.example
	text sasl | lab_send "$q" -x 'LOGIN=tony PORT=12345' \
		sasl@lab.example one@closed.example
	text binary | lab_send "$q" -o BODY=8BITMIME eight@lab.example \
		one@closed.example
	text long | lab_send "$q" "$(printf 'long%050d@lab.example' 1)" \
		"$(printf 'long%050d@closed.example' 2)"
}

# What is not shown of a terminal's bytes, no headers at all, an empty text.
by_smtp_again() {
	local q=$1

	long_lines | lab_send "$q" lines@lab.example one@closed.example
	{
		text nul
		printf 'a\0b\0\0\033[2J\377\n\0\n'
	} | lab_send "$q" nul@lab.example one@closed.example
	printf 'no header here\n\nbody\n' |
		lab_send "$q" bare@lab.example one@closed.example
	printf '\n' | lab_send "$q" empty@lab.example one@closed.example
	printf ' begins with a blank\nA: b\n\nbody\n' |
		lab_send "$q" blank@lab.example one@closed.example
	text big 300 | lab_send "$q" big@lab.example one@closed.example
	seq -f 'rcpt%g@closed.example' 300 >"$LAB_ROOT/$q/list"
	text many | lab_send "$q" many@lab.example "@$LAB_ROOT/$q/list"
}

# The letters are milter.c's.
edited_by_milter() {
	local edit

	for edit in a i n l s d b B p m f pm ii ls sl bB Bb aidlbpf nsBpmfa \
		ffllaapp; do
		text "$edit" 2 | lab_send "$1" "edit-$edit@lab.example" \
			minus@closed.example other@closed.example
	done
}

by_sendmail() {
	{
		echo 'To: rcpt1@closed.example, "a b"@closed.example,'
		echo ' rcpt2@ok.example'
		echo 'Cc: staff@lab.example'
		text tail
	} | lab_sendmail "$1" -t -f tail@lab.example
	{
		echo 'To: rcpt1@closed.example, minus@closed.example'
		text tail
	} | lab_sendmail "$1" -t -f edit-aidlbpmf@lab.example
	text local | lab_sendmail "$1" -F 'Full Name' -f local@lab.example \
		local@closed.example
	text bounce | lab_sendmail "$1" -f '<>' nobody@closed.example
	text dsn | lab_sendmail "$1" -f dsn2@lab.example -N success,delay \
		-R hdrs -V envelope-id dsn@closed.example
	text verbose | lab_sendmail "$1" -v -f verbose@lab.example \
		verbose@closed.example
	text verp | lab_sendmail "$1" -XV -f verp@lab.example \
		verp@closed.example
}

# Postfix complains that nobody will pick it up, as is meant.
in_maildrop() {
	{
		text drop | lab_sendmail "$1" -f drop@lab.example \
			rcpt1@closed.example plain
		text drop 9 | lab_sendmail "$1" -f '<>' -t -B 8BITMIME
		long_lines | lab_sendmail "$1" -F 'Ü Name' -N never -V id \
			-f drop2@lab.example rcpt@closed.example
	} 2>/dev/null
}

# files NAME QUEUE: the complete ones.
files() {
	find "$LAB_ROOT/$1/spool/$2" -type f -perm -0700
}

all_tried() {
	[ -z "$(files "$1" maildrop)$(files "$1" incoming)" ] &&
		[ -z "$(files "$1" active)" ]
}

# file_of NAME SENDER: of that address.
file_of() {
	(cd "$LAB_ROOT/$1/spool" && grep -rlaF -e "$2@lab.example" maildrop \
		incoming active deferred hold saved) |
		sed -n "1s|^|$LAB_ROOT/$1/spool/|p"
}

# Into each folder where a message can be; one goes back to maildrop as
# postsuper -r does it.
postcat_move() {
	local spool=$LAB_ROOT/$1/spool sender

	for sender in plain partly edit-aidlbpf; do
		postsuper -c "$LAB_ROOT/$1/etc" \
			-r "$(basename "$(file_of "$1" "$sender")")" \
			2>/dev/null
	done
	mv "$(file_of "$1" edit-a)" "$(file_of "$1" copied)" "$spool/incoming/"
	mv "$(file_of "$1" edit-B)" "$(file_of "$1" many)" "$spool/active/"
	mv "$(file_of "$1" edit-f)" "$spool/saved/"
}
