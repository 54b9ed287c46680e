#include "types/key.h"

#include <stdlib.h>
#include <string.h>

#include "types/schema.h"

struct rp_key {
	char *list;
	size_t n; /* names in it */
	/* as found in each type so far: n_types times n */
	struct rp_field *fields;
	uint16_t *types;
	size_t n_types, last;
};

/* The i-th name of the list; *len bytes. */
static const char *
name_at(const struct rp_key *k, size_t i, size_t *len)
{
	const char *name = k->list;

	for (; i > 0; i--)
		name = strchr(name, ',') + 1;
	*len = strcspn(name, ",");
	return name;
}

enum rp_status
rp_key_parse(
    struct rp_key **out, const char *list, bool features, struct rp_error *err)
{
	struct rp_key *k = calloc(1, sizeof(*k));
	const char *name;
	size_t len;

	*out = NULL;
	if (k == NULL || (k->list = strdup(list)) == NULL) {
		free(k);
		return rp_error_no_memory(err);
	}
	k->n = 1;
	for (const char *p = list; (p = strchr(p, ',')) != NULL; p++)
		k->n++;
	for (size_t i = 0; i < k->n; i++) {
		name = name_at(k, i, &len);
		if (rp_schema_is_known(name, len) ||
		    (features && rp_schema_is_name(name, len)))
			continue;
		(void)rp_error_set(err, RP_ERR_USAGE,
		    len == 0 ? "an empty name in a list of fields"
			     : "no record type has a field '%.*s'",
		    (int)len, name);
		rp_key_free(k);
		return RP_ERR_USAGE;
	}
	*out = k;
	return RP_OK;
}

void
rp_key_free(struct rp_key *k)
{
	if (k == NULL)
		return;
	free(k->list);
	free(k->fields);
	free(k->types);
	free(k);
}

size_t
rp_key_size(const struct rp_key *k)
{
	return k->n;
}

/* Have room for one type more. */
static bool
grow(struct rp_key *k)
{
	struct rp_field *fields =
	    realloc(k->fields, (k->n_types + 1) * k->n * sizeof(*fields));
	uint16_t *types = NULL;

	if (fields != NULL) {
		k->fields = fields;
		types = realloc(k->types, (k->n_types + 1) * sizeof(*types));
	}
	if (types != NULL)
		k->types = types;
	return types != NULL;
}

const struct rp_field *
rp_key_fields(struct rp_key *k, uint16_t type)
{
	const struct rp_type *t;
	struct rp_field *field;
	const char *name;
	size_t len;

	if (k->last < k->n_types && k->types[k->last] == type)
		return &k->fields[k->last * k->n];
	for (k->last = 0; k->last < k->n_types; k->last++)
		if (k->types[k->last] == type)
			return &k->fields[k->last * k->n];
	if (!grow(k))
		return NULL;
	t = rp_type_by_id(type);
	k->types[k->n_types] = type;
	for (size_t i = 0; i < k->n; i++) {
		field = &k->fields[k->n_types * k->n + i];
		name = name_at(k, i, &len);
		if (!rp_schema_field(t, name, len, field))
			*field = (struct rp_field){ 0 };
	}
	return &k->fields[k->n * k->n_types++];
}
