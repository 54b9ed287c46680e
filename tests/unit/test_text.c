/* text: values are written and read back as what they were. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "records.h"
#include "types/text.h"

static struct rp_field
field(uint16_t type, const char *name)
{
	struct rp_field f;

	ck_assert(rp_type_field(rp_type_by_id(type), name, strlen(name), &f));
	return f;
}

/* A field's text in a record, terminated. */
static const char *
text(const struct sample *s, int i, const char *name,
    struct rp_text_style *style)
{
	static char buf[RP_TEXT_ROOM + 1];
	struct rp_field f = field(s->record[i]->type, name);
	struct rp_value v;

	rp_field_get(&f, &s->frame, s->record[i], &v);
	buf[rp_text_format(buf, &f, &v, style)] = '\0';
	return buf;
}

START_TEST(test_format)
{
	struct rp_text_style keep = { .digits = RP_DIGITS_KEEP, .iso = true };
	struct rp_text_style trim = { .digits = RP_DIGITS_TRIM };
	struct sample s;

	sample_init(&s);
	ck_assert_str_eq(text(&s, MBO_BID, "price", &keep), "4750.250000000");
	ck_assert_str_eq(text(&s, MBO_BID, "price", &trim), "4750.25");
	ck_assert_str_eq(text(&s, MBO_ASK, "price", &trim), "");
	ck_assert_str_eq(text(&s, MBO_ASK, "size", &keep), "1e1");
	ck_assert_str_eq(text(&s, MBO_ASK, "size", &trim), "10");
	ck_assert_str_eq(
	    text(&s, MBO_BID, "ts_recv", &trim), "1703545200000000000");
	ck_assert_str_eq(text(&s, MBO_BID, "ts_recv", &keep),
	    "2023-12-25T23:00:00.000000000Z");
	ck_assert_str_eq(text(&s, MBO_BID, "side", &trim), "bid");
	ck_assert_str_eq(text(&s, MBO_BID, "action", &trim), "A");
	ck_assert_str_eq(text(&s, MBO_ASK, "flags", &trim), "last|snapshot");
	ck_assert_str_eq(text(&s, TRADE, "flags", &trim), "");
	ck_assert_str_eq(text(&s, TRADE, "trade_id", &trim),
	    "01234567-89ab-cdef-fedc-ba9876543210");
	ck_assert_str_eq(text(&s, TRADE, "tflags", &trim), "id_uuid");
	ck_assert_str_eq(text(&s, TRADE, "action", &trim), "normal");
	ck_assert_str_eq(text(&s, OPAQUE, "seq", &trim), "");
}
END_TEST

START_TEST(test_ids)
{
	static const struct {
		uint64_t hi, lo;
		uint8_t form;
		const char *text;
	} ids[] = {
		{ 0, UINT64_MAX, RP_ID_NUMBER, "18446744073709551615" },
		{ 1, 2, RP_ID_NUMBER, "0x00000000000000010000000000000002" },
		{ 0, 0, RP_ID_UUID, "00000000-0000-0000-0000-000000000000" },
		{ 0x31444342, 0, RP_ID_ASCII, "BCD1" },
		{ 0x3030, 0, RP_ID_ASCII, "00" },
		{ 0x313030373830, 0, RP_ID_ASCII, "087001" },
		/* what ASCII cannot show: a blank, a hole, "0x", nothing */
		{ 0x2042, 0, RP_ID_ASCII,
		    "0x00000000000020420000000000000000" },
		{ 0x420042, 0, RP_ID_ASCII,
		    "0x00000000004200420000000000000000" },
		{ 0x7830, 0, RP_ID_ASCII,
		    "0x00000000000078300000000000000000" },
		{ 0, 0, RP_ID_ASCII, "0x0000000000000000" },
		{ 0, 0xabc, RP_ID_HASH, "0x0000000000000abc" },
		{ 7, 0xabc, RP_ID_HASH, "0x00000000000000070000000000000abc" },
	};
	char buf[RP_TEXT_ROOM];
	uint64_t hi, lo;

	for (size_t i = 0; i < RP_LEN(ids); i++) {
		size_t n = rp_text_id(buf, ids[i].hi, ids[i].lo, ids[i].form);

		ck_assert_msg(n == strlen(ids[i].text) &&
			memcmp(buf, ids[i].text, n) == 0,
		    "%.*s is not %s", (int)n, buf, ids[i].text);
		ck_assert_int_eq(
		    rp_text_read_id(buf, n, ids[i].form, &hi, &lo), RP_OK);
		ck_assert_msg(
		    hi == ids[i].hi && lo == ids[i].lo, "%s", ids[i].text);
	}
	ck_assert_int_ne(
	    rp_text_read_id("0x", 2, RP_ID_NUMBER, &hi, &lo), RP_OK);
	ck_assert_int_ne(rp_text_read_id("0x123456789012345678901234567890123",
			     35, RP_ID_HASH, &hi, &lo),
	    RP_OK);
	ck_assert_int_ne(rp_text_read_id("01234567-89ab-cdef-fedc_ba9876543210",
			     36, RP_ID_UUID, &hi, &lo),
	    RP_OK);
	ck_assert_int_ne(
	    rp_text_read_id("seventeen letters", 17, RP_ID_ASCII, &hi, &lo),
	    RP_OK);
}
END_TEST

