/*
 * fuzz.h - what all fuzz targets share.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The target; libFuzzer, or replay.c, calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A file with these bytes, for readers that want a descriptor.  The same one
 * is used again for each input.
 */
int fuzz_file(const uint8_t *data, size_t size);

/* Give up: what must always hold does not. */
_Noreturn void fuzz_fail(const char *what);

#define FUZZ_ASSERT(condition)                                                 \
	do {                                                                   \
		if (!(condition))                                              \
			fuzz_fail(#condition);                                 \
	} while (0)

#endif
