# Tests.  End-to-end tests run with bats, see script/test.

include tests/bench/local.mk
include tests/content/local.mk
include tests/e2e/local.mk
include tests/faults/local.mk
include tests/fuzz/local.mk
include tests/gen/local.mk
include tests/power/local.mk
include tests/rig/local.mk
include tests/unit/local.mk

dist_check_SCRIPTS += %D%/layers.sh %D%/headers.sh
TESTS += %D%/layers.sh %D%/headers.sh

EXTRA_DIST += \
	%D%/compat/compare-version.sh \
	%D%/compat/odd-spool \
	%D%/reason/held-out.tsv \
	%D%/reason/known.tsv
