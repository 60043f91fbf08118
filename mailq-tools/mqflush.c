/*
 * mqflush - have Postfix deliver now what it would try later.
 */
#include "mqflush.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "mailq-tools/ask.h"
#include "mailq-tools/process.h"
#include "mailq-tools/verb.h"

#define LOCK_NAME "mqflush.lock"

/* Also what other people's programs say, such as getopt(3). */
static void
be_quiet(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && dup2(fd, STDERR_FILENO) >= 0)
		close(fd);
}

/* So that a thousand machines with one timer do not come at once. */
static void
wait_some_time(struct mqflush *m)
{
	uint64_t chance = 0;
	struct timespec pause;
	uint64_t ms;

	if (m->jitter == 0 || m->dry_run)
		return;
	if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		tool_die(&m->tool, TOOL_IO, "no random numbers");
	ms = chance % ((uint64_t)m->jitter * 1000 + 1);
	pause.tv_sec = (time_t)(ms / 1000);
	pause.tv_nsec = (long)(ms % 1000) * 1000000;
	while (nanosleep(&pause, &pause) < 0)
		;
	m->tool.now = time(NULL);
}

/* Ends the program where another one is to have its way. */
static void
meet_another(struct mqflush *m, const struct run_lock *lock)
{
	if (m->lock_mode == RUN_LOCK_SKIP) {
		if (m->result.verbose)
			tool_note(&m->tool,
				  "another mqflush is at work (process %ld): "
				  "nothing was done",
				  lock->pid);
		exit(TOOL_OK);
	}
	tool_die(&m->tool, TOOL_PARTLY,
		 "another mqflush is at work (process %ld): nothing was done; "
		 "--wait-lock waits for it, --skip-if-running leaves it at "
		 "that",
		 lock->pid);
}

/*
 * In the order of the instances, which is the same for all.  To deliver is
 * worth more than not to do so twice: a full disk keeps nobody from it.
 */
static void
take_locks(struct mqflush *m)
{
	for (size_t i = 0; i < m->access.count; i++) {
		const struct workplace *place = &m->access.workplaces[i];
		enum qf_status status;
		struct qf_error err;

		if (place->spool == NULL || place->state == NULL)
			continue;
		status = run_lock_take(&m->locks[i], place->state, LOCK_NAME,
				       m->lock_mode == RUN_LOCK_WAIT, &err);
		if (status == QF_BUSY)
			meet_another(m, &m->locks[i]);
		if (status != QF_OK && !qf_error_is_full(&err))
			tool_die(&m->tool, tool_exit_of(status), "%s",
				 err.text);
	}
}

void
mqflush_complain_down(struct mqflush *m, size_t instance)
{
	tool_complain_of(&m->tool, TOOL_DOWN, m->access.names[instance],
			 "the mail system is down: nothing was flushed");
	m->is_down[instance] = true;
}

/* True: one of them runs. */
static bool
look_who_runs(struct mqflush *m)
{
	bool some = false;

	for (size_t i = 0; i < m->access.count; i++) {
		const struct qf_spool *spool = m->access.workplaces[i].spool;
		struct qf_error err;

		if (spool == NULL)
			continue;
		switch (qf_plan_is_up(spool, &err)) {
		case QF_OK:
			some = true;
			break;
		case QF_DOWN:
			mqflush_complain_down(m, i);
			break;
		default:
			tool_complain(&m->tool, tool_exit_of(err.status), "%s",
				      err.text);
			m->is_down[i] = true;
		}
	}
	return some;
}

static void
consider_one(void *context, const struct qf_message *message)
{
	struct mqflush *m = context;

	consider_add(&m->consider, message);
}

static void
choose(struct mqflush *m)
{
	const unsigned held = QF_QUEUE_BIT(QF_QUEUE_HOLD);

	m->consider = (struct consider){ .tool = &m->tool,
					 .verb = QF_FLUSH,
					 .in_full = m->dry_run };
	consider_start(&m->consider, &m->access);
	m->choose = (struct choose){
		.tool = &m->tool,
		.access = &m->access,
		.where = &m->where,
		.ids = m->by_id ? &m->ids : NULL,
		.queues = verb_words(QF_FLUSH)->queues | held,
		.apart = held,
		.limit = m->limit,
		.per_domain = { .limit = m->pace.per_domain },
		.parts = consider_parts(&m->consider),
		.take = consider_one,
		.context = m,
	};
	choose_messages(&m->choose);
	m->result.held = m->choose.counted;
}

