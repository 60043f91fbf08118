# Fuzz targets: one for each parser.
#
# With --enable-fuzzers they are built for libFuzzer.  In any build the corpus
# is replayed by `make check', with whatever compiler there is.

fuzz_shared = %D%/fuzz.c %D%/fuzz.h
fuzz_libs = queue-format/libqueue-format-core.la

EXTRA_DIST += %D%/corpus

check_PROGRAMS += %D%/replay_config
TESTS += %D%/replay_config
%C%_replay_config_SOURCES = %D%/replay.c %D%/fuzz_config.c $(fuzz_shared)
%C%_replay_config_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"config"'
%C%_replay_config_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_content
TESTS += %D%/replay_content
%C%_replay_content_SOURCES = %D%/replay.c %D%/fuzz_content.c $(fuzz_shared)
%C%_replay_content_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"content"'
%C%_replay_content_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_content_wire
TESTS += %D%/replay_content_wire
%C%_replay_content_wire_SOURCES = %D%/replay.c %D%/fuzz_content_wire.c $(fuzz_shared)
%C%_replay_content_wire_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"content_wire"'
%C%_replay_content_wire_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_delay_log
TESTS += %D%/replay_delay_log
%C%_replay_delay_log_SOURCES = %D%/replay.c %D%/fuzz_delay_log.c $(fuzz_shared)
%C%_replay_delay_log_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"delay_log"'
%C%_replay_delay_log_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_envelope
TESTS += %D%/replay_envelope
%C%_replay_envelope_SOURCES = %D%/replay.c %D%/fuzz_envelope.c $(fuzz_shared)
%C%_replay_envelope_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"envelope"'
%C%_replay_envelope_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_journal_record
TESTS += %D%/replay_journal_record
%C%_replay_journal_record_SOURCES = %D%/replay.c %D%/fuzz_journal_record.c $(fuzz_shared)
%C%_replay_journal_record_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"journal_record"'
%C%_replay_journal_record_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_listing_json
TESTS += %D%/replay_listing_json
%C%_replay_listing_json_SOURCES = %D%/replay.c %D%/fuzz_listing_json.c $(fuzz_shared)
%C%_replay_listing_json_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"listing_json"'
%C%_replay_listing_json_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_query
TESTS += %D%/replay_query
%C%_replay_query_SOURCES = %D%/replay.c %D%/fuzz_query.c $(fuzz_shared)
%C%_replay_query_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"query"'
%C%_replay_query_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_queue_id
TESTS += %D%/replay_queue_id
%C%_replay_queue_id_SOURCES = %D%/replay.c %D%/fuzz_queue_id.c $(fuzz_shared)
%C%_replay_queue_id_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"queue_id"'
%C%_replay_queue_id_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_reason
TESTS += %D%/replay_reason
%C%_replay_reason_SOURCES = %D%/replay.c %D%/fuzz_reason.c $(fuzz_shared)
%C%_replay_reason_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"reason"'
%C%_replay_reason_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_record
TESTS += %D%/replay_record
%C%_replay_record_SOURCES = %D%/replay.c %D%/fuzz_record.c $(fuzz_shared)
%C%_replay_record_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"record"'
%C%_replay_record_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_text
TESTS += %D%/replay_text
%C%_replay_text_SOURCES = %D%/replay.c %D%/fuzz_text.c $(fuzz_shared)
%C%_replay_text_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"text"'
%C%_replay_text_LDADD = $(fuzz_libs)

check_PROGRAMS += %D%/replay_walk
TESTS += %D%/replay_walk
%C%_replay_walk_SOURCES = %D%/replay.c %D%/fuzz_walk.c $(fuzz_shared)
%C%_replay_walk_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"walk"'
%C%_replay_walk_LDADD = $(fuzz_libs)

# The forms of a listing are the programs', and so are their libraries.
fuzz_tool_libs = mailq-tools/libmailq-tools.a $(fuzz_libs) $(SMARTCOLS_LIBS)

check_PROGRAMS += %D%/replay_output
TESTS += %D%/replay_output
%C%_replay_output_SOURCES = %D%/replay.c %D%/fuzz_output.c $(fuzz_shared)
%C%_replay_output_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"output"'
%C%_replay_output_LDADD = $(fuzz_tool_libs)

check_PROGRAMS += %D%/replay_parcel
TESTS += %D%/replay_parcel
%C%_replay_parcel_SOURCES = %D%/replay.c %D%/fuzz_parcel.c $(fuzz_shared)
%C%_replay_parcel_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"parcel"'
%C%_replay_parcel_LDADD = $(fuzz_tool_libs)

