#!/usr/bin/env bats
# What bash offers for a command line of mqls.
#
# shellcheck disable=SC1091 # what is sourced is checked on its own
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper

setup_file() {
	require_program "$MQLS"
	mkdir "$BATS_FILE_TMPDIR/bin"
	ln -s "$MQLS" "$BATS_FILE_TMPDIR/bin/mqls"
	PATH=$BATS_FILE_TMPDIR/bin:$PATH
	export PATH
}

setup() {
	# shellcheck source=contrib/completion/mqls.bash
	. "$MQ_SRC/contrib/completion/mqls.bash"
}

# offered WORD...: what is offered for the last word, sorted, in one line.
offered() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=(left over)
	_mqls || true
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
	mqls --fields | awk -v all="${1:-}" 'NR > 1 && ($2 != "column" || all) {
		print $1 }' | sort | paste -sd ' '
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
	assert_offered '+reason +reason.dsn +reason.host' mqls -o +reas
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
	assert_offered '-queue,size' mqls --sort = -queue,si
	assert_offered "$(fields | tr ' ' '\n' | sed s/^/-/ | sort |
		paste -sd ' ')" mqls -s -
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
	tmux -S "$socket" capture-pane -p >"$BATS_TEST_TMPDIR/screen"
	tmux -S "$socket" kill-server
	[ "$status" -eq 0 ] || fail "$(cat "$BATS_TEST_TMPDIR/screen")"
}
