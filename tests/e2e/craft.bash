# craft.bash - spools and queue files written byte by byte, for tests.
#
# Nothing of the library is used here, so that a test shares no mistake with
# it.  The functions write to stdout, except those that say otherwise.

# record TYPE [DATA]: DATA has printf's escapes.
record() {
	local LC_ALL=C data

	printf '%s' "$1"
	case ${2:-} in
	*'\0000'*)
		# No variable holds a NUL.
		record_length "$(printf '%b' "$2" | wc -c)"
		;;
	*)
		printf -v data '%b' "${2:-}"
		record_length ${#data}
		;;
	esac
	printf '%b' "${2:-}"
}

# Seven bits in a byte, the low ones first.
record_length() {
	local left=$1

	while [ "$left" -ge 128 ]; do
		byte $((left % 128 + 128))
		left=$((left / 128))
	done
	byte "$left"
}

byte() {
	local octal

	printf -v octal '%04o' "$1"
	printf '%b' "\\$octal"
}

# numbers N...: as in a size record or a pointer.
numbers() {
	local line

	line=$(printf '%15d ' "$@")
	printf '%s' "${line% }"
}

# size_record SIZE OFFSET [RECIPIENTS]: always 97 bytes.
size_record() {
	record C "$(numbers "$1" "$2" "${3:-1}" 0 "$1" 0)"
}

pointer() {
	record p "$(numbers "$1")"
}

content() {
	record N 'From: somebody@example.org'
	record N 'Subject: hello'
	record N
	record N 'Hello.'
}

# envelope SENDER RECIPIENT...: what stands between size and content.
envelope() {
	local recipient

	record T "1795342700 123456"
	record A create_time=1795342700
	record A rewrite_context=remote
	record S "$1"
	for recipient in "${@:2}"; do
		record O "$recipient"
		record R "$recipient"
	done
	record M
}

# message SENDER RECIPIENT...: a whole one, as cleanup writes it.
message() {
	local before

	before=$(envelope "$@" | wc -c)
	size_record "$(content | wc -c)" $((97 + before)) $(($# - 1))
	envelope "$@"
	content
	record X
	record E
}

# A submission as postdrop writes it: no size, no original recipients.
submission() {
	local recipient

	record T "1795342700 123456"
	record A rewrite_context=local
	record S "$1"
	for recipient in "${@:2}"; do
		record R "$recipient"
	done
	record M
	content
	record X
	record E
}

# log_entry RECIPIENT REASON: of a defer log.
log_entry() {
	printf '\n<%s>: %s\nrecipient=%s\noffset=200\nstatus=4.4.1\n' \
		"$1" "$2" "$1"
	printf 'action=delayed\nreason=%s\n\n' "$2"
}

# make_spool FOLDER: an empty one, in $spool for the rest.  It belongs to
# somebody who is not root ($owner), also when root runs the test.
make_spool() {
	local queue

	spool=$1
	mkdir "$spool"
	for queue in maildrop incoming active deferred hold corrupt bounce \
		defer trace flush saved private public pid; do
		mkdir -m 700 "$spool/$queue"
	done
	owned
}

owned() {
	[ "$(id -u)" -ne 0 ] || chown -h -R "${owner:-nobody}" "$spool"
}

# put QUEUE MICROSECONDS <BYTES: they become a message.  Sets $path, below the
# spool, and $id; so take the bytes from <(...), not from a pipe.
put() {
	local new=$spool/$1/new folder=

	cat >"$new"
	chmod "$([ "$1" = maildrop ] && echo 744 || echo 700)" "$new"
	printf -v id '%05X%X' "$2" "$(stat -c %i "$new")"
	[ "$1" != deferred ] || folder=${id:0:1}/
	[ -d "$spool/$1/$folder" ] || mkdir -m 700 "$spool/$1/$folder"
	path=$1/$folder$id
	mv "$new" "$spool/$path"
}

# put_log ID <TEXT: its defer log.
put_log() {
	[ -d "$spool/defer/${1:0:1}" ] || mkdir -m 700 "$spool/defer/${1:0:1}"
	cat >"$spool/defer/${1:0:1}/$1"
	chmod 600 "$spool/defer/${1:0:1}/$1"
}
