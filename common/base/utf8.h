/* UTF-8 (RFC 3629). */
#ifndef RP_BASE_UTF8_H
#define RP_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of the character that text begins with, 1 to 4, and its code
 * point; 0: it begins with none (len may be 0).
 */
size_t rp_utf8_decode(const char *text, size_t len, uint32_t *code);

/* Bytes of text before what is not UTF-8; len: all of it is. */
size_t rp_utf8_span(const char *text, size_t len);

/* Write a code point that is none of a surrogate; the bytes, at most 4. */
size_t rp_utf8_encode(char *buf, uint32_t code);

#endif
