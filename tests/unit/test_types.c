/* types: the tables are sound, fields are found and read. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "records.h"

START_TEST(test_tables_are_sound)
{
	for (size_t i = 0; i < rp_n_types; i++) {
		const struct rp_type *t = rp_types[i];
		uint16_t id;

		ck_assert(i == 0 || rp_types[i - 1]->id < t->id);
		ck_assert_ptr_eq(rp_type_by_id(t->id), t);
		ck_assert(rp_type_by_name(t->name, strlen(t->name), &id));
		ck_assert_uint_eq(id, t->id);
		ck_assert_uint_le(t->min_len, t->len);
		ck_assert_uint_gt(strlen(t->doc), 0);
	}
}
END_TEST

/* No two fields share a name or a byte; enumerations have no value twice. */
static void
check_fields(const struct rp_type *t)
{
	uint8_t taken[1024] = { 0 };

	for (size_t i = 0; i < t->n_fields; i++) {
		const struct rp_field *f = &t->fields[i];
		struct rp_field found;

		ck_assert_msg(
		    rp_type_field(t, f->name, strlen(f->name), &found) &&
			found.off == f->off && found.kind == f->kind,
		    "%s.%s", t->name, f->name);
		for (unsigned k = f->off; k < f->off + (unsigned)f->size; k++)
			ck_assert_msg(
			    taken[k]++ == 0, "%s.%s", t->name, f->name);
		ck_assert_uint_gt(strlen(f->doc), 0);
		for (size_t a = 0; a < f->n_words; a++)
			for (size_t b = 0; b < a; b++)
				ck_assert_msg(
				    f->words[a].value != f->words[b].value,
				    "%s.%s %s", t->name, f->name,
				    f->words[a].word);
		ck_assert((f->kind == RP_KIND_ENUM ||
			      f->kind == RP_KIND_FLAGS) == (f->n_words > 0));
	}
}

START_TEST(test_fields_are_sound)
{
	for (size_t i = 0; i < rp_n_types; i++)
		check_fields(rp_types[i]);
}
END_TEST

START_TEST(test_type_names)
{
	char buf[8];
	uint16_t id;

	ck_assert_str_eq(rp_type_name(RP_MBO, buf), "mbo");
	ck_assert_str_eq(rp_type_name(65535, buf), "65535");
	ck_assert(rp_type_by_name("mbp-10", 6, &id) && id == RP_BOOK);
	ck_assert(rp_type_by_name("ohlcv-1s", 8, &id) && id == RP_BAR);
	ck_assert(rp_type_by_name("type:1024", 9, &id) && id == 1024);
	ck_assert(rp_type_by_name("4", 1, &id) && id == RP_MBO);
	ck_assert(!rp_type_by_name("0", 1, &id));
	ck_assert(!rp_type_by_name("65536", 5, &id));
	ck_assert(!rp_type_by_name("", 0, &id));
	ck_assert(!rp_type_by_name("mb", 2, &id));
	ck_assert(!rp_type_by_name("mboo", 4, &id));
	ck_assert(!rp_type_by_name("type:", 5, &id));
}
END_TEST

static bool
has(const struct rp_type *t, const char *name, struct rp_field *f)
{
	return rp_type_field(t, name, strlen(name), f);
}

START_TEST(test_find_fields)
{
	struct rp_field f;

	ck_assert(has(NULL, "seq", &f) && f.kind == RP_KIND_SEQ);
	ck_assert(!has(NULL, "price", &f));
	ck_assert(has(rp_type_by_id(RP_MBO), "aux", &f));
	ck_assert_str_eq(f.name, "instrument_id");
	ck_assert(!has(rp_type_by_id(RP_MBO), "bid_px_00", &f));
	ck_assert(has(rp_type_by_id(RP_BOOK), "ask_ct_09", &f));
	ck_assert(f.kind == RP_KIND_LEVEL_CT && f.side == RP_SIDE_ASK &&
	    f.index == 9);
	ck_assert(has(rp_type_by_id(RP_BOOK), "bid_px_100", &f));
	ck_assert_uint_eq(f.index, 100);
	ck_assert(!has(rp_type_by_id(RP_BOOK), "bid_px_0", &f));
	ck_assert(!has(rp_type_by_id(RP_BOOK), "bid_px_010", &f));
	ck_assert(!has(rp_type_by_id(RP_BOOK), "bid_px_65536", &f));
	ck_assert(!has(rp_type_by_id(RP_BOOK), "bid_xx_00", &f));
	ck_assert(!has(rp_type_by_id(RP_BOOK), "bid_px_0x", &f));
}
END_TEST

