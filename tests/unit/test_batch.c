/* batch: columns of records drawn by chance, of every type and in every form,
 * hold what rp_field_get says, field for field. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "columns/batch.h"
#include "records.h"
#include "streams.h"
#include "types/text.h"

/* ---- records by chance ---- */

#define DRAWN 300 /* records: two blocks */
#define PAYLOAD 1024

struct drawn {
	struct rp_frame frame;
	struct rp_label names[5];
	const struct rp_record *recs[DRAWN];
	uint8_t *rows;
};

static int64_t
draw_mantissa(uint64_t *seed)
{
	switch (draw(seed) % 16) {
	case 0:
		return RP_ABSENT;
	case 1:
		return (int64_t)draw(seed);
	case 2:
		return 0;
	default:
		return (int64_t)(draw(seed) % 2000000) - 1000000;
	}
}

static void
draw_text(uint64_t *seed, uint8_t *p, size_t size)
{
	size_t len = draw(seed) % (size + 1);

	for (size_t i = 0; i < size; i++)
		p[i] = i < len ? (uint8_t)('a' + draw(seed) % 26) : 0;
}

static void
draw_field(uint64_t *seed, const struct rp_field *field, struct rp_record *rec)
{
	uint8_t *p = rec->payload + field->off;
	bool extreme = draw(seed) % 8 == 0;

	switch (field->kind) {
	case RP_KIND_PRICE:
	case RP_KIND_SIZE:
		rp_put64(p, (uint64_t)draw_mantissa(seed));
		break;
	case RP_KIND_TURNOVER:
		rp_put64(p, draw(seed) >> draw(seed) % 40);
		rp_put64(p + 8, extreme ? draw(seed) >> 3 : 0);
		break;
	case RP_KIND_ENUM:
	case RP_KIND_FLAGS:
		memset(p, 0, field->size);
		p[0] = (uint8_t)(draw(seed) % (extreme ? 256 : 4));
		p[1] |= extreme && field->size > 1 ? (uint8_t)draw(seed) : 0;
		break;
	case RP_KIND_CHARS:
		draw_text(seed, p, field->size);
		break;
	case RP_KIND_CHAR:
		*p = extreme ? (uint8_t)draw(seed) : "ACMTF"[draw(seed) % 5];
		break;
	case RP_KIND_BYTES:
	case RP_KIND_TEXT:
		draw_text(seed, p, 32);
		break;
	default:
		for (size_t i = 0; i < field->size; i++)
			p[i] = extreme ? 0xff * (draw(seed) % 2)
				       : (uint8_t)draw(seed);
		if (extreme && draw(seed) % 2 == 0)
			memset(p, field->kind == RP_KIND_UINT ? 0xff : 0,
			    field->size);
		if (extreme && field->kind == RP_KIND_TIME)
			rp_put64(p, (uint64_t)RP_ABSENT);
	}
}

static void
draw_book(uint64_t *seed, struct rp_record *rec)
{
	struct rp_book *book = (struct rp_book *)(void *)rec->payload;

	book->n_bid = (uint32_t)(draw(seed) % 8);
	book->n_ask = (uint32_t)(draw(seed) % 8);
	book->level_size = draw(seed) % 2 == 0 ? 24 : 32;
	rec->len = (uint32_t)(sizeof(*book) +
	    (book->n_bid + book->n_ask) * book->level_size);
	for (uint32_t i = 0; i < book->n_bid + book->n_ask; i++) {
		uint8_t *p =
		    rec->payload + sizeof(*book) + i * (size_t)book->level_size;

		rp_put64(p, (uint64_t)draw_mantissa(seed));
		rp_put64(p + 8, (uint64_t)draw_mantissa(seed));
		rp_put32(p + 16, (uint32_t)draw(seed));
	}
}

