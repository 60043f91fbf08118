# varied.bash - a queue in which every message differs from all others.
#
# varied_new NAME makes an instance and lets a real Postfix put mail into it;
# then that Postfix is stopped for good, and mail with any history is written
# beside it, byte by byte.  So nothing moves while questions are asked.
#
# shellcheck disable=SC2034,SC2154 # owner goes to craft.bash, and spool, path
# and id come from there; lab_port comes from lab.sh

# The time zone of Berlin, without any file of the system.
BERLIN=CET-1CEST,M3.5.0,M10.5.0/3

varied_new() {
	local etc

	lab_new "$1" enable_long_queue_ids=no
	etc=$LAB_ROOT/$1/etc
	{
		lab_sink "$1"
		echo "ok.example smtp:[127.0.0.1]:$lab_port"
		lab_sink "$1" -r RCPT -b \
			'451 4.7.1 Greylisted, please try again in 300 seconds'
		echo "refuse.example smtp:[127.0.0.1]:$lab_port"
	} >"$etc/transport"
	{
		echo 'held@lab.example HOLD'
		echo 'filtered@lab.example FILTER smtp:[127.0.0.1]:2'
	} >"$etc/access"
	{
		echo 'staff@lab.example anna@ok.example, ben@refuse.example,'
		echo ' carla@closed.example'
		echo 'boss@lab.example anna@refuse.example'
	} >"$etc/virtual"
	lab_set "$1" "transport_maps=texthash:$etc/transport" \
		"virtual_alias_maps=texthash:$etc/virtual" \
		"smtpd_sender_restrictions=check_sender_access texthash:$etc/access"
	lab_start "$1"
	by_smtp "$1"
	by_sendmail "$1"
	lab_wait "is_quiet '$1'" 60 'all mail has been tried'
	postsuper -c "$etc" -e "$(id_of "$1" expired@lab.example)" 2>/dev/null
	lab_stop "$1"
	lab_set "$1" minimal_backoff_time=300s maximal_backoff_time=4000s \
		bounce_queue_lifetime=2d
	# As if these limits had been there before.
	find "$LAB_ROOT/$1/spool/deferred" -type f -exec \
		touch -d '5 minutes' {} +
	into_maildrop "$1"
	# Without what bats does for each line, it takes half the time.
	(trap - DEBUG && by_hand "$1")
}

# text SUBJECT [KILOBYTES]
text() {
	printf 'Subject: %s\n\n' "$1"
	yes 'The quick brown fox jumps over the lazy dog, as it always did.' |
		head -c "${2:-0}K"
	echo Hello.
}

by_smtp() {
	local sender

	for sender in plain expired filtered held; do
		text "$sender" | lab_send "$1" "$sender@lab.example" \
			"$sender@closed.example"
	done
	text null | lab_send "$1" '' 'Null@closed.example'
	text utf8 | lab_send "$1" -o SMTPUTF8 'δοκιμή@παράδειγμα.example' \
		'用户@例え.example' JÜRGEN@closed.example
	text quoted | lab_send "$1" '"john smith"@lab.example' \
		'"a b"@closed.example' '"quo\"te"@closed.example' \
		'"at@sign"@closed.example' '"s*ar"@closed.example'
	text partly | lab_send "$1" partly@lab.example one@ok.example \
		two@refuse.example three@ok.example four@closed.example
	text alias | lab_send "$1" alias@lab.example staff@lab.example
	text dsn | lab_send "$1" -o 'ENVID=QQ314159 RET=HDRS' \
		dsn@lab.example boss@lab.example
	text binary | lab_send "$1" -o BODY=8BITMIME eight@lab.example \
		rcpt@closed.example
	text large 5500 | lab_send "$1" large@lab.example rcpt@closed.example
}

by_sendmail() {
	text local | lab_sendmail "$1" -f local@lab.example -F 'Cron Daemon' \
		local@closed.example
	printf 'Content-Transfer-Encoding: 8bit\n%s\n' "$(text mime)" |
		lab_sendmail "$1" -f mime@lab.example mime@closed.example
	text bounce | lab_sendmail "$1" -f '<>' nobody@refuse.example
}

