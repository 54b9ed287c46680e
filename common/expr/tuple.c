#include "expr/tuple.h"

#include <stdlib.h>
#include <string.h>

#include "expr/assign_resolve.h"
#include "types/text.h"

/* How the text of a value comes about. */
enum form {
	FORM_FIELD, /* it is a field, of any kind */
	FORM_TEXT,
	FORM_NUMBER
};

struct value {
	enum form form;
	struct rp_field field; /* FORM_FIELD */
	struct assign_program program; /* the others */
	bool symbol, source, other; /* what of a record is in it */
};

/* What the values are for a type. */
struct of_type {
	uint16_t id;
	bool has; /* the type has all that is in them */
	struct value *values; /* one for each of the list */
};

struct rp_tuple {
	struct rp_assign *a;
	struct assign_stmt list;
	size_t n;
	struct rp_buffer types; /* struct of_type */
	uint16_t last; /* index there, of the record before */
	bool symbol, source, other;
	struct rp_text_style style;
	struct rp_buffer text; /* of several values */
	struct assign_text part;
	char number[RP_TEXT_ROOM];
};

/* ---- a value for a type ---- */

static void
note_field(struct value *v, const struct rp_field *field)
{
	v->symbol |= field->kind == RP_KIND_SYMBOL;
	v->source |= field->kind == RP_KIND_SOURCE;
	v->other |=
	    field->kind != RP_KIND_SYMBOL && field->kind != RP_KIND_SOURCE;
}

static void
note_fields(struct value *v)
{
	const struct value_op *op =
	    (const struct value_op *)v->program.ops.data;
	size_t n = v->program.ops.len / sizeof(*op);

	for (; n > 0; n--, op++)
		if (op->op != OP_NUMBER && op->op != OP_TEXT &&
		    op->op < OP_VALUE)
			note_field(v, &op->field);
}

static enum rp_status
resolve_field(
    struct assign_resolver *r, const struct expr_word *w, struct value *v)
{
	v->form = FORM_FIELD;
	if (v->field.kind == RP_KIND_BYTES)
		return rp_assign_wrong_word(r, w, "a field that has a value");
	note_field(v, &v->field);
	return RP_OK;
}

static enum rp_status
resolve(struct rp_tuple *vs, size_t i, const struct rp_type *type,
    struct value *v, struct rp_error *err)
{
	uint32_t *node = (uint32_t *)vs->list.values.data + i;
	struct assign_stmt one = { .nodes = vs->list.nodes,
		.values = { .data = (uint8_t *)node, .len = sizeof(*node) } };
	struct assign_resolver r = { .a = vs->a,
		.s = &one,
		.type = type,
		.p = &v->program,
		.err = err };
	const struct value_node *n = assign_node(&r, *node);
	enum rp_status st;
	enum sort sort;

	v->program.type = type;
	if (n->kind == VALUE_WORD && !n->word.quoted &&
	    rp_type_field(type, n->word.text, n->word.len, &v->field))
		return resolve_field(&r, &n->word, v);
	if ((st = rp_assign_push_value(&r, &sort)) != RP_OK)
		return st;
	note_fields(v);
	v->form = sort == SORT_TEXT ? FORM_TEXT : FORM_NUMBER;
	if (!v->symbol && !v->source && !v->other)
		return rp_assign_wrong(
		    &r, &n->word, "a value without a field is always the same");
	if (sort == SORT_TIME || sort == SORT_ID)
		return rp_assign_wrong(
		    &r, &n->word, "a value is a field, a number or a text");
	return RP_OK;
}

static void
free_type(struct of_type *t, size_t n)
{
	for (size_t i = 0; t->values != NULL && i < n; i++)
		rp_buffer_free(&t->values[i].program.ops);
	free(t->values);
}

/* RP_OK, too, if the type lacks a field: then it has no values. */
static enum rp_status
add_type(struct rp_tuple *vs, uint16_t id, struct rp_error *err)
{
	struct of_type t = { .id = id, .has = true };
	enum rp_status st = RP_OK;

	if ((t.values = calloc(vs->n, sizeof(*t.values))) == NULL)
		return RP_ERR_NOMEM;
	for (size_t i = 0; i < vs->n && st == RP_OK; i++)
		st = resolve(vs, i, rp_type_by_id(id), &t.values[i], err);
	t.has = st == RP_OK;
	for (size_t i = 0; i < vs->n && t.has; i++) {
		vs->symbol |= t.values[i].symbol;
		vs->source |= t.values[i].source;
		vs->other |= t.values[i].other;
	}
	if (st != RP_ERR_NOMEM)
		st = rp_buffer_add(&vs->types, &t, sizeof(t));
	if (st != RP_OK)
		free_type(&t, vs->n);
	return st;
}

static struct of_type *
type_at(const struct rp_tuple *vs, size_t i)
{
	return (struct of_type *)vs->types.data + i;
}

static size_t
n_types(const struct rp_tuple *vs)
{
	return vs->types.len / sizeof(struct of_type);
}

/* ---- the list ---- */

/* What is for no type is a mistake: say which one. */
static enum rp_status
check(struct rp_tuple *vs, struct rp_error *err)
{
	struct rp_error why = { 0 };
	bool any = false;
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < rp_n_types && st == RP_OK; i++)
		if ((st = add_type(vs, rp_types[i]->id, &why)) == RP_OK)
			any |= type_at(vs, i)->has;
	if (st != RP_OK || any)
		return st;
	if (why.status != RP_OK)
		return rp_error_set(err, RP_ERR_USAGE, "%s", why.text);
	return rp_error_set(
	    err, RP_ERR_USAGE, "no record type has all of these fields");
}

