# oracle.bash - answers to questions about a queue that owe nothing to us.
#
# oracle_facts NAME makes one JSON document of what Postfix's own postqueue and
# postcat say of the instance's messages, of the times of their files, and of
# what stands in their defer logs.  oracle_answers then evaluates conditions
# of jq on it.  Nothing of the library, and no program of ours, is used.
#
# shellcheck disable=SC2016 # jq has variables, too

# oracle_facts NAME: sets $facts, a file with an array of messages.
oracle_facts() {
	local file w=$BATS_FILE_TMPDIR/oracle etc=$LAB_ROOT/$1/etc

	facts=$w/facts.json
	export facts
	mkdir "$w"
	postqueue -c "$etc" -j 2>/dev/null >"$w/listing"
	(
		cd "$LAB_ROOT/$1/spool" || exit
		find maildrop incoming active deferred hold -type f >"$w/files"
		xargs stat -c '%n	%Y' <"$w/files" >"$w/times"
		TZ=UTC0 xargs postcat -c "$etc" -e <"$w/files" |
			records >"$w/records"
		find defer -type f | while read -r file; do
			log_entries "${file##*/}" <"$file"
		done >"$w/log"
	) || return
	jq -n --slurpfile listing "$w/listing" --rawfile times "$w/times" \
		--rawfile records "$w/records" --rawfile log "$w/log" \
		--argjson lifetime "$(lifetime "$etc" maximal)" \
		--argjson bounce_lifetime "$(lifetime "$etc" bounce)" \
		"$oracle_document" >"$facts"
}

# In seconds; Postfix says it in days or seconds.
lifetime() {
	postconf -c "$1" -xh "$2_queue_lifetime" |
		awk '/d$/ { $1 *= 86400 } { print $1 + 0 }'
}

# The lines of postcat, each with its file's id in front.
records() {
	awk '/^\*\*\* ENVELOPE RECORDS / { n = split($4, path, "/"); next }
		/^\*\*\* / { next }
		{
			name = substr($0, 1, index($0, ": ") - 1)
			value = substr($0, index($0, ": ") + 2)
			if (name == "named_attribute") {
				name = substr(value, 1, index(value, "=") - 1)
				value = substr(value, index(value, "=") + 1)
			}
			print path[n] "\t" name "\t" value
		}'
}

# log_entries ID: recipient, code and host of each.
log_entries() {
	awk -v "id=$1" '
		/^recipient=/ { address = substr($0, 11) }
		/^status=/ { dsn = substr($0, 8) }
		/^mta_mname=/ { mta = substr($0, 11) }
		/^reason=/ {
			print id "\t" address "\t" dsn "\t" mta
			mta = ""
		}'
}

oracle_document='
def table: split("\n") | map(select(. != "") | split("\t"));

def local_part: if contains("@") then sub("@[^@]*$"; "") else . end;
def domain: if contains("@") then sub(".*@"; "") else null end;

# What RFC 5321 wants to be quoted, is.
def quoted:
	if . == "" or (local_part | test("^[^\\s\"(),:;<>@\\[\\\\\\]]+$"))
	then .
	else "\"" + (local_part | gsub("(?<c>[\"\\\\])"; "\\\(.c)")) + "\"" +
		(domain | if . then "@" + . else "" end)
	end;

def host: capture("(?:host|to|with) (?<h>[^ ]+)\\[[^]]+\\]").h // null;
def code:
	(capture("(?:said|talk to me): (?<c>[2-5][0-9][0-9])[ -]").c |
		tonumber) // null;

# What a reason means, by the words that are in it.
def class: [
	["Host not found", "dns"],
	["No route to host|^lost connection", "connect"],
	["Connection refused", "refused"],
	["timed out", "timeout"],
	["^TLS is required", "tls"],
	["Greylisted", "greylist"],
	["Too many (messages|connections)", "ratelimit"],
	["blocked using", "reputation"],
	["Mailbox full", "mailbox-full"],
	["User unknown", "no-such-user"],
	["Relay access denied", "policy"],
	["a virus", "content"],
	["loops back", "loop"],
	["transport unavailable", "local-config"],
	["^deferred transport$", "suspended"],
	["Tuesday", "other"]
	] as $classes |
	. as $text | first($classes[] | select(.[0] as $re | $text | test($re)) | .[1]);

# After an attempt at the time t, the next one is at
# t + (t - created), but not before t + 300 and not after t + 4000.
def attempt($created; $next):
	if $next - 4000 >= $created + 4000 then $next - 4000
	elif $next - 300 <= $created + 300 then $next - 300
	else ($created + $next) / 2 | floor end |
	# What is still to come is none: the limits were others then.
	if . < $created or . > now then null else . end;

