#include "wire/namebook.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { TABLE = 2 * RP_MAX_NAMES, NAME_COST = 24, TYPE_COST = 8, DIR_COST = 24 };

enum rp_status
rp_namebook_init(struct rp_namebook *b)
{
	*b = (struct rp_namebook){ .dir_size = DIR_COST };
	b->names = malloc(RP_MAX_NAMES * sizeof(*b->names));
	b->table = calloc(TABLE, sizeof(*b->table));
	if (b->names == NULL || b->table == NULL ||
	    rp_buffer_reserve(&b->heap, RP_MAX_DIR) != RP_OK)
		return RP_ERR_NOMEM;
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
}

/* Names are mostly short: two overlapping loads beat a call of memcmp. */
static bool
same_text(const char *a, const char *b, size_t len)
{
	if (len > 16)
		return memcmp(a, b, len) == 0;
	if (len >= 8)
		return rp_le64(a) == rp_le64(b) &&
		    rp_le64(a + len - 8) == rp_le64(b + len - 8);
	if (len >= 4)
		return rp_le32(a) == rp_le32(b) &&
		    rp_le32(a + len - 4) == rp_le32(b + len - 4);
	for (size_t i = 0; i < len; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static bool
is_same(const struct rp_label *a, const struct rp_label *b)
{
	return a->hash == b->hash && a->len == b->len && a->class == b->class &&
	    same_text(a->text, b->text, a->len);
}

enum rp_status
rp_namebook_find(struct rp_namebook *b, struct rp_label *label, uint32_t *index)
{
	struct rp_label *n;
	uint32_t at;

	if (label == NULL) {
		*index = RP_NO_NAME;
		return RP_OK;
	}
	if (label->slot < b->n_names &&
	    is_same(&b->names[label->slot], label)) {
		*index = label->slot;
		return RP_OK;
	}
	for (at = label->hash % TABLE; b->table[at] != 0; at = (at + 1) % TABLE)
		if (is_same(&b->names[b->table[at] - 1], label)) {
			*index = label->slot = b->table[at] - 1;
			return RP_OK;
		}
	if (b->n_names == RP_MAX_NAMES ||
	    b->dir_size + NAME_COST + label->len > RP_MAX_DIR)
		return RP_ERR_LIMIT;
	n = &b->names[b->n_names];
	*n = *label;
	n->records = 0;
	n->slot = at;
	n->text = memcpy(b->heap.data + b->heap.len, label->text, label->len);
	b->heap.len += label->len;
	b->dir_size += NAME_COST + label->len;
	*index = label->slot = b->n_names++;
	b->table[at] = b->n_names;
	return RP_OK;
}

enum rp_status
rp_namebook_type(struct rp_namebook *b, uint16_t type, uint32_t *index)
{
	if (b->type < b->n_types && b->types[b->type].type == type) {
		*index = b->type;
		return RP_OK;
	}
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