static enum rp_status
compile(struct rp_tuple *vs, const char *text, struct rp_error *err)
{
	enum rp_status st;
	char *copy;

	if (strlen(text) > RP_MAX_EXPR)
		return rp_error_set(err, RP_ERR_USAGE,
		    "values of more than %d bytes", RP_MAX_EXPR);
	if ((vs->a = rp_assign_new(NULL)) == NULL ||
	    (copy = strdup(text)) == NULL)
		return RP_ERR_NOMEM;
	vs->a->fields_only = true;
	if (rp_buffer_add(&vs->a->texts, &copy, sizeof(copy)) != RP_OK) {
		free(copy);
		return RP_ERR_NOMEM;
	}
	st = rp_assign_parse_list(vs->a, copy, &vs->list, err);
	vs->n = vs->list.values.len / sizeof(uint32_t);
	return st == RP_OK ? check(vs, err) : st;
}

enum rp_status
rp_tuple_compile(struct rp_tuple **out, const char *text, struct rp_error *err)
{
	struct rp_tuple *vs = *out = calloc(1, sizeof(*vs));
	enum rp_status st;

	if (vs == NULL)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	vs->style.digits = RP_DIGITS_TRIM;
	st = compile(vs, text, err);
	return st == RP_ERR_NOMEM ? rp_error_set(err, st, "out of memory") : st;
}

void
rp_tuple_free(struct rp_tuple *vs)
{
	if (vs == NULL)
		return;
	for (size_t i = 0; i < n_types(vs); i++)
		free_type(type_at(vs, i), vs->n);
	rp_assign_free_statement(&vs->list);
	rp_assign_free(vs->a);
	rp_buffer_free(&vs->types);
	rp_buffer_free(&vs->text);
	free(vs);
}

bool
rp_tuple_are_of(const struct rp_tuple *vs, enum rp_name_class class)
{
	return rp_tuple_are_of_names(vs) &&
	    (class == RP_NAME_SYMBOL ? !vs->source : !vs->symbol);
}

bool
rp_tuple_are_of_names(const struct rp_tuple *vs)
{
	return !vs->other;
}

/* ---- records ---- */

static const struct of_type *
type_of(struct rp_tuple *vs, uint16_t id)
{
	size_t i;

	if (type_at(vs, vs->last)->id == id)
		return type_at(vs, vs->last);
	for (i = 0; i < n_types(vs) && type_at(vs, i)->id != id; i++)
		continue;
	if (i == n_types(vs) && add_type(vs, id, NULL) != RP_OK)
		return NULL;
	vs->last = (uint16_t)i;
	return type_at(vs, i);
}

static enum rp_status
field_text(struct rp_tuple *vs, const struct rp_field *field,
    const struct rp_frame *f, const struct rp_record *rec, const char **text,
    size_t *len)
{
	struct rp_value v;

	rp_field_get(field, f, rec, &v);
	if (v.kind == RP_VALUE_ABSENT)
		return RP_EMPTY;
	if (v.kind == RP_VALUE_TEXT) {
		*text = v.text;
		*len = v.len;
	} else {
		*text = vs->number;
		*len = rp_text_format(vs->number, field, &v, &vs->style);
	}
	return RP_OK;
}

static enum rp_status
number_text(struct rp_tuple *vs, const struct assign_program *p,
    const struct rp_frame *f, const struct rp_record *rec, const char **text,
    size_t *len, const char **why)
{
	rp_wide m;
	int exp;
	enum rp_status st = rp_assign_number(p, f, rec, &m, &exp, why);

	if (st != RP_OK)
		return st;
	for (; m != 0 && m % 10 == 0; exp++)
		m /= 10;
	if (m == 0)
		exp = 0;
	if (exp < 2 * RP_EXP_MIN || exp > 2 * RP_EXP_MAX) {
		*why = "the value is out of range";
		return RP_ERR_LIMIT;
	}
	*text = vs->number;
	*len = rp_wide_format(vs->number, m, exp, RP_DIGITS_TRIM);
	return RP_OK;
}

static enum rp_status
value_text(struct rp_tuple *vs, const struct value *v, const struct rp_frame *f,
    const struct rp_record *rec, const char **text, size_t *len,
    const char **why)
{
	enum rp_status st;

	switch (v->form) {
	case FORM_FIELD:
		return field_text(vs, &v->field, f, rec, text, len);
	case FORM_NUMBER:
		return number_text(vs, &v->program, f, rec, text, len, why);
	default:
		st = rp_assign_text(&v->program, f, rec, &vs->part, why);
		*text = vs->part.text;
		*len = vs->part.len;
		return st;
	}
}

enum rp_status
rp_tuple_text(struct rp_tuple *vs, const struct rp_frame *f,
    const struct rp_record *rec, const char **text, size_t *len,
    const char **why)
{
	const struct of_type *t = type_of(vs, rec->type);
	enum rp_status st;

	if (t == NULL)
		return RP_ERR_NOMEM;
	if (!t->has)
		return RP_EMPTY;
	if (vs->n == 1)
		return value_text(vs, t->values, f, rec, text, len, why);
	vs->text.len = 0;
	for (size_t i = 0; i < vs->n; i++) {
		st = value_text(vs, &t->values[i], f, rec, text, len, why);
		if (st != RP_OK ||
		    (i > 0 &&
			(st = rp_buffer_add(&vs->text, "\t", 1)) != RP_OK) ||
		    (st = rp_buffer_add(&vs->text, *text, *len)) != RP_OK)
			return st;
	}
	*text = (const char *)vs->text.data;
	*len = vs->text.len;
	return RP_OK;
}
