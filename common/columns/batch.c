#include "columns/batch.h"

#include <stdlib.h>
#include <string.h>

#include "columns/batch_work.h"

/* What gathering into a column needs, by its final shape. */
static enum rp_status
set_up(struct rp_batch *b, struct rp_column *c)
{
	if (c->work == NULL && (c->work = calloc(1, sizeof(*c->work))) == NULL)
		return rp_error_no_memory(&b->error);
	if (c->kind == RP_COLUMN_DICTIONARY && c->dictionary == NULL &&
	    (c->dictionary = calloc(1, sizeof(*c->dictionary))) == NULL)
		return rp_error_no_memory(&b->error);
	if (c->kind != RP_COLUMN_DECIMAL)
		return RP_OK;
	c->work->factors = rp_batch_factors(b->work, c->scale, c->precision);
	return c->work->factors != NULL ? RP_OK : rp_error_no_memory(&b->error);
}

static enum rp_status
finish(struct rp_batch *b, struct rp_column *c, const struct rp_type *t,
    const struct rp_frame *f)
{
	enum rp_status st = rp_column_shape(b, c, t, f);

	return st == RP_OK ? set_up(b, c) : st;
}

/* ---- books as lists ---- */

#define LEVEL_FIELDS 3

static enum rp_status
add_list(struct rp_batch *b, const char *name, uint8_t side)
{
	static const struct {
		const char *names[2];
		enum rp_kind kind;
	} parts[LEVEL_FIELDS] = {
		{ { "bids.price", "asks.price" }, RP_KIND_LEVEL_PX },
		{ { "bids.size", "asks.size" }, RP_KIND_LEVEL_SZ },
		{ { "bids.orders", "asks.orders" }, RP_KIND_LEVEL_CT },
	};
	struct rp_column *list = &b->columns[b->n++], *c;
	enum rp_status st = RP_OK;

	list->name = name;
	list->name_len = strlen(name);
	list->field = (struct rp_field){ .name = name, .side = side };
	rp_column_be(list, RP_COLUMN_LEVELS, 0);
	list->children = calloc(LEVEL_FIELDS, sizeof(*list->children));
	if (list->children == NULL)
		return rp_error_no_memory(&b->error);
	for (size_t i = 0; st == RP_OK && i < LEVEL_FIELDS; i++) {
		c = &list->children[list->n_children++];
		c->name = parts[i].names[side == RP_SIDE_ASK];
		c->name_len = strlen(c->name);
		c->field = (struct rp_field){
			.name = c->name, .kind = parts[i].kind, .side = side
		};
		st = finish(b, c, NULL, NULL);
		/* the list's name served for the scale */
		c->name += strlen(name) + 1;
		c->name_len -= strlen(name) + 1;
		c->nullable = parts[i].kind != RP_KIND_LEVEL_CT;
	}
	return st == RP_OK ? set_up(b, list) : st;
}

static bool
is_level(const struct rp_field *field)
{
	return field->kind == RP_KIND_LEVEL_PX ||
	    field->kind == RP_KIND_LEVEL_SZ || field->kind == RP_KIND_LEVEL_CT;
}

/* ---- columns from rows ---- */

static bool
has_column(const struct rp_batch *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->columns[i].name_len == strlen(name) &&
		    memcmp(b->columns[i].name, name, strlen(name)) == 0)
			return true;
	return false;
}

static enum rp_status
add_field(struct rp_batch *b, const struct rp_field *field, const char *name,
    size_t len, const struct rp_row *row)
{
	const struct rp_frame *f =
	    row->n > 0 ? row->cells[0].style->frame : NULL;
	struct rp_column *c = &b->columns[b->n++];

	c->name = name;
	c->name_len = len;
	c->field = *field;
	if (field->name != NULL)
		return finish(b, c, rp_type_by_id(row->type), f);
	/* it is what another type makes of it, if any does */
	rp_column_be_words(c, b->style);
	c->nullable = true;
	return set_up(b, c);
}

/* The exponents without which mantissas say nothing. */
static enum rp_status
add_exponents(struct rp_batch *b, const struct rp_row *row)
{
	static const char *const names[] = { "px_exp", "qty_exp" };
	const struct rp_type *t = rp_type_by_id(row->type);
	enum rp_status st = RP_OK;
	struct rp_field field;

	for (size_t i = 0; st == RP_OK && i < RP_LEN(names); i++)
		if (!has_column(b, names[i]) &&
		    rp_type_field(t, names[i], strlen(names[i]), &field))
			st = add_field(
			    b, &field, names[i], strlen(names[i]), row);
	return st;
}

