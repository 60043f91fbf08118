/*
 * action_rig.h - a spool in which something is changed, for tests.
 */
#ifndef ACTION_RIG_H
#define ACTION_RIG_H

#include <stdbool.h>

#include "queue-format/postfix/action.h"

/* A spool with all folders of Postfix and one of ours, "trash". */
struct action_rig {
	struct qf_config config;
	struct qf_spool *spool;
	struct qf_action *action;
	struct qf_error err;
	struct qf_pin pin;
};

/* For the fixture of each test; a scratch directory is made, too. */
void action_rig_begin(struct action_rig *rig);
void action_rig_end(struct action_rig *rig);

/* Open it.  deferred/ and defer/ are hashed to this depth. */
void action_rig_start(struct action_rig *rig, unsigned depth);

/* Hold the message with this id, whichever it is. */
void
action_rig_hold(struct action_rig *rig, const char *folder, const char *id);

enum qf_status action_rig_move(struct action_rig *rig, const char *from,
			       const char *id, const char *to,
			       const char *new_id);

/* Fails the test if the status is another one, or the text says less. */
void action_rig_expect(const struct action_rig *rig, enum qf_status status,
		       enum qf_status wanted, const char *says);

ino_t inode_of(const char *name);
bool exists(const char *name);

#endif
