#include "columns/csv.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
needs_quotes(const char *text, size_t len, char delimiter)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == delimiter || text[i] == '"' || text[i] == '\n' ||
		    text[i] == '\r')
			return true;
	return len > 0 && (is_blank(text[0]) || is_blank(text[len - 1]));
}

size_t
rp_csv_quote(
    char *out, const char *text, size_t len, const struct rp_quoting *quoting)
{
	char *p = out;

	if (!needs_quotes(text, len, quoting->delimiter)) {
		if (len > 0)
			memcpy(out, text, len);
		return len;
	}
	*p++ = '"';
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			*p++ = '"';
		*p++ = text[i];
	}
	*p++ = '"';
	return (size_t)(p - out);
}

void
rp_csv_init(struct rp_csv *csv)
{
	memset(csv, 0, sizeof(*csv));
	csv->style.quoting = (struct rp_quoting){ rp_csv_quote, ',' };
	csv->style.text.digits = RP_DIGITS_TRIM;
	rp_plan_init(&csv->plan, &csv->style);
	csv->plan.aligned = true;
}

void
rp_csv_free(struct rp_csv *csv)
{
	rp_plan_free(&csv->plan);
	rp_cell_style_free(&csv->style);
}

static enum rp_status
out_of_memory(struct rp_out *out)
{
	return rp_error_set(&out->error, RP_ERR_NOMEM, "out of memory");
}

enum rp_status
rp_csv_header(struct rp_csv *csv, struct rp_out *out, uint16_t type)
{
	const struct rp_row *row = rp_plan_row(&csv->plan, type);
	enum rp_status st = RP_OK;

	if (row == NULL)
		return out_of_memory(out);
	for (size_t i = 0; st == RP_OK && i < row->n; i++) {
		const char end =
		    i + 1 == row->n ? '\n' : csv->style.quoting.delimiter;

		st = rp_out_put(out, row->names[i].text, row->names[i].len);
		if (st == RP_OK)
			st = rp_out_put(out, &end, 1);
	}
	return st;
}

/* What a row of this record takes beyond row->room. */
static size_t
extra(const struct rp_row *row, const struct rp_record *rec)
{
	size_t n = 0;

	for (size_t i = 0; i < row->n; i++)
		n += rp_cell_room(&row->cells[i], rec) - row->cells[i].room;
	return n;
}

static inline enum rp_status
put_record(struct rp_out *out, struct rp_row *row, const struct rp_record *rec,
    char delimiter)
{
	size_t room = row->room + (row->has_bytes ? extra(row, rec) : 0);
	char *p, *start;

	if ((p = start = rp_out_room(out, room)) == NULL)
		return out->error.status;
	p = rp_cells_put(row->cells, row->n, rec, delimiter, p);
	if (p == start + 1) {
		/* an empty line is no record to readers of CSV */
		memcpy(start, "\"\"", 2);
		p = start + 3;
	}
	p[-1] = '\n';
	rp_out_end(out, p);
	return RP_OK;
}

/* Has a book a level that has no column? */
static bool
is_deep(const struct rp_csv *csv, const struct rp_record *rec)
{
	unsigned levels = csv->plan.levels;

	return csv->plan.set != RP_COLUMNS_NAMED &&
	    (rp_book_level(rec, RP_SIDE_BID, levels) != NULL ||
		rp_book_level(rec, RP_SIDE_ASK, levels) != NULL);
}

enum rp_status
rp_csv_frame(struct rp_csv *csv, struct rp_out *out, const struct rp_frame *f,
    const struct rp_csv_types *types)
{
	const char delimiter = csv->style.quoting.delimiter;
	const struct rp_record *rec = NULL;
	struct rp_row *row = NULL;
	uint32_t type = UINT32_MAX; /* of the record before */
	enum rp_status st = RP_OK;

	if (rp_cell_style_frame(&csv->style, f) != RP_OK)
		return out_of_memory(out);
	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL) {
		if (rec->type != type) {
			type = rec->type;
			row = NULL;
			if (types->wanted != NULL &&
			    !types->wanted(types->arg, rec->type))
				continue;
			row = rp_plan_row(&csv->plan, rec->type);
			if (row == NULL)
				return out_of_memory(out);
		}
		if (row == NULL)
			continue;
		if (type == RP_BOOK)
			csv->deep |= is_deep(csv, rec);
		if (type == RP_FEATURE)
			rp_hidden_look(&csv->hidden, &csv->plan, row, f, rec);
		st = put_record(out, row, rec, delimiter);
	}
	return st;
}
