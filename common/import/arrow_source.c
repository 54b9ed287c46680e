/* Arrow IPC, message by message. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "import/arrow.h"

enum { PREFIX = 4, TAIL = 4 + RP_ARROW_MAGIC_LEN };

void
rp_arrow_source_free(struct rp_arrow_source *s)
{
	for (size_t i = 0; i < s->n_dictionaries; i++) {
		rp_buffer_free(&s->dictionaries[i].entries);
		rp_buffer_free(&s->dictionaries[i].bytes);
		rp_arrow_batch_free(&s->dictionaries[i].batch);
	}
	free(s->dictionaries);
	rp_arrow_batch_free(&s->batch);
	rp_arrow_schema_free(&s->schema);
	rp_buffer_free(&s->meta);
	rp_buffer_free(&s->body);
	rp_buffer_free(&s->held);
	rp_buffer_free(&s->contents.dictionaries);
	rp_buffer_free(&s->contents.batches);
	*s = (struct rp_arrow_source){ 0 };
}

static bool
is_magic(const uint8_t *p, size_t len)
{
	return len >= RP_ARROW_MAGIC_LEN &&
	    memcmp(p, RP_ARROW_MAGIC, RP_ARROW_MAGIC_LEN) == 0;
}

bool
rp_arrow_probe(const uint8_t *p, size_t len)
{
	size_t skip = PREFIX;
	uint32_t n;

	if (is_magic(p, len))
		return true;
	if (len < 2 * PREFIX)
		return false;
	if (rp_le32(p) == RP_ARROW_CONTINUATION)
		skip += PREFIX;
	n = rp_le32(p + skip - PREFIX);
	if (n > RP_MAX_ARROW_META)
		return false;
	len -= skip;
	return rp_arrow_is_schema(p + skip, len < n ? len : n);
}

bool
rp_arrow_peek(struct rp_intake *in)
{
	struct rp_error err = { 0 };
	enum rp_status st = RP_OK;
	size_t len = 0;

	while (st == RP_OK && len < RP_IMPORT_PROBE) {
		st = rp_intake_need(in, len < 8 ? 8 : len + 1, &err);
		len = (size_t)(in->end - in->at);
		if (rp_arrow_probe(in->at, len))
			return true;
		/* as of text, which may come slowly */
		if (len >= PREFIX && rp_le32(in->at) > RP_MAX_ARROW_META &&
		    rp_le32(in->at) != RP_ARROW_CONTINUATION)
			return false;
	}
	return false;
}

/* ---- failures ---- */

enum rp_status
rp_arrow_fail(const struct rp_arrow_source *s, struct rp_import *im,
    enum rp_status st, const char *fmt, ...)
{
	static const char *const kinds[] = { "", " (schema)", " (dictionary)",
		" (batch)" };
	const struct rp_intake *in = im->in;
	char what[48], why[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	im->broken = (st == RP_ERR_CORRUPT || st == RP_ERR_TRUNCATED) &&
	    rp_intake_offset(in) + (uint64_t)(in->end - in->at) > s->at;
	snprintf(what, sizeof(what), "message %llu%s",
	    (unsigned long long)(s->n_messages > 0 ? s->n_messages : 1),
	    s->head.kind < RP_LEN(kinds) ? kinds[s->head.kind] : "");
	return rp_error_set(&im->error, st, "%s: %s at %sbyte %llu: %s",
	    im->name, s->in_footer ? "footer" : what,
	    rp_intake_packed(in) ? "unpacked " : "", (unsigned long long)s->at,
	    why);
}

/* What an intake could not do for us. */
static enum rp_status
fail_input(const struct rp_arrow_source *s, struct rp_import *im,
    enum rp_status st, const struct rp_error *err)
{
	if (st == RP_END || (st == RP_ERR_TRUNCATED && err->status == RP_OK))
		return rp_arrow_fail(s, im, RP_ERR_TRUNCATED,
		    "it is cut: the input ends at byte %llu",
		    (unsigned long long)im->in->base);
	return rp_arrow_fail(s, im, st, "%s", err->text);
}

/* ---- bytes ---- */

static enum rp_status
need(const struct rp_arrow_source *s, struct rp_import *im, size_t n)
{
	struct rp_error err = { 0 };
	enum rp_status st = rp_intake_need(im->in, n, &err);

	return st == RP_OK ? st : fail_input(s, im, st, &err);
}

/* The next n bytes to a buffer, which grows as they come. */
static enum rp_status
take(const struct rp_arrow_source *s, struct rp_import *im,
    struct rp_buffer *to, uint64_t n)
{
	enum rp_status st;
	size_t part;

	for (to->len = 0; to->len < n; im->in->at += part) {
		if (im->in->at == im->in->end && (st = need(s, im, 1)) != RP_OK)
			return st;
		part = (size_t)(im->in->end - im->in->at);
		if (part > n - to->len)
			part = (size_t)(n - to->len);
		if (to->len + part > to->cap &&
		    rp_buffer_reserve(to, 2 * to->cap + part) != RP_OK)
			return rp_arrow_fail(
			    s, im, RP_ERR_NOMEM, "out of memory");
		if (rp_buffer_add(to, im->in->at, part) != RP_OK)
			return rp_arrow_fail(
			    s, im, RP_ERR_NOMEM, "out of memory");
	}
	return RP_OK;
}

/* The length of the next message's metadata; 0: that is the end. */
static enum rp_status
take_length(struct rp_arrow_source *s, struct rp_import *im, uint32_t *len)
{
	size_t skip = PREFIX;
	enum rp_status st;

	if ((st = need(s, im, PREFIX)) != RP_OK)
		return st;
	*len = rp_le32(im->in->at);
	if (*len == RP_ARROW_CONTINUATION) {
		skip += PREFIX;
		if ((st = need(s, im, skip)) != RP_OK)
			return st;
		*len = rp_le32(im->in->at + PREFIX);
	}
	if (skip == PREFIX && *len > RP_MAX_ARROW_META && s->n_messages == 1)
		return rp_arrow_fail(s, im, RP_ERR_UNSUPPORTED,
		    "it begins with neither " RP_ARROW_MAGIC " nor a schema");
	if (*len > INT32_MAX)
		return rp_arrow_fail(
		    s, im, RP_ERR_CORRUPT, "metadata of %d bytes", (int)*len);
	if (*len > RP_MAX_ARROW_META)
		return rp_arrow_fail(s, im, RP_ERR_LIMIT,
		    "metadata of %u bytes; more than %d are not read", *len,
		    RP_MAX_ARROW_META);
	im->in->at += skip;
	return RP_OK;
}

/* ---- messages ---- */

static enum rp_status
note_block(struct rp_arrow_source *s, struct rp_import *im, uint64_t body_at)
{
	const struct rp_arrow_block block = { s->at - s->start, body_at - s->at,
		s->head.body_len };
	struct rp_buffer *to = s->head.kind == RP_ARROW_BATCH
	    ? &s->contents.batches
	    : &s->contents.dictionaries;

	if (!s->file || s->head.kind == RP_ARROW_SCHEMA)
		return RP_OK;
	return rp_buffer_add(to, &block, sizeof(block)) == RP_OK
	    ? RP_OK
	    : rp_arrow_fail(s, im, RP_ERR_NOMEM, "out of memory");
}

/* A message, whole; RP_END: the mark of the end instead. */
static enum rp_status
take_message(struct rp_arrow_source *s, struct rp_import *im)
{
	struct rp_error err = { 0 };
	enum rp_status st;
	uint64_t body_at;
	uint32_t len;

	s->head = (struct rp_arrow_head){ 0 };
	s->at = rp_intake_offset(im->in);
	s->n_messages++;
	if ((st = take_length(s, im, &len)) != RP_OK)
		return st;
	if (len == 0)
		return RP_END;
	if ((st = take(s, im, &s->meta, len)) != RP_OK)
		return st;
	body_at = rp_intake_offset(im->in);
	st = rp_arrow_head_read(&s->head, s->meta.data, len, &err);
	if (st != RP_OK)
		return rp_arrow_fail(s, im, st, "%s", err.text);
	if ((st = take(s, im, &s->body, s->head.body_len)) != RP_OK)
		return st;
	return note_block(s, im, body_at);
}

/* ---- the parts of an input ---- */

/* In a file, what batches need may stand behind them; they are held: each is
 * this, its metadata, its body. */
struct held {
	uint64_t at, n_messages, meta_len, body_len;
};

static enum rp_status
hold(struct rp_arrow_source *s, struct rp_import *im)
{
	const struct held h = { s->at, s->n_messages, s->meta.len,
		s->body.len };

	if (s->held.len + s->body.len > RP_MAX_ARROW_BODY)
		return rp_arrow_fail(s, im, RP_ERR_LIMIT,
		    "what the batches need stands behind more than %d MiB of "
		    "them",
		    RP_MAX_ARROW_BODY >> 20);
	if (rp_buffer_add(&s->held, &h, sizeof(h)) != RP_OK ||
	    rp_buffer_add(&s->held, s->meta.data, s->meta.len) != RP_OK ||
	    rp_buffer_add(&s->held, s->body.data, s->body.len) != RP_OK)
		return rp_arrow_fail(s, im, RP_ERR_NOMEM, "out of memory");
	return RP_OK;
}

/* Behind the footer at hand are its length and the magic. */
static bool
ends_at(const uint8_t *p, size_t n)
{
	return rp_le32(p + n) == n && is_magic(p + n + 4, RP_ARROW_MAGIC_LEN);
}

/* The length of the footer at hand, which says where it begins at its end. */
static enum rp_status
find_footer(struct rp_arrow_source *s, struct rp_import *im, size_t *len)
{
	enum rp_status st;
	size_t n = 0;

	s->in_footer = true;
	s->at = rp_intake_offset(im->in);
	do {
		if (n > RP_MAX_ARROW_META)
			return rp_arrow_fail(s, im, RP_ERR_CORRUPT,
			    "no footer ends within %d bytes",
			    RP_MAX_ARROW_META);
		if ((st = need(s, im, n + TAIL)) != RP_OK)
			return st;
		for (; n + TAIL <= (size_t)(im->in->end - im->in->at); n++)
			if (ends_at(im->in->at, n))
				break;
	} while (n + TAIL > (size_t)(im->in->end - im->in->at));
	*len = n;
	return RP_OK;
}

/* JavaScript's apache-arrow has the schema of a file in its footer only: all
 * before it is held. The footer stays at hand. */
static enum rp_status
take_footer_schema(struct rp_arrow_source *s, struct rp_import *im)
{
	const bool old = s->head.old;
	struct rp_error err = { 0 };
	enum rp_status st;
	size_t n = 0;

	do
		if ((st = hold(s, im)) == RP_OK)
			st = take_message(s, im);
	while (st == RP_OK);
	if (st != RP_END || (st = find_footer(s, im, &n)) != RP_OK)
		return st;
	s->ended = true;
	st = rp_arrow_footer_schema(&s->schema, im->in->at, n, old, &err);
	return st == RP_OK ? st : rp_arrow_fail(s, im, st, "%s", err.text);
}

/*
 * polars leaves out the length of a file's schema: it ends where the next
 * message begins, if it is one until there.
 */
static enum rp_status
take_bare_schema(struct rp_arrow_source *s, struct rp_import *im)
{
	enum rp_status st;
	size_t n;

	for (n = 2 * PREFIX; n <= RP_MAX_ARROW_META; n += PREFIX) {
		struct rp_arrow_schema schema = { 0 };

		if ((st = need(s, im, n + PREFIX)) != RP_OK)
			return st;
		if (rp_le32(im->in->at + n) != RP_ARROW_CONTINUATION)
			continue;
		st = rp_arrow_schema_read(&schema, im->in->at, n, NULL);
		rp_arrow_schema_free(&schema);
		if (st == RP_OK || st == RP_ERR_UNSUPPORTED)
			break;
	}
	return take(s, im, &s->meta, n);
}

/* The schema, wherever it is. */
static enum rp_status
take_schema(struct rp_arrow_source *s, struct rp_import *im)
{
	struct rp_error err = { 0 };
	enum rp_status st = need(s, im, PREFIX);

	if (st == RP_OK && s->file && rp_le32(im->in->at) < 2 * PREFIX) {
		s->at = rp_intake_offset(im->in);
		s->n_messages++;
		s->head.kind = RP_ARROW_SCHEMA;
		st = take_bare_schema(s, im);
	} else if (st == RP_OK) {
		st = take_message(s, im);
	}
	if (st == RP_END)
		return rp_arrow_fail(
		    s, im, RP_ERR_CORRUPT, "it ends before its schema");
	if (st != RP_OK)
		return st;
	if (s->head.kind != RP_ARROW_SCHEMA)
		return s->file ? take_footer_schema(s, im)
			       : rp_arrow_fail(s, im, RP_ERR_CORRUPT,
				     "a schema must come before it");
	st = rp_arrow_schema_read(&s->schema, s->meta.data, s->meta.len, &err);
	return st == RP_OK ? st : rp_arrow_fail(s, im, st, "%s", err.text);
}

/* A file or stream, up to its schema. RP_END: there is none. */
static enum rp_status
begin(struct rp_arrow_source *s, struct rp_import *im)
{
	struct rp_error err = { 0 };
	const uint64_t at = rp_intake_offset(im->in);
	enum rp_status st;

	rp_arrow_source_free(s);
	s->start = s->at = at;
	st = rp_intake_need(im->in, RP_ARROW_FILE_HEAD, &err);
	if (st == RP_END && at > 0)
		return RP_END;
	if (st == RP_END)
		return rp_error_set(&im->error, RP_ERR_TRUNCATED,
		    "%s: empty input: there is no schema", im->name);
	if (st != RP_OK)
		return fail_input(s, im, st, &err);
	s->file = is_magic(im->in->at, RP_ARROW_FILE_HEAD);
	if (s->file)
		im->in->at += RP_ARROW_FILE_HEAD;
	if ((st = take_schema(s, im)) != RP_OK)
		return st;
	if (rp_arrow_batch_init(&s->batch, s->schema.fields, s->schema.n) !=
	    RP_OK)
		return rp_import_no_memory(im);
	s->contents.schema = &s->schema;
	s->begun = true;
	return RP_OK;
}

/* The mark of its end was met. */
static enum rp_status
finish(struct rp_arrow_source *s, struct rp_import *im)
{
	struct rp_error err = { 0 };
	enum rp_status st;
	size_t n = 0;

	s->begun = false;
	if (!s->file)
		return RP_OK;
	if ((st = find_footer(s, im, &n)) != RP_OK)
		return st;
	st = rp_arrow_footer_check(im->in->at, n, &s->contents, &err);
	if (st != RP_OK)
		return rp_arrow_fail(s, im, st, "%s", err.text);
	im->in->at += n + TAIL;
	return RP_OK;
}

/*
 * Nothing follows a message. Whoever writes a stream may just stop, so that one
 * that is cut cannot be told; but rp-arrow never does, and a file has an end.
 */
static enum rp_status
stop(struct rp_arrow_source *s, struct rp_import *im)
{
	s->at = rp_intake_offset(im->in);
	s->head = (struct rp_arrow_head){ 0 };
	if (s->file ||
	    rp_arrow_schema_get(&s->schema, RP_ARROW_KEY_DECIMALS).text != NULL)
		return rp_arrow_fail(s, im, RP_ERR_TRUNCATED,
		    "the input ends without the mark of its end");
	rp_import_warn(im,
	    "%s: the stream has no mark of its end: it may have been cut",
	    im->name);
	return RP_END;
}

/* ---- batches ---- */

static enum rp_status
read_batch(struct rp_arrow_source *s, struct rp_import *im)
{
	struct rp_error err = { 0 };
	enum rp_status st = rp_arrow_batch_read(&s->batch, &s->head.header,
	    s->schema.old, s->body.data, s->body.len, &err);

	if (st != RP_OK)
		return rp_arrow_fail(s, im, st, "%s", err.text);
	s->row = 0;
	s->n_batches++;
	im->behind = rp_intake_offset(im->in) - s->at;
	return RP_OK;
}

/* The next of them, as if it had been read now. */
static enum rp_status
take_held(struct rp_arrow_source *s, struct rp_import *im)
{
	const uint8_t *p = s->held.data + s->held_at;
	struct rp_error err = { 0 };
	struct held h;
	enum rp_status st;

	memcpy(&h, p, sizeof(h));
	p += sizeof(h);
	s->at = h.at;
	s->n_messages = h.n_messages;
	s->meta.len = s->body.len = 0;
	if (rp_buffer_add(&s->meta, p, h.meta_len) != RP_OK ||
	    rp_buffer_add(&s->body, p + h.meta_len, h.body_len) != RP_OK)
		return rp_arrow_fail(s, im, RP_ERR_NOMEM, "out of memory");
	s->held_at += sizeof(h) + h.meta_len + h.body_len;
	if (s->held_at == s->held.len)
		s->held_at = s->held.len = 0;
	s->in_footer = false;
	st = rp_arrow_head_read(&s->head, s->meta.data, s->meta.len, &err);
	return st == RP_OK ? st : rp_arrow_fail(s, im, st, "%s", err.text);
}

/* ---- all of it ---- */

/* A dictionary, or a batch: *batch. */
static enum rp_status
read_message(struct rp_arrow_source *s, struct rp_import *im, bool *batch)
{
	switch (s->head.kind) {
	case RP_ARROW_DICTIONARY:
		return rp_arrow_dictionary_read(s, im);
	case RP_ARROW_BATCH:
		if (s->file && !s->ended && !rp_arrow_dictionaries_come(s))
			return hold(s, im);
		*batch = true;
		return read_batch(s, im);
	default:
		return rp_arrow_fail(s, im, RP_ERR_CORRUPT,
		    "a second schema, without an end before it");
	}
}

/* Go one message on, or to the end. */
static enum rp_status
advance(struct rp_arrow_source *s, struct rp_import *im, bool *batch)
{
	struct rp_error err = { 0 };
	enum rp_status st;

	if (s->held.len > 0 && (s->ended || rp_arrow_dictionaries_come(s))) {
		st = take_held(s, im);
		return st == RP_OK ? read_message(s, im, batch) : st;
	}
	if (s->ended)
		return finish(s, im);
	if (rp_intake_need(im->in, 1, &err) == RP_END)
		return stop(s, im);
	st = take_message(s, im);
	s->ended = st == RP_END;
	if (s->ended)
		return RP_OK;
	return st == RP_OK ? read_message(s, im, batch) : st;
}

enum rp_status
rp_arrow_next(struct rp_arrow_source *s, struct rp_import *im, bool *fresh)
{
	enum rp_status st = RP_OK;
	bool batch = false;

	im->behind = 0;
	while (st == RP_OK && !batch) {
		*fresh = !s->begun;
		if (!s->begun)
			return begin(s, im);
		st = advance(s, im, &batch);
	}
	return st;
}
