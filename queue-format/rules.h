/*
 * rules.h - the rules of a safe change that tests switch off, one at a time,
 * to show that each is needed: such a build loses or doubles mail.
 *
 * docs/SAFETY.md says what each prevents.  Nobody else has a reason to change
 * anything here.
 */
#ifndef QF_RULES_H
#define QF_RULES_H

#include <stdbool.h>

/* What qmgr(8) may remember comes back under another id. */
#ifndef QF_RULE_NEW_ID
#define QF_RULE_NEW_ID true
#endif

/* A lease also sees who has opened a message and not locked it yet. */
#ifndef QF_RULE_LEASE
#define QF_RULE_LEASE true
#endif

/* A message is not taken out while its return may be being written. */
#ifndef QF_RULE_END
#define QF_RULE_END true
#endif

/* Nothing is put back while somebody works on it. */
#ifndef QF_RULE_QUIET
#define QF_RULE_QUIET true
#endif

#endif
