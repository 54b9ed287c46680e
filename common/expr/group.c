#include "expr/group.h"

#include <string.h>

#include "types/schema.h"

enum { OF_SCHEMAS = 2 };

/* The names from OF_SCHEMAS on, whatever they are. */
static const uint32_t schemas[] = { 2, 3, 4, 5, 6, 7, 8, 9 };
_Static_assert(RP_LEN(schemas) == RP_GROUP_NAMES - OF_SCHEMAS, "schemas");

/* Is the name that label i keeps (of no bytes: none) the same as name? */
static bool
same(const struct rp_group *g, int i, const struct rp_label *name)
{
	const struct rp_label *own = &g->names[i];

	if (name == NULL)
		return own->len == 0;
	return own->hash == name->hash && own->len == name->len &&
	    memcmp(own->text, name->text, own->len) == 0;
}

bool
rp_group_is_of(const struct rp_group *g, const struct rp_frame *f,
    const struct rp_record *rec)
{
	return g->open && same(g, 0, rp_frame_name(f, rec->symbol)) &&
	    same(g, 1, rp_frame_name(f, rec->source));
}

static void
keep_name(struct rp_group *g, int i, const struct rp_label *name)
{
	g->names[i] = (struct rp_label){ .text = g->text[i] };
	if (name == NULL)
		return;
	memcpy(g->text[i], name->text, name->len);
	g->names[i] = *name;
	g->names[i].text = g->text[i];
	g->names[i].stamp = 0; /* its slot is not that of name */
}

void
rp_group_open(
    struct rp_group *g, const struct rp_frame *f, const struct rp_record *rec)
{
	keep_name(g, 0, rp_frame_name(f, rec->symbol));
	keep_name(g, 1, rp_frame_name(f, rec->source));
	g->frame = (struct rp_frame){
		.names = g->names, .n_names = OF_SCHEMAS, .schemas = schemas
	};
	g->frame.head.flags = f->head.flags & RP_FRAME_THINNED;
	g->open = true;
	rp_group_release(g);
}

bool
rp_group_goes_on(
    struct rp_group *g, const struct rp_frame *f, const struct rp_record *rec)
{
	bool more = rp_group_is_of(g, f, rec);

	if (!more)
		rp_group_open(g, f, rec);
	g->open = (rec->flags & RP_LAST) == 0;
	return more;
}

static bool
keep_schema(struct rp_group *g, const struct rp_label *schema)
{
	struct rp_frame *f = &g->frame;

	for (uint32_t i = OF_SCHEMAS; i < f->n_names; i++)
		if (rp_label_same(&g->names[i], schema))
			return true;
	if (f->n_names == RP_GROUP_NAMES)
		return false;
	keep_name(g, (int)f->n_names++, schema);
	f->n_schemas++;
	return true;
}

enum rp_status
rp_group_hold(
    struct rp_group *g, const struct rp_frame *f, const struct rp_record *rec)
{
	const struct rp_label *schema = rp_schema_of(f, rec);
	size_t at = g->rows.len, size = rp_record_size(rec);
	struct rp_record *copy;
	enum rp_status st;

	if (at + size > RP_MAX_EVENT ||
	    (schema != NULL && !keep_schema(g, schema)))
		return RP_ERR_LIMIT;
	if ((st = rp_buffer_add(&g->rows, rec, size)) != RP_OK)
		return st;
	copy = (struct rp_record *)(g->rows.data + at);
	copy->symbol = g->names[0].len != 0 ? 0 : RP_NO_NAME;
	copy->source = g->names[1].len != 0 ? 1 : RP_NO_NAME;
	g->frame.rows = g->rows.data;
	g->frame.rows_end = g->rows.data + g->rows.len;
	return RP_OK;
}

void
rp_group_release(struct rp_group *g)
{
	g->rows.len = 0;
	g->frame.rows = g->frame.rows_end = g->rows.data;
}

void
rp_group_free(struct rp_group *g)
{
	rp_buffer_free(&g->rows);
	*g = (struct rp_group){ 0 };
}
