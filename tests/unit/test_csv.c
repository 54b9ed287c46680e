/* csv: what is written is read back by libcsv, value for value; and cells,
 * for all that they remember, write what types/text.h does. */
#include <check.h>
#include <csv.h>
#include <stdio.h>
#include <stdlib.h>

#include "columns/csv.h"
#include "effort.h"
#include "records.h"

/* ---- reading with libcsv ---- */

#define MAX_FIELDS 4096

struct table {
	char *field[MAX_FIELDS];
	size_t n_fields, row_end[64], n_rows;
};

static void
on_field(void *text, size_t len, void *arg)
{
	struct table *t = arg;

	ck_assert_uint_lt(t->n_fields, MAX_FIELDS);
	t->field[t->n_fields++] = strndup(text, len);
}

static void
on_row(int end, void *arg)
{
	struct table *t = arg;

	(void)end;
	t->row_end[t->n_rows++] = t->n_fields;
}

static void
read_csv(struct table *t, const struct rp_out *out, char delimiter)
{
	struct csv_parser p;

	memset(t, 0, sizeof(*t));
	ck_assert_int_eq(csv_init(&p, CSV_STRICT | CSV_STRICT_FINI), 0);
	csv_set_delim(&p, (unsigned char)delimiter);
	ck_assert_uint_eq(
	    csv_parse(&p, out->text.data, out->text.len, on_field, on_row, t),
	    out->text.len);
	ck_assert_int_eq(csv_fini(&p, on_field, on_row, t), 0);
	csv_free(&p);
}

static void
free_table(struct table *t)
{
	for (size_t i = 0; i < t->n_fields; i++)
		free(t->field[i]);
}

/* ---- writing ---- */

struct csv {
	struct rp_csv csv;
	struct rp_out out;
};

static void
csv_open(struct csv *c, const char *columns, char delimiter)
{
	rp_csv_init(&c->csv);
	c->csv.style.quoting.delimiter = delimiter;
	if (columns != NULL)
		ck_assert_int_eq(
		    rp_plan_add(&c->csv.plan, columns, NULL), RP_OK);
	rp_out_init(&c->out, -1, "csv");
}

static void
csv_close(struct csv *c)
{
	rp_csv_free(&c->csv);
	rp_out_free(&c->out);
}

/* Write the records of a type. */
static bool
is_type(const void *type, uint16_t other)
{
	return *(const uint16_t *)type == other;
}

static void
put(struct csv *c, const struct sample *s, uint16_t type)
{
	const struct rp_csv_types types = { is_type, &type };

	ck_assert_int_eq(
	    rp_csv_frame(&c->csv, &c->out, &s->frame, &types), RP_OK);
}

START_TEST(test_read_back)
{
	static const char *const names[] = { "ES,H4", "a \"b\"", " lead",
		"trail\t", "plain", "\"", ",", "\xc3\xa9", "semi;colon",
		"a name that is longer than sixteen bytes, by some" };
	static const char delimiters[] = { ',', ';', '\t' };
	struct sample s;
	struct table t;
	struct csv c;

	for (size_t d = 0; d < RP_LEN(delimiters); d++)
		for (size_t i = 0; i < RP_LEN(names); i++) {
			sample_init(&s);
			rp_label_init(&s.names[0], RP_NAME_SYMBOL, names[i],
			    strlen(names[i]));
			csv_open(&c, "symbol,price,source,side,flags",
			    delimiters[d]);
			ck_assert_int_eq(
			    rp_csv_header(&c.csv, &c.out, 0), RP_OK);
			put(&c, &s, RP_MBO);
			put(&c, &s, RP_TRADE);
			read_csv(&t, &c.out, delimiters[d]);
			ck_assert_uint_eq(t.n_rows, 5);
			ck_assert_uint_eq(t.n_fields, 25);
			ck_assert_str_eq(t.field[0], "symbol");
			ck_assert_str_eq(t.field[4], "flags");
			ck_assert_str_eq(t.field[5], names[i]);
			ck_assert_str_eq(t.field[6], "4750.25");
			ck_assert_str_eq(t.field[7], "");
			ck_assert_str_eq(t.field[8], "bid");
			ck_assert_str_eq(t.field[9], "last");
			ck_assert_str_eq(t.field[20], names[i]);
			ck_assert_str_eq(t.field[21], "1.5");
			ck_assert_str_eq(t.field[22], "glbx");
			free_table(&t);
			csv_close(&c);
		}
}
END_TEST

/* A row of one empty field is a row all the same. */
START_TEST(test_empty_row)
{
	static const char want[] = "4750.25\n\"\"\n\"\"\n\"\"\n";
	struct sample s;
	struct csv c;

	sample_init(&s);
	csv_open(&c, "price", ',');
	put(&c, &s, RP_MBO);
	put(&c, &s, 2000);
	ck_assert_uint_eq(c.out.text.len, strlen(want));
	ck_assert_int_eq(memcmp(c.out.text.data, want, strlen(want)), 0);
	csv_close(&c);
}
END_TEST

START_TEST(test_quote)
{
	static const struct {
		const char *text, *quoted;
	} quotes[] = {
		{ "", "" },
		{ "a", "a" },
		{ "a b", "a b" },
		{ "a,b", "\"a,b\"" },
		{ "a\"b", "\"a\"\"b\"" },
		{ "\"", "\"\"\"\"" },
		{ "a\nb", "\"a\nb\"" },
		{ "a\rb", "\"a\rb\"" },
		{ " a", "\" a\"" },
		{ "a ", "\"a \"" },
		{ "a;b", "a;b" },
	};
	const struct rp_quoting q = { rp_csv_quote, ',' };
	char out[64];

	for (size_t i = 0; i < RP_LEN(quotes); i++) {
		out[rp_csv_quote(
		    out, quotes[i].text, strlen(quotes[i].text), &q)] = '\0';
		ck_assert_str_eq(out, quotes[i].quoted);
	}
}
END_TEST

