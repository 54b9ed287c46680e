/*
 * Which columns the records of each type have: those that were asked for by
 * name, or each type's own. CSV and JSON are written from these rows; the
 * builders of Arrow and Parquet take their columns from here as well.
 */
#ifndef RP_COLUMNS_PLAN_H
#define RP_COLUMNS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "columns/cell.h"
#include "types/types.h"

/* One type's row of cells, in the order of its columns. */
struct rp_row {
	uint16_t type;
	size_t n;
	struct rp_cell *cells;
	struct rp_column_name {
		const char *text; /* not terminated */
		size_t len;
	} * names;
	size_t room; /* bytes of a row: cells and as many delimiters */
	bool has_bytes; /* a row takes more: rp_cell_room */
	char *level_names;
	char *value_names; /* of a feature, each with its end */
};

#define RP_PLAN_LEVELS 10 /* of a book, if nothing else is asked for */
#define RP_PLAN_MAX_LEVELS 100

enum rp_column_set {
	RP_COLUMNS_DEFAULT, /* a type's data, without how it is encoded */
	RP_COLUMNS_ALL, /* every field, header first */
	RP_COLUMNS_NAMED /* those added by name */
};

struct rp_plan {
	struct rp_cell_style *style;
	enum rp_column_set set;
	/* NAMED: a type has a cell for each column, empty if it has no such
	 * field; else only for those that it has. */
	bool aligned;
	/* NAMED: a name that is no field may be one of features (types/schema.h):
	 * whether it is, only the stream says. */
	bool features;
	bool with_type; /* DEFAULT has the record's type, too */
	unsigned levels; /* of a book, for DEFAULT and ALL: up to MAX */
	struct rp_buffer names; /* struct rp_column_name, added by name */
	struct rp_row *rows;
	size_t n_rows;
	struct rp_row *recent;
};

/* style stays the caller's. */
void rp_plan_init(struct rp_plan *plan, struct rp_cell_style *style);
void rp_plan_free(struct rp_plan *plan);

/* A plan of the same columns, whose cells are its own. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_plan_copy(struct rp_plan *plan,
    const struct rp_plan *from, struct rp_cell_style *style);

/*
 * Add columns, "ts_event,price,size", in this order; "all" makes the set ALL.
 * The text must outlive the plan. RP_ERR_USAGE: an empty or repeated name.
 */
RP_CHECKED enum rp_status rp_plan_add(
    struct rp_plan *plan, const char *list, struct rp_error *err);

/*
 * Each column must be a field of one type at least that may come: of those
 * for which wanted says so. RP_ERR_USAGE names the first that is not.
 */
RP_CHECKED enum rp_status rp_plan_check(const struct rp_plan *plan,
    bool (*wanted)(const void *arg, uint16_t type), const void *arg,
    struct rp_error *err);

/* The i-th of the names added that is no field, or false. */
bool rp_plan_guess(
    const struct rp_plan *plan, size_t i, const char **name, size_t *len);

/* Features with values that no column shows: their schemas came behind the one
 * that the row was made by. */
struct rp_hidden {
	uint64_t n; /* records */
	uint64_t schema; /* the last that was looked at */
	bool hides; /* and what was found */
};

/* Count rec, of f. */
void rp_hidden_look(struct rp_hidden *h, const struct rp_plan *plan,
    const struct rp_row *row, const struct rp_frame *f,
    const struct rp_record *rec);

/* The row of a type, made when it is first asked for; NULL: no memory. It is
 * valid until the plan is freed. */
struct rp_row *rp_plan_make_row(struct rp_plan *plan, uint16_t type);

static inline struct rp_row *
rp_plan_row(struct rp_plan *plan, uint16_t type)
{
	if (plan->recent != NULL && plan->recent->type == type)
		return plan->recent;
	return rp_plan_make_row(plan, type);
}

#endif
