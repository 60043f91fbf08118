# tool.sh - the tools under test, all called in the same way.
#
# To be sourced after postfix.sh.
#
#	tool_call ACTION <IDS	hold, release, requeue or expire them
#	tool_history		what its journal has, as lines of JSON
#
# $rig_tool is mqadm, postsuper, or none; $rig_mqadm is the program.  Or it is
# "mixed": mqadm, but somebody else releases with postsuper.  What a tool said is in calls/, a file for each call and stream.  When $rig_kill is
# a number of seconds, the tool is killed after that time, and called again.
# It waits for deliveries under way for as long as $rig_wait says.
# shellcheck shell=sh
# shellcheck disable=SC2154 # set by postfix.sh

tool_call() {
	tool_at=$rig_dir/calls/$1.$$.$(date +%s%N)
	cat >"$tool_at.ids"
	[ -s "$tool_at.ids" ] || return 0
	[ "$rig_tool" != none ] || return 0
	if [ -n "${rig_kill:-}" ]; then
		rig_note killed "$1"
		tool_run "$1" "$tool_at.killed" timeout -s KILL "$rig_kill"
	fi
	tool_run "$1" "$tool_at"
}

# tool_run ACTION FILE [COMMAND...]
tool_run() {
	tool_action=$1
	tool_file=$2
	shift 2
	rig_clock >"$tool_file.time"
	tool_status=0
	case $rig_tool-$tool_action in
	postsuper-* | mixed-release) "$@" postsuper -c "$rig_dir/etc" \
		"$(tool_letter "$tool_action")" - ;;
	*) MAILQ_TOOLS_STATE=$rig_dir/state "$@" "$rig_mqadm" \
		-c "$rig_dir/etc" "$tool_action" --wait "$rig_wait" \
		-f jsonl - ;;
	esac <"$tool_at.ids" >"$tool_file.out" 2>"$tool_file.err" ||
		tool_status=$?
	echo "$tool_status $(cat "$tool_file.time") $(rig_clock)" \
		>"$tool_file.status"
}

tool_history() {
	export MAILQ_TOOLS_STATE="$rig_dir/state"
	"$rig_mqadm" -c "$rig_dir/etc" history -f jsonl |
		sed -n 's/^{"job": *"\([^"]*\)".*/\1/p' |
		while read -r tool_job; do
			"$rig_mqadm" -c "$rig_dir/etc" history "$tool_job" \
				-f jsonl
		done
}

tool_letter() {
	case $1 in
	hold) echo -h ;;
	release) echo -H ;;
	requeue) echo -r ;;
	expire) printf "%s\n" -e ;;
	esac
}
