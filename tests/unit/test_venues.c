/*
 * Messages of venues, whole, cut at every byte and with every byte damaged:
 * each is an event with its last record marked, or is rejected and leaves no
 * record.
 */
#include <check.h>
#include <stdlib.h>

#include "import/import.h"
#include "streams.h"

static const char binance[] =
    "1700000000000000000 {\"stream\":\"ab@depth@0ms\",\"data\":{\"e\":"
    "\"depthUpdate\",\"E\":1,\"T\":1,\"s\":\"AB\",\"U\":99,\"u\":101,\"pu\":98,"
    "\"b\":[[\"100.10\",\"0.0\"],[\"99\",\"1\"]],\"a\":[[\"101\",\"3\"]]}}\n"
    "1700000000000000001 {\"lastUpdateId\":7,\"bids\":[[\"1\",\"2\"]],"
    "\"asks\":[]}\n"
    "1700000000000000002 {\"e\":\"aggTrade\",\"E\":1,\"s\":\"AB\",\"a\":5,"
    "\"p\":\"1.2\",\"q\":\"3\",\"f\":1,\"l\":2,\"T\":1,\"m\":true}\r\n"
    "1700000000000000003 {\"u\":8,\"s\":\"AB\",\"b\":\"1\",\"B\":\"1\","
    "\"a\":\"1.0\",\"A\":\"1\"}\n"
    "1700000000000000004 {\"e\":\"x\",\"y\":[{\"\\u00e9\":null}]}\n";

static const char cryptofeed[] =
    "wss://ws.kraken.com <-> 1.5\n"
    "2.5: "
    "[9,{\"as\":[[\"1.0\",\"2\",\"1.1\"]],\"bs\":[]},\"book-10\",\"A/B\"]\n"
    "3.5: "
    "[9,{\"a\":[[\"1.0\",\"0.0\",\"1.2\"]]},{\"b\":[[\"0.9\",\"1\",\"1.3\","
    "\"r\"]],\"c\":\"123\"},\"book-10\",\"A/B\"]\n"
    "4.5: [9,[[\"1\",\"2\",\"3.4\",\"s\",\"l\",\"\"],[\"1\",\"2\",\"3.4\","
    "\"b\",\"m\"]],\"trade\",\"A/B\"]\n"
    "5.5: {\"arg\":{\"channel\":\"books\",\"instId\":\"A-B\"},\"action\":"
    "\"update\",\"data\":[{\"asks\":[],\"bids\":[[\"1\",\"2\",\"0\",\"3\"]],"
    "\"ts\":\"4\",\"checksum\":-5,\"prevSeqId\":1,\"seqId\":2}]}\n"
    "6.5: {\"event\":\"pong\"}\n";

static const struct {
	const struct rp_import_format *format;
	const char *text;
	uint64_t records; /* of all its messages */
} captures[] = {
	{ &rp_import_binance, binance, 3 + 2 + 1 + 1 + 1 },
	{ &rp_import_cryptofeed, cryptofeed, 1 + 2 + 2 + 2 + 1 + 1 },
};

/* What came of a text. */
struct result {
	uint64_t met, rejected, records, events;
	bool open; /* the last record is not marked as one */
};

static enum rp_status
on_reject(void *arg, const char *text, size_t len, const char *reason)
{
	struct result *o = arg;

	(void)text;
	(void)len;
	ck_assert_ptr_nonnull(strstr(reason, ": line "));
	ck_assert_ptr_null(strchr(reason, '\n'));
	o->rejected++;
	return RP_OK;
}

static void
count_events(struct result *o, const struct rp_buffer *stream)
{
	struct rp_reader *r = rp_reader_memory(stream->data, stream->len, "t");
	const struct rp_record *rec = NULL;
	struct rp_frame f;
	enum rp_status st;

	rp_reader_verify_sums(r, true);
	while ((st = rp_reader_next(r, &f)) == RP_OK)
		while (f.head.kind == RP_DATA &&
		    (rec = rp_frame_next(&f, rec)) != NULL) {
			o->records++;
			o->events += (rec->flags & RP_LAST) != 0;
			o->open = (rec->flags & RP_LAST) == 0;
		}
	ck_assert_int_eq(st, RP_END);
	rp_reader_free(r);
}

static void
import(struct result *o, const struct rp_import_format *format,
    const char *text, size_t len)
{
	const struct rp_import_host host = { .arg = o, .reject = on_reject };
	struct rp_import im = { .name = "t", .host = &host, .format = format };
	struct rp_buffer stream = { 0 };
	enum rp_status st;

	*o = (struct result){ 0 };
	im.in = rp_intake_memory(text, len);
	im.out = rp_writer_memory(&stream, NULL);
	st = rp_import_open(&im);
	while (st == RP_OK)
		st = rp_import_step(&im);
	ck_assert_str_eq(im.error.text, "");
	ck_assert_int_eq(st, RP_END);
	o->met = im.records;
	rp_import_close(&im);
	rp_intake_free(im.in);
	ck_ok(rp_writer_finish(im.out, 0));
	rp_writer_free(im.out);
	count_events(o, &stream);
	rp_buffer_free(&stream);
}

static uint64_t
lines_of(const char *text, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] != '\n' && (i == 0 || text[i - 1] == '\n');
	return n;
}

START_TEST(each_message_is_an_event)
{
	const char *text = captures[_i].text;
	struct result o;

	import(&o, captures[_i].format, text, strlen(text));
	ck_assert_uint_eq(o.rejected, 0);
	ck_assert_uint_eq(o.met, lines_of(text, strlen(text)));
	ck_assert_uint_eq(o.events, o.met);
	ck_assert_uint_eq(o.records, captures[_i].records);
}
END_TEST

START_TEST(cut_anywhere)
{
	const char *text = captures[_i].text;
	struct result o;

	for (size_t n = 0; n < strlen(text); n++) {
		import(&o, captures[_i].format, text, n);
		ck_assert_uint_eq(o.met, lines_of(text, n));
		ck_assert_uint_eq(o.events + o.rejected, o.met);
		ck_assert_uint_le(o.rejected, 1);
		ck_assert(!o.open);
	}
}
END_TEST

START_TEST(damaged_anywhere)
{
	static const char other[] = "x\"[{9-,\\ \xff";
	const char *text = captures[_i].text;
	size_t len = strlen(text);
	char *damaged = malloc(len);
	struct result o;

	ck_assert_ptr_nonnull(damaged);
	for (size_t i = 0; i < len; i++)
		for (const char *c = other; *c != '\0'; c++) {
			memcpy(damaged, text, len);
			damaged[i] = *c;
			import(&o, captures[_i].format, damaged, len);
			ck_assert_uint_eq(o.met, lines_of(damaged, len));
			/* a second connection is a gap before */
			ck_assert_uint_ge(o.events + o.rejected, o.met);
			ck_assert_uint_le(o.events + o.rejected, o.met + 1);
			ck_assert(!o.open);
		}
	free(damaged);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("venues");
	TCase *tc = tcase_create("venues");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(
	    tc, each_message_is_an_event, 0, (int)RP_LEN(captures));
	tcase_add_loop_test(tc, cut_anywhere, 0, (int)RP_LEN(captures));
	tcase_add_loop_test(tc, damaged_anywhere, 0, (int)RP_LEN(captures));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
