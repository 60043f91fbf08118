/*
 * content.h - what is inside of a message.
 *
 * The text of a message becomes decoded headers, a list of its parts, text
 * that people can read, and notices of what is odd about it.  Strangers have
 * written every byte of it, so none is looked at in this process: a worker,
 * made by fork, loads what it needs, gives up every right but that to read
 * what it is handed, and says what it found over a socket; what it says is
 * checked as if a stranger had said it.  A message that breaks the worker
 * is a message with a notice, and the next one gets a new worker.
 *
 * Strings are UTF-8 where nothing else is said, but any character may be
 * in them: what goes to a terminal passes text.h.  Knows nothing of queues; a
 * source tells how text is read out of a file.
 */
#ifndef QF_CONTENT_H
#define QF_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "span.h"

/*
 * How the text of a message is read out of a file that has more in it.  All
 * of this runs in the worker, where nothing can be opened any more, so that
 * files that were made to do harm do none.  `state' is what make() gave.
 */
struct qf_content_source {
	/* NULL when out of memory. */
	void *(*make)(void);
	void (*destroy)(void *state);

	/*
	 * Begin with the file behind `fd', `size' bytes long, at a place that
	 * tell() gave for the same file, or, at 0, at its first piece.
	 */
	enum qf_status (*start)(void *state, int fd, off_t size, off_t place,
				struct qf_error *err);

	/*
	 * The next piece, and whether a newline has to be put behind it.  It
	 * lives until the next call.
	 *
	 * QF_END      the text is complete
	 * QF_CORRUPT  the file is damaged; err->offset is where
	 */
	enum qf_status (*next)(void *state, struct qf_span *piece,
			       bool *newline, struct qf_error *err);

	/* Where the next piece lies. */
	off_t (*tell)(void *state);
};

/*
 * What a message may cost; 0 in a field stands for what is said there.  Who
 * goes beyond is cut off, with a notice.
 */
struct qf_content_limits {
	unsigned seconds;      /* of processor time for a request: 10 */
	size_t memory;	       /* of the worker, beyond its start: 256 MiB */
	size_t text;	       /* bytes of readable text: 4 MiB */
	size_t headers;	       /* bytes of the headers: 1 MiB */
	unsigned header_count; /* headers that are given out: 10,000 */
	unsigned parts;	       /* parts that are given out: 10,000 */
	unsigned depth;	       /* of parts in parts: 100 */
	uint64_t decoded;      /* bytes of parts, looked at: 256 MiB */
	unsigned hops;	       /* above it there is a notice: 30 */
};

/* For tests of the library: who disobeys, and what the kernel has not got. */
struct qf_content_tests;

struct qf_content_settings {
	struct qf_content_limits limits;
	/* NULL: the file is the text.  Must outlive the reader. */
	const struct qf_content_source *source;
	bool types; /* QF_WANT_TYPES will be asked for: load libmagic's table */
	const struct qf_content_tests *tests; /* NULL */
};

/* What a request is for.  The cost grows from one to the next. */
enum qf_content_want {
	QF_WANT_HEADERS = 1 << 0,
	QF_WANT_PARTS = 1 << 1, /* the list, by what headers say */
	QF_WANT_TEXT = 1 << 2,	/* what a person would be shown */
	/*
	 * With TEXT: also what that leaves out, the other forms of the same
	 * text and text in attachments.  For a search.
	 */
	QF_WANT_ALL_TEXT = 1 << 3,
	QF_WANT_TYPES = 1 << 4,	  /* `found' of each part, by its bytes */
	QF_WANT_DIGESTS = 1 << 5, /* `size' and `sha256' of each part */
};
#define QF_WANT_ALL                                                            \
	(QF_WANT_HEADERS | QF_WANT_PARTS | QF_WANT_TEXT | QF_WANT_TYPES |      \
	 QF_WANT_DIGESTS)

struct qf_content_header {
	const char *name;   /* as it is written; never empty */
	struct qf_span raw; /* all behind the colon, folded as it is */
	const char *value;  /* on one line, decoded (RFC 2047, RFC 6532) */
};

enum qf_content_mark {
	QF_MARK_MULTIPART = 1 << 0, /* only has parts in it */
	QF_MARK_MESSAGE = 1 << 1,   /* a message, whose parts follow */
	QF_MARK_ATTACHMENT = 1 << 2,
	QF_MARK_SIGNED = 1 << 3,    /* S/MIME or PGP */
	QF_MARK_ENCRYPTED = 1 << 4, /* S/MIME or PGP */
	QF_MARK_SIGNATURE = 1 << 5, /* of another part */
	QF_MARK_CALENDAR = 1 << 6,
	QF_MARK_TNEF = 1 << 7,	   /* winmail.dat */
	QF_MARK_UUENCODE = 1 << 8, /* a file inside of a text */
	QF_MARK_ARCHIVE = 1 << 9,  /* never unpacked */
	QF_MARK_EXECUTABLE = 1 << 10,
	QF_MARK_DIFFERS = 1 << 11, /* the bytes are not what name or type say */
	QF_MARK_LOCKED = 1 << 12,  /* an archive that needs a password */
};

