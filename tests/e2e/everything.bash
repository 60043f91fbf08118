# everything.bash - a queue that has one of everything.
#
# everything_new NAME makes and starts an instance; everything_fill NAME puts
# mail into all five queues through SMTP and sendmail(1); everything_damage
# NAME then does by hand what no Postfix would.  Afterwards nothing moves:
# there is no retry, no pickup, and a delivery that never ends.
#
# Messages are known by their senders: message NAME SENDER is the queue id.
#
# shellcheck disable=SC2154 # lab_port comes from lab.sh

# Ids are short for what comes by SMTP, and long for what comes by sendmail,
# which also gets a recipient behind its body.
everything_new() {
	lab_new "$1" enable_long_queue_ids=no smtpd_timeout=3600s
	lab_no_service "$1" pickup
	lab_service "$1" 'pickup unix n - n 60 1 pickup
  -o cleanup_service_name=long'
	lab_service "$1" 'long unix n - n - 0 cleanup
  -o enable_long_queue_ids=yes
  -o always_bcc=archive@closed.example'
	lab_service "$1" 'stall unix - - n - 1 smtp
  -o smtp_data_init_timeout=3600s'
	everything_transports "$1"
	lab_start "$1"
}

# The domains: ok.example takes mail, refuse.example has a lot to say, mail
# for stall.example is on its way for an hour, all others are closed.
everything_transports() {
	local etc=$LAB_ROOT/$1/etc
	local access=texthash:$etc/access
	local reason='450 4.2.1 <x>: Recipient "quoted\slashed" address '
	reason+='rejected: this text goes on and on, until it is longer than '
	reason+='a line and has a gr\303\274n word'

	{
		lab_sink "$1"
		echo "ok.example smtp:[127.0.0.1]:$lab_port"
		lab_sink "$1" -r RCPT -b "$(printf '%b' "$reason")"
		echo "refuse.example smtp:[127.0.0.1]:$lab_port"
		lab_sink "$1" -w 3600 -t 3600
		echo "stall.example stall:[127.0.0.1]:$lab_port"
	} >"$etc/transport"
	printf '%s@lab.example HOLD\n' held held2 held3 active >"$etc/access"
	lab_set "$1" "transport_maps=texthash:$etc/transport" \
		"smtpd_sender_restrictions=check_sender_access $access"
}

text() {
	printf 'Subject: %s\n\nHello.\n' "$1"
}

# big KILOBYTES: more than one read of any buffer.
big() {
	text big
	yes 'The quick brown fox jumps over the lazy dog, as it always did.' |
		head -c "${1}K"
	echo
}

everything_fill() {
	deferred_by_smtp "$1"
	deferred_by_sendmail "$1"
	lab_wait "is_deferred '$1'" 60 'all mail is deferred'
	# From now on what sendmail submits stays in maildrop, and new ids
	# are long.  One message with a short id was put aside for active.
	lab_no_service "$1" pickup
	sed -i '/^  -o cleanup_service_name=long/d' "$LAB_ROOT/$1/etc/master.cf"
	lab_set "$1" enable_long_queue_ids=yes
	lab_reload "$1"
	activate "$1" active
	in_active "$1" active2 active3
	lab_wait "is_active '$1' 3" 60 'mail is active'
	text held3 | lab_send "$1" held3@lab.example rcpt@closed.example
	text writing |
		lab_send_part "$1" writing@lab.example rcpt@closed.example
	in_maildrop "$1"
	rm "$LAB_ROOT/$1/ids"
}

# activate NAME SENDER: from hold.
activate() {
	local id

	id=$(message "$1" "$2")
	postsuper -c "$LAB_ROOT/$1/etc" -H "$id" 2>/dev/null
	postqueue -c "$LAB_ROOT/$1/etc" -i "$id"
	lab_wait "is_active '$1' 1" 60 "$2 is active"
}

is_deferred() {
	[ -z "$(files "$1" maildrop)$(files "$1" incoming)" ] &&
		[ -z "$(files "$1" active)" ]
}

# is_active NAME COUNT: so many messages, and none on its way there.
is_active() {
	[ "$(files "$1" active | wc -l)" -eq "$2" ] &&
		[ -z "$(files "$1" incoming)" ]
}

in_active() {
	local sender

	for sender in "${@:2}"; do
		text active | lab_send "$1" "$sender@lab.example" \
			rcpt1@stall.example rcpt2@stall.example
	done
}

