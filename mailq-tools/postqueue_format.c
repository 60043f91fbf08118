/*
 * postqueue_format.c - a listing as Postfix's postqueue(1) prints it.
 */
#include "postqueue_format.h"

#include <string.h>
#include <time.h>

/* The two layouts; widths of id, size and time. */
struct layout {
	const char *heading;
	size_t id;
	size_t size;
	size_t time;
};

static const struct layout short_ids = {
	.heading = "-Queue ID-  --Size-- ----Arrival Time---- "
		   "-Sender/Recipient-------\n",
	.id = 11,
	.size = 7,
	.time = 20,
};

static const struct layout long_ids = {
	.heading = "----Queue ID----- --Size-- ---Arrival Time---- "
		   "--Sender/Recipient------\n",
	.id = 17,
	.size = 8,
	.time = 19,
};

/* Reasons end in this column. */
#define REASON_WIDTH 76

void
postqueue_format_start(struct postqueue_format *format,
		       const struct qf_config *config)
{
	*format = (struct postqueue_format){
		.long_ids = config->long_queue_ids,
		.always_mark = !qf_config_since(config, 3, 5),
		.forced_expire = qf_config_since(config, 3, 5),
		.original = qf_config_since(config, 3, 11),
	};
}

static void
put_left(struct qf_buffer *out, size_t width, size_t begin)
{
	size_t used = out->len - begin;

	if (used < width)
		qf_buffer_fill(out, ' ', width - used);
}

static void
put_id(const struct postqueue_format *format, const struct qf_message *message,
       size_t width, struct qf_buffer *out)
{
	size_t begin = out->len;

	qf_buffer_string(out, message->id);
	if (message->queue == QF_QUEUE_ACTIVE)
		qf_buffer_byte(out, '*');
	else if (message->queue == QF_QUEUE_HOLD)
		qf_buffer_byte(out, '!');
	else if (format->always_mark)
		qf_buffer_byte(out, ' ');
	if (format->forced_expire && message->forced_expire)
		qf_buffer_byte(out, '#');
	put_left(out, width, begin);
	qf_buffer_byte(out, ' ');
}

static void
put_size(int64_t size, size_t width, struct qf_buffer *out)
{
	struct qf_buffer number = { 0 };

	qf_buffer_number(&number, size);
	if (number.len < width)
		qf_buffer_fill(out, ' ', width - number.len);
	qf_buffer_add(out, number.data, number.len);
	qf_buffer_byte(out, ' ');
	qf_buffer_free(&number);
}

static char *
put_two(char *text, int number)
{
	*text++ = (char)('0' + number / 10);
	*text++ = (char)('0' + number % 10);
	return text;
}

/*
 * As asctime(3) writes it, up to the seconds and the blank before the year;
 * the short layout shows that blank.  By hand, since this is done for each
 * message.
 */
static void
put_time(const struct postqueue_format *format, int64_t when, size_t width,
	 struct qf_buffer *out)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = (time_t)when;
	struct tm parts;
	char text[24] = "??? ??? ?? ??:??:?? ";
	char *end;

	if ((format->utc ? gmtime_r(&seconds, &parts)
			 : localtime_r(&seconds, &parts)) != NULL) {
		memcpy(text, days + 3 * parts.tm_wday, 3);
		memcpy(text + 4, months + 3 * parts.tm_mon, 3);
		end = put_two(text + 8, parts.tm_mday);
		if (text[8] == '0')
			text[8] = ' ';
		end = put_two(end + 1, parts.tm_hour);
		end = put_two(end + 1, parts.tm_min);
		put_two(end + 1, parts.tm_sec);
	}
	qf_buffer_add(out, text, width);
	qf_buffer_byte(out, ' ');
}

/*
 * A reason stands before the first of the recipients that share it.  Where
 * one without follows one with a reason, that is said as well.
 */
static void
put_reason(const char *reason, struct qf_buffer *out)
{
	const char *shown = *reason == '\0' ? "reason unavailable" : reason;
	size_t len = strlen(shown);

	if (len < REASON_WIDTH)
		qf_buffer_fill(out, ' ', REASON_WIDTH - len);
	qf_buffer_byte(out, '(');
	qf_buffer_add(out, shown, len);
	qf_buffer_add(out, ")\n", 2);
}

static const char *
or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

