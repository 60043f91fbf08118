/*
 * postsuper_say.c - what postsuper says, and to whom.
 */
#include "postsuper.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "queue-format/postfix/address.h"

/*
 * Before main.cf is read nobody knows whether Postfix has a log of its own:
 * then it is syslog, as with Postfix.
 */
static void
tell_log(struct postsuper *p, int priority, const char *line)
{
	char tag[200];

	if (p->has_config) {
		maillog_line(&p->log, "%s", line);
		return;
	}
	snprintf(tag, sizeof(tag), "postfix/%s", p->tool.name);
	openlog(tag, LOG_PID, LOG_MAIL);
	syslog(priority, "%s", line);
	closelog();
}

static void QF_PRINTF(4, 0)
	say(struct postsuper *p, int priority, const char *kind,
	    const char *format, va_list args)
{
	enum qf_printable how = p->has_config ? qf_config_printable(&p->config)
					      : QF_PRINTABLE_ASCII;
	char *text = NULL;
	char *line = NULL;

	if (vasprintf(&text, format, args) < 0)
		return;
	qf_printable(text, strlen(text), how);
	if (asprintf(&line, "%s%s", kind, text) >= 0) {
		fprintf(stderr, "%s: %s\n", p->tool.name, line);
		tell_log(p, priority, line);
		free(line);
	}
	free(text);
}

void
say_info(struct postsuper *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(p, LOG_INFO, "", format, args);
	va_end(args);
}

void
say_warning(struct postsuper *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(p, LOG_WARNING, "warning: ", format, args);
	va_end(args);
}

void
say_error(struct postsuper *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(p, LOG_ERR, "error: ", format, args);
	va_end(args);
}

static void
warn_incomplete(struct postsuper *p)
{
	if (p->inode_mismatch > 0 || p->inode_fixed > 0 ||
	    p->position_mismatch > 0)
		say_warning(p, "OPERATION INCOMPLETE -- RERUN COMMAND TO FIX "
			       "THE QUEUE FIRST");
}

void
say_fatal(struct postsuper *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(p, LOG_CRIT, "fatal: ", format, args);
	va_end(args);
	warn_incomplete(p);
	postsuper_close(p);
	exit(POSTSUPER_FAILED);
}

void
postsuper_check_interrupt(struct postsuper *p)
{
	if (!atomic_load(&p->interrupt.came))
		return;
	warn_incomplete(p);
	postsuper_close(p);
	exit(atomic_load(&p->interrupt.signal));
}

void
postsuper_close(struct postsuper *p)
{
	maillog_close(&p->log);
	qf_repair_free(p->repair);
	workplace_close(&p->place);
	p->repair = NULL;
}
