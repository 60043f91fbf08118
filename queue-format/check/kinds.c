/*
 * kinds.c - what can be wrong with a spool, in words.
 */
#include "check.h"

#define ERROR	QF_CHECK_ERROR
#define WARNING QF_CHECK_WARNING
#define NOTICE	QF_CHECK_NOTICE

#define REPAIR "mqadm check --repair"

static const struct qf_check_words words[QF_CHECK_KINDS] = {
	[QF_CHECK_MISSING_FOLDER] = { "missing-folder", ERROR,
				      "folder is missing",
				      "folders are missing",
				      "Postfix's daemons stop when they need "
				      "it.",
				      "postfix check (as root) makes it",
				      false },
	[QF_CHECK_FOLDER_OWNER] = { "folder-owner", ERROR,
				    "folder belongs to somebody else",
				    "folders belong to somebody else",
				    "Postfix's daemons cannot work in it, or "
				    "others can.",
				    "chown FOLDER to the mail_owner, as root",
				    false },
	[QF_CHECK_FOLDER_MODE] = { "folder-mode", ERROR,
				   "folder has a wrong mode",
				   "folders have wrong modes",
				   "Postfix cannot use it, or others may see "
				   "or change mail.",
				   "chmod FOLDER to the mode that is named, as "
				   "root",
				   false },
	[QF_CHECK_FILE_SYSTEM] = { "other-file-system", ERROR,
				   "folder is on another file system",
				   "folders are on other file systems",
				   "Messages are renamed from folder to "
				   "folder, which cannot be "
				   "done from one file system to another: mail "
				   "gets stuck.",
				   "stop Postfix, move its files to the file "
				   "system of the "
				   "others, then postsuper -s",
				   false },
	[QF_CHECK_NO_SPACE] = { "no-space", ERROR,
				"file system has no space for mail",
				"file systems have no space for mail",
				"smtpd(8) refuses all mail while there is less "
				"than queue_"
				"minfree, or one and a half of "
				"message_size_limit.",
				"make space (mqadm trash purge --all, old "
				"logs)",
				false },
	[QF_CHECK_LOW_DISK] = { "low-disk", WARNING,
				"file system is almost full",
				"file systems are almost full",
				"Less than a twentieth is free.",
				"make space (mqadm trash purge --all, old "
				"logs)",
				false },
	[QF_CHECK_LOW_INODES] = { "low-inodes", WARNING,
				  "file system has almost no inodes left",
				  "file systems have almost no inodes left",
				  "Each message needs one, and each of its "
				  "logs.",
				  "remove files; more inodes need another file "
				  "system",
				  false },
	[QF_CHECK_NO_QMGR] = { "no-qmgr", ERROR,
			       "Postfix runs without a queue manager",
			       "Postfixes run without a queue manager",
			       "Mail is taken, and nothing is delivered.",
			       "look for qmgr in the log; postfix reload",
			       false },
	[QF_CHECK_TWO_QUEUES] = { "two-queues", ERROR,
				  "message has the id of another one",
				  "messages have the ids of others",
				  "Whoever moves one of them by its id may "
				  "lose the other; and "
				  "where they are copies, it is delivered "
				  "twice.",
				  REPAIR " puts the one whose id is wrong on "
					 "hold, under one of "
					 "its own; compare them, then release "
					 "or delete it",
				  true },
	[QF_CHECK_WRONG_INODE] = { "wrong-inode", ERROR,
				   "message has the id of another inode",
				   "messages have the ids of other inodes",
				   "Files that were copied or restored keep "
				   "their old names. A "
				   "new message may get the same one, and "
				   "replace it.",
				   REPAIR
				   " gives it one that fits (postsuper -s)",
				   true },
	[QF_CHECK_LONG_ID] = { "long-id", WARNING,
			       "message has a long id, and those are switched "
			       "off",
			       "messages have long ids, and those are switched "
			       "off",
			       "postfix start renames it, and its id in the "
			       "log is lost.",
			       REPAIR " gives it a short one (postsuper -s)",
			       true },
	[QF_CHECK_WRONG_PLACE] = { "wrong-place", ERROR,
				   "file is in the wrong place",
				   "files are in the wrong place",
				   "Postfix looks where its name and "
				   "hash_queue_depth say, and "
				   "never finds, lists or delivers it.",
				   REPAIR " moves it there (postsuper -s)",
				   true },
	[QF_CHECK_FIX_LEFT] = { "fix-left", ERROR,
				"file was left by a repair that was "
				"interrupted",
				"files were left by a repair that was "
				"interrupted",
				"postsuper gives such a name to what it "
				"renames, and Postfix "
				"does not see it until it is taken away again.",
				REPAIR " (postsuper -s)", true },
	[QF_CHECK_FIX_INODE] = { "fix-inode", ERROR,
				 "file was left by a repair, under the id of "
				 "another inode",
				 "files were left by a repair, under ids of "
				 "other inodes",
				 "Postfix does not see it, and postsuper does "
				 "not mend it.",
				 "move it to a name without #FIX; then " REPAIR,
				 false },
	[QF_CHECK_FILE_OWNER] = { "file-owner", ERROR,
				  "file belongs to somebody else",
				  "files belong to somebody else",
				  "Postfix's daemons cannot read it, and stop "
				  "at it.",
				  "chown FILE to the mail_owner, as root",
				  false },
	[QF_CHECK_FILE_MODE] = { "file-mode", WARNING,
				 "file may be read or written by others",
				 "files may be read or written by others",
				 "Nobody but Postfix has to read mail in a "
				 "queue.",
				 REPAIR " takes that right away", true },
	[QF_CHECK_NOT_READY] = { "not-ready", ERROR,
				 "message has the mode of an unfinished one",
				 "messages have the mode of unfinished ones",
				 "It is whole, but Postfix does not see it "
				 "without mode 0700.",
				 REPAIR " gives it that mode", true },
	[QF_CHECK_MANY_NAMES] = { "many-names", ERROR,
				  "message has more than one name",
				  "messages have more than one name",
				  "pickup(8) removes such a file, and it may "
				  "be delivered twice.",
				  "find QUEUE_DIRECTORY -samefile FILE; remove "
				  "the others",
				  false },
	[QF_CHECK_UNREADABLE] = { "unreadable", ERROR, "file cannot be read",
				  "files cannot be read",
				  "The disk fails, or rights are missing.",
				  "look at the kernel's log, and at its mode "
				  "and owner",
				  false },
	[QF_CHECK_EMPTY] = { "empty", ERROR, "message is empty",
			     "messages are empty",
			     "Nothing of it is left: the disk was full, or the "
			     "machine "
			     "has crashed. qmgr(8) moves it to corrupt when it "
			     "meets it.",
			     "mqadm delete ID, after a look into the log and "
			     "the backup",
			     false },
	[QF_CHECK_NO_SIZE] = { "no-size", ERROR, "message has no size record",
			       "messages have no size record",
			       "cleanup(8) did not come to its end. qmgr(8) "
			       "moves it to "
			       "corrupt when it meets it.",
			       "look at it (postcat FILE), then mqadm delete "
			       "ID",
			       false },
	[QF_CHECK_DAMAGED] = { "damaged", ERROR, "message is damaged",
			       "messages are damaged",
			       "A record cannot be read, or the end is "
			       "missing. qmgr(8) moves "
			       "it to corrupt when it meets it.",
			       "look at it (postcat FILE), save what is left "
			       "of it, then "
			       "mqadm delete ID",
			       false },
	[QF_CHECK_FUTURE] = { "future-time", WARNING,
			      "message waits for a time far in the future",
			      "messages wait for a time far in the future",
			      "The clock was wrong once, or somebody has "
			      "touched it: it is "
			      "not tried before.",
			      REPAIR " lets it be tried now", true },
	[QF_CHECK_OVERDUE] = { "overdue", NOTICE,
			       "message is past its lifetime",
			       "messages are past their "
			       "lifetime",
			       "It is returned to its sender at the next try, "
			       "which is "
			       "long due: Postfix was stopped, or does not get "
			       "there.",
			       "start Postfix; or mqadm delete ID, if nobody "
			       "shall hear of it",
			       false },
	[QF_CHECK_MAILDROP] = { "maildrop-mode", ERROR,
				"submission cannot be read by pickup(8)",
				"submissions cannot be read by pickup(8)",
				"It was not written by postdrop(1), or "
				"somebody has changed "
				"its mode; it stays for ever.",
				"chmod 0744 FILE, as root", false },
	[QF_CHECK_UNFINISHED] = { "unfinished", WARNING,
				  "message was not finished for an hour",
				  "messages were not finished for an hour",
				  "Who was writing it hangs or has died; it "
				  "was not accepted, "
				  "so that the sender still has it.",
				  "nothing now; after a week it is stale",
				  false },
	[QF_CHECK_STALE] = { "stale", WARNING,
			     "message was not finished for a week",
			     "messages were not finished for a week",
			     "Who was writing it has died, and nobody waits "
			     "for it.",
			     REPAIR " sets it aside (postsuper -p removes it)",
			     true },
	[QF_CHECK_MARKED_CORRUPT] = { "marked-corrupt", WARNING,
				      "message was found corrupt by an agent",
				      "messages were found corrupt by an agent",
				      "Its mode is 0400: qmgr(8) moves it to "
				      "corrupt.",
				      "look at it (postcat FILE), and into the "
				      "log",
				      false },
	[QF_CHECK_CORRUPT] = { "corrupt", WARNING,
			       "damaged message is in corrupt",
			       "damaged messages are in corrupt",
			       "Postfix has given them up: no daemon reads "
			       "that folder, and "
			       "nobody was told.",
			       "postcat FILE; save what is left of it, then "
			       "remove it",
			       false },
	[QF_CHECK_SAVED] = { "saved", NOTICE, "file is in saved",
			     "files are in saved",
			     "Somebody has put it there by hand; Postfix does "
			     "not look.",
			     "remove it when it is not needed any more",
			     false },
	[QF_CHECK_LOG_RENAMED] = { "log-renamed", WARNING,
				   "log belongs to a message that has another "
				   "id now",
				   "logs belong to messages that have other "
				   "ids now",
				   "Why it was not delivered is not shown, or "
				   "not told to its "
				   "sender.",
				   REPAIR " gives it that id", true },
	[QF_CHECK_LOG_ORPHAN] = { "log-orphan", WARNING,
				  "log is without a message",
				  "logs are without a message",
				  "It was left by a message that is gone. "
				  "Another message that "
				  "gets the same id must not inherit it.",
				  REPAIR " sets it aside", true },
	[QF_CHECK_NOT_PLAIN] = { "not-plain", WARNING,
				 "link, socket, pipe or device lies in a queue",
				 "links, sockets, pipes or devices lie in a "
				 "queue",
				 "It is no mail, and every postsuper removes "
				 "it.",
				 REPAIR " sets it aside", true },
	[QF_CHECK_FOREIGN_FILE] = { "foreign-file", WARNING,
				    "file in a queue has no queue id",
				    "files in a queue have no queue id",
				    "Postfix does not look at it; somebody has "
				    "put it there.",
				    REPAIR " sets it aside", true },
	[QF_CHECK_FOREIGN_FOLDER] = { "foreign-folder", WARNING,
				      "folder in a queue is not of Postfix",
				      "folders in a queue are not of Postfix",
				      "Postfix does not look at what is in it.",
				      REPAIR " removes it if it is empty; else "
					     "move it away",
				      true },
	[QF_CHECK_DEEP_FOLDER] = { "deep-folder", NOTICE,
				   "folder is deeper than hash_queue_depth",
				   "folders are deeper than hash_queue_depth",
				   "It is left of other settings, and costs "
				   "time in each look.",
				   REPAIR " removes it when it is empty",
				   true },
	[QF_CHECK_TRASH_OVERDUE] = { "trash-overdue", WARNING,
				     "trash is not purged",
				     "trashes are not purged",
				     "Deleted messages are there for twice as "
				     "long as they should, "
				     "or more of them than the settings allow.",
				     "mqadm trash purge; enable the timer of "
				     "mqadm(8)",
				     false },
	[QF_CHECK_TRASH_STRANGE] = { "trash-strange", NOTICE,
				     "file in the trash is none of ours",
				     "files in the trash are none of ours",
				     "It is never purged.", "move it away",
				     false },
	[QF_CHECK_ASIDE_OLD] = { "aside-old", NOTICE,
				 "file was set aside long ago",
				 "files were set aside long ago",
				 "A repair has moved it out of the way, and "
				 "nobody wanted it "
				 "back.",
				 "look at it, then remove it", false },
	[QF_CHECK_JOURNAL] = { "journal", ERROR, "journal cannot be used",
			       "journals cannot be used",
			       "Messages on hold would be released under new "
			       "ids, and "
			       "nothing can be changed or undone.",
			       "what stands behind it; a damaged one is moved "
			       "away",
			       false },
	[QF_CHECK_DEAD_JOB] = { "dead-job", WARNING, "job of mqadm has died",
				"jobs of mqadm have died",
				"Its messages are safe, but may be on hold or "
				"half way.",
				"the next change with mqadm brings it to its "
				"end, as does " REPAIR,
				true },
};

const struct qf_check_words *
qf_check_words(enum qf_check_kind kind)
{
	return &words[kind];
}

const char *
qf_check_severity_name(enum qf_check_severity severity)
{
	switch (severity) {
	case QF_CHECK_ERROR:
		return "error";
	case QF_CHECK_WARNING:
		return "warning";
	case QF_CHECK_NOTICE:
		return "notice";
	}
	return "";
}