START_TEST(test_words)
{
	struct rp_field side;
	uint32_t v;

	ck_assert(has(rp_type_by_id(RP_MBO), "side", &side));
	ck_assert(rp_field_word(&side, "bid", 3, &v) && v == RP_SIDE_BID);
	ck_assert(rp_field_word(&side, "buy", 3, &v) && v == RP_SIDE_BID);
	ck_assert(rp_field_word(&side, "A", 1, &v) && v == RP_SIDE_ASK);
	ck_assert(!rp_field_word(&side, "buy|B", 5, &v));
	ck_assert(!rp_field_word(&side, "", 0, &v));
}
END_TEST

static struct rp_value
get(const struct sample *s, int i, const char *name)
{
	struct rp_value v = { .kind = RP_VALUE_ABSENT };
	struct rp_field f;

	if (has(rp_type_by_id(s->record[i]->type), name, &f))
		rp_field_get(&f, &s->frame, s->record[i], &v);
	return v;
}

START_TEST(test_values)
{
	struct sample s;
	struct rp_value v;

	sample_init(&s);
	v = get(&s, MBO_BID, "price");
	ck_assert(v.kind == RP_VALUE_DECIMAL && v.exp == -9 &&
	    v.i == INT64_C(4750250000000));
	ck_assert(get(&s, MBO_ASK, "price").kind == RP_VALUE_ABSENT);
	v = get(&s, MBO_ASK, "size");
	ck_assert(v.kind == RP_VALUE_DECIMAL && v.exp == 1 && v.i == 1);
	v = get(&s, MBO_BID, "ts_event");
	ck_assert(v.kind == RP_VALUE_TIME && v.i == T0 - 500);
	v = get(&s, MBO_BID, "symbol");
	ck_assert(v.kind == RP_VALUE_TEXT && v.len == 4);
	ck_assert(get(&s, MBO_BID, "source").kind == RP_VALUE_ABSENT);
	ck_assert(get(&s, MBO_BID, "send_delta").kind == RP_VALUE_ABSENT);
	v = get(&s, TRADE, "trade_id");
	ck_assert(v.kind == RP_VALUE_ID && v.form == RP_ID_UUID);
	ck_assert(get(&s, TRADE, "depth").kind == RP_VALUE_ABSENT);
	v = get(&s, MBO_ASK, "flags");
	ck_assert(v.kind == RP_VALUE_WORD && v.u == (RP_LAST | RP_SNAPSHOT));
	v = get(&s, BOOK, "bid_px_00");
	ck_assert(v.kind == RP_VALUE_DECIMAL && v.i == 4750);
	v = get(&s, BOOK, "bid_ct_00");
	ck_assert(v.kind == RP_VALUE_UINT && v.u == 2);
	ck_assert(get(&s, BOOK, "bid_px_01").kind == RP_VALUE_ABSENT);
	ck_assert(get(&s, BOOK, "ask_px_00").kind == RP_VALUE_ABSENT);
	/* beyond a short payload all is absent */
	ck_assert(get(&s, SHORT, "price").kind == RP_VALUE_ABSENT);
	ck_assert(get(&s, SHORT, "sequence").kind == RP_VALUE_UINT);
	ck_assert(get(&s, MBO_BID, "priority").kind == RP_VALUE_ABSENT);
}
END_TEST

/* Levels that a book claims and does not hold are not read. */
START_TEST(test_book_that_lies)
{
	struct sample s;
	struct rp_record *rec;
	struct rp_book *book;

	sample_init(&s);
	rec = (struct rp_record *)s.record[BOOK];
	book = (struct rp_book *)rec->payload;
	ck_assert_ptr_nonnull(rp_book_level(rec, RP_SIDE_BID, 0));
	book->n_bid = UINT32_MAX;
	ck_assert_ptr_null(rp_book_level(rec, RP_SIDE_BID, 1));
	ck_assert_ptr_null(rp_book_level(rec, RP_SIDE_BID, UINT32_MAX - 1));
	book->n_ask = 1;
	ck_assert_ptr_null(rp_book_level(rec, RP_SIDE_ASK, 0));
	book->n_bid = 0;
	ck_assert_ptr_nonnull(rp_book_level(rec, RP_SIDE_ASK, 0));
	book->level_size = 8;
	ck_assert_ptr_null(rp_book_level(rec, RP_SIDE_ASK, 0));
	book->level_size = 32;
	ck_assert_ptr_null(rp_book_level(rec, RP_SIDE_ASK, 0));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("types");
	TCase *t = tcase_create("types");
	SRunner *sr;
	int failed;

	tcase_add_test(t, test_tables_are_sound);
	tcase_add_test(t, test_fields_are_sound);
	tcase_add_test(t, test_type_names);
	tcase_add_test(t, test_find_fields);
	tcase_add_test(t, test_words);
	tcase_add_test(t, test_values);
	tcase_add_test(t, test_book_that_lies);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
