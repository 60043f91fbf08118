# Completion of mqls for bash.
#
# Names of fields come from the program itself, so that they are those of the
# version that is installed.  Queue ids are not offered: there may be a
# million, and reading the queue may need privileges.

# _mqls_fields [column]: the names of all fields, and of what is only a column.
# Each has a line for itself; its example, below, is indented.
_mqls_fields() {
	mqls --fields 2>/dev/null |
		awk -v column="${1:-}" 'NR > 1 && /^[^ ]/ &&
			($2 != "column" || column) {
			print $1
		}'
}

# _mqls_type FIELD: text, number, yes/no, ...
_mqls_type() {
	mqls --fields 2>/dev/null |
		awk -v name="$1" '$1 == name && /^[^ ]/ { print $2 }'
}

# _mqls_values FIELD: all values that it can have, where they are few.
_mqls_values() {
	case $1 in
	queue)
		echo maildrop active incoming deferred hold corrupt
		;;
	rcpt.state)
		echo waiting deferred bounced 'done'
		;;
	reason.class)
		echo dns connect refused timeout tls greylist ratelimit \
			reputation mailbox-full no-such-user policy content \
			loop local-config suspended other
		;;
	esac
}

# The selections that the settings name, as they are used.
_mqls_selections() {
	local file=/etc/mailq-tools.conf word before=

	for word in "${COMP_WORDS[@]}"; do
		[[ $before != --settings || $word == = ]] || file=$word
		[[ $word == = ]] || before=$word
	done
	sed -n 's/^selection\.\([A-Za-z0-9_.-]*\).*/@\1/p' "$file" 2>/dev/null
}

# _mqls_read EXPRESSION: how it could go on.  Sets expected to what can come
# next, field to the field whose value that is, and begun to what is there of
# it by now.
_mqls_read() {
	local text=$1 token
	local piece='^([(),]|"[^"]*"|[^[:space:](),"][^[:space:](),]*)(.*)$'
	local glued='^([a-z_.]+)(!=|!~|<=|>=|=|<|>|~)(.*)$'

	expected=field field='' begun=''
	while :; do
		[[ $text =~ ^[[:space:]]*(.*)$ ]]
		text=${BASH_REMATCH[1]}
		[[ $text =~ $piece ]] || return 0
		token=${BASH_REMATCH[1]} text=${BASH_REMATCH[2]}
		if [[ $expected == field && $token =~ $glued ]]; then
			field=${BASH_REMATCH[1]} token=${BASH_REMATCH[3]}
			expected=value
			[[ -n $token ]] || continue
		fi
		if [[ -z $text && $token != [\(\),] ]]; then
			begun=$token
			return 0
		fi
		_mqls_step
	done
}

# What may stand behind the token.
_mqls_step() {
	case $expected:$token in
	field:\( | field:not | field:any | field:all | field:none) ;;
	field:@*) expected=word ;;
	field:*) field=$token expected=operator ;;
	operator:in) expected=list ;;
	operator:not) ;;
	operator:and | operator:or | word:and | word:or) expected=field ;;
	operator:\) | word:*) expected=word ;;
	operator:*) expected=value ;;
	list:\() expected=listed ;;
	listed:*) expected=comma ;;
	comma:,) expected=listed ;;
	*) expected=word ;;
	esac
}

# What may come next, one on a line.
_mqls_next() {
	case $expected in
	field)
		_mqls_fields
		_mqls_selections
		printf '%s\n' not 'any(' 'all(' 'none('
		;;
	operator)
		case $(_mqls_type "$field") in
		text) printf '%s\n' = != '~' '!~' in 'not in' ;;
		yes/no | '') ;;
		*) printf '%s\n' = != '<' '<=' '>' '>=' in ;;
		esac
		printf '%s\n' and or
		;;
	word)
		printf '%s\n' and or
		;;
	comma)
		printf '%s\n' ')' ,
		;;
	*)
		_mqls_values "$field" | tr ' ' '\n'
		;;
	esac
}

# Complete the last word of an expression.  Within quotes the offer is all of
# it.  It is never a single one there: bash would close the quotes.
_mqls_expression() {
	local quote='' text=$cur expected field begun name before token

	if [[ $cur == [\'\"]* ]]; then
		quote=${cur:0:1} text=${cur:1}
	fi
	_mqls_read "$text"
	before=${text%"$begun"}
	while IFS= read -r name; do
		[[ $name != "$begun"* ]] || COMPREPLY+=("$before$name")
	done < <(_mqls_next)
	if [[ -n $quote && ${#COMPREPLY[@]} -eq 1 ]]; then
		text=${COMPREPLY[0]}
		_mqls_read "$text "
		COMPREPLY=("$text ")
		while IFS= read -r name; do
			COMPREPLY+=("$text $name")
		done < <(_mqls_next)
	fi
	compopt -o nospace 2>/dev/null
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

_mqls_file() {
	local IFS=$'\n'

	# shellcheck disable=SC2207
	COMPREPLY=($(compgen -f -- "$cur"))
	compopt -o filenames 2>/dev/null
}

# What --by is given on this command line, as words; nothing without it.
_mqls_by() {
	local i word

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]#--by=}
		if [[ ${COMP_WORDS[i]} == --by ]]; then
			word=${COMP_WORDS[i + 1]}
			[[ $word != = ]] || word=${COMP_WORDS[i + 2]}
		elif [[ $word == "${COMP_WORDS[i]}" ]]; then
			continue
		fi
		echo "${word//,/ }"
	done
}

# What is sorted by, and shown: of groups, or of messages.
_mqls_keys() {
	local by

	by=$(_mqls_by)
	if [[ -n $by ]]; then
		echo "$by" messages recipients size oldest newest next value
	else
		_mqls_fields
	fi
}

_mqls_columns() {
	local by

	by=$(_mqls_by)
	if [[ -z $by ]]; then
		_mqls_fields column
		return
	fi
	echo "$(_mqls_keys)" share
	[[ " $by " != *' reason '* && " $by " != *' reason.class '* ]] ||
		echo class hint
}

# _mqls_argument OPTION: complete its argument.  False: it has none.
_mqls_argument() {
	case $1 in
	-f | --format)
		_mqls_words table mailq json jsonl csv tsv ids
		;;
	-o | --columns)
		# shellcheck disable=SC2046
		_mqls_list + $(_mqls_columns)
		;;
	--by)
		# shellcheck disable=SC2046
		_mqls_list '' $(_mqls_fields)
		;;
	-s | --sort)
		# shellcheck disable=SC2046
		_mqls_list - $(_mqls_keys)
		;;
	-w | --where)
		_mqls_expression
		;;
	--where-file | --settings)
		_mqls_file
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
	-n | --limit | --threads | --like) ;;
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
		_mqls_words -w --where --where-file --explain --like \
			-f --format -o --columns -s --sort -n --limit \
			--by --count --no-headings -0 --null --threads --fields \
			-c --postfix-config --instance --spool --settings \
			--color --utc --help --version
		;;
	*)
		_mqls_words maildrop active incoming deferred hold corrupt
		;;
	esac
}

complete -F _mqls mqls
