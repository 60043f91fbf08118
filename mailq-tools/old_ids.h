/*
 * old_ids.h - find messages by ids that they do not have any more.
 *
 * An id that was named is looked for in the queue first: by now it may be
 * another message's, and then that one is meant.  Only what is not there is
 * asked of the journal.
 */
#ifndef OLD_IDS_H
#define OLD_IDS_H

#include "mailq-tools/access.h"
#include "mailq-tools/id_list.h"

/*
 * Is another look needed?  Messages move between queues while somebody looks:
 * those that are missing are looked for again at once, once more after a
 * short pause, and then under the ids that they may have now, until there are
 * no others; these, too, once more after a pause.  What is still being written
 * is no old id's.  The selection asks for them; to be called after each look,
 * until it returns false.
 *
 * Where there is no journal, or none for this user, there are no old ids.
 */
bool old_ids_look_again(struct tool *tool, struct access *access,
			struct id_list *list, struct qf_selection *selection);

#endif
