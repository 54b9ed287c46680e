/*
 * NDJSON as rp-print --json writes it (columns/json.h): an object a line, a
 * record each; {"note":"..."} is a NOTE. The members may stand in any order.
 * Those of the header that are missing are absent, but type and ts_recv must be
 * there; a payload reaches as far as its members, what is missing before is
 * absent or zero. Without px_exp and qty_exp the decimals have the digits that
 * are written.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "import/compose.h"
#include "import/rows.h"

struct ndjson {
	struct rp_rows rows;
	struct rp_json_line line;
	struct rp_labels symbols, sources, schemas;
	struct rp_compose compose;
};

/* Say why a line makes no record. */
static enum rp_status
bad(struct rp_import *im, const char *why)
{
	struct ndjson *s = im->state;
	enum rp_status st = rp_import_reject(im, s->rows.text, s->rows.len,
	    "line %llu: %s", (unsigned long long)s->rows.number, why);

	im->records++; /* it was met, if not converted */
	return st;
}

static enum rp_status
put_record(struct rp_import *im)
{
	struct ndjson *s = im->state;
	struct rp_compose *c = &s->compose;
	struct rp_error err = { 0 };
	struct rp_record *rec;
	enum rp_status st;

	st = rp_compose_record(c, s->line.members, s->line.n, &rec, &err);
	if (st == RP_ERR_NOMEM)
		return rp_import_no_memory(im);
	if (st != RP_OK)
		return bad(im, err.text);
	if (rp_writer_add_of(im->out, rec, c->symbol, c->source, c->schema) !=
	    RP_OK)
		return rp_import_write_failed(im);
	im->records++;
	return RP_OK;
}

static enum rp_status
put_note(struct rp_import *im)
{
	const struct ndjson *s = im->state;
	const struct rp_json_member *m = s->line.members;

	if (!im->notes)
		return RP_OK;
	if (rp_writer_note(im->out, m->text, m->len) != RP_OK)
		return rp_import_write_failed(im);
	return RP_OK;
}

static bool
is_note(const struct rp_json_line *l)
{
	return l->n == 1 && rp_member_is(l->members, "note") &&
	    l->members->string && l->members->len <= RP_MAX_NOTE;
}

/* Find out what the members mean, if they are not those of the line before. */
static enum rp_status
survey(struct ndjson *s, char *why, size_t room)
{
	const struct rp_json_line *l = &s->line;

	if (rp_compose_knows(&s->compose, l->members, l->n, l->same_keys))
		return RP_OK;
	return rp_compose_survey(&s->compose, l->members, l->n, why, room);
}

static enum rp_status
put_line(struct rp_import *im)
{
	struct ndjson *s = im->state;
	struct rp_json_line *l = &s->line;
	char why[256] = "";
	enum rp_status st;

	if (s->rows.too_long) {
		snprintf(why, sizeof(why), RP_ROWS_TOO_LONG, s->rows.max);
		return bad(im, why);
	}
	st = rp_json_line_read(l, s->rows.text, s->rows.len);
	if (st == RP_ERR_CORRUPT) {
		snprintf(why, sizeof(why), "column %zu: %s",
		    rp_scan_column(&l->scan), l->scan.why);
		return bad(im, why);
	}
	if (st != RP_OK)
		return rp_import_no_memory(im);
	if (is_note(l)) {
		s->compose.known = false;
		return put_note(im);
	}
	if (survey(s, why, sizeof(why)) != RP_OK)
		return rp_import_no_memory(im);
	return why[0] != '\0' ? bad(im, why) : put_record(im);
}

static enum rp_status
ndjson_convert(struct rp_import *im)
{
	struct ndjson *s = im->state;
	enum rp_status st = RP_OK;

	while (st == RP_OK && rp_rows_next(&s->rows, im->in))
		if (!rp_rows_is_blank(&s->rows))
			st = put_line(im);
	return st == RP_OK ? rp_rows_more(&s->rows, im) : st;
}

static bool
ndjson_probe(const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	if (p == end || *p++ != '{')
		return false;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p < end && *p == '"';
}

static enum rp_status
ndjson_open(struct rp_import *im)
{
	struct ndjson *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return rp_import_no_memory(im);
	s->rows.max = RP_INTAKE_MAX - 2;
	s->symbols.class = RP_NAME_SYMBOL;
	s->sources.class = RP_NAME_SOURCE;
	s->compose.symbols = &s->symbols;
	s->compose.sources = &s->sources;
	s->schemas.class = RP_NAME_SCHEMA;
	s->compose.schemas = &s->schemas;
	im->state = s;
	return RP_OK;
}

static void
ndjson_close(struct rp_import *im)
{
	struct ndjson *s = im->state;

	if (s == NULL)
		return;
	rp_json_line_free(&s->line);
	rp_compose_free(&s->compose);
	rp_labels_free(&s->symbols);
	rp_labels_free(&s->sources);
	rp_labels_free(&s->schemas);
	free(s);
	im->state = NULL;
}

const struct rp_import_format rp_import_ndjson = {
	.name = "ndjson",
	.summary = "JSON, an object a line, as rp-print --json writes it",
	.lines = true,
	.mapped = true,
	.probe = ndjson_probe,
	.open = ndjson_open,
	.convert = ndjson_convert,
	.close = ndjson_close,
};
