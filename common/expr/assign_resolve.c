/* A statement as a program: what it means for one record type. */
#include <stdlib.h>
#include <string.h>

#include "expr/assign_work.h"
#include "types/text.h"

/* What a value is, once its fields are known. */
enum sort {
	SORT_NUMBER,
	SORT_LITERAL, /* a number that was written without a unit */
	SORT_SPAN,
	SORT_TIME,
	SORT_TEXT,
	SORT_ID
};

struct resolver {
	struct rp_assign *a;
	const struct assign_stmt *s;
	const struct rp_type *type;
	struct assign_program *p;
	struct rp_error *err;
	unsigned depth; /* of the stack */
	bool other; /* a field that is not the symbol is in the value */
};

static const struct value_node *
node_at(const struct resolver *r, uint32_t i)
{
	return (const struct value_node *)r->s->nodes.data + i;
}

static enum rp_status
wrong(struct resolver *r, const struct expr_word *w, const char *what)
{
	return rp_error_set(
	    r->err, RP_ERR_USAGE, "column %u: %s", w->column, what);
}

/* "column 9: "abc" is not <what>" */
static enum rp_status
wrong_word(struct resolver *r, const struct expr_word *w, const char *what)
{
	return rp_error_set(r->err, RP_ERR_USAGE,
	    "column %u: \"%.*s\" is not %s", w->column, (int)w->len, w->text,
	    what);
}

static enum rp_status
push(struct resolver *r, const struct value_op *op)
{
	if (op->op < OP_VALUE && ++r->depth > VALUE_STACK)
		return wrong(r, &r->s->target, "a value of too many parts");
	return rp_buffer_add(&r->p->ops, op, sizeof(*op));
}

static enum rp_status
push_number(struct resolver *r, rp_wide mantissa, int exp)
{
	const struct value_op op = {
		.op = OP_NUMBER, .mantissa = mantissa, .exp = exp
	};

	return push(r, &op);
}

/* ---- words ---- */

static enum rp_status
push_field(struct resolver *r, const struct expr_word *w,
    const struct rp_field *field, enum sort *sort)
{
	struct value_op op = { .op = OP_FIELD, .field = *field };

	switch (rp_expr_class_of(field)) {
	case CLASS_NUMBER:
		*sort = SORT_NUMBER;
		break;
	case CLASS_TIME:
		*sort = SORT_TIME;
		break;
	case CLASS_TEXT:
		*sort = SORT_TEXT;
		op.op = OP_FIELD_TEXT;
		break;
	case CLASS_ID:
		*sort = SORT_ID;
		r->p->from = *field;
		return RP_OK;
	default:
		return wrong_word(r, w, "a number, a time or a text");
	}
	if (field->kind == RP_KIND_PRICE || field->kind == RP_KIND_SIZE) {
		op.op = OP_PRICE;
		op.exp_at =
		    field->kind == RP_KIND_PRICE ? RP_EV_PX_EXP : RP_EV_QTY_EXP;
	}
	r->other |= field->kind != RP_KIND_SYMBOL;
	return push(r, &op);
}

static enum rp_status
push_text(struct resolver *r, const struct expr_word *w, enum sort *sort)
{
	const struct value_op op = {
		.op = OP_TEXT, .text = w->text, .len = w->len
	};

	*sort = SORT_TEXT;
	if (w->len > RP_MAX_NAME)
		return wrong(r, w, "a text of more than 255 bytes");
	return push(r, &op);
}

/* "5h", "-5h" */
static bool
read_span(const struct expr_word *w, int64_t *ns)
{
	bool minus = w->len > 0 && *w->text == '-';

	if (rp_span_parse(w->text + minus, w->len - minus, ns) != RP_OK)
		return false;
	*ns = minus ? -*ns : *ns;
	return true;
}

static bool
read_time(struct resolver *r, const struct expr_word *w, int64_t *ns)
{
	struct rp_when when;

	if (rp_when_parse(
		w->text, w->len, r->a->zone, r->a->now, &when, NULL) != RP_OK)
		return false;
	*ns = when.ns;
	return when.kind == RP_WHEN_AT;
}

