/* Path templates: their grammar, names in paths, days. */
#include "base/template.h"

#include <check.h>
#include <string.h>

#include "streams.h"

static const unsigned ALL = 2 * RP_PATH_PART - 1;

static const char *
expand(const char *text, const struct rp_path_clock *clock,
    const struct rp_path_values *v)
{
	static struct rp_buffer out;
	struct rp_error err = { 0 };
	struct rp_template *t;

	ck_ok(rp_template_new(&t, text, ALL, &err));
	ck_ok(rp_template_expand(t, clock, v, &out));
	rp_template_free(t);
	return (const char *)out.data;
}

static const char *
of_name(const char *name)
{
	const struct rp_path_clock utc = { 0 };
	struct rp_path_values v = { .symbol = name,
		.symbol_len = name != NULL ? strlen(name) : 0 };

	return expand("{symbol}", &utc, &v);
}

START_TEST(test_names)
{
	ck_assert_str_eq(of_name("ESH4"), "ESH4");
	ck_assert_str_eq(of_name("BRK/B"), "BRK%2FB");
	ck_assert_str_eq(of_name(".."), "%2E.");
	ck_assert_str_eq(of_name("a.b"), "a.b");
	ck_assert_str_eq(of_name("50%"), "50%25");
	ck_assert_str_eq(of_name("a\tb\x7f"), "a%09b%7F");
	ck_assert_str_eq(of_name("-"), "%2D");
	ck_assert_str_eq(of_name("a-b"), "a-b");
	ck_assert_str_eq(of_name(NULL), "-");
	ck_assert_str_eq(of_name("\xc3\xa9"), "\xc3\xa9");
}
END_TEST

START_TEST(test_keys)
{
	const struct rp_path_clock utc = { 0 };
	struct rp_path_values v = { .symbol = "A",
		.symbol_len = 1,
		.type = "mbo",
		.type_len = 3,
		.ts = INT64_C(1703545199999999999), /* 2023-12-25T22:59:59 */
		.part = 12 };

	ck_assert_str_eq(
	    expand("x/{symbol}-{source}.{type}", &utc, &v), "x/A--.mbo");
	ck_assert_str_eq(
	    expand("{date}/{year}{month}{day}/{hour}{minute}", &utc, &v),
	    "2023-12-25/20231225/2259");
	ck_assert_str_eq(expand("{{{part}}}", &utc, &v), "{0012}");
	v.part = 123456;
	ck_assert_str_eq(expand("{part}", &utc, &v), "123456");
	v.ts = INT64_MIN + 1; /* the ends of time do no harm */
	ck_assert_uint_eq(strlen(expand("{date}", &utc, &v)), 10);
	v.ts = INT64_MAX;
	ck_assert_uint_eq(strlen(expand("{date}", &utc, &v)), 10);
}
END_TEST

START_TEST(test_days)
{
	struct rp_path_clock clock = { 0 };
	struct rp_path_values v = { .ts = INT64_C(1703545199999999999) };

	ck_ok(rp_day_start_parse("23:00", &clock.start));
	ck_assert_str_eq(expand("{date}", &clock, &v), "2023-12-25");
	v.ts++;
	ck_assert_str_eq(expand("{date}", &clock, &v), "2023-12-26");
	ck_assert_str_eq(expand("{day} {hour}", &clock, &v), "26 23");
	ck_ok(rp_day_start_parse("06:30:15", &clock.start));
	v.ts = INT64_C(1703485815000000000) - 1; /* 06:30:14.9 on the 25th */
	ck_assert_str_eq(expand("{date}", &clock, &v), "2023-12-24");
	v.ts++;
	ck_assert_str_eq(expand("{date}", &clock, &v), "2023-12-25");
	ck_assert_int_ne(rp_day_start_parse("25:00", &clock.start), RP_OK);
	ck_assert_int_ne(rp_day_start_parse("noon", &clock.start), RP_OK);
	ck_assert_int_ne(rp_day_start_parse("17:00Z", &clock.start), RP_OK);
	ck_assert_int_ne(rp_day_start_parse("", &clock.start), RP_OK);
}
END_TEST

START_TEST(test_misuse)
{
	static const char *const wrong[] = { "", "{", "}", "{symbol", "a}",
		"{}", "{symbols}", "{SYMBOL}", "{{symbol}", "{part}" };
	struct rp_error err;
	struct rp_template *t;

	for (size_t i = 0; i < RP_LEN(wrong); i++) {
		err = (struct rp_error){ 0 };
		ck_assert_int_eq(rp_template_new(&t, wrong[i],
				     ALL & ~(unsigned)RP_PATH_PART, &err),
		    RP_ERR_USAGE);
		ck_assert_str_ne(err.text, "");
		ck_assert_ptr_null(t);
	}
}
END_TEST

START_TEST(test_base)
{
	static const char *const bases[][2] = { { "a/b/{symbol}", "a/b/" },
		{ "{symbol}", "" }, { "/x{type}", "/" },
		{ "a/b{{c/{type}", "a/" }, { "a/b.rps", "a/" } };
	struct rp_template *t;
	const char *base;
	size_t len;

	for (size_t i = 0; i < RP_LEN(bases); i++) {
		ck_ok(rp_template_new(&t, bases[i][0], ALL, NULL));
		base = rp_template_base(t, &len);
		ck_assert_uint_eq(len, strlen(bases[i][1]));
		ck_assert_int_eq(memcmp(base, bases[i][1], len), 0);
		rp_template_free(t);
	}
}
END_TEST

START_TEST(test_own_keys)
{
	const struct rp_path_variable own[] = { { "run", "7/{x}" },
		{ "b", "" } };
	const struct rp_path_variable bad[] = { { "symbol", "" }, { "", "" },
		{ "a}", "" } };
	const struct rp_path_clock utc = { 0 };
	const struct rp_path_values v = { .symbol = "S", .symbol_len = 1 };
	struct rp_buffer out = { 0 };
	struct rp_template *t;

	ck_ok(rp_template_new_with(
	    &t, "{run}{b}-{symbol}{run}", RP_PATH_SYMBOL, own, 2, NULL));
	ck_ok(rp_template_expand(t, &utc, &v, &out));
	ck_assert_str_eq((char *)out.data, "7/{x}-S7/{x}");
	ck_assert_uint_eq(rp_template_keys(t), RP_PATH_SYMBOL);
	rp_template_free(t);
	rp_buffer_free(&out);
	for (size_t i = 0; i < RP_LEN(bad); i++)
		ck_assert_int_eq(
		    rp_template_new_with(&t, "a", 0, &bad[i], 1, NULL),
		    RP_ERR_USAGE);
	ck_assert_int_eq(
	    rp_template_new_with(&t, "{c}", 0, own, 2, NULL), RP_ERR_USAGE);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_test(tc, test_own_keys);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_keys);
	tcase_add_test(tc, test_days);
	tcase_add_test(tc, test_misuse);
	tcase_add_test(tc, test_base);
}

int
main(void)
{
	return run_suite("template", add_tests);
}
