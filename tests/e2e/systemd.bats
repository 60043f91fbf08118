#!/usr/bin/env bats
# The timers that empty the trash and that flush the queue: the units are right,
# and what they call works with as little as they leave it.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2030,SC2031 # each test has variables of its own
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper

UNITS=$MQ_BUILD/contrib/systemd

setup() {
	require_program "$MQADM"
	require_program "$MQFLUSH"
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
	around=()
}

teardown() {
	lab_cleanup
}

# setting NAME [UNIT]: of a service, which is trash or flush.
setting() {
	sed -n "s/^$1=//p" "$UNITS/mailq-tools-${2:-trash}.service"
}

@test "systemd finds no mistake in the units" {
	command -v systemd-analyze >/dev/null || skip 'there is no systemd'
	mkdir "$BATS_TEST_TMPDIR/units"
	cp "$MQ_SRC"/contrib/systemd/*.timer "$UNITS"/*.service \
		"$BATS_TEST_TMPDIR/units"
	cd "$BATS_TEST_TMPDIR/units"
	# What they call is not installed yet, and need not be.
	sed -i 's,^ExecStart=[^ ]*,ExecStart=/bin/true,; /^Documentation=/d' ./*
	for unit in trash flush; do
		capture systemd-analyze verify ./mailq-tools-$unit.service \
			./mailq-tools-$unit.timer
		assert_not_in "$err" 'mailq-tools-'
		assert_status 0
	done
	# It would find one.
	sed -i 's/^ProtectSystem=.*/ProtectSystem=somewhat/' ./*.service
	for unit in trash flush; do
		capture systemd-analyze verify ./mailq-tools-$unit.service
		assert_in "$err" \
			"mailq-tools-$unit.service:[0-9]*: .*somewhat"
	done
}

@test "the services are called as it is described" {
	[[ $(setting ExecStart) == */sbin/mqadm\ trash\ purge\ --yes\ * ]] ||
		fail "$(setting ExecStart)"
	[[ $(setting ExecStart flush) == */sbin/mqflush\ --yes\ --skip-if-running\ --rate\ * ]] ||
		fail "$(setting ExecStart flush)"
	for unit in trash flush; do
		[ "$(setting User $unit)" = "$(postconf -d -xh mail_owner)" ] ||
			fail "$(setting User $unit)"
		[ -z "$(setting CapabilityBoundingSet $unit)" ]
		[ -z "$(setting AmbientCapabilities $unit)" ]
		[ "$(setting NoNewPrivileges $unit)" = yes ]
		[ "$(setting ProtectSystem $unit)" = strict ]
		# postlog looks at the interfaces that inet_interfaces names.
		[ -z "$(setting PrivateNetwork $unit)" ]
		[ "$(setting RestrictAddressFamilies $unit)" = \
			'AF_UNIX AF_INET AF_INET6 AF_NETLINK' ]
	done
}

# restricted COMMAND...: as the unit has it, as far as that goes without it.
restricted() {
	local user

	user=$(setting User)
	capture "${around[@]}" setpriv --reuid "$user" --regid "$(id -g "$user")" \
		--init-groups --no-new-privs --bounding-set=-all \
		--inh-caps=-all --ambient-caps=-all \
		"$@"
}

@test "with as little as the unit leaves it, it purges, and Postfix's log knows" {
	lab_require
	lab_new q
	lab_start q
	mkdir "$LAB_ROOT/bin"
	cp "$MQADM" "$LAB_ROOT/bin"
	MQADM=$LAB_ROOT/bin/mqadm
	chmod -R a+rX "$LAB_ROOT/bin"
	MAILQ_TOOLS_STATE=$LAB_ROOT/state
	lab_sendmail q -f old@lab.example r@closed.example <<-'END'
		Subject: x

		x
	END
	lab_wait 'id=$(MAIL_CONFIG=$LAB_ROOT/q/etc postqueue -j | jq -r "
		select(.queue_name == \"deferred\") | .queue_id") &&
		[ -n "$id" ]' 20 'it is deferred'
	capture "$MQADM" -c "$LAB_ROOT/q/etc" delete "$id"
	assert_status 0
	trash=$LAB_ROOT/q/spool/mailq-tools-trash
	restricted "$MQADM" -c "$LAB_ROOT/q/etc" trash purge --yes
	assert_status 0
	assert_stderr 'mqadm: nothing in the trash is old enough'
	[ "$(find "$trash" -type f | wc -l)" -eq 1 ]
	# Five days ago, with a clock that was right then, too.
	for file in "$trash"/*; do
		mv "$file" "$trash/deferred.$id.$(printf '%016x' \
			$((($(date +%s) - 432000) * 1000000)))${file: -16}"
	done
	sed -i "s/^since .*/since 00000000000000000001/
		s/^purged .*/purged 00000000000000000000/" \
		"$MAILQ_TOOLS_STATE"/*/trash-clock
	restricted "$MQADM" -c "$LAB_ROOT/q/etc" trash purge --yes \
		--reason 'its time was over'
	assert_status 0
	assert_in "$err" '^mqadm: removed for good: 1 message \(job [0-9a-f]+\); .* freed$' 1
	[ "$(wc -l <"$err")" -eq 1 ] || report 'it should say no more'
	[ "$(find "$trash" -type f | wc -l)" -eq 0 ]
	lab_wait 'grep -q "mqadm.*: purge: job=" "$LAB_ROOT/q/log"' 10 \
		'the log has the job'
	assert_in "$LAB_ROOT/q/log" "lab-q/mqadm\[[0-9]+\]: $id: removed$" 1
	assert_in "$LAB_ROOT/q/log" 'mqadm\[[0-9]+\]: purge: job=[0-9a-f]{32}, 1 done, user=postfix, reason: its time was over$' 1
}

