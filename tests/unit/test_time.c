/* time: ISO 8601 both ways, zones, spans, and times as users give them. */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "base/time.h"

/* 2023-12-25T23:00:00Z */
#define T0 INT64_C(1703545200000000000)

static const struct {
	const char *text;
	int64_t ns;
} items[] = {
	{ "1970-01-01", 0 },
	{ "1970-01-01T00:00:00.000000001Z", 1 },
	{ "1969-12-31T23:59:59.999999999Z", -1 },
	{ "2023-12-25T23:00:00Z", T0 },
	{ "2023-12-25T23:00", T0 },
	{ "2023-12-25T23", T0 },
	{ "2023-12-25t23:00z", T0 },
	{ "2023-12-25 23:00", T0 },
	{ "20231225T230000Z", T0 },
	{ "20231225T2300", T0 },
	{ "2023-12-25T23:00:00.5", T0 + 500000000 },
	{ "2023-12-25T23:00:00.000000000000", T0 },
	{ "20231225T230000.25", T0 + 250000000 },
	{ "2023-12-26T00:00+01:00", T0 },
	{ "2023-12-25T17:00-06", T0 },
	{ "2023-12-25T17:00-0600", T0 },
	{ "2000-02-29", INT64_C(951782400) * RP_SECOND },
	{ "1677-09-21T00:12:43.145224193Z", INT64_MIN + 1 },
	{ "2262-04-11T23:47:16.854775807Z", INT64_MAX },
};

START_TEST(reads)
{
	int64_t ns = 0;

	ck_assert_int_eq(
	    rp_time_parse(items[_i].text, strlen(items[_i].text), NULL, &ns),
	    RP_OK);
	ck_assert_int_eq(ns, items[_i].ns);
}
END_TEST

static const struct {
	const char *text;
	enum rp_status status;
} wrongs[] = {
	{ "", RP_ERR_USAGE },
	{ "2023", RP_ERR_USAGE },
	{ "2023-12", RP_ERR_USAGE },
	{ "2023-1225", RP_ERR_USAGE },
	{ "2023-13-01", RP_ERR_USAGE },
	{ "2023-00-01", RP_ERR_USAGE },
	{ "2023-02-29", RP_ERR_USAGE },
	{ "1900-02-29", RP_ERR_USAGE },
	{ "2023-12-25T", RP_ERR_USAGE },
	{ "2023-12-25T24:00", RP_ERR_USAGE },
	{ "2023-12-25T23:60", RP_ERR_USAGE },
	{ "2023-12-25T23:00:60", RP_ERR_USAGE },
	{ "2023-12-25T23:", RP_ERR_USAGE },
	{ "2023-12-25T23:0", RP_ERR_USAGE },
	{ "2023-12-25T23:00:00.", RP_ERR_USAGE },
	{ "2023-12-25T23:00Zx", RP_ERR_USAGE },
	{ "2023-12-25T23:00+", RP_ERR_USAGE },
	{ "2023-12-25T23:00+1", RP_ERR_USAGE },
	{ "2023-12-25X23:00", RP_ERR_USAGE },
	{ "2023-12-25T23:00:00.0000000001", RP_ERR_LIMIT },
	{ "1677-09-21T00:12:43.145224192Z", RP_ERR_LIMIT },
	{ "2262-04-11T23:47:16.854775808Z", RP_ERR_LIMIT },
	{ "0000-01-01", RP_ERR_LIMIT },
	{ "9999-12-31", RP_ERR_LIMIT },
};

START_TEST(refuses)
{
	int64_t ns;

	ck_assert_msg(rp_time_parse(wrongs[_i].text, strlen(wrongs[_i].text),
			  NULL, &ns) == wrongs[_i].status,
	    "%s", wrongs[_i].text);
}
END_TEST

static void
check_text(struct rp_time_text *m, int64_t ns, const char *want)
{
	char buf[RP_TIME_ROOM];
	size_t n = rp_time_format(m, buf, ns);

	buf[n] = '\0';
	ck_assert_str_eq(buf, want);
}

START_TEST(writes)
{
	struct rp_time_text utc = { 0 };
	struct rp_zone zone;
	struct rp_time_text india = { .zone = &zone };

	check_text(&utc, 0, "1970-01-01T00:00:00.000000000Z");
	check_text(&utc, -1, "1969-12-31T23:59:59.999999999Z");
	check_text(&utc, T0 + 123456789, "2023-12-25T23:00:00.123456789Z");
	check_text(&utc, INT64_MAX, "2262-04-11T23:47:16.854775807Z");
	check_text(&utc, INT64_MIN + 1, "1677-09-21T00:12:43.145224193Z");
	check_text(&utc, T0 + 3599999999999, "2023-12-25T23:59:59.999999999Z");
	check_text(&utc, T0 + 3600000000000, "2023-12-26T00:00:00.000000000Z");
	ck_assert_int_eq(rp_zone_open(&zone, "+05:30", NULL), RP_OK);
	check_text(&india, T0, "2023-12-26T04:30:00.000000000+05:30");
	ck_assert_int_eq(rp_zone_open(&zone, "-05:30", NULL), RP_OK);
	india = (struct rp_time_text){ .zone = &zone };
	check_text(&india, T0, "2023-12-25T17:30:00.000000000-05:30");
}
END_TEST