START_TEST(test_flags)
{
	struct rp_field f = field(RP_MBO, "tflags");
	char buf[RP_TEXT_ROOM + 1];
	struct sample s;
	struct rp_record *rec;

	sample_init(&s);
	rec = (struct rp_record *)s.record[MBO_BID];
	for (uint32_t v = 0; v <= UINT16_MAX; v++) {
		size_t n = rp_text_flags(buf, &f, v);

		ck_assert_int_eq(rp_text_read(&f, rec, buf, n, NULL), RP_OK);
		ck_assert_uint_eq(rp_le16(rec->payload + RP_EV_TFLAGS), v);
	}
	buf[rp_text_flags(buf, &f, 0xc481)] = '\0';
	ck_assert_str_eq(buf, "tob|id_hash|bit7|bit10");
}
END_TEST

/* Reading a text into a field of an mbo of px_exp -2 and qty_exp 0: what it
 * is then, or NULL if it is refused. */
static const char *
read_back(const char *name, const char *value)
{
	static struct rp_text_style style = { .digits = RP_DIGITS_KEEP };
	static struct sample s;
	struct rp_field f = field(RP_MBO, name);
	struct rp_error err = { 0 };
	struct rp_record *rec;

	sample_init(&s);
	rec = (struct rp_record *)s.record[MBO_BID];
	rec->payload[RP_EV_PX_EXP] = (uint8_t)-2;
	if (rp_text_read(&f, rec, value, value != NULL ? strlen(value) : 0,
		&err) != RP_OK) {
		ck_assert_uint_gt(strlen(err.text), 0);
		return NULL;
	}
	return text(&s, MBO_BID, name, &style);
}

