#include "import/ndjson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "types/text.h"

static enum rp_ndjson_role
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
		return RP_ROLE_LATE;
	default:
		return RP_ROLE_EARLY;
	}
}

bool
rp_ndjson_is_key(const struct rp_json_member *m, const char *key)
{
	return m->key_len == strlen(key) &&
	    memcmp(m->key, key, m->key_len) == 0;
}

/* What a member means; false: nothing. */
static bool
find_slot(const struct rp_ndjson *s, const struct rp_json_member *m,
    struct rp_ndjson_slot *slot)
{
	*slot = (struct rp_ndjson_slot){ .field = { .name = "raw",
					     .kind = RP_KIND_BYTES } };
	if (rp_type_field(s->t, m->key, m->key_len, &slot->field)) {
		slot->role = role_of(&slot->field);
		return true;
	}
	slot->role = rp_ndjson_is_key(m, "tail") ? RP_ROLE_TAIL : RP_ROLE_RAW;
	return rp_ndjson_is_key(m, "raw") ||
	    (rp_ndjson_is_key(m, "tail") && s->t != NULL) ||
	    (rp_ndjson_is_key(m, "payload") && s->t == NULL);
}

/* A number for each thing that a member can mean. */
static uint32_t
identity(const struct rp_ndjson_slot *slot)
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
mark(struct rp_ndjson *s, const struct rp_ndjson_slot *slot, bool *nomem)
{
	uint32_t bit = identity(slot), before = (uint32_t)s->marks.len;

	if (bit / 8 >= before) {
		*nomem = rp_buffer_reserve(&s->marks, bit / 8 + 1) != RP_OK;
		if (*nomem)
			return false;
		memset(s->marks.data + before, 0, bit / 8 + 1 - before);
		s->marks.len = bit / 8 + 1;
	}
	if (s->marks.data[bit / 8] & 1u << bit % 8)
		return false;
	s->marks.data[bit / 8] |= (uint8_t)(1u << bit % 8);
	return true;
}

/* Take a member's part in the payload's length into account. */
static void
extend(struct rp_ndjson *s, const struct rp_ndjson_slot *slot)
{
	const struct rp_field *f = &slot->field;
	uint32_t end = f->off + (uint32_t)f->size, *levels;

	s->has_ts_recv |= f->kind == RP_KIND_TS_RECV;
	s->raw |= slot->role == RP_ROLE_RAW;
	s->tail |= slot->role == RP_ROLE_TAIL;
	if (slot->role < RP_ROLE_EARLY || slot->role >= RP_ROLE_RAW)
		return;
	s->n_fields++;
	if (f->kind >= RP_KIND_LEVEL_PX && f->kind <= RP_KIND_LEVEL_CT) {
		levels = &s->levels[f->side == RP_SIDE_ASK];
		if (f->index >= *levels)
			*levels = f->index + 1u;
		s->n_level_fields++;
		return;
	}
	s->has_px_exp |= strcmp(f->name, "px_exp") == 0;
	s->has_qty_exp |= strcmp(f->name, "qty_exp") == 0;
	if (rp_align8(end) > s->len)
		s->len = (uint32_t)rp_align8(end);
}

/* The payload in which all fields within len that can be absent are. */
static enum rp_status
make_blank(struct rp_ndjson *s)
{
	struct rp_record *rec;

	if (rp_buffer_reserve(&s->blank, sizeof(*rec) + s->len) != RP_OK)
		return RP_ERR_NOMEM;
	memset(s->blank.data, 0, sizeof(*rec) + s->len);
	rec = (struct rp_record *)(void *)s->blank.data;
	rec->type = s->type;
	rec->symbol = rec->source = RP_NO_NAME;
	for (size_t i = 0; s->t != NULL && i < s->t->n_fields; i++) {
		const struct rp_field *f = &s->t->fields[i];
		struct rp_error unused = { 0 };

		if (f->kind != RP_KIND_BYTES &&
		    f->off + (uint32_t)f->size <= s->len)
			(void)!rp_text_read(f, rec, NULL, 0, &unused);
	}
	if (s->type == RP_BOOK)
		rp_put16(rec->payload + offsetof(struct rp_book, level_size),
		    sizeof(struct rp_book_level));
	return RP_OK;
}

static enum rp_status
make_slots(struct rp_ndjson *s)
{
	struct rp_ndjson_slot *grown;
	size_t cap = s->line.n > 64 ? 2 * s->line.n : 64;

	if (s->line.n <= s->cap)
		return RP_OK;
	grown = reallocarray(s->slots, cap, sizeof(*grown));
	if (grown == NULL)
		return RP_ERR_NOMEM;
	s->slots = grown;
	s->cap = cap;
	return RP_OK;
}

/* Find the type; NULL, or what is wrong. */
static const char *
find_type(struct rp_ndjson *s)
{
	const struct rp_json_member *m = s->line.members;

	for (size_t i = 0; i < s->line.n; i++, m++)
		if (rp_ndjson_is_key(m, "type")) {
			s->type_at = i;
			if (m->text == NULL ||
			    !rp_type_by_name(m->text, m->len, &s->type))
				return "no such type";
			s->t = rp_type_by_id(s->type);
			return NULL;
		}
	return "the record has no type";
}

static void
forget(struct rp_ndjson *s)
{
	s->known = false;
	s->has_px_exp = s->has_qty_exp = s->has_ts_recv = false;
	s->raw = s->tail = false;
	s->n_fields = s->n_level_fields = 0;
	s->levels[0] = s->levels[1] = 0;
	s->marks.len = 0;
}

/* What one member means, and that it is the first to mean it. */
static enum rp_status
survey_member(struct rp_ndjson *s, size_t i, char *why, size_t room)
{
	const struct rp_json_member *m = &s->line.members[i];
	int len = m->key_len < 60 ? (int)m->key_len : 60;
	bool nomem = false;
	char name[8];

	if (!find_slot(s, m, &s->slots[i])) {
		snprintf(why, room, "type %s has no field '%.*s'",
		    rp_type_name(s->type, name), len, m->key);
		return RP_OK;
	}
	if (!mark(s, &s->slots[i], &nomem)) {
		snprintf(why, room, "'%.*s' is there twice", len, m->key);
		return nomem ? RP_ERR_NOMEM : RP_OK;
	}
	extend(s, &s->slots[i]);
	return RP_OK;
}

/* What is wrong with the members together, or NULL. */
static const char *
judge(const struct rp_ndjson *s)
{
	if (!s->has_ts_recv)
		return "the record has no ts_recv";
	if (s->raw && (s->n_fields > 0 || s->tail))
		return "raw is the whole payload";
	if (s->levels[0] + s->levels[1] > s->n_level_fields)
		return "levels of the book are missing";
	return NULL;
}

enum rp_status
rp_ndjson_survey(struct rp_ndjson *s, char *why, size_t room)
{
	const char *wrong = find_type(s);
	enum rp_status st;

	forget(s);
	if (wrong != NULL) {
		snprintf(why, room, "%s", wrong);
		return RP_OK;
	}
	s->len = s->t != NULL ? s->t->min_len : 0;
	if ((st = make_slots(s)) != RP_OK)
		return st;
	for (size_t i = 0; i < s->line.n; i++) {
		st = survey_member(s, i, why, room);
		if (st != RP_OK || why[0] != '\0')
			return st;
	}
	if ((wrong = judge(s)) != NULL) {
		snprintf(why, room, "%s", wrong);
		return RP_OK;
	}
	if (s->raw)
		s->len = 0;
	s->known = true;
	return make_blank(s);
}
