#include "deal.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "expr/shard.h"
#include "expr/tuple.h"
#include "balance.h"

struct deal {
	uint32_t workers;
	struct rp_tuple *by;
	bool by_symbol; /* by its name alone, as it is */
	uint8_t class; /* of the names that decide alone; 0: there is more */
	struct balance balance;
	struct rp_buffer
	    names; /* uint32_t: of the frame's names, the workers */
};

enum rp_status
deal_new(struct deal **out, const struct deal_options *o, struct rp_error *err)
{
	struct deal *d = calloc(1, sizeof(*d));
	enum rp_status st;

	if ((*out = d) == NULL)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	d->workers = o->workers;
	if ((st = rp_tuple_compile(&d->by, o->by, err)) != RP_OK) {
		rp_error_prefix(err, "--by");
		return st;
	}
	d->by_symbol = strcmp(o->by, "symbol") == 0;
	if (rp_tuple_are_of(d->by, RP_NAME_SYMBOL))
		d->class = RP_NAME_SYMBOL;
	else if (rp_tuple_are_of(d->by, RP_NAME_SOURCE))
		d->class = RP_NAME_SOURCE;
	if (o->balance == NULL)
		return RP_OK;
	if (!d->by_symbol)
		return rp_error_set(err, RP_ERR_USAGE,
		    "--balance goes by symbol, not by %s", o->by);
	return balance_read(&d->balance, o->balance, d->workers, err);
}

void
deal_free(struct deal *d)
{
	if (d == NULL)
		return;
	rp_tuple_free(d->by);
	balance_free(&d->balance);
	rp_buffer_free(&d->names);
	free(d);
}

bool
deal_is_whole(const struct deal *d)
{
	return rp_tuple_are_of_names(d->by);
}

/* Of a record without what decides. */
static uint32_t
of_none(const struct rp_record *rec)
{
	return rp_shard_is_everywhere(rec) ? DEAL_ALL : 0;
}

static enum rp_status
of_values(struct deal *d, const struct rp_frame *f, const struct rp_record *rec,
    uint32_t *worker, struct rp_error *err)
{
	const char *text, *why = NULL;
	size_t len;
	enum rp_status st = rp_tuple_text(d->by, f, rec, &text, &len, &why);

	if (st == RP_EMPTY)
		*worker = of_none(rec);
	else if (st == RP_OK)
		*worker = (uint32_t)(rp_hash(text, len) % d->workers);
	else
		return rp_error_set(
		    err, st, "--by: %s", why != NULL ? why : "out of memory");
	return RP_OK;
}

/* ---- by names ---- */

/* The names are all that is looked at of a record with this one. */
static enum rp_status
of_name(struct deal *d, const struct rp_frame *f, uint32_t index,
    uint32_t *worker, struct rp_error *err)
{
	const struct rp_record rec = { .symbol = index, .source = index };
	const struct rp_label *name = &f->names[index];

	if (!d->by_symbol)
		return of_values(d, f, &rec, worker, err);
	if (!balance_find(&d->balance, name, worker))
		*worker = rp_shard_of(name, d->workers);
	return RP_OK;
}

enum rp_status
deal_frame(struct deal *d, const struct rp_frame *f, uint32_t *worker,
    struct rp_error *err)
{
	uint64_t records = 0;
	enum rp_status st;
	uint32_t *of;

	*worker = DEAL_EACH;
	if (d->class == 0)
		return RP_OK;
	if (rp_buffer_reserve(&d->names, f->n_names * sizeof(*of)) != RP_OK)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	of = (uint32_t *)(void *)d->names.data;
	for (uint32_t i = 0; i < f->n_names; i++) {
		if (f->names[i].class != d->class)
			continue;
		if ((st = of_name(d, f, i, &of[i], err)) != RP_OK)
			return st;
		if (*worker == DEAL_EACH)
			*worker = of[i];
		if (of[i] == *worker)
			records += f->names[i].records;
	}
	if (records != f->head.records)
		*worker = DEAL_EACH;
	return RP_OK;
}

const uint32_t *
deal_names(const struct deal *d, enum rp_name_class *class)
{
	*class = d->class;
	return d->class != 0 ? (const uint32_t *)(const void *)d->names.data
			     : NULL;
}

enum rp_status
deal_record(struct deal *d, const struct rp_frame *f,
    const struct rp_record *rec, uint32_t *worker, struct rp_error *err)
{
	if (d->class == 0)
		return of_values(d, f, rec, worker, err);
	*worker = of_none(rec);
	return RP_OK;
}
