/*
 * The listing of Postfix's own postqueue as a store: a script stands in for
 * the program.  A listing that ended badly never looks like an empty queue.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "queue-format/showq/showq_store.h"
#include "queue-format/survey.h"
#include "unit.h"

#define LINE(queue, id)                                                        \
	"{\"queue_name\": \"" queue "\", \"queue_id\": \"" id "\", "           \
	"\"arrival_time\": 1763800000, \"message_size\": 512, "                \
	"\"forced_expire\": false, \"sender\": \"a@example.org\", "            \
	"\"recipients\": [{\"address\": \"b@example.net\", "                   \
	"\"delay_reason\": \"busy\"}]}\n"

/* Five messages in three queues; D4 is seen twice, as it moves. */
#define QUEUE                                                                  \
	LINE("active", "A1")                                                   \
	LINE("deferred", "D2")                                                 \
	LINE("deferred", "D3") LINE("deferred", "D4") LINE("hold", "D4")

static const char print_all[] = "cat \"${0%/*}/output\"\n";

static char path[1024]; /* borrowed by the store */
static struct qf_store *store;
static struct qf_listing *listing;
static struct qf_arena arena;
static struct qf_ref ref;
static struct qf_error err;
static struct qf_selection everything = { .queues = QF_QUEUES_LISTED };

static void
open_store(const char *directory)
{
	snprintf(path, sizeof(path), "%s", scratch_path("postqueue"));
	ck_assert_int_eq(
		qf_showq_store_open(path, directory, "mx1", &store, &err),
		QF_OK);
}

/* The program: prints `output' if its script wants that. */
static void
program(const char *script, const char *output, size_t len)
{
	char text[2000];

	snprintf(text, sizeof(text), "#!/bin/sh\n%s", script);
	scratch_text("postqueue", text, 0700);
	scratch_file("output", output, len, 0600);
	open_store(NULL);
}

static enum qf_status
list(const struct qf_selection *selection)
{
	return store->ops->list(store, selection, &listing, &err);
}

static void
start(const char *script, const char *output, size_t len)
{
	program(script, output, len);
	ck_assert_int_eq(list(&everything), QF_OK);
}

static enum qf_status
next(void)
{
	err = (struct qf_error){ 0 };
	return store->ops->next(listing, &arena, &ref, &err);
}

static void
next_is(enum qf_queue queue, const char *id)
{
	enum qf_status status = next();

	ck_assert_msg(status == QF_OK, "%s", err.text);
	ck_assert_str_eq(ref.id, id);
	ck_assert_int_eq(ref.queue, queue);
	ck_assert_ptr_null(ref.place);
}

/* It stays at its end. */
static void
at_end(void)
{
	ck_assert_int_eq(next(), QF_END);
	ck_assert_int_eq(next(), QF_END);
}

static enum qf_status
load_for(const struct qf_filter *filter, struct qf_message *message)
{
	struct qf_loader *loader;
	enum qf_status status;

	ck_assert_int_eq(store->ops->loader_new(store, filter, &loader, &err),
			 QF_OK);
	status = store->ops->load(loader, &ref, &arena, message, &err);
	store->ops->loader_free(loader);
	return status;
}

