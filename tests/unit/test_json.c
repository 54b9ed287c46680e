/* The JSON scanner: what it takes and refuses and where, walking, pointers. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "import/json_pick.h"

/* A copy that ends where the text ends, for whoever reads past it. */
static char *
exactly(const char *text, size_t len)
{
	char *copy = malloc(len + (len == 0));

	ck_assert_ptr_nonnull(copy);
	return memcpy(copy, text, len);
}

/* Pass over a whole text: how it ended. */
static enum rp_status
check(struct rp_scan *s, const char *text, size_t len)
{
	(void)!rp_scan_begin(s, text, len);
	(void)!(rp_scan_skip(s) && rp_scan_end(s));
	return rp_scan_status(s);
}

static const char *const goods[] = { "0", "-0", "10", "1.5", "-1.50e+10", "1E5",
	"1e-5", "\"\"", "\"a\"", "null", "true", "false", "[]", "{}", " [ ] ",
	"\t{\r\n}\n", "[1,2]", "[ 1 , 2 ]", "{\"a\":1,\"b\":[{}]}",
	"{ \"a\" : 1 , \"b\" : [ { } ] }", "[[],[[]],{}]",
	"\"12345678\\\"12345678\\\\\"", "\"\\u0041\\ud83d\\ude00\"",
	"\"\xc3\xa9\xf0\x9f\x98\x80\"", "{\"\":\"\"}", "[null,true,false,-1]" };

START_TEST(takes_what_is_json)
{
	size_t len = strlen(goods[_i]);
	char *text = exactly(goods[_i], len);
	struct rp_scan s = { 0 };

	ck_assert_msg(check(&s, text, len) == RP_OK, "%s: column %zu: %s",
	    goods[_i], rp_scan_column(&s), s.why);
	/* none of these, cut short, is whole; but for numbers and space */
	for (size_t n = 0; text[0] > '9' && n < len; n++) {
		char *cut = exactly(text, n);

		ck_assert_int_eq(check(&s, cut, n), RP_ERR_CORRUPT);
		free(cut);
	}
	rp_scan_free(&s);
	free(text);
}
END_TEST

static const struct {
	const char *text;
	size_t column;
	const char *why;
} bads[] = {
	{ "", 1, "a value is expected" },
	{ "nul", 1, "a value is expected" },
	{ "NaN", 1, "a value is expected" },
	{ "-Infinity", 2, "digits are missing" },
	{ "+1", 1, "a value is expected" },
	{ ".5", 1, "a value is expected" },
	{ "1.", 3, "digits are missing" },
	{ "1e", 3, "digits are missing" },
	{ "01", 3, "a number begins with 0" },
	{ "1 2", 3, "something follows the value" },
	{ "[1,]", 4, "a value is expected" },
	{ "[,1]", 2, "a value is expected" },
	{ "[1 2]", 4, "',' or ']' is expected" },
	{ "[1}", 3, "',' or ']' is expected" },
	{ "[", 2, "a value is expected" },
	{ "]", 1, "a value is expected" },
	{ "[]]", 3, "something follows the value" },
	{ "{\"a\"}", 5, "':' is expected" },
	{ "{\"a\":}", 6, "a value is expected" },
	{ "{\"a\":1,}", 8, "a key in quotes is expected" },
	{ "{\"a\":1]", 7, "',' or '}' is expected" },
	{ "{,}", 2, "a key in quotes is expected" },
	{ "{1:2}", 2, "a key in quotes is expected" },
	{ "{\"a\":1 \"b\":2}", 8, "',' or '}' is expected" },
	{ "\"abc", 5, "the string does not end" },
	{ "\"abcdefgh\\", 11, "the string does not end" },
	{ "\"a\nb\"", 3, "control character in a string" },
	{ "\"\\x\"", 3, "no such escape" },
	{ "\"\\u12g4\"", 4, "\\u without four hex digits" },
	{ "\"\\ud800x\"", 8, "half a pair of surrogates" },
	{ "\"\\udc00\"", 8, "half a pair of surrogates" },
	{ "[\"\xff\"]", 3, "not UTF-8" },
	{ "[\"0123456789012345678901234567890123456789\xc3\"]", 43,
	    "not UTF-8" },
	{ "[\"\xed\xa0\x80\"]", 3, "not UTF-8" },
};

START_TEST(refuses_the_rest_and_says_where)
{
	size_t len = strlen(bads[_i].text);
	char *text = exactly(bads[_i].text, len);
	struct rp_scan s = { 0 };
	struct rp_json_value v;

	ck_assert_int_eq(check(&s, text, len), RP_ERR_CORRUPT);
	ck_assert_str_eq(s.why, bads[_i].why);
	ck_assert_uint_eq(rp_scan_column(&s), bads[_i].column);
	/* and stays so */
	ck_assert(!rp_scan_value(&s, &v) && !rp_scan_key(&s, &v));
	ck_assert(!rp_scan_item(&s) && !rp_scan_end(&s));
	ck_assert_str_eq(s.why, bads[_i].why);
	rp_scan_free(&s);
	free(text);
}
END_TEST

