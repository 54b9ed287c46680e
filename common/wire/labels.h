/*
 * Labels of who is told names with each record, or keeps records longer than
 * their frames: one for each name, found by its text.
 */
#ifndef RP_WIRE_LABELS_H
#define RP_WIRE_LABELS_H

#include "wire/record.h"

struct rp_labels {
	enum rp_name_class class;
	struct rp_label **table; /* open addresses, by hash */
	size_t n, size;
	struct rp_label *last;
};

/* All zero but for its class is an empty one. */
void rp_labels_free(struct rp_labels *l);

/* The label of a valid name (wire/directory.h), valid until they are freed.
 * NULL: no memory. */
struct rp_label *rp_labels_add(
    struct rp_labels *l, const char *text, size_t len);

/* The same for a label of a frame or of another table. */
struct rp_label *rp_labels_of(struct rp_labels *l, const struct rp_label *name);

/* The same by text, quickly for the name that was asked for last. */
static inline struct rp_label *
rp_labels_find(struct rp_labels *l, const char *text, size_t len)
{
	if (l->last != NULL && l->last->len == len &&
	    memcmp(l->last->text, text, len) == 0)
		return l->last;
	return rp_labels_add(l, text, len);
}

/* The one of a text with this hash, or NULL: there is none. */
struct rp_label *rp_labels_by_hash(const struct rp_labels *l, uint64_t hash);

#endif
