# What is found in some hundred messages, good and bad.

check_PROGRAMS += %D%/dump
%C%_dump_SOURCES = %D%/dump.c
%C%_dump_LDADD = queue-format/libqueue-format-core.la

dist_check_SCRIPTS += %D%/corpus.py %D%/large.py
TESTS += %D%/corpus.py %D%/large.py
EXTRA_DIST += %D%/messages.py
