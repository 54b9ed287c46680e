/* Gathering of words, names and other texts. */
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
	for (size_t i = 0; i < RP_TEXTS_CACHE; i++)
		t->ids[i] = RP_TEXTS_FREE;
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

/* Mostly all records of a block have one symbol, and always one source. */
static bool
have_one(const struct rp_block *b, size_t off, uint32_t id)
{
	const struct rp_record *const *recs = b->recs;
	const size_t n = b->n;

	for (size_t i = 1; i < n; i++)
		if (rp_le32((const uint8_t *)recs[i] + off) != id)
			return false;
	return true;
}

static void
number_names(
    struct rp_block *b, const struct rp_texts *t, const struct rp_field *field)
{
	const size_t n = b->n, off = rp_block_offset(field);
	const struct rp_record *const *recs = b->recs;
	uint32_t *ids = b->ids;

	ids[0] = rp_le32((const uint8_t *)recs[0] + off);
	b->one_id = ids[0] < t->n && have_one(b, off, ids[0]);
	for (size_t i = 0; !b->one_id && i < n; i++) {
		ids[i] = rp_le32((const uint8_t *)recs[i] + off);
		if (ids[i] >= t->n) {
			ids[i] = RP_TEXTS_NONE;
			b->some_none = true;
		}
	}
}

static size_t
word_text(char *text, const struct rp_field *field, uint32_t value)
{
	char number[8];
	const char *name;

	switch (field->kind) {
	case RP_KIND_TYPE:
		name = rp_type_name((uint16_t)value, number);
		memcpy(text, name, strlen(name));
		return strlen(name);
	case RP_KIND_CHAR:
		return rp_text_char(text, (uint8_t)value);
	case RP_KIND_ENUM:
		return rp_text_word(text, field, value);
	default:
		return rp_text_flags(text, field, value);
	}
}

static uint32_t
place(uint32_t value, size_t size)
{
	return size == 1 ? value : value * 2654435761u >> 24;
}

/* Of two values with one place the later one is made anew, and found by its
 * text if it matters. */
static enum rp_status
number_word(struct rp_texts *t, const struct rp_field *field, uint32_t value,
    uint32_t *id)
{
	const uint32_t k = place(value, field->size);
	char text[RP_TEXT_ROOM];

	*id = RP_TEXTS_NONE;
	if (value == 0 && field->kind == RP_KIND_CHAR)
		return RP_OK;
	if (t->ids[k] == RP_TEXTS_FREE || t->values[k] != value) {
		if (add(t, text, word_text(text, field, value)) != RP_OK)
			return RP_ERR_NOMEM;
		t->values[k] = value;
		t->ids[k] = t->n - 1;
	}
	*id = t->ids[k];
	return RP_OK;
}

static inline uint32_t
word_at(const uint8_t *p, size_t size)
{
	return size == 1 ? *p : size == 2 ? rp_le16(p) : rp_le32(p);
}

/* Number the words that are known already; false: some are not. */
static inline bool
find_words(
    struct rp_block *b, const struct rp_texts *t, size_t off, const size_t size)
{
	const struct rp_record *const *recs = b->recs;
	const size_t n = b->n;
	uint32_t *ids = b->ids, missed = 0, most = 0, least = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *rec = (const uint8_t *)recs[i];
		const uint32_t value = word_at(rec + off, size);
		const uint32_t k = place(value, size), id = t->ids[k];

		ids[i] = id;
		most = id > most ? id : most;
		least = id < least ? id : least;
		if (size > 1) /* else it is the place itself */
			missed |= t->values[k] ^ value;
	}
	if (missed != 0 || most == RP_TEXTS_FREE)
		return false;
	b->one_id = most == least;
	return true;
}

static bool
all_words_known(struct rp_block *b, const struct rp_texts *t,
    const struct rp_field *field, size_t off)
{
	switch (field->size) {
	case 1:
		return find_words(b, t, off, 1);
	case 2:
		return find_words(b, t, off, 2);
	default:
		return find_words(b, t, off, 4);
	}
}

