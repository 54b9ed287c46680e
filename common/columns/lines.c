#include "columns/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define MAX_WIDTH 40 /* beyond it a value pushes the rest of its line */
#define MAX_BYTES 32 /* of BYTES that are shown, and twice that of TEXT */
#define COLOUR_ROOM 16

static const char bold[] = "\33[1m", dim[] = "\33[2m", green[] = "\33[32m",
		  red[] = "\33[31m", plain[] = "\33[0m";

struct rp_lines_row {
	struct rp_row *row;
	uint8_t *width; /* characters, by column */
	struct rp_buffer text; /* of one value */
};

void
rp_lines_init(struct rp_lines *lines, struct rp_plan *plan, bool colour)
{
	*lines = (struct rp_lines){ .plan = plan, .colour = colour };
}

void
rp_lines_free(struct rp_lines *lines)
{
	for (size_t i = 0; i < lines->n_rows; i++) {
		free(lines->rows[i].width);
		rp_buffer_free(&lines->rows[i].text);
	}
	free(lines->rows);
}

/* Bytes of the character that text begins with, 0: it is not to be shown. */
static size_t
shown(const char *text, size_t len)
{
	uint32_t c;
	size_t n = rp_utf8_decode(text, len, &c);

	return c < ' ' || (c >= 0x7f && c < 0xa0) ? 0 : n;
}

size_t
rp_lines_quote(
    char *out, const char *text, size_t len, const struct rp_quoting *quoting)
{
	static const char hex[] = "0123456789abcdef";
	char *p = out;
	size_t n;

	(void)quoting;
	for (size_t i = 0; i < len; i += n) {
		unsigned char c = (unsigned char)text[i];

		if ((n = shown(text + i, len - i)) > 0) {
			memcpy(p, text + i, n);
			p += n;
			continue;
		}
		memcpy(p, "\\x", 2);
		p[2] = hex[c >> 4];
		p[3] = hex[c & 15];
		p += 4;
		n = 1;
	}
	return (size_t)(p - out);
}