# Nobody will pick it up, of which sendmail warns.
into_maildrop() {
	{
		text drop | lab_sendmail "$1" -f drop@lab.example \
			rcpt@closed.example plain
		text drop 20 | lab_sendmail "$1" -f www-data \
			rcpt@closed.example
	} 2>/dev/null
}

# is_quiet NAME: nothing is under way.
is_quiet() {
	[ -z "$(cd "$LAB_ROOT/$1/spool" &&
		find maildrop incoming active -type f)" ]
}

# id_of NAME SENDER
id_of() {
	postqueue -c "$LAB_ROOT/$1/etc" -j |
		jq -r --arg sender "$2" 'select(.sender == $sender) | .queue_id'
}

# by_hand NAME: all that is not there by now.  Ages and times keep away from
# what is asked for, so that a minute more or less makes no difference.
by_hand() {
	local serial=1 mode next arrival created body utf8 count today

	spool=$LAB_ROOT/$1/spool
	owner=$(postconf -d -xh mail_owner)
	born=$(date +%s)
	senders
	clients
	recipients
	reasons
	queues_and_clocks
	dates
	owned
}

senders() {
	mail deferred alice@example.org <<-END
		age 26h
		next +20m
		client mail.example.org 192.0.2.10 mail.example.org ESMTPS
		left bob@slow.example 4.4.1 connect to mx.slow.example[198.51.100.9]:25: Connection timed out
	END
	mail deferred Alice@Example.ORG <<-END
		age 50h
		next -10m
		body 300000
		client web1.shop.example 192.0.2.30 WEB1.shop.example ESMTP
		left bob@slow.example 4.4.1 connect to mx.slow.example[198.51.100.9]:25: Connection timed out
	END
	mail deferred carol@sales.example.org <<-END
		age 3h30m
		attr sasl_method=PLAIN
		attr sasl_username=tony
		client dsl.home.example 203.0.113.77 [192.168.1.23] ESMTPSA
		left one@slow.example 4.4.2 conversation with mx.slow.example[198.51.100.9] timed out while receiving the initial server greeting
		left two@slow.example 4.4.2 conversation with mx.slow.example[198.51.100.9] timed out while receiving the initial server greeting
		left three@mail.slow.example 4.4.2 conversation with mx.slow.example[198.51.100.9] timed out while receiving the initial server greeting
	END
	mail deferred tony@notexample.org <<-END
		age 7h
		attr sasl_method=LOGIN
		attr sasl_username=Tony@example.org
		client unknown 2001:db8:77::3 out3.partner.example ESMTPSA
		wait carol@new.example
		done anna@ok.example
		said big@big.example 4.7.28 mx1.big.example host mx1.big.example[198.51.100.10] said: 421 4.7.28 Too many messages from your host, slow down (in reply to end of DATA command)
	END
	mail deferred bounces+bob=example.com@lists.example.org <<-END
		age 14h
		body 5000
		client lists.example.org 2001:db8:77:1::4 lists.example.org ESMTP
		left bob@example.com 4.4.1 connect to mx.example.com[192.0.2.200]:25: No route to host
	END
	mail deferred 'we*ird@example.org' <<-END
		age 9h
		wait what?@example.net
	END
	mail deferred weXird@example.org <<-END
		age 9h
		wait whats@example.net
	END
	mail deferred 'back\\slash@example.org' <<-END
		age 10h
		wait slash/x@example.net
	END
	mail deferred jürgen@example.org <<-END
		utf8
		age 8h
		attr rewrite_context=local
		name Zoë Brøndum
		wait josé.niño@slow.example
	END
	mail deferred root <<-END
		age 12h
		body 10500
		attr rewrite_context=local
		name root
		wait root
	END
	mail deferred sized@example.org <<-END
		body 1500
		age 5h30m
		wait rcpt@example.net
	END
}

