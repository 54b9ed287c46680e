/* Features of members that have the names of their schema. */
#include <string.h>

#include "base/bytes.h"
#include "import/compose.h"
#include "types/schema.h"
#include "wire/directory.h"

bool
rp_compose_is_schema(const struct rp_json_member *m)
{
	return m->string && m->text != NULL &&
	    memchr(m->text, ':', m->len) != NULL;
}

static enum rp_status
no_schema(const struct rp_json_member *m, struct rp_error *err)
{
	return rp_error_set(err, RP_ERR_USAGE,
	    "schema: '%.*s' is not as \"mid:-3,spread:-2\"",
	    m->len < 60 ? (int)m->len : 60, m->text != NULL ? m->text : "");
}

enum rp_status
rp_compose_schema(struct rp_compose *c, uint64_t *len, struct rp_error *err)
{
	const struct rp_json_member *m = c->m;
	struct rp_schema_item item;
	uint32_t n = 0;
	const char *p;

	while (c->slots[m - c->m].role != RP_ROLE_SCHEMA)
		m++;
	if (!rp_compose_is_schema(m) || !rp_name_is_valid(m->text, m->len))
		return no_schema(m, err);
	if ((c->schema = rp_labels_find(c->schemas, m->text, m->len)) == NULL)
		return RP_ERR_NOMEM;
	p = c->schema->text;
	while (rp_schema_next(c->schema, &p, &item))
		n++;
	if (p != c->schema->text + c->schema->len || n > 64)
		return no_schema(m, err);
	*len = rp_feature_size(n);
	return RP_OK;
}

/* The member of a name, or NULL. */
static const struct rp_json_member *
find_value(const struct rp_compose *c, const struct rp_schema_item *item)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->slots[i].role == RP_ROLE_VALUE &&
		    c->m[i].key_len == item->len &&
		    memcmp(c->m[i].key, item->name, item->len) == 0)
			return &c->m[i];
	return NULL;
}

static enum rp_status
read_value(const struct rp_json_member *m, int8_t exp, int64_t *v,
    struct rp_error *err)
{
	struct rp_decimal d;

	if (rp_decimal_parse(m->text, m->len, &d) != RP_OK ||
	    rp_decimal_rescale(&d, exp) != RP_OK)
		return rp_error_set(err, RP_ERR_USAGE,
		    "%.*s: '%.*s' is no number with the exponent of its "
		    "schema",
		    (int)m->key_len, m->key, m->len < 60 ? (int)m->len : 60,
		    m->text);
	*v = d.mantissa;
	return RP_OK;
}

enum rp_status
rp_compose_values(
    const struct rp_compose *c, struct rp_record *rec, struct rp_error *err)
{
	struct rp_feature_head *h = (void *)rec->payload;
	uint8_t *bits = rec->payload + sizeof(*h);
	const char *p = c->schema->text;
	struct rp_schema_item item;
	uint64_t there = 0;
	uint32_t n = 0, members = 0;
	enum rp_status st;
	int64_t v = 0;

	for (; rp_schema_next(c->schema, &p, &item); n++) {
		const struct rp_json_member *m = find_value(c, &item);

		if (m == NULL)
			return rp_error_set(err, RP_ERR_USAGE,
			    "there is no %.*s, which the schema names",
			    (int)item.len, item.name);
		if (m->text == NULL)
			continue;
		if ((st = read_value(m, item.exp, &v, err)) != RP_OK)
			return st;
		rp_put64(bits + 8 + 8 * (size_t)n, (uint64_t)v);
		there |= (uint64_t)1 << n;
	}
	for (size_t i = 0; i < c->n; i++)
		members += c->slots[i].role == RP_ROLE_VALUE;
	if (members != n)
		return rp_error_set(err, RP_ERR_USAGE,
		    "there are %u values, but the schema names %u", members, n);
	rp_put64(bits, there);
	h->schema = c->schema->hash;
	h->ev.aux = n;
	return RP_OK;
}
