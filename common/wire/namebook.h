/*
 * Inside wire/: the names and types of the frame that a writer has in hand,
 * and their counts; emptied at each frame.
 */
#ifndef RP_WIRE_NAMEBOOK_H
#define RP_WIRE_NAMEBOOK_H

#include "base/limits.h"
#include "wire/frame.h"

struct rp_namebook {
	struct rp_label *names; /* RP_MAX_NAMES; slot: place in the table */
	uint32_t n_names;
	struct rp_type_count types[RP_MAX_TYPES];
	uint32_t n_types, type; /* type: the one used last */
	uint32_t *table; /* open addresses, index + 1 */
	struct rp_buffer heap; /* texts; its capacity never changes */
	size_t dir_size; /* bytes of the directory so far, at most */
	uint64_t stamp; /* of this frame, unlike that of any other */
};

RP_CHECKED enum rp_status rp_namebook_init(struct rp_namebook *b);
void rp_namebook_free(struct rp_namebook *b);
void rp_namebook_clear(struct rp_namebook *b);

/*
 * The index of a label in this frame (NULL: RP_NO_NAME), entered if it is new.
 * RP_ERR_LIMIT: the directory is full, start another frame.
 */
RP_CHECKED enum rp_status rp_namebook_enter(
    struct rp_namebook *b, struct rp_label *label, uint32_t *index);

RP_CHECKED static inline enum rp_status
rp_namebook_find(struct rp_namebook *b, struct rp_label *label, uint32_t *index)
{
	if (label != NULL && label->stamp == b->stamp) {
		*index = label->slot;
		return RP_OK;
	}
	return rp_namebook_enter(b, label, index);
}

/* The same for a record type. */
RP_CHECKED enum rp_status rp_namebook_enter_type(
    struct rp_namebook *b, uint16_t type, uint32_t *index);

RP_CHECKED static inline enum rp_status
rp_namebook_type(struct rp_namebook *b, uint16_t type, uint32_t *index)
{
	if (b->type < b->n_types && b->types[b->type].type == type) {
		*index = b->type;
		return RP_OK;
	}
	return rp_namebook_enter_type(b, type, index);
}

/* Directory of what was counted (types get sorted). */
RP_CHECKED enum rp_status rp_namebook_encode(
    struct rp_namebook *b, struct rp_buffer *out);

#endif
