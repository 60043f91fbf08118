#!/usr/bin/env bats
# mqadm export and import: from one queue into another, once, whatever happens
# on the way, and whatever somebody has put into the archive.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper
load craft
load sample
load mqadm

setup() {
	require_program "$MQADM"
	require_program "$MQLS"
	mqadm_setup
	here=$spool
	tar=$BATS_TEST_TMPDIR/a.tar
}

teardown() {
	lab_cleanup
}

# elsewhere: another host, with an empty queue.
elsewhere() {
	make_spool "$BATS_TEST_TMPDIR/there"
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state-there
	there=$spool
}

# three_held: with a log.
three_held() {
	local i

	for i in 1 2 3; do
		put hold $((100 + i)) < <(message "s$i@from.example" \
			"r@to.example")
		log_entry r@to.example "no answer $i" | put_log "$id"
	done
}

# senders QUEUE: of the messages there, sorted.
senders() {
	"$MQLS" --spool "$spool" -o sender --no-headings -f tsv \
		-w "queue = $1" | sort
}

# everything: all that is in the spool, but for what import itself keeps empty.
everything() {
	find "$spool" ! -path "$spool/mailq-tools-*" -printf '%P %i %m %s %T@\n' |
		sort
	find "$spool" -path "$spool/mailq-tools-*" -type f
}

# has_log ID
has_log() {
	[ -n "$(find "$spool/defer" -name "$1" -size +0)" ]
}

# tampered PYTHON: a copy of the archive, whose members (names and bytes, in
# their order, in m) these lines have changed; what is in `info' is a TarInfo
# that replaces the one of that name.
tampered() {
	python3 - "$tar" "$BATS_TEST_TMPDIR/bad.tar" "$1" <<-'EOF'
		import hashlib, io, json, sys, tarfile
		m = []
		with tarfile.open(sys.argv[1]) as t:
		    for i in t.getmembers():
		        m.append([i.name, t.extractfile(i).read()])
		info = {}
		def manifest(change):
		    d = json.loads(m[-1][1])
		    change(d)
		    m[-1][1] = json.dumps(d).encode()
		def sha(b):
		    return hashlib.sha256(b).hexdigest()
		exec(sys.argv[3])
		with tarfile.open(sys.argv[2], "w") as t:
		    for name, data in m:
		        i = info.get(name) or tarfile.TarInfo(name)
		        i.size = 0 if i.type != tarfile.REGTYPE else len(data)
		        t.addfile(i, io.BytesIO(data))
	EOF
}

@test "a copy has each message with its logs, and a manifest that says so" {
	three_held
	mqadm export --all hold --output "$tar"
	assert_status 0
	assert_in "$err" "exported to .*a.tar: 3 messages" 1
	[ "$(stat -c %a "$tar")" = 600 ]
	tar tf "$tar" >"$BATS_TEST_TMPDIR/names"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/names")" = mailq-export/manifest.json ]
	for id in $(ids_in hold); do
		member=$(grep -- "-$id/message$" "$BATS_TEST_TMPDIR/names")
		tar xOf "$tar" "$member" | cmp - "$spool/hold/$id"
		tar xOf "$tar" "${member%message}defer" |
			cmp - "$spool/defer/${id:0:1}/$id"
		tar xOf "$tar" mailq-export/manifest.json | jq -e --arg id "$id" \
			--arg sum "$(sha256sum <"$spool/hold/$id" | cut -c1-64)" \
			'.messages[] | select(.id == $id) |
			.message.sha256 == $sum and .queue == "hold"'
	done
	# Never over something that is there.
	mqadm export --all hold --output "$tar"
	assert_status 74
	assert_in "$err" "File exists" 1
}

