/*
 * known.h - what was carried on from before.
 *
 * Most calls only read: whichever of them fails, or is the last, the program
 * leaves what others have left, too.  What comes of that was seen then.
 */
#ifndef FAULTS_KNOWN_H
#define FAULTS_KNOWN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "bench.h"
#include "program.h"

#define KNOWN_MAX 32768

/* All workers share it.  All zero: nothing is known. */
struct known {
	_Atomic uint64_t marks[KNOWN_MAX];
};

/*
 * Was it carried on often enough from here: from the same files at the same
 * places, after as many calls of each kind that changes files, and with the
 * same end of the program?  Where the call that was not as usual is of these
 * kinds, only if it was that call, too.  It counts as carried on now.
 */
bool known_is(struct known *known, const struct bench *bench,
	      const struct orders *orders, const struct outcome *outcome);

#endif
