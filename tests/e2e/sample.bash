# sample.bash - spools by spoolgen, and mqls that lists them.
#
# $spool is the spool at hand; $manifest tells in JSON what is in it.
#
# shellcheck disable=SC2034,SC2154 # out and err are those of helper.bash

SPOOLGEN=${SPOOLGEN:-$MQ_BUILD/tests/gen/spoolgen}

# Who is not root may own no other user's files; then all is done as oneself.
am_root() {
	[ "$(id -u)" -eq 0 ]
}

# Whom root's mqls becomes must be able to get there.
open_folders() {
	chmod 755 "$BATS_RUN_TMPDIR"
	[ -z "${BATS_FILE_TMPDIR:-}" ] ||
		chmod 755 "${BATS_FILE_TMPDIR%/*}" "$BATS_FILE_TMPDIR"
	[ -z "${BATS_TEST_TMPDIR:-}" ] ||
		chmod 755 "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
}

# generate FOLDER [OPTION...]: sets $spool and $manifest.
generate() {
	local owner=()

	spool=$1
	manifest=$1.json
	shift
	# Postfix need not be installed.
	! am_root || id postfix >/dev/null 2>&1 || owner=(--owner nobody)
	"$SPOOLGEN" "${owner[@]}" --manifest "$manifest" "$@" "$spool"
	export spool manifest
}

# The sample of a Monday morning, for all tests of a file.
monday() {
	require_program "$MQLS"
	require_program "$SPOOLGEN"
	umask 022
	open_folders
	generate "$BATS_FILE_TMPDIR/monday" --monday
}

# mqls ARGUMENT...: of the spool at hand.
mqls() {
	capture "$MQLS" --spool "$spool" "$@"
}

# on_terminal COLUMNS ARGUMENT...: mqls there.  What the terminal got is in
# $out, its standard error in $err.
on_terminal() {
	local columns=$1 command

	shift
	printf -v command '%q ' "$MQLS" --spool "$spool" "$@"
	TERM=${terminal:-xterm} capture script -qefc "stty cols $columns rows 24
		$command 2>'$BATS_TEST_TMPDIR/talk'" /dev/null
	sed -i 's/\r*$//' "$out"
	err=$BATS_TEST_TMPDIR/talk
}

# widest FILE: the columns of its widest line, without colours.
widest() {
	python3 - "$1" <<-'END'
		import re, sys, unicodedata

		def columns(char):
		    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
		        return 0
		    return 2 if unicodedata.east_asian_width(char) in "WF" else 1

		with open(sys.argv[1], encoding="utf-8") as lines:
		    print(max(sum(map(columns, re.sub(r"\x1b\[[0-9;]*m", "", line)))
		              for line in lines.read().split("\n")))
	END
}

# of_manifest ARGUMENT...: what jq makes of it, as text.
of_manifest() {
	jq -r "$@" "$manifest"
}

# assert_lines N: so many on stdout.
assert_lines() {
	local lines

	lines=$(wc -l <"$out")
	[ "$lines" -eq "$1" ] || report "$lines lines and not $1"
}