clients() {
	mail deferred trusted@example.com <<-END
		age 95m
		attr rewrite_context=local
		attr encoding=7bit
		client exchange.example.com 10.1.2.3 exchange SMTP
		filter scan:[127.0.0.1]:10024
		wait rcpt@example.net
	END
	mail deferred inside@example.com <<-END
		age 31h
		attr encoding=8bit
		attr envelope_id=AbC+2B99
		client printer.example.com 10.200.0.1 localhost SMTP
		filter smtp:[127.0.0.1]:10025
		wait rcpt@example.net
	END
	mail deferred mapped@example.com <<-END
		age 4h30m
		client unknown ::ffff:192.0.2.99 mapped.example ESMTP
		wait rcpt@example.net
	END
	mail deferred long.address@example.com <<-END
		age 4h40m
		client six.example.net 2001:db8:0:0:8:800:200c:417a six.example.net UTF8SMTPS
		wait rcpt@example.net
	END
	mail deferred edge@example.com <<-END
		age 4h50m
		client edge.example.net 192.0.3.0 edge ESMTP
		wait rcpt@example.net
	END
}

recipients() {
	mail deferred nobody-left@example.org <<-END
		age 20h
		done one@ok.example
		done two@ok.example
	END
	mail deferred staff-mail@example.org <<-END
		age 21h
		orig staff@example.org
		left anna@far.example 4.4.2 lost connection with mx.far.example[203.0.113.7] while sending RCPT TO
		orig Staff@example.org
		wait ben@new.example
		orig staff@example.org
		done carla@ok.example
		left direct@far.example 4.4.2 lost connection with mx.far.example[203.0.113.7] while sending RCPT TO
	END
	mail deferred list@example.org < <(
		echo age 22h
		seq -f 'wait reader%03g@readers.example' 60
		seq -f 'done reader%03g@readers.example' 61 75
	)
	mail deferred two@example.org <<-END
		age 23h
		left one@slow.example 4.4.1 connect to mx.slow.example[198.51.100.9]:25: Connection timed out
		said two@big.example 4.7.28 mx1.big.example host mx1.big.example[198.51.100.10] said: 421 4.7.28 Too many messages from your host, slow down (in reply to end of DATA command)
	END
}

# One of each class.
reasons() {
	mail deferred dns@example.org <<-END
		age 33h
		left who@nowhere.example 4.4.3 Host or domain name not found. Name service error for name=nowhere.example type=MX: Host not found, try again
	END
	mail deferred tls@example.org <<-END
		age 34h
		left who@tls.example 4.7.4 TLS is required, but was not offered by host mx.tls.example[203.0.113.25]
	END
	mail deferred greylist@example.org <<-END
		age 35h
		said who@grey.example 4.2.0 MX.grey.example host MX.grey.example[203.0.113.26] said: 450 4.2.0 <who@grey.example>: Recipient address rejected: Greylisted, see https://grey.example/?q=a%20b (in reply to RCPT TO command)
	END
	mail deferred reputation@example.org <<-END
		age 36h
		said who@dnsbl.example 4.7.1 mx.dnsbl.example host mx.dnsbl.example[203.0.113.27] said: 450 4.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.example.org (in reply to RCPT TO command)
	END
	mail deferred full@example.org <<-END
		age 37h
		said who@full.example 4.2.2 mx.full.example host mx.full.example[203.0.113.28] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command)
	END
	mail deferred unknown@example.org <<-END
		age 38h
		said who@nouser.example 5.1.1 mx.nouser.example host mx.nouser.example[203.0.113.29] said: 550 5.1.1 <who@nouser.example>: Recipient address rejected: User unknown (in reply to RCPT TO command)
	END
	mail deferred policy@example.org <<-END
		age 39h
		said who@policy.example 4.7.1 mx.policy.example host mx.policy.example[203.0.113.30] said: 454 4.7.1 <who@policy.example>: Relay access denied (in reply to RCPT TO command)
	END
	mail deferred content@example.org <<-END
		age 40h
		said who@clinic.example 5.7.1 mx.clinic.example host mx.clinic.example[203.0.113.31] said: 554 5.7.1 Message rejected: it contains a virus (in reply to end of DATA command)
	END
	mail deferred loop@example.org <<-END
		age 41h
		left who@loop.example 4.4.6 mail for loop.example loops back to myself
	END
	mail deferred config@example.org <<-END
		age 42h
		left who@fax.example 4.3.0 mail transport unavailable
	END
	mail deferred suspended@example.org <<-END
		age 43h
		left who@paused.example 4.3.0 deferred transport
		said who@big.example 4.7.0 mx1.big.example delivery temporarily suspended: host mx1.big.example[198.51.100.10] refused to talk to me: 421 4.7.0 Too many connections, try later
	END
	mail deferred other@example.org <<-END
		age 44h
		said who@tuesday.example 4.0.0 mx.tuesday.example host mx.tuesday.example[203.0.113.33] said: 451 Grüße: call "again" on Tuesday (in reply to MAIL FROM command)
	END
}

