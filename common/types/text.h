/*
 * Values of fields as text, and text back into records: one rule for print,
 * JSON, CSV and whoever reads them.
 *
 *	INT, UINT       decimal digits
 *	decimals        as rp_decimal_format; beyond its exponents "123e-40"
 *	TIME            ns since the epoch, or ISO 8601
 *	ENUM            its word; a value without a word as a number
 *	CHAR            its letter; digits and what cannot be shown as a number
 *	FLAGS           words joined by '|', "bit9" for a bit without a word;
 *	                no bit is set: ""
 *	ID              a number; a UUID; ASCII; "0x" and 16 or 32 hex digits
 *	                for a hash and for what its form cannot show
 *	BYTES           hex digits
 *	TEXT            itself
 */
#ifndef RP_TYPES_TEXT_H
#define RP_TYPES_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/time.h"
#include "types/types.h"

struct rp_text_style {
	enum rp_digits digits;
	bool iso; /* times as ISO 8601, else as ns */
	struct rp_time_text time; /* its zone, and what it keeps */
};

/* Bytes that rp_text_format may write for any value but TEXT; for TEXT its
 * length, of BYTES twice its length. The text is not terminated. */
#define RP_TEXT_ROOM 1024

/* Write a value; the bytes written, 0 for an absent one. */
size_t rp_text_format(char *buf, const struct rp_field *field,
    const struct rp_value *v, struct rp_text_style *style);

/* A CHAR that is shown as itself. */
static inline bool
rp_text_is_letter(uint8_t c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '~';
}

/* The parts of it that need no value. buf: RP_TEXT_ROOM bytes. */
size_t rp_text_flags(char *buf, const struct rp_field *field, uint32_t flags);
size_t rp_text_word(char *buf, const struct rp_field *field, uint32_t value);
size_t rp_text_char(char *buf, uint8_t c);
size_t rp_text_id(char *buf, uint64_t hi, uint64_t lo, uint8_t form);
size_t rp_text_decimal(
    char *buf, int64_t mantissa, int exp, enum rp_digits digits);
size_t rp_text_hex(char *buf, const void *p, size_t len);

/* How an identifier's parts are laid out, by its form. */
/*
 *	NUMBER  lo, with hi 0
 *	UUID    hi and lo are its two halves, read as big-endian numbers
 *	ASCII   the 16 bytes as they lie are its text, zero-padded
 *	HASH    a number of 128 bits, or with hi 0 of 64
 */
RP_CHECKED enum rp_status rp_text_read_id(
    const char *text, size_t len, uint8_t form, uint64_t *hi, uint64_t *lo);

/*
 * Read an identifier of any form: of those that keep its text the shortest, of
 * one longer than 16 bytes its hash, which is told apart from others but not
 * shown again. Returns its form. text is not empty.
 */
enum rp_id_form rp_text_take_id(
    const char *text, size_t len, uint64_t *hi, uint64_t *lo);

/*
 * Read the text of a field into a record under construction; text NULL: the
 * field is absent. The payload must reach to the field's end (BYTES, TEXT: be
 * of the length that the text makes). Decimals are rescaled to the exponents that
 * the payload has already, an ID has the form that its tflags say: read
 * px_exp, qty_exp and tflags first. Not for SYMBOL and SOURCE, which are
 * labels. RP_ERR_USAGE, RP_ERR_LIMIT: err says what is wrong with the text.
 */
RP_CHECKED enum rp_status rp_text_read(const struct rp_field *field,
    struct rp_record *rec, const char *text, size_t len, struct rp_error *err);

/* Make all fields within the payload absent that can be; the rest is zero. */
void rp_text_blank(const struct rp_type *t, struct rp_record *rec);

/* Hex digits to len / 2 bytes; false: not that. */
bool rp_text_read_hex(const char *text, size_t len, uint8_t *out);

#endif
