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
