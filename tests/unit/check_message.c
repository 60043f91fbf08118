/*
 * check_message.c - names of queues, and copies that stand on their own.
 */
#include "queue-format/message.h"

#include <string.h>

#include "unit.h"

static const struct {
	enum qf_queue queue;
	const char *name;
} queues[] = {
	{ QF_QUEUE_MAILDROP, "maildrop" }, { QF_QUEUE_ACTIVE, "active" },
	{ QF_QUEUE_INCOMING, "incoming" }, { QF_QUEUE_DEFERRED, "deferred" },
	{ QF_QUEUE_HOLD, "hold" },	   { QF_QUEUE_CORRUPT, "corrupt" },
};

START_TEST(queues_have_names)
{
	enum qf_queue queue = QF_QUEUE_COUNT;

	ck_assert_int_eq(COUNT(queues), QF_QUEUE_COUNT);
	ck_assert_str_eq(qf_queue_name(queues[_i].queue), queues[_i].name);
	ck_assert(qf_queue_by_name(queues[_i].name, &queue));
	ck_assert_int_eq(queue, queues[_i].queue);
	ck_assert_int_eq((QF_QUEUES_LISTED & QF_QUEUE_BIT(queues[_i].queue)) !=
				 0,
			 queues[_i].queue != QF_QUEUE_CORRUPT);
}
END_TEST

START_TEST(other_names_are_no_queues)
{
	static const char *const others[] = { "",      "Hold",	"hol",
					      "holds", "defer", "bounce",
					      "trace" };

	for (int i = 0; i < COUNT(others); i++) {
		enum qf_queue queue = QF_QUEUE_HOLD;

		ck_assert(!qf_queue_by_name(others[i], &queue));
		ck_assert_int_eq(queue, QF_QUEUE_HOLD);
	}
}
END_TEST

/* A message of which every string can be wiped out. */
static char text[32][24];
static struct qf_recipient left[2];
static struct qf_recipient done[1];

static const char *
put(int i, const char *string)
{
	strcpy(text[i], string);
	return text[i];
}

static struct qf_message
make(void)
{
	left[0] = (struct qf_recipient){
		.state = QF_RECIPIENT_DEFERRED,
		.address = put(0, "b@example.com"),
		.original = put(1, "B@example.com"),
		.reason = put(2, "timed out"),
		.dsn = put(3, "4.4.1"),
		.mta = put(4, "mx.example.com"),
	};
	left[1] = (struct qf_recipient){
		.state = QF_RECIPIENT_WAITING,
		.address = put(5, "c@example.com"),
		.reason = put(6, "timed out"),
	};
	done[0] = (struct qf_recipient){
		.state = QF_RECIPIENT_DONE,
		.address = put(7, "d@example.com"),
	};
	return (struct qf_message){
		.parts = 31,
		.holder = {
			.by = put(27, "alice"),
			.reason = put(28, "abuse"),
			.job = put(29, "000660e2"),
			.since = 6,
		},
		.instance = put(8, "mta1"),
		.id = put(9, "4F2A11"),
		.queue = QF_QUEUE_HOLD,
		.place = put(10, "hold/4F2A11"),
		.inode = 17,
		.file_size = 900,
		.next = 5,
		.forced_expire = true,
		.size = 300,
		.arrival = 1,
		.created = 2,
		.last = 3,
		.expires = 4,
		.sender = put(11, "a@example.com"),
		.origin = {
			.client_name = put(12, "client.example"),
			.client_address = put(13, "192.0.2.1"),
			.helo = put(14, "helo.example"),
			.protocol = put(15, "ESMTP"),
			.sasl_method = put(16, "plain"),
			.sasl_user = put(17, "tony"),
			.sasl_sender = put(18, "t@example.com"),
			.full_name = put(19, "Tony"),
			.filter = put(20, "smtp:[::1]:10025"),
			.redirect = put(21, "r@example.com"),
			.encoding = put(22, "8bit"),
			.envelope_id = put(23, "QQ314159"),
			.message_id = put(24, "<1@example.com>"),
			.upstream_id = put(25, "3A01F"),
			.local = true,
			.smtputf8 = true,
		},
		.left = left,
		.left_count = 2,
		.done = done,
		.done_count = 1,
		.fault = put(26, "cut off"),
		.fault_offset = 77,
	};
}

static void
expect_origin(const struct qf_origin *origin)
{
	ck_assert_str_eq(origin->client_name, "client.example");
	ck_assert_str_eq(origin->client_address, "192.0.2.1");
	ck_assert_str_eq(origin->helo, "helo.example");
	ck_assert_str_eq(origin->protocol, "ESMTP");
	ck_assert_str_eq(origin->sasl_method, "plain");
	ck_assert_str_eq(origin->sasl_user, "tony");
	ck_assert_str_eq(origin->sasl_sender, "t@example.com");
	ck_assert_str_eq(origin->full_name, "Tony");
	ck_assert_str_eq(origin->filter, "smtp:[::1]:10025");
	ck_assert_str_eq(origin->redirect, "r@example.com");
	ck_assert_str_eq(origin->encoding, "8bit");
	ck_assert_str_eq(origin->envelope_id, "QQ314159");
	ck_assert_str_eq(origin->message_id, "<1@example.com>");
	ck_assert_str_eq(origin->upstream_id, "3A01F");
	ck_assert(origin->local);
	ck_assert(origin->smtputf8);
}