/* It is no field of the type. */
static enum rp_status
unknown(struct resolver *r, const struct expr_word *w)
{
	char hint[80];

	if (rp_expr_is_field(w))
		return RP_EMPTY;
	if (w->len > 1 && strchr("0123456789", *w->text) == NULL &&
	    memchr(w->text + 1, '*', w->len - 1) == NULL &&
	    strchr("+-*/", *w->text) == NULL) {
		rp_expr_suggest_field(w, false, hint, sizeof(hint));
		return rp_error_set(r->err, RP_ERR_USAGE,
		    "column %u: \"%.*s\" is neither a field nor a number nor "
		    "a time (a text needs quotes)%s",
		    w->column, (int)w->len, w->text, hint);
	}
	return wrong_word(r, w,
	    "a number, a span or a time (+ - * / need blanks around them)");
}

static enum rp_status
push_word(struct resolver *r, const struct expr_word *w, enum sort *sort)
{
	struct rp_field field;
	enum rp_status st;
	rp_wide mantissa;
	int64_t ns;
	int exp;

	if (w->quoted)
		return push_text(r, w, sort);
	if (rp_type_field(r->type, w->text, w->len, &field))
		return push_field(r, w, &field, sort);
	st = rp_wide_parse(w->text, w->len, &mantissa, &exp);
	*sort = SORT_LITERAL;
	if (st == RP_OK)
		return push_number(r, mantissa, exp);
	if (st == RP_ERR_LIMIT)
		return wrong_word(r, w, "a number that can be held");
	*sort = SORT_SPAN;
	if (read_span(w, &ns))
		return push_number(r, ns, 0);
	*sort = SORT_TIME;
	if (read_time(r, w, &ns))
		return push_number(r, ns, 0);
	return unknown(r, w);
}

/* ---- operators ---- */

static bool
is_number(enum sort s)
{
	return s == SORT_NUMBER || s == SORT_LITERAL;
}

/* What a sum is; false: these cannot be added. */
static bool
sort_of_sum(enum value_kind kind, enum sort a, enum sort b, enum sort *sum)
{
	bool minus = kind == VALUE_SUB;

	if (is_number(a) && is_number(b))
		*sum = SORT_NUMBER;
	else if (a == SORT_SPAN && b == SORT_SPAN)
		*sum = SORT_SPAN;
	else if (a == SORT_TIME && b == SORT_TIME && minus)
		*sum = SORT_SPAN;
	else if (a == SORT_TIME && (b == SORT_SPAN || b == SORT_NUMBER))
		*sum = SORT_TIME;
	else if (b == SORT_TIME && (a == SORT_SPAN || a == SORT_NUMBER) &&
	    !minus)
		*sum = SORT_TIME;
	else if (a == SORT_TEXT && b == SORT_TEXT && !minus)
		*sum = SORT_TEXT;
	else
		return false;
	return true;
}

static bool
sort_of_product(enum value_kind kind, enum sort a, enum sort b, enum sort *sort)
{
	*sort = a == SORT_SPAN || b == SORT_SPAN ? SORT_SPAN : SORT_NUMBER;
	if (is_number(b))
		return is_number(a) || a == SORT_SPAN;
	return kind == VALUE_MUL && is_number(a) && b == SORT_SPAN;
}

static enum rp_status
check_sorts(struct resolver *r, const struct value_node *n, const enum sort *in,
    enum sort *sort)
{
	bool fits = in[0] == SORT_TEXT;

	*sort = in[0];
	switch (n->kind) {
	case VALUE_NEG:
	case VALUE_ABS:
		return is_number(in[0]) || in[0] == SORT_SPAN
		    ? RP_OK
		    : wrong(r, &n->word, "this takes a number or a span");
	case VALUE_ADD:
	case VALUE_SUB:
		if (sort_of_sum(n->kind, in[0], in[1], sort))
			return RP_OK;
		if (in[0] == SORT_TIME || in[1] == SORT_TIME)
			return wrong(r, &n->word,
			    "a time is moved by a span with a unit (5h, "
			    "250us)");
		return wrong(r, &n->word, "these cannot be added");
	case VALUE_MUL:
	case VALUE_DIV:
		if (sort_of_product(n->kind, in[0], in[1], sort))
			return RP_OK;
		return wrong(r, &n->word, "these cannot be multiplied");
	case VALUE_REPLACE:
		fits = fits && in[1] == SORT_TEXT && in[2] == SORT_TEXT;
		break;
	default:
		break;
	}
	return fits ? RP_OK : wrong(r, &n->word, "this takes texts");
}