static enum rp_status
number_words(
    struct rp_block *b, struct rp_texts *t, const struct rp_field *field)
{
	const size_t off = rp_block_offset(field);
	const size_t end = off + field->size;
	const bool may_lack =
	    off >= sizeof(struct rp_record) && !rp_block_reaches(b, field);
	enum rp_status st = RP_OK;

	/* one column may have other words in records of another type */
	if (t->field != field || t->n + b->n > RP_TEXTS_MAX) {
		clear(t);
		t->field = field;
	} else if (!may_lack && all_words_known(b, t, field, off))
		return RP_OK;
	for (size_t i = 0; st == RP_OK && i < b->n; i++) {
		const struct rp_record *rec = b->recs[i];
		const uint8_t *p = (const uint8_t *)rec + off;

		b->ids[i] = RP_TEXTS_NONE;
		if (!may_lack || sizeof(*rec) + rec->len >= end)
			st = number_word(
			    t, field, word_at(p, field->size), &b->ids[i]);
		b->some_none |= b->ids[i] == RP_TEXTS_NONE;
	}
	return st;
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

/* The text of record i is new to the dictionary, or seems to be. */
static enum rp_status
enter(struct rp_block *b, struct rp_column *c, size_t i, uint32_t *number)
{
	size_t len;
	const char *text = text_of(&c->work->texts, b->ids[i], &len);
	enum rp_status st =
	    rp_dictionary_enter(c->dictionary, text, len, number);

	return st == RP_ERR_LIMIT
	    ? rp_block_misfit(b, c, i, "more than 2 GiB of names")
	    : st;
}

static enum rp_status
put_numbers(struct rp_block *b, struct rp_column *c)
{
	uint32_t *numbers = (uint32_t *)(void *)c->work->texts.numbers.data;
	const size_t n = b->n, distinct = b->one_id ? 1 : n;
	enum rp_status st = RP_OK;
	uint32_t *out;

	if (rp_column_room(c, n * sizeof(*out), 0) != RP_OK)
		return RP_ERR_NOMEM;
	out = rp_column_end(c);
	for (size_t i = 0; st == RP_OK && i < distinct; i++) {
		const uint32_t id = b->ids[i];

		if (id == RP_TEXTS_NONE) {
			out[i] = 0;
			rp_block_absent(b, i);
			continue;
		}
		if (numbers[id] == RP_TEXTS_NONE)
			st = enter(b, c, i, &numbers[id]);
		out[i] = numbers[id];
	}
	for (size_t i = distinct; i < n; i++)
		out[i] = out[0];
	c->values.len += n * sizeof(*out);
	return st;
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

/* One text again and again, in twice as long pieces each time. */
static uint8_t *
repeat(uint8_t *p, const char *text, size_t len, size_t n)
{
	uint8_t *const end = p + len * n;
	size_t done = len;

	memcpy(p, text, len);
	for (; done < (size_t)(end - p); done *= 2)
		memcpy(p + done, p,
		    done < (size_t)(end - p) - done ? done
						    : (size_t)(end - p) - done);
	return end;
}

/* A text that all have: mostly a symbol or source. */
static uint8_t *
put_same(const struct rp_block *b, const struct rp_texts *t, uint8_t *p,
    const uint8_t *start, int32_t *offset)
{
	size_t len;
	const char *text = text_of(t, b->ids[0], &len);
	const int32_t n = (int32_t)b->n, step = (int32_t)len;
	const int32_t at = (int32_t)(p - start) + step;

	for (int32_t i = 0; i < n; i++)
		offset[i] = at + i * step;
	return len == 0 ? p : repeat(p, text, len, b->n);
}

/* Short texts, none of them absent: room bytes each, of which the next covers
 * what is too much. */
static inline uint8_t *
put_short(const struct rp_block *b, const struct rp_texts *t, uint8_t *p,
    const uint8_t *start, int32_t *offset, const size_t room)
{
	const struct rp_text_span *spans = span_of(t, 0);
	const size_t n = b->n;

	for (size_t i = 0; i < n; i++) {
		const struct rp_text_span *span = &spans[b->ids[i]];

		memcpy(p, span, room);
		p += span->len;
		offset[i] = (int32_t)(p - start);
	}
	return p;
}

static uint8_t *
put_any(struct rp_block *b, const struct rp_texts *t, uint8_t *p,
    const uint8_t *start, int32_t *offset)
{
	const char *text;
	size_t len;

	for (size_t i = 0; i < b->n; i++) {
		if (b->ids[i] == RP_TEXTS_NONE) {
			rp_block_absent(b, i);
		} else if (span_of(t, b->ids[i])->len <= RP_SPAN_TEXT) {
			memcpy(p, span_of(t, b->ids[i]), RP_SPAN_TEXT + 1);
			p += span_of(t, b->ids[i])->len;
		} else {
			text = text_of(t, b->ids[i], &len);
			memcpy(p, text, len);
			p += len;
		}
		offset[i] = (int32_t)(p - start);
	}
	return p;
}

static enum rp_status
put_texts(struct rp_block *b, struct rp_column *c)
{
	const struct rp_texts *t = &c->work->texts;
	const bool is_short = t->longest <= RP_SPAN_TEXT && !b->some_none;
	const size_t room =
	    t->longest > RP_SPAN_TEXT ? t->longest : RP_SPAN_TEXT + 1;
	const uint8_t *start;
	int32_t *offset;
	uint8_t *p;

	if (!has_room(c, room * b->n))
		return too_long(b, c, 0);
	if (rp_column_room(c, room * b->n, b->n) != RP_OK)
		return RP_ERR_NOMEM;
	start = c->values.data;
	p = rp_column_end(c);
	offset = (int32_t *)(void *)(c->offsets.data + c->offsets.len);
	if (b->one_id)
		p = put_same(b, t, p, start, offset);
	else if (t->longest <= 8 && !b->some_none)
		p = put_short(b, t, p, start, offset, 8);
	else if (is_short)
		p = put_short(b, t, p, start, offset, RP_SPAN_TEXT + 1);
	else
		p = put_any(b, t, p, start, offset);
	c->values.len = (size_t)(p - start);
	c->offsets.len += b->n * sizeof(*offset);
	return RP_OK;
}

/* ---- texts of records ---- */

#define ID_HEAD 16 /* digits before the last eight, and more */

/* Identifiers of one day begin alike: those digits are kept. */
static inline char *
put_id_number(struct rp_id_head *h, uint64_t v, char *p)
{
	const uint64_t rest = v - h->base;

	if (v < RP_E8)
		return rp_put_u64(p, v);
	if (rest >= RP_E8 || h->base == 0) {
		h->base = v - v % RP_E8;
		h->len = (size_t)(rp_put_u64(h->text, v / RP_E8) - h->text);
		memcpy(p, h->text, ID_HEAD);
		return rp_put_last(
		    p + h->len, rp_digits8((uint32_t)(v % RP_E8)), 8);
	}
	memcpy(p, h->text, ID_HEAD);
	return rp_put_last(p + h->len, rp_digits8((uint32_t)rest), 8);
}

static enum rp_status
put_ids(struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	const size_t n = b->n;
	int32_t *offset;
	char *p;

	if (!has_room(c, RP_TEXT_ROOM * b->n))
		return too_long(b, c, 0);
	if (rp_column_room(c, b->n * RP_WIDE_ROOM, b->n) != RP_OK)
		return RP_ERR_NOMEM;
	p = rp_column_end(c);
	offset = (int32_t *)(void *)(c->offsets.data + c->offsets.len);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *payload = b->recs[i]->payload;
		const uint64_t hi = rp_le64(payload + field->off);
		const uint64_t lo = rp_le64(payload + field->off + 8);
		const unsigned form =
		    rp_le16(payload + RP_EV_TFLAGS) >> RP_ID_FORM_SHIFT;

		if (form != RP_ID_NUMBER || hi != 0)
			p += rp_text_id(p, hi, lo, (uint8_t)form);
		else if (lo != 0 || !field->optional)
			p = put_id_number(&c->work->id, lo, p);
		else
			rp_block_absent(b, i);
		offset[i] = (int32_t)((uint8_t *)p - c->values.data);
	}
	c->values.len = (size_t)((uint8_t *)p - c->values.data);
	c->offsets.len += b->n * sizeof(*offset);
	return RP_OK;
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
	    rp_utf8_span(v->text, v->len) < v->len)
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

	b->some_none = field->name == NULL;
	b->one_id = false;
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
