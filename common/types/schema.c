#include "types/schema.h"

#include <string.h>

bool
rp_schema_next(
    const struct rp_label *schema, const char **p, struct rp_schema_item *item)
{
	const char *end = schema->text + schema->len, *colon, *comma;
	int64_t exp;

	if (*p >= end)
		return false;
	if ((comma = memchr(*p, ',', (size_t)(end - *p))) == NULL)
		comma = end;
	if ((colon = memchr(*p, ':', (size_t)(comma - *p))) == NULL ||
	    rp_i64_parse(colon + 1, (size_t)(comma - colon - 1), &exp) !=
		RP_OK ||
	    exp < RP_EXP_MIN || exp > RP_EXP_MAX)
		return false;
	*item =
	    (struct rp_schema_item){ *p, (size_t)(colon - *p), (int8_t)exp };
	*p = comma < end ? comma + 1 : end;
	return true;
}

struct rp_label *
rp_schema_of(const struct rp_frame *f, const struct rp_record *rec)
{
	const struct rp_feature_head *h = (const void *)rec->payload;

	if (rec->type != RP_FEATURE || rec->len < sizeof(*h))
		return NULL;
	for (uint32_t i = 0; i < f->n_schemas; i++)
		if (f->names[f->schemas[i]].hash == h->schema)
			return &f->names[f->schemas[i]];
	return NULL;
}

enum rp_status
rp_schema_keep(struct rp_labels *schemas, const struct rp_frame *f,
    const struct rp_record *rec)
{
	const struct rp_label *schema = rp_schema_of(f, rec);

	if (schema == NULL || rp_labels_of(schemas, schema) != NULL)
		return RP_OK;
	return RP_ERR_NOMEM;
}

struct rp_label *
rp_schema_kept(const struct rp_labels *schemas, const struct rp_record *rec)
{
	const struct rp_feature_head *h = (const void *)rec->payload;

	if (rec->type != RP_FEATURE || rec->len < sizeof(*h))
		return NULL;
	return rp_labels_by_hash(schemas, h->schema);
}

/* Value i, if the payload has it and its bit is set. */
void
rp_schema_value(
    const struct rp_record *rec, uint32_t i, int8_t exp, struct rp_value *v)
{
	const struct rp_feature_head *h = (const void *)rec->payload;
	const uint8_t *bits = rec->payload + sizeof(*h);
	uint32_t n = h->ev.aux;

	if (i >= n || n > rec->len / 8 || rec->len < rp_feature_size(n) ||
	    (rp_le64(bits + i / 64 * 8) >> i % 64 & 1) == 0)
		return;
	v->kind = RP_VALUE_DECIMAL;
	v->exp = exp;
	v->i = (int64_t)rp_le64(bits + 8 * (size_t)((n + 63) / 64 + i));
}

bool
rp_schema_is_name(const char *text, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	if (len == 0 || len > RP_SCHEMA_NAME || (*text >= '0' && *text <= '9'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0' || strchr(letters, text[i]) == NULL)
			return false;
	return true;
}

bool
rp_schema_is_known(const char *name, size_t len)
{
	struct rp_field field;

	for (size_t i = 0; i < rp_n_types; i++)
		if (rp_type_field(rp_types[i], name, len, &field))
			return true;
	return false;
}

bool
rp_schema_field(
    const struct rp_type *t, const char *name, size_t len, struct rp_field *out)
{
	if (rp_type_field(t, name, len, out))
		return true;
	if (t == NULL || t->id != RP_FEATURE || !rp_schema_is_name(name, len) ||
	    rp_schema_is_known(name, len))
		return false;
	*out = (struct rp_field){
		.name = name, .kind = RP_KIND_VALUE, .size = (uint8_t)len
	};
	return true;
}

/* Is no name that of a field, nor there twice? */
static bool
has_own_names(const struct rp_label *schema)
{
	const struct rp_type *t = rp_type_by_id(RP_FEATURE);
	const char *p = schema->text, *q;
	struct rp_schema_item a, b;
	struct rp_field field;

	while (rp_schema_next(schema, &p, &a)) {
		if (!rp_schema_is_name(a.name, a.len) ||
		    rp_type_field(t, a.name, a.len, &field))
			return false;
		for (q = p; rp_schema_next(schema, &q, &b);)
			if (a.len == b.len &&
			    memcmp(a.name, b.name, a.len) == 0)
				return false;
	}
	return p == schema->text + schema->len;
}

bool
rp_schema_is_whole(const struct rp_label *schema, const struct rp_record *rec)
{
	const struct rp_feature_head *h = (const void *)rec->payload;
	const char *p = schema->text;
	struct rp_schema_item item;
	uint32_t n = 0;
	int64_t v;

	while (rp_schema_next(schema, &p, &item))
		n++;
	if (rec->len < sizeof(*h) || n == 0 || n > 64 || h->ev.aux != n ||
	    rec->len != rp_feature_size(n) || !has_own_names(schema) ||
	    (n < 64 && rp_le64(rec->payload + sizeof(*h)) >> n != 0))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (rp_schema_mantissa(rec, i, &v) ? v == RP_ABSENT : v != 0)
			return false;
	return true;
}

bool
rp_schema_mantissa(const struct rp_record *rec, uint32_t i, int64_t *v)
{
	const uint8_t *bits = rec->payload + sizeof(struct rp_feature_head);

	*v = (int64_t)rp_le64(bits + 8 + 8 * (size_t)i);
	return rp_le64(bits) >> i & 1;
}

bool
rp_schema_find(const struct rp_label *schema, const char *name, size_t len,
    uint32_t *index, int8_t *exp)
{
	const char *p = schema->text;
	struct rp_schema_item item;

	for (*index = 0; rp_schema_next(schema, &p, &item); ++*index)
		if (item.len == len && memcmp(item.name, name, len) == 0) {
			*exp = item.exp;
			return true;
		}
	return false;
}

bool
rp_schema_names(const struct rp_frame *f, const char *name, size_t len)
{
	uint32_t index;
	int8_t exp;

	for (uint32_t i = 0; i < f->n_schemas; i++)
		if (rp_schema_find(
			&f->names[f->schemas[i]], name, len, &index, &exp))
			return true;
	return false;
}

void
rp_schema_get(const struct rp_frame *f, const struct rp_record *rec,
    const char *name, size_t len, struct rp_value *v)
{
	const struct rp_label *schema = rp_schema_of(f, rec);
	uint32_t index;
	int8_t exp;

	v->kind = RP_VALUE_ABSENT;
	if (schema != NULL && rp_schema_find(schema, name, len, &index, &exp))
		rp_schema_value(rec, index, exp, v);
}
