/* Gathering of words, names and other texts. */
#include <stdlib.h>

#include "base/digits.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "columns/batch_work.h"
#include "types/text.h"

/* ---- texts by number ---- */

static void
clear(struct rp_texts *t)
{
	t->n = 0;
	t->longest = 0;
	t->spans.len = t->longer.len = t->numbers.len = 0;
	memset(t->cache, 0, sizeof(t->cache));
}

static enum rp_status
add(struct rp_texts *t, const char *text, size_t len)
{
	const uint32_t none = RP_TEXTS_NONE;
	struct rp_text_span span = { .len = RP_SPAN_TEXT + 1 };
	enum rp_status st = RP_OK;

	if (len <= RP_SPAN_TEXT) {
		span.len = (uint8_t)len;
		if (len > 0)
			memcpy(span.text, text, len);
	} else {
		rp_put32(span.text, (uint32_t)t->longer.len);
		rp_put32(span.text + 4, (uint32_t)len);
		st = rp_buffer_add(&t->longer, text, len);
	}
	if (len > t->longest)
		t->longest = len;
	if (st == RP_OK)
		st = rp_buffer_add(&t->spans, &span, sizeof(span));
	if (st == RP_OK)
		st = rp_buffer_add(&t->numbers, &none, sizeof(none));
	t->n++;
	return st;
}

static inline const struct rp_text_span *
span_of(const struct rp_texts *t, uint32_t id)
{
	return (const struct rp_text_span *)(const void *)t->spans.data + id;
}

static const char *
text_of(const struct rp_texts *t, uint32_t id, size_t *len)
{
	const struct rp_text_span *span = span_of(t, id);

	*len = span->len;
	if (span->len <= RP_SPAN_TEXT)
		return span->text;
	*len = rp_le32(span->text + 4);
	return (const char *)t->longer.data + rp_le32(span->text);
}

static enum rp_status
take_names(struct rp_texts *t, const struct rp_frame *f)
{
	enum rp_status st = RP_OK;

	clear(t);
	for (uint32_t i = 0; st == RP_OK && i < f->n_names; i++)
		st = add(t, f->names[i].text, f->names[i].len);
	return st;
}

/* ---- the numbers of a block ---- */

static void
number_names(
    struct rp_block *b, const struct rp_texts *t, const struct rp_field *field)
{
	const size_t off = rp_block_offset(field);

	for (size_t i = 0; i < b->n; i++) {
		const uint8_t *rec = (const uint8_t *)b->recs[i];
		const uint32_t name = rp_le32(rec + off);

		b->ids[i] = name < t->n ? name : RP_TEXTS_NONE;
	}
}

/* The text of a value that the cache does not have. */
static enum rp_status
new_word(struct rp_texts *t, const struct rp_field *field, uint32_t value,
    struct rp_texts_word *place)
{
	char text[RP_TEXT_ROOM], name[8];
	const char *p = text;
	size_t len;

	switch (field->kind) {
	case RP_KIND_TYPE:
		p = rp_type_name((uint16_t)value, name);
		len = strlen(p);
		break;
	case RP_KIND_CHAR:
		len = rp_text_char(text, (uint8_t)value);
		break;
	case RP_KIND_ENUM:
		len = rp_text_word(text, field, value);
		break;
	default:
		len = rp_text_flags(text, field, value);
	}
	if (add(t, p, len) != RP_OK)
		return RP_ERR_NOMEM;
	*place = (struct rp_texts_word){ value, t->n };
	return RP_OK;
}

static inline uint32_t
word_at(const uint8_t *p, unsigned size)
{
	return size == 1 ? *p : size == 2 ? rp_le16(p) : rp_le32(p);
}

/* Of two values with one place the later one is made anew, and found by its
 * text if it matters. */
static enum rp_status
number_words(
    struct rp_block *b, struct rp_texts *t, const struct rp_field *field)
{
	const size_t off = rp_block_offset(field);
	const size_t end = off + field->size;
	const bool may_lack =
	    off >= sizeof(struct rp_record) && !rp_block_reaches(b, field);