static void
end(void)
{
	if (listing != NULL)
		store->ops->list_end(listing);
	listing = NULL;
	qf_store_close(store);
	store = NULL;
	qf_arena_free(&arena);
	/* Whatever the test has started is gone. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

START_TEST(lists_in_the_order_of_the_output)
{
	start(print_all, BYTES(QUEUE));
	next_is(QF_QUEUE_ACTIVE, "A1");
	next_is(QF_QUEUE_DEFERRED, "D2");
	next_is(QF_QUEUE_DEFERRED, "D3");
	next_is(QF_QUEUE_DEFERRED, "D4");
	next_is(QF_QUEUE_HOLD, "D4");
	at_end();
}
END_TEST

START_TEST(loads_what_is_listed)
{
	const struct qf_filter filter = { .parts = QF_PART_REASONS };
	struct qf_message m;

	start(print_all, BYTES(QUEUE));
	next_is(QF_QUEUE_ACTIVE, "A1");
	next_is(QF_QUEUE_DEFERRED, "D2");
	ck_assert_int_eq(load_for(&filter, &m), QF_OK);
	ck_assert_str_eq(m.instance, "mx1");
	ck_assert_str_eq(m.id, "D2");
	ck_assert_int_eq(m.queue, QF_QUEUE_DEFERRED);
	ck_assert_ptr_null(m.place);
	ck_assert_uint_eq(m.parts, QF_PART_NAME | QF_PART_ENVELOPE |
					   QF_PART_RECIPIENTS |
					   QF_PART_REASONS);
	ck_assert_uint_eq(m.parts | QF_PART_CLASSES, store->parts);
	ck_assert_str_eq(m.sender, "a@example.org");
	ck_assert_uint_eq(m.left_count, 1);
	ck_assert_str_eq(m.left[0].reason, "busy");
}
END_TEST

START_TEST(an_empty_queue_is_no_error)
{
	start(print_all, BYTES(""));
	at_end();
}
END_TEST

/* What it warns of is no failure. */
START_TEST(words_without_failure_are_ignored)
{
	start("echo 'postqueue: warning: odd' >&2; cat \"${0%/*}/output\"\n",
	      BYTES(LINE("active", "A1")));
	next_is(QF_QUEUE_ACTIVE, "A1");
	at_end();
}
END_TEST

static const struct {
	const char *directory;
	const char *arguments;
} calls[] = {
	{ NULL, "[-j]" },
	{ "", "[-j]" },
	{ "/etc/other postfix", "[-c][/etc/other postfix][-j]" },
};

/* As Postfix's program gets its arguments, without a shell between. */
START_TEST(names_the_instance)
{
	char text[100] = "";
	FILE *file;

	scratch_text("postqueue",
		     "#!/bin/sh\nprintf '[%s]' \"$@\" >\"${0%/*}/called\"\n",
		     0700);
	open_store(calls[_i].directory);
	ck_assert_int_eq(list(&everything), QF_OK);
	at_end();
	file = fopen(scratch_path("called"), "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	fclose(file);
	ck_assert_str_eq(text, calls[_i].arguments);
}
END_TEST

/* Which of the five messages are taken, as "QUEUE/ID " each. */
static const struct {
	unsigned queues;
	const char *ids[3];
	size_t id_count; /* 0: all */
	const char *taken;
} choices[] = {
	{ QF_QUEUES_LISTED,
	  { NULL },
	  0,
	  "active/A1 deferred/D2 deferred/D3 deferred/D4 hold/D4 " },
	{ QF_QUEUE_BIT(QF_QUEUE_DEFERRED),
	  { NULL },
	  0,
	  "deferred/D2 deferred/D3 deferred/D4 " },
	{ QF_QUEUE_BIT(QF_QUEUE_ACTIVE) | QF_QUEUE_BIT(QF_QUEUE_HOLD) |
		  QF_QUEUE_BIT(QF_QUEUE_CORRUPT),
	  { NULL },
	  0,
	  "active/A1 hold/D4 " },
	{ QF_QUEUE_BIT(QF_QUEUE_INCOMING), { NULL }, 0, "" },
	{ QF_QUEUES_LISTED, { "D3", "A1" }, 2, "active/A1 deferred/D3 " },
	{ QF_QUEUES_LISTED, { "D4", "D4", "D" }, 3, "deferred/D4 hold/D4 " },
	{ QF_QUEUE_BIT(QF_QUEUE_HOLD), { "D4", "A1" }, 2, "hold/D4 " },
	{ QF_QUEUES_LISTED, { "d3" }, 1, "" },
};

static void
assert_taken(const struct qf_selection *selection, const char *taken)
{
	char text[200] = "";

	ck_assert_int_eq(list(selection), QF_OK);
	while (next() == QF_OK) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s/%s ",
			 qf_queue_name(ref.queue), ref.id);
	}
	ck_assert_str_eq(err.text, "");
	ck_assert_str_eq(text, taken);
}