/* Characters of UTF-8 text. */
static size_t
characters(const char *p, const char *end)
{
	size_t n = 0;

	for (; p < end; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80;
	return n;
}

static bool
is_number(const struct rp_field *field)
{
	switch (field->kind) {
	case RP_KIND_SEQ:
	case RP_KIND_UINT:
	case RP_KIND_INT:
	case RP_KIND_PRICE:
	case RP_KIND_SIZE:
	case RP_KIND_TURNOVER:
	case RP_KIND_LEVEL_PX:
	case RP_KIND_LEVEL_SZ:
	case RP_KIND_LEVEL_CT:
		return true;
	default:
		return false;
	}
}

/* A width to begin with, so that most columns never move. */
static uint8_t
first_width(const struct rp_cell *c, size_t name)
{
	size_t width = 1;

	switch (c->field.kind) {
	case RP_KIND_TIME:
	case RP_KIND_TS_RECV:
		width = c->style->text.iso ? 30 : 19;
		break;
	case RP_KIND_PRICE:
	case RP_KIND_LEVEL_PX:
	case RP_KIND_SYMBOL:
		width = 8;
		break;
	case RP_KIND_SIZE:
	case RP_KIND_ENUM:
	case RP_KIND_LEVEL_SZ:
		width = 4;
		break;
	default:
		break;
	}
	if (name > width)
		width = name;
	return (uint8_t)(width < MAX_WIDTH ? width : MAX_WIDTH);
}

static char *
put_string(char *p, const char *text)
{
	size_t n = strlen(text);

	memcpy(p, text, n);
	return p + n;
}

static char *
put_spaces(char *p, size_t n)
{
	memset(p, ' ', n);
	return p + n;
}

/* One value in its column; the last one of a line is not filled up. */
static char *
put_column(char *p, const char *text, const char *end, const char *colour,
    size_t width, bool right, bool last)
{
	size_t n = characters(text, end), fill = n < width ? width - n : 0;

	if (right)
		p = put_spaces(p, fill);
	if (colour != NULL)
		p = put_string(p, colour);
	memcpy(p, text, (size_t)(end - text));
	p += end - text;
	if (colour != NULL)
		p = put_string(p, plain);
	if (!right && !last)
		p = put_spaces(p, fill);
	*p++ = last ? '\n' : ' ';
	return p;
}

static enum rp_status
put_names(const struct rp_lines *lines, const struct rp_lines_row *l,
    struct rp_out *out)
{
	const struct rp_row *row = l->row;
	size_t room = 1;
	char *p;

	for (size_t i = 0; i < row->n; i++)
		room += row->names[i].len + MAX_WIDTH + COLOUR_ROOM;
	if ((p = rp_out_room(out, room)) == NULL)
		return out->error.status;
	for (size_t i = 0; i < row->n; i++)
		p = put_column(p, row->names[i].text,
		    row->names[i].text + row->names[i].len,
		    lines->colour ? bold : NULL, l->width[i],
		    is_number(&row->cells[i].field), i + 1 == row->n);
	rp_out_end(out, p);
	return RP_OK;
}

static struct rp_lines_row *
make_row(struct rp_lines *lines, uint16_t type)
{
	struct rp_row *row = rp_plan_row(lines->plan, type);
	struct rp_lines_row *grown, *l;

	grown = reallocarray(lines->rows, lines->n_rows + 1, sizeof(*grown));
	if (grown == NULL || row == NULL)
		return NULL;
	lines->rows = grown;
	l = &grown[lines->n_rows];
	*l = (struct rp_lines_row){ .row = row };
	l->width = calloc(row->n + 1, 1);
	if (l->width == NULL)
		return NULL;
	lines->n_rows++;
	for (size_t i = 0; i < row->n; i++)
		l->width[i] = first_width(&row->cells[i], row->names[i].len);
	return l;
}

/* The value of a cell in l->text; its end. NULL: no memory. */
static char *
value(struct rp_lines_row *l, struct rp_cell *c, const struct rp_record *rec,
    bool *absent)
{
	char *end;

	if (rp_buffer_reserve(&l->text, rp_cell_room(c, rec) + 4) != RP_OK)
		return NULL;
	end = rp_cell_put(c, rec, (char *)l->text.data);
	*absent = end == (char *)l->text.data;
	if (*absent)
		return put_string((char *)l->text.data, "-");
	if ((c->field.kind == RP_KIND_BYTES || c->field.kind == RP_KIND_TEXT) &&
	    end - (char *)l->text.data > 2 * MAX_BYTES) {
		end = (char *)l->text.data + 2 * MAX_BYTES;
		/* not within a character */
		while ((*end & 0xc0) == 0x80)
			end--;
		end = put_string(end, "...");
	}
	return end;
}

static const char *
colour_of(const struct rp_cell *c, const char *text, bool absent)
{
	if (absent)
		return dim;
	if (c->field.kind != RP_KIND_ENUM || strcmp(c->field.name, "side") != 0)
		return NULL;
	return *text == 'b' ? green : *text == 'a' ? red : NULL;
}

/* Write a record's line, or only widen the columns for it (out NULL). */
static enum rp_status
put_line(struct rp_lines *lines, struct rp_lines_row *l, struct rp_out *out,
    const struct rp_record *rec)
{
	for (size_t i = 0; i < l->row->n; i++) {
		struct rp_cell *c = &l->row->cells[i];
		bool absent;
		char *end = value(l, c, rec, &absent), *p, *text;
		size_t n;

		if (end == NULL)
			return RP_ERR_NOMEM;
		text = (char *)l->text.data;
		n = characters(text, end);
		if (n > l->width[i] && n <= MAX_WIDTH)
			l->width[i] = (uint8_t)n;
		if (out == NULL)
			continue;
		p = rp_out_room(
		    out, (size_t)(end - text) + MAX_WIDTH + COLOUR_ROOM);
		if (p == NULL)
			return out->error.status;
		rp_out_end(out,
		    put_column(p, text, end,
			lines->colour ? colour_of(c, text, absent) : NULL,
			l->width[i], is_number(&c->field), i + 1 == l->row->n));
	}
	return RP_OK;
}

enum rp_status
rp_lines_record(
    struct rp_lines *lines, struct rp_out *out, const struct rp_record *rec)
{
	struct rp_lines_row *l = NULL;
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < lines->n_rows; i++)
		if (lines->rows[i].row->type == rec->type)
			l = &lines->rows[i];
	if (l == NULL) {
		if ((l = make_row(lines, rec->type)) == NULL)
			st = RP_ERR_NOMEM;
		else
			st = put_line(lines, l, NULL, rec);
		/* records of all types have the columns that were named */
		if (st == RP_OK && !(lines->plan->aligned && lines->n_rows > 1))
			st = put_names(lines, l, out);
	}
	if (st == RP_OK && rec->type == RP_FEATURE)
		rp_hidden_look(&lines->hidden, lines->plan, l->row,
		    lines->plan->style->frame, rec);
	if (st == RP_OK)
		st = put_line(lines, l, out, rec);
	if (st == RP_ERR_NOMEM)
		rp_error_no_memory(&out->error);
	return st;
}
