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

enum rp_status
rp_csv_header(struct rp_out *out, const struct rp_row *row)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; st == RP_OK && i < row->n; i++) {
		const char end = i + 1 == row->n
		    ? '\n'
		    : row->cells[i].style->quoting.delimiter;

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

enum rp_status
rp_csv_record(
    struct rp_out *out, struct rp_row *row, const struct rp_record *rec)
{
	struct rp_cell *c = row->cells, *end = c + row->n;
	const char delimiter = c->style->quoting.delimiter;
	size_t room = row->room + (row->has_bytes ? extra(row, rec) : 0);
	char *p, *start;

	if ((p = start = rp_out_room(out, room)) == NULL)
		return out->error.status;
	for (; c < end; c++) {
		p = c->put(c, rec, p);
		*p++ = delimiter;
	}
	if (p == start + 1) {
		/* an empty line is no record to readers of CSV */
		memcpy(start, "\"\"", 2);
		p = start + 3;
	}
	p[-1] = '\n';
	rp_out_end(out, p);
	return RP_OK;
}
