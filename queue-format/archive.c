/*
 * archive.c - files in a tar, through libarchive.
 */
#include "archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 65536

struct qf_archive_writer {
	struct archive *archive;
	struct archive_entry *entry;
	int fd;
	bool given_up; /* nothing is written any more */
};

struct qf_archive {
	struct archive *archive;
};

static const struct {
	const char *name;
	int code;
} filters[QF_ARCHIVE_FILTERS] = {
	[QF_ARCHIVE_PLAIN] = { "none", ARCHIVE_FILTER_NONE },
	[QF_ARCHIVE_GZIP] = { "gzip", ARCHIVE_FILTER_GZIP },
	[QF_ARCHIVE_XZ] = { "xz", ARCHIVE_FILTER_XZ },
	[QF_ARCHIVE_ZSTD] = { "zstd", ARCHIVE_FILTER_ZSTD },
};

bool
qf_archive_filter_by_name(const char *name, enum qf_archive_filter *filter)
{
	for (int i = 0; i < QF_ARCHIVE_FILTERS; i++) {
		if (strcmp(filters[i].name, name) == 0) {
			*filter = (enum qf_archive_filter)i;
			return true;
		}
	}
	return false;
}

static enum qf_status
no_memory(struct qf_error *err)
{
	return qf_fail(err, QF_SYSTEM, "out of memory");
}

/* Where the disk took no more, that is what its errno says. */
static enum qf_status
write_failed(struct archive *archive, struct qf_error *err)
{
	const char *text = archive_error_string(archive);
	enum qf_status status =
		qf_fail(err, QF_SYSTEM, "cannot write the archive: %s",
			text == NULL ? "no reason was given" : text);

	if (err != NULL)
		err->errnum = archive_errno(archive);
	return status;
}

static la_ssize_t
put(struct archive *archive, void *context, const void *data, size_t len)
{
	const struct qf_archive_writer *writer = context;
	ssize_t done;

	if (writer->given_up) {
		archive_set_error(archive, ECANCELED, "given up");
		return -1;
	}
	do
		done = write(writer->fd, data, len);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		archive_set_error(archive, errno, "%s", strerror(errno));
	return done;
}

static int
set_up(struct qf_archive_writer *writer, enum qf_archive_filter filter)
{
	struct archive *archive = writer->archive;
	int result = archive_write_set_format_pax_restricted(archive);

	/* As much as was given, and no block full of nothing behind it. */
	if (result == ARCHIVE_OK)
		result = archive_write_set_bytes_in_last_block(archive, 1);
	if (result == ARCHIVE_OK)
		result =
			archive_write_add_filter(archive, filters[filter].code);
	return result == ARCHIVE_OK
		       ? archive_write_open(archive, writer, NULL, put, NULL)
		       : result;
}

enum qf_status
qf_archive_create(int fd, enum qf_archive_filter filter,
		  struct qf_archive_writer **writer, struct qf_error *err)
{
	struct qf_archive_writer *made = calloc(1, sizeof(*made));
	enum qf_status status = QF_OK;

	if (made == NULL)
		return no_memory(err);
	made->fd = fd;
	made->archive = archive_write_new();
	made->entry = archive_entry_new();
	if (made->archive == NULL || made->entry == NULL)
		status = no_memory(err);
	else if (set_up(made, filter) != ARCHIVE_OK)
		status = write_failed(made->archive, err);
	if (status == QF_OK)
		*writer = made;
	else
		qf_archive_writer_free(made);
	return status;
}

enum qf_status
qf_archive_add(struct qf_archive_writer *writer, const char *name, int64_t size,
	       int64_t when, struct qf_error *err)
{
	struct archive_entry *entry = writer->entry;

	archive_entry_clear(entry);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, size);
	archive_entry_set_mtime(entry, (time_t)when, 0);
	if (archive_write_header(writer->archive, entry) != ARCHIVE_OK)
		return write_failed(writer->archive, err);
	return QF_OK;
}

enum qf_status
qf_archive_write(struct qf_archive_writer *writer, const void *data, size_t len,
		 struct qf_error *err)
{
	const char *at = data;