queues_and_clocks() {
	mail hold dave@example.net <<-END
		age 101h
		expire
		client relay.example.net 192.0.2.130 relay.example.net ESMTP
		body 40000
		wait rcpt@example.com
		left late@slow.example 4.4.1 connect to mx.slow.example[198.51.100.9]:25: Connection timed out
	END
	mail hold '' <<-END
		age 30m
		wait rcpt@example.com
	END
	mail active erin@example.org <<-END
		age 11m
		next -10m
		wait rcpt1@example.com
		done rcpt2@example.com
	END
	mail active frank@example.org <<-END
		age 25m
		expire
		wait rcpt@example.com
	END
	mail incoming grace@example.org <<-END
		age 12m
		next +2h
		wait rcpt@example.com
	END
	mail incoming henry@example.org <<-END
		age 13m
		next -13m
		wait rcpt@example.com
	END
	mail deferred ivan@example.org <<-END
		age 142h
		created 97h
		next -40m
		wait rcpt@example.com
	END
	mail deferred judy@example.org <<-END
		age 147h
		next +70m
		expire
		wait rcpt@example.com
	END
	mail deferred '' <<-END
		age 46h
		next +30m
		left gone@nowhere.example 4.4.3 Host or domain name not found. Name service error for name=nowhere.example type=MX: Host not found, try again
	END
	mail deferred new@example.org <<-END
		age 16m
		next -4m
		wait rcpt@example.com
	END
}

# Around the days when Central Europe changes its clocks, at the end of a
# year, and on the last two days.
dates() {
	local sender arrival

	today=$(TZ=$BERLIN date -d 'today 00:00' +%s)
	while read -r sender arrival; do
		mail deferred "$sender@example.org" <<-END
			arrival $arrival
			created 15h
			next $((arrival + 1000))
			wait rcpt@example.com
		END
	done <<-END
		spring1 1711846799
		spring2 1711846800
		autumn1 1729990799
		autumn2 1729990800
		newyear 1704065430
		today $(((today + born) / 2))
		yesterday $((today - 40000))
	END
}

# mail QUEUE SENDER <LINES: write a message.  The lines, all optional:
#	age N[smhd], arrival EPOCH	when it came (5m)
#	created N[smhd]			when its other clock was started
#	next [+|-]N[smhd], next EPOCH	the time of the file (+1h)
#	client NAME ADDRESS HELO PROTOCOL
#	attr NAME=VALUE
#	name FULL-NAME
#	filter TEXT
#	body BYTES
#	utf8, expire
#	orig ADDRESS			of the recipient in the next line
#	wait ADDRESS, done ADDRESS	recipients
#	left ADDRESS DSN REASON		one that was tried
#	said ADDRESS DSN HOST REASON	one that HOST refused
mail() {
	local w=$BATS_FILE_TMPDIR/mail

	mkdir -p "$w"
	read_mail <&0
	{
		record T "$arrival 123456"
		record A "create_time=${created:-$arrival}"
		cat "$w/before"
		record S "$2"
		cat "$w/attrs" "$w/rcpts"
		record M
	} >"$w/envelope"
	{
		record N "Subject: ${2:-bounce}"
		record N
		long_line "$body"
		record X
	} >"$w/content"
	size=$(($(stat -c %s "$w/content") - 2))
	{
		record C "$(numbers "$size" \
			$((97 + $(stat -c %s "$w/envelope"))) "$count" 0 \
			"$size" "$utf8")"
		cat "$w/envelope" "$w/content"
		record E
	} >"$w/file"
	put "$1" $((serial++)) <"$w/file"
	finish_mail "$1"
}

