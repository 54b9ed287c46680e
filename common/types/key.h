/*
 * A list of fields that records are told apart or ordered by,
 * "symbol,type,sequence", and where each record type has them.
 */
#ifndef RP_TYPES_KEY_H
#define RP_TYPES_KEY_H

#include "base/error.h"
#include "types/types.h"

struct rp_key;

/* RP_ERR_USAGE: no type has a field of that name, nor, with features, may a
 * schema have it; RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_key_parse(
    struct rp_key **k, const char *list, bool features, struct rp_error *err);
void rp_key_free(struct rp_key *k);

/* How many fields it lists. */
size_t rp_key_size(const struct rp_key *k);

/*
 * Those fields of a type, valid until the next call; one that the type has
 * not is all zero. NULL: no memory.
 */
const struct rp_field *rp_key_fields(struct rp_key *k, uint16_t type);

#endif