deferred_by_smtp() {
	local q=$1 sender list=$LAB_ROOT/$1/list

	for sender in one two three four five six seven; do
		text "$sender" | lab_send "$q" "$sender@lab.example" \
			"$sender@closed.example"
	done
	for sender in spring1 spring2 autumn1 autumn2 epoch year2100 \
		incoming1 incoming2 deep flat linked nolog bytes; do
		text "$sender" | lab_send "$q" "$sender@lab.example" \
			"$sender@closed.example"
	done
	for sender in doubled silent edited old chopped; do
		text "$sender" | lab_send "$q" "$sender@lab.example" \
			rcpt1@closed.example rcpt2@closed.example \
			rcpt3@closed.example
	done
	text null | lab_send "$q" '' null@closed.example
	text utf8 | lab_send "$q" -o SMTPUTF8 'δοκιμή@παράδειγμα.example' \
		'用户@例え.example' 'plain@closed.example'
	text quoted | lab_send "$q" '"john smith"@lab.example' \
		'"a b"@closed.example' '"quo\"te"@closed.example' \
		'"back\\slash"@closed.example' '"do..ts"@closed.example' \
		'"at@sign"@closed.example' '"<angle>"@closed.example'
	text partly | lab_send "$q" partly@lab.example rcpt1@ok.example \
		rcpt2@refuse.example rcpt3@ok.example rcpt4@closed.example \
		rcpt5@refuse.example rcpt6@closed.example
	text refused | lab_send "$q" refused@lab.example rcpt@refuse.example
	text expired | lab_send "$q" expired@lab.example rcpt@closed.example
	text held | lab_send "$q" held@lab.example rcpt1@closed.example \
		rcpt2@closed.example
	text held | lab_send "$q" held2@lab.example rcpt@closed.example
	in_active "$q" active
	big 100 | lab_send "$q" bigsmtp@lab.example rcpt@closed.example
	seq -f 'rcpt%g@closed.example' 5000 >"$list"
	text many | lab_send "$q" many@lab.example "@$list"
}

deferred_by_sendmail() {
	local to='To: rcpt1@closed.example, "a b"@closed.example,
 rcpt2@ok.example, rcpt3@refuse.example'

	{
		echo "$to"
		big 200
	} | lab_sendmail "$1" -t -f bigtail@lab.example
	text local | lab_sendmail "$1" -f local@lab.example local@closed.example
	text bounce | lab_sendmail "$1" -f '<>' nobody@closed.example
	text dsn | lab_sendmail "$1" -f dsn@lab.example -F 'Full Name' \
		-N success,delay -R hdrs -V envelope-id dsn@closed.example
}

# Postfix complains that nobody will pick it up, as is meant.
in_maildrop() {
	{
		text drop | lab_sendmail "$1" -f drop@lab.example \
			rcpt1@closed.example plain
		text drop | lab_sendmail "$1" -f '<>' rcpt@closed.example
		text drop | lab_sendmail "$1" -f '"d rop"@lab.example' \
			'"a b"@closed.example'
		text drop | lab_sendmail "$1" -f halfdrop@lab.example \
			rcpt@closed.example
		big 50 | lab_sendmail "$1" -f bigdrop@lab.example \
			rcpt@closed.example
	} 2>/dev/null
}

# files NAME QUEUE: the complete ones.
files() {
	find "$LAB_ROOT/$1/spool/$2" -type f -perm -0700
}

# One listing, by Postfix's own program, serves all.
message() {
	[ -s "$LAB_ROOT/$1/ids" ] ||
		postqueue -c "$LAB_ROOT/$1/etc" -j >"$LAB_ROOT/$1/ids"
	jq -r --arg sender "$2@lab.example" \
		'select(.sender == $sender) | .queue_id' "$LAB_ROOT/$1/ids"
}

file_of() {
	find "$LAB_ROOT/$1/spool/"{maildrop,incoming,active,deferred,hold} \
		-name "$(message "$1" "$2")"
}

log_of() {
	find "$LAB_ROOT/$1/spool/defer" -name "$(message "$1" "$2")"
}

# patch NAME SENDER EXPRESSION: change bytes of the message, and neither its
# length nor its times.
patch() {
	local file

	file=$(file_of "$1" "$2")
	touch -r "$file" "$LAB_ROOT/$1/times"
	LC_ALL=C sed -i -E "$3" "$file"
	touch -r "$LAB_ROOT/$1/times" "$file"
}