@test "the manifest is what its schema says" {
	python3 -c 'import jsonschema' 2>/dev/null ||
		skip "python3-jsonschema is not installed"
	three_held
	put hold 120 < <(message $'b\xff@from.example' r@to.example)
	mqadm expire "$id"
	mqadm export --all hold --output "$tar"
	tar xOf "$tar" mailq-export/manifest.json >"$BATS_TEST_TMPDIR/m"
	python3 - "$MQ_SRC/docs/mqadm-export.schema.json" \
		"$BATS_TEST_TMPDIR/m" <<-'EOF'
		import json, sys
		from jsonschema import Draft202012Validator
		schema = json.load(open(sys.argv[1], encoding="utf-8"))
		Draft202012Validator.check_schema(schema)
		v = Draft202012Validator(schema)
		m = json.load(open(sys.argv[2], encoding="utf-8"))
		for error in v.iter_errors(m):
		    sys.exit(error.message)
		seen = set(m)
		for message in m["messages"]:
		    seen |= set(message)
		# Each member is described, and really there.
		known = dict(schema["properties"])
		known.update(schema["$defs"]["message"]["properties"])
		assert all("description" in p for p in known.values())
		missing = set(known) - seen - {"instance", "bounce", "trace"}
		assert not missing, missing
		assert not v.is_valid({"export": 1})
	EOF
}

@test "import: on hold, with the logs, under ids of their inodes, once" {
	three_held
	mqadm export --all hold --output "$tar"
	elsewhere
	mqadm import --dry-run "$tar"
	assert_status 0
	assert_in "$err" "3 would be imported, 0 already are, 0 cannot be" 1
	assert_count hold 0
	mqadm import "$tar"
	assert_status 0
	assert_sum "imported: 3 messages"
	assert_in "$out" ": renamed to " 3
	[ "$(senders hold)" = "$(printf 's%s@from.example\n' 1 2 3)" ]
	for id in $(ids_in hold); do
		printf -v inode %X "$(stat -c %i "$spool/hold/$id")"
		[ "${id:5}" = "$inode" ]
		[ "$(stat -c %a "$spool/hold/$id")" = 700 ]
		has_log "$id"
	done
	[ -z "$(find "$spool/mailq-tools-import" -type f)" ]
	# The reason came along.
	"$MQLS" --spool "$spool" -w 'reason ~ "no answer 2"' --count |
		grep -qx 1
	before=$(everything)
	mqadm import -v "$tar"
	assert_status 0
	assert_in "$out" "already imported as [0-9A-F]+" 3
	[ "$(everything)" = "$before" ]
	mqadm import --dry-run "$tar"
	assert_in "$err" "0 would be imported, 3 already are" 1
}

@test "import: what was exported again, and delivered in part since, is known" {
	put hold 150 < <(message s@from.example a@to.example b@to.example)
	mqadm export "$id" --output "$tar"
	# One recipient is done; and it has another id.
	LC_ALL=C sed -i '0,/R\x0ca@to.example/s//D\x0ca@to.example/' \
		"$spool/hold/$id"
	mqadm release "$id"
	mqadm hold "$(ids_in deferred)"
	mqadm export "$(ids_in hold)" --output "$tar.2"
	assert_status 0
	elsewhere
	mqadm import "$tar"
	assert_sum "imported: 1 message"
	mqadm import "$tar.2"
	assert_sum "imported: 0 messages; imported already: 1"
	assert_count hold 1
}

@test "import: what was imported goes on with its log under other names" {
	three_held
	mqadm export --all hold --output "$tar"
	elsewhere
	mqadm import "$tar"
	mqadm release --all
	assert_status 0
	assert_count deferred 3
	for id in $(ids_in deferred); do
		has_log "$id"
	done
	mqadm import "$tar"
	assert_sum "imported: 0 messages; imported already: 3"
}

@test "import --release: to be delivered; undo: to the trash" {
	three_held
	mqadm export --all hold --output "$tar" --compress zstd
	elsewhere
	mqadm import "$tar" --release
	assert_sum "imported: 3 messages"
	assert_count deferred 3
	for id in $(ids_in deferred); do
		has_log "$id"
	done
	mqadm undo --yes
	assert_status 0
	assert_count deferred 0
	mqadm import "$tar"
	assert_sum "imported: 0 messages; imported already: 3"
}