/* Against the C library's own calendar, over the whole range. */
START_TEST(agrees_with_libc)
{
	struct rp_time_text m = { 0 };
	char buf[RP_TIME_ROOM], plain[32];
	int64_t ns, back, step = INT64_C(9223372036854775807) / 100003;
	struct tm tm;
	time_t t;
	int i;

	for (i = -100000; i <= 100000; i++) {
		ns = i * step;
		t = (time_t)(ns / RP_SECOND - (ns % RP_SECOND < 0));
		ck_assert_ptr_nonnull(gmtime_r(&t, &tm));
		strftime(plain, sizeof(plain), "%Y-%m-%dT%H:%M:%S.", &tm);
		ck_assert_uint_eq(rp_time_format(&m, buf, ns), 30);
		ck_assert_int_eq(memcmp(buf, plain, 20), 0);
		ck_assert_int_eq(rp_time_parse(buf, 30, NULL, &back), RP_OK);
		ck_assert_int_eq(back, ns);
	}
}
END_TEST

/* Opens a zone of the database, or skips the test where there is none. */
static bool
has_zone(struct rp_zone *zone, const char *name)
{
	return rp_zone_open(zone, name, NULL) == RP_OK;
}

static int64_t
local(struct rp_zone *zone, const char *text)
{
	int64_t ns = 0;

	ck_assert_int_eq(rp_time_parse(text, strlen(text), zone, &ns), RP_OK);
	return ns;
}

START_TEST(zones_of_the_database)
{
	struct rp_zone z;
	struct rp_time_text m = { .zone = &z };

	if (!has_zone(&z, "America/Chicago"))
		return;
	check_text(&m, T0, "2023-12-25T17:00:00.000000000-06:00");
	check_text(
	    &m, T0 - 180 * RP_DAY, "2023-06-28T18:00:00.000000000-05:00");
	ck_assert_int_eq(local(&z, "2023-12-25T17:00"), T0);
	ck_assert_int_eq(local(&z, "2023-12-25T23:00Z"), T0);
	/* 2023-11-05 01:30 comes twice: the first; an hour later the second */
	check_text(&m, local(&z, "2023-11-05T01:30"),
	    "2023-11-05T01:30:00.000000000-05:00");
	check_text(&m, local(&z, "2023-11-05T01:30") + 3600 * RP_SECOND,
	    "2023-11-05T01:30:00.000000000-06:00");
	/* 2023-03-12 02:30 was skipped */
	check_text(&m, local(&z, "2023-03-12T02:30"),
	    "2023-03-12T03:30:00.000000000-05:00");
	/* the last moment before, and the first after a change */
	check_text(&m, local(&z, "2023-03-12T03:00") - 1,
	    "2023-03-12T01:59:59.999999999-06:00");
	ck_assert_int_eq(rp_time_of_day(&z, T0), 17 * 3600 * RP_SECOND);
	ck_assert_int_eq(rp_time_of_day(NULL, T0), 23 * 3600 * RP_SECOND);
	ck_assert_int_eq(rp_time_of_day(NULL, -1), RP_DAY - 1);
}
END_TEST

START_TEST(unknown_zones_are_refused)
{
	static const char *const names[] = { "", "Nowhere", "America",
		"America/Chicag", "/etc/passwd", "../zoneinfo/UTC", "EST5EDT4",
		"+25:00", "+1", "tzdata.zi",
		"a/very/long/name/of/a/time/zone/that/no/database/ever/had/in/"
		"it" };
	struct rp_error err;
	struct rp_zone z;
	size_t i;

	for (i = 0; i < RP_LEN(names); i++) {
		err = (struct rp_error){ 0 };
		ck_assert_msg(rp_zone_open(&z, names[i], &err) == RP_ERR_USAGE,
		    "%s", names[i]);
		ck_assert_ptr_nonnull(strstr(err.text, "no time zone \""));
	}
	ck_assert_int_eq(rp_zone_open(&z, "UTC", NULL), RP_OK);
	ck_assert_int_eq(rp_zone_offset(&z, 0), 0);
}
END_TEST

static const struct {
	const char *text;
	enum rp_status status;
	int64_t ns;
} spans[] = {
	{ "1ns", RP_OK, 1 },
	{ "250us", RP_OK, 250000 },
	{ "50ms", RP_OK, 50000000 },
	{ "2s", RP_OK, 2 * RP_SECOND },
	{ "1.5h", RP_OK, 5400 * RP_SECOND },
	{ "1h30m", RP_OK, 5400 * RP_SECOND },
	{ "1d", RP_OK, RP_DAY },
	{ "2w", RP_OK, 14 * RP_DAY },
	{ "0s", RP_OK, 0 },
	{ "0.5ns", RP_ERR_LIMIT, 0 },
	{ "20000w", RP_ERR_LIMIT, 0 },
	{ "15000w15000w", RP_ERR_LIMIT, 0 },
	{ "", RP_ERR_USAGE, 0 },
	{ "5", RP_ERR_USAGE, 0 },
	{ "s", RP_ERR_USAGE, 0 },
	{ "5x", RP_ERR_USAGE, 0 },
	{ "-5s", RP_ERR_USAGE, 0 },
	{ "1h30", RP_ERR_USAGE, 0 },
	{ "1..5s", RP_ERR_USAGE, 0 },
};

