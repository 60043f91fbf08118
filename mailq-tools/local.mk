# The programs.  What they share is one archive.

noinst_LIBRARIES += %D%/libmailq-tools.a
%C%_libmailq_tools_a_SOURCES = \
	%D%/access.c %D%/access.h \
	%D%/ask.c %D%/ask.h \
	%D%/by.c %D%/by.h %D%/by_print.h \
	%D%/by_column.c \
	%D%/by_draw.c %D%/by_draw.h \
	%D%/by_json.c \
	%D%/by_options.c \
	%D%/by_reason.c \
	%D%/by_table.c \
	%D%/by_text.c \
	%D%/by_value.c \
	%D%/caller.c %D%/caller.h \
	%D%/choose.c %D%/choose.h \
	%D%/consider.c %D%/consider.h \
	%D%/consider_print.c \
	%D%/csv.c %D%/csv.h \
	%D%/explain.c %D%/explain.h \
	%D%/fields.c %D%/fields.h \
	%D%/grid.c %D%/grid.h \
	%D%/history.c %D%/history.h %D%/history_print.h \
	%D%/history_json.c \
	%D%/history_table.c \
	%D%/holder.c %D%/holder.h \
	%D%/id_list.c %D%/id_list.h \
	%D%/interrupt.c %D%/interrupt.h \
	%D%/json.c %D%/json.h \
	%D%/like.c %D%/like.h \
	%D%/maillog.c %D%/maillog.h \
	%D%/old_ids.c %D%/old_ids.h \
	%D%/output.c %D%/output.h \
	%D%/output_json.c \
	%D%/output_mailq.c \
	%D%/output_table.c \
	%D%/output_text.c \
	%D%/parcel.c %D%/parcel.h \
	%D%/parcel_manifest.c \
	%D%/parcel_read.c \
	%D%/plan_file.c %D%/plan_file.h \
	%D%/plan_file_read.c \
	%D%/postqueue_format.c %D%/postqueue_format.h \
	%D%/privilege.c %D%/privilege.h \
	%D%/process.c %D%/process.h \
	%D%/pace_options.c %D%/pace_options.h \
	%D%/pace_stop.c %D%/pace_stop.h \
	%D%/per_domain.c %D%/per_domain.h \
	%D%/progress.c %D%/progress.h \
	%D%/prune.c %D%/prune.h \
	%D%/result.c %D%/result.h \
	%D%/rows.c %D%/rows.h \
	%D%/run_lock.c %D%/run_lock.h \
	%D%/settings.c %D%/settings.h \
	%D%/stream.c %D%/stream.h \
	%D%/summary.c %D%/summary.h \
	%D%/terminal.c %D%/terminal.h \
	%D%/tool.c %D%/tool.h \
	%D%/trash.c %D%/trash.h \
	%D%/trash_clock.c %D%/trash_clock.h \
	%D%/trash_due.c %D%/trash_due.h \
	%D%/trash_job.c %D%/trash_job.h \
	%D%/trash_json.c \
	%D%/trash_list.c %D%/trash_list.h \
	%D%/trash_table.c \
	%D%/value.c %D%/value.h \
	%D%/verb.c %D%/verb.h \
	%D%/where.c %D%/where.h \
	%D%/workplace.c %D%/workplace.h
%C%_libmailq_tools_a_CFLAGS = $(AM_CFLAGS) $(SMARTCOLS_CFLAGS)

tool_libs = %D%/libmailq-tools.a queue-format/libqueue-format-core.la

bin_PROGRAMS += %D%/mqls
%C%_mqls_SOURCES = %D%/mqls.c %D%/mqls.h %D%/mqls_options.c
%C%_mqls_LDADD = $(tool_libs) $(SMARTCOLS_LIBS)

sbin_PROGRAMS += %D%/mqadm %D%/mqflush
mqadm_sources = \
	%D%/mqadm.c %D%/mqadm.h \
	%D%/mqadm_apply.c %D%/mqadm_apply.h \
	%D%/mqadm_apply_look.c \
	%D%/mqadm_apply_read.c \
	%D%/mqadm_check.c %D%/mqadm_check.h \
	%D%/mqadm_check_mend.c \
	%D%/mqadm_check_print.c \
	%D%/mqadm_export.c \
	%D%/mqadm_import.c \
	%D%/mqadm_job.c \
	%D%/mqadm_options.c \
	%D%/mqadm_prune.c \
	%D%/mqadm_plan.c \
	%D%/mqadm_restore.c \
	%D%/mqadm_trash.c \
	%D%/mqadm_undo.c \
	%D%/mqadm_words.c
%C%_mqadm_SOURCES = $(mqadm_sources)
%C%_mqadm_LDADD = $(tool_libs) $(SMARTCOLS_LIBS)

%C%_mqflush_SOURCES = \
	%D%/mqflush.c %D%/mqflush.h \
	%D%/mqflush_all.c \
	%D%/mqflush_job.c \
	%D%/mqflush_options.c
%C%_mqflush_LDADD = $(tool_libs) $(SMARTCOLS_LIBS)

# Drop-ins carry the names of Postfix's own programs, and are therefore put
# where no PATH finds them by accident.
drop_indir = $(libexecdir)/mailq-tools/drop-in
drop_in_PROGRAMS = \
	%D%/drop-in/mailq %D%/drop-in/postcat %D%/drop-in/postqueue \
	%D%/drop-in/postsuper
drop_in_shared = \
	%D%/drop-in/listing.c %D%/drop-in/listing.h \
	%D%/drop-in/postfix_own.c %D%/drop-in/postfix_own.h \
	%D%/drop-in/say.c %D%/drop-in/say.h
%C%_drop_in_mailq_SOURCES = %D%/drop-in/mailq.c $(drop_in_shared)
%C%_drop_in_mailq_LDADD = $(tool_libs)
%C%_drop_in_postcat_SOURCES = \
	%D%/drop-in/postcat.c %D%/drop-in/postcat.h \
	%D%/drop-in/postcat_damage.c \
	%D%/drop-in/postcat_out.c \
	%D%/drop-in/postcat_print.c \
	%D%/drop-in/postcat_queue.c \
	%D%/drop-in/postcat_show.c %D%/drop-in/postcat_show.h \
	%D%/drop-in/opener.c %D%/drop-in/opener.h \
	%D%/drop-in/postfix_own.c %D%/drop-in/postfix_own.h \
	%D%/drop-in/say.c %D%/drop-in/say.h
%C%_drop_in_postcat_LDADD = $(tool_libs)
%C%_drop_in_postqueue_SOURCES = \
	%D%/drop-in/postqueue.c \
	%D%/drop-in/flush.c %D%/drop-in/flush.h \
	$(drop_in_shared)
%C%_drop_in_postqueue_LDADD = $(tool_libs)
%C%_drop_in_postsuper_SOURCES = \
	%D%/drop-in/postsuper.c %D%/drop-in/postsuper.h \
	%D%/drop-in/postsuper_all.c \
	%D%/drop-in/postsuper_find.c \
	%D%/drop-in/postsuper_ids.c \
	%D%/drop-in/postsuper_job.c \
	%D%/drop-in/postsuper_open.c \
	%D%/drop-in/postsuper_repair.c \
	%D%/drop-in/postsuper_say.c \
	%D%/drop-in/postsuper_walk.c %D%/drop-in/postsuper_walk.h
%C%_drop_in_postsuper_LDADD = $(tool_libs)
