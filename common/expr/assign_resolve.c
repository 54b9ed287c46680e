/* A statement as a program: what it means for one record type. */
#include "expr/assign_resolve.h"

#include <stdlib.h>
#include <string.h>

#include "types/text.h"

/* ---- what a field takes ---- */

/* The word that is all of the value, or NULL. */
static const struct expr_word *
only_word(const struct assign_resolver *r)
{
	const struct value_node *n =
	    assign_node(r, *(const uint32_t *)r->s->values.data);

	return r->s->values.len == sizeof(uint32_t) && n->kind == VALUE_WORD
	    ? &n->word
	    : NULL;
}

static const struct expr_word *
value_word(const struct assign_resolver *r)
{
	return &assign_node(r, *(const uint32_t *)r->s->values.data)->word;
}

static bool
is_exponent(const struct rp_field *f)
{
	return strcmp(f->name, "px_exp") == 0 ||
	    strcmp(f->name, "qty_exp") == 0;
}

static enum rp_status
resolve_number(struct assign_resolver *r)
{
	enum sort sort;
	enum rp_status st = rp_assign_push_value(r, &sort);

	if (st != RP_OK)
		return st;
	if (sort == SORT_SPAN && r->p->target.kind != RP_KIND_INT &&
	    r->p->target.kind != RP_KIND_UINT)
		return rp_assign_wrong(
		    r, value_word(r), "this field holds no span");
	if (!is_number(sort) && sort != SORT_SPAN)
		return rp_assign_wrong(
		    r, value_word(r), "this field holds a number");
	r->p->store =
	    is_exponent(&r->p->target) ? STORE_EXPONENT : STORE_NUMBER;
	return RP_OK;
}

/* A time alone may be ns since the epoch, as --time ns writes it. */
static enum rp_status
resolve_time(struct assign_resolver *r)
{
	const struct expr_word *w = only_word(r);
	enum rp_status st;
	enum sort sort;
	int64_t ns;

	r->p->store = STORE_NUMBER;
	if (w != NULL && r->s->how == VALUE_WORD && !w->quoted &&
	    !rp_expr_is_field(w) &&
	    (rp_assign_read_time(r, w, &ns) ||
		rp_i64_parse(w->text, w->len, &ns) == RP_OK))
		return rp_assign_push_number(r, ns, 0);
	if ((st = rp_assign_push_value(r, &sort)) != RP_OK)
		return st;
	return sort == SORT_TIME
	    ? RP_OK
	    : rp_assign_wrong(r, value_word(r), "this field holds a time");
}

static enum rp_status
resolve_text(struct assign_resolver *r)
{
	enum sort sort;
	enum rp_status st = rp_assign_push_value(r, &sort);

	if (st != RP_OK)
		return st;
	if (sort != SORT_TEXT)
		return rp_assign_wrong(r, value_word(r),
		    "this field holds a text, which needs quotes");
	r->p->store =
	    r->p->target.kind == RP_KIND_CHARS ? STORE_CHARS : STORE_NAME;
	r->p->of_symbol = !r->other;
	return RP_OK;
}

static enum rp_status
unknown_word(struct assign_resolver *r, const struct expr_word *w)
{
	const struct rp_field *f = &r->p->target;
	char hint[300];

	if (f->kind == RP_KIND_CHAR)
		return rp_assign_wrong_word(
		    r, w, "a letter, as this field holds");
	rp_expr_suggest_word(w, f, hint, sizeof(hint));
	return rp_error_set(r->err, RP_ERR_USAGE,
	    "column %u: no word \"%.*s\" in %s%s", w->column, (int)w->len,
	    w->text, f->name, hint);
}

static bool
fits_bytes(uint64_t n, unsigned size)
{
	return n >> (8 * size - 1) >> 1 == 0;
}

static enum rp_status
resolve_word(struct assign_resolver *r)
{
	const struct expr_word *w = only_word(r);
	const struct rp_field *f = &r->p->target;
	uint64_t n;

	if (w == NULL || r->s->how != VALUE_WORD)
		return rp_assign_wrong(
		    r, value_word(r), "this field takes one word, by =");
	r->p->store = STORE_WORD;
	if (rp_field_word(f, w->text, w->len, &r->p->constant))
		return RP_OK;
	if (!w->quoted && rp_u64_parse(w->text, w->len, &n) == RP_OK &&
	    fits_bytes(n, f->size)) {
		r->p->constant = (uint32_t)n;
		return RP_OK;
	}
	if (f->kind != RP_KIND_CHAR || w->len != 1 ||
	    !rp_text_is_letter((uint8_t)*w->text))
		return unknown_word(r, w);
	r->p->constant = (uint8_t)*w->text;
	return RP_OK;
}

