/*
 * Symbols dealt so that each worker has about as many records: by the counts
 * of rp-ls --json, the largest first, each to the worker that has least so far
 * (Graham's LPT rule: at most 4/3 of the best possible).
 */
#ifndef RP_FAN_BALANCE_H
#define RP_FAN_BALANCE_H

#include "base/buffer.h"
#include "wire/record.h"

struct share;

/* All zero knows no symbol. */
struct balance {
	struct share *shares; /* n, by hash and name */
	size_t n;
	struct rp_buffer names;
};

/* A line an object; their counts add up. RP_ERR_IO, RP_ERR_CORRUPT,
 * RP_ERR_NOMEM. */
RP_CHECKED enum rp_status balance_read(struct balance *b, const char *path,
    uint32_t workers, struct rp_error *err);
void balance_free(struct balance *b);

/* False: a symbol that the file did not name. */
bool balance_find(
    const struct balance *b, const struct rp_label *symbol, uint32_t *worker);

#endif