START_TEST(test_read)
{
	static const struct {
		const char *name, *value, *want; /* want NULL: refused */
	} reads[] = {
		{ "price", "1.50", "1.50" },
		{ "price", "1.5", "1.50" },
		{ "price", "-1.5", "-1.50" },
		{ "price", "15e-1", "1.50" },
		{ "price", "2e3", "2000.00" },
		{ "price", "1.500", "1.50" },
		{ "price", "1.505", NULL },
		{ "price", "92233720368547758.07", "92233720368547758.07" },
		{ "price", "92233720368547758.08", NULL },
		{ "price", "-92233720368547758.08", NULL },
		{ "price", "1e30", NULL },
		{ "price", "", NULL },
		{ "price", "-", NULL },
		{ "price", ".", NULL },
		{ "price", "1.2.3", NULL },
		{ "price", "0x1", NULL },
		{ "price", NULL, "" },
		{ "size", "7", "7" },
		{ "size", "0", "0" },
		{ "size", "7.5", NULL },
		{ "side", "buy", "bid" },
		{ "side", "2", "ask" },
		{ "side", "200", "200" },
		{ "side", "256", NULL },
		{ "side", "up", NULL },
		{ "side", NULL, NULL },
		{ "action", "C", "C" },
		{ "action", "200", "200" },
		{ "action", "~", "~" },
		{ "action", "?", NULL },
		{ "action", "AB", NULL },
		{ "action", "0", NULL },
		{ "action", NULL, "" },
		{ "sequence", "18446744073709551615", "18446744073709551615" },
		{ "sequence", "18446744073709551616", NULL },
		{ "sequence", "-1", NULL },
		{ "sequence", NULL, NULL },
		{ "channel", "65535", "65535" },
		{ "channel", "65536", NULL },
		{ "send_delta", "-7", "-7" },
		{ "send_delta", NULL, "" },
		{ "send_delta", "-2147483648", NULL }, /* which means absent */
		{ "seq", "0", NULL },
		{ "seq", NULL, "" },
		{ "ts_recv", "5", "5" },
		{ "ts_recv", "-5", "-5" },
		{ "ts_recv", "1970-01-01T00:00:00.000000007Z", "7" },
		{ "ts_recv", "1970-01-01T01:00:00+01:00", "0" },
		{ "ts_recv", "1970-01-01", "0" },
		{ "ts_recv", "-9223372036854775808", NULL },
		{ "ts_recv", "yesterday", NULL },
		{ "ts_event", NULL, "" },
		{ "flags", "last|bit9", "last|bit9" },
		{ "flags", "", "" },
		{ "flags", "bit16", NULL },
		{ "flags", "last||bad", NULL },
		{ "flags", "first", NULL },
		{ "order_id", "7", "7" },
		{ "order_id", "0xff", "255" },
		{ "order_id", "A7", NULL },
		{ "type", "trade", "trade" },
		{ "type", "none", NULL },
	};

	for (size_t i = 0; i < RP_LEN(reads); i++) {
		const char *got = read_back(reads[i].name, reads[i].value);

		ck_assert_msg((got == NULL) == (reads[i].want == NULL) &&
			(got == NULL || strcmp(got, reads[i].want) == 0),
		    "%s: %s is %s, not %s", reads[i].name,
		    reads[i].value != NULL ? reads[i].value : "null",
		    got != NULL ? got : "refused",
		    reads[i].want != NULL ? reads[i].want : "refused");
	}
}
END_TEST

/* An identifier of any form keeps its text, but for a hash. */
START_TEST(test_take_id)
{
	static const struct {
		const char *text;
		enum rp_id_form form;
		const char *shown; /* NULL: as it is; hashes by xxhsum -H3 */
	} ids[] = {
		{ "1", RP_ID_NUMBER, NULL },
		{ "18446744073709551615", RP_ID_NUMBER, NULL },
		{ "18446744073709551616", RP_ID_HASH, "0x7be2153177db3e37" },
		{ "0", RP_ID_ASCII, NULL },
		{ "007", RP_ID_ASCII, NULL },
		{ "ccc3c1fa-212c-e8b0-1706-9b9c4f3d5ecf", RP_ID_UUID, NULL },
		{ "ccc3c1fa-212c-e8b0-1706-9b9c4f3d5ecg", RP_ID_HASH,
		    "0x3a153a6f91068151" },
		{ "t-17", RP_ID_ASCII, NULL },
		{ "0123456789abcdef", RP_ID_ASCII, NULL },
		{ "0x1f", RP_ID_HASH, "0x000000000000001f" },
		{ "0xzz", RP_ID_HASH, "0x892fe0b23d5b8c8a" },
	};

	for (size_t i = 0; i < RP_LEN(ids); i++) {
		const char *text = ids[i].text;
		char buf[RP_TEXT_ROOM + 1];
		uint64_t hi = 7, lo = 7;
		enum rp_id_form form =
		    rp_text_take_id(text, strlen(text), &hi, &lo);

		ck_assert_int_eq(form, ids[i].form);
		buf[rp_text_id(buf, hi, lo, (uint8_t)form)] = '\0';
		ck_assert_str_eq(
		    buf, ids[i].shown != NULL ? ids[i].shown : text);
	}
}
END_TEST

START_TEST(test_exponents_out_of_range)
{
	char buf[RP_TEXT_ROOM + 1];

	buf[rp_text_decimal(buf, -123, -40, RP_DIGITS_TRIM)] = '\0';
	ck_assert_str_eq(buf, "-123e-40");
	buf[rp_text_decimal(buf, 123, 127, RP_DIGITS_KEEP)] = '\0';
	ck_assert_str_eq(buf, "123e127");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");
	SRunner *sr;
	int failed;

	tcase_add_test(t, test_format);
	tcase_add_test(t, test_ids);
	tcase_add_test(t, test_take_id);
	tcase_add_test(t, test_flags);
	tcase_add_test(t, test_read);
	tcase_add_test(t, test_exponents_out_of_range);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
