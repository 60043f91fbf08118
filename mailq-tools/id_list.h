/*
 * id_list.h - the queue ids that somebody named.
 *
 * `ID' or `instance/ID', as arguments or on standard input, and which of
 * them were found.  A message may have got another id since somebody saw it:
 * then it is looked for under that one, and found for the one that was named.
 */
#ifndef ID_LIST_H
#define ID_LIST_H

#include "mailq-tools/tool.h"
#include "queue-format/arena.h"
#include "queue-format/message.h"
#include "queue-format/store.h"

struct old_id;

struct id_wanted {
	const char *id;	      /* that it is looked for under */
	const char *instance; /* NULL: any */
	/* What somebody named, where that is called otherwise now. */
	const char *given;	    /* NULL: it is not */
	const char *given_instance; /* NULL: any */
	bool found;
	bool seen;	 /* found before this look */
	bool unfinished; /* by the last look: there, but no message yet */
	bool in_trash;	 /* and not where it is looked for */
	/* One that was named may be one of several now: is any found? */
	bool *any_found;
	bool is_other; /* of these, not the first */
	/* Of its names in one instance, is any found?  NULL: it has one. */
	bool *found_there;
	struct old_id *past; /* what journals have told; see old_ids.c */
};

struct id_list {
	struct id_wanted *items; /* sorted by id_list_close() */
	size_t count;
	size_t room;
	const char **ids; /* for struct qf_selection */
	size_t id_count;
	unsigned looks;	  /* after the first; see old_ids.h */
	bool complained;  /* about old ids */
	size_t refused;	  /* names that cannot be ids */
	const char *sole; /* instance of messages that tell none, or NULL */
	bool of_trash;	  /* they are looked for there, not in the queue */
	struct qf_arena arena;
};

/* Add one; a name that cannot be a queue id is complained about. */
void id_list_add(struct tool *tool, struct id_list *list, const char *name);

/* Add those on standard input, each with a newline or a NUL behind it. */
void id_list_read(struct tool *tool, struct id_list *list);

/* No more are added; now `selection' can ask for them. */
void id_list_close(struct tool *tool, struct id_list *list,
		   struct qf_selection *selection);

/* Is this message one of them?  It is then noted as found. */
bool id_list_has(struct id_list *list, const struct qf_message *message);

/* One with this id is there, but it is still being written. */
void id_list_note_unfinished(struct id_list *list, const char *instance,
			     const char *id);

/* Were all found? */
bool id_list_is_complete(const struct id_list *list);

/* One with this id is in the trash. */
void
id_list_note_trash(struct id_list *list, const char *instance, const char *id);

/* How many ids were not found, since they are still being written. */
size_t id_list_unfinished(const struct id_list *list);

/* Ask again only for those that were not found; false: all were. */
bool id_list_retry(struct id_list *list, struct qf_selection *selection);

/*
 * The message that was named by the item with this index, and was not found,
 * may be called so now; `instance' is NULL where there is only one.  It may be
 * said for several instances, and for several names in one: these share a
 * `found_there', which is false, and lives as long as the list (NULL: there is
 * one name).  Only added items change their place.
 */
void id_list_rename(struct tool *tool, struct id_list *list, size_t index,
		    const char *id, const char *instance, bool *found_there);

/* What somebody has named: the id, and the instance, or NULL. */
const char *id_named(const struct id_wanted *wanted);
const char *id_named_instance(const struct id_wanted *wanted);

/* Is the message found that somebody has named by this item? */
bool id_is_found(const struct id_wanted *wanted);

/* Ask only for those that have another id now, and were not found. */
bool id_list_retry_renamed(struct tool *tool, struct id_list *list,
			   struct qf_selection *selection);

/*
 * Note the status; say which of those that were found are called otherwise
 * now, and complain about those that were not, or that are still being
 * written, when all were looked for (`complete').
 */
void
id_list_report(struct tool *tool, const struct id_list *list, bool complete);

void id_list_free(struct id_list *list);

#endif
