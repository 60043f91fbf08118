# Power cuts, see tests/e2e/power.bats.

EXTRA_DIST += %D%/cuts %D%/no-sync.c
