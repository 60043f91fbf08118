/*
 * queue-format.h - the mail queue of Postfix, for programs.
 *
 * The modules, from below:
 *
 *   error.h     how something failed
 *   text.h      text from strangers, fit for a terminal or for JSON
 *   message.h   a message and its recipients, as plain values
 *   filter.h    what a listing is asked for
 *   store.h     what a mail system implements: listing and loading
 *   survey.h    go through all messages, with several threads
 *   group.h     messages counted by what they have in common
 *   content.h   what is inside of a message: headers, parts, text
 *
 *   postfix/config.h         the settings of an instance
 *   postfix/postfix_store.h  its spool as a store
 *   postfix/text_source.h    the text of a message, for content.h
 *   showq/showq_store.h      the same for callers without privileges
 *
 * and for who looks at single files, postfix/record.h, attribute.h, walk.h,
 * envelope.h, delay_log.h and queue_id.h.  A listing is: read the configuration, open a
 * store, run a survey, close the store.
 */
#ifndef QF_QUEUE_FORMAT_H
#define QF_QUEUE_FORMAT_H

#include "queue-format/content.h"
#include "queue-format/error.h"
#include "queue-format/filter.h"
#include "queue-format/group.h"
#include "queue-format/message.h"
#include "queue-format/postfix/attribute.h"
#include "queue-format/postfix/config.h"
#include "queue-format/postfix/delay_log.h"
#include "queue-format/postfix/envelope.h"
#include "queue-format/postfix/postfix_store.h"
#include "queue-format/postfix/queue_id.h"
#include "queue-format/postfix/record.h"
#include "queue-format/postfix/text_source.h"
#include "queue-format/postfix/walk.h"
#include "queue-format/showq/showq_store.h"
#include "queue-format/store.h"
#include "queue-format/survey.h"
#include "queue-format/text.h"

#endif
