#include "cli/columnar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/schemas.h"
#include "cli/select.h"
#include "types/schema.h"

static bool
wants(const void *types, uint16_t type)
{
	return rp_select_has_type(types, type);
}

bool
rp_columnar_wants(const struct rp_columnar *c, uint16_t type)
{
	return rp_select_has_type(c->types, type);
}

bool
rp_columnar_is_mixed(const struct rp_columnar *c)
{
	return c->plan.set == RP_COLUMNS_NAMED;
}

static enum rp_status
set_style(struct rp_columnar *c)
{
	const struct rp_columnar_options *o = c->o;
	enum rp_status st = RP_OK;

	if (o->float64 && o->exact)
		return rp_cli_usage(c->cli, "--float64 or --exact, not both");
	if ((o->float64 || o->exact) && o->scales.n > 0)
		return rp_cli_usage(c->cli, "--scale does not go with %s",
		    o->exact ? "--exact" : "--float64");
	c->style.decimals = o->float64 ? RP_DECIMALS_FLOAT
	    : o->exact                 ? RP_DECIMALS_EXACT
				       : RP_DECIMALS_FIXED;
	for (size_t i = 0; st == RP_OK && i < o->scales.n; i++)
		st = rp_batch_scale(
		    &c->style, o->scales.item[i], &c->cli->error);
	return st;
}

static enum rp_status
set_columns(struct rp_columnar *c)
{
	const struct rp_columnar_options *o = c->o;
	struct rp_error *err = &c->cli->error;
	enum rp_status st = RP_OK;

	if (o->levels < -1 || o->levels > RP_PLAN_MAX_LEVELS)
		return rp_cli_usage(
		    c->cli, "--levels is from 0 to %d", RP_PLAN_MAX_LEVELS);
	if (o->levels >= 0)
		c->plan.levels = (unsigned)o->levels;
	c->plan.aligned = c->plan.features = true;
	for (size_t i = 0; st == RP_OK && i < o->columns.n; i++)
		st = rp_plan_add(&c->plan, o->columns.item[i], err);
	if (st == RP_OK)
		st = rp_plan_check(&c->plan, wants, c->types, err);
	return st == RP_OK ? rp_cli_need_columns(c->cli, &c->plan) : st;
}

enum rp_status
rp_columnar_start(struct rp_columnar *c, struct rp_cli *cli,
    const struct rp_columnar_options *o)
{
	const struct rp_select_options select = { .types = o->types };
	enum rp_status st;

	*c = (struct rp_columnar){ .cli = cli, .o = o };
	rp_plan_init(&c->plan, &c->cells);
	if ((st = rp_cli_select(cli, &select, &c->types)) != RP_OK ||
	    (st = set_style(c)) != RP_OK)
		return st;
	return set_columns(c);
}

void
rp_columnar_free(struct rp_columnar *c)
{
	rp_batch_style_free(&c->style);
	rp_plan_free(&c->plan);
	rp_cell_style_free(&c->cells);
	rp_select_free(c->types);
	rp_whole_free(&c->whole);
}

uint16_t
rp_columnar_only_type(const struct rp_columnar *c)
{
	uint16_t only = 0;

	for (size_t i = 0; i < rp_n_types && c->o->types.n > 0; i++) {
		if (!rp_columnar_wants(c, rp_types[i]->id))
			continue;
		if (only != 0)
			return 0;
		only = rp_types[i]->id;
	}
	return only;
}

/* ---- batches ---- */

static enum rp_status
batch_failed(
    struct rp_columnar *c, const struct rp_batch *batch, enum rp_status st)
{
	return rp_error_set(&c->cli->error, st, "%s",
	    st == RP_ERR_NOMEM ? "out of memory" : batch->error.text);
}

static enum rp_status
unite(struct rp_columnar *c, uint16_t type, struct rp_batch *batch)
{
	const struct rp_row *row = rp_plan_row(&c->plan, type);

	return row != NULL ? rp_batch_unite(batch, row) : RP_ERR_NOMEM;
}

/* All types that were asked for; 0 are those without a table. */
static enum rp_status
unite_all(struct rp_columnar *c, uint16_t first, struct rp_batch *batch)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; st == RP_OK && i < rp_n_types; i++)
		if (rp_types[i]->id != first &&
		    rp_columnar_wants(c, rp_types[i]->id))
			st = unite(c, rp_types[i]->id, batch);
	if (st == RP_OK && c->o->types.n == 0 && first != 0)
		st = unite(c, 0, batch);
	return st;
}

enum rp_status
rp_columnar_batch(struct rp_columnar *c, const struct rp_frame *f,
    uint16_t type, struct rp_batch *batch)
{
	const struct rp_row *row;
	enum rp_status st;

	if (rp_type_by_id(type) == NULL && rp_columnar_is_mixed(c) &&
	    c->o->types.n == 0)
		type = 0;
	c->shown = 0;
	c->cells.frame = f; /* whose schemas name the columns of features */
	row = rp_plan_row(&c->plan, type);
	st = row != NULL ? rp_batch_init(batch, row, &c->style) : RP_ERR_NOMEM;
	if (st == RP_OK && rp_columnar_is_mixed(c))
		st = unite_all(c, type, batch);
	c->cells.frame = NULL;
	return st == RP_OK ? st : batch_failed(c, batch, st);
}

static enum rp_status
reject(struct rp_columnar *c, struct rp_sift *sift, const struct rp_frame *f,
    const struct rp_record *rec, const char *why)
{
	char type[8], seq[32] = "";

	if (sift != NULL)
		return rp_sift_reject(sift, f, rec, why);
	if (rec->seq != 0)
		snprintf(seq, sizeof(seq), ", seq %" PRIu64, rec->seq);
	return rp_cli_reject(c->cli, "", 0, "%s record%s: %s",
	    rp_type_name(rec->type, type), seq, why);
}

