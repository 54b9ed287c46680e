/* Inside expr/: statements, their programs, and the records they run on. */
#ifndef RP_EXPR_ASSIGN_WORK_H
#define RP_EXPR_ASSIGN_WORK_H

#include "base/decimal.h"
#include "base/limits.h"
#include "expr/assign.h"
#include "expr/program.h"
#include "expr/value.h"
#include "types/types.h"
#include "wire/labels.h"

/* ---- syntax ---- */

enum assign_kind { ASSIGN_SET, ASSIGN_DROP, ASSIGN_RENAME };

struct assign_stmt {
	enum assign_kind kind;
	enum value_kind how; /* VALUE_ADD, SUB, MUL: of +=, -=, *=; else WORD */
	struct expr_word target;
	struct rp_buffer nodes; /* struct value_node */
	struct rp_buffer values; /* uint32_t: nodes; more than one of flags */
	struct rp_expr *where; /* NULL: always */
	struct rp_buffer programs; /* struct assign_program, one a type */
	struct renames *renames; /* ASSIGN_RENAME */
};

/* ---- programs ---- */

enum op {
	OP_NUMBER, /* push a number */
	OP_TEXT, /* push a text */
	OP_PRICE, /* push a price or size */
	OP_TIME, /* push a time */
	OP_FIELD, /* push any other number */
	OP_FIELD_TEXT,
	OP_VALUE /* + enum value_kind */
};

struct value_op {
	uint8_t op;
	uint8_t exp_at; /* OP_PRICE: of its exponent, as off */
	uint16_t off; /* OP_PRICE, OP_TIME: bytes from the record */
	int exp;
	rp_wide mantissa;
	const char *text; /* OP_TEXT */
	size_t len;
	struct rp_field field;
};

enum store {
	STORE_NOTHING, /* the statement is not for the type */
	STORE_NUMBER,
	STORE_EXPONENT,
	STORE_NAME,
	STORE_CHARS,
	STORE_WORD, /* constant */
	STORE_FLAGS, /* keep | set */
	STORE_ID,
	STORE_ID_FIELD,
	STORE_ABSENT,
	STORE_TYPE,
	STORE_CUT /* the payload, at constant */
};

struct assign_program {
	const struct rp_type *type; /* NULL: of opaque ones */
	uint8_t store;
	bool of_symbol; /* STORE_NAME: the value is the symbol's alone */
	struct rp_field target;
	struct rp_field from; /* STORE_ID_FIELD */
	uint32_t constant, keep;
	const char *text; /* STORE_ID */
	size_t len;
	struct rp_buffer ops; /* struct value_op */
};

/* ---- the frame in hand ---- */

struct rp_assign {
	struct rp_zone *zone;
	int64_t now;
	struct rp_buffer texts; /* char *: the words point into them */
	struct rp_buffer stmts; /* struct assign_stmt */
	struct rp_buffer guesses; /* struct rp_guess */
	bool fields_only; /* no name may be one that only a schema knows */

	struct rp_frame frame; /* names, types and times as they become */
	const struct rp_frame *original;
	struct rp_buffer rows; /* of the records ... */
	struct rp_buffer at; /* ... uint32_t: where they are in it */
	struct rp_buffer state; /* a byte each, enum record_state */
	struct rp_buffer types; /* struct rp_type_count, of frame */
	struct rp_buffer names; /* struct rp_label, of frame */
	struct rp_buffer memo; /* uint32_t: the new name of each, or UNKNOWN */
	uint32_t *table; /* names by hash, index + 1; built when needed */
	size_t table_size;
	struct rp_labels symbols, sources; /* texts of names that are new */
	uint32_t records, changed;
	bool intact; /* names, types and lengths are the original's */
};

/* From OPEN on, statements run on it. */
enum record_state {
	RECORD_PASSES,
	RECORD_REJECTED,
	RECORD_OPEN,
	RECORD_CHANGED
};

static inline struct rp_record *
assign_row(const struct rp_assign *a, uint32_t i)
{
	return (struct rp_record *)(a->rows.data +
	    ((const uint32_t *)a->at.data)[i]);
}

/* Free what a statement holds. */
void rp_assign_free_statement(struct assign_stmt *s);

/* assign_parse.c: RP_ERR_USAGE, RP_ERR_NOMEM. text is written to. */
RP_CHECKED enum rp_status rp_assign_parse(
    struct rp_assign *a, char *text, struct rp_error *err);

/* A list of values alone, to be freed as a statement, whatever is returned. */
RP_CHECKED enum rp_status rp_assign_parse_list(struct rp_assign *a, char *text,
    struct assign_stmt *list, struct rp_error *err);

/* assign_resolve.c: the program of a statement for a type (NULL: an opaque
 * one). RP_EMPTY: it is not for that type; RP_ERR_USAGE, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_assign_resolve(struct rp_assign *a,
    const struct assign_stmt *s, const struct rp_type *type,
    struct assign_program *p, struct rp_error *err);

/* assign_value.c: RP_OK; RP_EMPTY: a part is absent; RP_ERR_LIMIT: *why. */
RP_CHECKED enum rp_status rp_assign_number(const struct assign_program *p,
    const struct rp_frame *f, const struct rp_record *rec, rp_wide *mantissa,
    int *exp, const char **why);
struct assign_text {
	size_t len;
	char text[RP_MAX_NAME];
};
RP_CHECKED enum rp_status rp_assign_text(const struct assign_program *p,
    const struct rp_frame *f, const struct rp_record *rec,
    struct assign_text *t, const char **why);

/* assign_store.c: run a program on record i. RP_EMPTY: it stays as it is;
 * RP_ERR_LIMIT: it is rejected, *why; RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_assign_store(struct rp_assign *a,
    const struct assign_program *p, uint32_t i, const char **why);

/* assign_shape.c: other lengths, types and exponents of record i, as above. */
RP_CHECKED enum rp_status rp_assign_resize(
    struct rp_assign *a, uint32_t i, uint32_t len);
RP_CHECKED enum rp_status rp_assign_convert(
    struct rp_assign *a, uint32_t i, uint16_t id, const char **why);
RP_CHECKED enum rp_status rp_assign_rescale(
    struct rp_record *rec, bool of_prices, int exp, const char **why);

/* The same value in units of 10^to. RP_ERR_LIMIT. */
RP_CHECKED enum rp_status rp_assign_scale(
    rp_wide *mantissa, int from, int to, const char **why);

/* assign_names.c: the index of a name in the frame in hand. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_assign_name(struct rp_assign *a,
    enum rp_name_class class, const char *text, size_t len, uint32_t *index);
/* Start on another frame; the names are those of a->original. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_assign_start_names(struct rp_assign *a);

/* Names of a file, and others for them. */
RP_CHECKED enum rp_status rp_renames_read(struct renames **r,
    enum rp_name_class class, const char *path, struct rp_error *err);
void rp_renames_free(struct renames *r);
/* Is any of the frame's names among them? */
bool rp_renames_touch(const struct renames *r, const struct rp_frame *f);
/* Start on the frame in hand, once others have changed it. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_renames_start(
    const struct renames *r, struct rp_assign *a);
/* Rename what a record names; false: that has no other name. */
bool rp_renames_run(
    const struct renames *r, struct rp_assign *a, struct rp_record *rec);

#endif
