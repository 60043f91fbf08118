# spoolgen makes Postfix spools for tests, benchmarks and the demo.  It must
# not be linked with the library: what it writes is what the library is
# tested with.

noinst_PROGRAMS += %D%/spoolgen

%C%_spoolgen_SOURCES = \
	%D%/arena.c %D%/arena.h \
	%D%/attachment.c %D%/attachment.h \
	%D%/body.c %D%/body.h \
	%D%/bulk.c %D%/bulk.h \
	%D%/bytes.c %D%/bytes.h \
	%D%/compose.c %D%/compose.h \
	%D%/delay_log.c %D%/delay_log.h \
	%D%/edit.c %D%/edit.h \
	%D%/mail.h \
	%D%/manifest.c %D%/manifest.h \
	%D%/monday.c %D%/monday.h \
	%D%/monday_lists.c \
	%D%/monday_odd.c \
	%D%/monday_spam.c \
	%D%/queue_file.c %D%/queue_file.h \
	%D%/queue_name.c %D%/queue_name.h \
	%D%/reason.c %D%/reason.h \
	%D%/rng.c %D%/rng.h \
	%D%/scene.c %D%/scene.h \
	%D%/spool.c %D%/spool.h \
	%D%/spoolgen.c \
	%D%/text.c %D%/text.h \
	%D%/worker.c %D%/worker.h
%C%_spoolgen_LDADD = -lpthread
