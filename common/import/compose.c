#include "import/compose.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "types/text.h"
#include "wire/directory.h"

bool
rp_compose_knows(const struct rp_compose *c, const struct rp_json_member *m,
    size_t n, bool same_keys)
{
	char buf[8];
	const char *name = rp_type_name(c->type, buf);

	return c->known && same_keys && n > c->type_at &&
	    m[c->type_at].text != NULL && m[c->type_at].len == strlen(name) &&
	    memcmp(m[c->type_at].text, name, m[c->type_at].len) == 0;
}

static bool
is_level(const struct rp_slot *slot)
{
	return slot->field.kind >= RP_KIND_LEVEL_PX &&
	    slot->field.kind <= RP_KIND_LEVEL_CT;
}

/* The length of a sparse record, and how many levels its book has. If it is
 * told, only what its fields take of it. */
static uint64_t
sparse_len(struct rp_compose *c)
{
	uint64_t len = c->told && c->type != RP_BOOK ? 0 : c->len, end;

	if (c->n_level_fields > 0)
		c->levels[0] = c->levels[1] = 0;
	for (size_t i = 0; i < c->n; i++) {
		const struct rp_slot *slot = &c->slots[i];
		const struct rp_field *f = &slot->field;
		uint32_t *levels = &c->levels[f->side == RP_SIDE_ASK];

		if (c->m[i].text == NULL || slot->role < RP_ROLE_EARLY ||
		    f->kind == RP_KIND_BYTES || f->kind == RP_KIND_TEXT)
			continue;
		end = (uint64_t)f->off + f->size;
		if (!c->told)
			end = rp_align8(end);
		if (is_level(slot) && f->index >= *levels)
			*levels = f->index + 1u;
		else if (!is_level(slot) && end > len)
			len = end;
	}
	return len;
}

/* Is the length that is told one that the record can have? */
static const char *
check_told(const struct rp_compose *c, uint64_t taken)
{
	const uint32_t head = c->len < RP_EV_HEAD ? c->len : RP_EV_HEAD;

	if (c->told_len < taken)
		return "the payload is shorter than its fields";
	if (c->t != NULL && (c->told_len < c->t->min_len || c->told_len < head))
		return "the payload is too short";
	return NULL;
}

/* Bytes of the payload, or what is wrong with it. */
static const char *
payload_len(struct rp_compose *c, uint64_t *len)
{
	const char *why;

	*len = c->sparse ? sparse_len(c) : c->len;
	for (size_t i = 0; i < c->n; i++) {
		const struct rp_json_member *m = &c->m[i];
		const struct rp_slot *slot = &c->slots[i];

		if (slot->field.kind == RP_KIND_TEXT && m->text != NULL)
			*len = slot->field.off + (uint64_t)m->len;
		if (slot->field.kind != RP_KIND_BYTES ||
		    (m->text == NULL && c->sparse))
			continue;
		if (m->text == NULL || m->len % 2 != 0)
			return "bytes are pairs of hex digits";
		if (slot->role == RP_ROLE_LATE)
			*len = slot->field.off;
		*len += m->len / 2;
	}
	if (c->type == RP_BOOK && !c->raw)
		*len += ((uint64_t)c->levels[0] + c->levels[1]) *
		    sizeof(struct rp_book_level);
	if (c->told) {
		if ((why = check_told(c, *len)) != NULL)
			return why;
		*len = c->told_len;
	}
	return sizeof(struct rp_record) + *len > RP_MAX_RAW_JUMBO
	    ? "the record is too large"
	    : NULL;
}

/* A record of len payload bytes, blank but for its type. */
static struct rp_record *
make_record(struct rp_compose *c, uint32_t len)
{
	size_t size = sizeof(struct rp_record) + rp_align8(len);
	uint32_t n = len < c->reach ? len : c->reach;
	struct rp_record *rec;
	uint8_t *p;

	if (rp_buffer_reserve(&c->record, size) != RP_OK)
		return NULL;
	rec = (struct rp_record *)(void *)c->record.data;
	memcpy(rec, c->blank.data, sizeof(*rec) + n);
	memset(rec->payload + n, 0, rp_align8(len) - n);
	rec->len = len;
	if (c->type != RP_BOOK || c->raw)
		return rec;
	rp_put32(rec->payload + offsetof(struct rp_book, n_bid), c->levels[0]);
	rp_put32(rec->payload + offsetof(struct rp_book, n_ask), c->levels[1]);
	p = rec->payload + sizeof(struct rp_book);
	for (uint32_t i = 0; i < c->levels[0] + c->levels[1]; i++, p += 24) {
		rp_put64(p, (uint64_t)RP_ABSENT);
		rp_put64(p + 8, (uint64_t)RP_ABSENT);
	}
	return rec;
}

/* The finest exponent of a record's prices or sizes. */
static int8_t
finest(const struct rp_compose *c, enum rp_role role)
{
	const struct rp_json_member *m = c->m;
	struct rp_decimal d;
	int8_t exp = 0;

	for (size_t i = 0; i < c->n; i++, m++)
		if (c->slots[i].role == role && m->text != NULL &&
		    rp_decimal_parse(m->text, m->len, &d) == RP_OK &&
		    d.exp < exp)
			exp = d.exp;
	return exp;
}

/* A turnover may have more digits than its record's price and size together: a
 * sum of products has those of the finest. Prices get what is missing. */
static int8_t
finest_price(const struct rp_compose *c, int8_t exp, int8_t qty_exp)
{
	const struct rp_json_member *m = c->m;
	int e;
	rp_wide v;

	for (size_t i = 0; i < c->n; i++, m++)
		if (c->slots[i].field.kind == RP_KIND_TURNOVER &&
		    m->text != NULL &&
		    rp_wide_parse(m->text, m->len, &v, &e) == RP_OK &&
		    e < exp + qty_exp && e - qty_exp >= RP_EXP_MIN)
			exp = (int8_t)(e - qty_exp);
	return exp;
}

static enum rp_status
read_pass(const struct rp_compose *c, struct rp_record *rec, enum rp_role from,
    enum rp_role to, struct rp_error *err)
{
	const struct rp_json_member *m = c->m;
	const struct rp_slot *slot = c->slots;
	enum rp_status st;

	for (size_t i = 0; i < c->n; i++, m++, slot++) {
		if (slot->role < from || slot->role > to ||
		    (m->text == NULL && c->sparse) ||
		    (slot->field.kind == RP_KIND_ID && c->own_ids))
			continue;
		st = rp_text_read(&slot->field, rec, m->text, m->len, err);
		if (st != RP_OK)
			return st;
	}
	return RP_OK;
}

/* raw and tail, which read_pass leaves out: the payload ends with them. */
static bool
read_bytes(const struct rp_compose *c, struct rp_record *rec)
{
	uint8_t *end = rec->payload + rec->len;

	for (size_t i = 0; i < c->n; i++)
		if (c->slots[i].role >= RP_ROLE_RAW && c->m[i].text != NULL &&
		    !rp_text_read_hex(
			c->m[i].text, c->m[i].len, end - c->m[i].len / 2))
			return false;
	return true;
}

/* Where no tflags say the form of identifiers, that of the first text that is
 * one holds for all. A hash is made here: it cannot be read from its text. */
static enum rp_status
read_ids(
    const struct rp_compose *c, struct rp_record *rec, struct rp_error *err)
{
	const struct rp_json_member *m = c->m;
	const struct rp_slot *slot = c->slots;
	uint8_t *tflags = rec->payload + RP_EV_TFLAGS;
	enum rp_id_form form, first = RP_ID_NUMBER;
	bool any = false;
	uint64_t hi, lo;

	for (size_t i = 0; i < c->n; i++, m++, slot++) {
		if (slot->field.kind != RP_KIND_ID || m->text == NULL ||
		    m->len == 0)
			continue;
		form = rp_text_take_id(m->text, m->len, &hi, &lo);
		if (any && form != first)
			return rp_error_set(err, RP_ERR_USAGE,
			    "%s: '%.*s' is not of the form of the identifier "
			    "before",
			    slot->field.name, m->len < 60 ? (int)m->len : 60,
			    m->text);
		any = true;
		first = form;
		rp_put64(rec->payload + slot->field.off, hi);
		rp_put64(rec->payload + slot->field.off + 8, lo);
	}
	rp_put16(tflags,
	    (uint16_t)(rp_le16(tflags) | (unsigned)first << RP_ID_FORM_SHIFT));
	return RP_OK;
}