# The record of the arrival time has ten digits and is the first with so many.
arrived() {
	patch "$1" "$2" "1s/[0-9]{10} /$3 /"
}

# The last second before and the first of summer time, in Central Europe.
change_times() {
	arrived "$1" spring1 1774745999
	arrived "$1" spring2 1774746000
	arrived "$1" autumn1 1792889999
	arrived "$1" autumn2 1792890000
	arrived "$1" epoch 0000000000
	arrived "$1" year2100 4102444800
}

# Logs: each entry twice; an entry without reason; an entry taken out, so
# that its recipient has no reason; bytes that no terminal should see; only
# the lines that Postfix wrote before 2.1; an entry without its end.
change_logs() {
	local q=$1 log

	log=$(log_of "$q" doubled)
	cat "$log" "$log" >"$LAB_ROOT/$q/twice"
	cat "$LAB_ROOT/$q/twice" >"$log"
	log=$(log_of "$q" silent)
	sed -i -e '/^</d' -e '/^reason=/d' "$log"
	log=$(log_of "$q" edited)
	edit_reasons "$log"
	log=$(log_of "$q" old)
	sed -i -e '/^[a-z]/d' "$log"
	log=$(log_of "$q" chopped)
	sed -i -e '/rcpt2@/,$d' "$log"
	rm "$(log_of "$q" nolog)"
	# Not every id begins with each digit.
	install -d -m 700 -o "$(postconf -d -xh mail_owner)" \
		"$LAB_ROOT/$q/spool/defer/A"
	cp -p "$(log_of "$q" one)" "$LAB_ROOT/$q/spool/defer/A/ABCDE123456"
	log=$(log_of "$q" seven)
	sed -i -E 's/^reason=.*/reason=/' "$log"
}

# The three reasons: controls and JSON's own characters; valid and invalid
# UTF-8; exactly as wide as the column, and one more.
edit_reasons() {
	one=$(printf 'tab\t esc\033[31m \001 \177 "q" \\ /') \
		two=$(printf 'ü 例 \374 \303 \342\202 \300\257 \355\240\200.') \
		three=$(printf '%076d' 0) LC_ALL=C awk '
		BEGIN { split("one two three", names) }
		/^recipient=/ { n++ }
		/^reason=/ { $0 = "reason=" ENVIRON[names[n]] }
		{ print }' "$1" >"$1.new"
	cat "$1.new" >"$1"
	rm "$1.new"
}

# Where messages do not belong, and what is not a message.
change_places() {
	local spool=$LAB_ROOT/$1/spool file sender

	for sender in incoming1 incoming2; do
		mv "$(file_of "$1" $sender)" "$spool/incoming/"
	done
	find "$spool/incoming" -type f -perm -0700 \
		-exec touch -d '2 days' {} +
	file=$(file_of "$1" flat)
	mv "$file" "$spool/deferred/"
	file=$(file_of "$1" deep)
	mkdir "${file%/*}/X"
	mv "$file" "${file%/*}/X/"
	ln "$(file_of "$1" linked)" "$spool/saved/"
	file=$(file_of "$1" one)
	cp -p "$file" "$spool/deferred/${file: -1}123.456" 2>/dev/null ||
		cp -p "$file" "$spool/deferred/123.456"
	cp -p "$file" "${file%/*}/bad-name"
	cp -p "$file" "${file%/*}/.hidden"
	mkdir "${file%/*}/ABCDE99999" "$spool/deferred/Z"
	ln -s "$file" "${file%/*}/ABCDE99998"
	mkfifo "${file%/*}/ABCDE99997"
	chmod 0644 "$(file_of "$1" halfdrop)"
	chown -R "$(postconf -d -xh mail_owner)" "$spool/deferred"
}

everything_damage() {
	local etc=$LAB_ROOT/$1/etc sender

	for sender in expired active2 held2 two; do
		postsuper -c "$etc" -e "$(message "$1" $sender)" 2>/dev/null
	done
	change_times "$1"
	change_logs "$1"
	change_places "$1"
	# An escape sequence, Latin-1, half a character, DEL and a tab.
	patch "$1" bytes 's/bytes@lab/\x1b[2J\xfc@lab/'
	patch "$1" bytes 's/bytes@clo/\xc3\x7f\t\x01\\@clo/g'
	rm "$LAB_ROOT/$1/ids"
}