static void
draw_record(uint64_t *seed, uint16_t type, struct rp_record *rec)
{
	const struct rp_type *t = rp_type_by_id(type);
	size_t full = 0;

	memset(rec, 0, sizeof(*rec) + PAYLOAD);
	*rec = (struct rp_record){ .symbol = (uint32_t)(draw(seed) % 3),
		.source = (uint32_t)(3 + draw(seed) % 3),
		.seq = draw(seed) % 4 == 0 ? 0 : draw(seed),
		.type = type,
		.flags = (uint16_t)(draw(seed) % 64),
		.ts_recv =
		    draw(seed) % 9 == 0 ? RP_ABSENT : (int64_t)draw(seed) };
	for (size_t i = 0; t != NULL && i < t->n_fields; i++) {
		draw_field(seed, &t->fields[i], rec);
		full = (size_t)t->fields[i].off + t->fields[i].size > full
		    ? (size_t)t->fields[i].off + t->fields[i].size
		    : full;
	}
	rec->len = (uint32_t)full;
	if (t != NULL && draw(seed) % 3 == 0)
		rec->len = t->min_len +
		    (uint32_t)(draw(seed) % (full - t->min_len + 1));
	if (t == NULL || draw(seed) % 7 == 0)
		rec->len += (uint32_t)(draw(seed) % 32);
	if (t != NULL && t->id <= RP_IMBALANCE) {
		rec->payload[RP_EV_PX_EXP] = (uint8_t) - (int)(draw(seed) % 12);
		rec->payload[RP_EV_QTY_EXP] = (uint8_t)(3 - draw(seed) % 9);
	}
	if (type == RP_BOOK)
		draw_book(seed, rec);
	if (type == RP_FEATURE)
		rp_put32(rec->payload + RP_EV_AUX, 2);
	if (type == RP_FEATURE && rec->len > 48) {
		rec->len = 48 + 24;
		rp_put64(rec->payload + 32, rp_hash("mid:-3,spread:-1", 16));
		rec->payload[48] = (uint8_t)(draw(seed) % 4);
	}
}

static void
draw_all(struct drawn *d, uint16_t type, uint64_t seed)
{
	static const uint32_t schema = 4;
	static const char *const texts[] = { "ESH4",
		"a name that is longer than a span", "\xc3\xa9", "glbx", "" };

	memset(d, 0, sizeof(*d));
	for (uint32_t i = 0; i < 4; i++)
		rp_label_init(
		    &d->names[i], RP_NAME_SYMBOL, texts[i], strlen(texts[i]));
	rp_label_init(&d->names[4], RP_NAME_SCHEMA, "mid:-3,spread:-1", 16);
	d->frame.names = d->names;
	d->frame.n_names = 5;
	d->frame.schemas = &schema;
	d->frame.n_schemas = 1;
	d->rows = calloc(DRAWN, sizeof(struct rp_record) + PAYLOAD);
	ck_assert_ptr_nonnull(d->rows);
	for (size_t i = 0; i < DRAWN; i++) {
		struct rp_record *rec = (struct rp_record *)(void *)(d->rows +
		    i * (sizeof(*rec) + PAYLOAD));

		draw_record(&seed, type, rec);
		d->recs[i] = rec;
	}
}

/* ---- what a column says ---- */

static bool
is_valid(const struct rp_column *c, size_t row)
{
	return c->nulls == 0 || (c->validity.data[row / 8] >> row % 8 & 1) != 0;
}

static const uint8_t *
bytes_at(const struct rp_column *c, size_t row, size_t *len)
{
	const uint8_t *offset = c->offsets.data + 4 * row;

	*len = rp_le32(offset + 4) - rp_le32(offset);
	return c->values.data + rp_le32(offset);
}

/* As rp-csv would write it. */
static size_t
value_text(const struct rp_column *c, size_t row, char *text)
{
	const uint8_t *p = c->values.data + row * c->size;
	struct rp_value v = { .kind = RP_VALUE_INT };
	struct rp_text_style style = { .digits = RP_DIGITS_TRIM };
	struct rp_field field = { .kind = RP_KIND_INT };
	const char *word;
	size_t len;

	v.wide = 0;
	switch (c->kind) {
	case RP_COLUMN_DICTIONARY:
		word = rp_dictionary_text(c->dictionary, rp_le32(p), &len);
		memcpy(text, word, len);
		return len;
	case RP_COLUMN_TEXT:
		p = bytes_at(c, row, &len);
		memcpy(text, p, len);
		return len;
	case RP_COLUMN_BYTES:
		p = bytes_at(c, row, &len);
		return rp_text_hex(text, p, len);
	case RP_COLUMN_FLOAT:
		return (size_t)sprintf(text, "%.17g", *(const double *)p);
	case RP_COLUMN_DECIMAL:
		memcpy(&v.wide, p, c->size);
		if (c->size == 8)
			v.wide = (int64_t)rp_le64(p);
		v.kind = RP_VALUE_WIDE;
		v.exp = (int8_t)-c->scale;
		break;
	default:
		memcpy(&v.u, p, c->size);
		if (c->kind == RP_COLUMN_UINT)
			v.kind = RP_VALUE_UINT;
		else if (c->size < 8)
			v.i = (int64_t)(v.u << (64 - 8 * c->size)) >>
			    (64 - 8 * c->size);
	}
	return rp_text_format(text, &field, &v, &style);
}

