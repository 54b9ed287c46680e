/* Names that records are given, and the files that say which. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "expr/assign_work.h"
#include "expr/names.h"
#include "wire/directory.h"

/* ---- the names of the frame in hand ---- */

static struct rp_label *
names_of(const struct rp_assign *a)
{
	return (struct rp_label *)a->names.data;
}

enum rp_status
rp_assign_start_names(struct rp_assign *a)
{
	const struct rp_frame *f = a->original;

	a->names.len = 0;
	free(a->table);
	a->table = NULL;
	a->table_size = 0;
	if (f->n_names == 0)
		return RP_OK;
	return rp_buffer_add(
	    &a->names, f->names, f->n_names * sizeof(struct rp_label));
}

static uint32_t *
find(const struct rp_assign *a, const struct rp_label *name)
{
	size_t i = name->hash & (a->table_size - 1);

	while (a->table[i] != 0 &&
	    !rp_label_same(&names_of(a)[a->table[i] - 1], name))
		i = (i + 1) & (a->table_size - 1);
	return &a->table[i];
}

/* Room in the table for one name more. */
static enum rp_status
grow(struct rp_assign *a)
{
	size_t n = a->names.len / sizeof(struct rp_label);
	size_t size = a->table_size == 0 ? 64 : a->table_size;

	if (a->table_size > 2 * n)
		return RP_OK;
	while (size <= 4 * n)
		size *= 2;
	free(a->table);
	a->table = calloc(size, sizeof(*a->table));
	a->table_size = a->table != NULL ? size : 0;
	if (a->table == NULL)
		return RP_ERR_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		*find(a, &names_of(a)[i]) = i + 1;
	return RP_OK;
}

enum rp_status
rp_assign_name(struct rp_assign *a, enum rp_name_class class, const char *text,
    size_t len, uint32_t *index)
{
	struct rp_labels *made =
	    class == RP_NAME_SYMBOL ? &a->symbols : &a->sources;
	struct rp_label name, *own;
	enum rp_status st;
	uint32_t *at;

	if ((st = grow(a)) != RP_OK)
		return st;
	rp_label_init(&name, class, text, len);
	at = find(a, &name);
	if (*at == 0) {
		if ((own = rp_labels_find(made, text, len)) == NULL)
			return RP_ERR_NOMEM;
		name.text = own->text;
		if ((st = rp_buffer_add(&a->names, &name, sizeof(name))) !=
		    RP_OK)
			return st;
		*at = (uint32_t)(a->names.len / sizeof(name));
		a->frame.names = names_of(a);
		a->frame.n_names = *at;
	}
	*index = *at - 1;
	return RP_OK;
}

/* ---- files of names ---- */

struct renames {
	enum rp_name_class class;
	struct rp_labels old;
	struct rp_buffer pairs; /* struct pair, by the hash of the old name */
};

struct pair {
	const struct rp_label *old;
	char *text; /* the new name */
	size_t len;
};

static int
by_label(const void *a, const void *b)
{
	const struct rp_label *x = ((const struct pair *)a)->old;
	const struct rp_label *y = ((const struct pair *)b)->old;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

static const struct pair *
renamed(const struct renames *r, const struct rp_label *name)
{
	const struct pair key = { .old = name };
	size_t n = r->pairs.len / sizeof(key);
	const struct pair *p = n == 0
	    ? NULL
	    : bsearch(&key, r->pairs.data, n, sizeof(key), by_label);

	return p != NULL && rp_label_same(p->old, name) ? p : NULL;
}

static enum rp_status
add_pair(void *arg, const char *text, size_t len, struct rp_error *err)
{
	struct renames *r = arg;
	const char *tab = memchr(text, '\t', len);
	struct pair pair = { 0 };
	size_t old = tab != NULL ? (size_t)(tab - text) : 0;
	size_t before = r->old.n;

	pair.len = len - old - 1;
	if (tab == NULL || !rp_name_is_valid(text, old) ||
	    !rp_name_is_valid(tab + 1, pair.len))
		return rp_error_set(err, RP_ERR_USAGE,
		    "\"%.*s\" is not an old name, a tab and a new one",
		    (int)(len < 80 ? len : 80), text);
	if ((pair.old = rp_labels_add(&r->old, text, old)) == NULL)
		return RP_ERR_NOMEM;
	if (r->old.n == before)
		return rp_error_set(err, RP_ERR_USAGE,
		    "\"%.*s\" is renamed already", (int)old, text);
	pair.text = strndup(tab + 1, pair.len);
	if (pair.text == NULL ||
	    rp_buffer_add(&r->pairs, &pair, sizeof(pair)) != RP_OK) {
		free(pair.text);
		return RP_ERR_NOMEM;
	}
	return RP_OK;
}

enum rp_status
rp_renames_read(struct renames **out, enum rp_name_class class,
    const char *path, struct rp_error *err)
{
	struct renames *r = *out = calloc(1, sizeof(*r));
	enum rp_status st;
	char *at;

	if (r == NULL)
		return RP_ERR_NOMEM;
	r->class = class;
	r->old.class = class;
	if (asprintf(&at, "@%s", path) < 0)
		return RP_ERR_NOMEM;
	st = rp_names_each(at, add_pair, r, err);
	free(at);
	if (r->pairs.len != 0)
		qsort(r->pairs.data, r->pairs.len / sizeof(struct pair),
		    sizeof(struct pair), by_label);
	return st;
}

void
rp_renames_free(struct renames *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->pairs.len / sizeof(struct pair); i++)
		free(((struct pair *)r->pairs.data)[i].text);
	rp_buffer_free(&r->pairs);
	rp_labels_free(&r->old);
	free(r);
}

bool
rp_renames_touch(const struct renames *r, const struct rp_frame *f)
{
	uint32_t i;

	for (i = 0; i < f->n_names; i++)
		if (renamed(r, &f->names[i]) != NULL)
			return true;
	return false;
}

enum rp_status
rp_renames_start(const struct renames *r, struct rp_assign *a)
{
	uint32_t i, n = a->frame.n_names, index;
	const struct pair *p;
	enum rp_status st;

	for (i = 0; i < n; i++) {
		p = renamed(r, &a->frame.names[i]);
		if (p == NULL)
			continue;
		if ((st = rp_assign_name(
			 a, r->class, p->text, p->len, &index)) != RP_OK)
			return st;
		((uint32_t *)a->memo.data)[i] = index;
	}
	return RP_OK;
}

bool
rp_renames_run(
    const struct renames *r, struct rp_assign *a, struct rp_record *rec)
{
	uint32_t *own =
	    r->class == RP_NAME_SYMBOL ? &rec->symbol : &rec->source;
	const uint32_t *memo = (const uint32_t *)a->memo.data;

	if (*own == RP_NO_NAME || memo[*own] == RP_NO_NAME)
		return false;
	*own = memo[*own];
	a->intact = false;
	return true;
}
