/*
 * Records into typed columns, for the tools that write Arrow and Parquet: the
 * options that say which columns and how, and batches by them. A tool puts
 * the options into its table,
 *
 *	struct rp_columnar_options columns = RP_COLUMNAR_UNSET;
 *	const struct rp_option options[] = { RP_COLUMNAR_OPTIONS(&columns), ...
 */
#ifndef RP_CLI_COLUMNAR_H
#define RP_CLI_COLUMNAR_H

#include "cli/cli.h"
#include "cli/sift.h"
#include "columns/batch.h"
#include "columns/whole.h"
#include "expr/select.h"

struct rp_columnar_options {
	struct rp_list types, columns, scales;
	int levels; /* -1: not given */
	bool float64, exact;
};
#define RP_COLUMNAR_UNSET     \
	{                     \
		.levels = -1, \
	}

/* clang-format off */
#define RP_COLUMNAR_OPTIONS(o)                                             \
	{ 't', "type", RP_OPT_LIST, &(o)->types, "NAME",                   \
	    "these record types: names, globs, @FILE; repeatable", NULL }, \
	{ 'c', "columns", RP_OPT_LIST, &(o)->columns, "A,B,...",           \
	    "these fields, for records of any type; 'all'", NULL },        \
	{ 0, "levels", RP_OPT_INT, &(o)->levels, "N",                      \
	    "levels of a book (default 10)", NULL },                       \
	{ 0, "scale", RP_OPT_LIST, &(o)->scales, "COLUMN=N",               \
	    "digits behind the point of a decimal (default 9); repeatable", \
	    NULL },                                                        \
	{ 0, "float64", RP_OPT_FLAG, &(o)->float64, NULL,                  \
	    "decimals as the nearest doubles", NULL },                     \
	{ 0, "exact", RP_OPT_FLAG, &(o)->exact, NULL,                      \
	    "decimals as mantissas, with columns of exponents", NULL }
/* clang-format on */

struct rp_columnar {
	struct rp_cli *cli;
	const struct rp_columnar_options *o;
	struct rp_select *types;
	struct rp_cell_style cells;
	struct rp_plan plan;
	struct rp_batch_style style; /* the tool's to complete after start */
	bool deep; /* a book had more levels than the plan: it was cut */
	char depth[64]; /* of one that was not, and so is rejected */
	uint64_t shown; /* hash of a schema all of whose values have columns */
	struct rp_whole whole; /* of the type of the last record, if exact */
};

/* Turn the options into a plan and a style. RP_ERR_USAGE, told; RP_ERR_NOMEM.
 * Ended by rp_columnar_free even if this fails. */
RP_CHECKED enum rp_status rp_columnar_start(struct rp_columnar *c,
    struct rp_cli *cli, const struct rp_columnar_options *o);
void rp_columnar_free(struct rp_columnar *c);

/* Are records of this type asked for? */
bool rp_columnar_wants(const struct rp_columnar *c, uint16_t type);

/* Were columns named, so that records of any type go into one batch? */
bool rp_columnar_is_mixed(const struct rp_columnar *c);

/* The only type that was asked for, or 0. */
uint16_t rp_columnar_only_type(const struct rp_columnar *c);

/*
 * A batch for records of a type as they are in f (NULL: none yet), or, where
 * columns were named, of all that were asked for. RP_ERR_USAGE, told.
 */
RP_CHECKED enum rp_status rp_columnar_batch(struct rp_columnar *c,
    const struct rp_frame *f, uint16_t type, struct rp_batch *batch);

/*
 * rp_batch_add of n records of one type; those that do not fit, that a batch
 * with lengths could not give back, books that exact columns of all fields would
 * cut, and features whose schema has more values than the one that the batch was
 * made by, are rejected with their place by sift, or, where that is NULL, by
 * their seq. RP_ERR_REJECTED.
 */
RP_CHECKED enum rp_status rp_columnar_add(struct rp_columnar *c,
    struct rp_batch *batch, struct rp_sift *sift, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n);

/* At a good end: warn of books that were cut, and scales that none took. */
void rp_columnar_report(const struct rp_columnar *c);

#endif
