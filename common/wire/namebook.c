#include "wire/namebook.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "wire/directory.h"

enum {
	TABLE = 2 * RP_MAX_NAMES,
	NAME_COST = RP_DIR_NAME_SIZE,
	TYPE_COST = 8,
	DIR_COST = 24
};

/* Where a writer starts counting its frames: labels outlive writers, and must
 * not take one for another that lived at the same address. */
static uint64_t
first_stamp(const struct rp_namebook *b)
{
	struct {
		const void *address;
		struct timespec now;
	} seed = { .address = b };

	clock_gettime(CLOCK_MONOTONIC, &seed.now);
	return rp_hash(&seed, sizeof(seed)) | 1;
}

enum rp_status
rp_namebook_init(struct rp_namebook *b)
{
	*b = (struct rp_namebook){ .dir_size = DIR_COST };
	b->names = malloc(RP_MAX_NAMES * sizeof(*b->names));
	b->table = calloc(TABLE, sizeof(*b->table));
	if (b->names == NULL || b->table == NULL ||
	    rp_buffer_reserve(&b->heap, RP_MAX_DIR) != RP_OK)
		return RP_ERR_NOMEM;
	b->stamp = first_stamp(b);
	return RP_OK;
}

void
rp_namebook_free(struct rp_namebook *b)
{
	free(b->names);
	free(b->table);
	rp_buffer_free(&b->heap);
}

void
rp_namebook_clear(struct rp_namebook *b)
{
	for (uint32_t i = 0; i < b->n_names; i++)
		b->table[b->names[i].slot] = 0;
	b->n_names = b->n_types = b->type = 0;
	b->heap.len = 0;
	b->dir_size = DIR_COST;
	b->stamp += 2; /* odd: no label begins with it */
}

enum rp_status
rp_namebook_enter(
    struct rp_namebook *b, struct rp_label *label, uint32_t *index)
{
	struct rp_label *n;
	uint32_t at;

	if (label == NULL) {
		*index = RP_NO_NAME;
		return RP_OK;
	}
	for (at = label->hash % TABLE; b->table[at] != 0; at = (at + 1) % TABLE)
		if (rp_label_same(&b->names[b->table[at] - 1], label))
			break;
	if (b->table[at] == 0) {
		if (b->n_names == RP_MAX_NAMES ||
		    b->dir_size + NAME_COST + label->len > RP_MAX_DIR)
			return RP_ERR_LIMIT;
		n = &b->names[b->n_names++];
		*n = *label;
		n->records = 0;
		n->slot = at;
		n->text =
		    memcpy(b->heap.data + b->heap.len, label->text, label->len);
		b->heap.len += label->len;
		b->dir_size += NAME_COST + label->len;
		b->table[at] = b->n_names;
	}
	label->stamp = b->stamp;
	*index = label->slot = b->table[at] - 1;
	return RP_OK;
}

enum rp_status
rp_namebook_enter_type(struct rp_namebook *b, uint16_t type, uint32_t *index)
{
	for (b->type = 0; b->type < b->n_types; b->type++)
		if (b->types[b->type].type == type) {
			*index = b->type;
			return RP_OK;
		}
	if (b->n_types == RP_MAX_TYPES || b->dir_size + TYPE_COST > RP_MAX_DIR)
		return RP_ERR_LIMIT;
	b->types[b->n_types] = (struct rp_type_count){ .type = type };
	b->dir_size += TYPE_COST;
	*index = b->type = b->n_types++;
	return RP_OK;
}

static int
by_type(const void *a, const void *b)
{
	const struct rp_type_count *x = a, *y = b;

	return (x->type > y->type) - (x->type < y->type);
}

enum rp_status
rp_namebook_encode(struct rp_namebook *b, struct rp_buffer *out)
{
	qsort(b->types, b->n_types, sizeof(*b->types), by_type);
	b->type = 0;
	return rp_dir_encode(out, b->types, b->n_types, b->names, b->n_names);
}
