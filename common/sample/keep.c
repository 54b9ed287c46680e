#include "sample/keep.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "types/schema.h"

void
rp_places_free(struct rp_places *p)
{
	for (size_t i = 0; i < p->n; i++)
		rp_buffer_free(&p->unit[i].rows);
	free(p->unit);
}

void
rp_keep_init(struct rp_keep *k, rp_sample_put *put, void *arg, bool rejects)
{
	*k = (struct rp_keep){ .symbols.class = RP_NAME_SYMBOL,
		.sources.class = RP_NAME_SOURCE,
		.schemas.class = RP_NAME_SCHEMA,
		.put = put,
		.arg = arg,
		.rejects = rejects };
}

void
rp_keep_free(struct rp_keep *k)
{
	rp_labels_free(&k->symbols);
	rp_labels_free(&k->sources);
	rp_labels_free(&k->schemas);
	rp_buffer_free(&k->own);
}

/* Room doubles, so that n places cost n steps. */
static enum rp_status
append(struct rp_places *p)
{
	struct rp_unit *unit = p->unit;

	if ((p->n & (p->n - 1)) == 0) {
		unit =
		    reallocarray(unit, p->n == 0 ? 1 : 2 * p->n, sizeof(*unit));
		if (unit == NULL)
			return RP_ERR_NOMEM;
		p->unit = unit;
	}
	unit[p->n++] = (struct rp_unit){ 0 };
	return RP_OK;
}

enum rp_status
rp_keep_place(
    struct rp_keep *k, struct rp_places *p, size_t index, struct rp_unit **unit)
{
	enum rp_status st = RP_OK;

	if (index == p->n)
		st = append(p);
	if (st != RP_OK)
		return st;
	*unit = &p->unit[index];
	if (k->rejects)
		return rp_keep_put(k, *unit, false);
	(*unit)->rows.len = 0;
	return RP_OK;
}

enum rp_status
rp_keep_frame(struct rp_keep *k, const struct rp_frame *f)
{
	size_t size = f->n_names * sizeof(struct rp_label *);
	enum rp_status st = rp_buffer_reserve(&k->own, size);

	if (st == RP_OK && size != 0)
		memset(k->own.data, 0, size);
	return st;
}

/* The label of ours for a name of the frame. */
static enum rp_status
keep_name(struct rp_keep *k, struct rp_labels *labels, const struct rp_frame *f,
    uint32_t index, struct rp_label **label)
{
	struct rp_label **own = (struct rp_label **)k->own.data + index;

	*label = NULL;
	if (index == RP_NO_NAME)
		return RP_OK;
	if (*own == NULL)
		*own = rp_labels_of(labels, &f->names[index]);
	*label = *own;
	return *own != NULL ? RP_OK : RP_ERR_NOMEM;
}

enum rp_status
rp_keep_add(struct rp_keep *k, struct rp_unit *unit, const struct rp_frame *f,
    const struct rp_record *rec)
{
	size_t at = unit->rows.len, size = rp_record_size(rec);
	struct rp_record *copy;
	enum rp_status st;

	if (at + size > RP_MAX_EVENT && at != 0)
		return RP_ERR_LIMIT;
	if ((st = keep_name(k, &k->symbols, f, rec->symbol, &unit->symbol)) !=
		RP_OK ||
	    (st = keep_name(k, &k->sources, f, rec->source, &unit->source)) !=
		RP_OK ||
	    (st = rp_schema_keep(&k->schemas, f, rec)) != RP_OK ||
	    (st = rp_buffer_reserve(&unit->rows, at + size)) != RP_OK)
		return st;
	memcpy(unit->rows.data + at, rec, size);
	unit->rows.len = at + size;
	copy = (struct rp_record *)(unit->rows.data + at);
	copy->symbol = unit->symbol != NULL ? 0 : RP_NO_NAME;
	copy->source = unit->source != NULL ? 1 : RP_NO_NAME;
	unit->thinned = (f->head.flags & RP_FRAME_THINNED) != 0;
	return RP_OK;
}

enum rp_status
rp_keep_put(struct rp_keep *k, struct rp_unit *unit, bool passes)
{
	static const uint32_t third = 2;
	struct rp_label names[3] = { 0 }, *schema;
	struct rp_frame f = {
		.names = names,
		.n_names = 3,
		.schemas = &third,
		.head.flags = unit->thinned ? RP_FRAME_THINNED : 0,
		.rows = unit->rows.data,
		.rows_end = unit->rows.data + unit->rows.len,
	};
	const struct rp_record *rec = NULL;
	enum rp_status st = RP_OK;

	if (unit->rows.len == 0)
		return RP_OK;
	if (unit->symbol != NULL)
		names[0] = *unit->symbol;
	if (unit->source != NULL)
		names[1] = *unit->source;
	while (st == RP_OK && (rec = rp_frame_next(&f, rec)) != NULL) {
		schema = rp_schema_kept(&k->schemas, rec);
		if ((f.n_schemas = schema != NULL) != 0)
			names[2] = *schema;
		st = k->put(k->arg, &f, rec, passes);
	}
	unit->rows.len = 0;
	return st;
}