check_PROGRAMS += %D%/replay_plan_file
TESTS += %D%/replay_plan_file
%C%_replay_plan_file_SOURCES = %D%/replay.c %D%/fuzz_plan_file.c $(fuzz_shared)
%C%_replay_plan_file_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"plan_file"'
%C%_replay_plan_file_LDADD = $(fuzz_tool_libs)

check_PROGRAMS += %D%/replay_settings
TESTS += %D%/replay_settings
%C%_replay_settings_SOURCES = %D%/replay.c %D%/fuzz_settings.c $(fuzz_shared)
%C%_replay_settings_CPPFLAGS = $(AM_CPPFLAGS) -DTARGET='"settings"'
%C%_replay_settings_LDADD = $(fuzz_tool_libs)

if FUZZERS
fuzz_flags = -fsanitize=fuzzer

noinst_PROGRAMS += %D%/fuzz_config
%C%_fuzz_config_SOURCES = %D%/fuzz_config.c $(fuzz_shared)
%C%_fuzz_config_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_config_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_content
%C%_fuzz_content_SOURCES = %D%/fuzz_content.c $(fuzz_shared)
%C%_fuzz_content_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_content_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_content_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_content_wire
%C%_fuzz_content_wire_SOURCES = %D%/fuzz_content_wire.c $(fuzz_shared)
%C%_fuzz_content_wire_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_content_wire_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_content_wire_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_delay_log
%C%_fuzz_delay_log_SOURCES = %D%/fuzz_delay_log.c $(fuzz_shared)
%C%_fuzz_delay_log_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_delay_log_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_delay_log_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_envelope
%C%_fuzz_envelope_SOURCES = %D%/fuzz_envelope.c $(fuzz_shared)
%C%_fuzz_envelope_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_envelope_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_envelope_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_journal_record
%C%_fuzz_journal_record_SOURCES = %D%/fuzz_journal_record.c $(fuzz_shared)
%C%_fuzz_journal_record_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_journal_record_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_journal_record_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_listing_json
%C%_fuzz_listing_json_SOURCES = %D%/fuzz_listing_json.c $(fuzz_shared)
%C%_fuzz_listing_json_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_listing_json_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_listing_json_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_query
%C%_fuzz_query_SOURCES = %D%/fuzz_query.c $(fuzz_shared)
%C%_fuzz_query_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_query_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_query_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_queue_id
%C%_fuzz_queue_id_SOURCES = %D%/fuzz_queue_id.c $(fuzz_shared)
%C%_fuzz_queue_id_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_queue_id_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_queue_id_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_reason
%C%_fuzz_reason_SOURCES = %D%/fuzz_reason.c $(fuzz_shared)
%C%_fuzz_reason_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_reason_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_reason_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_record
%C%_fuzz_record_SOURCES = %D%/fuzz_record.c $(fuzz_shared)
%C%_fuzz_record_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_record_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_record_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_text
%C%_fuzz_text_SOURCES = %D%/fuzz_text.c $(fuzz_shared)
%C%_fuzz_text_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_text_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_text_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_walk
%C%_fuzz_walk_SOURCES = %D%/fuzz_walk.c $(fuzz_shared)
%C%_fuzz_walk_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_walk_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_walk_LDADD = $(fuzz_libs)

noinst_PROGRAMS += %D%/fuzz_output
%C%_fuzz_output_SOURCES = %D%/fuzz_output.c $(fuzz_shared)
%C%_fuzz_output_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_output_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_output_LDADD = $(fuzz_tool_libs)

noinst_PROGRAMS += %D%/fuzz_parcel
%C%_fuzz_parcel_SOURCES = %D%/fuzz_parcel.c $(fuzz_shared)
%C%_fuzz_parcel_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_parcel_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_parcel_LDADD = $(fuzz_tool_libs)

noinst_PROGRAMS += %D%/fuzz_plan_file
%C%_fuzz_plan_file_SOURCES = %D%/fuzz_plan_file.c $(fuzz_shared)
%C%_fuzz_plan_file_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_plan_file_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_plan_file_LDADD = $(fuzz_tool_libs)

noinst_PROGRAMS += %D%/fuzz_settings
%C%_fuzz_settings_SOURCES = %D%/fuzz_settings.c $(fuzz_shared)
%C%_fuzz_settings_CFLAGS = $(AM_CFLAGS) $(fuzz_flags)
%C%_fuzz_settings_LDFLAGS = $(AM_LDFLAGS) $(fuzz_flags)
%C%_fuzz_settings_LDADD = $(fuzz_tool_libs)
endif
