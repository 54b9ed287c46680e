#include "import/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "types/schema.h"
#include "types/text.h"

static enum rp_role
role_of(const struct rp_field *field)
{
	switch (field->kind) {
	case RP_KIND_TYPE:
		return RP_ROLE_TYPE;
	case RP_KIND_SYMBOL:
		return RP_ROLE_SYMBOL;
	case RP_KIND_SOURCE:
		return RP_ROLE_SOURCE;
	case RP_KIND_SEQ:
	case RP_KIND_TS_RECV:
	case RP_KIND_RECORD_FLAGS:
		return RP_ROLE_HEADER;
	case RP_KIND_PRICE:
	case RP_KIND_LEVEL_PX:
		return RP_ROLE_PRICE;
	case RP_KIND_SIZE:
	case RP_KIND_LEVEL_SZ:
		return RP_ROLE_SIZE;
	case RP_KIND_TURNOVER:
	case RP_KIND_LEVEL_CT:
	case RP_KIND_ID:
	case RP_KIND_BYTES:
	case RP_KIND_TEXT:
		return RP_ROLE_LATE;
	default:
		return RP_ROLE_EARLY;
	}
}

bool
rp_member_is(const struct rp_json_member *m, const char *key)
{
	return m->key_len == strlen(key) &&
	    memcmp(m->key, key, m->key_len) == 0;
}

/* What a member means; false: nothing. */
static bool
find_slot(const struct rp_compose *c, const struct rp_json_member *m,
    struct rp_slot *slot)
{
	*slot = (struct rp_slot){ .field = {
				      .name = "raw", .kind = RP_KIND_BYTES } };
	if (rp_type_field(c->t, m->key, m->key_len, &slot->field)) {
		slot->role = c->by_schema && rp_member_is(m, "schema")
		    ? RP_ROLE_SCHEMA
		    : role_of(&slot->field);
		return true;
	}
	if (c->by_schema && rp_schema_is_name(m->key, m->key_len)) {
		slot->field.kind = RP_KIND_VALUE;
		slot->role = RP_ROLE_VALUE;
		return true;
	}
	slot->role = rp_member_is(m, "tail") ? RP_ROLE_TAIL : RP_ROLE_RAW;
	return rp_member_is(m, "raw") ||
	    (rp_member_is(m, "tail") && c->t != NULL) ||
	    (rp_member_is(m, "payload") && c->t == NULL);
}

/* A number for each thing that a member can mean. */
static uint32_t
identity(const struct rp_slot *slot)
{
	enum { LEVELS = 8 + 65536 };
	const struct rp_field *f = &slot->field;

	switch (f->kind) {
	case RP_KIND_LEVEL_PX:
	case RP_KIND_LEVEL_SZ:
	case RP_KIND_LEVEL_CT:
		return LEVELS + 6 * f->index + 3u * (f->side == RP_SIDE_ASK) +
		    (f->kind - RP_KIND_LEVEL_PX);
	case RP_KIND_BYTES:
		return slot->role == RP_ROLE_TAIL ? 7 : 6;
	default:
		return f->kind <= RP_KIND_RECORD_FLAGS ? (uint32_t)f->kind
						       : 8u + f->off;
	}
}

/* Mark what a member means as taken; false: it was. */
static bool
mark(struct rp_compose *c, const struct rp_slot *slot, bool *nomem)
{
	uint32_t bit = identity(slot), before = (uint32_t)c->marks.len;

	if (bit / 8 >= before) {
		*nomem = rp_buffer_reserve(&c->marks, bit / 8 + 1) != RP_OK;
		if (*nomem)
			return false;
		memset(c->marks.data + before, 0, bit / 8 + 1 - before);
		c->marks.len = bit / 8 + 1;
	}
	if (c->marks.data[bit / 8] & 1u << bit % 8)
		return false;
	c->marks.data[bit / 8] |= (uint8_t)(1u << bit % 8);
	return true;
}

/* Take a member's part in the payload's length into account. */
static void
extend(struct rp_compose *c, const struct rp_slot *slot)
{
	const struct rp_field *f = &slot->field;
	uint32_t end = f->off + (uint32_t)f->size, *levels;

	c->has_ts_recv |= f->kind == RP_KIND_TS_RECV;
	c->raw |= slot->role == RP_ROLE_RAW;
	c->tail |= slot->role == RP_ROLE_TAIL;
	if (slot->role < RP_ROLE_EARLY || slot->role >= RP_ROLE_VALUE)
		return;
	c->n_fields++;
	if (f->kind >= RP_KIND_LEVEL_PX && f->kind <= RP_KIND_LEVEL_CT) {
		levels = &c->levels[f->side == RP_SIDE_ASK];
		if (f->index >= *levels)
			*levels = f->index + 1u;
		c->n_level_fields++;
		return;
	}
	c->has_px_exp |= strcmp(f->name, "px_exp") == 0;
	c->has_qty_exp |= strcmp(f->name, "qty_exp") == 0;
	c->has_tflags |= strcmp(f->name, "tflags") == 0;
	if (rp_align8(end) > c->reach)
		c->reach = (uint32_t)rp_align8(end);
}

