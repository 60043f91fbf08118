# Completion of mqls for bash.
#
# Names of fields come from the program itself, so that they are those of the
# version that is installed.  Queue ids are not offered: there may be a
# million, and reading the queue may need privileges.

# _mqls_fields [column]: the names of all fields, and of what is only a column.
_mqls_fields() {
	mqls --fields 2>/dev/null |
		awk -v column="${1:-}" 'NR > 1 && ($2 != "column" || column) {
			print $1
		}'
}

# _mqls_list SIGN NAME...: complete the last word of a comma list, the word
# with or without that sign before it.  What the list has is not offered again.
_mqls_list() {
	local sign=$1 before word name
	shift

	word=${cur##*,}
	before=${cur%"$word"}
	if [[ $word == "$sign"* ]]; then
		word=${word#"$sign"}
		before+=$sign
	fi
	for name; do
		if [[ $name == "$word"* && ,${before//[+-]/} != *,"$name",* ]]; then
			COMPREPLY+=("$before$name")
		fi
	done
	# Another name may follow.
	compopt -o nospace 2>/dev/null
}

# The names of Postfix's instances, when it is there to be asked.
_mqls_instances() {
	local directory

	echo all
	for directory in $(postconf -xh config_directory \
		multi_instance_directories 2>/dev/null | tr ',\n' '  '); do
		postconf -c "$directory" -xh multi_instance_name 2>/dev/null |
			grep . || echo "${directory##*/}"
	done
}

_mqls_words() {
	# Words here have no blanks and no special characters.
	# shellcheck disable=SC2207
	COMPREPLY=($(compgen -W "$*" -- "$cur"))
}

_mqls_directory() {
	local IFS=$'\n'

	# shellcheck disable=SC2207
	COMPREPLY=($(compgen -d -- "$cur"))
	compopt -o filenames 2>/dev/null
}

# _mqls_argument OPTION: complete its argument.  False: it has none.
_mqls_argument() {
	case $1 in
	-f | --format)
		_mqls_words table mailq json jsonl csv tsv ids
		;;
	-o | --columns)
		# shellcheck disable=SC2046
		_mqls_list + $(_mqls_fields column)
		;;
	-s | --sort)
		# shellcheck disable=SC2046
		_mqls_list - $(_mqls_fields)
		;;
	-c | --postfix-config | --spool)
		_mqls_directory
		;;
	--instance)
		# shellcheck disable=SC2046
		_mqls_words $(_mqls_instances)
		;;
	--color)
		_mqls_words auto always never
		;;
	-n | --limit | --threads) ;;
	*)
		return 1
		;;
	esac
	return 0
}

_mqls() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	# bash makes three words of --option=value.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = && $COMP_CWORD -ge 3 ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	_mqls_argument "$prev" && return
	case $cur in
	-*)
		_mqls_words -f --format -o --columns -s --sort -n --limit \
			--count --no-headings -0 --null --threads --fields \
			-c --postfix-config --instance --spool --color --utc \
			--help --version
		;;
	*)
		_mqls_words maildrop active incoming deferred hold corrupt
		;;
	esac
}

complete -F _mqls mqls