/* ---- cells ---- */

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	return *x ^= *x << 17;
}

/* Numbers of all sizes, near each other and far, and those that end ranges. */
static uint64_t
some_number(uint64_t *x, uint64_t last)
{
	static const uint64_t ends[] = { 0, 9, 10, 99, 100, 999, 1000, 999999,
		1000000, 99999999, 100000000, 999999999, 1000000000, 1999999999,
		9999999999999999, 10000000000000000, INT64_MAX,
		(uint64_t)INT64_MIN, (uint64_t)INT64_MIN + 1, UINT64_MAX };
	uint64_t r = next_random(x);

	switch (r % 4) {
	case 0:
		return ends[(r >> 8) % RP_LEN(ends)];
	case 1:
		return last + (r >> 8) % 1000;
	case 2:
		return next_random(x) >> (r >> 8) % 64;
	default:
		return next_random(x);
	}
}

static void
compare_cells(struct csv *c, struct rp_row *row, const struct sample *s,
    const struct rp_record *rec)
{
	static char got[4096], want[4096];

	for (size_t i = 0; i < row->n; i++) {
		struct rp_cell *cell = &row->cells[i];
		struct rp_value v;
		size_t n, m;

		if (cell->field.kind == RP_KIND_CHARS ||
		    cell->field.kind == RP_KIND_TEXT)
			continue;
		n = (size_t)(rp_cell_put(cell, rec, got) - got);
		rp_field_get(&cell->field, &s->frame, rec, &v);
		m = rp_text_format(want, &cell->field, &v, &c->csv.style.text);
		ck_assert_msg(n == m && memcmp(got, want, n) == 0,
		    "type %u %s: %.*s, not %.*s", row->type, cell->field.name,
		    (int)n, got, (int)m, want);
		ck_assert_uint_le(n, rp_cell_room(cell, rec));
	}
}

/* Random payloads of all types: cells agree with the plain way. */
static void
check_cells(const struct rp_type *t, bool iso, enum rp_digits digits)
{
	static struct sample s;
	struct rp_record *rec = (struct rp_record *)s.rows;
	uint64_t x = 88172645463325252u + t->id, last = 0;
	struct rp_row *row;
	struct csv c;

	sample_init(&s);
	csv_open(&c, "all", ',');
	c.csv.style.text.iso = iso;
	c.csv.style.text.digits = digits;
	ck_assert_int_eq(rp_cell_style_frame(&c.csv.style, &s.frame), RP_OK);
	row = rp_plan_row(&c.csv.plan, t->id);
	ck_assert_ptr_nonnull(row);
	for (int i = 0; i < 2000 / (int)thinned(4); i++) {
		rec->type = t->id;
		rec->len = (uint32_t)(next_random(&x) % 600);
		rec->seq = some_number(&x, rec->seq);
		rec->ts_recv = (int64_t)some_number(&x, (uint64_t)rec->ts_recv);
		rec->flags = (uint16_t)(next_random(&x) % 64);
		rec->symbol = (uint32_t)(next_random(&x) % 4);
		for (unsigned k = 0; k < 600; k += 8) {
			last = some_number(&x, rp_le64(rec->payload + k));
			rp_put64(rec->payload + k, last);
		}
		if (i % 2 != 0)
			rec->payload[RP_EV_PX_EXP] = (uint8_t) - (i % 10);
		if (i % 4 != 0)
			rec->payload[RP_EV_QTY_EXP] = 0;
		if (i % 8 != 0)
			rec->payload[RP_EV_TFLAGS + 1] = 0;
		compare_cells(&c, row, &s, rec);
	}
	csv_close(&c);
}

START_TEST(test_cells)
{
	const struct rp_type *t = rp_types[_i];

	check_cells(t, false, RP_DIGITS_TRIM);
	check_cells(t, true, RP_DIGITS_KEEP);
}
END_TEST

START_TEST(test_plan)
{
	struct rp_error err = { 0 };
	struct csv c;

	csv_open(&c, NULL, ',');
	ck_assert_int_eq(rp_plan_add(&c.csv.plan, "a,,b", &err), RP_ERR_USAGE);
	ck_assert_int_eq(rp_plan_add(&c.csv.plan, "", NULL), RP_ERR_USAGE);
	csv_close(&c);
	csv_open(&c, "price", ',');
	ck_assert_int_eq(
	    rp_plan_add(&c.csv.plan, "size,price", NULL), RP_ERR_USAGE);
	csv_close(&c);
	csv_open(&c, NULL, ',');
	c.csv.plan.levels = 2;
	ck_assert_str_eq(rp_plan_row(&c.csv.plan, RP_BOOK)
			     ->names[rp_plan_row(&c.csv.plan, RP_BOOK)->n - 1]
			     .text,
	    "ask_ct_01");
	csv_close(&c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("csv");
	TCase *t = tcase_create("csv");
	SRunner *sr;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_read_back);
	tcase_add_test(t, test_empty_row);
	tcase_add_test(t, test_quote);
	tcase_add_loop_test(t, test_cells, 0, (int)rp_n_types);
	tcase_add_test(t, test_plan);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
