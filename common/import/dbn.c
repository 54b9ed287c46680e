/*
 * Databento Binary Encoding, versions 1 to 3. A file is a header and records;
 * several files in a row (cat a.dbn b.dbn) are read as one.
 */
#include "import/dbn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/directory.h"

enum {
	HEADER = 16, /* bytes of a record's header */
	WORD = 4, /* its length counts these */
	TS_OUT = 8, /* bytes more in a record with ts_out */
	PX_EXP = -9 /* prices are fixed point */
};

/* ---- what it is ---- */

static bool
is_dbz(const uint8_t *p, size_t len)
{
	return len >= 11 && (rp_le32(p) & 0xfffffff0) == 0x184d2a50 &&
	    memcmp(p + 8, "DBZ", 3) == 0;
}

/* Records without a header: two in a row of a known kind and length. */
static bool
is_fragment(const uint8_t *p, size_t len)
{
	for (int i = 0; i < 2; i++) {
		const struct rp_dbn_kind *k;
		size_t size;

		if (len < HEADER)
			return i > 0 && len == 0;
		k = &rp_dbn_kinds[p[1]];
		size = (size_t)p[0] * WORD;
		if (k->name == NULL ||
		    (size != k->len[0] && size != k->len[1] &&
			size != k->len[2]))
			return false;
		if (size > len)
			return i > 0;
		p += size;
		len -= size;
	}
	return true;
}

static bool
dbn_probe(const uint8_t *p, size_t len)
{
	return (len >= 3 && memcmp(p, "DBN", 3) == 0) || is_dbz(p, len) ||
	    is_fragment(p, len);
}

static enum rp_status
dbn_open(struct rp_import *im)
{
	struct rp_intake *in = im->in;
	enum rp_status st;
	size_t len;

	st = rp_intake_need(in, 3, &im->error);
	if (st != RP_OK && im->error.status == RP_OK)
		return rp_error_set(&im->error, RP_ERR_TRUNCATED,
		    "%s: the file ends before its DBN header", im->name);
	if (st != RP_OK) {
		rp_error_prefix(&im->error, "%s", im->name);
		return st;
	}
	len = (size_t)(in->end - in->at);
	if (is_dbz(in->at, len))
		return rp_error_set(&im->error, RP_ERR_UNSUPPORTED,
		    "%s: DBZ, the forerunner of DBN, is not read: "
		    "convert it with Databento's dbn",
		    im->name);
	if (memcmp(in->at, "DBN", 3) != 0 && is_fragment(in->at, len))
		return rp_error_set(&im->error, RP_ERR_UNSUPPORTED,
		    "%s: DBN records without a header (a fragment) "
		    "are not read",
		    im->name);
	if ((im->state = calloc(1, sizeof(struct rp_dbn))) == NULL)
		return rp_import_no_memory(im);
	return rp_dbn_meta_read(im, im->state);
}

/* ---- records ---- */

/* ts_event and ts_recv, one for the other where one is not there. */
static const char *
set_times(struct rp_dbn *d, const struct rp_dbn_kind *k, const uint8_t *p,
    struct rp_record *r, int64_t *ts_event)
{
	static const char late[] = "a time is after 2262";

	r->flags = 0;
	r->ts_recv = RP_ABSENT;
	if (!rp_dbn_time(p + 8, ts_event))
		return late;
	if (k->recv != 0 && !rp_dbn_time(p + k->recv, &r->ts_recv))
		return late;
	if (r->ts_recv == RP_ABSENT) {
		r->flags = RP_TS_RECV_INFERRED;
		r->ts_recv = *ts_event != RP_ABSENT ? *ts_event : d->last_ts;
	}
	d->last_ts = r->ts_recv;
	return NULL;
}

/* Databento's flags: those that every record has, and the rest as tflags. */
static void
set_flags(uint8_t f, struct rp_record *r, struct rp_event *ev)
{
	if (f == 0)
		return;
	r->flags |= (uint16_t)((f >> 7 & RP_LAST) | (f >> 4 & RP_SNAPSHOT) |
	    (f & RP_TS_RECV_INFERRED) | (f << 2 & RP_MARKED_BAD));
	ev->tflags = (uint16_t)((f >> 6 & 1) | (f >> 3 & 2) | (f << 1 & 4) |
	    (f << 3 & 8));
}

_Static_assert(RP_LAST == 1 && RP_SNAPSHOT == 2 && RP_TS_RECV_INFERRED == 8 &&
	RP_MARKED_BAD == 16,
    "set_flags shifts Databento's bits to these");

/* Fill r from a record of a kind that has a type here. */
static const char *
make_record(struct rp_dbn *d, const struct rp_dbn_kind *k, const uint8_t *p,
    struct rp_record *r)
{
	struct rp_event *ev = (struct rp_event *)r->payload;
	const char *why;

	memset(r->payload, 0, k->payload);
	r->seq = 0;
	r->type = k->type;
	r->len = k->payload;
	ev->px_exp = PX_EXP;
	ev->send_delta = INT32_MIN;
	ev->aux = rp_le32(p + 4);
	if ((why = set_times(d, k, p, r, &ev->ts_event)) != NULL)
		return why;
	if (k->flags != 0)
		set_flags(p[k->flags], r, ev);
	return k->make(d, p, r);
}

/* ts_out behind the payload; what lies between the two is absent. */
static const char *
add_ts_out(const struct rp_dbn_kind *k, const uint8_t *p, struct rp_record *r)
{
	int64_t ts;

	if (!rp_dbn_time(p, &ts))
		return "ts_out is after 2262";
	memset(r->payload + k->payload, 0xff, k->ts_out - (size_t)k->payload);
	memcpy(r->payload + k->ts_out, &ts, sizeof(ts));
	r->len = k->ts_out + (uint32_t)sizeof(ts);
	return NULL;
}

static enum rp_status
add_record(struct rp_import *im, struct rp_dbn *d, const uint8_t *p,
    const struct rp_record *r)
{
	struct rp_label *symbol, *source;

	symbol = rp_dbn_symbol(&d->symbols, rp_le32(p + 4), r->ts_recv);
	source = rp_dbn_source(&d->sources, rp_le16(p + 2), d->meta.dataset);
	if (symbol == NULL || source == NULL)
		return rp_import_no_memory(im);
	if (rp_writer_add(im->out, r, symbol, source) != RP_OK)
		return rp_import_write_failed(im);
	return RP_OK;
}

/* ---- records that have no type here ---- */

/* A live file says which symbol an id has from now on. */
static enum rp_status
learn_symbol(struct rp_import *im, struct rp_dbn *d, const uint8_t *p)
{
	bool old = d->meta.version == 1;
	const char *text = (const char *)p + (old ? 38 : 89);
	size_t len = strnlen(text, old ? 22 : 71);
	struct rp_label *label;

	if (len == 0)
		return RP_OK;
	if (!rp_name_is_valid(text, len))
		return rp_import_fail(im, RP_ERR_CORRUPT,
		    "the symbol of a mapping is not UTF-8 text");
	label = rp_dbn_name(&d->symbols.names, RP_NAME_SYMBOL, text, len);
	if (label == NULL ||
	    rp_dbn_symbols_set(&d->symbols, rp_le32(p + 4), label) != RP_OK)
		return rp_import_no_memory(im);
	return RP_OK;
}

/* The record as it is, behind the version of its layout. */
static enum rp_status
add_opaque(struct rp_import *im, struct rp_dbn *d, const uint8_t *p, size_t len)
{
	struct rp_dbn_payload *o;
	struct rp_record *r;
	struct rp_label *symbol = NULL, *source = NULL;
	uint32_t id = rp_le32(p + 4);
	uint16_t publisher = rp_le16(p + 2);

	r = rp_writer_place(im->out, (uint32_t)(sizeof(*o) + len));
	if (r == NULL)
		return rp_import_write_failed(im);
	o = (struct rp_dbn_payload *)r->payload;
	if (!rp_dbn_time(p + 8, &r->ts_recv) || r->ts_recv == RP_ABSENT)
		r->ts_recv = d->last_ts;
	d->last_ts = r->ts_recv;
	r->flags = RP_TS_RECV_INFERRED;
	r->seq = 0;
	r->type = RP_DBN;
	r->len = (uint32_t)(sizeof(*o) + len);
	memset(o, 0, sizeof(*o));
	o->dbn_version = d->meta.version;
	memcpy(o->record, p, len);
	d->opaque[p[1]]++;
	/* a gateway's own messages are of no instrument and no venue */
	if (id != 0 &&
	    (symbol = rp_dbn_symbol(&d->symbols, id, r->ts_recv)) == NULL)
		return rp_import_no_memory(im);
	if (publisher != 0 &&
	    (source = rp_dbn_source(&d->sources, publisher, d->meta.dataset)) ==
		NULL)
		return rp_import_no_memory(im);
	if (rp_writer_add(im->out, r, symbol, source) != RP_OK)
		return rp_import_write_failed(im);
	return RP_OK;
}

/* Longer than we know, of an unknown kind, or not a market's record. */
static enum rp_status
add_other(struct rp_import *im, struct rp_dbn *d, const uint8_t *p, size_t len)
{
	const struct rp_dbn_kind *k = &rp_dbn_kinds[p[1]];
	size_t least = k->len[d->meta.version - 1];
	enum rp_status st;

	if (len < least)
		return rp_import_fail(im, RP_ERR_CORRUPT,
		    "%zu bytes; a %s record of version %u has %zu", len,
		    k->name, d->meta.version, least);
	if (p[1] == RP_DBN_SYMBOL_MAPPING &&
	    (st = learn_symbol(im, d, p)) != RP_OK)
		return st;
	return add_opaque(im, d, p, len);
}

/* What records of one rtype and length, which mostly come in runs, become. */
struct shape {
	const struct rp_dbn_kind *kind;
	size_t len, least; /* bytes of a record, and without ts_out */
	bool known, ts_out;
	uint32_t payload; /* bytes, at most */
};

static struct shape
shape_of(const struct rp_dbn *d, const uint8_t *p)
{
	const struct rp_dbn_kind *k = &rp_dbn_kinds[p[1]];
	struct shape s = { .kind = k,
		.len = (size_t)p[0] * WORD,
		.least = k->len[d->meta.version - 1] };

	s.ts_out = s.len == s.least + TS_OUT && d->meta.ts_out;
	s.known = k->make != NULL && (s.len == s.least || s.ts_out);
	s.payload = s.ts_out ? k->ts_out + TS_OUT : k->payload;
	return s;
}

static inline enum rp_status
convert_record(struct rp_import *im, struct rp_dbn *d, const uint8_t *p,
    const struct shape *s)
{
	struct rp_record *r;
	const char *why;

	if (!s->known)
		return add_other(im, d, p, s->len);
	if ((r = rp_writer_place(im->out, s->payload)) == NULL)
		return rp_import_write_failed(im);
	why = make_record(d, s->kind, p, r);
	if (why == NULL && s->ts_out)
		why = add_ts_out(s->kind, p + s->least, r);
	if (why != NULL)
		return rp_import_reject_bytes(im, p, s->len, "%s", why);
	return add_record(im, d, p, r);
}

/* The record at hand, and those behind it of its rtype and length. */
static enum rp_status
convert_run(struct rp_import *im, struct rp_dbn *d)
{
	struct rp_intake *in = im->in;
	const struct shape s = shape_of(d, in->at);
	const uint16_t same = rp_le16(in->at);
	enum rp_status st;

	do {
		st = convert_record(im, d, in->at, &s);
		/* one that was rejected was met all the same */
		im->records += st == RP_OK || st == RP_ERR_REJECTED;
		if (st != RP_OK)
			return st;
		in->at += s.len;
	} while (
	    (size_t)(in->end - in->at) >= s.len && rp_le16(in->at) == same);
	return RP_OK;
}

/* ---- the file ---- */

/* Another file's header: its ids are its own. */
static enum rp_status
next_file(struct rp_import *im, struct rp_dbn *d)
{
	rp_dbn_symbols_free(&d->symbols);
	rp_dbn_sources_free(&d->sources);
	d->warned = false;
	return rp_dbn_meta_read(im, d);
}

/* A whole record at hand, after what headers there are. */
static enum rp_status
await_record(struct rp_import *im, struct rp_dbn *d)
{
	struct rp_intake *in = im->in;
	struct rp_error err = { 0 };
	enum rp_status st;
	size_t len = WORD;

	while ((st = rp_intake_need(in, len, &err)) == RP_OK) {
		if (rp_dbn_meta_begins(in->at)) {
			if ((st = next_file(im, d)) != RP_OK)
				return st;
			len = WORD;
			continue;
		}
		if (len >= HEADER)
			return RP_OK;
		len = (size_t)in->at[0] * WORD;
		if (len < HEADER)
			return rp_import_fail(im, RP_ERR_CORRUPT,
			    "a length of %zu bytes is below the %d of a header",
			    len, HEADER);
	}
	if (st == RP_END)
		return st;
	if (st == RP_ERR_TRUNCATED && err.status == RP_OK)
		return rp_import_fail(im, st,
		    "the file ends after %zu of its %zu bytes",
		    (size_t)(in->end - in->at), len);
	return rp_import_fail(im, st, "%s", err.text);
}

static void
warn_unnamed(struct rp_import *im, struct rp_dbn *d)
{
	if (d->symbols.unnamed == 0 || d->warned)
		return;
	d->warned = true;
	rp_import_warn(im,
	    "%s: instrument %u has no symbol on its day; "
	    "ids without one stand as text",
	    im->name, d->symbols.first_unnamed);
}

/* The whole records at hand. */
static enum rp_status
dbn_convert(struct rp_import *im)
{
	struct rp_intake *in = im->in;
	struct rp_dbn *d = im->state;
	enum rp_status st;
	size_t left;

	if ((st = await_record(im, d)) != RP_OK)
		return st;
	do {
		if ((st = convert_run(im, d)) != RP_OK)
			return st;
		left = (size_t)(in->end - in->at);
	} while (left >= HEADER && left >= (size_t)in->at[0] * WORD &&
	    in->at[0] * WORD >= HEADER && !rp_dbn_meta_begins(in->at));
	warn_unnamed(im, d);
	return RP_OK;
}

static void
dbn_close(struct rp_import *im)
{
	struct rp_dbn *d = im->state;
	char name[32];

	if (d == NULL)
		return;
	for (unsigned i = 0; i < RP_LEN(d->opaque); i++) {
		if (d->opaque[i] == 0)
			continue;
		if (rp_dbn_kinds[i].name != NULL)
			snprintf(name, sizeof(name), "opaque.%s",
			    rp_dbn_kinds[i].name);
		else
			snprintf(name, sizeof(name), "opaque.rtype-%02x", i);
		rp_import_count(im, name, d->opaque[i]);
	}
	rp_dbn_symbols_free(&d->symbols);
	rp_dbn_sources_free(&d->sources);
	free(d);
}

const struct rp_import_format rp_import_dbn = {
	.name = "dbn",
	.summary = "Databento Binary Encoding 1 to 3, all schemas",
	.probe = dbn_probe,
	.open = dbn_open,
	.convert = dbn_convert,
	.close = dbn_close,
};
