/*
 * json.h - members of a JSON object, one after the other.
 *
 * The comma between two of them comes by itself: each looks at what was put
 * before it.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "queue-format/buffer.h"

/* A name; its value is for the caller to put. */
void json_name(struct qf_buffer *out, const char *name);

/* A string, always valid UTF-8; left out where it is NULL. */
void json_text(struct qf_buffer *out, const char *name, const char *text);

/*
 * Bytes that are not UTF-8 cannot stand in JSON: the exact ones, in base64, as
 * NAME_base64.  Nothing for a text that is UTF-8.
 */
void json_exact(struct qf_buffer *out, const char *name, const char *text);

/* Words of people: both of these; nothing where there are none. */
void json_words(struct qf_buffer *out, const char *name, const char *text);

void json_number(struct qf_buffer *out, const char *name, int64_t number);

/* A time; 0 is none, and left out. */
void json_time(struct qf_buffer *out, const char *name, int64_t when);

void json_flag(struct qf_buffer *out, const char *name, bool flag);

#endif
