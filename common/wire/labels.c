#include "wire/labels.h"

#include <stdlib.h>

#include "base/hash.h"

/* A label with its text behind it. */
static struct rp_label *
make(enum rp_name_class class, const char *text, size_t len)
{
	struct rp_label *label = calloc(1, sizeof(*label) + len);

	if (label == NULL)
		return NULL;
	memcpy(label + 1, text, len);
	rp_label_init(label, class, (const char *)(label + 1), len);
	return label;
}

static struct rp_label **
find(struct rp_label **table, size_t size, uint64_t hash, const char *text,
    size_t len)
{
	size_t i = hash & (size - 1);

	while (table[i] != NULL &&
	    (table[i]->hash != hash || table[i]->len != len ||
		memcmp(table[i]->text, text, len) != 0))
		i = (i + 1) & (size - 1);
	return &table[i];
}

static bool
grow(struct rp_labels *l)
{
	size_t size = l->size == 0 ? 64 : 2 * l->size;
	struct rp_label **table = calloc(size, sizeof(*table)), *label;

	if (table == NULL)
		return false;
	for (size_t i = 0; i < l->size; i++)
		if ((label = l->table[i]) != NULL)
			*find(table, size, label->hash, label->text,
			    label->len) = label;
	free(l->table);
	l->table = table;
	l->size = size;
	return true;
}

static struct rp_label *
enter(struct rp_labels *l, uint64_t hash, const char *text, size_t len)
{
	struct rp_label **at;

	if (2 * l->n >= l->size && !grow(l))
		return NULL;
	at = find(l->table, l->size, hash, text, len);
	if (*at == NULL) {
		if ((*at = make(l->class, text, len)) == NULL)
			return NULL;
		l->n++;
	}
	return l->last = *at;
}

struct rp_label *
rp_labels_add(struct rp_labels *l, const char *text, size_t len)
{
	return enter(l, rp_hash(text, len), text, len);
}

struct rp_label *
rp_labels_of(struct rp_labels *l, const struct rp_label *name)
{
	if (l->last != NULL && rp_label_same(l->last, name))
		return l->last;
	return enter(l, name->hash, name->text, name->len);
}

struct rp_label *
rp_labels_by_hash(const struct rp_labels *l, uint64_t hash)
{
	size_t i = hash & (l->size - 1);

	if (l->size == 0)
		return NULL;
	while (l->table[i] != NULL && l->table[i]->hash != hash)
		i = (i + 1) & (l->size - 1);
	return l->table[i];
}

void
rp_labels_free(struct rp_labels *l)
{
	for (size_t i = 0; i < l->size; i++)
		free(l->table[i]);
	free(l->table);
	l->table = NULL;
	l->n = l->size = 0;
	l->last = NULL;
}