/* What it should say. */
static size_t
wanted_text(const struct rp_column *c, const struct rp_value *v,
    const struct rp_field *field, char *text)
{
	struct rp_text_style style = { .digits = RP_DIGITS_TRIM };
	struct rp_value exact = *v;
	size_t len;

	if (v->kind == RP_VALUE_DECIMAL && c->kind == RP_COLUMN_INT)
		exact.kind = RP_VALUE_INT;
	if (v->kind == RP_VALUE_WIDE && c->scale == 0 &&
	    c->kind == RP_COLUMN_DECIMAL)
		exact.exp = 0; /* a mantissa */
	for (; c->kind == RP_COLUMN_DECIMAL && exact.kind == RP_VALUE_WIDE &&
	     exact.exp > 0;
	     exact.exp--)
		exact.wide *= 10;
	len = rp_text_format(text, field, &exact, &style);
	text[len] = '\0';
	return c->kind == RP_COLUMN_FLOAT
	    ? (size_t)sprintf(text, "%.17g", strtod(text, NULL))
	    : len;
}

static void
check_value(const struct rp_column *c, size_t row, const struct rp_frame *f,
    const struct rp_record *rec, const struct rp_field *field)
{
	char got[4096], want[4096];
	struct rp_value v;
	size_t len;

	rp_field_get(field, f, rec, &v);
	ck_assert_msg(is_valid(c, row) == (v.kind != RP_VALUE_ABSENT),
	    "%.*s of row %zu: valid %d", (int)c->name_len, c->name, row,
	    is_valid(c, row));
	if (v.kind == RP_VALUE_ABSENT) {
		ck_assert(c->nullable);
		return;
	}
	len = value_text(c, row, got);
	got[len] = '\0';
	len = wanted_text(c, &v, field, want);
	want[len] = '\0';
	ck_assert_msg(strcmp(got, want) == 0, "%.*s of row %zu: %s, not %s",
	    (int)c->name_len, c->name, row, got, want);
}

static void
check_list(const struct rp_column *c, size_t row, const struct rp_frame *f,
    const struct rp_record *rec)
{
	const uint32_t from = rp_le32(c->offsets.data + 4 * row);
	const uint32_t to = rp_le32(c->offsets.data + 4 * row + 4);
	struct rp_field field;

	for (uint32_t i = 0; i <= to - from; i++)
		ck_assert((rp_book_level(rec, c->field.side, i) != NULL) ==
		    (i < to - from));
	for (uint32_t i = from; i < to; i++)
		for (size_t k = 0; k < c->n_children; k++) {
			field = c->children[k].field;
			field.index = (uint16_t)(i - from);
			check_value(&c->children[k], i, f, rec, &field);
		}
}

static void
check_lengths(const struct rp_column *c, size_t rows)
{
	ck_assert_uint_eq(c->validity.len, c->nulls > 0 ? (rows + 7) / 8 : 0);
	if (c->size > 0)
		ck_assert_uint_eq(c->values.len, rows * c->size);
	else if (rows > 0)
		ck_assert_uint_eq(c->offsets.len, 4 * (rows + 1));
}

static void
check_row(const struct rp_batch *b, size_t row, const struct rp_frame *f,
    const struct rp_record *rec)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->columns[i].kind == RP_COLUMN_LEVELS)
			check_list(&b->columns[i], row, f, rec);
		else
			check_value(
			    &b->columns[i], row, f, rec, &b->columns[i].field);
}

/* ---- a batch of all of them ---- */

struct maker {
	struct rp_cell_style cells;
	struct rp_plan plan;
	struct rp_batch_style style;
};

