/*
 * ascii.h - what kind of byte that is, in any locale.
 */
#ifndef QF_ASCII_H
#define QF_ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline bool
qf_is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static inline bool
qf_is_letter(char byte)
{
	return (unsigned char)((byte | 0x20) - 'a') < 26;
}

static inline bool
qf_is_upper(char byte)
{
	return byte >= 'A' && byte <= 'Z';
}

static inline bool
qf_is_lower(char byte)
{
	return byte >= 'a' && byte <= 'z';
}

/* Without its case: the locale does not count for addresses and hosts. */
static inline char
qf_fold(char byte)
{
	return qf_is_upper(byte) ? (char)(byte | 0x20) : byte;
}

static inline bool
qf_is_alnum(char byte)
{
	return qf_is_letter(byte) || qf_is_digit(byte);
}

static inline bool
qf_is_hex(char byte)
{
	return qf_is_digit(byte) || (unsigned char)((byte | 0x20) - 'a') < 6;
}

static inline bool
qf_is_blank(char byte)
{
	return (byte > '\0' && byte <= ' ') || byte == 0x7f;
}

static inline size_t
qf_count_digits(const char *at, size_t most)
{
	size_t count = 0;

	while (count < most && qf_is_digit(at[count]))
		count++;
	return count;
}

static inline size_t
qf_count_letters(const char *at, size_t most)
{
	size_t count = 0;

	while (count < most && qf_is_letter(at[count]))
		count++;
	return count;
}

static inline size_t
qf_count_blanks(const char *at)
{
	size_t count = 0;

	while (qf_is_blank(at[count]))
		count++;
	return count;
}

#endif
