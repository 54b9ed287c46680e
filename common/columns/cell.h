/*
 * A cell: one field of one record type, with the function that writes its
 * values as text and what that function remembers between records. CSV, JSON
 * and rp-print's lines are rows of cells.
 */
#ifndef RP_COLUMNS_CELL_H
#define RP_COLUMNS_CELL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "types/text.h"
#include "wire/frame.h"

struct rp_quoting;

/* How text is quoted by a sink: writes at most 2 + 6 * len bytes. */
typedef size_t rp_quote_fn(
    char *out, const char *text, size_t len, const struct rp_quoting *quoting);

struct rp_quoting {
	rp_quote_fn *quote;
	char delimiter; /* CSV's */
};
#define RP_QUOTED_ROOM(len) (2 + 6 * (size_t)(len))

/* What all cells of a sink share. */
struct rp_cell_style {
	struct rp_text_style text;
	struct rp_quoting quoting;
	const struct rp_frame *frame; /* of the records being written */
	struct rp_buffer names, spans; /* its names, quoted */
};

/* Take up a frame: quotes its names once. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_cell_style_frame(
    struct rp_cell_style *s, const struct rp_frame *f);
void rp_cell_style_free(struct rp_cell_style *s);

#define RP_CELL_WORDS 32

struct rp_cell {
	int act; /* how it is written */
	uint32_t off, end; /* of the field in the payload */
	struct rp_cell_style *style;
	/* what is remembered: the first digits of a number */
	uint64_t base; /* what they stand for */
	size_t base_len;
	char base_text[16];
	struct rp_field field;
	/*
	 * Bytes that its text may take. BYTES needs twice the payload's length
	 * more: see rp_cell_room.
	 */
	size_t room;
	struct rp_cell_word *words; /* ENUM, FLAGS: of the lowest values */
	struct rp_cell_price *prices;
	struct rp_cell_value *values; /* VALUE: where schemas have it */
};

/* A cell for a field, or, with field NULL, one that is always absent. Freed
 * by rp_cell_free even if this fails. */
RP_CHECKED enum rp_status rp_cell_init(struct rp_cell *c,
    const struct rp_field *field, struct rp_cell_style *style);
void rp_cell_free(struct rp_cell *c);

/* Write a record's value at p: its end, which is p if it is absent. */
char *rp_cell_put(struct rp_cell *c, const struct rp_record *rec, char *p);

/* The same for n cells in a row, with a delimiter behind each. */
char *rp_cells_put(struct rp_cell *c, size_t n, const struct rp_record *rec,
    char delimiter, char *p);

static inline size_t
rp_cell_room(const struct rp_cell *c, const struct rp_record *rec)
{
	if (c->field.kind == RP_KIND_TEXT)
		return c->room + RP_QUOTED_ROOM(rec->len);
	return c->room +
	    (c->field.kind == RP_KIND_BYTES ? 2 * (size_t)rec->len : 0);
}

#endif
