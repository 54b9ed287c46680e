/*
 * Inside import/: mappings, which say what the columns of a table, or the
 * members of JSON, mean (rp-mapping(5)). A mapping is read once (mapping.c),
 * its columns are found in an input (csv.c, json_rows.c), and then each row
 * makes the records that it says (mapping_rows.c).
 */
#ifndef RP_IMPORT_MAPPING_H
#define RP_IMPORT_MAPPING_H

#include "base/decimal.h"
#include "base/time.h"
#include "import/cells.h"
#include "import/compose.h"
#include "import/held.h"

/* Texts that are joined to make one value. */
#define RP_MAPPING_MAX_TERMS 8

struct rp_mapping_term {
	struct rp_cell constant; /* text NULL: a column */
	uint32_t column; /* its number in the mapping */
	bool inner; /* of the element of an array (each), not of the row */
};

/* How a time is written. */
enum rp_mapping_time {
	RP_MAPPING_TIME_PLAIN, /* ns, or ISO 8601 */
	RP_MAPPING_TIME_EPOCH, /* in units */
	RP_MAPPING_TIME_PATTERN
};

struct rp_mapping_word {
	struct rp_cell from, to; /* from.text NULL: any other; to: as it is */
};

/* FIELD = TERM + ... */
struct rp_mapping_field {
	struct rp_cell name;
	enum rp_kind kind;
	unsigned line; /* of the mapping; 0: not written there */
	struct rp_mapping_term terms[RP_MAPPING_MAX_TERMS];
	size_t n_terms;
	bool scaled;
	struct rp_decimal scale;
	enum rp_mapping_time time;
	int64_t unit; /* ns */
	struct rp_cell pattern;
	struct rp_zone zone; /* of times that name none */
	int64_t shift; /* ns */
	bool worded;
	size_t words, n_words; /* the first in the mapping's, how many */
	bool has_fallback;
	struct rp_cell fallback;
	size_t longest; /* bytes of the fallback and of what words become */
};

/* COLUMN = VALUE, ... or COLUMN != VALUE, ... */
struct rp_mapping_test {
	struct rp_mapping_term term;
	bool unequal;
	size_t values, n_values; /* the first in the mapping's, how many */
};

/* All tests hold. */
struct rp_mapping_when {
	size_t tests, n_tests;
};

struct rp_mapping_record {
	unsigned line;
	uint16_t type;
	const struct rp_type *t;
	struct rp_mapping_when when;
	bool has_each;
	uint32_t each; /* the array of which each element makes a record */
	size_t fields, n_fields; /* the first in the mapping's, how many */
	bool own_flags; /* a field says them */
	bool recv_inferred;
};

/* Which rows are one event of the venue's: the last of its records is LAST. */
enum rp_mapping_event {
	RP_MAPPING_EVENT_ROW,
	RP_MAPPING_EVENT_TIME, /* ts_recv, symbol and source are the same */
	RP_MAPPING_EVENT_NONE
};

struct rp_mapping {
	struct rp_buffer text; /* of the file: what follows points into it */
	const char *name;
	bool json; /* columns are JSON pointers */
	char delimiter, comment, point, thousands; /* 0: none */
	bool header, quotes;
	uint64_t skip_lines;
	enum rp_mapping_event event;
	struct rp_zone zone;
	/* arrays */
	struct rp_buffer columns; /* struct rp_cell: names, "$3", "/pointer" */
	struct rp_buffer inner; /* the same, of elements: "./pointer" */
	struct rp_buffer values; /* struct rp_cell */
	struct rp_buffer words; /* struct rp_mapping_word */
	struct rp_buffer tests; /* struct rp_mapping_test */
	struct rp_buffer skips; /* struct rp_mapping_when: rows left out */
	struct rp_buffer fields; /* struct rp_mapping_field */
	struct rp_buffer records; /* struct rp_mapping_record */
	size_t nulls, n_nulls; /* of values: what stands for nothing */
};

