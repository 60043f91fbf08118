#!/usr/bin/env bats
# What bash offers for a command line of mqls, mqadm and mqflush.
#
# shellcheck disable=SC1091 # what is sourced is checked on its own
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper

setup_file() {
	require_program "$MQLS"
	mkdir "$BATS_FILE_TMPDIR/bin"
	require_program "$MQADM"
	require_program "$MQFLUSH"
	ln -s "$MQLS" "$BATS_FILE_TMPDIR/bin/mqls"
	ln -s "$MQADM" "$BATS_FILE_TMPDIR/bin/mqadm"
	ln -s "$MQFLUSH" "$BATS_FILE_TMPDIR/bin/mqflush"
	PATH=$BATS_FILE_TMPDIR/bin:$PATH
	export PATH
}

setup() {
	# shellcheck source=contrib/completion/mqls.bash
	. "$MQ_SRC/contrib/completion/mqls.bash"
	# shellcheck source=contrib/completion/mqadm.bash
	. "$MQ_SRC/contrib/completion/mqadm.bash"
	# shellcheck source=contrib/completion/mqflush.bash
	. "$MQ_SRC/contrib/completion/mqflush.bash"
}

# offered WORD...: what is offered for the last word, sorted, in one line.
offered() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=(left over)
	"_$1" || true
	printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' '
}

# assert_offered TEXT WORD...
assert_offered() {
	local given

	given=$(offered "${@:2}")
	[ "$given" = "$1" ] || fail "for: ${*:2}" "offered: $given" "wanted: $1"
}

# Names, as `mqls --fields' has them; or also what is only a column.
fields() {
	mqls --fields | awk -v all="${1:-}" 'NR > 1 && /^[^ ]/ &&
		($2 != "column" || all) { print $1 }' | sort | paste -sd ' '
}

@test "it belongs to mqls" {
	[ "$(complete -p mqls)" = 'complete -F _mqls mqls' ]
}

@test "queues" {
	assert_offered 'active corrupt deferred hold incoming maildrop' mqls ''
	assert_offered deferred mqls d
	assert_offered hold mqls deferred h
	assert_offered '' mqls ABC
}

@test "options: all of the help, and no others" {
	local known

	known=$(mqls --help | grep '^ *-' | grep -oE '[ ]--?[a-z0-9][a-z-]*' |
		tr -d ' ' | sort -u | paste -sd ' ')
	assert_offered "$known" mqls -
	assert_offered '--fields --format' mqls --f
	assert_offered '--color --columns --count' mqls deferred --co
	assert_offered '' mqls --nothing
}

@test "formats" {
	assert_offered 'csv ids json jsonl mailq table tsv' mqls -f ''
	assert_offered 'json jsonl' mqls --format js
	# bash makes three words of --format=js.
	assert_offered 'json jsonl' mqls --format = js
	assert_offered 'csv ids json jsonl mailq table tsv' mqls --format =
}

@test "colours" {
	assert_offered 'always auto' mqls --color a
	assert_offered never mqls --color = n
}

@test "columns: a list of fields" {
	assert_offered "$(fields all)" mqls -o ''
	assert_offered 'sender sender.domain sender.local' mqls --columns send
	assert_offered 'id,size' mqls -o id,si
	assert_offered 'id,size,rcpt.count' mqls -o id,size,rcpt.c
	assert_offered '+reason +reason.class +reason.code +reason.dsn +reason.host' \
		mqls -o +reas
	assert_offered '+id,age' mqls -o +id,ag
	assert_offered 'id,sender.domain' mqls --columns = id,sender.d
	assert_offered 'rcpts' mqls -o rcpts
	assert_offered '' mqls -o nothing
}

@test "a field that the list has is not offered again" {
	assert_offered 'sender,sender.domain sender,sender.local' \
		mqls -o sender,sender
	assert_offered '' mqls -o +id,id
	assert_offered "$(printf 'size,sasl_user,%s ' sender sender.domain \
		sender.local smtputf8 | sed 's/ $//')" mqls -o size,sasl_user,s
	assert_offered '' mqls -s -size,-si
}

