#!/usr/bin/env bats
# mqadm check beside Postfix: nothing is found while it works, a repair in a
# twin of a spool leaves what postsuper leaves, and one under a Postfix that
# runs loses nothing.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2154 # some are set by what is loaded

load helper
load sample

# Postfix's user in the twins: where a queue manager of that user runs, nobody
# can be sure that it is not theirs, and other tests have some.
owner=games

setup() {
	lab_require
	require_program "$MQADM"
	require_program "$SPOOLGEN"
	umask 022
	open_folders
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
}

teardown() {
	lab_cleanup
}

spool_of() {
	echo "$LAB_ROOT/$1/spool"
}

# check INSTANCE ARGUMENT...
check() {
	capture "$MQADM" check -c "$LAB_ROOT/$1/etc" "${@:2}"
}

assert_healthy() {
	check "$1"
	assert_stdout ''
	assert_status 0
}

# twin NAME: mail in three queues; what each inode is called is in keys.
twin() {
	local queue seed=0

	lab_new "$1" "mail_owner=$owner"
	chown "$owner" "$LAB_ROOT/$1/data" "$LAB_ROOT/$1/log"
	for queue in incoming active deferred hold; do
		"$SPOOLGEN" --count 4 --queue "$queue" --append \
			--owner "$owner" --seed $((++seed)) \
			--manifest "$BATS_TEST_TMPDIR/manifest" "$(spool_of "$1")"
		jq -r '"\(.queue).\(.n) \(.id)"' "$BATS_TEST_TMPDIR/manifest"
	done >"$LAB_ROOT/$1/keys"
	chown root "$(spool_of "$1")"
	chmod 730 "$(spool_of "$1")/maildrop"
	chmod 710 "$(spool_of "$1")/public"
	chmod 755 "$(spool_of "$1")/pid"
	chown root "$(spool_of "$1")/pid"
	find "$(spool_of "$1")" -type f -printf '%i %P\n' |
		awk 'NR == FNR { key[$2] = $1; next }
			{ n = split($2, part, "/")
			print $1, part[1] "/" key[part[n]] }' \
		"$LAB_ROOT/$1/keys" - | sort >"$LAB_ROOT/$1/who"
}

# id_of NAME KEY, path_of NAME QUEUE.N
id_of() {
	sed -n "s/^$2 //p" "$LAB_ROOT/$1/keys"
}

path_of() {
	find "$(spool_of "$1")/${2%.*}" -name "$(id_of "$1" "$2")"
}

# What postsuper mends, and a little more of the same.
damage() {
	local name=$1 path dir deep

	dir=$(spool_of "$name")
	mv "$(path_of "$name" deferred.1)" "$dir/deferred/"
	path=$(path_of "$name" deferred.2)
	mv "$path" "${path}F"
	path=$(path_of "$name" deferred.3)
	mv "$path" "$path#FIX"
	path=$(path_of "$name" active.1)
	mv "$path" "${path}7"
	path=$(path_of "$name" hold.1)
	mv "$path" "${path}7"
	deep=$(path_of "$name" deferred.0)
	install -d -m 700 -o "$owner" "$dir/hold/A" "${deep%/*}/F"
	mv "$(path_of "$name" hold.2)" "$dir/hold/A/"
	install -m 600 -o "$owner" /dev/null "$dir/incoming/123456.78"
	touch -d '8 days ago' "$dir/incoming/123456.78"
	ln -s /etc/passwd "$dir/active/A12345678"
	mkdir -m 700 "$dir/active/lost"
	chown "$owner" "$dir/active/lost"
}

# What is where: who it is, the folder, mode, and whether the name has its
# inode; and no files that Postfix does not see.
state() {
	find "$(spool_of "$1")" -path '*/mailq-tools-trash' -prune -o \
		-path '*/pid' -prune -o ! -type d -printf '%i %P %m %y\n' |
		while read -r inode path mode type; do
			printf '%s %s %s %s %s %s\n' "$inode" "${path%%/*}" \
				"$(tr -dc / <<<"$path")" "$mode" "$type" \
				"$([[ $path == *$(printf %X "$inode") ]] &&
					echo fits)"
		done | sort | join -a 1 - "$LAB_ROOT/$1/who" | cut -d ' ' -f 2- |
		sort
}