	if (t->n + b->n > RP_TEXTS_MAX)
		clear(t);
	for (size_t i = 0; i < b->n; i++) {
		const struct rp_record *rec = b->recs[i];
		struct rp_texts_word *w;
		uint32_t value;

		b->ids[i] = RP_TEXTS_NONE;
		if (may_lack && sizeof(*rec) + rec->len < end)
			continue;
		value = word_at((const uint8_t *)rec + off, field->size);
		if (value == 0 && field->kind == RP_KIND_CHAR)
			continue;
		w = &t->cache[value * 2654435761u >> 24];
		if ((w->id == 0 || w->value != value) &&
		    new_word(t, field, value, w) != RP_OK)
			return RP_ERR_NOMEM;
		b->ids[i] = w->id - 1;
	}
	return RP_OK;
}

/* ---- into the column ---- */

enum rp_status
rp_column_room(struct rp_column *c, size_t bytes, size_t offsets)
{
	const size_t values = c->values.len + bytes;
	const size_t ends = c->offsets.len + sizeof(int32_t) * (offsets + 1);
	const int32_t start = 0;

	/* a column that grows doubles its room */
	if (values > c->values.cap &&
	    rp_buffer_reserve(&c->values, 2 * values) != RP_OK)
		return RP_ERR_NOMEM;
	if (offsets == 0)
		return RP_OK;
	if (ends > c->offsets.cap &&
	    rp_buffer_reserve(&c->offsets, 2 * ends) != RP_OK)
		return RP_ERR_NOMEM;
	return c->offsets.len > 0
	    ? RP_OK
	    : rp_buffer_add(&c->offsets, &start, sizeof(start));
}

static enum rp_status
put_numbers(struct rp_block *b, struct rp_column *c)
{
	struct rp_texts *t = &c->work->texts;
	uint32_t *numbers = (uint32_t *)(void *)t->numbers.data, *out;
	enum rp_status st;
	const char *text;
	size_t len;

	if (rp_column_room(c, b->n * sizeof(*out), 0) != RP_OK)
		return RP_ERR_NOMEM;
	out = rp_column_end(c);
	for (size_t i = 0; i < b->n; i++) {
		const uint32_t id = b->ids[i];

		out[i] = 0;
		if (id == RP_TEXTS_NONE) {
			rp_block_absent(b, i);
			continue;
		}
		if (numbers[id] == RP_TEXTS_NONE) {
			text = text_of(t, id, &len);
			st = rp_dictionary_enter(
			    c->dictionary, text, len, &numbers[id]);
			if (st == RP_ERR_LIMIT)
				return rp_block_misfit(
				    b, c, i, "more than 2 GiB of names");
			if (st != RP_OK)
				return st;
		}
		out[i] = numbers[id];
	}
	c->values.len += b->n * sizeof(*out);
	return RP_OK;
}

/* Offsets are of 32 bits: so much that a column has room for n more bytes. */
static bool
has_room(const struct rp_column *c, size_t n)
{
	return n <= INT32_MAX - c->values.len;
}

static enum rp_status
too_long(struct rp_block *b, struct rp_column *c, size_t i)
{
	return rp_block_misfit(
	    b, c, i, "more than 2 GiB in one batch: make batches smaller");
}

static enum rp_status
put_texts(struct rp_block *b, struct rp_column *c)
{
	const struct rp_texts *t = &c->work->texts;
	const size_t room =
	    t->longest > RP_SPAN_TEXT ? t->longest : RP_SPAN_TEXT + 1;
	const char *text;
	int32_t *offset;
	uint8_t *p;
	size_t len;

	if (!has_room(c, room * b->n))
		return too_long(b, c, 0);
	if (rp_column_room(c, room * b->n, b->n) != RP_OK)
		return RP_ERR_NOMEM;
	p = rp_column_end(c);
	offset = (int32_t *)(void *)(c->offsets.data + c->offsets.len);
	for (size_t i = 0; i < b->n; i++) {
		const uint32_t id = b->ids[i];

		if (id == RP_TEXTS_NONE) {
			rp_block_absent(b, i);
		} else if (span_of(t, id)->len <= RP_SPAN_TEXT) {
			memcpy(p, span_of(t, id), RP_SPAN_TEXT + 1);
			p += span_of(t, id)->len;
		} else {
			text = text_of(t, id, &len);
			memcpy(p, text, len);
			p += len;
		}
		offset[i] = (int32_t)(p - c->values.data);
	}
	c->values.len = (size_t)(p - c->values.data);
	c->offsets.len += b->n * sizeof(*offset);
	return RP_OK;
}

/* ---- texts of records ---- */

