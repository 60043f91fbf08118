# Each call of mqadm fails, once and for good, and what becomes of the mail.

check_PROGRAMS += %D%/faults

%C%_faults_SOURCES = \
	%D%/bench.c %D%/bench.h \
	%D%/faults.c \
	%D%/judge.c %D%/judge.h \
	%D%/known.c %D%/known.h \
	%D%/orders.h \
	%D%/plan.c %D%/plan.h \
	%D%/program.c %D%/program.h \
	%D%/scenario.c %D%/scenario.h \
	%D%/worker.c %D%/worker.h
%C%_faults_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
%C%_faults_LDADD = $(JANSSON_LIBS)

# Are loaded into mqadm, and built by the test.
EXTRA_DIST += %D%/serve.c %D%/shim.c
