# account.awk - what has become of every message, for every recipient.
#
# See account.sh, which calls it.  Prints `NAME COUNT' for what is counted,
# and a line that begins with `!' for each thing that is wrong.

# -- what was injected, and what the sink took

!is_log && ($1 == "in" || $1 == "maybe") {
	tag_of[$5] = $3
	if ($1 == "in" && !(($4 ":") in tag_by_id))
		know($4 ":", $3)
	if ($1 == "maybe")
		is_doubtful[$3] = 1
	else {
		messages[$3] = 1
		taken_at[$3] = $2
	}
}

!is_log && $1 == "sent" {
	sent[$3]++
	sent_at[$3] = sent_at[$3] " " $2
	last_sent[$3] = $2
	if ($4 != tag_in($3))
		wrong("damaged", tag_in($3), $3 " got " $4)
	next
}

!is_log && $1 == "report" { report(tag_in($3), $4, $5); next }

# -- what was done beside the tool

!is_log && $1 == "end" {
	ends[++end_count] = $2
	if ($3 != "restart")
		is_ours[$3] = 1
}
!is_log && $1 == "purge" { purge_tag[$3] = $4; purge_time[$3] = $2 }

# -- what is left

!is_log && $1 == "left" {
	if ($2 == "mailq-tools-trash") {
		in_trash[$4]++
		trash_name[$4] = $3
	} else
		left[$4]++
}

!is_log && $1 == "pending" { report(tag_in($4), $5, $6) }
!is_log && $1 == "corrupt" { wrong("corrupt", "-", $2) }
!is_log && $1 == "links" { wrong("links", "-", $2) }
!is_log && $1 == "repair" { wrong("repair", "-", $0) }
!is_log && $1 == "orphan" { counts["orphan-logs"]++ }

# -- the log

