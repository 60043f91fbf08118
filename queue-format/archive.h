/*
 * archive.h - files in a tar, which may be compressed.
 *
 * Writes plain files and nothing else; and reads nothing else: links, devices,
 * directories, files with holes and any other form than tar are refused, as
 * is what is damaged.  Names are given as they are: what they should be, and
 * how much of all that is too much, is for the caller to say.
 */
#ifndef QF_ARCHIVE_H
#define QF_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum qf_archive_filter {
	QF_ARCHIVE_PLAIN,
	QF_ARCHIVE_GZIP,
	QF_ARCHIVE_XZ,
	QF_ARCHIVE_ZSTD,
	QF_ARCHIVE_FILTERS
};

/* "none", "gzip", "xz", "zstd".  False: none of these. */
bool
qf_archive_filter_by_name(const char *name, enum qf_archive_filter *filter);

/* Opaque: an archive that is being written. */
struct qf_archive_writer;

/* The descriptor stays the caller's, here and below. */
enum qf_status qf_archive_create(int fd, enum qf_archive_filter filter,
				 struct qf_archive_writer **writer,
				 struct qf_error *err);

/*
 * Begin a file: its size, and what is shown as its time.  Exactly so many
 * bytes have to follow.
 */
enum qf_status qf_archive_add(struct qf_archive_writer *writer,
			      const char *name, int64_t size, int64_t when,
			      struct qf_error *err);
enum qf_status qf_archive_write(struct qf_archive_writer *writer,
				const void *data, size_t len,
				struct qf_error *err);

/* Write what is left; it is for the caller to put it on the disk. */
enum qf_status
qf_archive_finish(struct qf_archive_writer *writer, struct qf_error *err);

/* NULL is allowed; what was not finished is no archive. */
void qf_archive_writer_free(struct qf_archive_writer *writer);

/* Opaque: an archive that is being read. */
struct qf_archive;

/*
 * From where the descriptor stands.
 *
 * QF_CORRUPT  it is no tar, or compressed in a way that is not known here
 */
enum qf_status
qf_archive_open(int fd, struct qf_archive **archive, struct qf_error *err);
void qf_archive_close(struct qf_archive *archive); /* NULL is allowed */

struct qf_archive_entry {
	const char *name; /* any bytes; lives until the next call */
	int64_t size;
};

/*
 * The next file.
 *
 * QF_END      there is none
 * QF_CORRUPT  damaged
 * QF_UNSAFE   it is no plain file; entry->name says which, or is NULL
 */
enum qf_status qf_archive_next(struct qf_archive *archive,
			       struct qf_archive_entry *entry,
			       struct qf_error *err);

/* Bytes of it: *got of them, 0 at its end. */
enum qf_status qf_archive_read(struct qf_archive *archive, void *data,
			       size_t room, size_t *got, struct qf_error *err);

#endif