# The one file's bytes are there: now its mode, time and log.
finish_mail() {
	[ "$mode" = 700 ] || chmod "$mode" "$spool/$path"
	touch -d "@$next" "$spool/$path"
	[ ! -s "$w/log" ] || put_log "$id" <"$w/log"
}

# seconds N[smhd]...
seconds() {
	local sum=${1//s/ * 1 + }

	sum=${sum//m/ * 60 + }
	sum=${sum//h/ * 3600 + }
	sum="${sum//d/ * 86400 + } 0"
	echo $((sum))
}

# epoch TIME: as in a `next' line.
epoch() {
	case $1 in
	+*) echo $((born + $(seconds "${1#+}"))) ;;
	-*) echo $((born - $(seconds "${1#-}"))) ;;
	*) echo "$1" ;;
	esac
}

long_line() {
	[ "$1" -gt 0 ] || return 0
	printf N
	record_length "$1"
	head -c "$1" /dev/zero | tr '\0' x
}

read_mail() {
	local key value part words orig=

	arrival=$(epoch -5m) created='' next=$(epoch +1h) body=0 utf8=0
	mode=700 count=0
	for part in before attrs rcpts log; do
		: >"$w/$part"
	done
	while read -r key value; do
		case $key in
		age) arrival=$(epoch "-$value") ;;
		arrival) arrival=$value ;;
		created) created=$(epoch "-$value") ;;
		next) next=$(epoch "$value") ;;
		client)
			read -r -a words <<<"$value"
			client_attrs "${words[@]}" >>"$w/attrs"
			;;
		attr) record A "$value" >>"$w/before" ;;
		name) record F "$value" >>"$w/before" ;;
		filter) record L "$value" >>"$w/before" ;;
		body) body=$value ;;
		utf8) utf8=1 ;;
		expire) mode=710 ;;
		orig) orig=$value ;;
		wait | 'done' | left | said)
			recipient "$key" "$value" "$orig"
			orig=
			;;
		esac
	done
}

# Postfix tags IPv6 addresses in what the client is called for the log, and
# not in what it is.
client_attrs() {
	case $2 in
	*:*) record A "log_client_address=IPv6:$2" ;;
	*) record A "log_client_address=$2" ;;
	esac
	record A "log_client_name=$1"
	record A "log_helo_name=$3"
	record A "log_protocol_name=$4"
	record A "client_name=$1"
	record A "client_address=$2"
	record A "helo_name=$3"
	record A "protocol_name=$4"
}

# recipient KIND WORDS ORIGINAL
recipient() {
	local address rest dsn host=

	read -r address rest <<<"$2"
	record O "${3:-$address}" >>"$w/rcpts"
	if [ "$1" = 'done' ]; then
		record D "$address" >>"$w/rcpts"
	else
		record R "$address" >>"$w/rcpts"
	fi
	count=$((count + 1))
	case $1 in
	left) read -r dsn rest <<<"$rest" ;;
	said) read -r dsn host rest <<<"$rest" ;;
	*) return 0 ;;
	esac
	{
		printf '\n<%s>: %s\nrecipient=%s\n' "$address" "$rest" "$address"
		[ -z "$3" ] || printf 'original_recipient=%s\n' "$3"
		printf 'status=%s\naction=delayed\n' "$dsn"
		[ -z "$host" ] || printf 'mta_type=dns\nmta_mname=%s\n' "$host"
		printf 'reason=%s\n\n' "$rest"
	} >>"$w/log"
}
