/* Tables that name their columns as rp does: a mapping of each to itself. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "import/csv.h"

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

/* Is it a field of any type? */
static bool
is_known(const struct rp_cell *c)
{
	struct rp_field field;

	for (size_t i = 0; i < rp_n_types; i++)
		if (find(rp_types[i], c, &field))
			return true;
	return false;
}

static bool
has_column(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (rp_cell_is(&t->cells[i], name))
			return true;
	return false;
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

/* The column that is no field, or n. */
static size_t
find_unknown(const struct table *t)
{
	size_t i = 0;

	while (i < t->n && is_known(&t->cells[i]))
		i++;
	return i;
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
	return t.n > 1 && find_unknown(&t) == t.n && has_column(&t, "ts_recv");
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

/* Has the type all columns? written: in what we write of it, not behind. */
static bool
fits(const struct table *t, const struct rp_type *type, bool written)
{
	struct rp_field f;

	for (size_t i = 0; i < t->n; i++)
		if (!find(type, &t->cells[i], &f) ||
		    (written && f.kind > RP_KIND_RECORD_FLAGS &&
			f.off + f.size > type->len))
			return false;
	return true;
}

/* The only type that the columns fit; else the types that they do, as text. */
static const struct rp_type *
find_type(const struct table *t, char *which, size_t room)
{
	const struct rp_type *found = NULL;
	size_t n = 0, used = 0;

	for (int written = 1; written >= 0 && n == 0; written--)
		for (size_t i = 0; i < rp_n_types; i++)
			if (fits(t, rp_types[i], written) && used < room) {
				found = rp_types[i];
				used += (size_t)snprintf(which + used,
				    room - used, "%s%s", n++ > 0 ? ", " : "",
				    found->name);
			}
	return n == 1 ? found : NULL;
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
	if (has_column(t, "type")) {
		for (size_t i = 0; i < rp_n_types; i++)
			put_record(w, t, rp_types[i], true);
		return RP_OK;
	}
	if ((type = find_type(t, which, sizeof(which))) == NULL)
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
	if ((unknown = find_unknown(&t)) < t.n || t.n == 0)
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
	if (!has_column(&t, "ts_recv"))
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
