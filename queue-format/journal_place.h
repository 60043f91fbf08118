/*
 * journal_place.h - the directory that the journal lies in.
 *
 * Only its owner may have any right on it: who could write the lock file of
 * the table could stop every change of the queue, and who could write the
 * table could lead the suite astray.
 */
#ifndef QF_JOURNAL_PLACE_H
#define QF_JOURNAL_PLACE_H

#include <sys/stat.h>

#include "journal.h"

/* Descriptors; -1 is none. */
struct qf_journal_place {
	int directory;
	int jobs;   /* the lock files of jobs */
	int writer; /* the lock of the one who writes; not when read-only */
};

#define QF_JOURNAL_NOWHERE                                                     \
	{                                                                      \
		-1, -1, -1                                                     \
	}

/*
 * Open the directory, and make what is missing unless `read_only'.
 *
 * QF_ABSENT  it is missing
 * QF_UNSAFE  it, or a file in it, is another's, or open to others, or not a
 *            plain file with one name, or on a network file system
 */
enum qf_status qf_journal_place_open(const char *path, bool read_only,
				     struct qf_journal_place *place,
				     struct qf_error *err);
void qf_journal_place_close(struct qf_journal_place *place);

/* Is `name' as it must be?  QF_GONE: there is none. */
enum qf_status qf_journal_place_file(const struct qf_journal_place *place,
				     const char *name, struct stat *st,
				     struct qf_error *err);

/*
 * Does this process have the file open?  The table must not be opened twice:
 * closing one would drop the locks of the other.
 */
bool qf_journal_place_is_open(const struct stat *file);

/*
 * Does this kind of file system (statfs(2)) keep shared memory and locks
 * between all that use it?
 */
bool qf_journal_place_fits(unsigned long kind);

/*
 * The stamp says how the table looked when it was last closed in order.  It
 * does not fit when a writer died since, when the machine was started since,
 * or when somebody else changed the file.
 */
bool qf_journal_stamp_fits(const struct qf_journal_place *place,
			   const struct stat *table);
void qf_journal_stamp(const struct qf_journal_place *place,
		      const struct stat *table);

#endif