# Nothing can be written but what ReadWritePaths= names: as ProtectSystem=strict
# has it.  A /tmp of its own makes no difference here.
in_a_strict_system() {
	cat >"$LAB_ROOT/bin/strict" <<-END
		#!/bin/sh
		set -e
		mount --make-rprivate /
		for path in '$LAB_ROOT/state' '$LAB_ROOT/q/spool' '$LAB_ROOT/q/log'; do
			mount --bind "\$path" "\$path"
		done
		for path in / /tmp /var; do
			! mountpoint -q "\$path" || mount -o remount,bind,ro "\$path"
		done
		! touch '$LAB_ROOT/q/etc/main.cf' 2>/dev/null
		exec "\$@"
	END
	chmod 755 "$LAB_ROOT/bin/strict"
	around=(unshare --mount "$LAB_ROOT/bin/strict")
}

@test "with as little as the unit leaves it, it flushes, and Postfix's log knows" {
	lab_require
	lab_new q
	lab_start q
	mkdir "$LAB_ROOT/bin"
	cp "$MQFLUSH" "$LAB_ROOT/bin"
	MQFLUSH=$LAB_ROOT/bin/mqflush
	chmod -R a+rX "$LAB_ROOT/bin"
	MAILQ_TOOLS_STATE=$LAB_ROOT/state
	# The first time is root's, who makes what is ours.
	capture "$MQFLUSH" -c "$LAB_ROOT/q/etc" --all
	assert_status 0
	lab_sendmail q -f old@lab.example r@closed.example <<-'END'
		Subject: x

		x
	END
	lab_wait 'grep -q "status=deferred" "$LAB_ROOT/q/log" &&
		[ -n "$(find "$LAB_ROOT/q/spool/deferred" -type f)" ]' 20
	in_a_strict_system
	# What the unit calls, with what is deferred here.
	eval "set -- $(setting ExecStart flush)"
	shift
	[ "${*: -1}" = 'reason.class in (connect, dns, timeout)' ]
	restricted "$MQFLUSH" -c "$LAB_ROOT/q/etc" -v "$@"
	assert_status 0
	assert_stderr 'mqflush: nothing to flush'
	set -- "${@:1:$#-1}" 'reason.class = refused'
	restricted "$MQFLUSH" -c "$LAB_ROOT/q/etc" "$@"
	assert_status 0
	assert_stdout ''
	assert_stderr ''
	lab_wait '[ "$(grep -c "status=deferred" "$LAB_ROOT/q/log")" -eq 2 ]' \
		20 'it was tried'
	lab_wait 'grep -q "mqflush.*: flush: " "$LAB_ROOT/q/log"' 10
	assert_in "$LAB_ROOT/q/log" 'lab-q/mqflush\[[0-9]+\]: flush: 1 done, user=postfix$' 1
	around=()
	lab_stop q
	restricted "$MQFLUSH" -c "$LAB_ROOT/q/etc" --all
	assert_status 69
	assert_stderr 'mqflush: the mail system is down: nothing was flushed'
}

@test "the lines for cron are called as they are written" {
	local count=0 line

	while IFS= read -r line; do
		# As cron does it: without the times and the user; \% is a %.
		line=${line//\\%/%}
		line=${line/--jitter 60s/--jitter 0s}
		eval "set -- ${line#*root mqflush }"
		capture "$MQFLUSH" -c /nowhere "$@"
		assert_status 66
		count=$((count + 1))
	done < <(sed -n 's/^#\([*0-9].* root mqflush \)/\1/p' \
		"$MQ_SRC/contrib/cron/mqflush.cron")
	[ "$count" -eq 3 ] || fail "$count lines"
	# Nothing is done by who only copies the file.
	run ! grep -v -E '^(#|$|PATH=|MAILTO=)' \
		"$MQ_SRC/contrib/cron/mqflush.cron"
}
