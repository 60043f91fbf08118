/*
 * view.c - the text of a message as bytes that can be read anywhere.
 */
#include "view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK_DISTANCE 65536 /* bytes of text between two marks */

/* The text from `offset' on lies at `place'. */
struct mark {
	uint64_t offset;
	off_t place;
};

struct qf_view {
	const struct qf_content_source *source;
	void *state;
	int fd;
	off_t size;

	struct mark *marks; /* by offset; the first is the beginning */
	size_t mark_count;
	size_t mark_room;

	/* The piece that is there, at `at' of the text. */
	uint64_t at;
	struct qf_span piece;
	bool newline;
	bool started;

	bool damaged;
	struct qf_error damage;
};

struct qf_view *
qf_view_new(const struct qf_content_source *source)
{
	struct qf_view *view = calloc(1, sizeof(*view));

	if (view == NULL)
		return NULL;
	view->fd = -1;
	view->source = source;
	if (source != NULL && (view->state = source->make()) == NULL) {
		free(view);
		return NULL;
	}
	return view;
}

void
qf_view_free(struct qf_view *view)
{
	if (view == NULL)
		return;
	if (view->source != NULL)
		view->source->destroy(view->state);
	free(view->marks);
	free(view);
}

enum qf_status
qf_view_start(struct qf_view *view, int fd, struct qf_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return qf_system(err, "cannot read the message");
	if (!S_ISREG(st.st_mode))
		return qf_fail(err, QF_UNSAFE, "the message is no plain file");
	view->fd = fd;
	view->size = st.st_size;
	view->mark_count = 0;
	view->started = false;
	view->damaged = false;
	return QF_OK;
}

static void
damage(struct qf_view *view, const struct qf_error *why)
{
	if (!view->damaged)
		view->damage = *why;
	view->damaged = true;
}

static size_t
read_file(struct qf_view *view, uint64_t offset, char *data, size_t len)
{
	size_t done = 0;

	while (done < len && offset + done < INT64_MAX) {
		ssize_t got = pread(view->fd, data + done, len - done,
				    (off_t)(offset + done));
		struct qf_error why;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			(void)qf_system(&why, "cannot read the message");
			damage(view, &why);
		}
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

static uint64_t
piece_end(const struct qf_view *view)
{
	return view->at + view->piece.len + (view->newline ? 1 : 0);
}

/* Without memory for a mark, going back takes longer. */
static void
add_mark(struct qf_view *view, uint64_t offset, off_t place)
{
	struct mark *marks;
	size_t room;

	if (view->mark_count > 0 &&
	    offset < view->marks[view->mark_count - 1].offset + MARK_DISTANCE)
		return;
	if (view->mark_count == view->mark_room) {
		room = view->mark_room == 0 ? 64 : 2 * view->mark_room;
		marks = reallocarray(view->marks, room, sizeof(*marks));
		if (marks == NULL)
			return;
		view->marks = marks;
		view->mark_room = room;
	}
	view->marks[view->mark_count++] =
		(struct mark){ .offset = offset, .place = place };
}

/* The last mark that is not behind the offset. */
static struct mark
mark_before(const struct qf_view *view, uint64_t offset)
{
	struct mark best = { 0 };
	size_t low = 0;
	size_t high = view->mark_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (view->marks[middle].offset <= offset) {
			best = view->marks[middle];
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return best;
}

static bool
go_back(struct qf_view *view, uint64_t offset)
{
	struct mark mark = mark_before(view, offset);
	struct qf_error why;

	view->started = view->source->start(view->state, view->fd, view->size,
					    mark.place, &why) == QF_OK;
	view->at = mark.offset;
	view->piece = (struct qf_span){ 0 };
	view->newline = false;
	if (!view->started)
		damage(view, &why);
	return view->started;
}

/* Go on to the next piece.  False: there is none. */
static bool
go_on(struct qf_view *view)
{
	uint64_t offset = piece_end(view);
	off_t place = view->source->tell(view->state);
	struct qf_span piece = { 0 };
	bool newline = false;
	struct qf_error why;
	enum qf_status status;

	status = view->source->next(view->state, &piece, &newline, &why);
	if (status != QF_OK) {
		if (status != QF_END)
			damage(view, &why);
		view->at = offset;
		view->piece = (struct qf_span){ 0 };
		view->newline = false;
		view->started = false;
		return false;
	}
	if (place > 0)
		add_mark(view, offset, place);
	view->at = offset;
	view->piece = piece;
	view->newline = newline;
	return true;
}

static bool
find_piece(struct qf_view *view, uint64_t offset)
{
	if ((!view->started || offset < view->at) && !go_back(view, offset))
		return false;
	while (offset >= piece_end(view))
		if (!go_on(view))
			return false;
	return true;
}

static size_t
copy_piece(const struct qf_view *view, size_t skip, char *data, size_t len)
{
	size_t done = 0;

	if (skip < view->piece.len) {
		done = view->piece.len - skip;
		if (done > len)
			done = len;
		memcpy(data, view->piece.text + skip, done);
	}
	if (done < len && view->newline && skip + done == view->piece.len)
		data[done++] = '\n';
	return done;
}

size_t
qf_view_read(struct qf_view *view, uint64_t offset, char *data, size_t len)
{
	size_t done = 0;

	if (view->source == NULL)
		return read_file(view, offset, data, len);
	while (done < len && find_piece(view, offset + done))
		done += copy_piece(view, (size_t)(offset + done - view->at),
				   data + done, len - done);
	return done;
}

const struct qf_error *
qf_view_damage(const struct qf_view *view)
{
	return view->damaged ? &view->damage : NULL;
}
