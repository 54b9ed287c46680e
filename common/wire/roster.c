#include "wire/roster.h"

#include <stdlib.h>
#include <string.h>

static uint32_t *
find(const struct rp_roster *r, uint32_t *table, size_t size,
    const struct rp_label *name)
{
	size_t i = name->hash & (size - 1);

	while (table[i] != 0 && !rp_label_same(&r->names[table[i] - 1], name))
		i = (i + 1) & (size - 1);
	return &table[i];
}

/* At most half of the table is in use. */
static bool
grow_table(struct rp_roster *r)
{
	size_t size = r->size == 0 ? 256 : 2 * r->size;
	uint32_t *table = calloc(size, sizeof(*table));

	if (table == NULL)
		return false;
	for (uint32_t i = 0; i < r->n; i++)
		*find(r, table, size, &r->names[i]) = i + 1;
	free(r->table);
	r->table = table;
	r->size = size;
	return true;
}

/* The name to be added is a schema. */
static bool
add_schema(struct rp_roster *r)
{
	uint32_t cap = r->schemas_cap == 0 ? 8 : 2 * r->schemas_cap;
	uint32_t *schemas;

	if (r->n_schemas == r->schemas_cap) {
		schemas = realloc(r->schemas, cap * sizeof(*schemas));
		if (schemas == NULL)
			return false;
		r->schemas = schemas;
		r->schemas_cap = cap;
	}
	r->schemas[r->n_schemas++] = r->n;
	return true;
}

static bool
add(struct rp_roster *r, const struct rp_label *name)
{
	uint32_t cap = r->cap == 0 ? 128 : 2 * r->cap;
	struct rp_label *names;
	char *text;

	if (r->n == r->cap) {
		names = realloc(r->names, cap * sizeof(*names));
		if (names == NULL)
			return false;
		r->names = names;
		r->cap = cap;
	}
	if ((text = malloc(name->len + (size_t)1)) == NULL)
		return false;
	memcpy(text, name->text, name->len);
	if (name->class == RP_NAME_SCHEMA && !add_schema(r)) {
		free(text);
		return false;
	}
	r->names[r->n++] = (struct rp_label){ .text = text,
		.hash = name->hash,
		.len = name->len,
		.class = name->class };
	return true;
}

enum rp_status
rp_roster_enter(struct rp_roster *r, const struct rp_frame *f)
{
	uint32_t *at, *map;

	if (f->n_names > r->map_cap) {
		map = realloc(r->map, f->n_names * sizeof(*map));
		if (map == NULL)
			return RP_ERR_NOMEM;
		r->map = map;
		r->map_cap = f->n_names;
	}
	for (uint32_t i = 0; i < f->n_names; i++) {
		if (2 * (r->n + (size_t)1) > r->size && !grow_table(r))
			return RP_ERR_NOMEM;
		at = find(r, r->table, r->size, &f->names[i]);
		if (*at == 0) {
			if (!add(r, &f->names[i]))
				return RP_ERR_NOMEM;
			*at = r->n;
		}
		r->map[i] = *at - 1;
	}
	return RP_OK;
}

void
rp_roster_lend(const struct rp_roster *r, struct rp_frame *f)
{
	f->names = r->names;
	f->n_names = r->n;
	f->schemas = r->schemas;
	f->n_schemas = r->n_schemas;
}

void
rp_roster_free(struct rp_roster *r)
{
	for (uint32_t i = 0; i < r->n; i++)
		free((char *)(uintptr_t)r->names[i].text);
	free(r->names);
	free(r->table);
	free(r->map);
	free(r->schemas);
	*r = (struct rp_roster){ 0 };
}
