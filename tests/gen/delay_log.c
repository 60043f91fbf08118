/*
 * delay_log.c - the defer, bounce and trace logs that lie beside a message.
 */
#include "delay_log.h"

#include <strings.h>

#include "bytes.h"
#include "text.h"

static void
add_rcpt(struct bytes *log, struct arena *a, const struct rcpt *rcpt)
{
	bytes_printf(log, "recipient=%s\n", text_address(a, rcpt->address));
	if (rcpt->original != NULL &&
	    strcasecmp(rcpt->original, rcpt->address) != 0)
		bytes_printf(log, "original_recipient=%s\n",
			     text_address(a, rcpt->original));
	if (rcpt->offset > 0)
		bytes_printf(log, "offset=%zu\n", rcpt->offset);
	if (rcpt->orcpt != NULL)
		bytes_printf(log, "dsn_orig_rcpt=%s\n", rcpt->orcpt);
	if (rcpt->notify != 0)
		bytes_printf(log, "notify_flags=%d\n", rcpt->notify);
}

static void
add_failure(struct bytes *log, const char *action, const struct failure *f)
{
	bytes_printf(log, "status=%s\naction=%s\n", f->status, action);
	if (f->reply != NULL)
		bytes_printf(log,
			     "diag_type=smtp\ndiag_text=%s\n"
			     "mta_type=dns\nmta_mname=%s\n",
			     f->reply, f->host);
	bytes_printf(log, "reason=%s\n", f->text);
}

void
delay_log_add(struct bytes *log, struct arena *a, enum log_style style,
	      const char *action, const struct rcpt *rcpt)
{
	bytes_add_text(log, "\n");
	if (style != LOG_NEW)
		bytes_printf(log, "<%s>: %s\n", text_address(a, rcpt->address),
			     rcpt->failure->text);
	if (style != LOG_OLD) {
		add_rcpt(log, a, rcpt);
		add_failure(log, action, rcpt->failure);
	}
	bytes_add_text(log, "\n");
}