static void
make(struct maker *m, enum rp_column_set set)
{
	memset(m, 0, sizeof(*m));
	rp_plan_init(&m->plan, &m->cells);
	m->plan.set = set;
	m->style.decimal_size = 16;
}

static void
unmake(struct maker *m)
{
	rp_plan_free(&m->plan);
	rp_batch_style_free(&m->style);
}

/* In runs by chance; what does not fit is left out. Those that went in. */
static size_t
add_runs(struct rp_batch *b, const struct drawn *d,
    const struct rp_record **kept, uint64_t *seed)
{
	size_t n = 0, at = 0, run;
	enum rp_status st;
	uint64_t rows;

	while (at < DRAWN) {
		run = draw(seed) % 290;
		run = run < DRAWN - at ? run : DRAWN - at;
		rows = b->rows;
		st = rp_batch_add(b, &d->frame, d->recs + at, run);
		rows = b->rows - rows;
		memcpy(kept + n, d->recs + at, rows * sizeof(*kept));
		n += rows;
		at += rows;
		if (st == RP_OK) {
			ck_assert_uint_eq(rows, run);
			continue;
		}
		ck_assert_int_eq(st, RP_ERR_LIMIT);
		ck_assert_str_ne(b->error.text, "");
		b->error = (struct rp_error){ 0 };
		at++;
	}
	return n;
}

static void
check_batch(struct rp_batch *b, const struct drawn *d, uint64_t seed)
{
	const struct rp_record *kept[DRAWN];
	size_t n;

	n = add_runs(b, d, kept, &seed);
	ck_assert_uint_eq(b->rows, n);
	for (size_t i = 0; i < b->n; i++)
		check_lengths(&b->columns[i], n);
	for (size_t i = 0; i < n; i++)
		check_row(b, i, &d->frame, kept[i]);
}

static void
try_type(uint16_t type, enum rp_column_set set, enum rp_decimals decimals,
    bool texts, bool lists)
{
	struct rp_batch batch, like;
	struct maker m;
	struct drawn d;

	draw_all(&d, type, type * 7u + decimals);
	make(&m, set);
	m.style.decimals = decimals;
	m.style.texts = texts;
	m.style.level_lists = lists;
	m.cells.frame = &d.frame;
	ck_assert_int_eq(
	    rp_batch_init(&batch, rp_plan_row(&m.plan, type), &m.style), RP_OK);
	check_batch(&batch, &d, type);
	rp_batch_empty(&batch);
	ck_assert_int_eq(rp_batch_like(&like, &batch), RP_OK);
	check_batch(&like, &d, type);
	if (decimals == RP_DECIMALS_EXACT)
		check_batch(&batch, &d, type + 1u);
	rp_batch_free(&like);
	rp_batch_free(&batch);
	unmake(&m);
	free(d.rows);
}

START_TEST(test_types)
{
	for (int dec = 0; dec <= RP_DECIMALS_EXACT; dec++)
		for (size_t i = 0; i <= rp_n_types; i++)
			try_type(i < rp_n_types ? rp_types[i]->id : 2000,
			    RP_COLUMNS_ALL, (enum rp_decimals)dec, dec != 0,
			    false);
}
END_TEST

START_TEST(test_forms)
{
	for (int dec = 0; dec <= RP_DECIMALS_EXACT; dec++)
		try_type(RP_BOOK, RP_COLUMNS_DEFAULT, (enum rp_decimals)dec,
		    dec == 0, true);
	for (int texts = 0; texts <= 1; texts++) {
		try_type(RP_MBO, RP_COLUMNS_DEFAULT, RP_DECIMALS_FIXED, texts,
		    false);
		try_type(RP_FEATURE, RP_COLUMNS_DEFAULT, RP_DECIMALS_FIXED,
		    texts, false);
	}
}
END_TEST

/* ---- what fits and what does not ---- */

static struct rp_batch
batch_of(struct maker *m, const char *columns, uint16_t type)
{
	struct rp_batch b;

	ck_assert_int_eq(rp_plan_add(&m->plan, columns, NULL), RP_OK);
	m->plan.aligned = true;
	ck_assert_int_eq(
	    rp_batch_init(&b, rp_plan_row(&m->plan, type), &m->style), RP_OK);
	return b;
}