@test "keys: a list of fields, each with a minus perhaps" {
	assert_offered "$(fields)" mqls -s ''
	assert_offered '' mqls -s rcpts
	assert_offered '-age' mqls -s -ag
	assert_offered 'queue,-size' mqls --sort queue,-si
	assert_offered "$(fields)" mqls --by ''
	assert_offered 'queue,size' mqls --by = queue,si
	assert_offered '-queue,size' mqls --sort = -queue,si
	assert_offered "$(fields | tr ' ' '\n' | sed s/^/-/ | sort |
		paste -sd ' ')" mqls -s -
}

@test "keys and columns of groups" {
	local sums='messages newest next oldest'

	assert_offered "$sums rcpt.domain recipients size value" \
		mqls --by rcpt.domain -s ''
	assert_offered "$sums queue recipients sender size value" \
		mqls --by = queue,sender -s ''
	assert_offered '-messages' mqls --by queue --sort -mes
	assert_offered 'messages,share' mqls --by queue -o messages,sh
	assert_offered '' mqls --by queue -o hi
	assert_offered 'hint' mqls --by queue,reason -o hi
	assert_offered 'share' mqls --by queue -f csv --columns = sha
}

@test "what is offered for lists mqls takes" {
	local name

	mkdir "$BATS_TEST_TMPDIR/spool" "$BATS_TEST_TMPDIR/spool/deferred"
	for name in $(offered mqls -o ''); do
		capture mqls --spool "$BATS_TEST_TMPDIR/spool" -f csv \
			-o "$name"
		[ "$status" -ne 64 ] || report "column $name"
	done
	for name in $(offered mqls -s ''); do
		capture mqls --spool "$BATS_TEST_TMPDIR/spool" -f ids -s "-$name"
		[ "$status" -ne 64 ] || report "key $name"
	done
}