START_TEST(reads_spans)
{
	int64_t ns = 0;

	ck_assert_msg(rp_span_parse(spans[_i].text, strlen(spans[_i].text),
			  &ns) == spans[_i].status,
	    "%s", spans[_i].text);
	if (spans[_i].status == RP_OK)
		ck_assert_int_eq(ns, spans[_i].ns);
}
END_TEST

/* With the stream's first record at T0, --from an hour later, and now T0. */
static const struct {
	const char *text;
	int64_t ns;
} whens[] = {
	{ "2023-12-25T23:00", T0 },
	{ "2023-12-25", T0 - 23 * 3600 * RP_SECOND },
	{ "23:30", T0 + 1800 * RP_SECOND },
	{ "00:00:00.000000001", T0 - 23 * 3600 * RP_SECOND + 1 },
	{ "now", T0 },
	{ "now-1h", T0 - 3600 * RP_SECOND },
	{ "now+1ns", T0 + 1 },
	{ "now-15000w", T0 - 15000 * 7 * RP_DAY },
	{ "+30m", T0 + 5400 * RP_SECOND },
	{ "@1703545200", T0 },
	{ "@1703545200.5", T0 + 500000000 },
	{ "@1703545200000", T0 },
	{ "@1703545200000000", T0 },
	{ "@1703545200000000000", T0 },
	{ "@0", 0 },
	{ "@-1", -RP_SECOND },
};

START_TEST(reads_times_of_users)
{
	struct rp_error err = { 0 };
	struct rp_when w;

	ck_assert_msg(rp_when_parse(whens[_i].text, strlen(whens[_i].text),
			  NULL, T0, &w, &err) == RP_OK,
	    "%s", err.text);
	ck_assert_int_eq(
	    rp_when_resolve(&w, NULL, T0, T0 + 3600 * RP_SECOND, RP_ABSENT),
	    whens[_i].ns);
}
END_TEST

START_TEST(refuses_times_of_users)
{
	static const char *const texts[] = { "", "noon", "5", "1703545200",
		"25:00", "23:", "23:5", "now-", "now*2h", "nower", "+", "+5",
		"@", "@x", "@1.5.5", "-1h", "14:30Z" };
	static const struct {
		const char *text, *why;
	} limits[] = {
		{ "@99999999999999999999",
		    "\"@99999999999999999999\" is outside of 1677-09-21 to "
		    "2262-04-11" },
		{ "2300-01-01",
		    "\"2300-01-01\" is outside of 1677-09-21 to 2262-04-11" },
		{ "14:30:00.0000000001",
		    "\"14:30:00.0000000001\" is finer than a nanosecond" },
		{ "2024-01-01T00:00:00.1234567891Z",
		    "\"2024-01-01T00:00:00.1234567891Z\" is finer than a "
		    "nanosecond" },
	};
	struct rp_error err;
	struct rp_when w;
	size_t i;

	for (i = 0; i < RP_LEN(texts); i++) {
		err = (struct rp_error){ 0 };
		ck_assert_msg(rp_when_parse(texts[i], strlen(texts[i]), NULL,
				  T0, &w, &err) == RP_ERR_USAGE,
		    "%s", texts[i]);
		ck_assert_str_ne(err.text, "");
	}
	for (i = 0; i < RP_LEN(limits); i++) {
		err = (struct rp_error){ 0 };
		ck_assert_int_eq(
		    rp_when_parse(limits[i].text, strlen(limits[i].text), NULL,
			T0, &w, &err),
		    RP_ERR_LIMIT);
		ck_assert_str_eq(err.text, limits[i].why);
	}
	w = (struct rp_when){ RP_WHEN_NONE, 0 };
	ck_assert_int_eq(rp_when_resolve(&w, NULL, T0, T0, 42), 42);
	w = (struct rp_when){ RP_WHEN_AFTER, INT64_MAX };
	ck_assert(rp_when_resolve(&w, NULL, T0, T0, 0) == INT64_MAX);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("time");
	TCase *tc = tcase_create("time");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, reads, 0, (int)RP_LEN(items));
	tcase_add_loop_test(tc, refuses, 0, (int)RP_LEN(wrongs));
	tcase_add_test(tc, writes);
	tcase_add_test(tc, agrees_with_libc);
	tcase_add_test(tc, zones_of_the_database);
	tcase_add_test(tc, unknown_zones_are_refused);
	tcase_add_loop_test(tc, reads_spans, 0, (int)RP_LEN(spans));
	tcase_add_loop_test(tc, reads_times_of_users, 0, (int)RP_LEN(whens));
	tcase_add_test(tc, refuses_times_of_users);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
