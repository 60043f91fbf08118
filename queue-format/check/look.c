/*
 * look.c - two looks at a spool, and what both have seen.
 */
#include "work.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "queue-format/plan/trash.h"

/* Messages first: which ids are in use has to be known before logs. */
static const char *const folders[] = {
	"maildrop", "incoming", "active", "deferred", "hold",  "corrupt",
	"saved",    "defer",	"bounce", "trace",    "flush",
};

static void
add(struct qf_check_look *look, const struct qf_check_finding *finding)
{
	if (!qf_check_add(look->report, finding))
		look->failed = true;
}

void
qf_check_note(struct qf_check_look *look, enum qf_check_kind kind,
	      const struct qf_check_file *file, const char *right,
	      const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add(look, &(struct qf_check_finding){ .kind = kind,
					      .path = file->path,
					      .inode = file->st->st_ino,
					      .right = right,
					      .text = text });
}

void
qf_check_note_path(struct qf_check_look *look, enum qf_check_kind kind,
		   const char *path, const char *text)
{
	add(look,
	    &(struct qf_check_finding){
		    .kind = kind, .path = path, .right = "", .text = text });
}

void
qf_check_unknown(struct qf_check_look *look, const struct qf_error *err)
{
	if (look->report->unknown++ == 0)
		look->report->first = *err;
}

/*
 * A log is without a message, or its message has another name: the first
 * look cannot tell these two apart.
 */
static enum qf_check_kind
alike(enum qf_check_kind kind)
{
	return kind == QF_CHECK_LOG_RENAMED ? QF_CHECK_LOG_ORPHAN : kind;
}

static const struct qf_check_finding *
find_before(const struct qf_check_report *before, enum qf_check_kind kind,
	    const char *path)
{
	size_t low = 0, high = before->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct qf_check_finding *item = &before->items[middle];
		int order = item->kind != kind ? (item->kind < kind ? -1 : 1)
					       : strcmp(item->path, path);

		if (order == 0)
			return item;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool
qf_check_was_found(const struct qf_check_look *look, enum qf_check_kind kind,
		   const char *path)
{
	return look->before != NULL &&
	       find_before(look->before, kind, path) != NULL;
}

void
qf_check_keep_id(struct qf_check_look *look, const char *name, size_t len)
{
	const char *copy = qf_arena_copy(&look->ids_arena, name, len);

	if (copy == NULL || !qf_string_set_add(&look->ids, copy))
		look->failed = true;
}

static int
compare_inodes(const void *a, const void *b)
{
	const uint64_t *one = a;
	const uint64_t *two = b;

	return *one < *two ? -1 : *one > *two;
}

/* The inodes that are in the ids of logs without a message. */
static bool
collect_wanted(struct qf_check_look *look)
{
	const struct qf_check_report *before = look->before;
	size_t room = before == NULL ? 0 : before->count;

	if (room == 0)
		return true;
	look->wanted = calloc(room, sizeof(*look->wanted));
	look->matches = calloc(room, sizeof(*look->matches));
	if (look->wanted == NULL || look->matches == NULL)
		return false;
	for (size_t i = 0; i < before->count; i++) {
		const struct qf_check_finding *item = &before->items[i];
		const char *slash = strrchr(item->path, '/');

		if (item->kind == QF_CHECK_LOG_ORPHAN && slash != NULL &&
		    qf_queue_id_inode(slash + 1,
				      &look->wanted[look->wanted_count]))
			look->wanted_count++;
	}
	qsort(look->wanted, look->wanted_count, sizeof(*look->wanted),
	      compare_inodes);
	return true;
}

static void
close_look(struct qf_check_look *look)
{
	qf_reader_free(look->reader);
	qf_string_set_free(&look->ids);
	qf_arena_free(&look->ids_arena);
	qf_arena_free(&look->arena);
	free(look->wanted);
	free(look->matches);
}

static enum qf_status
look_once(const struct qf_check *check, const struct qf_check_report *before,
	  struct qf_check_report *report, struct qf_error *err)
{
	struct qf_check_look look = {
		.check = check,
		.config = qf_spool_config(check->spool),
		.before = before,
		.report = report,
		.reader = qf_reader_new(),
	};

	look.failed = look.reader == NULL || !collect_wanted(&look);
	if (!look.failed) {
		qf_check_folders(&look);
		qf_check_disk(&look);
		qf_check_postfix(&look);
		qf_check_trash(&look);
		for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]);
		     i++)
			qf_check_walk(&look, folders[i]);
		qf_check_journal(&look);
		qf_check_sort(report);
	}
	close_look(&look);
	return look.failed ? qf_fail(err, QF_SYSTEM, "out of memory") : QF_OK;
}

/* Keep what was there before, as the same file. */
static void
keep_common(struct qf_check_report *report,
	    const struct qf_check_report *before)
{
	size_t kept = 0;

	for (size_t i = 0; i < report->count; i++) {
		const struct qf_check_finding *item = &report->items[i];
		const struct qf_check_finding *same =
			find_before(before, alike(item->kind), item->path);

		if (same != NULL && same->inode == item->inode)
			report->items[kept++] = *item;
	}
	report->count = kept;
}

static void
pause_for(int64_t ms)
{
	const struct timespec pause = { .tv_sec = (time_t)(ms / 1000),
					.tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

enum qf_status
qf_check_look(const struct qf_check *check, struct qf_check_report *report,
	      struct qf_error *err)
{
	struct qf_check_report first = { .count = 0 };
	struct qf_check_report second = { .count = 0 };
	enum qf_status status = look_once(check, NULL, &first, err);

	if (status != QF_OK || (first.count == 0 && first.unknown == 0)) {
		*report = first;
		return status;
	}
	pause_for(check->pause_ms);
	status = look_once(check, &first, &second, err);
	keep_common(&second, &first);
	qf_check_report_free(&first);
	*report = second;
	return status;
}