@test "directories" {
	mkdir "$BATS_TEST_TMPDIR/a folder" "$BATS_TEST_TMPDIR/a second"
	: >"$BATS_TEST_TMPDIR/a file"
	for option in --spool -c --postfix-config; do
		COMP_WORDS=(mqls "$option" "$BATS_TEST_TMPDIR/a")
		COMP_CWORD=2
		_mqls || true
		[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = \
			"$BATS_TEST_TMPDIR/a folder
$BATS_TEST_TMPDIR/a second" ] || fail "${COMPREPLY[*]}"
	done
}

@test "files" {
	mkdir "$BATS_TEST_TMPDIR/a folder"
	: >"$BATS_TEST_TMPDIR/a file"
	: >"$BATS_TEST_TMPDIR/other"
	for option in --where-file --settings; do
		COMP_WORDS=(mqls "$option" "$BATS_TEST_TMPDIR/a")
		COMP_CWORD=2
		_mqls || true
		[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = \
			"$BATS_TEST_TMPDIR/a file
$BATS_TEST_TMPDIR/a folder" ] || fail "${COMPREPLY[*]}"
	done
}

# each WORD...: what is offered, a line for each.
each() {
	offered "$@" >/dev/null
	printf '%s\n' "${COMPREPLY[@]}"
}

# names: what an expression begins with.
names() {
	{
		fields | tr ' ' '\n'
		printf '%s\n' not 'any(' 'all(' 'none('
	} | sort
}

@test "an expression begins with a field" {
	[ "$(each mqls -w '' | sort)" = "$(names)" ]
	[ "$(each mqls --where = "'" | sort)" = "$(names)" ]
	assert_offered 'sender sender.domain sender.local' mqls -w "'send"
	assert_offered 'sender sender.domain sender.local' mqls -w '"send'
	assert_offered 'sender sender.domain sender.local' mqls --where send
	assert_offered '' mqls -w "'nothing"
}

@test "a field after and, or, not and (" {
	local begin

	for begin in 'held and ' 'age > 2d or ' 'not ' 'any(' 'held and (' \
		'queue in (active, hold) and not (' 'any(rcpt = x) or ' \
		'reason ~ "timed out and (so" and ' 'sender = a+b=c@d and ' \
		'sender not in <> and ' 'not sender.domain=x.example and '; do
		[ "$(each mqls -w "'$begin" | sort)" = \
			"$(names | while read -r name; do
				echo "$begin$name"
			done | sort)" ] ||
			fail "after: $begin" "$(each mqls -w "'$begin")"
	done
}

@test "what stands behind a field" {
	assert_offered "$(printf 'size %s ' != '<' '<=' = '>' '>=' and in or |
		sed 's/ $//')" mqls -w "'size "
	[ "$(each mqls -w "'sender " | cut -d ' ' -f 2- | sort |
		paste -sd ,)" = '!=,!~,=,and,in,not in,or,~' ]
	[ "$(each mqls -w "'held " | paste -sd ,)" = 'held and,held or' ]
	[ "$(each mqls -w "'age > 2d " | paste -sd ,)" = \
		'age > 2d and,age > 2d or' ]
	assert_offered '' mqls -w "'age > "
}

@test "values of fields that have few" {
	local begin

	for begin in 'queue = ' 'queue != ' 'held and queue = ' 'queue in (' \
		'queue not in (active, ' 'queue=' 'not (queue = '; do
		[ "$(each mqls -w "'$begin" | paste -sd ,)" = \
			"${begin}maildrop,${begin}active,${begin}incoming,${begin}deferred,${begin}hold,${begin}corrupt" ] ||
			fail "after: $begin" "$(each mqls -w "'$begin")"
	done
	[ "$(each mqls -w "'reason.class in (dns, t" | paste -sd ';')" = \
		'reason.class in (dns, timeout;reason.class in (dns, tls' ]
	[ "$(each mqls -w "'rcpt.state = d" | paste -sd ,)" = \
		'rcpt.state = deferred,rcpt.state = done' ]
}

# The program says which there are when it meets another one.
@test "the values are those of mqls" {
	local field all

	mkdir "$BATS_TEST_TMPDIR/spool" "$BATS_TEST_TMPDIR/spool/deferred"
	for field in queue rcpt.state reason.class; do
		capture mqls --spool "$BATS_TEST_TMPDIR/spool" -w "$field = %"
		assert_status 64
		all=$(sed -n "s/.*: $field is one of //p" "$err" | tr -d ' ')
		[ "$(each mqls -w "'$field = " | sed "s/^$field = //" |
			paste -sd ,)" = "$all" ] || report "$field: $all"
	done
}

# Else bash would take it for the end of the quoted word.
@test "within quotes nothing is offered alone" {
	[ "$(each mqls -w "'sender.d" | head -n 2 | paste -sd ,)" = \
		'sender.domain ,sender.domain =' ]
	[ "$(each mqls -w "'queue = de" | paste -sd ,)" = \
		'queue = deferred ,queue = deferred and,queue = deferred or' ]
	[ "$(each mqls -w "'queue in (de" | paste -sd ';')" = \
		'queue in (deferred ;queue in (deferred );queue in (deferred ,' ]
	[ "$(each mqls -w sender.d)" = sender.domain ]
}

@test "selections of the settings" {
	cat >"$BATS_TEST_TMPDIR/settings" <<-'END'
		# comment
		selection.backscatter = bounce and age > 1h
		other = 1
		selection.stuck=queue = deferred
		  and age > 1d
	END
	assert_offered '@backscatter @stuck' mqls \
		--settings "$BATS_TEST_TMPDIR/settings" -w @
	assert_offered '@backscatter @stuck' mqls \
		--settings = "$BATS_TEST_TMPDIR/settings" -w "'@"
	[ "$(each mqls --settings "$BATS_TEST_TMPDIR/settings" \
		-w "'held and @s" | head -n 1)" = 'held and @stuck ' ]
	assert_offered '' mqls --settings /no/such/file -w @
}

@test "numbers cannot be offered" {
	assert_offered '' mqls -n ''
	assert_offered '' mqls --limit = ''
	assert_offered '' mqls --threads ''
}

@test "instances, as Postfix names them" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/postconf" <<-'END'
		#!/bin/sh
		case "$*" in
		'-xh config_directory multi_instance_directories')
			printf '/etc/postfix\n/etc/postfix-out, /etc/postfix-in\n' ;;
		'-c /etc/postfix-in -xh multi_instance_name') echo inbound ;;
		*) echo ;;
		esac
	END
	chmod 755 "$BATS_TEST_TMPDIR/bin/postconf"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	assert_offered 'all inbound postfix postfix-out' mqls --instance ''
	assert_offered inbound mqls --instance = i
	# Without Postfix there is little to say, and nothing goes wrong.
	printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/postconf"
	assert_offered all mqls --instance ''
}

@test "mqadm: commands, and what they are for" {
	[ "$(complete -p mqadm)" = 'complete -F _mqadm mqadm' ]
	assert_offered 'apply check delete expire export history hold import plan release requeue restore trash undo' \
		mqadm ''
	assert_offered 'release requeue restore' mqadm --dry-run re
	assert_offered 'list purge' mqadm trash ''
	assert_offered '' mqadm trash list ''
	assert_offered '' mqadm trash purge ''
	assert_offered 'active deferred hold incoming maildrop' mqadm hold ''
	assert_offered hold mqadm release ''
	assert_offered 'deferred' mqadm hold --all d
	assert_offered 'deferred delete' mqadm plan de
	mkdir "$BATS_TEST_TMPDIR/plans"
	: >"$BATS_TEST_TMPDIR/plans/of-alice"
	assert_offered "$BATS_TEST_TMPDIR/plans/of-alice" \
		mqadm apply "$BATS_TEST_TMPDIR/plans/o"
}

@test "mqadm: options, all of the help, and no others" {
	local known rest

	rest='s/--\(older-than\|prune\|compress\|move\|output\|release\|repair\) //g'
	known=$(mqadm --help | grep '^ *-' | grep -oE '[ ]--?[a-z0-9][a-z-]*' |
		tr -d ' ' | sort -u | paste -sd ' ')
	assert_offered "$known" mqadm -
	assert_offered "$(sed "$rest" <<<"$known")" \
		mqadm hold -
	assert_offered '--older-than' mqadm trash purge --o
	assert_offered '--move' mqadm export --m
	assert_offered 'xz' mqadm export --compress x
	assert_offered '--reason --release' mqadm import --re
	assert_offered '' mqadm trash list --o
	assert_offered '--older-than' mqadm history --prune --o
	assert_offered '--where --where-file' mqadm expire --wh
	assert_offered '--reason --repair' mqadm check --re
	# It says no to the others.
	for option in $(offered mqadm history --); do
		[[ " $known " == *" $option "* ]] || fail "$option"
	done
	assert_offered '' mqadm history --dry
}

@test "mqadm: arguments" {
	assert_offered 'json jsonl text' mqadm hold -f ''
	assert_offered 'json jsonl table' mqadm history --format = ''
	assert_offered 'ids json jsonl table' mqadm trash -f ''
	assert_offered 'json jsonl text' mqadm trash purge -f ''
	assert_offered always mqadm hold --color al
	assert_offered '' mqadm hold --reason ''
	assert_offered '' mqadm hold --wait = ''
	assert_offered 'sender sender.domain sender.local' \
		mqadm hold -w "'send"
}

@test "mqadm: jobs of the history" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/mqadm" <<-'END'
		#!/bin/sh
		[ "$*" = 'history -f jsonl -n 20' ] || exit 1
		echo '{"job": "000660e02cd7b8e5449147334e1e2de3", "state": "done"}'
		echo '{"job": "000660e02cd7d1cb843e028a089348a1", "state": "done"}'
	END
	chmod 755 "$BATS_TEST_TMPDIR/bin/mqadm"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	assert_offered '000660e02cd7b8e5 000660e02cd7d1cb' mqadm history ''
	assert_offered '000660e02cd7d1cb' mqadm history 000660e02cd7d
}

@test "mqadm: without the functions of mqls they are loaded" {
	run -0 bash -c '. "$1"
		COMP_WORDS=(mqadm hold --color n) COMP_CWORD=3
		_mqadm
		echo "${COMPREPLY[@]}"' - "$MQ_SRC/contrib/completion/mqadm.bash"
	[ "$output" = never ]
}

@test "mqflush: options and their arguments" {
	assert_offered '--jitter' mqflush --j
	assert_offered '--settings --site --skip-if-running --spool --stop-on-defer' \
		mqflush --s
	assert_offered '1/s 10/s 500/h 60/min 600/min' mqflush --rate = ''
	assert_offered '' mqflush --site ''
	assert_offered 'sender sender.domain sender.local' mqflush -w "'send"
	assert_offered never mqflush --color n
	# All that it has, and no others.
	mqflush --help | grep '^ *-' | grep -oE '[ ]--?[a-z][a-z-]*' |
		tr -d ' ' | sort -u >"$BATS_TEST_TMPDIR/help"
	offered mqflush '' | tr ' ' '\n' | sort -u >"$BATS_TEST_TMPDIR/offered"
	assert_same_file "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/offered"
}

@test "where mqls is not installed nothing is offered, quietly" {
	PATH=/usr/bin:/bin
	! command -v mqls || skip "mqls is installed here"
	hash -r
	run offered mqls -o ''
	[ "$output" = '' ] || fail "$output"
}

@test "in a real bash, on a terminal" {
	command -v tmux >/dev/null || skip "no tmux"
	local socket=$BATS_TEST_TMPDIR/tmux

	printf 'PS1="> "\n. %q\nexport PATH=%q\n' \
		"$MQ_SRC/contrib/completion/mqls.bash" "$PATH" \
		>"$BATS_TEST_TMPDIR/rc"
	tmux -S "$socket" -f /dev/null new-session -d -x 100 -y 20 \
		"bash --noprofile --rcfile '$BATS_TEST_TMPDIR/rc' -i" 3>&-
	lab_wait 'tmux -S "$socket" capture-pane -p | grep -q "^> *$"' 20
	tmux -S "$socket" send-keys -l 'mqls --columns=id,rcpt.c'
	tmux -S "$socket" send-keys Tab
	tmux -S "$socket" send-keys -l ',si'
	tmux -S "$socket" send-keys Tab
	status=0
	lab_wait 'tmux -S "$socket" capture-pane -p |
		grep -q "^> mqls --columns=id,rcpt.count,size$"' 20 || status=$?
	# Quotes are not closed too early.
	if [ "$status" -eq 0 ]; then
		tmux -S "$socket" send-keys C-u
		tmux -S "$socket" send-keys -l "mqls -w 'queue = de"
		tmux -S "$socket" send-keys Tab
		tmux -S "$socket" send-keys -l 'and any(reason.cl'
		tmux -S "$socket" send-keys Tab
		tmux -S "$socket" send-keys -l '= grey'
		tmux -S "$socket" send-keys Tab
		tmux -S "$socket" send-keys -l ")'"
		lab_wait 'tmux -S "$socket" capture-pane -p | grep -q \
			"^> mqls -w .queue = deferred and any(reason.class = greylist ).$"' \
			20 || status=$?
	fi
	tmux -S "$socket" capture-pane -p >"$BATS_TEST_TMPDIR/screen"
	tmux -S "$socket" kill-server
	[ "$status" -eq 0 ] || fail "$(cat "$BATS_TEST_TMPDIR/screen")"
}
