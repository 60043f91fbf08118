# Unit tests.  A program needs no lines of its own: check_NAME is made of
# check_NAME.c, and linked with what all of them share.

check_LIBRARIES += %D%/libunit.a
%C%_libunit_a_SOURCES = \
	%D%/action_rig.c %D%/action_rig.h \
	%D%/apart.c %D%/apart.h \
	%D%/ask.c %D%/ask.h \
	%D%/fake_store.c %D%/fake_store.h \
	%D%/journal_sample.c %D%/journal_sample.h \
	%D%/letter.c %D%/letter.h \
	%D%/list_as.c %D%/list_as.h \
	%D%/plan_left.c \
	%D%/plan_rig.c %D%/plan_rig.h \
	%D%/plan_staff.c \
	%D%/sample.c \
	%D%/scratch.c \
	%D%/unit.c %D%/unit.h

LDADD = \
	%D%/libunit.a \
	mailq-tools/libmailq-tools.a \
	queue-format/libqueue-format-core.la \
	$(CHECK_LIBS) $(SMARTCOLS_LIBS)

unit_tests = \
	%D%/check_action \
	%D%/check_action_move \
	%D%/check_action_remove \
	%D%/check_address \
	%D%/check_archive \
	%D%/check_arena \
	%D%/check_attribute \
	%D%/check_buffer \
	%D%/check_by \
	%D%/check_caller \
	%D%/check_command \
	%D%/check_config \
	%D%/check_consider \
	%D%/check_content_charset \
	%D%/check_content_looks \
	%D%/check_content_sandbox \
	%D%/check_content_view \
	%D%/check_content_wire \
	%D%/check_content_words \
	%D%/check_daemon \
	%D%/check_delay_log \
	%D%/check_envelope \
	%D%/check_envelope_value \
	%D%/check_error \
	%D%/check_essence \
	%D%/check_explain \
	%D%/check_field \
	%D%/check_filter \
	%D%/check_findings \
	%D%/check_grid \
	%D%/check_group \
	%D%/check_holder \
	%D%/check_id_list \
	%D%/check_journal \
	%D%/check_journal_alias \
	%D%/check_journal_death \
	%D%/check_journal_place \
	%D%/check_journal_prune \
	%D%/check_journal_record \
	%D%/check_journal_way \
	%D%/check_json_read \
	%D%/check_listing_json \
	%D%/check_load \
	%D%/check_load_filter \
	%D%/check_maillog \
	%D%/check_message \
	%D%/check_nearest \
	%D%/check_old_ids \
	%D%/check_output \
	%D%/check_output_table \
	%D%/check_pace \
	%D%/check_per_domain \
	%D%/check_plan \
	%D%/check_plan_active \
	%D%/check_plan_batch \
	%D%/check_plan_death \
	%D%/check_plan_delete \
	%D%/check_plan_flush \
	%D%/check_plan_hasty \
	%D%/check_plan_identity \
	%D%/check_plan_note \
	%D%/check_plan_owed \
	%D%/check_plan_pace \
	%D%/check_plan_purge \
	%D%/check_plan_quiet \
	%D%/check_plan_recover \
	%D%/check_plan_release \
	%D%/check_plan_restore \
	%D%/check_plan_resume \
	%D%/check_plan_trash \
	%D%/check_plan_undo \
	%D%/check_postfix_store \
	%D%/check_postqueue_columns \
	%D%/check_postqueue_format \
	%D%/check_postqueue_json \
	%D%/check_progress \
	%D%/check_query_named \
	%D%/check_query_number \
	%D%/check_query_parse \
	%D%/check_query_plan \
	%D%/check_query_quote \
	%D%/check_query_test \
	%D%/check_query_value \
	%D%/check_queue_id \
	%D%/check_reason \
	%D%/check_reason_corpus \
	%D%/check_reason_text \
	%D%/check_recipients \
	%D%/check_record \
	%D%/check_record_pointer \
	%D%/check_quiet \
	%D%/check_repair \
	%D%/check_result \
	%D%/check_rows \
	%D%/check_run_lock \
	%D%/check_scan \
	%D%/check_settings \
	%D%/check_showq_store \
	%D%/check_spool \
	%D%/check_spool_depth \
	%D%/check_stream \
	%D%/check_string_set \
	%D%/check_structure \
	%D%/check_survey \
	%D%/check_text \
	%D%/check_tool \
	%D%/check_trash \
	%D%/check_trash_clock \
	%D%/check_trash_messages \
	%D%/check_value \
	%D%/check_wake \
	%D%/check_walk \
	%D%/check_watch \
	%D%/check_where \
	%D%/check_workplace

if HAVE_CHECK
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif
