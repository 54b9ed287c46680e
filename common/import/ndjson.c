/*
 * NDJSON as rp-print --json writes it (columns/json.h): an object a line, a
 * record each; {"note":"..."} is a NOTE. The members may stand in any order.
 * Those of the header that are missing are absent, but type and ts_recv must be
 * there; a payload reaches as far as its members, what is missing before is
 * absent or zero. Without px_exp and qty_exp the decimals have the digits that
 * are written.
 */
#include "import/ndjson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "types/text.h"
#include "wire/directory.h"

/* Say why a line makes no record. */
static enum rp_status
bad(struct rp_import *im, const char *line, size_t len, const char *why)
{
	struct rp_ndjson *s = im->state;
	enum rp_status st = rp_import_reject(
	    im, line, len, "line %llu: %s", (unsigned long long)s->number, why);

	im->records++; /* it was met, if not converted */
	return st;
}

/* Is the type that of the line before? */
static bool
same_type(const struct rp_ndjson *s)
{
	const struct rp_json_member *m = &s->line.members[s->type_at];
	char buf[8];
	const char *name = rp_type_name(s->type, buf);

	return m->text != NULL && m->len == strlen(name) &&
	    memcmp(m->text, name, m->len) == 0;
}

/* ---- one record ---- */

/* Bytes of the payload of a line, or what is wrong with it. */
static const char *
payload_len(const struct rp_ndjson *s, uint64_t *len)
{
	*len = s->len;
	for (size_t i = 0; i < s->line.n; i++) {
		const struct rp_json_member *m = &s->line.members[i];
		const struct rp_ndjson_slot *slot = &s->slots[i];

		if (slot->field.kind != RP_KIND_BYTES)
			continue;
		if (m->text == NULL || m->len % 2 != 0)
			return "bytes are pairs of hex digits";
		if (slot->role == RP_ROLE_LATE)
			*len = slot->field.off;
		*len += m->len / 2;
	}
	if (s->type == RP_BOOK && !s->raw)
		*len += ((uint64_t)s->levels[0] + s->levels[1]) *
		    sizeof(struct rp_book_level);
	return sizeof(struct rp_record) + *len > RP_MAX_RAW_JUMBO
	    ? "the record is too large"
	    : NULL;
}

/* A record of len payload bytes, blank but for its type. */
static struct rp_record *
make_record(struct rp_ndjson *s, uint32_t len)
{
	size_t size = sizeof(struct rp_record) + rp_align8(len);
	struct rp_record *rec;
	uint8_t *p;

	if (rp_buffer_reserve(&s->record, size) != RP_OK)
		return NULL;
	rec = (struct rp_record *)(void *)s->record.data;
	memcpy(rec, s->blank.data, sizeof(*rec) + s->len);
	memset(rec->payload + s->len, 0, rp_align8(len) - s->len);
	rec->len = len;
	if (s->type != RP_BOOK || s->raw)
		return rec;
	rp_put32(rec->payload + offsetof(struct rp_book, n_bid), s->levels[0]);
	rp_put32(rec->payload + offsetof(struct rp_book, n_ask), s->levels[1]);
	p = rec->payload + sizeof(struct rp_book);
	for (uint32_t i = 0; i < s->levels[0] + s->levels[1]; i++, p += 24) {
		rp_put64(p, (uint64_t)RP_ABSENT);
		rp_put64(p + 8, (uint64_t)RP_ABSENT);
	}
	return rec;
}

/* The finest exponent of a record's prices or sizes. */
static int8_t
finest(const struct rp_ndjson *s, enum rp_ndjson_role role)
{
	const struct rp_json_member *m = s->line.members;
	struct rp_decimal d;
	int8_t exp = 0;

	for (size_t i = 0; i < s->line.n; i++, m++)
		if (s->slots[i].role == role && m->text != NULL &&
		    rp_decimal_parse(m->text, m->len, &d) == RP_OK &&
		    d.exp < exp)
			exp = d.exp;
	return exp;
}

static enum rp_status
read_pass(const struct rp_ndjson *s, struct rp_record *rec,
    enum rp_ndjson_role from, enum rp_ndjson_role to, struct rp_error *err)
{
	const struct rp_json_member *m = s->line.members;
	const struct rp_ndjson_slot *slot = s->slots;
	enum rp_status st;

