/* Records of another length, another type, other exponents. */
#include <string.h>

#include "base/bytes.h"
#include "expr/assign_work.h"
#include "types/text.h"

/* ---- length ---- */

/* What is new of the payload, from byte `from` on, holds nothing. */
static void
make_absent(struct rp_record *rec, uint32_t from)
{
	const struct rp_type *t = rp_type_by_id(rec->type);
	struct rp_error err = { 0 };
	size_t i;

	memset(rec->payload + from, 0, rec->len - from);
	for (i = 0; t != NULL && i < t->n_fields; i++)
		if (t->fields[i].off >= from && t->fields[i].size != 0 &&
		    (uint32_t)t->fields[i].off + t->fields[i].size <= rec->len)
			(void)!rp_text_read(&t->fields[i], rec, NULL, 0, &err);
}

/* A row at the end of the rows, with a copy of record i. */
static enum rp_status
move_row(struct rp_assign *a, uint32_t i, uint32_t len)
{
	size_t at = a->rows.len,
	       size = sizeof(struct rp_record) + rp_align8(len);
	const struct rp_record *old;
	enum rp_status st;

	if (at + size > UINT32_MAX)
		return RP_ERR_NOMEM;
	/* many may move: room doubles */
	if (at + size > a->rows.cap &&
	    (st = rp_buffer_reserve(&a->rows, 2 * (at + size))) != RP_OK)
		return st;
	old = assign_row(a, i);
	memcpy(a->rows.data + at, old,
	    sizeof(*old) + (old->len < len ? old->len : len));
	a->rows.len = at + size;
	((uint32_t *)a->at.data)[i] = (uint32_t)at;
	return RP_OK;
}

enum rp_status
rp_assign_resize(struct rp_assign *a, uint32_t i, uint32_t len)
{
	struct rp_record *rec = assign_row(a, i);
	uint32_t old = rec->len;
	enum rp_status st;

	a->intact = false;
	if (len > old && (st = move_row(a, i, len)) != RP_OK)
		return st;
	rec = assign_row(a, i);
	rec->len = len;
	if (len > old)
		make_absent(rec, old);
	else
		memset(rec->payload + len, 0, rp_align8(len) - len);
	return RP_OK;
}

/* ---- type ---- */

/* The words that both fields have mean the same. */
static void
copy_words(const struct rp_field *from, const struct rp_field *to,
    const uint8_t *in, uint8_t *out)
{
	uint32_t value = 0, made = 0, word;
	size_t i;

	memcpy(&value, in, from->size);
	for (i = 0; i < to->n_words; i++) {
		const struct rp_word *w = &to->words[i];

		if (!rp_field_word(from, w->word, strlen(w->word), &word))
			continue;
		if (to->kind == RP_KIND_FLAGS && (value & word) == word)
			made |= w->value;
		else if (to->kind == RP_KIND_ENUM && value == word)
			made = w->value;
	}
	memcpy(out, &made, to->size);
}

/* The field of a record of another type that a field is made of. */
static bool
source_of(const struct rp_field *to, const struct rp_type *from,
    const struct rp_record *in, struct rp_field *f)
{
	return rp_type_field(from, to->name, strlen(to->name), f) &&
	    f->kind == to->kind && f->size == to->size && f->size != 0 &&
	    in->len >= (uint32_t)f->off + f->size;
}

/* Bytes of a payload that takes all fields of a record. */
static uint32_t
converted_len(const struct rp_type *from, const struct rp_type *to,
    const struct rp_record *in)
{
	uint32_t len = to->len, end;
	struct rp_field f;
	size_t i;

	for (i = 0; i < to->n_fields; i++) {
		end = (uint32_t)to->fields[i].off + to->fields[i].size;
		if (end > len && source_of(&to->fields[i], from, in, &f))
			len = end;
	}
	return len;
}

static void
copy_field(const struct rp_type *from, const struct rp_record *in,
    const struct rp_field *to, struct rp_record *out)
{
	struct rp_field f;

	if (!source_of(to, from, in, &f))
		return;
	if (f.n_words != 0)
		copy_words(&f, to, in->payload + f.off, out->payload + to->off);
	else
		memcpy(out->payload + to->off, in->payload + f.off, f.size);
}