static unsigned
operands(enum value_kind kind)
{
	if (kind == VALUE_REPLACE)
		return 3;
	return kind < VALUE_ADD ? kind > VALUE_WORD : 2;
}

static enum rp_status
push_value(struct resolver *r, uint32_t index, enum sort *sort)
{
	const struct value_node *n = node_at(r, index);
	struct value_op op = { .op = (uint8_t)(OP_VALUE + n->kind) };
	enum sort in[3];
	enum rp_status st;
	unsigned i, count = operands(n->kind);

	if (n->kind == VALUE_WORD)
		return push_word(r, &n->word, sort);
	for (i = 0; i < count; i++)
		if ((st = push_value(r, n->operand[i], &in[i])) != RP_OK)
			return st;
	if ((st = check_sorts(r, n, in, sort)) != RP_OK)
		return st;
	r->depth -= count - 1;
	return push(r, &op);
}

/* The value, or for += and the like the field and the value. */
static enum rp_status
push_whole(struct resolver *r, enum sort *sort)
{
	const uint32_t *values = (const uint32_t *)r->s->values.data;
	const struct value_node n = { .kind = r->s->how,
		.word = node_at(r, values[0])->word };
	struct value_op op = { .op = (uint8_t)(OP_VALUE + n.kind) };
	enum sort in[3];
	enum rp_status st;

	if (r->s->values.len > sizeof(uint32_t))
		return wrong(
		    r, &node_at(r, values[1])->word, "only flags are a list");
	if (r->s->how == VALUE_WORD)
		return push_value(r, values[0], sort);
	if ((st = push_word(r, &r->s->target, &in[0])) != RP_OK ||
	    (st = push_value(r, values[0], &in[1])) != RP_OK ||
	    (st = check_sorts(r, &n, in, sort)) != RP_OK)
		return st;
	return push(r, &op);
}

/* ---- what a field takes ---- */

/* The word that is all of the value, or NULL. */
static const struct expr_word *
only_word(const struct resolver *r)
{
	const struct value_node *n =
	    node_at(r, *(const uint32_t *)r->s->values.data);

	return r->s->values.len == sizeof(uint32_t) && n->kind == VALUE_WORD
	    ? &n->word
	    : NULL;
}

static const struct expr_word *
value_word(const struct resolver *r)
{
	return &node_at(r, *(const uint32_t *)r->s->values.data)->word;
}

static bool
is_exponent(const struct rp_field *f)
{
	return strcmp(f->name, "px_exp") == 0 ||
	    strcmp(f->name, "qty_exp") == 0;
}

static enum rp_status
resolve_number(struct resolver *r)
{
	enum sort sort;
	enum rp_status st = push_whole(r, &sort);

	if (st != RP_OK)
		return st;
	if (sort == SORT_SPAN && r->p->target.kind != RP_KIND_INT &&
	    r->p->target.kind != RP_KIND_UINT)
		return wrong(r, value_word(r), "this field holds no span");
	if (!is_number(sort) && sort != SORT_SPAN)
		return wrong(r, value_word(r), "this field holds a number");
	r->p->store =
	    is_exponent(&r->p->target) ? STORE_EXPONENT : STORE_NUMBER;
	return RP_OK;
}

/* A time alone may be ns since the epoch, as --time ns writes it. */
static enum rp_status
resolve_time(struct resolver *r)
{
	const struct expr_word *w = only_word(r);
	enum rp_status st;
	enum sort sort;
	int64_t ns;

	r->p->store = STORE_NUMBER;
	if (w != NULL && r->s->how == VALUE_WORD && !w->quoted &&
	    !rp_expr_is_field(w) &&
	    (read_time(r, w, &ns) ||
		rp_i64_parse(w->text, w->len, &ns) == RP_OK))
		return push_number(r, ns, 0);
	if ((st = push_whole(r, &sort)) != RP_OK)
		return st;
	return sort == SORT_TIME
	    ? RP_OK
	    : wrong(r, value_word(r), "this field holds a time");
}

