/*
 * Inside expr/: a compiled expression. A program is a graph of steps, each a
 * test with a step to go to for yes and one for no; every step comes after
 * those that it can lead to, and the first two are the results.
 */
#ifndef RP_EXPR_PROGRAM_H
#define RP_EXPR_PROGRAM_H

#include "base/decimal.h"
#include "expr/expr.h"
#include "expr/syntax.h"
#include "types/types.h"

enum { STEP_REJECT, STEP_ACCEPT, STEP_FIRST };

enum step_op {
	STEP_BYTES1, /* an integer of 1, 2, 4 or 8 bytes, by interval */
	STEP_BYTES2,
	STEP_BYTES4,
	STEP_BYTES8,
	STEP_DECIMAL, /* a mantissa, by the interval of its exponent */
	STEP_NAME, /* a symbol or source, matched once a frame */
	STEP_DAYTIME, /* a time, by its time of day */
	STEP_NUMBER, /* any number, by its value */
	STEP_ID,
	STEP_TEXT,
	STEP_FIELDS, /* one field against another */
	STEP_PRESENT
};

/* Mantissas of one exponent that meet a test; empty: lo > hi. */
struct interval {
	int64_t lo, hi;
};
#define INTERVALS (RP_EXP_MAX - RP_EXP_MIN + 1)

/* The value that a test compares with, as the fields' kinds read it. */
struct literal {
	struct interval *by_exp; /* STEP_DECIMAL: INTERVALS of them, or NULL */
	__int128 mantissa; /* STEP_NUMBER */
	int exp;
	struct interval of_day; /* STEP_DAYTIME: ns since midnight */
	uint64_t hash; /* of the text, STEP_NAME */
	uint64_t id_hi[4], id_lo[4]; /* by enum rp_id_form ... */
	uint8_t id_forms; /* ... a bit for each that can be it */
	uint32_t name; /* STEP_NAME: its row of the memo */
	uint8_t class; /* ... and enum rp_name_class */
	bool resolved; /* some record type can be asked */
	bool guessed; /* the right side is a name that only a schema knows */
};

/*
 * Integers are compared as unsigned numbers x = (v & mask) ^ bias, where bias
 * turns the order of signed ones into that of unsigned ones.
 */
struct range {
	uint64_t mask, bias;
	uint64_t lo, span; /* x - lo <= span: it is met */
	uint64_t present, present_span; /* the same: there is a value */
};

struct step {
	uint8_t op; /* enum step_op */
	uint8_t cmp; /* enum expr_op, where the step compares itself */
	bool negate; /* met by what is present and outside of the interval */
	uint8_t exp_at; /* STEP_DECIMAL: of its exponent, as off is */
	uint32_t off, end; /* of the value, in bytes from the record */
	uint32_t yes, no; /* the steps to go to */
	uint32_t test; /* its literal */
	uint32_t field, other; /* of expr->fields */
	struct range range;
};

struct program {
	uint16_t type;
	uint32_t entry; /* step */
};

struct rp_expr {
	struct expr_syntax syntax;
	struct rp_zone *zone;
	int64_t now; /* one for all of the expression */
	struct literal *literals; /* one a test */
	uint32_t n_names; /* tests of symbols and sources */
	struct rp_buffer fields; /* struct rp_field */
	struct rp_buffer steps; /* struct step */
	struct rp_buffer programs; /* struct program */
	struct {
		size_t programs, steps, fields; /* bytes */
	} known; /* of types with a table */
	struct rp_buffer guesses; /* struct rp_guess */
	struct rp_buffer reached; /* of a verdict: a byte a step */

	/* of the frame in hand */
	struct rp_buffer memo; /* n_names rows, a byte for each name: met */
	uint32_t memo_row; /* bytes of one */
	uint16_t type; /* the last record's ... */
	uint32_t entry; /* ... and its program */
};

/* An expression without syntax; now: what that word means. NULL: no memory. */
struct rp_expr *rp_expr_new(struct rp_zone *zone, int64_t now);

/* The programs of an expression that has its syntax. RP_ERR_USAGE, _NOMEM. */
RP_CHECKED enum rp_status rp_expr_build(
    struct rp_expr *e, struct rp_error *err);

/*
 * Make the step of a test for a type (NULL: one without a table, which has
 * that id). *constant: the test is that for all records of the type, and there
 * is no step. RP_ERR_USAGE: the type's field cannot be compared like this;
 * RP_EMPTY: it has no such field.
 */
enum step_kind { STEP_IS_FALSE, STEP_IS_TRUE, STEP_IS_MADE };
RP_CHECKED enum rp_status rp_expr_resolve(struct rp_expr *e, uint32_t test,
    const struct rp_type *type, uint16_t id, struct step *step,
    enum step_kind *kind, struct rp_error *err);

/* The program of a type that has none yet. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_expr_program(struct rp_expr *e, uint16_t id,
    const struct rp_type *type, uint32_t *entry);

/*
 * The integers v for which v x 10^unit compares by op to mantissa x 10^exp;
 * lo > hi: none. EXPR_NE gives those that are equal.
 */
struct wide_interval {
	__int128 lo, hi;
};
struct wide_interval rp_expr_interval(
    enum expr_op op, __int128 mantissa, int exp, int unit);

/* Has any type a field of that name? */
bool rp_expr_is_field(const struct expr_word *w);

/* A field's value as a number m x 10^exp; false: it is none, or absent. */
bool rp_expr_number_of(const struct rp_value *v, rp_wide *m, int *exp);

/* What sort of values a field holds. */
enum expr_class {
	CLASS_NUMBER,
	CLASS_TIME,
	CLASS_WORD,
	CLASS_FLAGS,
	CLASS_ID,
	CLASS_TEXT,
	CLASS_TYPE,
	CLASS_BYTES
};
enum expr_class rp_expr_class_of(const struct rp_field *f);

/* Does the order of two values (negative, 0, positive) meet op? */
bool rp_expr_order(enum expr_op op, int order);

/*
 * "; did you mean ...?" in buf, or "": the name next to w, of fields (ordered:
 * of those that < compares), of a field's words, of types.
 */
void rp_expr_suggest_field(
    const struct expr_word *w, bool ordered, char *buf, size_t size);
void rp_expr_suggest_word(const struct expr_word *w,
    const struct rp_field *field, char *buf, size_t size);
void rp_expr_suggest_type(const struct expr_word *w, char *buf, size_t size);

/* Messages: there is no field of that name; it is neither what it could be nor
 * one. */
void rp_expr_no_field(
    const struct expr_word *w, bool ordered, char *buf, size_t size);
void rp_expr_neither(
    const struct expr_word *w, const char *what, char *buf, size_t size);

#endif