/* The record in which all fields within reach that can be absent are. */
static enum rp_status
make_blank(struct rp_compose *c)
{
	size_t size = sizeof(struct rp_record) + rp_align8(c->reach);
	struct rp_record *rec;

	if (rp_buffer_reserve(&c->blank, size) != RP_OK)
		return RP_ERR_NOMEM;
	memset(c->blank.data, 0, size);
	rec = (struct rp_record *)(void *)c->blank.data;
	rec->type = c->type;
	rec->len = c->reach;
	rec->symbol = rec->source = RP_NO_NAME;
	rec->ts_recv = RP_ABSENT;
	if (c->t != NULL)
		rp_text_blank(c->t, rec);
	if (c->type == RP_BOOK && !c->raw)
		rp_put16(rec->payload + offsetof(struct rp_book, level_size),
		    sizeof(struct rp_book_level));
	return RP_OK;
}

static enum rp_status
make_slots(struct rp_compose *c)
{
	struct rp_slot *grown;
	size_t cap = c->n > 64 ? 2 * c->n : 64;

	if (c->n <= c->cap)
		return RP_OK;
	grown = reallocarray(c->slots, cap, sizeof(*grown));
	if (grown == NULL)
		return RP_ERR_NOMEM;
	c->slots = grown;
	c->cap = cap;
	return RP_OK;
}

/* Find the type; NULL, or what is wrong. */
static const char *
find_type(struct rp_compose *c)
{
	const struct rp_json_member *m = c->m;

	for (size_t i = 0; i < c->n; i++, m++)
		if (rp_member_is(m, "type")) {
			c->type_at = i;
			if (m->text == NULL ||
			    !rp_type_by_name(m->text, m->len, &c->type))
				return "no such type";
			c->t = rp_type_by_id(c->type);
			return NULL;
		}
	return "the record has no type";
}

/* Has a feature its schema as text? */
static bool
has_schema(const struct rp_compose *c)
{
	for (size_t i = 0; c->type == RP_FEATURE && !c->sparse && i < c->n; i++)
		if (rp_member_is(&c->m[i], "schema"))
			return rp_compose_is_schema(&c->m[i]);
	return false;
}

static void
forget(struct rp_compose *c)
{
	c->known = false;
	c->has_px_exp = c->has_qty_exp = false;
	c->has_ts_recv = c->has_tflags = false;
	c->by_schema = false;
	c->raw = c->tail = false;
	c->n_fields = c->n_level_fields = 0;
	c->levels[0] = c->levels[1] = 0;
	c->marks.len = 0;
}

/* What one member means, and that it is the first to mean it. */
static enum rp_status
survey_member(struct rp_compose *c, size_t i, char *why, size_t room)
{
	const struct rp_json_member *m = &c->m[i];
	int len = m->key_len < 60 ? (int)m->key_len : 60;
	bool nomem = false;
	char name[8];

	if (!find_slot(c, m, &c->slots[i])) {
		snprintf(why, room, "type %s has no field '%.*s'",
		    rp_type_name(c->type, name), len, m->key);
		return RP_OK;
	}
	if (c->slots[i].role == RP_ROLE_VALUE)
		return RP_OK; /* that each is there once, its schema says */
	if (!mark(c, &c->slots[i], &nomem)) {
		snprintf(why, room, "'%.*s' is there twice", len, m->key);
		return nomem ? RP_ERR_NOMEM : RP_OK;
	}
	extend(c, &c->slots[i]);
	return RP_OK;
}

/* What is wrong with the members together, or NULL. */
static const char *
judge(const struct rp_compose *c)
{
	if (!c->has_ts_recv)
		return "the record has no ts_recv";
	if (c->raw && (c->n_fields > 0 || c->tail))
		return "raw is the whole payload";
	if (c->levels[0] + c->levels[1] > c->n_level_fields)
		return "levels of the book are missing";
	return NULL;
}

enum rp_status
rp_compose_survey(struct rp_compose *c, const struct rp_json_member *m,
    size_t n, char *why, size_t room)
{
	const char *wrong;
	enum rp_status st;

	c->m = m;
	c->n = n;
	forget(c);
	wrong = find_type(c);
	if (wrong != NULL) {
		snprintf(why, room, "%s", wrong);
		return RP_OK;
	}
	c->by_schema = has_schema(c);
	c->reach = c->t == NULL ? 0 : c->sparse ? c->t->len : c->t->min_len;
	if ((st = make_slots(c)) != RP_OK)
		return st;
	for (size_t i = 0; i < c->n; i++) {
		st = survey_member(c, i, why, room);
		if (st != RP_OK || why[0] != '\0')
			return st;
	}
	if ((wrong = judge(c)) != NULL) {
		snprintf(why, room, "%s", wrong);
		return RP_OK;
	}
	if (c->raw)
		c->reach = 0;
	c->len = c->sparse && c->t != NULL && !c->raw ? c->t->len : c->reach;
	c->own_ids = c->sparse && !c->has_tflags && !c->raw && c->t != NULL;
	c->known = true;
	return make_blank(c);
}
