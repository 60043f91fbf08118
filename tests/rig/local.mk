# The live rig: what becomes of every message while a queue is changed.

check_PROGRAMS += %D%/inject %D%/sink

%C%_inject_SOURCES = \
	%D%/inject.c \
	%D%/log_line.c %D%/log_line.h \
	tests/gen/rng.c tests/gen/rng.h
%C%_inject_LDADD =

%C%_sink_SOURCES = \
	%D%/letter.c %D%/letter.h \
	%D%/log_line.c %D%/log_line.h \
	%D%/sink.c \
	%D%/tries.c %D%/tries.h
%C%_sink_LDADD =

# mqadm with one rule of a safe change switched off, see queue-format/rules.h:
# what it loses or doubles shows that the rule is needed, and that the rig
# would notice.
without_rule_sources = \
	$(mqadm_sources) \
	queue-format/plan/look.c \
	queue-format/plan/settle.c \
	queue-format/postfix/quiet.c \
	queue-format/rules.h
without_rule_libs = $(tool_libs) $(SMARTCOLS_LIBS)

check_PROGRAMS += %D%/without-end
%C%_without_end_SOURCES = $(without_rule_sources)
%C%_without_end_CPPFLAGS = $(AM_CPPFLAGS) -DQF_RULE_END=false
%C%_without_end_LDADD = $(without_rule_libs)

check_PROGRAMS += %D%/without-lease
%C%_without_lease_SOURCES = $(without_rule_sources)
%C%_without_lease_CPPFLAGS = $(AM_CPPFLAGS) -DQF_RULE_LEASE=false
%C%_without_lease_LDADD = $(without_rule_libs)

check_PROGRAMS += %D%/without-new-id
%C%_without_new_id_SOURCES = $(without_rule_sources)
%C%_without_new_id_CPPFLAGS = $(AM_CPPFLAGS) -DQF_RULE_NEW_ID=false
%C%_without_new_id_LDADD = $(without_rule_libs)

check_PROGRAMS += %D%/without-quiet
%C%_without_quiet_SOURCES = $(without_rule_sources)
%C%_without_quiet_CPPFLAGS = $(AM_CPPFLAGS) -DQF_RULE_QUIET=false
%C%_without_quiet_LDADD = $(without_rule_libs)

EXTRA_DIST += \
	%D%/account.awk \
	%D%/account.bats \
	%D%/account.sh \
	%D%/administrator.sh \
	%D%/chaos.sh \
	%D%/links.sh \
	%D%/matrix.bats \
	%D%/matrix.sh \
	%D%/matrix.tsv \
	%D%/postfix.sh \
	%D%/rig.sh \
	%D%/said.awk \
	%D%/schedule.awk \
	%D%/slow.c \
	%D%/tool.sh