/*
 * One part.  They come in the order of the message, a part before those in
 * it; the first is the message itself.  Part N is parts[N - 1].
 */
struct qf_content_part {
	unsigned depth;		 /* 0: the message itself */
	unsigned marks;		 /* enum qf_content_mark */
	const char *type;	 /* declared, in small letters: "text/plain" */
	const char *found;	 /* by libmagic; "" when not looked at */
	const char *name;	 /* of the file, decoded; "" when it has none.
				Any character may be in it, also '/' */
	const char *charset;	 /* declared, in small letters; "" for none */
	const char *encoding;	 /* "7bit", "base64", ...; "" for none */
	const char *disposition; /* "inline", "attachment", ...; "" for none */
	const char *description; /* of a message in it: the subject */
	bool sized;		 /* size and sha256 are known */
	uint64_t size;		 /* decoded */
	const char *sha256; /* of that, in hexadecimal; "" when not known */
};

/* Readable text of a part. */
struct qf_content_text {
	unsigned part;	  /* its number, from 1 */
	bool html;	  /* made from HTML */
	bool extra;	  /* only for QF_WANT_ALL_TEXT */
	const char *text; /* lines end in '\n'; without NUL and '\r' */
	size_t len;
};

enum qf_notice_kind {
	QF_NOTICE_DIFFERS,    /* what a part is, and what it is called */
	QF_NOTICE_EXECUTABLE, /* a program or script, by name or bytes */
	QF_NOTICE_LOCKED,     /* an encrypted archive */
	QF_NOTICE_HOPS,	      /* more than limits.hops Received headers */
	QF_NOTICE_DISGUISE,   /* bidi, invisible or look-alike characters */
	QF_NOTICE_CHARSET,    /* unknown; shown as bytes */
	QF_NOTICE_DAMAGED,    /* the file, the encoding of a part, ... */
	QF_NOTICE_LIMIT,      /* something was cut off */
	QF_NOTICE_FAILED,     /* the worker ended; what is missing is said */
};

/* "part 3: report.pdf is a program (application/x-dosexec)" */
struct qf_content_notice {
	enum qf_notice_kind kind;
	unsigned part;	  /* its number, 0: the message */
	const char *text; /* one line, without "part 3: " */
};

/* All it points to lives until the next call for the same reader. */
struct qf_content {
	const struct qf_content_header *headers;
	size_t header_count;
	unsigned hops; /* Received headers, all of them */
	const struct qf_content_part *parts;
	size_t part_count;
	const struct qf_content_text *texts;
	size_t text_count;
	const struct qf_content_notice *notices;
	size_t notice_count;
};

/*
 * Opaque: a worker, and what it said last.  It serves one request at a time;
 * who has several threads opens one for each.
 */
struct qf_content_reader;

/*
 * Start a worker, and do not wait for it.  Best done before other threads
 * are there; a new worker, after one has ended, does not need that, but what
 * other threads do in the meantime is not known to it.  The worker keeps no
 * descriptor but its own, and ends when this process does.
 */
enum qf_status qf_content_open(const struct qf_content_settings *settings,
			       struct qf_content_reader **reader,
			       struct qf_error *err);
void qf_content_close(struct qf_content_reader *reader); /* NULL is allowed */

/*
 * NULL: the worker is locked in by all that is meant to do that.  Else one
 * line that says what is missing, "no Landlock: ...".  Waits for the worker.
 */
const char *qf_content_sandbox(struct qf_content_reader *reader);

/*
 * Read the message behind `fd', which stays the caller's, must be open for
 * reading only, and belong to a plain file; the file position is not used.
 *
 * A message that breaks the worker, or costs more than it may, is still
 * QF_OK: it gets a notice (QF_NOTICE_FAILED), and what could be known.
 *
 * QF_CORRUPT  not even the headers could be read: the text says why
 * QF_SYSTEM   no worker can be started, or the file cannot be read
 */
enum qf_status qf_content_read(struct qf_content_reader *reader, int fd,
			       unsigned want, struct qf_content *content,
			       struct qf_error *err);

/*
 * Decode part `number' and hand it to write() piece by piece.  Another status
 * of write() than QF_OK ends that, with that status.  A message in the message
 * is given as it stands there; what has parts in it otherwise is put together
 * of them again.  limits.decoded does not count here, limits.seconds does.  Where the encoding is damaged, what could be decoded
 * is given.
 *
 * QF_GONE     there is no such part
 * QF_CORRUPT  the worker ended; what was given is not all
 */
enum qf_status
qf_content_part(struct qf_content_reader *reader, int fd, unsigned number,
		enum qf_status (*write)(void *context, const char *data,
					size_t len),
		void *context, struct qf_error *err);

/* The first header of that name, without regard to case; NULL: none. */
const struct qf_content_header *
qf_content_header(const struct qf_content *content, const char *name);

#endif