void
postqueue_format_mailq(struct postqueue_format *format,
		       const struct qf_message *message, struct qf_buffer *out)
{
	const struct layout *layout = format->long_ids ? &long_ids : &short_ids;
	size_t indent = layout->id + layout->size + layout->time + 3;
	const char *last = "";

	if (format->count++ == 0)
		qf_buffer_string(out, layout->heading);
	else
		qf_buffer_byte(out, '\n');
	format->bytes += (uint64_t)message->size;
	put_id(format, message, layout->id, out);
	put_size(message->size, layout->size, out);
	put_time(format, message->arrival, layout->time, out);
	qf_buffer_string(out, or_empty(message->sender));
	qf_buffer_byte(out, '\n');
	for (size_t i = 0; i < message->left_count; i++) {
		const char *reason = or_empty(message->left[i].reason);

		if (strcmp(last, reason) != 0)
			put_reason(reason, out);
		last = reason;
		qf_buffer_fill(out, ' ', indent);
		qf_buffer_string(out, message->left[i].address);
		qf_buffer_byte(out, '\n');
	}
}

void
postqueue_format_mailq_end(struct postqueue_format *format,
			   struct qf_buffer *out)
{
	if (format->count == 0) {
		qf_buffer_string(out, "Mail queue is empty\n");
		return;
	}
	qf_buffer_string(out, "\n-- ");
	qf_buffer_number(out, (long long)(format->bytes / 1024));
	qf_buffer_string(out, " Kbytes in ");
	qf_buffer_number(out, (long long)format->count);
	qf_buffer_string(out,
			 format->count == 1 ? " Request.\n" : " Requests.\n");
}

/*
 * A JSON string as Postfix writes it: control characters never get here, all
 * other bytes stay.
 */
static void
put_string(const char *text, struct qf_buffer *out)
{
	qf_buffer_byte(out, '"');
	for (;;) {
		size_t plain = strcspn(text, "\"\\");

		qf_buffer_add(out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		qf_buffer_byte(out, '\\');
		qf_buffer_byte(out, *text++);
	}
	qf_buffer_byte(out, '"');
}

static void
put_member(const char *name, const char *text, struct qf_buffer *out)
{
	qf_buffer_string(out, name);
	put_string(text, out);
}

/*
 * The original address of a recipient that is only in the file is itself
 * where the file says nothing else; a log that says nothing means nothing.
 */
static const char *
original_of(const struct qf_recipient *recipient)
{
	if (recipient->original != NULL)
		return recipient->original;
	return recipient->state == QF_RECIPIENT_WAITING ? recipient->address
							: "";
}

static void
put_recipient(const struct postqueue_format *format,
	      const struct qf_recipient *recipient, struct qf_buffer *out)
{
	qf_buffer_byte(out, '{');
	if (format->original) {
		put_member("\"orig_address\": ", original_of(recipient), out);
		qf_buffer_add(out, ", ", 2);
	}
	put_member("\"address\": ", recipient->address, out);
	if (recipient->reason != NULL && *recipient->reason != '\0')
		put_member(recipient->state == QF_RECIPIENT_BOUNCED
				   ? ", \"bounce_reason\": "
				   : ", \"delay_reason\": ",
			   recipient->reason, out);
	qf_buffer_byte(out, '}');
}

void
postqueue_format_json(const struct postqueue_format *format,
		      const struct qf_message *message, struct qf_buffer *out)
{
	put_member("{\"queue_name\": ", qf_queue_name(message->queue), out);
	put_member(", \"queue_id\": ", message->id, out);
	qf_buffer_string(out, ", \"arrival_time\": ");
	qf_buffer_number(out, message->arrival);
	qf_buffer_string(out, ", \"message_size\": ");
	qf_buffer_number(out, message->size);
	qf_buffer_string(out, ", ");
	if (format->forced_expire)
		qf_buffer_string(out, message->forced_expire
					      ? "\"forced_expire\": true, "
					      : "\"forced_expire\": false, ");
	put_member("\"sender\": ", or_empty(message->sender), out);
	qf_buffer_string(out, ", \"recipients\": [");
	for (size_t i = 0; i < message->left_count; i++) {
		if (i > 0)
			qf_buffer_add(out, ", ", 2);
		put_recipient(format, &message->left[i], out);
	}
	qf_buffer_string(out, "]}\n");
}