#define RP_MAPPING_ITEMS(buffer, type) ((type *)(void *)(buffer).data)
#define RP_MAPPING_COUNT(buffer, type) ((buffer).len / sizeof(type))

/*
 * Read a mapping file, or its text. RP_ERR_USAGE: err says what is wrong with
 * it, at which line; RP_ERR_IO, RP_ERR_LIMIT, RP_ERR_NOMEM. It is to be freed
 * either way. A process has one zone of the tz database (base/time.h).
 */
RP_CHECKED enum rp_status rp_mapping_read(
    struct rp_mapping *m, const char *path, struct rp_error *err);
RP_CHECKED enum rp_status rp_mapping_parse(struct rp_mapping *m,
    const char *name, const char *text, size_t len, struct rp_error *err);
void rp_mapping_free(struct rp_mapping *m);

/* ---- what a row says ---- */

/* The values of a row, by the mapping's numbers of columns; text NULL: none. */
struct rp_mapping_row {
	const struct rp_cell *columns, *inner;
};

/*
 * The text of a field: *text NULL says that it is absent. It points into the
 * row, the mapping or the scratch, which must have room for
 * rp_mapping_room(f, row) bytes more.
 */
RP_CHECKED enum rp_status rp_mapping_text(const struct rp_mapping *m,
    struct rp_mapping_field *f, const struct rp_mapping_row *row,
    struct rp_buffer *scratch, struct rp_cell *text, struct rp_error *err);
size_t rp_mapping_room(
    const struct rp_mapping_field *f, const struct rp_mapping_row *row);

/* What is wrong with a pattern of times, or NULL. */
const char *rp_mapping_pattern_fault(const struct rp_cell *pattern);

/* Do all tests hold? Those of elements only where there is one. */
bool rp_mapping_holds(const struct rp_mapping *m,
    const struct rp_mapping_when *when, const struct rp_mapping_row *row);

/* ---- the records of rows ---- */

/* What one record of the mapping keeps between rows. */
struct rp_mapping_maker {
	struct rp_compose compose;
	struct rp_json_member *members; /* its type, then its fields */
};

struct rp_mapping_rows {
	const struct rp_mapping *m;
	struct rp_labels symbols, sources;
	struct rp_mapping_maker *makers; /* a record each */
	struct rp_buffer scratch; /* texts that were converted */
	struct rp_buffer made; /* records of the row, behind each other */
	struct rp_buffer marks; /* what else belongs to them */
	struct rp_held held;
	int64_t received; /* the row, of a live input; else absent */
	uint64_t skipped; /* rows that the mapping leaves out */
	/* told of each record's texts, or NULL */
	void (*watch)(void *arg, size_t record,
	    const struct rp_mapping_row *row,
	    const struct rp_json_member *texts);
	void *watch_arg;
	struct rp_error error; /* what is wrong with the row */
};

/* RP_ERR_USAGE: a record's fields do not go together; RP_ERR_NOMEM. To be freed
 * either way. */
RP_CHECKED enum rp_status rp_mapping_rows_init(struct rp_mapping_rows *r,
    const struct rp_mapping *m, struct rp_error *err);
void rp_mapping_rows_free(struct rp_mapping_rows *r);

/*
 * Make the records of a row and write them, all or none. each: makes those of a
 * record of the mapping that wants elements, with rp_mapping_make.
 * RP_ERR_USAGE, RP_ERR_LIMIT and r->error: the row makes none; else a failure
 * of im.
 */
RP_CHECKED enum rp_status rp_mapping_put(struct rp_mapping_rows *r,
    struct rp_import *im, const struct rp_mapping_row *row,
    enum rp_status (*each)(void *arg, size_t record), void *arg);

/* One record, if its tests hold. */
RP_CHECKED enum rp_status rp_mapping_make(
    struct rp_mapping_rows *r, size_t record, const struct rp_mapping_row *row);

/* The input has ended, or failed. */
RP_CHECKED enum rp_status rp_mapping_finish(
    struct rp_mapping_rows *r, struct rp_import *im, bool ended);

#endif
