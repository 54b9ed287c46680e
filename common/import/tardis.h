/* Inside import/: CSV files of Tardis.dev, the input and its records. */
#ifndef RP_IMPORT_TARDIS_H
#define RP_IMPORT_TARDIS_H

#include "import/cells.h"
#include "import/held.h"
#include "import/rows.h"
#include "types/types.h"
#include "wire/labels.h"

/* The columns that all files have; those of the schema follow. */
enum rp_tardis_column {
	RP_TARDIS_EXCHANGE,
	RP_TARDIS_SYMBOL,
	RP_TARDIS_TIMESTAMP,
	RP_TARDIS_LOCAL_TIMESTAMP,
	RP_TARDIS_OWN
};
#define RP_TARDIS_MAX_OWN 7

struct rp_tardis;

/* A kind of file: the columns that it has, in any order, and its records. */
struct rp_tardis_schema {
	const char *name;
	const char *columns[RP_TARDIS_MAX_OWN + 1]; /* NULL behind the last */
	uint16_t type;
	uint32_t len; /* bytes of a payload, of a book without levels */
	/*
	 * The records of the row at hand. RP_ERR_USAGE, RP_ERR_LIMIT: s->error
	 * says what is wrong with the row; else a failure of im.
	 */
	enum rp_status (*put)(struct rp_import *im);
};

/* Whether the last row of a symbol was one of a snapshot. */
struct rp_tardis_book {
	const struct rp_label *symbol;
	bool snapshot;
};

/* A time as it was read last; rows in a row have the same. */
struct rp_tardis_time {
	char text[16]; /* us since 2001, to 2286 */
	int64_t ns; /* 0: none yet */
};

struct rp_tardis {
	struct rp_rows rows;
	struct rp_held held;
	struct rp_labels symbols, sources;
	struct rp_buffer header; /* the first line */
	const struct rp_tardis_schema *schema;
	uint32_t levels; /* of a book snapshot, each side */
	struct rp_decimal *decimals; /* of the row, 4 a level */
	struct rp_cell *names; /* of the columns, in the header */
	struct rp_cell *cells; /* of the row */
	uint32_t *order; /* where each column stands */
	size_t n; /* columns */
	struct rp_buffer blank; /* the payload in which all is absent */
	struct rp_tardis_book *books; /* open addresses, by symbol->hash */
	size_t n_books, books_size;
	struct rp_tardis_book *book; /* of the row before, or NULL */
	struct rp_label *symbol, *source; /* of the row */
	struct rp_tardis_time received, stamped;
	int64_t ts_recv, ts_event;
	uint16_t flags; /* enum rp_record_flags */
	uint64_t empty; /* rows that say nothing */
	struct rp_error error; /* what is wrong with the row */
};

extern const struct rp_tardis_schema rp_tardis_schemas[];
extern const size_t rp_tardis_n_schemas;
extern const struct rp_tardis_schema rp_tardis_book_snapshot;

/* The cell of a column of the row. */
static inline const struct rp_cell *
rp_tardis_cell(const struct rp_tardis *s, size_t column)
{
	return &s->cells[s->order[column]];
}

/* Price and amount of the best ask and bid of a book; each level has four. */
enum { RP_TARDIS_ASKS = RP_TARDIS_OWN, RP_TARDIS_BIDS = RP_TARDIS_OWN + 2 };

/* The records of the row of cells at hand: as put of the schema. */
RP_CHECKED enum rp_status rp_tardis_put(struct rp_import *im);

#endif
