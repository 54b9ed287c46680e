/* Inside import/: rows of Arrow whose columns are named as rp's fields. */
#ifndef RP_IMPORT_ARROW_ROWS_H
#define RP_IMPORT_ARROW_ROWS_H

#include "import/arrow.h"
#include "import/compose.h"

#define RP_ARROW_NONE UINT32_MAX /* no such column */

/* A list of structs, which are the levels of a side of a book; its arrays. */
struct rp_arrow_levels {
	uint32_t list;
	uint32_t parts[3]; /* of each level its price, size and orders */
};

/* Where the text of a field is from. */
struct rp_arrow_origin {
	uint32_t column; /* array; NONE: it is a level's */
	bool bytes; /* as hex */
	bool px, qty; /* a mantissa, of these exponents */
};

/* The records of one type. */
struct rp_arrow_shape {
	uint16_t type;
	bool raw; /* of rows that have the payload as a whole */
	char number[8]; /* of a type without a name */
	char why[200]; /* they cannot be made, or empty */
	struct rp_compose compose;
	struct rp_json_member *members; /* the type, columns, levels */
	struct rp_arrow_origin *origins;
	char (*texts)[RP_ARROW_TEXT_ROOM];
	size_t n, n_columns; /* without levels */
	struct rp_buffer *hex; /* digits of each column's */
	struct rp_buffer names; /* of levels */
	struct rp_buffer schema; /* of features: its text */
	uint32_t n_levels[2];
	/* columns that are none of its fields: there they are null */
	uint32_t *others;
	size_t n_others;
};

struct rp_arrow_rows {
	struct rp_arrow_source source;
	struct rp_labels symbols, sources, schemas; /* names */
	uint32_t type; /* of all rows, or NONE: column type_at says it */
	uint32_t type_at;
	uint32_t raw_at; /* column of whole payloads */
	uint32_t len_at; /* column of their lengths */
	bool features; /* columns are values of a feature's schema */
	bool exact; /* prices and sizes are mantissas ... */
	uint32_t px_exp, qty_exp; /* ... of these exponents */
	struct rp_arrow_levels levels[2]; /* bids, asks */
	uint32_t n_levels[2]; /* the most of a row of the batch */
	struct rp_arrow_shape **shapes;
	size_t n_shapes;
	struct rp_arrow_shape *recent;
};

void rp_arrow_rows_free(struct rp_arrow_rows *r);

/* A schema was read: find out what its columns are. A failure is im's. */
RP_CHECKED enum rp_status rp_arrow_rows_schema(
    struct rp_arrow_rows *r, struct rp_import *im);

/* A batch was read: write its records. */
RP_CHECKED enum rp_status rp_arrow_rows_batch(
    struct rp_arrow_rows *r, struct rp_import *im);

/* ---- shapes ---- */

/* Is a column a value of features? */
bool rp_arrow_is_value(const struct rp_arrow_field *f);

/* The shape of rows of a type, made if need be; NULL: no memory. */
struct rp_arrow_shape *rp_arrow_shape_of(
    struct rp_arrow_rows *r, uint16_t type, bool raw);
void rp_arrow_shape_free(struct rp_arrow_shape *shape);

#endif