START_TEST(takes_what_is_selected)
{
	struct qf_selection selection = {
		.queues = choices[_i].queues,
		.ids = choices[_i].id_count == 0 ? NULL : choices[_i].ids,
		.id_count = choices[_i].id_count,
	};

	program(print_all, BYTES(QUEUE));
	assert_taken(&selection, choices[_i].taken);
}
END_TEST

/* An empty list of ids is not the same as none. */
START_TEST(no_ids_take_nothing)
{
	const char *none = NULL;
	struct qf_selection selection = { .queues = QF_QUEUES_LISTED,
					  .ids = &none };

	program(print_all, BYTES(QUEUE));
	assert_taken(&selection, "");
}
END_TEST

START_TEST(does_not_guess_about_the_corrupt_queue)
{
	struct qf_selection selection = { .queues = QF_QUEUE_BIT(
						  QF_QUEUE_CORRUPT) };

	program(print_all, BYTES(QUEUE));
	ck_assert_int_eq(list(&selection), QF_DENIED);
	unit_says(err.text, "the corrupt queue is not listed by /");
}
END_TEST

/* Another order of members, as a later version may print it. */
START_TEST(reads_another_form)
{
	static const char line[] =
		"{\"sender\":\"\",\"recipients\":[],\"queue_id\":\"A1\","
		"\"queue_name\":\"hold\",\"message_size\":1,"
		"\"arrival_time\":1}\n";
	struct qf_selection selection = { .queues =
						  QF_QUEUE_BIT(QF_QUEUE_HOLD) };

	program(print_all, BYTES(line));
	ck_assert_int_eq(list(&selection), QF_OK);
	next_is(QF_QUEUE_HOLD, "A1");
	at_end();
	store->ops->list_end(listing);
	selection.queues = QF_QUEUE_BIT(QF_QUEUE_ACTIVE);
	ck_assert_int_eq(list(&selection), QF_OK);
	at_end();
}
END_TEST

/* A line that is broken from the start is an error of the listing... */
START_TEST(goes_on_behind_a_line_without_a_name)
{
	static const char output[] =
		LINE("active", "A1") "\n"
				     "nonsense\n" LINE("hole", "A2")
					     LINE("hold", "A3");
	const off_t length = sizeof(LINE("active", "A1")) - 1;

	start(print_all, BYTES(output));
	next_is(QF_QUEUE_ACTIVE, "A1");
	ck_assert_int_eq(next(), QF_CORRUPT);
	unit_says(err.text, "/postqueue: not JSON: ");
	ck_assert_int_eq(err.offset, length);
	ck_assert_int_eq(next(), QF_CORRUPT);
	unit_says(err.text, "near 'nonsense'");
	ck_assert_int_eq(err.offset, length + 1 + 8);
	ck_assert_int_eq(next(), QF_CORRUPT);
	unit_says(err.text, "/postqueue: A2: queue_name is not a queue");
	ck_assert_int_eq(err.offset, length + 1 + 9);
	next_is(QF_QUEUE_HOLD, "A3");
	at_end();
}
END_TEST

/* ... and one that is broken behind its name is an error of loading. */
START_TEST(tells_which_line_is_broken)
{
	static const char output[] = LINE(
		"active",
		"A1") "{\"queue_name\": \"hold\", \"queue_id\": \"A2\", ?}\n"
		      "{\"queue_name\": \"hold\", \"queue_id\": \"A3\"}\n" LINE(
			      "hold", "A4");
	const off_t length = sizeof(LINE("active", "A1")) - 1;
	const struct qf_filter filter = { .parts = QF_PART_NAME };
	struct qf_message m;

	start(print_all, BYTES(output));
	next_is(QF_QUEUE_ACTIVE, "A1");
	next_is(QF_QUEUE_HOLD, "A2");
	ck_assert_int_eq(load_for(&filter, &m), QF_CORRUPT);
	unit_says(err.text, "/postqueue: not JSON: ");
	unit_says(err.text, "near '?'");
	ck_assert_int_eq(err.offset, length + 42);
	next_is(QF_QUEUE_HOLD, "A3");
	ck_assert_int_eq(load_for(&filter, &m), QF_CORRUPT);
	unit_says(err.text, "/postqueue: A3: arrival_time is missing");
	ck_assert_int_eq(err.offset, length + 44);
	next_is(QF_QUEUE_HOLD, "A4");
	ck_assert_int_eq(load_for(&filter, &m), QF_OK);
	at_end();
}
END_TEST

