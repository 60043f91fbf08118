# The library.  Programs of the suite link a static form of it, which has no
# symbol hidden, so that unit tests reach what is inside.

library_headers = \
	%D%/arena.h \
	%D%/buffer.h \
	%D%/content.h \
	%D%/error.h \
	%D%/field.h \
	%D%/filter.h \
	%D%/group.h \
	%D%/message.h \
	%D%/queue-format.h \
	%D%/reason.h \
	%D%/span.h \
	%D%/store.h \
	%D%/string_set.h \
	%D%/survey.h \
	%D%/text.h \
	%D%/postfix/address.h \
	%D%/postfix/attribute.h \
	%D%/postfix/config.h \
	%D%/postfix/delay_log.h \
	%D%/postfix/envelope.h \
	%D%/postfix/postfix_store.h \
	%D%/postfix/queue_id.h \
	%D%/postfix/record.h \
	%D%/postfix/spool.h \
	%D%/postfix/text_source.h \
	%D%/postfix/walk.h \
	%D%/query/query.h \
	%D%/showq/showq_store.h

noinst_LTLIBRARIES += %D%/libqueue-format-core.la
%C%_libqueue_format_core_la_SOURCES = \
	$(library_headers) \
	%D%/archive.c %D%/archive.h \
	%D%/arena.c \
	%D%/ascii.h \
	%D%/buffer.c \
	%D%/clock.h \
	%D%/checksum.c %D%/checksum.h \
	%D%/command.c %D%/command.h \
	%D%/content.c \
	%D%/error.c \
	%D%/field.c \
	%D%/filter.c \
	%D%/group.c %D%/group_row.h \
	%D%/group_range.c \
	%D%/group_sort.c \
	%D%/journal.c %D%/journal.h \
	%D%/journal_check.c \
	%D%/journal_job.c \
	%D%/journal_key.c \
	%D%/journal_lock.c %D%/journal_lock.h \
	%D%/journal_names.c \
	%D%/journal_note.c \
	%D%/journal_open.c \
	%D%/journal_place.c %D%/journal_place.h \
	%D%/journal_prune.c \
	%D%/journal_read.c \
	%D%/journal_record.c %D%/journal_record.h \
	%D%/journal_table.h \
	%D%/journal_trace.c \
	%D%/json_read.c %D%/json_read.h \
	%D%/message.c \
	%D%/nearest.c %D%/nearest.h \
	%D%/reason.c \
	%D%/reason_codes.c %D%/reason_codes.h \
	%D%/reason_match.c %D%/reason_match.h \
	%D%/reason_phrases.c %D%/reason_phrases.h \
	%D%/reason_stage.c %D%/reason_stage.h \
	%D%/reason_text.c %D%/reason_text.h \
	%D%/reason_time.c %D%/reason_time.h \
	%D%/reason_token.c %D%/reason_token.h \
	%D%/reason_words.c %D%/reason_words.h \
	%D%/rules.h \
	%D%/store.c \
	%D%/string_set.c \
	%D%/survey.c \
	%D%/text.c \
	%D%/postfix/action.c %D%/postfix/action.h %D%/postfix/action_work.h \
	%D%/postfix/action_file.c \
	%D%/postfix/action_create.c \
	%D%/postfix/action_log.c \
	%D%/postfix/action_mode.c \
	%D%/postfix/action_name.c \
	%D%/postfix/action_rename.c \
	%D%/postfix/action_sync.c \
	%D%/postfix/address.c \
	%D%/postfix/attribute.c \
	%D%/postfix/config.c \
	%D%/postfix/daemon.c %D%/postfix/daemon.h \
	%D%/postfix/delay_log.c \
	%D%/postfix/envelope.c \
	%D%/postfix/essence.c %D%/postfix/essence.h \
	%D%/postfix/folders.c %D%/postfix/folders.h \
	%D%/postfix/load.c %D%/postfix/load.h \
	%D%/postfix/postfix_store.c \
	%D%/postfix/queue_id.c \
	%D%/postfix/quiet.c %D%/postfix/quiet.h \
	%D%/postfix/recipients.c %D%/postfix/recipients.h \
	%D%/postfix/record.c \
	%D%/postfix/record_name.c \
	%D%/postfix/scan.c %D%/postfix/scan.h \
	%D%/postfix/spool.c \
	%D%/postfix/structure.c %D%/postfix/structure.h \
	%D%/postfix/text_source.c \
	%D%/postfix/walk.c \
	%D%/postfix/wake.c %D%/postfix/wake.h \
	%D%/content/channel.c %D%/content/channel.h \
	%D%/content/charset.c %D%/content/charset.h \
	%D%/content/finding.c %D%/content/finding.h \
	%D%/content/headers.c %D%/content/headers.h \
	%D%/content/html.c %D%/content/html.h \
	%D%/content/leaf.c %D%/content/leaf.h \
	%D%/content/leaf_text.c %D%/content/leaf_text.h \
	%D%/content/look.c %D%/content/look.h \
	%D%/content/looks.c %D%/content/looks.h \
	%D%/content/magic_type.c %D%/content/magic_type.h \
	%D%/content/mime.c %D%/content/mime.h \
	%D%/content/mime_decode.c \
	%D%/content/mime_digest.c %D%/content/mime_digest.h \
	%D%/content/mime_stream.c %D%/content/mime_stream.h \
	%D%/content/mime_tree.h \
	%D%/content/mime_words.c \
	%D%/content/sandbox.c %D%/content/sandbox.h \
	%D%/content/view.c %D%/content/view.h \
	%D%/content/ward.c %D%/content/ward.h \
	%D%/content/wire.c %D%/content/wire.h \
	%D%/content/worker.c %D%/content/worker.h \
	%D%/check/aside.c \
	%D%/check/check.h \
	%D%/check/content.c \
	%D%/check/decide.c \
	%D%/check/file.c \
	%D%/check/folder.c \
	%D%/check/kinds.c \
	%D%/check/log.c \
	%D%/check/look.c \
	%D%/check/mend.c \
	%D%/check/mend_undo.c \
	%D%/check/mend_work.h \
	%D%/check/report.c \
	%D%/check/walk.c \
	%D%/check/work.h \
	%D%/plan/carry.c \
	%D%/plan/change.c \
	%D%/plan/copy.c %D%/plan/copy.h \
	%D%/plan/find.c \
	%D%/plan/flush.c \
	%D%/plan/import.c \
	%D%/plan/look.c \
	%D%/plan/marks.c \
	%D%/plan/origin.c \
	%D%/plan/names.c \
	%D%/plan/pace.c %D%/plan/pace.h \
	%D%/plan/past.c \
	%D%/plan/plan.h \
	%D%/plan/recover.c \
	%D%/plan/remove.c \
	%D%/plan/repair.c %D%/plan/repair.h \
	%D%/plan/restore.c \
	%D%/plan/run.c \
	%D%/plan/scribe.c \
	%D%/plan/settle.c \
	%D%/plan/stage.c %D%/plan/stage.h \
	%D%/plan/trash.c %D%/plan/trash.h \
	%D%/plan/turn.c \
	%D%/plan/watch.c %D%/plan/watch.h \
	%D%/plan/work.h \
	%D%/query/glob.c \
	%D%/query/lex.c %D%/query/lex.h \
	%D%/query/number.c \
	%D%/query/parse.c \
	%D%/query/parser.c %D%/query/parser.h \
	%D%/query/plan.c \
	%D%/query/regex.c %D%/query/regex.h \
	%D%/query/term.c \
	%D%/query/test.c \
	%D%/query/tree.h \
	%D%/query/value.c %D%/query/value.h \
	%D%/showq/listing_json.c %D%/showq/listing_json.h \
	%D%/showq/showq_store.c
