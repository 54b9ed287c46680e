#include "deal.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "expr/shard.h"
#include "balance.h"
#include "types/text.h"
#include "types/types.h"

struct deal {
	uint32_t workers;
	enum rp_kind by; /* RP_KIND_SYMBOL, RP_KIND_SOURCE, or any other: */
	const char *field;
	struct rp_text_style style;
	struct balance balance;
	/* the last record's type, and the field in it */
	const struct rp_type *type;
	bool typed, has;
	struct rp_field place;
	struct rp_buffer
	    names; /* uint32_t: of the frame's names, the workers */
};

static void
look_up(struct deal *d, uint16_t id)
{
	d->type = rp_type_by_id(id);
	d->has = rp_type_field(d->type, d->field, strlen(d->field), &d->place);
	d->typed = true;
}

/* The kind of a field that any type has. */
static enum rp_status
find_field(struct deal *d, struct rp_error *err)
{
	for (size_t i = 0; i < rp_n_types; i++) {
		look_up(d, rp_types[i]->id);
		if (d->has && d->place.kind != RP_KIND_BYTES &&
		    d->place.kind != RP_KIND_TEXT) {
			d->by = d->place.kind;
			d->typed = false;
			return RP_OK;
		}
	}
	return rp_error_set(
	    err, RP_ERR_USAGE, "--by: no field named \"%s\"", d->field);
}

enum rp_status
deal_new(struct deal **out, const struct deal_options *o, struct rp_error *err)
{
	struct deal *d = calloc(1, sizeof(*d));
	enum rp_status st;

	if ((*out = d) == NULL)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	d->workers = o->workers;
	d->field = o->by;
	d->style.digits = RP_DIGITS_TRIM;
	if ((st = find_field(d, err)) != RP_OK || o->balance == NULL)
		return st;
	if (d->by != RP_KIND_SYMBOL)
		return rp_error_set(err, RP_ERR_USAGE,
		    "--balance goes by symbol, not by %s", o->by);
	return balance_read(&d->balance, o->balance, d->workers, err);
}

void
deal_free(struct deal *d)
{
	if (d == NULL)
		return;
	balance_free(&d->balance);
	rp_buffer_free(&d->names);
	free(d);
}

bool
deal_is_whole(const struct deal *d)
{
	return d->by == RP_KIND_SYMBOL || d->by == RP_KIND_SOURCE;
}

static uint32_t
of_name(const struct deal *d, const struct rp_label *name)
{
	uint32_t worker;

	if (balance_find(&d->balance, name, &worker))
		return worker;
	return rp_shard_of(name, d->workers);
}

enum rp_status
deal_frame(struct deal *d, const struct rp_frame *f, uint32_t *worker)
{
	enum rp_name_class class =
	    d->by == RP_KIND_SYMBOL ? RP_NAME_SYMBOL : RP_NAME_SOURCE;
	uint64_t records = 0;
	uint32_t *of;

	*worker = DEAL_EACH;
	if (!deal_is_whole(d))
		return RP_OK;
	if (rp_buffer_reserve(&d->names, f->n_names * sizeof(*of)) != RP_OK)
		return RP_ERR_NOMEM;
	of = (uint32_t *)(void *)d->names.data;
	for (uint32_t i = 0; i < f->n_names; i++) {
		if (f->names[i].class != class)
			continue;
		of[i] = of_name(d, &f->names[i]);
		if (*worker == DEAL_EACH)
			*worker = of[i];
		if (of[i] == *worker)
			records += f->names[i].records;
	}
	if (records != f->head.records)
		*worker = DEAL_EACH;
	return RP_OK;
}

/* A record without what decides. */
static uint32_t
of_none(const struct rp_record *rec)
{
	return rp_shard_is_everywhere(rec) ? DEAL_ALL : 0;
}

static uint32_t
of_value(struct deal *d, const struct rp_frame *f, const struct rp_record *rec)
{
	char buf[RP_TEXT_ROOM];
	struct rp_value v;
	const char *text = buf;
	size_t len;

	if (!d->typed || d->type == NULL || d->type->id != rec->type)
		look_up(d, rec->type);
	if (!d->has)
		return of_none(rec);
	rp_field_get(&d->place, f, rec, &v);
	if (v.kind == RP_VALUE_ABSENT)
		return of_none(rec);
	if (v.kind == RP_VALUE_TEXT) {
		text = v.text;
		len = v.len;
	} else {
		len = rp_text_format(buf, &d->place, &v, &d->style);
	}
	return (uint32_t)(rp_hash(text, len) % d->workers);
}

uint32_t
deal_record(
    struct deal *d, const struct rp_frame *f, const struct rp_record *rec)
{
	uint32_t name = d->by == RP_KIND_SYMBOL ? rec->symbol : rec->source;

	if (!deal_is_whole(d))
		return of_value(d, f, rec);
	if (name == RP_NO_NAME)
		return of_none(rec);
	return ((const uint32_t *)(const void *)d->names.data)[name];
}
