#include "arrow/schema_write.h"

#include "arrow/format.h"

/* ---- types ---- */

static size_t
put_int(struct rp_flat_out *f, unsigned size, bool is_signed)
{
	const size_t t = rp_flat_out_table(f, "41");

	rp_flat_out_set(f, t, 0, 4, 8 * (uint64_t)size);
	rp_flat_out_set(f, t, 1, 1, is_signed);
	return t;
}

static size_t
put_time(struct rp_flat_out *f)
{
	const size_t t = rp_flat_out_table(f, "24");

	rp_flat_out_set(f, t, 0, 2, RP_ARROW_NANOSECOND);
	rp_flat_out_link(f, t, 1, rp_flat_out_text(f, "UTC", 3));
	return t;
}

static size_t
put_decimal(struct rp_flat_out *f, const struct rp_column *c)
{
	const size_t t = rp_flat_out_table(f, "444");

	rp_flat_out_set(f, t, 0, 4, c->precision);
	rp_flat_out_set(f, t, 1, 4, (uint64_t)c->scale);
	rp_flat_out_set(f, t, 2, 4, 8 * (uint64_t)c->size);
	return t;
}

static size_t
put_float(struct rp_flat_out *f)
{
	enum { DOUBLE = 2 };
	const size_t t = rp_flat_out_table(f, "2");

	rp_flat_out_set(f, t, 0, 2, DOUBLE);
	return t;
}

static size_t
put_type(
    struct rp_flat_out *f, const struct rp_column *c, enum rp_arrow_type *type)
{
	switch (c->kind) {
	case RP_COLUMN_INT:
	case RP_COLUMN_UINT:
		*type = RP_ARROW_INT;
		return put_int(f, c->size, c->kind == RP_COLUMN_INT);
	case RP_COLUMN_TIME:
		*type = RP_ARROW_TIMESTAMP;
		return put_time(f);
	case RP_COLUMN_DECIMAL:
		*type = RP_ARROW_DECIMAL;
		return put_decimal(f, c);
	case RP_COLUMN_FLOAT:
		*type = RP_ARROW_FLOAT;
		return put_float(f);
	case RP_COLUMN_DICTIONARY:
	case RP_COLUMN_TEXT:
		*type = RP_ARROW_UTF8;
		break;
	case RP_COLUMN_BYTES:
		*type = RP_ARROW_BINARY;
		break;
	case RP_COLUMN_LEVELS:
		*type = RP_ARROW_LIST;
		break;
	}
	return rp_flat_out_table(f, "");
}

static size_t
put_encoding(struct rp_flat_out *f, uint64_t id)
{
	const size_t t = rp_flat_out_table(f, "84");

	rp_flat_out_set(f, t, 0, 8, id);
	rp_flat_out_link(f, t, 1, put_int(f, 4, true));
	return t;
}

/* ---- fields ---- */

enum {
	FIELD_NAME,
	FIELD_NULLABLE,
	FIELD_KIND,
	FIELD_TYPE,
	FIELD_DICTIONARY,
	FIELD_CHILDREN
};

/* A field without its type, and a vector for so many children. */
static size_t
put_field(struct rp_flat_out *f, const char *name, size_t len, bool nullable,
    bool dictionary, size_t n, size_t *children)
{
	const size_t t = rp_flat_out_table(f, dictionary ? "411444" : "411404");

	rp_flat_out_link(f, t, FIELD_NAME, rp_flat_out_text(f, name, len));
	rp_flat_out_set(f, t, FIELD_NULLABLE, 1, nullable);
	*children = rp_flat_out_vector(f, n, 4);
	rp_flat_out_link(f, t, FIELD_CHILDREN, *children);
	return t;
}

static size_t
put_leaf(struct rp_flat_out *f, const struct rp_column *c, uint64_t id)
{
	const bool dictionary = c->kind == RP_COLUMN_DICTIONARY;
	enum rp_arrow_type type;
	size_t t, children;

	t = put_field(
	    f, c->name, c->name_len, c->nullable, dictionary, 0, &children);
	rp_flat_out_link(f, t, FIELD_TYPE, put_type(f, c, &type));
	rp_flat_out_set(f, t, FIELD_KIND, 1, type);
	if (dictionary)
		rp_flat_out_link(f, t, FIELD_DICTIONARY, put_encoding(f, id));
	return t;
}

static size_t
put_struct(struct rp_flat_out *f, const struct rp_column *c)
{
	size_t t, children;

	t = put_field(f, "item", 4, false, false, c->n_children, &children);
	rp_flat_out_link(f, t, FIELD_TYPE, rp_flat_out_table(f, ""));
	rp_flat_out_set(f, t, FIELD_KIND, 1, RP_ARROW_STRUCT);
	for (size_t i = 0; i < c->n_children; i++)
		rp_flat_out_refer(
		    f, children, i, put_leaf(f, &c->children[i], 0));
	return t;
}

static size_t
put_list(struct rp_flat_out *f, const struct rp_column *c)
{
	enum rp_arrow_type type;
	size_t t, children;

	t = put_field(
	    f, c->name, c->name_len, c->nullable, false, 1, &children);
	rp_flat_out_link(f, t, FIELD_TYPE, put_type(f, c, &type));
	rp_flat_out_set(f, t, FIELD_KIND, 1, type);
	rp_flat_out_refer(f, children, 0, put_struct(f, c));
	return t;
}

static size_t
put_entry(struct rp_flat_out *f, const struct rp_arrow_entry *e)
{
	const size_t t = rp_flat_out_table(f, "44");

	rp_flat_out_link(f, t, 0, rp_flat_out_text(f, e->key, strlen(e->key)));
	rp_flat_out_link(f, t, 1, rp_flat_out_text(f, e->text, e->len));
	return t;
}

size_t
rp_arrow_put_schema(struct rp_flat_out *f, const struct rp_column *columns,
    size_t n, const struct rp_arrow_meta *meta)
{
	enum { ENDIANNESS, FIELDS, METADATA };
	const size_t t = rp_flat_out_table(f, "244");
	size_t v = rp_flat_out_vector(f, n, 4);

	rp_flat_out_link(f, t, FIELDS, v);
	for (size_t i = 0; i < n; i++)
		rp_flat_out_refer(f, v, i,
		    columns[i].kind == RP_COLUMN_LEVELS
			? put_list(f, &columns[i])
			: put_leaf(f, &columns[i], i));
	v = rp_flat_out_vector(f, meta->n, 4);
	rp_flat_out_link(f, t, METADATA, v);
	for (size_t i = 0; i < meta->n; i++)
		rp_flat_out_refer(f, v, i, put_entry(f, &meta->entries[i]));
	return t;
}
