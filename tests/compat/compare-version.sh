#!/bin/sh
# compare-version.sh - do we list a queue as another Postfix does?
#
#	compare-version.sh VERSION PROGRAMS SPOOL...
#
# PROGRAMS is a folder with `postqueue' and `showq' of Postfix VERSION, each
# SPOOL a queue directory of mail_owner in which nothing moves.  Each is listed
# by that postqueue and by our drop-in, with several settings, and everything
# that they print and their status are compared.  No daemon is needed:
# postqueue runs showq itself then.  Nothing is written to the spools.
#
# What VERSION is, the drop-in learns from main.cf; all other facts come from
# the postconf in place.  Exit: 0 all is the same, 1 something differs, 64
# usage, 77 not root, or no postconf.

set -u
unset MAIL_CONFIG

[ $# -ge 3 ] || {
	echo "usage: ${0##*/} VERSION PROGRAMS SPOOL..." >&2
	exit 64
}
version=$1
programs=$(cd "$2" && pwd) || exit 64
shift 2

build=${MQ_BUILD:-$(dirname "$0")/../..}
ours=${MQ_POSTQUEUE:-$build/mailq-tools/drop-in/postqueue}
for program in "$programs/postqueue" "$programs/showq" "$ours"; do
	[ -x "$program" ] || {
		echo "${0##*/}: $program: no such program" >&2
		exit 64
	}
done
ours=$(cd "$(dirname "$ours")" && pwd)/${ours##*/}
if [ "$(id -u)" -ne 0 ] || ! command -v postconf >/dev/null; then
	echo "skipped: needs root, and postconf" >&2
	exit 77
fi

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work"
mkdir "$work/etc" "$work/theirs" "$work/ours"

compared=0
different=0

# configure SPOOL [SETTING...]
configure() {
	cat >"$work/etc/main.cf" <<-END
		mail_version = $version
		compatibility_level = 2
		queue_directory = $1
		data_directory = $work
		daemon_directory = $programs
		command_directory = $programs
		mail_owner = $(postconf -d -xh mail_owner)
		setgid_group = $(postconf -xh setgid_group)
		myhostname = mail.example
		inet_protocols = ipv4
	END
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$work/etc/main.cf"
	touch -d '1 minute ago' "$work/etc/main.cf"
}

# run WHO PROGRAM OPTION
run() {
	(
		cd "$work/$1" || exit
		status=0
		"$2" -c "$work/etc" "$3" >stdout 2>stderr || status=$?
		echo $status >status
	)
}

# compare OPTION SPOOL [SETTING...]
compare() {
	option=$1
	shift
	configure "$@"
	run theirs "$programs/postqueue" "$option"
	run ours "$ours" "$option"
	compared=$((compared + 1))
	diff -a -r -u "$work/theirs" "$work/ours" >"$work/diff" && return
	different=$((different + 1))
	echo "$version: postqueue $option differs: $*"
	head -n 20 "$work/diff" | cut -b 1-300 | cat -v
}

for spool; do
	spool=$(cd "$spool" && pwd) || exit 64
	for option in -p -j; do
		compare "$option" "$spool"
		compare "$option" "$spool" 'enable_long_queue_ids = yes'
		compare "$option" "$spool" 'smtputf8_enable = no'
		compare "$option" "$spool" 'duplicate_filter_limit = 3' \
			'empty_address_recipient = a b@c'
		TZ=CET-1CEST,M3.5.0,M10.5.0/3 compare "$option" "$spool"
	done
done
echo "$version: $compared listings compared, $different differ"
[ "$different" -eq 0 ]