START_TEST(test_fit)
{
	static const struct {
		int64_t mantissa;
		int8_t exp;
		const char *scale, *text; /* text NULL: it does not fit */
	} cases[] = {
		{ 999999999, 0, "price=9", "999999999" },
		{ 1000000000, 0, "price=9", NULL },
		{ -999999999, 0, "price=9", "-999999999" },
		{ -1000000000, 0, "price=9", NULL },
		{ 999999999999999999, -9, "price=9", "999999999.999999999" },
		{ INT64_MAX, -18, "price=9", NULL },
		{ 1500, -3, "price=1", "1.5" },
		{ 1550, -3, "price=1", NULL },
		{ 1, 17, "price=0", "100000000000000000" },
		{ 1, 18, "price=0", NULL },
		{ 0, 127, "price=0", "0" },
		{ 1, 127, "price=0", NULL },
		{ 1, -128, "price=18", NULL },
		{ 0, -128, "price=18", "0" },
		{ INT64_MAX, 0, "price=0", NULL },
		{ INT64_MIN + 1, 0, "price=0", NULL },
		{ 70, -1, "p*=0", "7" },
	};
	const struct rp_record *rec;
	char text[4096];
	struct sample s;
	size_t len;

	for (size_t i = 0; i < RP_LEN(cases); i++)
		for (uint8_t size = 8; size <= 16; size += 8) {
			struct rp_batch b;
			struct maker m;
			struct rp_mbo *mbo;
			enum rp_status st;

			make(&m, RP_COLUMNS_DEFAULT);
			m.style.decimal_size = size;
			ck_assert_int_eq(
			    rp_batch_scale(&m.style, cases[i].scale, NULL),
			    RP_OK);
			b = batch_of(&m, "seq,price", RP_MBO);
			sample_init(&s);
			rec = s.record[MBO_BID];
			mbo = (struct rp_mbo *)rec->payload;
			mbo->price = cases[i].mantissa;
			mbo->ev.px_exp = cases[i].exp;
			st = rp_batch_add(&b, &s.frame, &rec, 1);
			ck_assert_int_eq(
			    st, cases[i].text != NULL ? RP_OK : RP_ERR_LIMIT);
			if (st == RP_OK) {
				len = value_text(&b.columns[1], 0, text);
				text[len] = '\0';
				ck_assert_str_eq(text, cases[i].text);
			} else {
				ck_assert_uint_eq(b.rows, 0);
				ck_assert_uint_eq(b.columns[0].values.len, 0);
				ck_assert_ptr_nonnull(
				    strstr(b.error.text, "column price: "));
				ck_assert_ptr_nonnull(
				    strstr(b.error.text, "--scale"));
			}
			ck_assert_ptr_null(rp_batch_scale_unused(&m.style));
			rp_batch_free(&b);
			unmake(&m);
		}
}
END_TEST

START_TEST(test_scales)
{
	static const char *const wrong[] = { "", "price", "=3",
		"price=", "price=x", "price=-1", "price=39" };
	struct rp_error err = { 0 };
	struct rp_batch b;
	struct maker m;

	make(&m, RP_COLUMNS_DEFAULT);
	for (size_t i = 0; i < RP_LEN(wrong); i++)
		ck_assert_int_eq(
		    rp_batch_scale(&m.style, wrong[i], NULL), RP_ERR_USAGE);
	ck_assert_int_eq(rp_batch_scale(&m.style, "seq=3", &err), RP_OK);
	ck_assert_int_eq(
	    rp_batch_init(&b, rp_plan_row(&m.plan, RP_MBO), &m.style),
	    RP_ERR_USAGE);
	ck_assert_str_eq(
	    b.error.text, "--scale seq=3: column seq is no decimal");
	rp_batch_free(&b);
	unmake(&m);

	make(&m, RP_COLUMNS_DEFAULT);
	ck_assert_int_eq(rp_batch_scale(&m.style, "price=19", &err), RP_OK);
	ck_assert_int_eq(
	    rp_batch_init(&b, rp_plan_row(&m.plan, RP_MBO), &m.style),
	    RP_ERR_USAGE);
	rp_batch_free(&b);
	unmake(&m);

	make(&m, RP_COLUMNS_DEFAULT);
	ck_assert_int_eq(rp_batch_scale(&m.style, "prize=2", &err), RP_OK);
	ck_assert_int_eq(
	    rp_batch_init(&b, rp_plan_row(&m.plan, RP_MBO), &m.style), RP_OK);
	ck_assert_str_eq(rp_batch_scale_unused(&m.style), "prize=2");
	rp_batch_free(&b);
	unmake(&m);
}
END_TEST

