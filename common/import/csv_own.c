/* Tables that name their columns as rp does: a mapping of each to itself. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "import/csv.h"
#include "import/names.h"

enum { MAX_COLUMNS = 1024 };

struct table {
	struct rp_cell cells[MAX_COLUMNS];
	size_t n;
	char delimiter;
};

static bool
find(const struct rp_type *t, const struct rp_cell *c, struct rp_field *field)
{
	return rp_type_field(t, c->text, c->len, field);
}

/* Split a header by the delimiter that makes names of it. */
static void
split_header(struct table *t, const char *text, size_t len)
{
	static const char delimiters[] = ",;\t|";

	for (const char *d = delimiters; *d != '\0'; d++) {
		t->delimiter = *d;
		t->n = rp_cells_split(t->cells, MAX_COLUMNS, text, len, *d);
		if (t->n > MAX_COLUMNS)
			t->n = 0;
		if (t->n > 1)
			return;
	}
}

/* The column that is there twice; t->n: none. */
static size_t
find_double(const struct table *t)
{
	for (size_t i = 1; i < t->n; i++)
		for (size_t j = 0; j < i; j++)
			if (t->cells[i].len == t->cells[j].len &&
			    memcmp(t->cells[i].text, t->cells[j].text,
				t->cells[i].len) == 0)
				return i;
	return t->n;
}

bool
rp_csv_own_probe(const char *text, size_t len)
{
	const char *end = memchr(text, '\n', len);
	struct table t = { .n = 0 };

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (end != NULL)
		len = (size_t)(end - text) - (end > text && end[-1] == '\r');
	split_header(&t, text, len);
	/* the last name may be cut */
	if (end == NULL && t.n > 0)
		t.n--;
	return t.n > 1 && rp_names_unknown(t.cells, t.n) == t.n &&
	    rp_names_have(t.cells, t.n, "ts_recv");
}

/* ---- the mapping ---- */

struct writer {
	struct rp_buffer text;
	bool no_memory;
};

static void RP_PRINTF(2, 3) put(struct writer *w, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	w->no_memory |= rp_buffer_add(&w->text, line, (size_t)n) != RP_OK;
}

/* A record of the columns that are its fields; what others it has say nothing
 * of it. */
static void
put_record(struct writer *w, const struct table *t, const struct rp_type *type,
    bool typed)
{
	struct rp_field f;

	put(w, "record %s", type->name);
	if (typed)
		put(w, " when type = %s", type->name);
	for (size_t i = 0; i < t->n; i++)
		if (!find(type, &t->cells[i], &f))
			put(w, " and %.*s = \"\"", (int)t->cells[i].len,
			    t->cells[i].text);
	put(w, "\n");
	for (size_t i = 0; i < t->n; i++)
		if (find(type, &t->cells[i], &f) && f.kind != RP_KIND_TYPE)
			put(w, "%.*s = %.*s\n", (int)t->cells[i].len,
			    t->cells[i].text, (int)t->cells[i].len,
			    t->cells[i].text);
}

static enum rp_status
put_mapping(struct writer *w, const struct table *t, struct rp_error *err)
{
	const struct rp_type *type;
	char which[200] = "";

	put(w, "event none\ndelimiter %s\n",
	    t->delimiter == '\t' ? "tab" : (char[]){ t->delimiter, '\0' });
	if (rp_names_have(t->cells, t->n, "type")) {
		for (size_t i = 0; i < rp_n_types; i++)
			put_record(w, t, rp_types[i], true);
		return RP_OK;
	}
	if ((type = rp_names_type(t->cells, t->n, which, sizeof(which))) ==
	    NULL)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    which[0] == '\0'
			? "no record type has all these columns%s"
			: "the columns could be of %s: say which in a column "
			  "type, or by --mapping",
		    which);
	put_record(w, t, type, false);
	return RP_OK;
}

enum rp_status
rp_csv_own_mapping(
    struct rp_mapping *m, const char *header, size_t len, struct rp_error *err)
{
	struct table t = { .n = 0 };
	struct writer w = { 0 };
	enum rp_status st;
	size_t unknown, twice;

	split_header(&t, header, len);
	if ((unknown = rp_names_unknown(t.cells, t.n)) < t.n || t.n == 0)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "'%.*s' is no field of a record (--mapping FILE can say "
		    "what it is)",
		    t.n == 0                        ? 0
			: t.cells[unknown].len < 60 ? (int)t.cells[unknown].len
						    : 60,
		    t.n == 0 ? "" : t.cells[unknown].text);
	if ((twice = find_double(&t)) < t.n)
		return rp_error_set(err, RP_ERR_CORRUPT,
		    "the header names %.*s twice", (int)t.cells[twice].len,
		    t.cells[twice].text);
	if (!rp_names_have(t.cells, t.n, "ts_recv"))
		return rp_error_set(
		    err, RP_ERR_UNSUPPORTED, "there is no column ts_recv");
	st = put_mapping(&w, &t, err);
	if (st == RP_OK && w.no_memory)
		st = rp_error_no_memory(err);
	if (st == RP_OK)
		st = rp_mapping_parse(m, "the header",
		    (const char *)w.text.data, w.text.len, err);
	rp_buffer_free(&w.text);
	return st;
}
