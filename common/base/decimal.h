/*
 * Exact decimals: mantissa x 10^exp, exp from -18 to 18, as FIX SBE has them.
 * The digits are the venue's own: 150 x 10^-2 and 15 x 10^-1 are equal and
 * differ. A mantissa of RP_ABSENT (INT64_MIN) is no value. What does not fit
 * is an error; nothing is ever rounded.
 */
#ifndef RP_BASE_DECIMAL_H
#define RP_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

#define RP_EXP_MIN (-18)
#define RP_EXP_MAX 18

/* A mantissa of 128 bits, for what is multiplied: GCC and Clang have them. */
__extension__ typedef __int128 rp_wide;

struct rp_decimal {
	int64_t mantissa;
	int8_t exp;
};

/* How decimals are written: each digit as it came, or as few as it takes. */
enum rp_digits { RP_DIGITS_KEEP, RP_DIGITS_TRIM };

/*
 * Room that the formatting functions need in buf, in bytes. They may write
 * over all of it, whatever the length of the text that they return; the text
 * is not terminated.
 */
#define RP_INT_ROOM 32
#define RP_DECIMAL_ROOM 64
#define RP_WIDE_ROOM 96

/* -1, 0 or 1. Neither is absent; exponents may be any from -36 to 36. */
int rp_decimal_compare(int64_t a, int a_exp, int64_t b, int b_exp);
int rp_wide_compare(rp_wide a, int a_exp, rp_wide b, int b_exp);

/*
 * Read a whole text: [+-] digits [. digits] [e [+-] digits], keeping its
 * digits: "1.50" is 150,-2, "5e2" is 5,2, "1.5e3" is 15,2. RP_ERR_USAGE:
 * not a number. RP_ERR_LIMIT: mantissa or exponent out of range.
 */
RP_CHECKED enum rp_status rp_decimal_parse(
    const char *text, size_t len, struct rp_decimal *d);

/* The same for 128-bit mantissas and exponents from -36 to 36. */
RP_CHECKED enum rp_status rp_wide_parse(
    const char *text, size_t len, rp_wide *mantissa, int *exp);

/*
 * The same value with another exponent. RP_ERR_LIMIT: it needs more digits
 * than that exponent leaves, or overflows.
 */
RP_CHECKED enum rp_status rp_decimal_rescale(struct rp_decimal *d, int exp);

/* Whole texts of decimal digits. RP_ERR_USAGE, RP_ERR_LIMIT as above. */
RP_CHECKED enum rp_status rp_u64_parse(
    const char *text, size_t len, uint64_t *v);
RP_CHECKED enum rp_status rp_i64_parse(
    const char *text, size_t len, int64_t *v);

/*
 * Write a number; the bytes written. KEEP gives what rp_decimal_parse reads
 * back as the same mantissa and exponent ("1.50", "5e2"); TRIM the shortest
 * plain text ("1.5", "500"). exp is from -18 to 18, wide: -36 to 36.
 */
size_t rp_u64_format(char *buf, uint64_t v);
size_t rp_i64_format(char *buf, int64_t v);
size_t rp_decimal_format(
    char *buf, int64_t mantissa, int exp, enum rp_digits digits);
size_t rp_wide_format(
    char *buf, rp_wide mantissa, int exp, enum rp_digits digits);

/* Exactly width digits (1 to 9) of v < 10^width, with leading zeros. */
size_t rp_digits_format(char *buf, uint32_t v, unsigned width);

#endif