static void
expect_recipients(const struct qf_message *m)
{
	ck_assert_uint_eq(m->left_count, 2);
	ck_assert_int_eq(m->left[0].state, QF_RECIPIENT_DEFERRED);
	ck_assert_str_eq(m->left[0].address, "b@example.com");
	ck_assert_str_eq(m->left[0].original, "B@example.com");
	ck_assert_str_eq(m->left[0].reason, "timed out");
	ck_assert_str_eq(m->left[0].dsn, "4.4.1");
	ck_assert_str_eq(m->left[0].mta, "mx.example.com");
	ck_assert_str_eq(m->left[1].address, "c@example.com");
	ck_assert_ptr_null(m->left[1].original);
	ck_assert_uint_eq(m->done_count, 1);
	ck_assert_int_eq(m->done[0].state, QF_RECIPIENT_DONE);
	ck_assert_str_eq(m->done[0].address, "d@example.com");
}

static void
expect_message(const struct qf_message *m)
{
	ck_assert_uint_eq(m->parts, 31);
	ck_assert_str_eq(m->holder.by, "alice");
	ck_assert_str_eq(m->holder.reason, "abuse");
	ck_assert_str_eq(m->holder.job, "000660e2");
	ck_assert_int_eq(m->holder.since, 6);
	ck_assert_str_eq(m->instance, "mta1");
	ck_assert_str_eq(m->id, "4F2A11");
	ck_assert_int_eq(m->queue, QF_QUEUE_HOLD);
	ck_assert_str_eq(m->place, "hold/4F2A11");
	ck_assert_uint_eq(m->inode, 17);
	ck_assert_int_eq(m->file_size, 900);
	ck_assert_int_eq(m->next, 5);
	ck_assert(m->forced_expire);
	ck_assert_int_eq(m->size, 300);
	ck_assert_int_eq(m->arrival, 1);
	ck_assert_int_eq(m->created, 2);
	ck_assert_int_eq(m->last, 3);
	ck_assert_int_eq(m->expires, 4);
	ck_assert_str_eq(m->sender, "a@example.com");
	ck_assert_str_eq(m->fault, "cut off");
	ck_assert_int_eq(m->fault_offset, 77);
	expect_origin(&m->origin);
	expect_recipients(m);
}

START_TEST(a_copy_outlives_the_message)
{
	struct qf_arena arena = { 0 };
	struct qf_string_set pool = { 0 };
	struct qf_message first;
	struct qf_message second;
	struct qf_message from = make();
	struct qf_error err;

	ck_assert_int_eq(qf_message_copy(&first, &from, &arena, &pool, &err),
			 QF_OK);
	ck_assert_int_eq(qf_message_copy(&second, &from, &arena, &pool, &err),
			 QF_OK);
	memset(text, 'x', sizeof(text));
	memset(left, 'x', sizeof(left));
	memset(done, 'x', sizeof(done));
	expect_message(&first);
	expect_message(&second);

	/* What repeats is there once; what is unique does not fill the pool. */
	ck_assert_ptr_eq(first.sender, second.sender);
	ck_assert_ptr_eq(first.left[0].reason, second.left[1].reason);
	ck_assert_ptr_eq(first.origin.client_name, second.origin.client_name);
	ck_assert_ptr_ne(first.id, second.id);
	ck_assert_ptr_null(qf_string_set_find(&pool, "4F2A11"));
	ck_assert_ptr_null(qf_string_set_find(&pool, "hold/4F2A11"));
	ck_assert_ptr_null(qf_string_set_find(&pool, "<1@example.com>"));
	ck_assert_ptr_nonnull(qf_string_set_find(&pool, "a@example.com"));
	qf_string_set_free(&pool);
	qf_arena_free(&arena);
}
END_TEST

START_TEST(what_is_unknown_stays_unknown)
{
	struct qf_arena arena = { 0 };
	struct qf_string_set pool = { 0 };
	struct qf_message from = { .id = "A", .parts = QF_PART_NAME };
	struct qf_message to;
	struct qf_error err;

	ck_assert_int_eq(qf_message_copy(&to, &from, &arena, &pool, &err),
			 QF_OK);
	ck_assert_str_eq(to.id, "A");
	ck_assert_ptr_ne(to.id, from.id);
	to.id = from.id;
	ck_assert_mem_eq(&to, &from, sizeof(to));
	qf_string_set_free(&pool);
	qf_arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("message");
	TCase *tc = tcase_create("message");

	tcase_add_loop_test(tc, queues_have_names, 0, COUNT(queues));
	tcase_add_test(tc, other_names_are_no_queues);
	tcase_add_test(tc, a_copy_outlives_the_message);
	tcase_add_test(tc, what_is_unknown_stays_unknown);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
