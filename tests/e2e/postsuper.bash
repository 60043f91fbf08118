# postsuper.bash - Postfix's postsuper and ours, each on a copy of the same
# file system.
#
# Needs helper and craft.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what loads it
# shellcheck disable=SC2016 # commands for the copies are given unexpanded

POSTSUPER=$MQ_BUILD/mailq-tools/drop-in/postsuper
THEIRS=$(command -v postsuper || true)

# Postfix's user in the copies: where a queue manager of that user runs, nobody
# can be sure that it is not theirs, and other tests have some.
owner=games

twin_missing() {
	local missing

	missing=$(lab_missing)
	if [ -n "$missing" ]; then
		echo "$missing"
		return
	fi
	truncate -s 8M "$BATS_FILE_TMPDIR/probe"
	mkdir "$BATS_FILE_TMPDIR/probe.disk"
	mkfs.ext4 -q -F "$BATS_FILE_TMPDIR/probe" 2>/dev/null || true
	unshare -m mount -o loop "$BATS_FILE_TMPDIR/probe" \
		"$BATS_FILE_TMPDIR/probe.disk" 2>/dev/null ||
		echo "no loop device to mount"
}

# In setup_file: a configuration, and a file system with messages in all
# queues.  Their ids are in the file ids.
twin_make() {
	umask 022
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
	LAB_TMPDIR=$BATS_FILE_TMPDIR lab_new twin "mail_owner=$owner"
	dir=$LAB_ROOT/twin
	lab_set twin "queue_directory=$dir/disk/spool" syslog_name=twin
	chown "$owner" "$dir/data" "$dir/log"
	mkdir "$dir/disk"
	truncate -s 8M "$dir/image"
	# Directories are read in the same order each time.
	mkfs.ext4 -q -F -E hash_seed=01234567-89ab-cdef-0123-456789abcdef \
		"$dir/image"
	export -f twin_fill put put_log message submission log_entry record \
		record_length byte numbers size_record pointer content \
		envelope make_spool owned twin_add twin_log
	export dir owner
	unshare -m bash -c 'mount -o loop "$dir/image" "$dir/disk" &&
		twin_fill && umount "$dir/disk"'
	echo "$dir" >"$BATS_FILE_TMPDIR/dir"
}

# twin_add NAME QUEUE: a message, known by that name.
twin_add() {
	put "$2" $((n += 3007)) < <(message "$1@from.example" a@to.example \
		b@to.example)
	echo "$1 $id $(stat -c %i "$spool/$path")" >>"$dir/ids"
}

# twin_log NAME FOLDER...: logs of the last one.
twin_log() {
	local folder

	for folder; do
		if [ "$folder" = defer ]; then
			put_log "$id" < <(log_entry a@to.example 'a reason'
				log_entry b@to.example 'a reason')
		else
			log_entry a@to.example 'a reason' >"$spool/$folder/$id"
			chmod 600 "$spool/$folder/$id"
		fi
	done
}

twin_fill() {
	local i queue

	make_spool "$dir/disk/spool"
	n=1000
	: >"$dir/ids"
	for i in 1 2 3; do
		put maildrop $((n += 3007)) < <(submission \
			"maildrop$i@from.example" a@to.example)
		echo "maildrop$i $id $(stat -c %i "$spool/$path")" >>"$dir/ids"
		for queue in incoming active; do
			twin_add $queue$i $queue
		done
	done
	for i in 1 2 3 4 5 6 7 8; do
		twin_add deferred$i deferred
		[ $i -gt 6 ] || twin_log defer
		[ $i -ne 5 ] || twin_log bounce
		[ $i -ne 6 ] || twin_log trace
	done
	for i in 1 2 3 4; do
		twin_add hold$i hold
		[ $i -gt 2 ] || twin_log defer
	done
	printf 'F\n' >"$spool/flush/to_example"
	find "$spool" -type f -exec touch -d '2026-01-02 03:04:05' {} +
	owned
	chown root "$spool" "$spool/pid"
	chmod 755 "$spool" "$spool/pid"
}

# In setup.
twin_begin() {
	[ -z "${twin_missing:=$(cat "$BATS_FILE_TMPDIR/missing")}" ] ||
		lab_skip "$twin_missing"
	require_program "$POSTSUPER"
	dir=$(cat "$BATS_FILE_TMPDIR/dir")
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	echo : >"$dir/setup"
	while read -r key id _; do
		declare -g "$key=$id"
	done <"$dir/ids"
	postconf -c "$dir/etc" -e enable_long_queue_ids=no \
		hash_queue_names=deferred,defer hash_queue_depth=1
	touch -d '1 minute ago' "$dir/etc/main.cf"
	: >"$dir/input"
	echo $(($(date +%s) - 100)) >"$dir/now"
}

# twin_config PARAMETER=VALUE...
twin_config() {
	postconf -c "$dir/etc" -e "$@"
	touch -d '1 minute ago' "$dir/etc/main.cf"
}

# prepare COMMANDS: done in each copy of the queue first; as expanded later.
prepare() {
	cat >"$dir/setup"
}

# One of the two; standard input is the file input.
twin_run() {
	rm -rf "$MAILQ_TOOLS_STATE"
	timeout 60 unshare -m "$BATS_TEST_DIRNAME/postsuper-twin" "$dir" \
		"$@" <"$dir/input" 3>&- || fail "twin: $*"
}

# Both; leaves theirs.WHAT and ours.WHAT.
twins() {
	captured="postsuper $*"
	echo $(($(date +%s) - 100)) >"$dir/now"
	twin_run theirs "$THEIRS" "$@"
	twin_run ours "$POSTSUPER" "$@"
	out=$dir/ours.out
	err=$dir/ours.err
	status=$(cat "$dir/ours.status")
}

# same [WHAT...]: the two have done the same.
same() {
	local what

	[ $# -gt 0 ] || set -- out err status log files
	for what; do
		cmp -s "$dir/theirs.$what" "$dir/ours.$what" || fail \
			"$captured: $what differ" "$(diff "$dir/theirs.$what" \
				"$dir/ours.$what")"
	done
}

# Something was done at all, in theirs.
said() {
	assert_in "$dir/theirs.err" "^postsuper: $1\$" "${2:-1}"
}

# identical ARGUMENT...: both do the same, to the last byte.
identical() {
	twins "$@"
	same
}

# edit WHAT COMMAND...: theirs as ours should be.
edit() {
	"${@:2}" <"$dir/theirs.$1" >"$dir/edited" && mv "$dir/edited" \
		"$dir/theirs.$1"
}

# renamed NAME...: ours has given these another id, and says so in a line of
# its own before the one that both have; files are known by their inodes.
renamed() {
	local key id inode new

	for key; do
		read -r _ id inode < <(grep "^$key " "$dir/ids")
		new=$(awk -v inode="$inode" '$3 == inode {
			sub(/.*\//, "", $1); print $1 }' "$dir/ours.files")
		[ "$new" != "$id" ] || fail "$key has still the id $id"
		assert_in "$dir/ours.err" \
			"^postsuper: $id: renamed to $new\$" 1
		assert_in "$dir/ours.log" \
			"^twin/postsuper: $id: renamed to $new\$" 1
		for what in err log; do
			sed "/: $id: renamed to $new\$/d" "$dir/ours.$what" \
				>"$dir/edited"
			mv "$dir/edited" "$dir/ours.$what"
		done
		awk -v inode="$inode" -v id="$id" -v new="$new" '
			$3 == inode { sub(new, id, $1) } { print }' \
			"$dir/ours.files" | sort >"$dir/edited"
		mv "$dir/edited" "$dir/ours.files"
	done
}