/* ---- several types ---- */

/* What the row of a record of another type has in a column. */
static struct rp_field
field_of(uint16_t type, const struct rp_column *c)
{
	struct rp_field field;

	if (!rp_type_field(rp_type_by_id(type), c->name, c->name_len, &field))
		field = (struct rp_field){ .kind = RP_KIND_BYTES,
			.off = UINT16_MAX };
	return field;
}

START_TEST(test_unite)
{
	static const uint16_t types[] = { RP_TRADE, RP_BBO, RP_MBO, RP_BOOK };
	const char *columns = "type,symbol,price,bid_px,depth,action,trade_id";
	struct rp_batch b;
	struct maker m;
	struct drawn d[RP_LEN(types)];
	size_t row = 0;

	make(&m, RP_COLUMNS_DEFAULT);
	m.style.decimals = RP_DECIMALS_EXACT;
	b = batch_of(&m, columns, types[0]);
	for (size_t i = 1; i < RP_LEN(types); i++)
		ck_assert_int_eq(
		    rp_batch_unite(&b, rp_plan_row(&m.plan, types[i])), RP_OK);
	ck_assert_int_eq(rp_batch_unite(&b, rp_plan_row(&m.plan, 0)), RP_OK);
	ck_assert_uint_eq(b.n, 9); /* and the two exponents */
	for (size_t i = 0; i < RP_LEN(types); i++) {
		draw_all(&d[i], types[i], i);
		for (size_t k = 0; k < DRAWN; k++) {
			d[i].frame.head.dir_hash = i + 1;
			ck_assert_int_eq(
			    rp_batch_add(&b, &d[i].frame, &d[i].recs[k], 1),
			    RP_OK);
		}
	}
	for (size_t i = 0; i < RP_LEN(types); i++)
		for (size_t k = 0; k < 300; k++, row++)
			for (size_t j = 0; j < b.n; j++) {
				struct rp_field field =
				    field_of(types[i], &b.columns[j]);

				check_value(&b.columns[j], row, &d[i].frame,
				    d[i].recs[k], &field);
			}
	for (size_t i = 0; i < RP_LEN(types); i++)
		free(d[i].rows);
	rp_batch_free(&b);
	unmake(&m);
}
END_TEST

START_TEST(test_not_united)
{
	struct rp_batch b;
	struct maker m;

	make(&m, RP_COLUMNS_DEFAULT);
	/* bytes in feature, no field in mbo; a list of words in status */
	b = batch_of(&m, "ts_event,reason", RP_GAP);
	if (rp_batch_unite(&b, rp_plan_row(&m.plan, RP_STATUS)) != RP_OK)
		ck_assert_ptr_nonnull(strstr(b.error.text, "choose one"));
	rp_batch_free(&b);
	unmake(&m);
}
END_TEST

/* ---- dictionaries ---- */

START_TEST(test_dictionary)
{
	struct rp_dictionary d = { 0 };
	char text[16];
	uint32_t number;
	size_t len;

	for (int turn = 0; turn < 2; turn++)
		for (uint32_t i = 0; i < 100000; i++) {
			len = i == 0 ? 0 : (size_t)sprintf(text, "S%u", i);
			ck_ok(rp_dictionary_enter(&d, text, len, &number));
			ck_assert_uint_eq(number, i);
		}
	ck_assert_uint_eq(d.n, 100000);
	ck_assert_uint_eq(d.offsets.len, 400004);
	(void)rp_dictionary_text(&d, 0, &len);
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(
	    memcmp(rp_dictionary_text(&d, 99999, &len), "S99999", 6), 0);
	ck_assert_uint_eq(len, 6);
	rp_dictionary_free(&d);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, test_types);
	tcase_add_test(tc, test_forms);
	tcase_add_test(tc, test_fit);
	tcase_add_test(tc, test_scales);
	tcase_add_test(tc, test_unite);
	tcase_add_test(tc, test_not_united);
	tcase_add_test(tc, test_dictionary);
}

int
main(void)
{
	return run_suite("batch", add);
}