@test "through a pipe, in each compression" {
	three_held
	owned
	for form in none gzip xz zstd; do
		"$MQADM" --spool "$here" --settings "$settings" export --all hold \
			--output - --compress $form >"$tar.$form"
		spool=$here
		rm -rf "$BATS_TEST_TMPDIR/there" "$BATS_TEST_TMPDIR/state-there"
		elsewhere
		owned
		"$MQADM" --spool "$there" --settings "$settings" import - \
			< <(cat "$tar.$form") 2>"$BATS_TEST_TMPDIR/e"
		grep -q "imported: 3 messages" "$BATS_TEST_TMPDIR/e"
		spool=$here
		export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	done
}

@test "export --move: what is in the archive goes to the trash" {
	three_held
	put deferred 200 < <(message d@from.example r@to.example)
	deferred=$id
	mapfile -t held < <(ids_in hold)
	mqadm export "${held[@]}" "$deferred" --output "$tar" --move
	assert_status 75
	assert_in "$err" "$deferred: not on hold: put it there, to move it" 1
	assert_count hold 0
	assert_count deferred 1
	[ "$(find "$spool/mailq-tools-trash" -type f | wc -l)" -eq 3 ]
	mqadm history
	assert_in "$out" "moved to .*a.tar" 1
	elsewhere
	mqadm import "$tar"
	assert_sum "imported: 3 messages"
}

@test "export says what is delivered twice, and leaves damaged ones" {
	one_each
	put hold 150 < <(message x@from.example y@to.example | head -c 120)
	bad=$id
	mqadm export "$deferred" "$hold" "$bad" "$maildrop" --output "$tar"
	assert_status 75
	assert_in "$err" "exported to .*: 2 messages" 1
	assert_in "$err" "goes on with them: 1; " 1
	assert_in "$err" "$bad: .*: not exported" 1
	assert_in "$err" "$maildrop: in maildrop: .*: not exported" 1
	mqadm export 00000AAAA --output "$tar.2"
	assert_status 66
	mqadm export -w 'sender = nobody' --output "$tar.3"
	assert_status 1
}

@test "hostile archives change nothing" {
	three_held
	mqadm export --all hold --output "$tar"
	elsewhere
	mqadm import "$BATS_TEST_TMPDIR/none.tar"
	assert_status 66
	# Its own folders are made with the first one.
	head -c 600 "$tar" >"$tar.cut"
	mqadm import "$tar.cut"
	assert_status 65
	before=$(everything)
	while IFS='|' read -r says change; do
		tampered "$change"
		mqadm import "$BATS_TEST_TMPDIR/bad.tar"
		assert_status 65
		assert_in "$err" "$says.*; nothing was imported" 1
		assert_not_in "$err" $'\e'
		[ "$(everything)" = "$before" ] || report "changed: $change"
	done <<-'EOF'
		not a file of an export|m[0][0] = "../../../tmp/x"
		not a file of an export|m[0][0] = "/etc/cron.d/x"
		not a file of an export|m[0][0] = "mailq-export/../x/message"
		not a file of an export|m[0][0] = "mailq-export/1-A.B/message"
		not a file of an export|m[0][0] = "mailq-export/01-AB1/message"
		not a file of an export|m[0][0] = m[0][0].replace("message", "hold")
		not a file of an export|m[0][0] = "mailq-export/1-\x1b[31mAB/message"
		not a plain file|i = tarfile.TarInfo(m[0][0]); i.type = tarfile.SYMTYPE; i.linkname = "/etc/passwd"; info[i.name] = i
		not a plain file|i = tarfile.TarInfo(m[2][0]); i.type = tarfile.LNKTYPE; i.linkname = m[0][0]; info[i.name] = i
		not a plain file|i = tarfile.TarInfo(m[0][0]); i.type = tarfile.CHRTYPE; i.devmajor = 1; info[i.name] = i
		not a plain file|i = tarfile.TarInfo(m[0][0]); i.type = tarfile.FIFOTYPE; info[i.name] = i
		not a plain file|i = tarfile.TarInfo("mailq-export"); i.type = tarfile.DIRTYPE; info[i.name] = i; m.insert(0, ["mailq-export", b""])
		out of order, or there twice|m.insert(1, list(m[0]))
		out of order, or there twice|m[0], m[2] = m[2], m[0]
		no manifest|m.pop()
		behind the manifest|m.append(["mailq-export/4-AB1/message", b""])
		another number of messages|manifest(lambda d: d["messages"].pop())
		its id is another one|manifest(lambda d: d["messages"][0].update(id="AB1"))
		another size|manifest(lambda d: d["messages"][0]["message"].update(size=1))
		a file that is not there|manifest(lambda d: d["messages"][0].update(trace={"size": 1, "sha256": "0"}))
		a file that it does not name|manifest(lambda d: d["messages"][0].pop("defer"))
		neither true nor false|manifest(lambda d: d["messages"][0].update(expire="x"))
		newer mqadm|manifest(lambda d: d.update(export=2))
		not the manifest of an export|manifest(lambda d: d.update(export="x"))
		manifest.json|m[-1][1] = b"{"
		manifest.json|m[-1][1] = b"[" * 100000
	EOF
}