/* What Postfix says when it cannot list, and two ways of saying nothing. */
static const struct {
	const char *script;
	enum qf_status status;
	const char *says;
} failures[] = {
	{ "echo 'postqueue: fatal: Queue report unavailable - "
	  "mail system is down' >&2; exit 69\n",
	  QF_DOWN,
	  "postqueue: fatal: Queue report unavailable - mail system is down" },
	{ "echo 'postqueue: fatal: Queue report unavailable - mail system is "
	  "down (Connect to the Postfix showq service: Permission denied)' "
	  ">&2; exit 69\n",
	  QF_DOWN, "showq service: Permission denied)" },
	{ "echo 'postqueue: fatal: Connect to the Postfix showq service: "
	  "Permission denied' >&2; exit 69\n",
	  QF_DENIED, "Connect to the Postfix showq service: " },
	{ "echo 'postqueue: fatal: User eve(1003) is not allowed to view the "
	  "mail queue' >&2; exit 69\n",
	  QF_DENIED,
	  "postqueue: fatal: User eve(1003) is not allowed to view the mail "
	  "queue" },
	{ "echo 'postqueue: error: unauthorized configuration directory name: "
	  "/x' >&2; exit 69\n",
	  QF_DENIED, "unauthorized configuration directory name: /x" },
	{ "echo 'postqueue: fatal: malformed showq server response' >&2; "
	  "exit 69\n",
	  QF_SYSTEM, "postqueue: fatal: malformed showq server response" },
	{ "echo 'postqueue: fatal: open /x/main.cf: Permission denied' >&2; "
	  "exit 1\n",
	  QF_DENIED, "open /x/main.cf: Permission denied" },
	{ "exit 3\n", QF_SYSTEM, "/postqueue: exit status 3" },
	{ "kill -9 $$\n", QF_SYSTEM, "/postqueue: killed by signal 9" },
};

START_TEST(tells_why_there_is_no_listing)
{
	start(failures[_i].script, BYTES(""));
	ck_assert_int_eq(next(), failures[_i].status);
	ck_assert_int_eq(err.status, failures[_i].status);
	unit_says(err.text, failures[_i].says);
	at_end();
}
END_TEST

/* What was listed counts; that it is not all must be known. */
START_TEST(tells_why_the_rest_is_missing)
{
	char script[500];

	snprintf(script, sizeof(script), "%s%s", print_all,
		 failures[_i].script);
	start(script, BYTES(LINE("active", "A1") "{\"queue_name\": \"ho"));
	next_is(QF_QUEUE_ACTIVE, "A1");
	ck_assert_int_eq(next(), failures[_i].status);
	unit_says(err.text, failures[_i].says);
	at_end();
}
END_TEST

START_TEST(a_cut_line_is_no_end)
{
	start(print_all, BYTES(LINE("active", "A1") "{\"queue_name\": \"ho"));
	next_is(QF_QUEUE_ACTIVE, "A1");
	ck_assert_int_eq(next(), QF_CORRUPT);
	unit_says(err.text, "/postqueue: ends within a line");
	ck_assert_int_eq(err.offset, sizeof(LINE("active", "A1")) - 1);
	at_end();
}
END_TEST

/* Whole as it may look: Postfix ends each line. */
START_TEST(a_line_without_its_end_is_cut)
{
	start(print_all, LINE("active", "A1"),
	      sizeof(LINE("active", "A1")) - 2);
	ck_assert_int_eq(next(), QF_CORRUPT);
	ck_assert_int_eq(err.offset, 0);
	at_end();
}
END_TEST

