#!/bin/sh
# common.sh - what the benchmarks have in common; to be sourced.  They set
# $bench (where measure is) and $scratch.
#
# shellcheck disable=SC2154

# measure NAME COMMAND...: one run; see measure.c for the columns.
measure() {
	name=$1
	shift
	"$bench/measure" "$@" >>"$scratch/$name" 2>/dev/null
}

# median NAME COLUMN
median() {
	cut -d' ' -f"$2" "$scratch/$1" | sort -n |
		awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'
}

# verdict TEXT VALUE LIMIT most|least
verdict() {
	awk -v text="$1" -v value="$2" -v limit="$3" -v kind="$4" 'BEGIN {
		fine = kind == "most" ? value <= limit : value >= limit
		printf "  %-52s %6.2f (at %s %s: %s)\n", text, value, kind,
			limit, fine ? "met" : "MISSED"
	}'
}

ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'
}

drop_caches() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
}