	while (len > 0) {
		la_ssize_t done = archive_write_data(writer->archive, at, len);

		if (done < 0)
			return write_failed(writer->archive, err);
		if (done == 0)
			return qf_fail(err, QF_INVALID,
				       "cannot write the archive: more than "
				       "the size of a file");
		at += done;
		len -= (size_t)done;
	}
	return QF_OK;
}

enum qf_status
qf_archive_finish(struct qf_archive_writer *writer, struct qf_error *err)
{
	if (archive_write_close(writer->archive) != ARCHIVE_OK)
		return write_failed(writer->archive, err);
	return QF_OK;
}

void
qf_archive_writer_free(struct qf_archive_writer *writer)
{
	if (writer == NULL)
		return;
	archive_entry_free(writer->entry);
	/*
	 * It would still write an end, as if there were one; told to fail, it
	 * would forget to free what a filter has.
	 */
	writer->given_up = true;
	if (writer->archive != NULL)
		archive_write_free(writer->archive);
	free(writer);
}

static enum qf_status
damaged(struct archive *archive, struct qf_error *err)
{
	const char *text = archive_error_string(archive);

	return qf_fail(err, QF_CORRUPT, "the archive is damaged, or none: %s",
		       text == NULL ? "no reason was given" : text);
}

/*
 * One form and three filters: each more is code that looks at what anybody
 * may have written.  Where libarchive lacks one it would start a program to
 * do that, which is said as a warning.
 */
static int
open_known(struct archive *archive, int fd)
{
	int result = archive_read_support_format_tar(archive);

	if (result == ARCHIVE_OK)
		result = archive_read_support_filter_gzip(archive);
	if (result == ARCHIVE_OK)
		result = archive_read_support_filter_xz(archive);
	if (result == ARCHIVE_OK)
		result = archive_read_support_filter_zstd(archive);
	return result == ARCHIVE_OK ? archive_read_open_fd(archive, fd, BLOCK)
				    : result;
}

enum qf_status
qf_archive_open(int fd, struct qf_archive **archive, struct qf_error *err)
{
	struct qf_archive *made = calloc(1, sizeof(*made));
	enum qf_status status = QF_OK;

	if (made == NULL)
		return no_memory(err);
	made->archive = archive_read_new();
	if (made->archive == NULL)
		status = no_memory(err);
	else if (open_known(made->archive, fd) != ARCHIVE_OK)
		status = damaged(made->archive, err);
	if (status == QF_OK)
		*archive = made;
	else
		qf_archive_close(made);
	return status;
}

void
qf_archive_close(struct qf_archive *archive)
{
	if (archive == NULL)
		return;
	if (archive->archive != NULL)
		archive_read_free(archive->archive);
	free(archive);
}

/* A plain file with all of its bytes, and nothing else of any kind. */
static bool
is_plain(struct archive_entry *entry)
{
	return archive_entry_filetype(entry) == AE_IFREG &&
	       archive_entry_hardlink(entry) == NULL &&
	       archive_entry_symlink(entry) == NULL &&
	       archive_entry_sparse_count(entry) == 0 &&
	       archive_entry_size_is_set(entry) &&
	       archive_entry_size(entry) >= 0;
}

enum qf_status
qf_archive_next(struct qf_archive *archive, struct qf_archive_entry *entry,
		struct qf_error *err)
{
	struct archive_entry *found = NULL;
	int result = archive_read_next_header(archive->archive, &found);

	*entry = (struct qf_archive_entry){ .name = NULL };
	if (result == ARCHIVE_EOF)
		return QF_END;
	if (result != ARCHIVE_OK)
		return damaged(archive->archive, err);
	entry->name = archive_entry_pathname(found);
	if (entry->name == NULL || !is_plain(found))
		return qf_fail(err, QF_UNSAFE, "%s: not a plain file",
			       entry->name == NULL ? "?" : entry->name);
	entry->size = archive_entry_size(found);
	return QF_OK;
}

enum qf_status
qf_archive_read(struct qf_archive *archive, void *data, size_t room,
		size_t *got, struct qf_error *err)
{
	la_ssize_t done = archive_read_data(archive->archive, data, room);

	if (done < 0)
		return damaged(archive->archive, err);
	*got = (size_t)done;
	return QF_OK;
}