@test "an archive that was cut, or is none, changes nothing" {
	three_held
	mqadm export --all hold --output "$tar" --compress gzip
	elsewhere
	: >"$tar.cut"
	mqadm import "$tar.cut"
	before=$(everything)
	size=$(stat -c %s "$tar")
	for part in 0 1 100 $((size / 2)) $((size - 30)); do
		head -c "$part" "$tar" >"$tar.cut"
		mqadm import "$tar.cut"
		assert_status 65
		assert_in "$err" "; nothing was imported" 1
		[ "$(everything)" = "$before" ] || report "changed by $part"
	done
	python3 -c 'import zipfile, sys
zipfile.ZipFile(sys.argv[1], "w").writestr("mailq-export/manifest.json", "{}")' \
		"$tar.zip"
	mqadm import "$tar.zip"
	assert_status 65
}

@test "a bomb is refused before it takes memory or disk" {
	elsewhere
	python3 - "$tar" <<-'EOF'
		import gzip, sys, tarfile
		i = tarfile.TarInfo("mailq-export/1-AB1/message")
		i.size = 1 << 50
		with gzip.open(sys.argv[1], "wb") as f:
		    f.write(i.tobuf(tarfile.GNU_FORMAT))
		    f.write(b"\0" * (1 << 20))
	EOF
	mqadm import "$tar"
	assert_status 65
	assert_in "$err" "too large; nothing was imported" 1
}

@test "one bad message does not keep the others out" {
	three_held
	mqadm export --all hold --output "$tar"
	elsewhere
	tampered 'm[0][1] = m[0][1].replace(b"Hello", b"Hallo")'
	mqadm import "$BATS_TEST_TMPDIR/bad.tar"
	assert_status 75
	assert_in "$err" ': the checksum of "message" is wrong: left out' 1
	assert_count hold 2
	# Checksums are right, but it is no queue file.
	tampered 'm[0][1] = b"x" * 200
def f(d):
    d["messages"][0]["message"] = {"size": 200, "sha256": sha(m[0][1])}
manifest(f)'
	mqadm import "$BATS_TEST_TMPDIR/bad.tar"
	assert_status 75
	assert_in "$err" ": left out" 1
	assert_count hold 2
	mqadm import "$tar"
	assert_status 0
	assert_count hold 3
}

