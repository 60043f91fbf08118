# said.awk - what the tool said of each message, or its journal, from lines
# of JSON.
#
# usage: awk -f said.awk -v what=said -v call=NAME -v from=MS -v to=MS FILE
#	awk -f said.awk -v what=noted FILE
#
# Prints `said CALL FROM TO ACTION ID OUTCOME NOW JOB FOLDER ACTIVE' and
# `noted JOB STATE ID OUTCOME'; `-' is what is not known.

# member NAME: of the object in this line; texts here have no quotes in them.
function member(name,    rest) {
	if (!match($0, "\"" name "\": ?\"[^\"]*\""))
		return "-"
	rest = substr($0, RSTART, RLENGTH - 1)
	sub(/^[^:]*: ?"/, "", rest)
	return rest == "" ? "-" : rest
}

what == "said" {
	print what, call, from, to, member("action"), member("id"),
		member("outcome"), member("now"), member("job"),
		member("from"), /"was_active": ?true/ ? "active" : "-"
}

what == "noted" {
	n = split($0, parts, "{\"number\"")
	job = member("job")
	state = member("state")
	print "job", job, state
	for (i = 2; i <= n; i++) {
		$0 = parts[i]
		print what, job, state, member("queue_id"), member("outcome")
	}
}