@test "a repair while Postfix is down leaves what postsuper -s and -p leave" {
	local name

	for name in ours theirs; do
		twin "$name"
	done
	assert_healthy ours
	for name in ours theirs; do
		damage "$name"
	done
	check ours -f jsonl
	[ "$(jq -r .finding "$out" | sort | uniq -c | tr -s ' \n' ' ')" = \
		" 2 deep-folder 1 fix-left 1 foreign-folder 1 not-plain 1 stale 3 wrong-inode 2 wrong-place " ] ||
		report "not what was planted"
	check ours --repair --yes
	assert_status 0
	postsuper -c "$LAB_ROOT/theirs/etc" -s -p 2>/dev/null
	state ours >"$BATS_TEST_TMPDIR/ours"
	state theirs >"$BATS_TEST_TMPDIR/theirs"
	# Postfix leaves what is deep, and its logs move with -s as well.
	assert_same_file "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ours")" -ge 16 ]
	capture postsuper -c "$LAB_ROOT/ours/etc" -s -p
	assert_stderr ''
	assert_healthy ours
	[ "$(find "$(spool_of ours)/mailq-tools-trash/set-aside" ! -type d |
		wc -l)" -eq 2 ]
}

@test "nothing is found while Postfix works" {
	local rounds=0 count=300

	[ -z "${MQ_LONG:-}" ] || count=10000
	lab_new one 'default_transport=discard:' 'relayhost=' \
		'transport_maps=inline:{down.example=smtp:[127.0.0.1]:2}'
	lab_start one
	assert_healthy one
	lab_background one load sh -c 'for to in there down; do
			smtp-source -m "$1" -s 4 -l 1500 -f a@from.example \
				-t "b@$to.example" "127.0.0.1:$2"
		done' - "$count" "$(lab_port one)"
	while kill -0 "$lab_pid" 2>/dev/null || [ $rounds -lt 4 ]; do
		assert_healthy one
		postqueue -c "$LAB_ROOT/one/etc" -f
		rounds=$((rounds + 1))
	done
	[ "$(grep -c 'status=sent' "$LAB_ROOT/one/log")" -eq "$count" ]
	[ "$(grep -c 'status=deferred' "$LAB_ROOT/one/log")" -ge "$count" ]
}

# ids EXPRESSION
ids() {
	"$MQLS" -c "$LAB_ROOT/one/etc" -f ids -w "$1"
}

@test "a repair while Postfix runs loses nothing, and gives new ids" {
	local dir deferred held path i

	lab_new one
	lab_start one
	for i in 1 2 3; do
		printf 'Subject: x\n\nHello %d.\n' "$i" |
			lab_send one "s$i@from.example" "r$i@to.example"
	done
	lab_wait '[ "$(ids "queue = deferred" | wc -l)" -eq 3 ]' 30
	dir=$(spool_of one)
	deferred=$(ids 'sender = s1@from.example')
	path=$(find "$dir/deferred" -name "$deferred")
	mv "$path" "${path}7"
	mv "$dir/defer/${path#"$dir"/deferred/}" \
		"$dir/defer/${path#"$dir"/deferred/}7"
	held=$(ids 'sender = s2@from.example')
	mv "$(find "$dir/deferred" -name "$held")" "$dir/deferred/"
	check one -f jsonl
	[ "$(jq -r .finding "$out" | sort | paste -sd ' ')" = \
		"wrong-inode wrong-place" ] || report "not what was planted"
	check one --repair --yes
	assert_status 0
	lab_wait '[ "$(ids "queue = deferred" | wc -l)" -eq 3 ]' 30
	assert_healthy one
	[ "$(ids 'sender = s2@from.example')" != "$held" ] ||
		fail "qmgr may remember the id"
	[ "$(find "$dir/deferred" "$dir/active" "$dir/hold" -type f | wc -l)" -eq 3 ]
	# Their logs have come along.
	[ "$(ids 'reason ~ refused' | wc -l)" -eq 3 ]
	# The release is a job like any other.
	capture "$MQADM" undo -c "$LAB_ROOT/one/etc" --yes
	assert_status 0
	[ "$(find "$dir/hold" -type f | wc -l)" -eq 2 ]
	[ "$(find "$dir/deferred" "$dir/active" "$dir/hold" -type f | wc -l)" -eq 3 ]
}