/* One of a list of flags, or their number. */
static enum rp_status
flag_of(struct assign_resolver *r, uint32_t node, uint32_t *flags)
{
	const struct value_node *n = assign_node(r, node);
	uint32_t value;
	uint64_t number;

	if (n->kind != VALUE_WORD)
		return rp_assign_wrong(
		    r, &n->word, "this field takes names of flags");
	if (rp_field_word(&r->p->target, n->word.text, n->word.len, &value)) {
		*flags |= value;
		return RP_OK;
	}
	if (rp_u64_parse(n->word.text, n->word.len, &number) != RP_OK ||
	    !fits_bytes(number, r->p->target.size))
		return unknown_word(r, &n->word);
	*flags |= (uint32_t)number;
	return RP_OK;
}

static enum rp_status
resolve_flags(struct assign_resolver *r)
{
	const uint32_t *values = (const uint32_t *)r->s->values.data;
	size_t i, n = r->s->values.len / sizeof(*values);
	uint32_t flags = 0;
	enum rp_status st;

	for (i = 0; i < n; i++)
		if ((st = flag_of(r, values[i], &flags)) != RP_OK)
			return st;
	r->p->store = STORE_FLAGS;
	switch (r->s->how) {
	case VALUE_WORD:
		r->p->constant = flags;
		break;
	case VALUE_ADD:
		r->p->keep = UINT32_MAX;
		r->p->constant = flags;
		break;
	case VALUE_SUB:
		r->p->keep = ~flags;
		break;
	default:
		return rp_assign_wrong(
		    r, value_word(r), "flags are set by = += -=");
	}
	return RP_OK;
}

static enum rp_status
resolve_id(struct assign_resolver *r)
{
	const struct expr_word *w = only_word(r);
	uint64_t hi, lo;
	unsigned form;

	if (w == NULL || r->s->how != VALUE_WORD)
		return rp_assign_wrong(
		    r, value_word(r), "this field takes one id, by =");
	if (!w->quoted &&
	    rp_type_field(r->type, w->text, w->len, &r->p->from)) {
		r->p->store = STORE_ID_FIELD;
		return r->p->from.kind == RP_KIND_ID
		    ? RP_OK
		    : rp_assign_wrong_word(r, w, "an identifier");
	}
	r->p->store = STORE_ID;
	r->p->text = w->text;
	r->p->len = w->len;
	for (form = 0; form <= RP_ID_HASH; form++)
		if (rp_text_read_id(w->text, w->len, (uint8_t)form, &hi, &lo) ==
		    RP_OK)
			return RP_OK;
	return rp_assign_wrong_word(r, w,
	    "an id (a number, a UUID, up to 16 characters, or 0x and a hash)");
}

static enum rp_status
resolve_type(struct assign_resolver *r)
{
	const struct expr_word *w = only_word(r);
	char hint[80];
	uint16_t id;

	if (w == NULL || r->s->how != VALUE_WORD)
		return rp_assign_wrong(
		    r, value_word(r), "this field takes one type, by =");
	if (!rp_type_by_name(w->text, w->len, &id)) {
		rp_expr_suggest_type(w, hint, sizeof(hint));
		return rp_error_set(r->err, RP_ERR_USAGE,
		    "column %u: no record type named \"%.*s\"%s", w->column,
		    (int)w->len, w->text, hint);
	}
	if (rp_type_by_id(id) == NULL && id < RP_TYPE_USER)
		return rp_assign_wrong(
		    r, w, "types of one's own begin at 1024");
	r->p->store = STORE_TYPE;
	r->p->constant = id;
	return RP_OK;
}

static bool
can_be_absent(const struct rp_field *f)
{
	switch (f->kind) {
	case RP_KIND_UINT:
	case RP_KIND_INT:
	case RP_KIND_ID:
		return f->optional;
	case RP_KIND_PRICE:
	case RP_KIND_SIZE:
	case RP_KIND_TURNOVER:
	case RP_KIND_TIME:
	case RP_KIND_CHAR:
	case RP_KIND_SYMBOL:
	case RP_KIND_SOURCE:
	case RP_KIND_LEVEL_PX:
	case RP_KIND_LEVEL_SZ:
		return true;
	default:
		return false;
	}
}