static enum rp_status
put_ids(struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	int32_t *offset;
	char *p;

	if (!has_room(c, RP_TEXT_ROOM * b->n))
		return too_long(b, c, 0);
	if (rp_column_room(c, b->n * RP_WIDE_ROOM, b->n) != RP_OK)
		return RP_ERR_NOMEM;
	p = rp_column_end(c);
	offset = (int32_t *)(void *)(c->offsets.data + c->offsets.len);
	for (size_t i = 0; i < b->n; i++) {
		const uint8_t *payload = b->recs[i]->payload;
		const uint64_t hi = rp_le64(payload + field->off);
		const uint64_t lo = rp_le64(payload + field->off + 8);
		const unsigned form =
		    rp_le16(payload + RP_EV_TFLAGS) >> RP_ID_FORM_SHIFT;

		if (form != RP_ID_NUMBER || hi != 0)
			p += rp_text_id(p, hi, lo, (uint8_t)form);
		else if (lo != 0 || !field->optional)
			p = rp_put_u64(p, lo);
		else
			rp_block_absent(b, i);
		offset[i] = (int32_t)((uint8_t *)p - c->values.data);
	}
	c->values.len = (size_t)((uint8_t *)p - c->values.data);
	c->offsets.len += b->n * sizeof(*offset);
	return RP_OK;
}

static bool
is_utf8(const char *text, size_t len)
{
	uint32_t code;
	size_t n;

	for (; len > 0; text += n, len -= n)
		if ((n = rp_utf8_decode(text, len, &code)) == 0)
			return false;
	return true;
}

/* Whatever has no faster way. */
static enum rp_status
put_text(struct rp_block *b, struct rp_column *c, size_t i,
    const struct rp_value *v, const struct rp_field *field)
{
	struct rp_text_style style = { .digits = RP_DIGITS_KEEP };
	size_t len = v->kind == RP_VALUE_TEXT ? v->len : RP_TEXT_ROOM;
	int32_t end;

	if (!has_room(c, len))
		return too_long(b, c, i);
	if (c->kind == RP_COLUMN_TEXT && v->kind == RP_VALUE_TEXT &&
	    !is_utf8(v->text, v->len))
		return rp_block_misfit(b, c, i, "the text is not UTF-8");
	if (rp_column_room(c, len, 1) != RP_OK)
		return RP_ERR_NOMEM;
	if (v->kind == RP_VALUE_ABSENT)
		rp_block_absent(b, i);
	else if (v->kind != RP_VALUE_TEXT)
		c->values.len +=
		    rp_text_format(rp_column_end(c), field, v, &style);
	else if (len > 0) {
		memcpy(rp_column_end(c), v->text, len);
		c->values.len += len;
	}
	end = (int32_t)c->values.len;
	return rp_buffer_add(&c->offsets, &end, sizeof(end));
}

static enum rp_status
put_each(struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	enum rp_status st = RP_OK;
	struct rp_value v;

	for (size_t i = 0; st == RP_OK && i < b->n; i++) {
		v.kind = RP_VALUE_ABSENT;
		if (field->name != NULL)
			rp_field_get(field, b->f, b->recs[i], &v);
		st = put_text(b, c, i, &v, field);
	}
	return st;
}

static bool
is_word(const struct rp_field *field)
{
	switch (field->kind) {
	case RP_KIND_TYPE:
	case RP_KIND_RECORD_FLAGS:
	case RP_KIND_ENUM:
	case RP_KIND_CHAR:
	case RP_KIND_FLAGS:
		return true;
	default:
		return false;
	}
}

enum rp_status
rp_gather_texts(
    struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	struct rp_texts *t = &c->work->texts;
	enum rp_status st = RP_OK;

	if (field->name == NULL)
		memset(b->ids, 0xff, sizeof(b->ids));
	else if (field->kind == RP_KIND_SYMBOL ||
	    field->kind == RP_KIND_SOURCE) {
		if (b->new_names)
			st = take_names(t, b->f);
		number_names(b, t, field);
	} else if (is_word(field))
		st = number_words(b, t, field);
	else if (field->kind == RP_KIND_ID && rp_block_reaches(b, field))
		return put_ids(b, c, field);
	else
		return put_each(b, c, field);
	if (st != RP_OK)
		return st;
	return c->kind == RP_COLUMN_DICTIONARY ? put_numbers(b, c)
					       : put_texts(b, c);
}
