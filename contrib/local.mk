# What other programs read: shells and systemd.

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = \
	%D%/completion/mqadm.bash \
	%D%/completion/mqls.bash

zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = %D%/completion/_mqls

# A program's place is only known to make.
EXTRA_DIST += \
	%D%/systemd/mailq-tools-trash.service.in \
	%D%/systemd/mailq-tools-trash.timer
CLEANFILES += %D%/systemd/mailq-tools-trash.service

%D%/systemd/mailq-tools-trash.service: \
		$(srcdir)/%D%/systemd/mailq-tools-trash.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/systemd && \
	sed 's,[@]sbindir[@],$(sbindir),' \
		$(srcdir)/%D%/systemd/mailq-tools-trash.service.in >$@.new && \
	mv $@.new $@

noinst_DATA += %D%/systemd/mailq-tools-trash.service
if SYSTEMD
systemdsystemunit_DATA = \
	%D%/systemd/mailq-tools-trash.service \
	%D%/systemd/mailq-tools-trash.timer
endif
