# Benchmarks: how fast, beside Postfix's own programs.

EXTRA_PROGRAMS += %D%/floor %D%/measure
%C%_floor_SOURCES = %D%/floor.c
%C%_measure_SOURCES = %D%/measure.c
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += %D%/bench.sh %D%/change.sh %D%/common.sh

.PHONY: bench
bench: all %D%/floor$(EXEEXT) %D%/measure$(EXEEXT)
	MQ_SRC='$(abs_top_srcdir)' MQ_BUILD='$(abs_top_builddir)' \
		$(srcdir)/%D%/bench.sh
	MQ_SRC='$(abs_top_srcdir)' MQ_BUILD='$(abs_top_builddir)' \
		$(srcdir)/%D%/change.sh