/* Read like a field of the header, which it is on the wire. */
static enum rp_status
add_length(struct rp_batch *b)
{
	static const struct rp_field field = { .name = "payload_len",
		.kind = RP_KIND_RECORD_FLAGS,
		.off = offsetof(struct rp_record, len),
		.size = 4 };
	struct rp_column *c = &b->columns[b->n++];

	c->name = field.name;
	c->name_len = strlen(field.name);
	c->field = field;
	rp_column_be(c, RP_COLUMN_UINT, field.size);
	return set_up(b, c);
}

static bool
has_mantissas(const struct rp_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		switch (b->columns[i].field.kind) {
		case RP_KIND_PRICE:
		case RP_KIND_SIZE:
		case RP_KIND_TURNOVER:
		case RP_KIND_LEVEL_PX:
		case RP_KIND_LEVEL_SZ:
			return true;
		default:
			if (b->columns[i].kind == RP_COLUMN_LEVELS)
				return true;
		}
	return false;
}

static enum rp_status
add_row(struct rp_batch *b, const struct rp_row *row)
{
	bool lists = b->style->level_lists && row->type == RP_BOOK;
	enum rp_status st = RP_OK;

	for (size_t i = 0; st == RP_OK && i < row->n; i++)
		if (!lists || row->cells[i].field.name == NULL ||
		    !is_level(&row->cells[i].field))
			st = add_field(b, &row->cells[i].field,
			    row->names[i].text, row->names[i].len, row);
	if (st == RP_OK && lists)
		st = add_list(b, "bids", RP_SIDE_BID);
	if (st == RP_OK && lists)
		st = add_list(b, "asks", RP_SIDE_ASK);
	if (st == RP_OK && b->style->decimals == RP_DECIMALS_EXACT &&
	    has_mantissas(b))
		st = add_exponents(b, row);
	if (st == RP_OK && b->style->lengths)
		st = add_length(b);
	return st;
}

/* Let the batch take a type; its fields of the columns are to be filled in. */
static enum rp_status
add_source(struct rp_batch *b, uint16_t type, struct rp_field **fields)
{
	struct rp_batch_work *w = b->work;
	struct rp_batch_source *grown;

	grown = reallocarray(w->sources, w->n_sources + 1, sizeof(*grown));
	if (grown == NULL)
		return rp_error_no_memory(&b->error);
	w->sources = grown;
	if ((*fields = calloc(w->capacity, sizeof(**fields))) == NULL)
		return rp_error_no_memory(&b->error);
	grown[w->n_sources++] =
	    (struct rp_batch_source){ rp_type_by_id(type) != NULL ? type : 0,
		    *fields };
	return RP_OK;
}

/* The same, with fields of n columns. */
static enum rp_status
add_type(struct rp_batch *b, uint16_t type, const struct rp_column *columns,
    size_t n)
{
	struct rp_field *fields;
	enum rp_status st = add_source(b, type, &fields);

	for (size_t i = 0; st == RP_OK && i < n; i++)
		fields[i] = columns[i].field;
	return st;
}

/* Two lists, two exponents and a length, behind a row's cells. */
#define MORE_COLUMNS 5

enum rp_status
rp_batch_init(
    struct rp_batch *b, const struct rp_row *row, struct rp_batch_style *style)
{
	enum rp_status st;
	char type[8];

	*b = (struct rp_batch){ .style = style, .type = row->type };
	b->work = calloc(1, sizeof(*b->work));
	if (b->work == NULL)
		return rp_error_no_memory(&b->error);
	b->work->capacity = row->n + MORE_COLUMNS;
	b->columns = calloc(b->work->capacity, sizeof(*b->columns));
	if (b->columns == NULL)
		return rp_error_no_memory(&b->error);
	if ((st = add_row(b, row)) != RP_OK)
		return st;
	if (b->n == 0)
		return rp_error_set(&b->error, RP_ERR_USAGE,
		    "records of type %s have none of the columns",
		    rp_type_name(row->type, type));
	return add_type(b, row->type, b->columns, b->n);
}

/* ---- several types ---- */

static bool
is_text(enum rp_column_kind kind)
{
	return kind == RP_COLUMN_TEXT || kind == RP_COLUMN_DICTIONARY;
}

static bool
is_int(enum rp_column_kind kind)
{
	return kind == RP_COLUMN_INT || kind == RP_COLUMN_UINT;
}

/* Make a column as wide as another one of its name. False: they differ. */
static bool
widen(struct rp_column *c, const struct rp_column *other)
{
	unsigned size = c->size > other->size ? c->size : other->size;

	if (c->kind == other->kind) {
		c->size = (uint8_t)size;
		return c->precision == other->precision &&
		    c->scale == other->scale;
	}
	if (is_int(c->kind) && is_int(other->kind))
		rp_column_be(c, RP_COLUMN_INT, 8);
	else if (is_text(c->kind) && is_text(other->kind))
		rp_column_be(c, RP_COLUMN_TEXT, 0);
	else
		return false;
	return true;
}

