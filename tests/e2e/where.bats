#!/usr/bin/env bats
# mqls --where selects what jq and awk find in what Postfix says of its queue.
#
# The questions are in where.tsv.
#
# shellcheck disable=SC2016 # jq has variables, too
# shellcheck disable=SC2030,SC2031 # a test may change what only it uses
# shellcheck disable=SC2034,SC2154 # owner goes to craft.bash; out and err are
# set by capture, facts in oracle.bash

load helper
load craft
load varied
load oracle

setup_file() {
	require_program "$MQLS"
	[ -z "$(lab_missing)" ] || return 0
	varied_new q
	oracle_facts q
	lab=$LAB_ROOT/q
	export lab
}

teardown_file() {
	lab_cleanup
}

setup() {
	lab_require
	# Where clocks are changed, and the day begins before UTC's.
	export TZ=$BERLIN
	questions=$BATS_TEST_DIRNAME/where.tsv
	options=() as_whom=() as_table=no
}

# section NAME: its rows.
section() {
	awk -v "name=== $1 ==" '/^== / { here = $0 == name; next }
		here && /\t/' "$questions"
}

# read_rows SECTION: sets expressions, conditions and remarks.
read_rows() {
	local expression condition remark

	expressions=() conditions=() remarks=()
	while IFS=$'\t' read -r expression condition remark; do
		expressions+=("$expression")
		conditions+=("$condition")
		remarks+=("$remark")
	done < <(section "$1")
	[ ${#expressions[@]} -gt 0 ] || fail "no section '$1'"
}

# answers: by jq, as of now.
answers() {
	printf '%s\n' "${conditions[@]}" |
		oracle_answers "$(date +%s)" "$(oracle_days)"
}

# split EXPRESSION: into words for mqls, since several have -w between them.
split() {
	local rest=$1

	words=()
	while [[ $rest == *' -w '* ]]; do
		words+=(-w "${rest%% -w *}")
		rest=${rest#* -w }
	done
	words+=(-w "$rest")
}

# What mqls selects: the same as in a line of answers.  For a list of ids it
# reads no more than it has to, for a table (if $as_table says so) all of a
# message.
selected() {
	local words ids

	split "$1"
	capture "${as_whom[@]}" "$MQLS" -c "$lab/etc" -f ids "${options[@]}" \
		"${words[@]}"
	if [ "$status" -eq 77 ] && [ ${#as_whom[@]} -gt 0 ]; then
		assert_in "$err" 'is not (in|listed by) ' 1
		echo refused
		return
	fi
	[ ! -s "$err" ] || report 'there should be no complaint' || return
	assert_status "$([ -s "$out" ] && echo 0 || echo 1)" || return
	ids=$(LC_ALL=C sort "$out")
	echo "${ids//$'\n'/ }"
	[ "$as_table" = yes ] || return 0
	capture "$MQLS" -c "$lab/etc" -f tsv --no-headings -o id,reason \
		"${options[@]}" "${words[@]}"
	[ "$(cut -f 1 "$out" | LC_ALL=C sort)" = "$ids" ] ||
		report 'the table has others than the list of ids'
}

# only_in IDS IDS: those of the first that are not in the second.
only_in() {
	local ids

	mapfile -t ids < <(LC_ALL=C comm -23 <(tr ' ' '\n' <<<"$1") \
		<(tr ' ' '\n' <<<"$2"))
	[ ${#ids[@]} -eq 0 ] || oracle_names "${ids[@]}" | head -n 5
}

# A row that says nothing about most messages is no test.
check_remark() {
	case $2:$1 in
	none: | maybe:* | "all:$all") ;;
	none:* | all:*) echo "  is not '$2' by jq: $(wc -w <<<"$1")" ;;
	:) echo "  selects nothing, by jq" ;;
	":$all") echo "  selects everything, by jq" ;;
	:*) ;;
	*) echo "  is an unknown remark: $2" ;;
	esac
}

# check_row NUMBER: print what is wrong with it.
check_row() {
	local wanted=${before[$1]} given

	check_remark "$wanted" "${remarks[$1]}"
	if ! given=$(selected "${expressions[$1]}" 2>&1); then
		printf '  %s\n' "$given"
	elif [ "$given" = refused ]; then
		echo "${expressions[$1]}" >>"$BATS_TEST_TMPDIR/refused"
	elif [ "$given" != "$wanted" ]; then
		echo "  jq:   ${conditions[$1]}"
		only_in "$wanted" "$given" | sed 's/^/  missing: /'
		only_in "$given" "$wanted" | sed 's/^/  too many: /'
	fi
}

# check_rows: print all that is wrong.  Our program takes its own time, so
# what jq says has to be the same before and after.
check_rows() {
	local all before after i complaint

	all=$(jq -r 'map(.id) | sort | join(" ")' "$facts")
	for _ in 1 2 3 4 5 6 7 8; do
		mapfile -t before < <(answers)
		[ ${#before[@]} -eq ${#expressions[@]} ] ||
			fail "jq gave ${#before[@]} answers" || return
		: >"$BATS_TEST_TMPDIR/complaints"
		for i in "${!expressions[@]}"; do
			complaint=$(check_row "$i")
			[ -z "$complaint" ] || printf '%s\n%s\n' \
				"${expressions[$i]}" "$complaint" \
				>>"$BATS_TEST_TMPDIR/complaints"
		done
		mapfile -t after < <(answers)
		[ "${before[*]}" != "${after[*]}" ] || break
	done
	cat "$BATS_TEST_TMPDIR/complaints"
}

# assert_section NAME [OPTION...]
assert_section() {
	local complaints

	options=("${@:2}")
	read_rows "$1"
	# Without what bats does for each line, it takes half the time.
	complaints=$(trap - DEBUG && check_rows)
	[ -z "$complaints" ] || fail "$complaints"
}

@test "senders" {
	assert_section senders
}

@test "regular expressions" {
	assert_section 'regular expressions'
}

@test "lists" {
	assert_section lists
}

@test "what is not known" {
	assert_section 'what is not known'
}

@test "places and marks" {
	assert_section 'places and marks'
}

@test "numbers and sizes" {
	assert_section 'numbers and sizes'
}

@test "ages" {
	assert_section ages
}

@test "times from now" {
	assert_section 'times from now'
}

@test "dates in the local time zone" {
	assert_section 'dates in the local time zone'
}

@test "dates in UTC" {
	assert_section 'dates in UTC' --utc
}

@test "clients" {
	assert_section clients
}

@test "how it came" {
	assert_section 'how it came'
}

@test "recipients" {
	assert_section recipients
}

@test "any, all and none" {
	assert_section quantifiers
}

@test "states of recipients" {
	assert_section states
}

@test "reasons" {
	assert_section reasons
}

@test "classes of reasons" {
	assert_section classes
}

@test "what binds tighter" {
	assert_section 'what binds tighter'
}

@test "several expressions" {
	assert_section 'several expressions'
}

# With the opposite of another one, so that the plan has to put all kinds of
# terms into an order.
@test "two questions in one" {
	local name complaints all_expressions=() all_conditions=() i j count

	while read -r name; do
		read_rows "$name"
		all_expressions+=("${expressions[@]}")
		all_conditions+=("${conditions[@]}")
	done < <(sed -n 's/^== \(.*\) ==$/\1/p' "$questions" |
		grep -vx -e 'dates in UTC' -e 'several expressions')
	count=${#all_expressions[@]}
	expressions=() conditions=() remarks=()
	for ((i = 0; i < count; i += 4)); do
		j=$(((i * 7 + 193) % count))
		expressions+=("(${all_expressions[i]}) and not (${all_expressions[j]})"
			"not (${all_expressions[i]}) or ${all_expressions[j]}")
		conditions+=("(${all_conditions[i]}) and ((${all_conditions[j]}) | not)"
			"((${all_conditions[i]}) | not) or (${all_conditions[j]})")
		remarks+=(maybe maybe)
	done
	as_table=yes
	complaints=$(trap - DEBUG && check_rows)
	[ -z "$complaints" ] || fail "$complaints"
}

# listing_only: an instance of which mqls gets Postfix's own listing.
listing_only() {
	local dir

	lab_new n "queue_directory=$lab/spool"
	dir=$LAB_ROOT/n/bin
	mkdir "$dir"
	install -m 755 "$MQLS" "$dir/mqls"
	install -m 644 "${facts%/*}/listing" "$dir/listing"
	printf '#!/bin/sh\nexec cat %s\n' "$dir/listing" >"$dir/postqueue"
	chmod 755 "$dir" "$dir/postqueue"
	lab_set n "command_directory=$dir"
	lab=$LAB_ROOT/n
	MQLS=$dir/mqls
	as_whom=("${as_nobody[@]}")
}

# What the listing does not tell is refused, and all else is right.
@test "without rights there is the same answer, or none" {
	local name complaints='' refused=$BATS_TEST_TMPDIR/refused

	listing_only
	: >"$refused"
	while read -r name; do
		options=()
		[ "$name" != 'dates in UTC' ] || options=(--utc)
		read_rows "$name"
		complaints+=$(trap - DEBUG && check_rows && echo .)
		complaints=${complaints%.}
	done < <(sed -n 's/^== \(.*\) ==$/\1/p' "$questions")
	[ -z "$complaints" ] || fail "$complaints"
	# Both happens.
	assert_in "$refused" '^sasl_user = tony$' 1
	assert_in "$refused" '^next < 10m$' 1
	assert_not_in "$refused" '^(age|sender|rcpt.domain|reason|reason.class) [^ ]+ [^ ]+$'
	[ "$(wc -l <"$refused")" -ge 100 ]
}

# A file that is cut off, a log with a line that is none, and one that is well.
@test "what is damaged" {
	local file

	lab_new d
	rm -r "$LAB_ROOT/d/spool"
	owner=$(postconf -d -xh mail_owner)
	make_spool "$LAB_ROOT/d/spool"
	put deferred 1 < <(message well@example.org rcpt@example.com)
	well=$id
	put hold 2 < <(message cut@example.org rcpt@example.com | head -c -20)
	cut=$id
	put deferred 3 < <(message log@example.org rcpt@example.com)
	printf '\n(what is this?)\nrecipient=x@example.com\nreason=no\n\n' |
		put_log "$id"
	log=$id
	owned
	# By Postfix, too, one has no end.
	[ "$(for file in "$spool/hold/$cut" "$spool"/deferred/0/*; do
		postcat "$file" 2>/dev/null
	done | grep -c 'MESSAGE FILE END')" -eq 2 ]
	lab=$LAB_ROOT/d
	damaged_are broken "$cut" "$log"
	damaged_are 'not broken' "$well"
	damaged_are 'broken = no' "$well"
	damaged_are 'fault' "$cut" "$log"
	damaged_are 'fault = ""' "$well"
	damaged_are 'fault != ""' "$cut" "$log"
	damaged_are 'fault ~ "cut off|malformed"' "$cut" "$log"
	damaged_are 'fault = *malformed* and queue = deferred' "$log"
	damaged_are 'broken and sender = cut@example.org' "$cut"
}

# damaged_are EXPRESSION ID...
damaged_are() {
	capture "$MQLS" -c "$lab/etc" -f ids -w "$1"
	shift
	assert_same_file <(LC_ALL=C sort "$out") \
		<(printf '%s\n' "$@" | LC_ALL=C sort)
}

# assert_selects CONDITION [ARGUMENT...]: mqls, with these arguments.
assert_selects() {
	local conditions=("${1//$'\n'/ }") given

	capture "$MQLS" -c "$lab/etc" -f ids "${@:2}"
	assert_status 0
	assert_stderr ''
	given=$(LC_ALL=C sort "$out")
	[ "${given//$'\n'/ }" = "$(answers)" ] || report "not what jq says: $1"
}

@test "expressions from a file" {
	local file=$BATS_TEST_TMPDIR/expression

	cat >"$file" <<-'END'
		# Old mail of ours that one server does not take,
		sender.domain = .example.org and
			age > 1d	# since yesterday

		and any(
			reason ~ "timed out" # or is refused
			or reason.class in (refused,
				greylist)
		)# and nothing else
	END
	assert_selects '(.sender_domain | under("example.org")) and
		$now - .arrival > 86400 and any_left((.reason | has("timed out")) or
		.class == "refused" or .class == "greylist")' --where-file "$file"
	printf 'held\n' >"$file"
	assert_selects '.queue == "hold" and .sender == ""' \
		--where-file "$file" -w bounce
	printf 'sender = "a # b" or sender ~ #\n' >"$file"
	capture "$MQLS" -c "$lab/etc" -f ids --where-file "$file"
	assert_status 1
	assert_stderr ''
}

@test "selections with names" {
	local settings=$BATS_TEST_TMPDIR/settings

	cat >"$settings" <<-'END'
		# Named by whoever runs this.
		selection.ours = sender.domain = .example.org
		selection.stuck = @ours and age > 1d or
		  bounce
		selection.none-here = @stuck and not @stuck
	END
	assert_selects '.sender_domain | under("example.org")' \
		--settings "$settings" -w @ours
	# As with parentheses around them.
	assert_selects '.sender == "" or (.sender_domain |
		under("example.org")) and $now - .arrival > 86400 | not' \
		--settings "$settings" -w 'not @stuck'
	assert_selects '.queue == "hold" and .sender == ""' \
		--settings "$settings" -w 'held and @stuck'
	capture "$MQLS" -c "$lab/etc" --settings "$settings" -f ids \
		-w @none-here
	assert_status 1
	assert_stdout ''
}

@test "within queues and among ids" {
	local ids

	assert_selects '.queue == "hold" and .forced_expire' hold \
		-w forced_expire
	assert_selects '(.queue == "hold" or .queue == "active") and
		.forced_expire' hold active -w forced_expire
	mapfile -t ids < <(jq -r '.[] | select(.id | startswith("0000")) | .id' \
		"$facts")
	assert_selects '(.id | startswith("0000")) and
		(.sender_domain | is("example\\.org"))' "${ids[@]}" \
		-w 'sender.domain = example.org'
	capture "$MQLS" -c "$lab/etc" -f ids hold -w 'queue = active'
	assert_status 1
	assert_stdout ''
}

@test "counts, limits and order of what is selected" {
	capture "$MQLS" -c "$lab/etc" --count -w 'sender = *@example.org'
	assert_stdout "$(jq 'map(select(.sender | test("@example.org$"; "i"))) |
		length' "$facts")"
	capture "$MQLS" -c "$lab/etc" --count -w 'sender = nobody'
	assert_status 1
	assert_stdout 0
	capture "$MQLS" -c "$lab/etc" -f ids -s -size -n 3 -w 'queue = deferred'
	assert_stdout "$(jq -r 'map(select(.queue == "deferred")) |
		sort_by(-.size) | .[:3][].id' "$facts")"
	capture "$MQLS" -c "$lab/etc" -f tsv --no-headings -o sender \
		-s sender -w 'reason.class = tls or reason.class = loop'
	assert_stdout $'loop@example.org\ntls@example.org'
}

# Two instances, of which the second is found by way of the first.
@test "instances" {
	local words

	lab_new two multi_instance_enable=yes multi_instance_name=postfix-two
	rm -r "$LAB_ROOT/two/spool"
	owner=$(postconf -d -xh mail_owner)
	make_spool "$LAB_ROOT/two/spool"
	put hold 1 < <(message one@example.org rcpt@example.com)
	put deferred 2 < <(message two@example.org rcpt@example.com)
	owned
	lab_new one "queue_directory=$lab/spool" multi_instance_enable=yes \
		"multi_instance_directories=$LAB_ROOT/two/etc"
	words=(unshare -m sh -c 'mount --bind "$0" "$1" && shift && exec "$@"'
		"$LAB_ROOT/one/etc" "$(postconf -d -xh config_directory)")
	"${words[@]}" true 2>/dev/null ||
		skip "no mount namespace on this machine"
	words+=("$MQLS" -f ids -w)
	capture "${words[@]}" 'instance = postfix-two'
	assert_status 0
	assert_in "$out" '^postfix-two/' 2
	assert_not_in "$out" '^postfix/'
	capture "${words[@]}" 'instance = POSTFIX'
	assert_in "$out" '^postfix/' "$(jq length "$facts")"
	assert_not_in "$out" '^postfix-two/'
	capture "${words[@]}" 'instance != postfix and held'
	assert_stdout "postfix-two/$(ls "$LAB_ROOT/two/spool/hold")"
	capture "${words[@]}" 'instance ~ two$ or not instance'
	assert_in "$out" '^postfix-two/' 2
	capture "${words[@]}" 'instance = ""'
	assert_status 1
	assert_stdout ''
}

# From here on: the test of the test.

@test "every field is asked about" {
	local field

	capture "$MQLS" --fields
	while read -r field _; do
		case $field in
		FIELD | rcpts) continue ;;
		# These are not in the queue: see holder.bats.
		hold.*) continue ;;
		esac
		cut -f 1 "$questions" |
			grep -qE "(^|[ (])${field//./\\.}( |\$|[)=~])" ||
			fail "no question about $field"
	done <"$out"
}

@test "every topic is asked about, and there are enough questions" {
	local name

	[ "$(grep -c $'\t' "$questions")" -ge 170 ]
	while read -r name; do
		grep -qE "assert_section '?$name'?( |\$)" "$BATS_TEST_FILENAME" ||
			fail "section $name is not used"
	done < <(sed -n 's/^== \(.*\) ==$/\1/p' "$questions")
}

@test "the queue is what the questions need" {
	jq -e 'length >= 60' "$facts"
	# As many as Postfix lists, each known by postcat and stat, too.
	[ "$(jq length "$facts")" -eq "$(wc -l <"${facts%/*}/listing")" ]
	jq -e 'all(.path != null and .created > 0)' "$facts"
	jq -e 'map(.queue) | unique | length == 5' "$facts"
	jq -e '[.[].rcpts[].class | select(. != null)] | unique | length == 16' \
		"$facts"
	jq -e 'all(.[].rcpts[]; (.reason == null) == (.class == null))' "$facts"
	jq -e 'all(.[].rcpts[]; (.reason == null) == (.dsn == null))' "$facts"
	# Where a log names a host, it is the one in the text.
	jq -e 'all(.[].rcpts[] | select((.mta // "") != "");
		.mta == .text_host)' "$facts"
	jq -e 'any(.[].rcpts[]; .orig != .address)' "$facts"
}

@test "a wrong answer is noticed" {
	questions=$BATS_TEST_TMPDIR/questions
	printf '== wrong ==\n%s\t%s\n' \
		'sender = alice@example.org' '.sender | is("dave@example\\.net")' \
		'age > 2d' '$now - .arrival > 86400' \
		'held' '.queue == "hold"' >"$questions"
	run assert_section wrong
	[ "$status" -eq 1 ]
	[[ $output == *'too many: '*' from <alice@example.org>'* ]]
	[[ $output == *'missing: '*' from <dave@example.net>'* ]]
	[[ $output == *'age > 2d'*'missing: '* ]]
	[[ $output != *held* ]]
}

@test "a question without meaning is noticed" {
	questions=$BATS_TEST_TMPDIR/questions
	printf '== wrong ==\n%s\t%s\t%s\n' \
		'sender = nobody' '.sender | is("nobody")' '' \
		'queue = *' true '' \
		'sender = *' true none \
		'held' '.queue == "hold"' all >"$questions"
	run assert_section wrong
	[ "$status" -eq 1 ]
	[[ $output == *'sender = nobody'*'selects nothing, by jq'* ]]
	[[ $output == *'queue = *'*'selects everything, by jq'* ]]
	[[ $output == *"is not 'none' by jq: $(jq length "$facts")"* ]]
	[[ $output == *"is not 'all' by jq: 3"* ]]
}

@test "a question that is refused is noticed" {
	questions=$BATS_TEST_TMPDIR/questions
	printf '== wrong ==\n%s\t%s\n' 'sendr = alice' true >"$questions"
	run assert_section wrong
	[ "$status" -eq 1 ]
	[[ $output == *"sendr"* ]]
}