	for (size_t i = 0; i < s->line.n; i++, m++, slot++) {
		if (slot->role < from || slot->role > to)
			continue;
		st = rp_text_read(&slot->field, rec, m->text, m->len, err);
		if (st != RP_OK)
			return st;
	}
	return RP_OK;
}

/* raw and tail, which read_pass leaves out. */
static bool
read_bytes(const struct rp_ndjson *s, struct rp_record *rec)
{
	for (size_t i = 0; i < s->line.n; i++)
		if (s->slots[i].role >= RP_ROLE_RAW &&
		    !rp_text_read_hex(s->line.members[i].text,
			s->line.members[i].len, rec->payload + s->len))
			return false;
	return true;
}

/* What a book says of itself must be what it is. */
static bool
good_book(const struct rp_ndjson *s, const struct rp_record *rec)
{
	struct rp_book b;

	if (s->type != RP_BOOK || s->raw)
		return true;
	memcpy(&b, rec->payload, sizeof(b));
	return b.n_bid == s->levels[0] && b.n_ask == s->levels[1] &&
	    b.level_size == sizeof(struct rp_book_level);
}

static enum rp_status
read_payload(
    const struct rp_ndjson *s, struct rp_record *rec, struct rp_error *err)
{
	enum rp_status st;

	st = read_pass(s, rec, RP_ROLE_HEADER, RP_ROLE_EARLY, err);
	if (st != RP_OK)
		return st;
	if (s->raw || s->tail) {
		if (!read_bytes(s, rec))
			return rp_error_set(
			    err, RP_ERR_USAGE, "bytes are pairs of hex digits");
	}
	if (!good_book(s, rec))
		return rp_error_set(err, RP_ERR_USAGE,
		    "n_bid, n_ask and level_size are not those of its levels");
	if (s->t == NULL || s->raw || s->len < RP_EV_HEAD)
		return read_pass(s, rec, RP_ROLE_PRICE, RP_ROLE_LATE, err);
	if (!s->has_px_exp)
		rec->payload[RP_EV_PX_EXP] = (uint8_t)finest(s, RP_ROLE_PRICE);
	if (!s->has_qty_exp)
		rec->payload[RP_EV_QTY_EXP] = (uint8_t)finest(s, RP_ROLE_SIZE);
	return read_pass(s, rec, RP_ROLE_PRICE, RP_ROLE_LATE, err);
}

/* The label that a member names; RP_OK with NULL for null. */
static enum rp_status
find_label(struct rp_labels *labels, const struct rp_json_member *m,
    struct rp_label **label, struct rp_error *err)
{
	*label = NULL;
	if (m->text == NULL)
		return RP_OK;
	if (!m->string || !rp_name_is_valid(m->text, m->len))
		return rp_error_set(err, RP_ERR_USAGE,
		    "%.*s is 1 to %d bytes of UTF-8 text", (int)m->key_len,
		    m->key, RP_MAX_NAME);
	*label = rp_labels_find(labels, m->text, m->len);
	return *label == NULL ? RP_ERR_NOMEM : RP_OK;
}

static enum rp_status
find_labels(
    struct rp_ndjson *s, struct rp_label *label[2], struct rp_error *err)
{
	const struct rp_json_member *m = s->line.members;
	enum rp_status st = RP_OK;

	label[0] = label[1] = NULL;
	for (size_t i = 0; st == RP_OK && i < s->line.n; i++, m++)
		if (s->slots[i].role == RP_ROLE_SYMBOL)
			st = find_label(&s->symbols, m, &label[0], err);
		else if (s->slots[i].role == RP_ROLE_SOURCE)
			st = find_label(&s->sources, m, &label[1], err);
	return st;
}

/* ---- lines ---- */

static enum rp_status
no_memory(struct rp_import *im)
{
	return rp_import_fail(im, RP_ERR_NOMEM, "out of memory");
}