static enum rp_status
resolve_absent(struct assign_resolver *r)
{
	r->p->store = STORE_ABSENT;
	return can_be_absent(&r->p->target)
	    ? RP_OK
	    : rp_assign_wrong(r, value_word(r), "this field cannot be absent");
}

/* ---- drop ---- */

/* Bytes up to the last field that the type knows, in eights, as records are
 * made; 0: no end. */
static uint32_t
known_end(const struct rp_type *t)
{
	uint32_t end = t->len;
	size_t i;

	if (t->id == RP_BOOK)
		return 0;
	for (i = 0; i < t->n_fields; i++) {
		if (t->fields[i].kind == RP_KIND_BYTES ||
		    t->fields[i].kind == RP_KIND_TEXT)
			return 0;
		if ((uint32_t)t->fields[i].off + t->fields[i].size > end)
			end = (uint32_t)t->fields[i].off + t->fields[i].size;
	}
	return (uint32_t)rp_align8(end);
}

/* The payload may end in front of the field. */
static bool
is_added(const struct assign_resolver *r)
{
	const struct rp_field *f = &r->p->target;

	return r->type != NULL && f->size != 0 &&
	    f->kind > RP_KIND_RECORD_FLAGS && f->kind < RP_KIND_LEVEL_PX &&
	    f->off >= r->type->min_len;
}

static enum rp_status
resolve_drop(struct assign_resolver *r)
{
	const struct expr_word *w = &r->s->target;

	r->p->store = STORE_CUT;
	if (!w->quoted && w->len == 4 && memcmp(w->text, "tail", 4) == 0) {
		r->p->constant = r->type != NULL ? known_end(r->type) : 0;
		return r->p->constant != 0 ? RP_OK : RP_EMPTY;
	}
	if (!rp_type_field(r->type, w->text, w->len, &r->p->target))
		return RP_EMPTY;
	r->p->constant = r->p->target.off;
	if (is_added(r))
		return RP_OK;
	r->p->store = STORE_ABSENT;
	return can_be_absent(&r->p->target)
	    ? RP_OK
	    : rp_assign_wrong_word(r, w, "a field that can be absent");
}

/* ---- statements ---- */

static enum rp_status
resolve_set(struct assign_resolver *r)
{
	static enum rp_status (*const by_class[])(struct assign_resolver *) = {
		[CLASS_NUMBER] = resolve_number,
		[CLASS_TIME] = resolve_time,
		[CLASS_WORD] = resolve_word,
		[CLASS_FLAGS] = resolve_flags,
		[CLASS_ID] = resolve_id,
		[CLASS_TEXT] = resolve_text,
		[CLASS_TYPE] = resolve_type,
	};
	const struct expr_word *w = &r->s->target, *value;
	enum expr_class class;

	if (w->quoted ||
	    !rp_type_field(r->type, w->text, w->len, &r->p->target))
		return RP_EMPTY;
	class = rp_expr_class_of(&r->p->target);
	if (r->p->target.kind == RP_KIND_SEQ)
		return rp_assign_wrong(r, w, "seq is given by rp-write");
	if (class == CLASS_BYTES || r->p->target.kind == RP_KIND_TEXT)
		return rp_assign_wrong_word(
		    r, w, "a field that can be assigned");
	value = only_word(r);
	if (value != NULL && !value->quoted && value->len == 6 &&
	    memcmp(value->text, "absent", 6) == 0 && r->s->how == VALUE_WORD)
		return resolve_absent(r);
	return by_class[class](r);
}

enum rp_status
rp_assign_resolve(struct rp_assign *a, const struct assign_stmt *s,
    const struct rp_type *type, struct assign_program *p, struct rp_error *err)
{
	struct assign_resolver r = {
		.a = a, .s = s, .type = type, .p = p, .err = err
	};
	enum rp_status st;

	*p = (struct assign_program){ .type = type };
	if (s->kind == ASSIGN_RENAME)
		return RP_EMPTY;
	st = s->kind == ASSIGN_DROP ? resolve_drop(&r) : resolve_set(&r);
	if (st != RP_OK) {
		p->store = STORE_NOTHING;
		rp_buffer_free(&p->ops);
	}
	return st;
}
