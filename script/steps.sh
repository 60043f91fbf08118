# steps.sh - run the steps of a test, and count what came of them.
#
# To be sourced.  Results are lines `passed NAME', `failed NAME' or
# `skipped NAME' in $MQ_RESULTS; the output of a step goes to a log, of which
# the end is shown when it fails.
# shellcheck shell=sh

steps_start() {
	if [ -z "${MQ_RESULTS:-}" ]; then
		steps_scratch=$(mktemp -d)
		MQ_RESULTS=$steps_scratch/results
		: >"$MQ_RESULTS"
		export MQ_RESULTS
	fi
	steps_logs=$(mktemp -d)
	trap steps_clean_up EXIT
	trap 'exit 1' HUP INT TERM
}

steps_clean_up() {
	rm -rf "$steps_logs" "${steps_scratch:-}"
}

steps_record() {
	echo "$1 $2" >>"$MQ_RESULTS"
}

# steps_run COMMAND...: with its output in $steps_log and its time on record.
steps_run() {
	steps_log=$(mktemp "$steps_logs/XXXXXX")
	steps_begin=$(date +%s)
	steps_status=0
	"$@" >"$steps_log" 2>&1 </dev/null || steps_status=$?
	steps_time="$(($(date +%s) - steps_begin)) s"
}

steps_show_failure() {
	echo "FAILED  $1 ($steps_time)"
	tail -n "${2:-60}" "$steps_log" | sed 's/^/	/'
}

# step NAME COMMAND...: one result.  False when it failed.
step() {
	steps_name=$1
	shift
	steps_run "$@"
	if [ $steps_status -eq 0 ]; then
		steps_record passed "$steps_name"
		echo "ok      $steps_name ($steps_time)"
	else
		steps_record failed "$steps_name"
		steps_show_failure "$steps_name"
		return 1
	fi
}

# step_make_check NAME FOLDER: a result for each test of `make check'.
step_make_check() {
	rm -f "$2"/tests/*.trs "$2"/tests/*/*.trs
	# More at once than there are processors: many of them wait.
	steps_run make -C "$2" -j4 check
	steps_found=0
	for steps_trs in "$2"/tests/*.trs "$2"/tests/*/*.trs; do
		[ -e "$steps_trs" ] || continue
		steps_found=$((steps_found + 1))
		steps_test=$(basename "$steps_trs" .trs)
		case $(sed -n 's/^:global-test-result: //p' "$steps_trs") in
		PASS) steps_record passed "$1: $steps_test" ;;
		SKIP) steps_record skipped "$1: $steps_test" ;;
		*) steps_record failed "$1: $steps_test" ;;
		esac
	done
	if [ $steps_status -ne 0 ] || [ $steps_found -eq 0 ]; then
		# Without a test's result, it was the build.
		grep -q "^failed $1: " "$MQ_RESULTS" ||
			steps_record failed "$1"
		steps_show_failure "$1"
		tail -n 100 "$2"/test-suite.log 2>/dev/null
		return 1
	fi
	echo "ok      $1: $steps_found tests ($steps_time)"
}

# step_bats NAME ARGUMENT...: a result for each test of some bats files.
step_bats() {
	steps_name=$1
	shift
	steps_run bats --formatter tap "$@"
	awk -v name="$steps_name" '
		/^ok .*# skip/ { sub(/^ok [0-9]+ /, "")
			print "skipped " name ": " $0; next }
		/^ok / { sub(/^ok [0-9]+ /, ""); print "passed " name ": " $0 }
		/^not ok / { sub(/^not ok [0-9]+ /, "")
			print "failed " name ": " $0 }
	' "$steps_log" >>"$MQ_RESULTS"
	grep '^ok .*# skip' "$steps_log" | sed 's/^/	/' || true
	if [ $steps_status -ne 0 ]; then
		grep -q "^failed $steps_name: " "$MQ_RESULTS" ||
			steps_record failed "$steps_name"
		echo "FAILED  $steps_name ($steps_time)"
		grep -v '^ok ' "$steps_log" | tail -n 150 | sed 's/^/	/'
		return 1
	fi
	echo "ok      $steps_name: $(grep -c '^ok ' "$steps_log") tests" \
		"($steps_time)"
}

# The last line, and the status of the whole.
steps_end() {
	steps_failed=$(grep -c '^failed ' "$MQ_RESULTS") || true
	steps_skipped=$(grep -c '^skipped ' "$MQ_RESULTS") || true
	steps_passed=$(grep -c '^passed ' "$MQ_RESULTS") || true
	if [ "$steps_failed" -gt 0 ]; then
		echo
		grep '^failed ' "$MQ_RESULTS"
	fi
	echo
	echo "$steps_passed passed, $steps_failed failed," \
		"$steps_skipped skipped"
	[ "$steps_failed" -eq 0 ] && [ "$steps_passed" -gt 0 ]
}