static enum rp_status
join(struct rp_batch *b, struct rp_column *c, const struct rp_column *other)
{
	c->nullable |= other->nullable || other->field.name == NULL;
	if (other->field.name == NULL)
		return RP_OK;
	if (c->field.name == NULL) {
		c->field = other->field;
		rp_column_be(c, other->kind, other->size);
		c->precision = other->precision;
		c->scale = other->scale;
	} else if (!widen(c, other))
		return rp_error_set(&b->error, RP_ERR_USAGE,
		    "column %.*s is not the same in records of all types: "
		    "choose one with -t, or write a file each",
		    (int)c->name_len, c->name);
	return set_up(b, c);
}

enum rp_status
rp_batch_unite(struct rp_batch *b, const struct rp_row *row)
{
	struct rp_batch other;
	enum rp_status st;

	st = rp_batch_init(&other, row, b->style);
	if (st != RP_OK)
		rp_error_set(&b->error, st, "%s", other.error.text);
	/* exponents stand last, if a type has mantissas */
	for (; st == RP_OK && b->n < other.n; b->n++) {
		b->columns[b->n].name = other.columns[b->n].name;
		b->columns[b->n].name_len = other.columns[b->n].name_len;
		b->columns[b->n].nullable = true;
	}
	for (size_t i = other.n; st == RP_OK && i < b->n; i++)
		b->columns[i].nullable = true;
	for (size_t i = 0; st == RP_OK && i < other.n; i++)
		st = join(b, &b->columns[i], &other.columns[i]);
	if (st == RP_OK)
		st = add_type(b, row->type, other.columns, other.n);
	rp_batch_free(&other);
	return st;
}

/* ---- copies and ends ---- */

static enum rp_status
copy_column(
    struct rp_batch *b, struct rp_column *c, const struct rp_column *other)
{
	enum rp_status st = RP_OK;

	*c = *other;
	c->validity = c->values = c->offsets = (struct rp_buffer){ 0 };
	c->nulls = 0;
	c->work = NULL;
	c->children = NULL;
	c->n_children = 0;
	if (other->n_children > 0) {
		c->children = calloc(other->n_children, sizeof(*c->children));
		if (c->children == NULL)
			return rp_error_no_memory(&b->error);
	}
	for (; st == RP_OK && c->n_children < other->n_children;
	     c->n_children++)
		st = copy_column(b, &c->children[c->n_children],
		    &other->children[c->n_children]);
	return st == RP_OK ? set_up(b, c) : st;
}

enum rp_status
rp_batch_like(struct rp_batch *b, const struct rp_batch *other)
{
	struct rp_field *fields;
	enum rp_status st = RP_OK;

	*b = (struct rp_batch){ .style = other->style, .type = other->type };
	b->work = calloc(1, sizeof(*b->work));
	if (b->work == NULL)
		return rp_error_no_memory(&b->error);
	b->work->shared = true;
	b->work->capacity = other->work->capacity;
	b->columns = calloc(b->work->capacity, sizeof(*b->columns));
	if (b->columns == NULL)
		return rp_error_no_memory(&b->error);
	for (; st == RP_OK && b->n < other->n; b->n++)
		st = copy_column(b, &b->columns[b->n], &other->columns[b->n]);
	for (size_t i = 0; st == RP_OK && i < other->work->n_sources; i++) {
		const struct rp_batch_source *s = &other->work->sources[i];

		if ((st = add_source(b, s->type, &fields)) == RP_OK)
			memcpy(fields, s->fields, b->n * sizeof(*fields));
	}
	return st;
}

static void
free_column(struct rp_column *c, bool shared)
{
	for (size_t i = 0; i < c->n_children; i++)
		free_column(&c->children[i], shared);
	free(c->children);
	rp_buffer_free(&c->validity);
	rp_buffer_free(&c->values);
	rp_buffer_free(&c->offsets);
	if (c->dictionary != NULL && !shared) {
		rp_dictionary_free(c->dictionary);
		free(c->dictionary);
	}
	if (c->work == NULL)
		return;
	rp_buffer_free(&c->work->texts.spans);
	rp_buffer_free(&c->work->texts.longer);
	rp_buffer_free(&c->work->texts.numbers);
	free(c->work);
}

void
rp_batch_free(struct rp_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		free_column(&b->columns[i], b->work->shared);
	free(b->columns);
	b->columns = NULL;
	b->n = 0;
	if (b->work == NULL)
		return;
	for (size_t i = 0; i < b->work->n_sources; i++)
		free(b->work->sources[i].fields);
	for (size_t i = 0; i < b->work->n_factors; i++)
		free(b->work->factors[i]);
	free(b->work->sources);
	free(b->work->factors);
	free(b->work);
	b->work = NULL;
}
