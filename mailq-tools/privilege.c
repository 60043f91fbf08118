/*
 * privilege.c - becoming somebody else, for good.
 */
#include "privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What getpwnam(3) leaves in errno when there is no such user. */
static bool
is_failure(int errnum)
{
	return errnum != 0 && errnum != ENOENT && errnum != ESRCH &&
	       errnum != EBADF && errnum != EPERM;
}

enum qf_status
identity_of_user(const char *name, struct identity *who, struct qf_error *err)
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(name);
	if (entry == NULL && is_failure(errno))
		return qf_system(err, "mail_owner: user \"%s\"", name);
	if (entry == NULL)
		return qf_fail(err, QF_INVALID,
			       "mail_owner: no user \"%s\" on this machine",
			       name);
	/* Postfix refuses this as well: nothing would be given up. */
	if (entry->pw_uid == 0 || entry->pw_gid == 0)
		return qf_fail(err, QF_INVALID,
			       "mail_owner: user \"%s\" has a privileged %s id",
			       name, entry->pw_uid == 0 ? "user" : "group");
	who->uid = entry->pw_uid;
	who->gid = entry->pw_gid;
	return QF_OK;
}

struct identity
identity_of_owner(const struct stat *st)
{
	const struct passwd *entry = getpwuid(st->st_uid);
	struct identity who = { st->st_uid, st->st_gid };

	if (entry != NULL)
		who.gid = entry->pw_gid;
	else if (who.gid == 0)
		who.gid = who.uid;
	return who;
}

enum qf_status
identity_become(const struct identity *who, struct qf_error *err)
{
	if (setgroups(1, &who->gid) < 0 ||
	    setresgid(who->gid, who->gid, who->gid) < 0 ||
	    setresuid(who->uid, who->uid, who->uid) < 0)
		return qf_system(err, "cannot become user %ld", (long)who->uid);
	if (who->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return qf_fail(err, QF_SYSTEM, "still root after giving it up");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return QF_OK;
}
