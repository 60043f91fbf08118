# Completion of mqflush for bash.
#
# Much of it is as for mqls, whose file lies beside this one and is loaded when
# the first word is completed.  Queue ids are not offered.

# _mqflush_argument OPTION: complete its argument.  False: it has none.
_mqflush_argument() {
	case $1 in
	--rate) _mqls_words 1/s 10/s 60/min 600/min 500/h ;;
	--stop-on-defer) _mqls_words 10% 20% 50% ;;
	--jitter) _mqls_words 60s 5m ;;
	-n | --limit | --per-domain | --site) ;;
	-w | --where | --where-file | --settings | -c | --postfix-config | \
		--spool | --instance | --color)
		_mqls_argument "$1"
		;;
	*)
		return 1
		;;
	esac
	return 0
}

_mqflush() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	# shellcheck source=contrib/completion/mqls.bash
	declare -F _mqls >/dev/null || . "${BASH_SOURCE[0]%/*}/mqls.bash" || return
	# bash makes three words of --option=value.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = && $COMP_CWORD -ge 3 ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	_mqflush_argument "$prev" && return
	[[ -z $cur || $cur == -* ]] || return
	_mqls_words --all --site -w --where --where-file -n --limit --rate \
		--per-domain --stop-on-defer --jitter --wait-lock \
		--skip-if-running --dry-run --yes -q --quiet -v --verbose \
		-c --postfix-config --instance --spool --settings --color \
		--utc --help --version
}

complete -F _mqflush mqflush
