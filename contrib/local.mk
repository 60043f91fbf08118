# What other programs read: shells and systemd.

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = \
	%D%/completion/mqadm.bash \
	%D%/completion/mqflush.bash \
	%D%/completion/mqls.bash

zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = %D%/completion/_mqls

# A program's place is only known to make.
services = \
	%D%/systemd/mailq-tools-flush.service \
	%D%/systemd/mailq-tools-trash.service
timers = \
	%D%/systemd/mailq-tools-flush.timer \
	%D%/systemd/mailq-tools-trash.timer
EXTRA_DIST += \
	%D%/systemd/mailq-tools-flush.service.in \
	%D%/systemd/mailq-tools-trash.service.in \
	$(timers)
CLEANFILES += $(services)

$(services): %.service: $(srcdir)/%.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	sed 's,[@]sbindir[@],$(sbindir),' $(srcdir)/$@.in >$@.new && \
	mv $@.new $@

noinst_DATA += $(services)
if SYSTEMD
systemdsystemunit_DATA = $(services) $(timers)
endif

dist_doc_DATA += %D%/cron/mqflush.cron
