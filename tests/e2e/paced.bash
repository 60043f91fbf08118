# paced.bash - did something go at the pace that was asked for?
#
# shellcheck shell=bash
# shellcheck disable=SC2154 # $log is set by who loads it

# too_early RATE START: how many were delivered before they could have been
# begun, by the log in $log.  It knows whole seconds; in any of them there may
# be one second's worth more than the rate gives since the start.
too_early() {
	python3 - "$log" "$1" "$2" <<-'END'
		import calendar, sys, time

		log, rate, start = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
		year = time.gmtime(start).tm_year
		times = []
		for line in open(log, errors="replace"):
		    if "status=sent" not in line:
		        continue
		    when = time.strptime("%d %s" % (year, line[:15]),
		                         "%Y %b %d %H:%M:%S")
		    seconds = calendar.timegm(when)
		    if seconds < start - 86400:
		        seconds = calendar.timegm((year + 1,) + when[1:])
		    times.append(seconds)
		print(sum(n > rate * (when + 1 - start) + max(rate, 1)
		          for n, when in enumerate(sorted(times), 1)))
	END
}
