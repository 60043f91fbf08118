#!/usr/bin/env bats
# What docs/COMPATIBILITY.md says of the drop-ins: where they differ from
# Postfix's programs on purpose, and that odd messages are listed alike.
#
# Postfix is stopped here, in all but one.
#
# shellcheck disable=SC2154 # out, err and status are set by capture

load helper
load identical

setup_file() {
	[ -z "$(lab_missing)" ] || return 0
	identical_programs
}

setup() {
	lab_require
	! ours_are_theirs || skip "this is Postfix's own"
	owner=$(postconf -xh mail_owner)
	lab_new q
	rm -r "$LAB_ROOT/q/spool"
	"$MQ_SRC/tests/compat/odd-spool" "$LAB_ROOT/q/spool" "$owner"
	mail_config q
}

teardown() {
	lab_cleanup
}

# compare VERSION: with the programs of the Postfix in place.
compare() {
	local programs=$BATS_TEST_TMPDIR/programs

	mkdir -p "$programs"
	ln -sf "$POSTQUEUE" "$programs/postqueue"
	ln -sf "$(postconf -xh daemon_directory)/showq" "$programs/showq"
	capture "$MQ_SRC/tests/compat/compare-version.sh" "$1" \
		"$programs" "$LAB_ROOT/q/spool"
}

@test "odd messages are listed as the Postfix in place does" {
	local version

	version=$(postconf -xh mail_version)
	compare "$version"
	assert_status 0
	assert_stdout "$version: 10 listings compared, 0 differ"
	# The negative control: it looks at what a version is about.
	compare 3.4.0
	assert_status 1
	assert_in "$out" '^3.4.0: 10 listings compared, [1-9][0-9]* differ$' 1
}

@test "the listing says nothing to the log" {
	lab_new live
	lab_start live
	mail_config live
	capture "$MQ_POSTQUEUE" -p
	assert_status 0
	capture "$MQ_POSTQUEUE" -p -j # a mistake
	assert_status 69
	# The negative control, and the end of the wait: Postfix's own does.
	capture "$POSTQUEUE" -i a/b
	assert_status 69
	lab_wait "grep -q 'postqueue.*fatal: ' '$LAB_ROOT/live/log'" 20
	assert_in "$LAB_ROOT/live/log" postqueue 1
}

# traces FILE: all that a reader could have changed.  Submissions belong to
# somebody else, who alone could ask for no trace.
traces() {
	find "$LAB_ROOT/q/spool" -path '*/maildrop/*' -o -type f \
		-printf '%P %i %m %U %s %A@ %C@ %T@\n' | sort >"$1"
}

@test "the listing leaves no trace in the queue files" {
	find "$LAB_ROOT/q/spool" -type f -exec touch -a -d '3 days ago' {} +
	traces "$BATS_TEST_TMPDIR/before"
	capture "$MQ_POSTQUEUE" -p
	assert_status 0
	capture "$MQ_POSTQUEUE" -j
	traces "$BATS_TEST_TMPDIR/after"
	assert_same_file "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	# The negative control, where the file system takes notes at all.
	cat "$LAB_ROOT/q/spool"/hold/* >/dev/null
	traces "$BATS_TEST_TMPDIR/read"
	! cmp -s "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/read" ||
		skip "this file system keeps no times of access"
}

@test "-v is taken, and changes nothing" {
	capture "$MQ_POSTQUEUE" -p
	cp "$out" "$BATS_TEST_TMPDIR/plain"
	cp "$err" "$BATS_TEST_TMPDIR/plain.err"
	capture "$MQ_POSTQUEUE" -v -p -v
	assert_status 0
	assert_same_file "$BATS_TEST_TMPDIR/plain" "$out"
	assert_same_file "$BATS_TEST_TMPDIR/plain.err" "$err"
}

@test "warnings about main.cf are not repeated" {
	printf 'mail_name = One\nmail_name = Two\n' >>"$MAIL_CONFIG/main.cf"
	lab_age q
	run_for ours postqueue -p
	run_for theirs postqueue -p
	assert_same_file "$BATS_TEST_TMPDIR/"{ours,theirs}.stdout
	expect stderr 'warning: .*/main.cf, line [0-9]*: overriding' 1
	sed -i '/overriding/d' "$BATS_TEST_TMPDIR/theirs.stderr"
	assert_same_file "$BATS_TEST_TMPDIR/"{ours,theirs}.stderr
}

@test "mailq lists, and leaves the rest of sendmail to sendmail" {
	local mode

	for mode in -q1h -qIABCDE -qRexample.org -bs -bi -bm -bd -Itable; do
		capture "$MQ_MAILQ" $mode
		assert_status 75
		assert_stdout ''
		assert_in "$err" \
			'^mailq: fatal: -[bqI].? does not list the queue' 1
	done
	capture "$MQ_MAILQ" -bp -oi -f sender
	assert_status 0
	assert_in "$out" '^-- [0-9]+ Kbytes in [0-9]+ Requests\.$' 1
}