static enum rp_status
resolve_text(struct resolver *r)
{
	enum sort sort;
	enum rp_status st = push_whole(r, &sort);

	if (st != RP_OK)
		return st;
	if (sort != SORT_TEXT)
		return wrong(r, value_word(r),
		    "this field holds a text, which needs quotes");
	r->p->store =
	    r->p->target.kind == RP_KIND_CHARS ? STORE_CHARS : STORE_NAME;
	r->p->of_symbol = !r->other;
	return RP_OK;
}

static enum rp_status
unknown_word(struct resolver *r, const struct expr_word *w)
{
	const struct rp_field *f = &r->p->target;
	char hint[300];

	if (f->kind == RP_KIND_CHAR)
		return wrong_word(r, w, "a letter, as this field holds");
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
resolve_word(struct resolver *r)
{
	const struct expr_word *w = only_word(r);
	const struct rp_field *f = &r->p->target;
	uint64_t n;

	if (w == NULL || r->s->how != VALUE_WORD)
		return wrong(
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
flag_of(struct resolver *r, uint32_t node, uint32_t *flags)
{
	const struct value_node *n = node_at(r, node);
	uint32_t value;
	uint64_t number;

	if (n->kind != VALUE_WORD)
		return wrong(r, &n->word, "this field takes names of flags");
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
resolve_flags(struct resolver *r)
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
		return wrong(r, value_word(r), "flags are set by = += -=");
	}
	return RP_OK;
}

static enum rp_status
resolve_id(struct resolver *r)
{
	const struct expr_word *w = only_word(r);
	uint64_t hi, lo;
	uint8_t form;

	if (w == NULL || r->s->how != VALUE_WORD)
		return wrong(r, value_word(r), "this field takes one id, by =");
	if (!w->quoted &&
	    rp_type_field(r->type, w->text, w->len, &r->p->from)) {
		r->p->store = STORE_ID_FIELD;
		return r->p->from.kind == RP_KIND_ID
		    ? RP_OK
		    : wrong_word(r, w, "an identifier");
	}
	r->p->store = STORE_ID;
	r->p->text = w->text;
	r->p->len = w->len;
	for (form = 0; form <= RP_ID_HASH; form++)
		if (rp_text_read_id(w->text, w->len, form, &hi, &lo) == RP_OK)
			return RP_OK;
	return wrong_word(r, w,
	    "an id (a number, a UUID, up to 16 characters, or 0x and a hash)");
}

static enum rp_status
resolve_type(struct resolver *r)
{
	const struct expr_word *w = only_word(r);
	char hint[80];
	uint16_t id;

	if (w == NULL || r->s->how != VALUE_WORD)
		return wrong(
		    r, value_word(r), "this field takes one type, by =");
	if (!rp_type_by_name(w->text, w->len, &id)) {
		rp_expr_suggest_type(w, hint, sizeof(hint));
		return rp_error_set(r->err, RP_ERR_USAGE,
		    "column %u: no record type named \"%.*s\"%s", w->column,
		    (int)w->len, w->text, hint);
	}
	if (rp_type_by_id(id) == NULL && id < RP_TYPE_USER)
		return wrong(r, w, "types of one's own begin at 1024");
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
resolve_absent(struct resolver *r)
{
	r->p->store = STORE_ABSENT;
	return can_be_absent(&r->p->target)
	    ? RP_OK
	    : wrong(r, value_word(r), "this field cannot be absent");
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

static enum rp_status
resolve_drop(struct resolver *r)
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
	if (r->type == NULL || r->p->target.size == 0 ||
	    r->p->target.kind <= RP_KIND_RECORD_FLAGS ||
	    r->p->target.kind >= RP_KIND_LEVEL_PX ||
	    r->p->constant < r->type->min_len)
		return wrong_word(r, w,
		    "a field that was added to its type later: it cannot be "
		    "dropped, but made absent by = absent");
	return RP_OK;
}

/* ---- statements ---- */

static enum rp_status
resolve_set(struct resolver *r)
{
	static enum rp_status (*const by_class[])(struct resolver *) = {
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
		return wrong(r, w, "seq is given by rp-write");
	if (class == CLASS_BYTES || r->p->target.kind == RP_KIND_TEXT)
		return wrong_word(r, w, "a field that can be assigned");
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
	struct resolver r = {
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
