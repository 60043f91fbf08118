# tool.sh - the tools under test, all called in the same way.
#
# To be sourced after postfix.sh.
#
#	tool_call ACTION <IDS	hold, release, requeue, expire, delete, purge
#				or restore them
#	tool_undo DICE		take back one of the last jobs of mqadm
#	tool_restore_all	whatever is in the trash
#	tool_trashed		the names in the trash that may come back
#	tool_history		what its journal has, as lines of JSON
#
# $rig_tool is mqadm, postsuper, links, or none; $rig_mqadm is the program.  Or
# it is "mixed": mqadm, but somebody else releases with postsuper.  Who has no
# trash does nothing where one is needed.  What a tool said is in calls/, a file
# for each call and stream.  When $rig_kill is a number of seconds, the tool is
# killed after that time, and called again; when $rig_fault is something that
# strace(1) can inject, a call of the tool fails, and it is called again.  It
# waits for deliveries under way for as long as $rig_wait says.
# shellcheck shell=sh
# shellcheck disable=SC2154 # set by postfix.sh

tool_call() {
	tool_new "$1"
	cat >"$tool_at.ids"
	[ -s "$tool_at.ids" ] || return 0
	tool_twice "$1"
}

tool_new() {
	tool_at=$rig_dir/calls/$1.$$.$(date +%s%N)
}

tool_twice() {
	tool_knows "$1" || return 0
	if [ -n "${rig_kill:-}" ]; then
		rig_note killed "$1"
		tool_run "$1" "$tool_at.killed" timeout -s KILL "$rig_kill"
	fi
	if [ -n "${rig_fault:-}" ]; then
		rig_note fault "$1 $rig_fault"
		tool_run "$1" "$tool_at.faulty" strace -f -qq \
			-o "$tool_at.trace" -e trace="${rig_fault%%:*}" \
			-e inject="$rig_fault"
	fi
	tool_run "$1" "$tool_at"
}

# tool_knows ACTION
tool_knows() {
	case $rig_tool-$1 in
	mqadm-* | mixed-* | links-delete | links-restore) ;;
	postsuper-hold | postsuper-release | postsuper-requeue) ;;
	postsuper-expire) ;;
	*) return 1 ;;
	esac
}

# tool_run ACTION FILE [COMMAND...]
tool_run() {
	tool_action=$1
	tool_file=$2
	shift 2
	rig_clock >"$tool_file.time"
	tool_status=0
	case $rig_tool-$tool_action in
	# Ours, where it comes first on PATH, has a journal, too.
	postsuper-* | mixed-release)
		MAILQ_TOOLS_STATE=$rig_dir/state "$@" postsuper \
			-c "$rig_dir/etc" "$(tool_letter "$tool_action")" -
		;;
	links-*) "$@" sh "$LAB_HOME/../rig/links.sh" "$tool_action" \
		"$rig_spool" ;;
	*) # shellcheck disable=SC2046 # words
		MAILQ_TOOLS_STATE=$rig_dir/state "$@" "$rig_mqadm" \
			-c "$rig_dir/etc" $(tool_words "$tool_action") \
			--wait "$rig_wait" -f jsonl
		;;
	esac <"$tool_at.ids" >"$tool_file.out" 2>"$tool_file.err" ||
		tool_status=$?
	echo "$tool_status $(cat "$tool_file.time") $(rig_clock)" \
		>"$tool_file.status"
}

# tool_words ACTION: of the command line.
tool_words() {
	case $1 in
	purge) echo delete --purge - ;;
	restore-all) echo restore --all --yes ;;
	undo-*) echo undo --yes "$tool_job" ;;
	*) echo "$1" - ;;
	esac
}

# Those that it is about are known by the names that they had, and got.
tool_undo() {
	tool_said=$(find "$rig_dir/calls" -name '*.out' -size +0 \
		! -name '*.killed.out' -printf '%T@ %p\n' | sort |
		grep -E '/(hold|delete|release)\.[^/]*$' | tail -n 6 |
		cut -d ' ' -f 2 | rig_some 1 "$1")
	[ -n "$tool_said" ] || return 0
	tool_job=$(sed -n '1s/.*"job": *"\([^"]*\)".*/\1/p' "$tool_said")
	[ -n "$tool_job" ] || return 0
	tool_undone=${tool_said##*/}
	tool_new "undo-${tool_undone%%.*}"
	sed -n -e 's/.*"id": *"\([^"]*\)".*/\1/p' "$tool_said" >"$tool_at.ids"
	sed -n -e 's/.*"now": *"\([^"]*\)".*/\1/p' "$tool_said" >>"$tool_at.ids"
	tool_twice "undo-${tool_undone%%.*}"
}

tool_restore_all() {
	case $rig_tool in
	links)
		rig_files mailq-tools-trash | sed 's,.*/,,' | tool_call restore
		;;
	mqadm | mixed)
		[ -n "$(tool_trashed)" ] || return 0
		tool_new restore-all
		: >"$tool_at.ids"
		tool_twice restore-all
		sed -n '/"outcome": *"returned"/s/.*"id": *"\([^"]*\)".*/.\1./p' \
			"$tool_at.out" >>"$rig_dir/returned"
		;;
	esac
}

# A message that its sender has got back stays in the trash, and one that was
# in maildrop is not restored for a minute.
tool_trashed() {
	[ -e "$rig_dir/returned" ] || : >"$rig_dir/returned"
	rig_files mailq-tools-trash | grep -v -e '/returned\.' \
		-e '/maildrop\.' | grep -v -F -f "$rig_dir/returned"
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