is_log { program = $5; sub(/\[.*/, "", program); sub(/.*\//, "", program) }

is_log && / from=<m[0-9]+@b[0-9]+\.example>/ {
	tag = $0
	sub(/.* from=</, "", tag)
	sub(/@.*/, "", tag)
	know($6, tag)
}

is_log && / to=<m[0-9]+-[0-9]+@/ {
	to = $7
	sub(/^to=</, "", to)
	sub(/>,?$/, "", to)
	know($6, tag_in(to))
	if (/ status=sent /) {
		logged[to]++
		sent_as[to] = sent_as[to] " " $6
	}
	if (/ status=bounced /)
		bounced[to]++
}

is_log && program == "postsuper" && / removed$/ {
	id = $6
	sub(/:$/, "", id)
	if (id in purge_tag) {
		is_purged[purge_tag[id]] = 1
		purged_at[purge_tag[id]] = purge_time[id]
		counts["purged-messages"]++
	}
}

is_log && program == "postsuper" && / requeued$/ { requeued[$6] = 1 }

# A report is known by its id alone, and a report that expires is thrown away.
is_log && / sender non-delivery notification: / {
	if ($6 in tag_by_id)
		report_of[$NF ":"] = tag_by_id[$6]
}

is_log && program == "master" && / daemon started / { starts++ }

# When pickup(8) is stopped after it has made its copy of a requeued file and
# before it removes that file, the next one makes another copy.
is_log && program == "pickup" && / orig_id=/ {
	old = $NF
	sub(/^orig_id=/, "", old)
	rename(old ":", $6)
	tag = tag_of_id($6)
	if (((old in picked_up) && picked_up[old] < starts) || \
	    (old in trashed_unseen)) {
		is_copied[old ":"] = 1
		copies[tag]++
	}
	picked_up[old] = starts + 0
	copy_of[$6] = old ":"
	is_moved[tag] = 1
}

is_log && / renamed to / {
	renamed[$6] = $NF
	named_before[$NF ":"] = $6
	rename($6, $NF ":")
}

is_log && ($6 in report_of) && / status=(force-)?expired, / {
	is_silent[report_of[$6]] = 1
}

function rename(old, new) {
	if (old in report_of)
		report_of[new] = report_of[old]
	if (old in tag_by_id)
		tag_by_id[new] = tag_by_id[old]
}

is_log && / (fatal|panic): / && program != "postqueue" { broken() }
is_log && / killed by signal | exit status [1-9]|throttling/ { broken() }

# What we have killed just after its start makes master careful.
function broken(    pid) {
	if (match($0, / pid [0-9]+/)) {
		pid = substr($0, RSTART + 5, RLENGTH - 5)
		if (pid in is_ours) {
			victim = $8
			return
		}
	}
	if (victim != "" && $7 == victim ":" && / throttling$/)
		return
	wrong("broken", "-", $0)
}

# -- what the tool was asked, and said

# A tool that was killed has no last word, and one whose calls fail may fail.
# That there is nothing to undo or to restore is no failure.
!is_log && $1 == "status" && $2 !~ /killed$/ {
	if ($2 ~ /faulty$/ ? $3 > 127 : $3 !~ /^(0|65|66|75)$/)
		wrong("status", "-", $2 " ended with " $3)
}

!is_log && $1 == "asked" {
	asked[++asked_count] = $0
	if ($2 !~ /(killed|faulty)$/ && $5 !~ /^(undo-|restore-all)/)
		unanswered[$2 " " $6] = 1
}

!is_log && $1 == "said" {
	said[++said_count] = $0
	# While the mail system is down, its log has no line of that.
	if ($8 != "-" && $8 != $6)
		named_before[$8 ":"] = $6 ":"
	delete unanswered[$2 " " $6]
	said_outcome[$9 " " $6] = $7
	counts["said-" $7]++
	if ($7 == "done") {
		counts["done-" $5]++
		if ($2 ~ /^undo-/)
			counts["undone"]++
		# pickup(8) goes on with what it has opened.
		if ($10 == "maildrop")
			trashed_unseen[$6] = 1
	}
}

# An id that the message had once.
!is_log && $1 == "also" { delete unanswered[$2 " " $3] }

!is_log && $1 == "job" && $3 !~ /^(done|recovered)$/ {
	wrong("job", "-", $2 " is " $3)
}

!is_log && $1 == "noted" {
	noted[$2 " " $4] = $5
	if ($5 == "prepared")
		wrong("unfinished", "-", $0)
}

# -- the sum

END {
	for (i = 1; i <= said_count; i++)
		note_purge(said[i])
	for (to in tag_of)
		judge(to, tag_of[to])
	for (i = 1; i <= said_count; i++)
		check(said[i])
	for (key in unanswered)
		if (tool != "none" && tool != "postsuper")
			wrong("silent", "-", key)
	for (key in said_outcome)
		if (noted[key] != "" && noted[key] != said_outcome[key])
			wrong("journal", "-", key ": said " \
				said_outcome[key] ", noted " noted[key])
	for (to in sent)
		if (!(to in tag_of))
			wrong("unknown", tag_in(to), to)
	for (tag in messages)
		counts["messages"]++
	n = split("messages recipients delivered bounced purged present " \
		"report-expired in-trash not-taken lost doubled doubled-by-postfix " \
		"doubled-by-other orphan-logs delay-reports false said-done " \
		"said-already said-gone said-absent said-returned said-busy " \
		"said-writing said-refused said-failed said-changed " \
		"done-delete done-restore done-purge undone", names, " ")
	for (i = 1; i <= n; i++)
		print names[i], counts[names[i]] + 0
	print "stuck", stuck + 0
	print "seconds", seconds
	for (i = 1; i <= wrongs; i++)
		print "!", text[i]
	for (id in tag_by_id)
		print "id", tag_by_id[id], id
}

# check LINE: is it true?
function check(line,    f, tag) {
	split(line, f, " ")
	tag = tag_at(f[6] ":", f[4])
	if (tag == "" || f[2] ~ /killed$/)
		return
	if ((f[7] == "failed" || f[7] == "changed") && f[2] !~ /faulty$/)
		wrong(f[7], tag, line)
	if (f[7] == "writing" && !is_moved[tag] && (tag in taken_at) && \
	    taken_at[tag] + 0 < f[3] + 0)
		false(tag, line, "it was complete at " taken_at[tag])
	if (f[7] == "returned" && !reported[tag])
		false(tag, line, "there is no report")
	# What is not in the trash may well be in a queue.
	if ((f[7] == "gone" || (f[7] == "absent" && f[5] != "restore")) && \
	    !is_moved[tag] && !is_trashed(tag, f[3], f[4]))
		check_gone(tag, line, f[6] ":", f[4])
	if (f[5] == "requeue" && f[7] == "done" && !(f[8] in picked_up) &&
	    !(tag in is_purged))
		false(tag, line, "it was not picked up")
	if (f[7] != "done")
		return
	if (f[5] == "hold")
		check_held(tag, line, f[3], f[4])
	# Copies go their own ways.
	if (f[5] == "delete" && !copies[tag])
		check_trashed(tag, line, f[3], f[4] + grace(f[11]))
	if (f[5] == "purge" && !copies[tag])
		check_purged(tag, line, f[4] + grace(f[11]))
}

# An attempt that is under way goes on.  No delivery to the sink takes longer.
function grace(active) {
	return active == "active" ? 5000 : 0
}

# What the tool has removed for good.
function note_purge(line,    f, tag) {
	split(line, f, " ")
	if (f[5] != "purge" || f[7] != "done")
		return
	tag = tag_at(f[6] ":", f[4])
	if (tag == "")
		return
	is_purged[tag] = 1
	if (!(tag in purged_at) || f[4] < purged_at[tag])
		purged_at[tag] = f[4]
	counts["purged-messages"]++
}

# Does this request concern it?
function is_about(f, tag) {
	return f[5] == "restore-all" || tag_of_id(f[6] ":") == tag
}

# May it have been in the trash in that time?  The outcome of who was killed is
# not known, and what was asked to be deleted need not have been.
function is_trashed(tag, from, to,    i, f, since, back) {
	for (i = 1; i <= asked_count; i++) {
		split(asked[i], f, " ")
		if (!is_about(f, tag))
			continue
		if (f[5] ~ /^(delete|undo-restore)$/ && f[3] + 0 <= to + 0)
			since = 1
		if (f[5] ~ /^(restore|restore-all|undo-delete)$/ && \
		    f[4] + 0 >= from + 0)
			back = 1
	}
	return since && back
}

# What is in the trash is not delivered until somebody is asked to restore it.
function check_trashed(tag, line, from, to,    i, f, rcpt, until) {
	until = 1e15
	for (i = 1; i <= asked_count; i++) {
		split(asked[i], f, " ")
		if (f[5] ~ /^(restore|restore-all|undo-delete)$/ && \
		    is_about(f, tag) && f[4] + 0 >= from + 0 && f[3] < until)
			until = f[3] + 0
	}
	for (rcpt in tag_of)
		if (tag_of[rcpt] == tag && sent_between(rcpt, to, until))
			false(tag, line, rcpt " was sent, and not restored")
}

# What is removed for good is not there any more, and not delivered.
function check_purged(tag, line, to,    rcpt) {
	for (rcpt in tag_of) {
		if (tag_of[rcpt] != tag)
			continue
		if (left[rcpt] || in_trash[rcpt])
			false(tag, line, rcpt " is still there")
		if (sent_between(rcpt, to, 1e15))
			false(tag, line, rcpt " was sent, and was purged")
	}
}

# What was gone at that time is not delivered later; but agents that were at
# work on a message do not notice that it is deleted.
function check_gone(tag, line, id, time,    to) {
	if ((tag in purged_at) && purged_at[tag] + 0 <= time + 0)
		return
	for (to in tag_of) {
		if (tag_of[to] != tag || last_sent[to] + 0 <= time + 0)
			continue
		false(tag, line, to " was sent at " last_sent[to] \
			((id in renamed) ? ", as " renamed[id] : ""))
		return
	}
}

# What is on hold is not delivered, until somebody is asked to release it.
function check_held(tag, line, from, to,    n, i, f, rcpt, until) {
	until = 1e15
	for (i = 1; i <= asked_count; i++) {
		split(asked[i], f, " ")
		if (f[5] !~ /^(release|requeue|undo-hold)$/)
			continue
		if (tag_of_id(f[6] ":") == tag && f[4] >= from && f[3] < until)
			until = f[3]
	}
	for (rcpt in tag_of)
		if (tag_of[rcpt] == tag && sent_between(rcpt, to, until))
			false(tag, line, rcpt " was sent, and not released")
}

function sent_between(to, from, until,    times, n, i) {
	n = split(sent_at[to], times, " ")
	for (i = 1; i <= n; i++)
		if (times[i] + 0 > from + 0 && times[i] + 0 < until + 0)
			return 1
	return 0
}

# judge TO TAG: exactly one thing has become of it.
function judge(to, tag,    ends) {
	counts["recipients"]++
	ends = sent[to] + failed[to] + left[to]
	if (ends == 0) {
		if (tag in is_purged)
			counts["purged"]++
		else if (tag in is_silent)
			counts["report-expired"]++
		else if (to in in_trash)
			judge_trashed(to, tag)
		else if ((tag in is_doubtful) && !(tag in messages))
			counts["not-taken"]++
		else
			offence("lost", tag, to)
		return
	}
	if (sent[to])
		counts["delivered"]++
	else if (failed[to])
		counts["bounced"]++
	else
		counts["present"]++
	if (ends == 1)
		return
	if (is_unheard(to) || is_copied_so(to, tag, ends))
		counts["doubled-by-postfix"]++
	else if (is_requeued(tag) && !is_sent_twice(to))
		counts["doubled-by-other"]++
	else
		offence("doubled", tag, to " sent=" sent[to] + 0 " logged=" \
			logged[to] + 0 " reports=" failed[to] + 0 " left=" \
			left[to] + 0)
}

# In the end all is restored; pickup(8) may still be reading what was in its
# hands a minute ago.
function judge_trashed(to, tag) {
	counts["in-trash"]++
	if (in_trash[to] > 1)
		offence("doubled", tag, to " is in the trash")
	else if (trash_name[to] !~ /^maildrop\./)
		wrong("in-trash", tag, to " as " trash_name[to])
}

# An agent that was ended between the 250 and its log line: Postfix did not
# hear that it was delivered, and has it delivered again.
function is_unheard(to,    times, n, i, j) {
	if (logged[to] >= sent[to])
		return 0
	n = split(sent_at[to], times, " ")
	for (i = 1; i <= n; i++)
		for (j = 1; j <= end_count; j++)
			if (times[i] - ends[j] < 2000 && \
			    ends[j] - times[i] < 2000)
				return 1
	return 0
}

# One that pickup(8) has taken more than once, of which each copy has come to
# one end.
function is_copied_so(to, tag, ends) {
	return ends - 1 <= copies[tag] && !is_sent_twice(to)
}

# The same copy of it, under whatever names.
function is_sent_twice(to,    ids, n, i, first, seen) {
	n = split(sent_as[to], ids, " ")
	for (i = 1; i <= n; i++) {
		first = first_name(ids[i])
		if (first in seen)
			return 1
		seen[first] = 1
	}
	return 0
}

# A copy has a name of its own where there may be another one.  Short ids can
# come back, so that a way from one to another may be a circle.
function first_name(id,    old, steps) {
	while (steps++ < 1000) {
		if (id in named_before)
			id = named_before[id]
		else if (id in copy_of) {
			old = copy_of[id]
			if ((old in is_copied) || (old in requeued))
				return id
			id = old
		} else
			break
	}
	return id
}

function is_requeued(tag,    id) {
	for (id in requeued)
		if (tag_of_id(id) == tag)
			return 1
	return 0
}

# -- words

# The tag of an address: m7-2@d3.example and m7@b3.example have m7.
function tag_in(address) {
	sub(/[-@].*/, "", address)
	return address
}

# An id of which the log has lost the line that it was given is known by what
# the tool has said.
function known_as(id,    steps) {
	while (!(id in tag_by_id) && !(id in report_of) && \
	    (id in named_before) && steps++ < 1000)
		id = named_before[id]
	return id
}

function tag_of_id(id) {
	id = known_as(id)
	return (id in tag_by_id) ? tag_by_id[id] : report_of[id]
}

# A short id can be that of one message after another.
function know(id, tag) {
	if ((id in tag_by_id) && tag_by_id[id] != tag)
		tags_before[id] = tags_before[id] " " tag_by_id[id]
	tag_by_id[id] = tag
}

# The last one that had this id and had been taken by then; of no report.
function tag_at(id, time,    tags, i) {
	id = known_as(id)
	if (!(id in tag_by_id))
		return ""
	i = split(tags_before[id] " " tag_by_id[id], tags, " ")
	while (i > 1 && taken_at[tags[i]] + 0 > time + 0)
		i--
	return tags[i]
}

function report(tag, action, to) {
	if (action == "delayed")
		counts["delay-reports"]++
	else if (action == "none" || tag_in(to) != tag)
		wrong("odd-report", tag, action " " to)
	else {
		failed[to]++
		reported[tag] = 1
	}
}

function false(tag, line, why) {
	counts["false"]++
	wrong("false", tag, why ": " line)
}

function offence(what, tag, rest) {
	counts[what]++
	wrong(what, tag, rest)
}

function wrong(what, tag, rest) {
	text[++wrongs] = what " " tag " " rest
}