def recipient($original):
	{address, local: (.address | local_part), domain: (.address | domain),
	orig: ($original // .address)};

($times | table | map({key: (.[0] | split("/") | last),
	value: {path: .[0], mtime: (.[1] | tonumber)}}) | from_entries) as $files |
($records | table | group_by(.[0]) |
	map({key: .[0][0], value: map(.[1:])}) | from_entries) as $by_id |
($log | table | map({key: (.[0] + " " + .[1]),
	value: {dsn: .[2], mta: .[3]}}) | from_entries) as $logged |
[$listing[] | .queue_id as $id | .queue_name as $queue |
	$files[$id] as $file | $by_id[$id] as $lines |
	# The last one of a name counts.
	($lines | map({key: .[0], value: .[1]}) | from_entries) as $has |
	# Each record of an original recipient belongs to the one behind it.
	(reduce $lines[] as [$name, $value] ({rcpts: []};
		if $name == "original_recipient" then .orig = $value
		elif $name == "recipient" or $name == "done_recipient" then
			.rcpts += [{name: $name, address: ($value | quoted),
				orig: (.orig // $value | quoted)}] |
			.orig = null
		else . end) | .rcpts) as $rcpts |
	($rcpts | map({key: .address, value: .orig}) | from_entries) as $orig |
	(if $has.sender == "" then "" else .sender end) as $sender |
	(if $has.create_time == null then .arrival_time
	else $has.create_time | strptime("%a %b %d %H:%M:%S %Y") | mktime
	end) as $created |
	(if $queue == "deferred" or $queue == "incoming" and $file.mtime > now
	then $file.mtime else null end) as $next |
	{
		id: $id,
		queue: $queue,
		path: $file.path,
		next: $next,
		forced_expire,
		mark: ({maildrop: "M", active: "*", incoming: "I",
			deferred: "D", hold: "!"}[$queue] +
			if .forced_expire then "#" else "" end),
		size: .message_size,
		arrival: .arrival_time,
		created: $created,
		last: (if $queue == "deferred" then attempt($created; $next)
			else null end),
		expires: (if $queue == "maildrop" then null
			elif $sender == "" then $created + $bounce_lifetime
			else $created + $lifetime end),
		sender: $sender,
		sender_local: ($sender | local_part),
		sender_domain: ($sender | domain),
		sasl_user: $has.sasl_username,
		client_ip: ($has.log_client_address // null |
			if . then ltrimstr("IPv6:") else . end),
		client_name: $has.log_client_name,
		helo: $has.log_helo_name,
		proto: $has.log_protocol_name,
		local: ($has.rewrite_context == "local" and
			$has.log_client_address == null),
		origin_user: $has.sender_fullname,
		filter: $has.content_filter,
		encoding: $has.encoding,
		envelope_id: $has.envelope_id,
		smtputf8: ($has.message_size // "0" | split(" ") | last |
			tonumber % 2 == 1 and $queue != "maildrop"),
		rcpts: [.recipients[] | recipient($orig[.address]) +
			($logged[$id + " " + .address] // {}) +
			(.delay_reason | if . == null then {state: "waiting"}
			else {state: "deferred", reason: .,
				class: class, code: code, text_host: host} end) |
			.host = (if (.mta // "") != "" then .mta else .text_host end)],
		done: [$rcpts[] | select(.name == "done_recipient") |
			recipient(.orig) + {state: "done"}]
	}]'

# What conditions are made of.  What is not known is null, and nothing is true
# of it.
oracle_words='
def is($re): . != null and test("^(?:" + $re + ")$"; "i");
def exactly($re): . != null and test("^(?:" + $re + ")$");
def has($re): . != null and test($re; "i");
def under($domain):
	. != null and (ascii_downcase |
		. == $domain or endswith("." + $domain));
def among($list): . != null and (ascii_downcase as $s | any($list[]; . == $s));
def lt($n): . != null and . < $n;
def le($n): . != null and . <= $n;
def gt($n): . != null and . > $n;
def ge($n): . != null and . >= $n;
def from($n; $to): . != null and . >= $n and . < $to;
def full: . != null and . != "";

# An address as 32 digits of four bits; IPv4 has its place in IPv6.
def hex: explode | map(if . > 96 then . - 87 elif . > 64 then . - 55
	else . - 48 end);
def group: (("0000" + .)[-4:]) | hex;
def v4: split(".") | map(tonumber | (. / 16 | floor), . % 16);
def groups: split(":") | map(select(. != "") |
	if contains(".") then v4 else group end) | add // [];
def bits:
	if contains(":") | not then "::ffff:" + . else . end |
	split("::") | map(groups) | if length == 1 then .[0]
	else .[0] + [range(32 - (.[0] | length) - (.[1] | length)) | 0] + .[1]
	end;
def cut($n): .[:$n / 4 | floor] +
	if $n % 4 == 0 then [] else
		[.[$n / 4 | floor] / pow(2; 4 - $n % 4) | floor] end;
# in_net("192.0.2.0"; 24)
def in_net($net; $n):
	(if $net | contains(":") then $n else $n + 96 end) as $n |
	. != null and (bits | cut($n)) == ($net | bits | cut($n));
def ip($address): in_net($address; if $address | contains(":") then 128
	else 32 end);

# Of recipients: those that are left, and those that ever were.
def any_left(f): any(.rcpts[]; f);
def all_left(f): (.rcpts | length > 0) and all(.rcpts[]; f);
def none_left(f): any(.rcpts[]; f) | not;
def ever: .rcpts + .done;
'

# oracle_answers NOW DAYS <CONDITIONS: a line for each, with the ids of the
# messages for which it is true.  DAYS is an object with times of this day.
oracle_answers() {
	local program

	program=$(awk '{ printf "(map(select(%s) | .id) | sort | join(\" \")),\n", $0 }
		END { print "empty" }')
	jq -r --argjson now "$1" --argjson day "$2" \
		"$oracle_words $program" "$facts"
}

# The beginnings of days, in the time zone of TZ.
oracle_days() {
	local day

	for day in yesterday today tomorrow; do
		printf '{"%s": %s}' "$day" "$(date -d "$day 00:00" +%s)"
	done | jq -s -c add
}

# oracle_names ID...: to tell people which messages these are.
oracle_names() {
	jq -r '.[] | select(.id as $id | any($ARGS.positional[]; . == $id)) |
		"\(.id) in \(.queue) from <\(.sender)>"' --args "$@" <"$facts"
}