static enum rp_status
put_record(struct rp_import *im, const char *line, size_t len)
{
	struct rp_ndjson *s = im->state;
	struct rp_label *label[2];
	struct rp_record *rec;
	struct rp_error err;
	enum rp_status st;
	uint64_t size;
	const char *why;

	err.status = RP_OK;
	if ((why = payload_len(s, &size)) != NULL)
		return bad(im, line, len, why);
	if ((rec = make_record(s, (uint32_t)size)) == NULL)
		return no_memory(im);
	if ((st = read_payload(s, rec, &err)) == RP_OK)
		st = find_labels(s, label, &err);
	if (st == RP_ERR_NOMEM)
		return no_memory(im);
	if (st != RP_OK)
		return bad(im, line, len, err.text);
	if (rp_writer_add(im->out, rec, label[0], label[1]) != RP_OK)
		return rp_import_write_failed(im);
	im->records++;
	return RP_OK;
}

static enum rp_status
put_note(struct rp_import *im)
{
	const struct rp_ndjson *s = im->state;
	const struct rp_json_member *m = s->line.members;

	if (!im->notes)
		return RP_OK;
	if (rp_writer_note(im->out, m->text, m->len) != RP_OK)
		return rp_import_write_failed(im);
	return RP_OK;
}

static enum rp_status
put_line(struct rp_import *im, const char *line, size_t len)
{
	struct rp_ndjson *s = im->state;
	struct rp_json_line *l = &s->line;
	char why[256] = "";
	enum rp_status st;

	s->number++;
	st = rp_json_line_read(l, line, len);
	if (st == RP_ERR_CORRUPT) {
		snprintf(why, sizeof(why), "column %zu: %s",
		    rp_scan_column(&l->scan), l->scan.why);
		return bad(im, line, len, why);
	}
	if (st != RP_OK)
		return no_memory(im);
	if (l->n == 1 && rp_ndjson_is_key(l->members, "note") &&
	    l->members->string && l->members->len <= RP_MAX_NOTE) {
		s->known = false;
		return put_note(im);
	}
	if (!s->known || !l->same_keys || !same_type(s)) {
		if (rp_ndjson_survey(s, why, sizeof(why)) != RP_OK)
			return no_memory(im);
		if (why[0] != '\0')
			return bad(im, line, len, why);
	}
	return put_record(im, line, len);
}

static bool
is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

/* Lines that are whole at hand, the last one of the input even without its
 * end. */
static enum rp_status
ndjson_convert(struct rp_import *im)
{
	struct rp_intake *in = im->in;
	struct rp_ndjson *s = im->state;
	enum rp_status st = RP_OK;

	while (st == RP_OK && in->at < in->end) {
		const char *line = (const char *)in->at;
		size_t rest = (size_t)(in->end - in->at), len;
		const char *end = memchr(line, '\n', rest);

		if (end == NULL && !in->ended)
			break;
		len = end != NULL ? (size_t)(end - line) : rest;
		if (is_blank(line, len))
			s->number++;
		else
			st = put_line(im, line, len);
		in->at += len + (end != NULL);
	}
	if (st != RP_OK)
		return st;
	st = rp_intake_more(in, &im->error);
	if (st == RP_OK || (st == RP_END && in->at < in->end))
		return RP_OK;
	if (st != RP_END)
		rp_error_prefix(&im->error, "%s: after line %llu", im->name,
		    (unsigned long long)s->number);
	return st;
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
	struct rp_ndjson *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return no_memory(im);
	s->symbols.class = RP_NAME_SYMBOL;
	s->sources.class = RP_NAME_SOURCE;
	im->state = s;
	return RP_OK;
}

static void
ndjson_close(struct rp_import *im)
{
	struct rp_ndjson *s = im->state;

	if (s == NULL)
		return;
	rp_json_line_free(&s->line);
	rp_labels_free(&s->symbols);
	rp_labels_free(&s->sources);
	rp_buffer_free(&s->record);
	rp_buffer_free(&s->marks);
	rp_buffer_free(&s->blank);
	free(s->slots);
	free(s);
	im->state = NULL;
}

const struct rp_import_format rp_import_ndjson = {
	.name = "ndjson",
	.summary = "JSON, an object a line, as rp-print --json writes it",
	.lines = true,
	.probe = ndjson_probe,
	.open = ndjson_open,
	.convert = ndjson_convert,
	.close = ndjson_close,
};