START_TEST(depth_has_a_limit)
{
	char text[2 * RP_JSON_MAX_DEPTH + 2];
	struct rp_scan s = { 0 };

	memset(text, '[', RP_JSON_MAX_DEPTH);
	memset(text + RP_JSON_MAX_DEPTH, ']', RP_JSON_MAX_DEPTH);
	ck_assert_int_eq(check(&s, text, 2 * (size_t)RP_JSON_MAX_DEPTH), RP_OK);
	memset(text, '[', RP_JSON_MAX_DEPTH + 1);
	memset(text + RP_JSON_MAX_DEPTH + 1, ']', RP_JSON_MAX_DEPTH + 1);
	ck_assert_int_eq(check(&s, text, sizeof(text)), RP_ERR_CORRUPT);
	ck_assert_uint_eq(rp_scan_column(&s), RP_JSON_MAX_DEPTH + 1);
	rp_scan_free(&s);
}
END_TEST

START_TEST(walks)
{
	static const char text[] =
	    "{\"p\":\"61800.30\",\"n\": -1.50e3,\"\\u0061\":"
	    "\"x\\ty\",\"l\":[[1,\"2\"], [3]],"
	    "\"skip\":{\"a\":[1,{}]},\"w\":{\"z\":[ ]}}";
	struct rp_scan s = { 0 };
	struct rp_json_value k, v;
	char got[200] = "";
	size_t n = 0;

	ck_assert(rp_scan_begin(&s, text, strlen(text)));
	ck_assert(rp_scan_value(&s, &v) && v.kind == RP_JSON_OBJECT);
	while (rp_scan_key(&s, &k)) {
		n += (size_t)snprintf(
		    got + n, sizeof(got) - n, "%.*s=", (int)k.len, k.text);
		if (rp_json_is(&k, "l")) {
			ck_assert(rp_scan_value(&s, &v));
			ck_assert_int_eq(v.kind, RP_JSON_ARRAY);
			while (rp_scan_item(&s)) {
				ck_assert(rp_scan_value(&s, &v));
				ck_assert(rp_scan_item(&s));
				ck_assert(rp_scan_value(&s, &v));
				n += (size_t)snprintf(got + n, sizeof(got) - n,
				    "(%.*s)", (int)v.len, v.text);
				ck_assert(rp_scan_leave(&s, RP_JSON_ARRAY));
			}
			continue;
		}
		if (rp_json_is(&k, "skip")) {
			ck_assert(rp_scan_skip(&s));
			continue;
		}
		ck_assert(rp_scan_whole(&s, &v));
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%d:%.*s;",
		    v.kind, (int)v.len, v.text);
	}
	ck_assert(rp_scan_end(&s));
	ck_assert_str_eq(got,
	    "p=5:61800.30;n=4:-1.50e3;a=5:x\ty;l=(1)(3)skip=w=7:{\"z\":[ ]};");
	rp_scan_free(&s);
}
END_TEST

/* Strings without their escapes stay until the text is done with. */
START_TEST(many_escapes)
{
	enum { N = 1000 };
	struct rp_json_value v[N];
	struct rp_scan s = { 0 };
	char text[N * 10 + 20], *p = text, expected[16];

	*p++ = '[';
	for (int i = 0; i < N; i++)
		p += sprintf(p, "\"\\/%03d\",", i);
	p[-1] = ']';
	ck_assert(rp_scan_begin(&s, text, (size_t)(p - text)));
	ck_assert(rp_scan_value(&s, &v[0]));
	for (int i = 0; rp_scan_item(&s); i++)
		ck_assert(rp_scan_value(&s, &v[i]));
	ck_assert(rp_scan_end(&s));
	for (int i = 0; i < N; i++) {
		sprintf(expected, "/%03d", i);
		ck_assert(rp_json_is(&v[i], expected));
	}
	rp_scan_free(&s);
}
END_TEST

/* The example of RFC 6901, section 5, and more. */
static const char document[] =
    "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,"
    "\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,"
    "\"0\":{\"0\":[10,{\"x\":[null,[]]}]},\"foo2\":{}}";

