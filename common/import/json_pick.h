/*
 * Values out of JSON by JSON pointers (RFC 6901): any number of them in one
 * pass over the text, which is checked as a whole.
 *
 *	"/data/0/p"   member data, its first element, of that member p
 *	""            the whole; ~1 is a '/' in a key, ~0 a '~'
 */
#ifndef RP_IMPORT_JSON_PICK_H
#define RP_IMPORT_JSON_PICK_H

#include "import/json_scan.h"

/* A set of pointers, as a tree of their steps. All zero is empty. */
struct rp_json_pick {
	struct rp_json_step *steps; /* the first is the whole */
	uint32_t n_steps, cap;
	uint32_t n; /* pointers: their numbers are 0 to n - 1 */
	struct rp_buffer keys;
};

/*
 * Add a pointer; its number is in *number (that of an equal one if it was
 * there). RP_ERR_USAGE: it is none; RP_ERR_LIMIT: it is too deep;
 * RP_ERR_NOMEM. err may be NULL.
 */
RP_CHECKED enum rp_status rp_json_pick_add(struct rp_json_pick *p,
    const char *pointer, size_t len, uint32_t *number, struct rp_error *err);
void rp_json_pick_free(struct rp_json_pick *p);

/*
 * Walk the next value of s, fill v[0] to v[n - 1]: RP_JSON_NONE where a pointer
 * leads nowhere, containers whole. False: s->why; a member that is picked and
 * there twice is an error.
 */
bool rp_json_pick(
    const struct rp_json_pick *p, struct rp_scan *s, struct rp_json_value *v);

#endif