static void
print_dry_run(struct mqflush *m)
{
	m->consider.rate = m->pace.rate;
	if (m->pace.rate != NULL)
		m->consider.seconds =
			qf_pace_duration(&m->pace.pace, m->choose.count);
	m->consider.later = m->choose.later;
	m->consider.later_for = PACE_PER_DOMAIN;
	consider_print(&m->consider, false);
}

/* As mqadm asks: for more than one, where somebody is there to answer. */
static bool
agree(struct mqflush *m)
{
	struct qf_buffer question = { 0 };
	bool agreed;

	if (m->yes || m->quiet || m->consider.messages < 2 ||
	    !ask_can(m->ids_on_stdin))
		return true;
	consider_question(&m->consider, &question);
	agreed = ask(qf_buffer_text(&question));
	qf_buffer_free(&question);
	if (!agreed)
		tool_complain(&m->tool, TOOL_PARTLY, "nothing was flushed");
	return agreed;
}

static void
report_nothing(struct mqflush *m)
{
	if (!m->result.verbose || m->by_id)
		return;
	if (m->result.held > 0)
		tool_note(&m->tool,
			  "nothing to flush; left on hold: %llu (mqadm "
			  "release)",
			  (unsigned long long)m->result.held);
	else
		tool_note(&m->tool, "nothing to flush");
}

static void
flush(struct mqflush *m)
{
	bool verbose = m->result.verbose;

	m->result.tool = &m->tool;
	m->result.verb = QF_FLUSH;
	m->result.quiet = !verbose;
	/* One line, and not one for each message. */
	m->result.verbose = false;
	m->result.by_id = m->by_id;
	m->result.total = m->consider.messages;
	m->result.later = m->choose.later;
	m->result.later_for = PACE_PER_DOMAIN;
	result_start(&m->result);
	if (m->pace.rate != NULL)
		progress_pace(&m->result.progress, m->pace.rate,
			      (double)m->pace.pace.each / QF_PACE_SECOND);
	if (mqflush_is_whole(m))
		mqflush_run_whole(m);
	else
		mqflush_run_chosen(m);
	result_end(&m->result);
	result_free(&m->result);
}

static void
go_on(struct mqflush *m)
{
	if (m->dry_run)
		print_dry_run(m);
	else if (m->consider.messages == 0)
		report_nothing(m);
	else if (agree(m))
		flush(m);
}

static void
run(struct mqflush *m)
{
	if (!m->dry_run) {
		take_locks(m);
		if (!look_who_runs(m))
			return;
	}
	if (mqflush_is_whole(m)) {
		mqflush_count(m);
		go_on(m);
		return;
	}
	where_parse(&m->tool, &m->where, &m->access);
	m->ids.sole = m->access.sole;
	choose(m);
	go_on(m);
	choose_free(&m->choose);
	consider_free(&m->consider);
}

int
main(int argc, char **argv)
{
	struct mqflush m = { .tool = { .name = "mqflush" } };

	tool_start(&m.tool);
	caller_look(&m.caller, argv);
	argv[0] = (char[]){ "mqflush" }; /* getopt_long() complains with it */
	mqflush_read_options(&m, argc, argv);
	if (m.quiet)
		be_quiet();
	process_make_room();
	wait_some_time(&m);
	settings_open(&m.tool, &m.where.settings);
	settings_parse(&m.tool, &m.where.settings);
	m.access.settings = &m.where.settings;
	m.access.for_change = !m.dry_run;
	m.access.may_lack_journal = true;
	access_open(&m.tool, &m.access);
	run(&m);
	for (size_t i = 0; i < m.access.count; i++)
		run_lock_give(&m.locks[i]);
	id_list_free(&m.ids);
	where_free(&m.where);
	qf_buffer_free(&m.sites);
	caller_free(&m.caller);
	access_close(&m.access);
	return m.tool.exit;
}
