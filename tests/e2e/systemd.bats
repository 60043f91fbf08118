#!/usr/bin/env bats
# The timer that empties the trash: the units are right, and what they call
# works with as little as they leave it.
#
# shellcheck disable=SC2016 # lab_wait takes its condition unexpanded
# shellcheck disable=SC2034,SC2154 # some are set for, or by, what is loaded

load helper

UNITS=$MQ_BUILD/contrib/systemd

setup() {
	require_program "$MQADM"
	export MAILQ_TOOLS_STATE=$BATS_TEST_TMPDIR/state
}

teardown() {
	lab_cleanup
}

# setting NAME: in the unit of the service.
setting() {
	sed -n "s/^$1=//p" "$UNITS/mailq-tools-trash.service"
}

@test "systemd finds no mistake in the units" {
	command -v systemd-analyze >/dev/null || skip 'there is no systemd'
	mkdir "$BATS_TEST_TMPDIR/units"
	cp "$MQ_SRC/contrib/systemd/mailq-tools-trash.timer" \
		"$BATS_TEST_TMPDIR/units"
	# What it calls is not installed yet, and need not be.
	sed 's,^ExecStart=[^ ]*,ExecStart=/bin/true,; /^Documentation=/d' \
		"$UNITS/mailq-tools-trash.service" \
		>"$BATS_TEST_TMPDIR/units/mailq-tools-trash.service"
	sed -i '/^Documentation=/d' "$BATS_TEST_TMPDIR"/units/*.timer
	cd "$BATS_TEST_TMPDIR/units"
	capture systemd-analyze verify ./mailq-tools-trash.service \
		./mailq-tools-trash.timer
	assert_not_in "$err" 'mailq-tools-trash'
	assert_status 0
	# It would find one.
	sed -i 's/^ProtectSystem=.*/ProtectSystem=somewhat/' ./*.service
	capture systemd-analyze verify ./mailq-tools-trash.service
	assert_in "$err" 'mailq-tools-trash.service:[0-9]*: .*somewhat'
}

@test "the service is called as it is described" {
	[[ $(setting ExecStart) == */sbin/mqadm\ trash\ purge\ --yes\ * ]] ||
		fail "$(setting ExecStart)"
	[ "$(setting User)" = "$(postconf -d -xh mail_owner)" ] ||
		fail "$(setting User)"
	[ -z "$(setting CapabilityBoundingSet)" ]
	[ -z "$(setting AmbientCapabilities)" ]
	[ "$(setting NoNewPrivileges)" = yes ]
	[ "$(setting ProtectSystem)" = strict ]
	# postlog looks at the interfaces that inet_interfaces names.
	[ -z "$(setting PrivateNetwork)" ]
	[ "$(setting RestrictAddressFamilies)" = \
		'AF_UNIX AF_INET AF_INET6 AF_NETLINK' ]
}

# restricted COMMAND...: as the unit has it, as far as that goes without it.
restricted() {
	local user

	user=$(setting User)
	capture setpriv --reuid "$user" --regid "$(id -g "$user")" \
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
