# End-to-end tests, against a private real Postfix.  bats runs them.

EXTRA_DIST += \
	%D%/apply.bats \
	%D%/asked.bash \
	%D%/check-live.bats \
	%D%/check.bats \
	%D%/clock.bats \
	%D%/compat.bats \
	%D%/completion.bats \
	%D%/cookbook.bats \
	%D%/craft.bash \
	%D%/daemon.bats \
	%D%/damaged.bats \
	%D%/die-at.c \
	%D%/everything.bash \
	%D%/export.bats \
	%D%/faults.bats \
	%D%/helper.bash \
	%D%/holder.bats \
	%D%/hostile.bats \
	%D%/identical.bash \
	%D%/identity.bats \
	%D%/journal.bats \
	%D%/instances.bash \
	%D%/lab-guard \
	%D%/lab.bats \
	%D%/lab.sh \
	%D%/late-flock.c \
	%D%/leaks \
	%D%/manual.bats \
	%D%/delete.bats \
	%D%/mqadm-hostile.bats \
	%D%/mqadm-identity.bats \
	%D%/mqadm-live.bats \
	%D%/mqadm-twin.bats \
	%D%/mqadm.bash \
	%D%/mqadm.bats \
	%D%/mqflush.bats \
	%D%/mqls-access.bats \
	%D%/mqls-by.bats \
	%D%/mqls-json.bats \
	%D%/mqls-sort.bats \
	%D%/mqls-superset.bats \
	%D%/mqls-table.bats \
	%D%/mqls-times.bats \
	%D%/mqls.bats \
	%D%/oracle.bash \
	%D%/pace.bats \
	%D%/paced.bash \
	%D%/plan.bats \
	%D%/postcat.bash \
	%D%/postcat.bats \
	%D%/postqueue.bats \
	%D%/postsuper-twin \
	%D%/postsuper.bash \
	%D%/postsuper.bats \
	%D%/power.bats \
	%D%/rig-controls.bats \
	%D%/rig.bash \
	%D%/rig.bats \
	%D%/sample.bash \
	%D%/smtp-send \
	%D%/spoolgen.bats \
	%D%/story.bats \
	%D%/systemd.bats \
	%D%/trash.bats \
	%D%/together.bats \
	%D%/varied.bash \
	%D%/where-errors.bats \
	%D%/where.bats \
	%D%/where.tsv

# Single steps of the library.
check_PROGRAMS += %D%/probe
%C%_probe_SOURCES = %D%/probe.c
%C%_probe_LDADD = queue-format/libqueue-format-core.la

# Edits messages on their way into the queue.
check_PROGRAMS += %D%/milter
%C%_milter_SOURCES = %D%/milter.c

# Who gets in the way of a change.
check_PROGRAMS += %D%/reuse %D%/swap
%C%_reuse_SOURCES = %D%/reuse.c
%C%_swap_SOURCES = %D%/swap.c