/* What a book says of itself must be what it is. */
static bool
good_book(const struct rp_compose *c, const struct rp_record *rec)
{
	struct rp_book b;

	if (c->type != RP_BOOK || c->raw)
		return true;
	memcpy(&b, rec->payload, sizeof(b));
	return b.n_bid == c->levels[0] && b.n_ask == c->levels[1] &&
	    b.level_size == sizeof(struct rp_book_level);
}

static enum rp_status
read_payload(
    const struct rp_compose *c, struct rp_record *rec, struct rp_error *err)
{
	enum rp_status st;

	st = read_pass(c, rec, RP_ROLE_HEADER, RP_ROLE_EARLY, err);
	if (st != RP_OK)
		return st;
	if (c->raw || c->tail) {
		if (!read_bytes(c, rec))
			return rp_error_set(
			    err, RP_ERR_USAGE, "bytes are pairs of hex digits");
	}
	if (!good_book(c, rec))
		return rp_error_set(err, RP_ERR_USAGE,
		    "n_bid, n_ask and level_size are not those of its levels");
	if (c->t == NULL || c->raw || c->len < RP_EV_HEAD)
		return read_pass(c, rec, RP_ROLE_PRICE, RP_ROLE_LATE, err);
	if (!c->has_qty_exp)
		rec->payload[RP_EV_QTY_EXP] = (uint8_t)finest(c, RP_ROLE_SIZE);
	if (!c->has_px_exp)
		rec->payload[RP_EV_PX_EXP] =
		    (uint8_t)finest_price(c, finest(c, RP_ROLE_PRICE),
			(int8_t)rec->payload[RP_EV_QTY_EXP]);
	if (c->own_ids && (st = read_ids(c, rec, err)) != RP_OK)
		return st;
	return read_pass(c, rec, RP_ROLE_PRICE, RP_ROLE_LATE, err);
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
find_labels(struct rp_compose *c, struct rp_error *err)
{
	const struct rp_json_member *m = c->m;
	enum rp_status st = RP_OK;

	c->symbol = c->source = NULL;
	for (size_t i = 0; st == RP_OK && i < c->n; i++, m++)
		if (c->slots[i].role == RP_ROLE_SYMBOL)
			st = find_label(c->symbols, m, &c->symbol, err);
		else if (c->slots[i].role == RP_ROLE_SOURCE)
			st = find_label(c->sources, m, &c->source, err);
	return st;
}

enum rp_status
rp_compose_record(struct rp_compose *c, const struct rp_json_member *m,
    size_t n, struct rp_record **rec, struct rp_error *err)
{
	enum rp_status st = RP_OK;
	const char *why;
	uint64_t size;

	c->m = m;
	c->n = n;
	if ((why = payload_len(c, &size)) != NULL)
		return rp_error_set(err, RP_ERR_LIMIT, "%s", why);
	c->schema = NULL;
	if (c->by_schema && (st = rp_compose_schema(c, &size, err)) != RP_OK)
		return st;
	if ((*rec = make_record(c, (uint32_t)size)) == NULL)
		return RP_ERR_NOMEM;
	if ((st = read_payload(c, *rec, err)) != RP_OK ||
	    (c->by_schema && (st = rp_compose_values(c, *rec, err)) != RP_OK))
		return st;
	return find_labels(c, err);
}

void
rp_compose_free(struct rp_compose *c)
{
	rp_buffer_free(&c->record);
	rp_buffer_free(&c->marks);
	rp_buffer_free(&c->blank);
	free(c->slots);
	c->slots = NULL;
}
