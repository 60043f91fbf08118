/*
 * privilege.h - becoming somebody else, for good.
 */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include <sys/stat.h>
#include <sys/types.h>

#include "queue-format/error.h"

struct identity {
	uid_t uid;
	gid_t gid;
};

/*
 * Look up the mail_owner of that name.  QF_INVALID: there is none, or it has
 * the rights of root.
 */
enum qf_status
identity_of_user(const char *name, struct identity *who, struct qf_error *err);

/*
 * Who owns a file.  The group is that of the user, since files of Postfix
 * often belong to root's.
 */
struct identity identity_of_owner(const struct stat *st);

/*
 * Give up root and become `who', with no other group and no way back, which
 * is checked.
 */
enum qf_status
identity_become(const struct identity *who, struct qf_error *err);

#endif
