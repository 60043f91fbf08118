# Completion of mqadm for bash.
#
# Much of it is as for mqls, whose file lies beside this one and is loaded when
# the first word is completed.  Queue ids are not offered.

# What was asked for: the first word that is no option.
_mqadm_command() {
	local word found=

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		hold | release | requeue | expire | delete | restore | undo | \
			trash | plan | apply | export | import | \
			history | check)
			found=$word
			[[ $word == trash ]] || break
			;;
		list | purge)
			[[ $found != trash ]] || found="trash $word"
			;;
		esac
	done
	echo "$found"
}

# The jobs in the journal, when it can be read: the newest ones.
_mqadm_jobs() {
	mqadm history -f jsonl -n 20 2>/dev/null |
		sed -n 's/.*"job": "\([0-9a-f]\{16\}\).*/\1/p'
}

# _mqadm_argument OPTION: complete its argument.  False: it has none.
_mqadm_argument() {
	case $1 in
	-f | --format)
		case $(_mqadm_command) in
		history) _mqls_words table json jsonl ;;
		trash | 'trash list') _mqls_words table json jsonl ids ;;
		*) _mqls_words text json jsonl ;;
		esac
		;;
	--compress) _mqls_words none gzip xz zstd ;;
	--output) _mqls_argument --where-file ;;
	--rate) _mqls_words 1/s 10/s 60/min 600/min 500/h ;;
	--stop-on-defer) _mqls_words 10% 20% 50% ;;
	-n | --limit | --per-domain | --reason | --wait | --older-than) ;;
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

_mqadm_options() {
	local common='-f --format -n --limit -c --postfix-config --instance
		--spool --settings --color --utc --help --version'
	local change="$common -w --where --where-file --all --dry-run --yes
		--reason --now --purge --wait --rate --per-domain
		--stop-on-defer -v --verbose"

	# shellcheck disable=SC2086 # these are words
	case $1 in
	history) _mqls_words $common --prune --older-than ;;
	'trash list') _mqls_words $common ;;
	check) _mqls_words $common --repair --dry-run --yes --reason -v --verbose ;;
	export)
		_mqls_words $common -w --where --where-file --all --yes \
			--reason --output --compress --move -v --verbose
		;;
	import)
		_mqls_words $common --dry-run --yes --reason --release -v \
			--verbose
		;;
	'trash purge')
		_mqls_words $common --all --dry-run --yes --reason -v --verbose \
			--older-than
		;;
	'')
		_mqls_words $change --older-than --prune --output --compress \
			--move --release --repair
		;;
	*) _mqls_words $change ;;
	esac
}

_mqadm() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command

	COMPREPLY=()
	# shellcheck source=contrib/completion/mqls.bash
	declare -F _mqls >/dev/null || . "${BASH_SOURCE[0]%/*}/mqls.bash" || return
	# bash makes three words of --option=value.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = && $COMP_CWORD -ge 3 ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	_mqadm_argument "$prev" && return
	command=$(_mqadm_command)
	case $command:$cur in
	*:-*) _mqadm_options "$command" ;;
	:*)
		_mqls_words hold release requeue expire delete restore undo \
			trash plan apply export import history check
		;;
	plan:*)
		_mqls_words hold release requeue expire delete maildrop active \
			incoming deferred
		;;
	trash:*) _mqls_words list purge ;;
	'trash list':* | 'trash purge':* | restore:* | check:*) ;;
	history:* | undo:*)
		# shellcheck disable=SC2046
		_mqls_words $(_mqadm_jobs)
		;;
	release:*) _mqls_words hold ;;
	apply:* | import:*) _mqls_argument --where-file ;;
	*) _mqls_words maildrop active incoming deferred hold ;;
	esac
}

complete -F _mqadm mqadm
