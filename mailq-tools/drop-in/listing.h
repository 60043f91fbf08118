/*
 * listing.h - what `mailq' and `postqueue -p' and `-j' do.
 */
#ifndef DROP_IN_LISTING_H
#define DROP_IN_LISTING_H

#include <stdbool.h>

#include "mailq-tools/drop-in/postfix_own.h"

/*
 * List the queue of the instance in `directory' (NULL: the default) on
 * standard output as Postfix's postqueue does, and end the program as it
 * would: with 0, or with 69 and its words on standard error.  Callers without
 * privileges become Postfix's own set-gid postqueue.
 */
_Noreturn void
drop_in_list(const struct drop_in *caller, const char *directory, bool json);

#endif
