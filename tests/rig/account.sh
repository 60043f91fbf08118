#!/bin/sh
# account.sh - what has become of every message, for every recipient.
#
# usage: account.sh FOLDER TOOL STUCK SECONDS
#
# The folder is the rig's instance, with Postfix stopped.  Sources that know
# nothing of each other: what was injected and what the sink took, Postfix's
# log, the files that are left, and what the tool said.
set -u

dir=$1
tool=$2
stuck=$3
seconds=$4
spool=$dir/spool
home=$(cd "$(dirname "$0")" && pwd)

# contents FILE: recipients that it is still to be delivered to, and what it
# tells of if it is a report.
contents() {
	queue=${1#"$spool/"}
	queue=${queue%%/*}
	postcat -c "$dir/etc" "$1" 2>/dev/null |
		awk -v queue="$queue" -v name="${1##*/}" '
		/^sender: / { is_report = $2 == "" || $2 == "MAILER-DAEMON" }
		/^recipient: / { left++; to = $2
			if (!is_report)
				print "left", queue, name, $2 }
		is_report && left && /^Final-Recipient: rfc822;/ { about = $3 }
		is_report && left && /^Action: / && about != "" {
			print "pending", queue, name, to, $2, about
			about = ""
		}
		END { if (!left) print "empty", queue, name }'
}

# What is left, in queues and in the folder of what was thrown away.
survey() {
	for queue in active incoming deferred hold maildrop corrupt \
		mailq-tools-trash; do
		[ -d "$spool/$queue" ] || continue
		find "$spool/$queue" -type f | while read -r file; do
			contents "$file"
		done
	done
	find "$spool/corrupt" -type f -printf 'corrupt %f\n' 2>/dev/null
	find "$spool" -type f -links +1 -printf 'links %P\n'
	find "$spool/defer" "$spool/bounce" "$spool/trace" -type f \
		-printf 'orphan %P\n' 2>/dev/null
	# cleanup(8) may be ended when it has only just begun with a file.
	postsuper -c "$dir/etc" -s 2>&1 |
		sed -e '/bogus file name: incoming\/[0-9]*\.[0-9]*$/d' \
			-e 's/^/repair /'
}

# What the tool was asked, what it said, and what it has in its journal, a line
# for each message.
said() {
	for file in "$dir"/calls/*.status; do
		[ -e "$file" ] || continue
		call=${file%.status}
		name=${call##*/}
		read -r status from to <"$file"
		echo "status $name $status"
		# All of the trash is asked for without names.
		{
			[ "${name%%.*}" != restore-all ] || echo -
			ids=${call%.killed}
			cat "${ids%.faulty}.ids"
		} | sed "s/^/asked $name $from $to ${name%%.*} /"
		awk -f "$home/said.awk" -v what=said -v "call=$name" \
			-v "from=$from" -v "to=$to" "$call.out"
		sed -n -e "s/^mqadm: \([0-9A-Za-z]*\): no such message.*/said $name \
$from $to ${name%%.*} \1 absent - - - -/p" \
			-e "s/^mqadm: \([0-9A-Za-z]*\): in the trash: .*/said $name \
$from $to ${name%%.*} \1 absent - - - -/p" \
			-e "s/^mqadm: \([0-9A-Za-z]*\): still being written$/said $name \
$from $to ${name%%.*} \1 writing - - - -/p" \
			-e "s/^mqadm: \([0-9A-Za-z]*\) is \([0-9A-Za-z]*\) now$/also $name \1/p" \
			"$call.err"
	done
	awk -f "$home/said.awk" -v what=noted "$dir/history"
}

survey >"$dir/left"
case $tool in
mqadm | mixed) said >"$dir/said" ;;
esac
touch "$dir/said" "$dir/inject.log" "$dir/sink.log"
awk -f "$home/account.awk" -v "stuck=$stuck" -v "seconds=$seconds" \
	"$dir/inject.log" "$dir/sink.log" "$dir/facts" "$dir/left" "$dir/said" is_log=1 "$dir/log" \
	>"$dir/account"
grep -v -e '^!' -e '^id ' "$dir/account"
grep '^!' "$dir/account" >"$dir/wrong" || exit 0

# show_log TAG: what the log has about a message, under all its names.
show_log() {
	{
		printf '<%s@\n<%s-\n' "$1" "$1"
		awk -v tag="$1" '$1 == "id" && $2 == tag { print $3 }' \
			"$dir/account"
	} >"$dir/names"
	grep -F -f "$dir/names" "$dir/log" | tail -n 40 | sed 's/^/	/'
}

# The worst first.
{
	grep -E '^! (lost|doubled) ' "$dir/wrong"
	grep -vE '^! (lost|doubled) ' "$dir/wrong"
} | head -n 20 | while read -r _ what tag rest; do
	echo "$what $tag $rest"
	[ "$tag" = - ] || show_log "$tag"
done >&2
exit 1