START_TEST(passes_over_a_line_without_end)
{
	static const char script[] =
		"head -c 67108865 /dev/zero | tr '\\0' x; echo\n"
		"cat \"${0%/*}/output\"\n";

	start(script, BYTES(LINE("active", "A1")));
	ck_assert_int_eq(next(), QF_CORRUPT);
	unit_says(err.text, "/postqueue: line of more than 67108864 bytes");
	ck_assert_int_eq(err.offset, 0);
	next_is(QF_QUEUE_ACTIVE, "A1");
	at_end();
}
END_TEST

START_TEST(needs_the_program)
{
	program(print_all, BYTES(""));
	ck_assert_int_eq(remove(scratch_path("postqueue")), 0);
	ck_assert_int_eq(list(&everything), QF_ABSENT);
	unit_says(err.text, "/postqueue: no such program");
}
END_TEST

START_TEST(needs_a_program_that_may_be_run)
{
	program(print_all, BYTES(""));
	scratch_text("postqueue", "#!/bin/sh\n", 0600);
	ck_assert_int_eq(list(&everything), QF_DENIED);
	unit_says(err.text, "/postqueue: Permission denied");
}
END_TEST

static int
open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/*
 * It writes more than a pipe holds, for ever: it has to end, and it has to
 * be waited for, which end() looks at.
 */