# Each time anew: stopped there, and then once more to its end.
interrupted_at() {
	rm -rf "$BATS_TEST_TMPDIR/there" "$BATS_TEST_TMPDIR/state-there"
	elsewhere
	owned
	env DIE_AT="$1" ${2:+DIE_FULL=1} LD_PRELOAD="$shim" \
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" "$MQADM" \
		--spool "$spool" --settings "$settings" import "$tar" \
		>"$BATS_TEST_TMPDIR/died" 2>&1 || died=$?
	mqadm import "$tar"
	[ "$status" -eq 0 ] || report "after call $1"
	[ "$(senders hold)" = "$(printf 's%s@from.example\n' 1 2 3)" ] ||
		report "messages after call $1"
	for id in $(ids_in hold); do
		has_log "$id" ||
			report "no log after call $1"
	done
	[ "$(find "$spool/defer" -type f | wc -l)" -eq 3 ] ||
		report "logs of nobody after call $1"
	[ -z "$(find "$spool/mailq-tools-import" -type f)" ] ||
		report "something is left after call $1"
}

interrupted() {
	local i

	shim=$BATS_TEST_TMPDIR/die-at.so
	${CC:-cc} -shared -fPIC -o "$shim" "$BATS_TEST_DIRNAME/die-at.c"
	three_held
	mqadm export --all hold --output "$tar"
	for ((i = 1; i < 400; i += step)); do
		died=0
		interrupted_at "$i" "${1:-}"
		[ "$died" -ne 0 ] || break
	done
	# There are as many calls as that, and then none.
	[ "$died" -eq 0 ] || report "no end"
	[ "$i" -gt 30 ] || report "only $i calls"
}

@test "killed at any call, and run again: each of them once" {
	step=${MQ_LONG:+1}
	step=${step:-4}
	interrupted
}

@test "a disk that is full at any call, and run again: each of them once" {
	step=${MQ_LONG:+1}
	step=${step:-7}
	interrupted full
}

# in_queue NAME EXPRESSION: how many.
in_queue() {
	"$MQLS" -c "$LAB_ROOT/$1/etc" -w "$2" --count
}

# What the sink of `two' has got: the subjects, sorted.
arrived() {
	cat "$LAB_ROOT/got"/* 2>/dev/null | tr -d '\r' |
		sed -n 's/^Subject: //p' | sort
}

# on NAME ARGUMENT...: mqadm there.
on() {
	MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state-$1 \
		capture "$MQADM" -c "$LAB_ROOT/$1/etc" "${@:2}"
}

@test "from one Postfix that runs to another: all of them arrive, once" {
	lab_require
	lab_new one
	lab_start one
	lab_new two
	mkdir "$LAB_ROOT/got"
	chmod 777 "$LAB_ROOT/got"
	lab_sink two -d "$LAB_ROOT/got/m."
	echo "to.example smtp:[127.0.0.1]:$lab_port" \
		>"$LAB_ROOT/two/etc/transport"
	lab_set two "transport_maps=texthash:$LAB_ROOT/two/etc/transport"
	lab_start two
	for i in 1 2 3 4 5 6; do
		printf 'Subject: letter %s\n\nHello.\n' "$i" |
			lab_send one "s$i@from.example" a@to.example \
				b@to.example
	done
	lab_wait '[ "$(in_queue one "queue = deferred")" = 6 ]' 30
	on one export --all deferred --output "$tar.all"
	assert_status 0
	on one hold -w 'sender = s*' --yes
	lab_wait '[ "$(in_queue one "held")" = 6 ]' 30
	on one export --all hold --output "$tar" --move --yes
	assert_status 0
	[ "$(in_queue one "age >= 0s")" = 0 ]
	on two import "$tar"
	assert_status 0
	on two release --all
	on two import "$tar.all" --release
	assert_sum "imported: 0 messages; imported already: 6"
	on two release --all --now
	lab_wait '[ "$(arrived | wc -l)" -ge 6 ]' 60
	lab_wait '[ "$(in_queue two "age >= 0s")" = 0 ]' 30
	on two import "$tar" --release
	assert_sum "imported: 0 messages; imported already: 6"
	[ "$(arrived)" = "$(printf 'letter %s\n' 1 2 3 4 5 6)" ]
	[ "$(cat "$LAB_ROOT/got"/* | grep -c '^X-Rcpt-Args:')" -eq 12 ]
	on one history
	assert_in "$out" "moved to .*a.tar" 1
}