/* Exact columns of all fields are to say all, but for what --levels may say in
 * a format that has no lengths, and that promises nothing. */
static bool
keeps_books(const struct rp_columnar *c)
{
	return c->o->exact && c->plan.set == RP_COLUMNS_ALL &&
	    (c->style.lengths || c->o->levels < 0);
}

/* How many of n records of one type are no books with levels that have no
 * column, or may be cut; and why not the next. */
static size_t
count_shallow(struct rp_columnar *c, const struct rp_record *const *recs,
    size_t n, const char **why)
{
	const unsigned levels = c->plan.levels;
	struct rp_book b;

	if (c->plan.set == RP_COLUMNS_NAMED || c->style.level_lists || n == 0 ||
	    recs[0]->type != RP_BOOK || (c->deep && !keeps_books(c)))
		return n;
	for (size_t i = 0; i < n; i++) {
		if (rp_book_level(recs[i], RP_SIDE_BID, levels) == NULL &&
		    rp_book_level(recs[i], RP_SIDE_ASK, levels) == NULL)
			continue;
		if (keeps_books(c)) {
			memcpy(&b, recs[i]->payload, sizeof(b));
			snprintf(c->depth, sizeof(c->depth),
			    "a book of %" PRIu32 " levels: see --levels%s",
			    b.n_bid > b.n_ask ? b.n_bid : b.n_ask,
			    c->style.lengths ? ", --lists" : "");
			*why = c->depth;
			return i;
		}
		c->deep = true;
	}
	return n;
}

/* How many of n records of one type the columns hold whole, if they are to; and
 * why not the next. */
static enum rp_status
count_whole(struct rp_columnar *c, const struct rp_record *const *recs,
    size_t n, size_t *whole, const char **why)
{
	struct rp_whole *w = &c->whole;
	size_t i;

	*whole = n;
	if (!c->style.lengths || n == 0)
		return RP_OK;
	if (w->t == NULL || w->t->id != recs[0]->type) {
		rp_whole_free(w);
		if (rp_whole_init(w, recs[0]->type) != RP_OK)
			return rp_error_no_memory(&c->cli->error);
	}
	for (i = 0; i < n && w->t != NULL; i++)
		if (!rp_whole_says_all(w, recs[i]) ||
		    (!w->open && recs[i]->type != RP_BOOK &&
			recs[i]->len > rp_whole_end(w, recs[i]->len))) {
			*whole = i;
			*why = "its payload has bytes that no column holds";
			break;
		}
	return RP_OK;
}

/* Has each value of a schema a column? */
static bool
has_columns(const struct rp_batch *batch, const struct rp_label *schema)
{
	struct rp_schema_item item;
	const char *p = schema->text;
	size_t i;

	while (rp_schema_next(schema, &p, &item)) {
		for (i = 0; i < batch->n; i++)
			if (batch->columns[i].name_len == item.len &&
			    memcmp(batch->columns[i].name, item.name,
				item.len) == 0)
				break;
		if (i == batch->n)
			return false;
	}
	return true;
}

/* How many of n records of one type show all of their values, where those have
 * columns; and why not the next. */
static size_t
count_shown(struct rp_columnar *c, const struct rp_batch *batch,
    const struct rp_frame *f, const struct rp_record *const *recs, size_t n,
    const char **why)
{
	if (c->plan.set != RP_COLUMNS_DEFAULT || batch->type != RP_FEATURE)
		return n;
	for (size_t i = 0; i < n; i++) {
		const struct rp_label *schema = rp_schema_of(f, recs[i]);

		if (schema == NULL || schema->hash == c->shown)
			continue;
		if (!has_columns(batch, schema)) {
			*why = "its schema has a value that the first one "
			       "lacked, so there is no column: see -c";
			return i;
		}
		c->shown = schema->hash;
	}
	return n;
}

enum rp_status
rp_columnar_add(struct rp_columnar *c, struct rp_batch *batch,
    struct rp_sift *sift, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n)
{
	const char *why = NULL;
	enum rp_status st;
	uint64_t rows;
	size_t whole, done;

	for (;;) {
		if ((st = count_whole(c, recs, n, &whole, &why)) != RP_OK)
			return st;
		whole = count_shallow(c, recs, whole, &why);
		whole = count_shown(c, batch, f, recs, whole, &why);
		rows = batch->rows;
		st = rp_batch_add(batch, f, recs, whole);
		if (st != RP_OK && st != RP_ERR_LIMIT)
			return batch_failed(c, batch, st);
		if (st == RP_OK && whole == n)
			return RP_OK;
		done = (size_t)(batch->rows - rows);
		st = reject(c, sift, f, recs[done],
		    st == RP_OK ? why : batch->error.text);
		if (st != RP_OK)
			return st;
		c->cli->counts.records_out--;
		batch->error = (struct rp_error){ 0 };
		recs += done + 1;
		n -= done + 1;
	}
}

void
rp_columnar_report(const struct rp_columnar *c)
{
	const char *scale = rp_batch_scale_unused(&c->style);

	if (c->deep && c->o->levels < 0)
		rp_cli_warn(c->cli,
		    "books are deeper than the %u levels written: see --levels",
		    c->plan.levels);
	if (scale != NULL && c->cli->counts.records_out > 0)
		rp_cli_warn(
		    c->cli, "--scale %s: no decimal is named so", scale);
}