%C%_libqueue_format_core_la_CFLAGS = $(AM_CFLAGS) $(GLIB_CFLAGS) $(GMIME_CFLAGS) \
	$(JANSSON_CFLAGS) $(LIBARCHIVE_CFLAGS) $(LIBXML_CFLAGS) $(LMDB_CFLAGS) $(MAGIC_CFLAGS) \
	$(PCRE2_CFLAGS) $(SECCOMP_CFLAGS)
%C%_libqueue_format_core_la_LIBADD = \
	$(GLIB_LIBS) $(GMIME_LIBS) $(JANSSON_LIBS) $(LIBARCHIVE_LIBS) $(LIBXML_LIBS) $(LMDB_LIBS) \
	$(MAGIC_LIBS) $(PCRE2_LIBS) $(SECCOMP_LIBS)

lib_LTLIBRARIES += %D%/libqueueformat.la
%C%_libqueueformat_la_SOURCES =
%C%_libqueueformat_la_LIBADD = %D%/libqueue-format-core.la
%C%_libqueueformat_la_LDFLAGS = $(AM_LDFLAGS) \
	-version-info 0:0:0 -export-symbols-regex '^qf_'

nobase_include_HEADERS += $(library_headers)
pkgconfig_DATA += %D%/queue-format.pc