static const struct {
	const char *pointer;
	int kind;
	const char *text;
} picks[] = {
	{ "", RP_JSON_OBJECT, document },
	{ "/foo", RP_JSON_ARRAY, "[\"bar\",\"baz\"]" },
	{ "/foo/0", RP_JSON_STRING, "bar" },
	{ "/foo/1", RP_JSON_STRING, "baz" },
	{ "/foo/2", RP_JSON_NONE, "" },
	{ "/foo/01", RP_JSON_NONE, "" },
	{ "/foo/-", RP_JSON_NONE, "" },
	{ "/foo/0/0", RP_JSON_NONE, "" },
	{ "/", RP_JSON_NUMBER, "0" },
	{ "/a~1b", RP_JSON_NUMBER, "1" },
	{ "/c%d", RP_JSON_NUMBER, "2" },
	{ "/e^f", RP_JSON_NUMBER, "3" },
	{ "/g|h", RP_JSON_NUMBER, "4" },
	{ "/i\\j", RP_JSON_NUMBER, "5" },
	{ "/k\"l", RP_JSON_NUMBER, "6" },
	{ "/ ", RP_JSON_NUMBER, "7" },
	{ "/m~0n", RP_JSON_NUMBER, "8" },
	{ "/0/0/0", RP_JSON_NUMBER, "10" },
	{ "/0/0/1/x/0", RP_JSON_NULL, "null" },
	{ "/0/0/1/x/1", RP_JSON_ARRAY, "[]" },
	{ "/0/0/1", RP_JSON_OBJECT, "{\"x\":[null,[]]}" },
	{ "/foo2", RP_JSON_OBJECT, "{}" },
	{ "/fo", RP_JSON_NONE, "" },
};

START_TEST(pointers_find)
{
	struct rp_json_value v[RP_LEN(picks)];
	struct rp_json_pick p = { 0 };
	struct rp_scan s = { 0 };
	uint32_t number;

	for (size_t i = 0; i < RP_LEN(picks); i++) {
		ck_assert_int_eq(rp_json_pick_add(&p, picks[i].pointer,
				     strlen(picks[i].pointer), &number, NULL),
		    RP_OK);
		ck_assert_uint_eq(number, i);
	}
	ck_assert_int_eq(
	    rp_json_pick_add(&p, "/foo/1", 6, &number, NULL), RP_OK);
	ck_assert_uint_eq(number, 3);
	ck_assert(rp_scan_begin(&s, document, strlen(document)));
	ck_assert(rp_json_pick(&p, &s, v) && rp_scan_end(&s));
	for (size_t i = 0; i < RP_LEN(picks); i++) {
		ck_assert_msg(v[i].kind == picks[i].kind, "%s: kind %d",
		    picks[i].pointer, v[i].kind);
		ck_assert_msg(v[i].kind == RP_JSON_NONE ||
			rp_json_is(&v[i], picks[i].text),
		    "%s: %.*s", picks[i].pointer, (int)v[i].len, v[i].text);
	}
	rp_json_pick_free(&p);
	rp_scan_free(&s);
}
END_TEST

START_TEST(pointers_are_checked)
{
	static const char twice[] = "{\"a\":{\"b\":1},\"c\":0,\"c\":0,"
				    "\"a\":{\"b\":2}}";
	char deep[2 * (RP_JSON_MAX_DEPTH + 1)];
	struct rp_json_pick p = { 0 };
	struct rp_scan s = { 0 };
	struct rp_error err = { 0 };
	struct rp_json_value v;
	uint32_t number;

	ck_assert_int_eq(
	    rp_json_pick_add(&p, "a", 1, &number, &err), RP_ERR_USAGE);
	ck_assert_str_eq(err.text, "'a' is no JSON pointer (\"/member/0\")");
	ck_assert_int_eq(
	    rp_json_pick_add(&p, "/a~", 3, &number, NULL), RP_ERR_USAGE);
	ck_assert_int_eq(
	    rp_json_pick_add(&p, "/a~2", 4, &number, NULL), RP_ERR_USAGE);
	for (size_t i = 0; i < sizeof(deep); i += 2)
		memcpy(deep + i, "/a", 2);
	ck_assert_int_eq(
	    rp_json_pick_add(&p, deep, sizeof(deep), &number, NULL),
	    RP_ERR_LIMIT);
	ck_assert_int_eq(rp_json_pick_add(&p, "/a/b", 4, &number, NULL), RP_OK);
	ck_assert_uint_eq(number, 0);
	ck_assert(rp_scan_begin(&s, twice, strlen(twice)));
	ck_assert(!rp_json_pick(&p, &s, &v));
	ck_assert_str_eq(s.why, "a member is there twice");
	rp_json_pick_free(&p);
	rp_scan_free(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json");
	TCase *tc = tcase_create("json");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, takes_what_is_json, 0, (int)RP_LEN(goods));
	tcase_add_loop_test(
	    tc, refuses_the_rest_and_says_where, 0, (int)RP_LEN(bads));
	tcase_add_test(tc, depth_has_a_limit);
	tcase_add_test(tc, walks);
	tcase_add_test(tc, many_escapes);
	tcase_add_test(tc, pointers_find);
	tcase_add_test(tc, pointers_are_checked);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
