/*
 * filter.c - what a listing is asked for.
 */
#include "filter.h"

enum qf_status
qf_filter_ask(const struct qf_filter *filter, const struct qf_message *message,
	      enum qf_part part, bool *taken)
{
	if (*taken || filter->test == NULL || (filter->stages & part) == 0)
		return QF_OK;
	switch (filter->test(filter->context, message)) {
	case QF_TAKE:
		*taken = true;
		return QF_OK;
	case QF_DROP:
		return QF_END;
	case QF_UNDECIDED:
		return QF_OK;
	}
	return QF_OK;
}

/* Parts that the message has to have, in the end. */
static unsigned
wanted_parts(const struct qf_filter *filter, bool taken)
{
	return taken || filter->test == NULL ? filter->parts
					     : filter->parts | filter->stages;
}

unsigned
qf_filter_parts(const struct qf_filter *filter,
		const struct qf_message *message, bool taken)
{
	unsigned parts = wanted_parts(filter, taken);

	/* By its file it is known who holds it. */
	if ((parts & QF_PART_HOLDER) != 0 && message->queue == QF_QUEUE_HOLD)
		parts |= QF_PART_INODE | QF_PART_BIRTH;
	return parts & ~(unsigned)QF_PART_HOLDER;
}

/* False: nobody can tell, not even that it was nobody. */
static bool
find_holder(const struct qf_filter *filter, struct qf_message *message,
	    struct qf_arena *arena)
{
	if (message->queue != QF_QUEUE_HOLD)
		return true;
	return filter->find_holder != NULL &&
	       (message->parts & QF_PART_INODE) != 0 &&
	       filter->find_holder(filter->holder_context, message, arena);
}

enum qf_status
qf_filter_finish(const struct qf_filter *filter, struct qf_message *message,
		 struct qf_arena *arena, bool taken)
{
	if ((wanted_parts(filter, taken) & QF_PART_HOLDER) != 0 &&
	    find_holder(filter, message, arena)) {
		message->parts |= QF_PART_HOLDER;
		if (qf_filter_ask(filter, message, QF_PART_HOLDER, &taken) ==
		    QF_END)
			return QF_END;
	}
	return filter->test == NULL || taken ? QF_OK : QF_END;
}
