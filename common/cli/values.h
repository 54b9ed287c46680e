/* The texts of option arguments, read strictly: all of the text or nothing. */
#ifndef RP_CLI_VALUES_H
#define RP_CLI_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/frame.h"

/* Digits with a suffix k M G T (1000) or Ki Mi Gi Ti (1024). */
bool rp_value_count(const char *text, uint64_t *out);

bool rp_value_int(const char *text, int *out);

/* "50ms", "1h30m" (rp_span_parse), or "0". ns. */
bool rp_value_span(const char *text, int64_t *out);

/* "100/s", "1k/5m": n in each span of ns; both are positive. */
bool rp_value_rate(const char *text, uint64_t *n, int64_t *span);

/* "lz4", "zstd:3", "none"; layout is left alone. */
bool rp_value_codec(const char *text, struct rp_encoding *out);

/* "rows", "columns"; codec and level are left alone. */
bool rp_value_layout(const char *text, struct rp_encoding *out);

/* text is one of "a|b|c"; an alternative that ends in ":..." is a prefix. */
bool rp_value_word(const char *text, const char *words);

/* "10" or "0.5%": *part is negative unless it is a percentage. */
bool rp_value_maximum(const char *text, uint64_t *count, double *part);

/* "0.001" or "0.1%", from 0 to 1: exactly, but rounded down to 2^-32. */
bool rp_value_share(const char *text, uint64_t *share);

#endif