START_TEST(may_be_closed_early)
{
	int before = open_descriptors();

	start("while cat \"${0%/*}/output\"; do :; done\n", BYTES(QUEUE));
	for (int i = 0; i < _i; i++)
		ck_assert_int_eq(next(), QF_OK);
	store->ops->list_end(listing);
	listing = NULL;
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

static void
note_signal(int number)
{
	(void)number;
}

/* A signal that is handled, such as of a resized window, ends no reading. */
START_TEST(goes_on_after_a_signal)
{
	struct sigaction action = { .sa_handler = note_signal };

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	start("i=0; while [ $i -lt 100 ]; do kill -USR1 $PPID; i=$((i+1)); "
	      "done; cat \"${0%/*}/output\"\n",
	      BYTES(QUEUE));
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(next(), QF_OK);
	at_end();
}
END_TEST

/* What a filter has been asked: the parts that were known each time. */
struct asked {
	unsigned parts[8];
	size_t count;
	enum qf_verdict verdicts[8];
	enum qf_reason_class class; /* of the recipient, the last time */
};

static enum qf_verdict
answer(void *context, const struct qf_message *message)
{
	struct asked *asked = context;

	ck_assert_str_eq(message->id, "A1");
	ck_assert_uint_lt(asked->count, 8);
	asked->parts[asked->count] = message->parts;
	asked->class = message->left[0].reason_class;
	return asked->verdicts[asked->count++];
}

#define AT_NAME	      QF_PART_NAME
#define AT_ENVELOPE   (AT_NAME | QF_PART_ENVELOPE)
#define AT_RECIPIENTS (AT_ENVELOPE | QF_PART_RECIPIENTS)
#define AT_REASONS    (AT_RECIPIENTS | QF_PART_REASONS)
#define AT_CLASSES    (AT_REASONS | QF_PART_CLASSES)
#define STORE_PARTS   (~(unsigned)QF_PART_HOLDER)

static const struct {
	unsigned stages;
	enum qf_verdict verdicts[6];
	enum qf_status status;
	size_t count;
	unsigned parts[6]; /* as they were when it was asked */
} questions[] = {
	/* What a listing has of an inode comes with the envelope. */
	{ STORE_PARTS & ~(unsigned)QF_PART_CLASSES,
	  { QF_UNDECIDED, QF_UNDECIDED, QF_UNDECIDED, QF_UNDECIDED, QF_TAKE },
	  QF_OK,
	  5,
	  { AT_NAME, AT_ENVELOPE, AT_ENVELOPE, AT_RECIPIENTS, AT_REASONS } },
	{ ~0u, { QF_TAKE }, QF_OK, 1, { AT_NAME } },
	{ ~0u, { QF_DROP }, QF_END, 1, { AT_NAME } },
	{ ~0u, { QF_UNDECIDED, QF_DROP }, QF_END, 2, { AT_NAME, AT_ENVELOPE } },
	{ STORE_PARTS,
	  { QF_UNDECIDED },
	  QF_END,
	  6,
	  { AT_NAME, AT_ENVELOPE, AT_ENVELOPE, AT_RECIPIENTS, AT_REASONS,
	    AT_CLASSES } },
	{ QF_PART_RECIPIENTS, { QF_TAKE }, QF_OK, 1, { AT_RECIPIENTS } },
	{ QF_PART_ENVELOPE | QF_PART_REASONS,
	  { QF_UNDECIDED, QF_TAKE },
	  QF_OK,
	  2,
	  { AT_ENVELOPE, AT_REASONS } },
	{ QF_PART_INODE, { QF_TAKE }, QF_OK, 1, { AT_ENVELOPE } },
	{ QF_PART_CLASSES, { QF_TAKE }, QF_OK, 1, { AT_CLASSES } },
	/* Nobody holds it: it is in another queue. */
	{ QF_PART_HOLDER,
	  { QF_DROP },
	  QF_END,
	  1,
	  { AT_REASONS | QF_PART_HOLDER } },
	/* What is never known by itself is never asked about. */
	{ QF_PART_DONE, { QF_TAKE }, QF_END, 0, { 0 } },
};

START_TEST(asks_the_filter_part_by_part)
{
	struct asked asked = { .count = 0 };
	const struct qf_filter filter = { .stages = questions[_i].stages,
					  .test = answer,
					  .context = &asked };
	struct qf_message m;

	memcpy(asked.verdicts, questions[_i].verdicts,
	       sizeof(questions[_i].verdicts));
	start(print_all, BYTES(LINE("active", "A1")));
	next_is(QF_QUEUE_ACTIVE, "A1");
	ck_assert_int_eq(load_for(&filter, &m), questions[_i].status);
	ck_assert_uint_eq(asked.count, questions[_i].count);
	ck_assert_mem_eq(asked.parts, questions[_i].parts,
			 asked.count * sizeof(asked.parts[0]));
	if (questions[_i].status == QF_OK)
		ck_assert_uint_eq(m.parts,
				  (questions[_i].stages & QF_PART_CLASSES) != 0
					  ? AT_CLASSES
					  : AT_REASONS);
}
END_TEST

/* What reasons mean is thought about only when somebody asks. */
static const struct {
	unsigned parts;
	unsigned stages;
	bool classes;
} classifying[] = {
	{ QF_PART_REASONS, 0, false },
	{ QF_PART_CLASSES, 0, true },
	{ QF_PART_NAME, QF_PART_CLASSES, true },
	{ ~0u, 0, true },
};

START_TEST(classifies_when_asked)
{
	struct asked asked = { .verdicts = { QF_TAKE } };
	const struct qf_filter filter = {
		.parts = classifying[_i].parts,
		.stages = classifying[_i].stages,
		.test = classifying[_i].stages == 0 ? NULL : answer,
		.context = &asked,
	};
	struct qf_message m;

	start(print_all,
	      BYTES("{\"queue_name\": \"deferred\", \"queue_id\": \"A1\", "
		    "\"arrival_time\": 1, \"message_size\": 1, "
		    "\"sender\": \"\", \"recipients\": [{\"address\": \"a@b\", "
		    "\"delay_reason\": \"connect to b[192.0.2.1]:25: "
		    "Connection timed out\"}, {\"address\": \"c@b\"}]}\n"));
	next_is(QF_QUEUE_DEFERRED, "A1");
	ck_assert_int_eq(load_for(&filter, &m), QF_OK);
	ck_assert_uint_eq(m.left_count, 2);
	ck_assert_int_eq((m.parts & QF_PART_CLASSES) != 0,
			 classifying[_i].classes);
	ck_assert_int_eq(m.left[0].reason_class, classifying[_i].classes
							 ? QF_REASON_TIMEOUT
							 : QF_REASON_NONE);
	ck_assert_int_eq(m.left[1].reason_class, QF_REASON_NONE);
	if (asked.count > 0)
		ck_assert_int_eq(asked.class, QF_REASON_TIMEOUT);
}
END_TEST

struct seen {
	unsigned messages;
	unsigned troubles;
	enum qf_status trouble;
};

static enum qf_status
see(void *context, const struct qf_message *message)
{
	struct seen *seen = context;
	char id[20];

	snprintf(id, sizeof(id), "M%u", seen->messages++);
	ck_assert_str_eq(message->id, id);
	ck_assert_str_eq(message->left[0].address, "b@example.net");
	return QF_OK;
}

static void
see_trouble(void *context, const char *instance, const struct qf_error *trouble)
{
	struct seen *seen = context;

	ck_assert_str_eq(instance, "mx1");
	seen->troubles++;
	seen->trouble = trouble->status;
}

/* Several threads load; all messages come, in order, and then the failure. */
START_TEST(serves_a_survey)
{
	static const char script[] =
		"i=0; while [ $i -lt 1000 ]; do\n"
		"printf '{\"queue_name\": \"hold\", \"queue_id\": \"M%s\", "
		"\"arrival_time\": 1, \"message_size\": 1, \"sender\": \"\", "
		"\"recipients\": [{\"address\": \"b@example.net\"}]}\\n' $i\n"
		"i=$((i+1)); done; echo 'postqueue: fatal: oh' >&2; exit 69\n";
	struct seen seen = { .messages = 0 };
	struct qf_survey_result result;
	struct qf_survey survey = {
		.stores = &store,
		.store_count = 1,
		.selection = everything,
		.filter = { .parts = AT_REASONS },
		.threads = 4,
		.message = see,
		.trouble = see_trouble,
		.context = &seen,
	};

	program(script, BYTES(""));
	ck_assert_int_eq(qf_survey_run(&survey, &result, &err), QF_OK);
	ck_assert_uint_eq(seen.messages, 1000);
	ck_assert_uint_eq(result.given, 1000);
	ck_assert_uint_eq(seen.troubles, 1);
	ck_assert_int_eq(seen.trouble, QF_SYSTEM);
}
END_TEST

static TCase *
listing_case(void)
{
	TCase *tc = tcase_create("listing");

	tcase_add_test(tc, lists_in_the_order_of_the_output);
	tcase_add_test(tc, loads_what_is_listed);
	tcase_add_test(tc, an_empty_queue_is_no_error);
	tcase_add_test(tc, words_without_failure_are_ignored);
	tcase_add_loop_test(tc, names_the_instance, 0, COUNT(calls));
	tcase_add_loop_test(tc, takes_what_is_selected, 0, COUNT(choices));
	tcase_add_test(tc, no_ids_take_nothing);
	tcase_add_test(tc, does_not_guess_about_the_corrupt_queue);
	tcase_add_test(tc, reads_another_form);
	tcase_add_loop_test(tc, asks_the_filter_part_by_part, 0,
			    COUNT(questions));
	tcase_add_loop_test(tc, classifies_when_asked, 0, COUNT(classifying));
	tcase_add_test(tc, serves_a_survey);
	return tc;
}

static TCase *
failure_case(void)
{
	TCase *tc = tcase_create("failures");

	tcase_add_test(tc, goes_on_behind_a_line_without_a_name);
	tcase_add_test(tc, tells_which_line_is_broken);
	tcase_add_loop_test(tc, tells_why_there_is_no_listing, 0,
			    COUNT(failures));
	tcase_add_loop_test(tc, tells_why_the_rest_is_missing, 0,
			    COUNT(failures));
	tcase_add_test(tc, a_cut_line_is_no_end);
	tcase_add_test(tc, a_line_without_its_end_is_cut);
	tcase_add_test(tc, passes_over_a_line_without_end);
	tcase_add_test(tc, needs_the_program);
	tcase_add_test(tc, needs_a_program_that_may_be_run);
	tcase_add_loop_test(tc, may_be_closed_early, 0, 3);
	tcase_add_test(tc, goes_on_after_a_signal);
	return tc;
}

static void
add(Suite *suite, TCase *tc)
{
	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, scratch_new, end);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(suite, tc);
}

int
main(void)
{
	Suite *suite = suite_create("showq_store");

	add(suite, listing_case());
	add(suite, failure_case());
	return unit_run(suite);
}