/* Fields that both types have by name, and nothing else. */
static enum rp_status
convert_fields(struct rp_assign *a, uint32_t i, const struct rp_type *from,
    const struct rp_type *to)
{
	uint32_t before = ((const uint32_t *)a->at.data)[i];
	uint32_t len = converted_len(from, to, assign_row(a, i));
	const struct rp_record *in;
	struct rp_record *out;
	enum rp_status st;
	size_t k;

	if ((st = move_row(a, i, len)) != RP_OK)
		return st;
	in = (const struct rp_record *)(a->rows.data + before);
	out = assign_row(a, i);
	out->type = to->id;
	out->len = len;
	make_absent(out, 0);
	for (k = 0; k < to->n_fields; k++)
		copy_field(from, in, &to->fields[k], out);
	return RP_OK;
}

/* Types of a fixed layout, which fields alone make. */
static bool
is_made_of_fields(const struct rp_type *t)
{
	return t->id <= RP_IMBALANCE && t->id != RP_BOOK && t->id != RP_FEATURE;
}

enum rp_status
rp_assign_convert(
    struct rp_assign *a, uint32_t i, uint16_t id, const char **why)
{
	struct rp_record *rec = assign_row(a, i);
	const struct rp_type *from = rp_type_by_id(rec->type);
	const struct rp_type *to = rp_type_by_id(id);

	a->intact = false;
	if (from != NULL && to != NULL && from != to) {
		if (is_made_of_fields(to))
			return convert_fields(a, i, from, to);
		*why = "no record of another type can become that";
		return RP_ERR_LIMIT;
	}
	*why = rp_record_fault(to, rec);
	if (*why != NULL)
		return RP_ERR_LIMIT;
	rec->type = id;
	return RP_OK;
}

/* ---- exponents ---- */

static enum rp_status
rescale_at(uint8_t *p, int from, int to, const char **why)
{
	rp_wide m = (int64_t)rp_le64(p);
	enum rp_status st;

	if (m == RP_ABSENT)
		return RP_OK;
	if ((st = rp_assign_scale(&m, from, to, why)) != RP_OK)
		return st;
	if (m > INT64_MAX || m <= INT64_MIN) {
		*why = "the value is out of range";
		return RP_ERR_LIMIT;
	}
	rp_put64(p, (uint64_t)m);
	return RP_OK;
}

static enum rp_status
rescale_turnover(uint8_t *p, int from, int to, const char **why)
{
	const rp_wide none = (rp_wide)((unsigned __int128)1 << 127);
	enum rp_status st;
	rp_wide m;

	memcpy(&m, p, sizeof(m));
	if (m == none)
		return RP_OK;
	if ((st = rp_assign_scale(&m, from, to, why)) == RP_OK)
		memcpy(p, &m, sizeof(m));
	return st;
}

static enum rp_status
rescale_levels(
    struct rp_record *rec, bool of_prices, int from, int to, const char **why)
{
	size_t off = of_prices ? 0 : offsetof(struct rp_book_level, size);
	enum rp_status st = RP_OK;
	const uint8_t *level;
	uint32_t side, i;

	for (side = RP_SIDE_BID; side <= RP_SIDE_ASK; side++)
		for (i = 0; st == RP_OK &&
		     (level = rp_book_level(rec, (uint8_t)side, i)) != NULL;
		     i++)
			st = rescale_at(
			    rec->payload + (level - rec->payload) + off, from,
			    to, why);
	return st;
}

enum rp_status
rp_assign_rescale(
    struct rp_record *rec, bool of_prices, int exp, const char **why)
{
	const enum rp_kind kind = of_prices ? RP_KIND_PRICE : RP_KIND_SIZE;
	const struct rp_type *t = rp_type_by_id(rec->type);
	uint8_t *own = &rec->payload[of_prices ? RP_EV_PX_EXP : RP_EV_QTY_EXP];
	int from = (int8_t)*own;
	enum rp_status st = RP_OK;
	size_t i;

	if (exp < RP_EXP_MIN || exp > RP_EXP_MAX || from < RP_EXP_MIN ||
	    from > RP_EXP_MAX) {
		*why = "an exponent is from -18 to 18";
		return RP_ERR_LIMIT;
	}
	for (i = 0; st == RP_OK && i < t->n_fields; i++) {
		const struct rp_field *f = &t->fields[i];
		uint8_t *p = rec->payload + f->off;

		if (rec->len < (uint32_t)f->off + f->size)
			continue;
		if (f->kind == kind)
			st = rescale_at(p, from, exp, why);
		else if (f->kind == RP_KIND_TURNOVER)
			st = rescale_turnover(p, from, exp, why);
	}
	if (st == RP_OK && t->id == RP_BOOK)
		st = rescale_levels(rec, of_prices, from, exp, why);
	if (st == RP_OK)
		*own = (uint8_t)exp;
	return st;
}
