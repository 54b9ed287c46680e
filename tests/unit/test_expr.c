/* expr: which records an expression selects, and what it says of bad ones. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "expr/expr.h"
#include "records.h"

/* The records that pass, a letter each: mbo Bid, mbo Ask, Trade, bBo ("b"),
 * Short, Opaque, booK. */
static const char letters[] = "BATbSOK";

struct item {
	const char *expr, *records;
};

static const struct item items[] = {
	/* decimals, exactly, whatever the exponents */
	{ "size >= 5", "BA" },
	{ "size == 10", "A" },
	{ "size == 1e1", "A" },
	{ "size < 10", "BT" },
	{ "size > 4.999999999999999999", "BA" },
	{ "price == 4750.25", "B" },
	{ "price == 4750.250000000000000000", "B" },
	{ "price == 4750.2500000000000000001", "" },
	{ "price > 4750.2499999999999999999", "B" },
	{ "price == 1.5", "T" },
	{ "price = 1.500", "T" },
	{ "price < 1.5000001", "T" },
	{ "price >= 1.5", "BT" },
	{ "price <= 99999999999999999999999", "BT" },
	{ "price > -99999999999999999999999", "BT" },
	{ "price < -1e30", "" },
	{ "1.5 <= price", "BT" },
	{ "5 < size", "A" },
	/* what is absent compares with nothing */
	{ "price != 1.5", "B" },
	{ "not price == 1.5", "BAbSOK" },
	{ "price is absent", "AbSOK" },
	{ "price is present", "BT" },
	{ "price is not absent", "BT" },
	{ "order_id is present", "BA" },
	{ "send_delta is absent", "BATbSOK" },
	{ "send_delta > -5", "" },
	{ "seq is absent", "O" },
	{ "symbol is absent", "b" },
	{ "source is present", "T" },
	{ "type is present", "BATbSOK" },
	/* header fields */
	{ "seq >= 2 and seq <= 3", "AT" },
	{ "seq != 1", "ATbSK" },
	{ "seq == 18446744073709551615", "" },
	{ "seq < 18446744073709551616", "BATbSK" },
	{ "seq > 1.5 and seq < 2.5", "A" },
	{ "type == mbo", "BAS" },
	{ "type != mbo", "TbOK" },
	{ "type in (trade, 2000)", "TO" },
	{ "type == trades", "T" },
	{ "type ~ 'b*'", "bK" },
	{ "type !~ 'b*'", "BATSO" },
	{ "symbol == ESH4", "BTSK" },
	{ "symbol != ESH4", "AO" },
	{ "symbol == \"ESH4\"", "BTSK" },
	{ "symbol ~ ES*", "BTSK" },
	{ "symbol ~ '[!E]?H4'", "AO" },
	{ "symbol !~ 'ES*'", "AO" },
	{ "symbol in (NQH4, CLZ3)", "AO" },
	{ "symbol not in (NQH4, CLZ3)", "BTSK" },
	{ "symbol < 'F'", "BTSK" },
	{ "symbol == glbx", "" },
	{ "source == glbx", "T" },
	{ "flags has last", "BA" },
	{ "flags has last and not flags has snapshot", "B" },
	{ "flags == 0", "TbSOK" },
	/* words */
	{ "side == bid", "B" },
	{ "side == 'bid'", "B" },
	{ "side in (bid, ask)", "BAT" },
	{ "side != bid", "ATbSK" },
	{ "action == A", "B" },
	{ "action in (A, C)", "BA" },
	{ "action != A and type == mbo", "A" },
	{ "action != bust and type == mbo", "BA" },
	{ "not action == bust and type == mbo", "BAS" },
	/* times */
	{ "ts_recv >= 2023-12-25T23:00:05Z", "OK" },
	{ "ts_recv < '2023-12-25 23:00:01'", "B" },
	{ "ts_recv == 2023-12-25T23:00:01", "A" },
	{ "ts_recv > @1703545204", "OK" },
	{ "ts_recv > 1703545204000000000", "OK" },
	{ "ts_recv >= 23:00:05", "OK" },
	{ "ts_recv < 23:00:00.5", "B" },
	{ "ts_recv != 23:00", "ATbSOK" },
	{ "ts_recv < now", "BATbSOK" },
	{ "ts_recv > now-1h", "" },
	{ "ts_recv > 2023-12-25", "BATbSOK" },
	{ "ts_recv > 20231226", "" },
	{ "ts_event < 2023-12-25T23:00:00", "B" },
	{ "ts_event < 2023-12-25T23:00:00+01:00", "" },
	/* ids */
	{ "order_id == 1234", "B" },
	{ "order_id in (99, 1234)", "BA" },
	{ "order_id != 1234", "A" },
	{ "trade_id == 01234567-89ab-cdef-fedc-ba9876543210", "T" },
	{ "trade_id == 1234", "" },
	/* integers, levels of books, fields that are another's */
	{ "sequence == 101", "A" },
	{ "px_exp == -9", "B" },
	{ "px_exp < 0", "BT" },
	{ "bid_px_00 == 4750", "K" },
	{ "bid_px_00 > 4749.99", "K" },
	{ "bid_px_01 > 0", "" },
	{ "bid_px_00 != 4750", "" },
	{ "bid_ct_00 == 2", "K" },
	{ "bid_px < ask_px", "b" },
	{ "bid_px > ask_px", "" },
	{ "bid_px != ask_px", "b" },
	{ "price > size", "B" },
	{ "ts_recv > ts_event", "BATbSK" },
	/* and, or, not; parentheses; blanks */
	{ "side == bid and size >= 5", "B" },
	{ "side == bid && size >= 6", "" },
	{ "side == bid or side == ask", "BAT" },
	{ "side==bid||side==ask", "BAT" },
	{ "side == ask and size > 5 or price == 1.5", "AT" },
	{ "side == ask and (size > 5 or price == 1.5)", "AT" },
	{ "side == bid or side == ask and size > 5", "BA" },
	{ "(side == bid or side == ask) and size > 5", "A" },
	{ "not (side == bid or type == 2000)", "ATbSK" },
	{ "!(side == bid)", "ATbSOK" },
	{ "! side == bid && !type == mbo", "TbOK" },
	{ "not not side == bid", "B" },
	{ "((((side == bid))))", "B" },
	{ "\tside\n==  bid ", "B" },
	{ "type == mbo and type == trade", "" },
	{ "type == mbo or not type == mbo", "BATbSOK" },
};

static struct rp_expr *
compiled(const char *text)
{
	struct rp_error err = { 0 };
	struct rp_expr *e;

	ck_assert_msg(rp_expr_compile(&e, text, NULL, &err) == RP_OK, "%s: %s",
	    text, err.text);
	return e;
}

START_TEST(selects)
{
	const struct item *it = &items[_i];
	struct rp_expr *e = compiled(it->expr);
	enum rp_verdict verdict;
	char got[RECORDS + 1];
	struct sample s;
	size_t n = 0;
	int i;

	sample_init(&s);
	ck_assert_int_eq(rp_expr_frame(e, &s.frame, &verdict), RP_OK);
	for (i = 0; i < RECORDS; i++)
		if (rp_expr_record(e, &s.frame, s.record[i]))
			got[n++] = letters[i];
	got[n] = '\0';
	ck_assert_msg(strcmp(got, it->records) == 0, "%s: %s, not %s", it->expr,
	    got, it->records);
	/* what header and directory say must not contradict the records */
	ck_assert_msg(verdict != RP_PASS_NONE || n == 0, "%s: NONE", it->expr);
	ck_assert_msg(
	    verdict != RP_PASS_ALL || n == RECORDS, "%s: ALL", it->expr);
	rp_expr_free(e);
}
END_TEST

static const struct {
	const char *expr;
	enum rp_verdict verdict;
} verdicts[] = {
	{ "type == mbo or type != mbo", RP_PASS_ALL },
	{ "type == bar", RP_PASS_NONE },
	{ "type == mbo", RP_PASS_SOME },
	{ "open > 5", RP_PASS_NONE },
	{ "symbol == ESZ3", RP_PASS_NONE },
	{ "symbol == ESZ3 and size > 5", RP_PASS_NONE },
	{ "symbol == ESH4", RP_PASS_SOME },
	{ "symbol ~ '*'", RP_PASS_SOME }, /* one record has none */
	{ "ts_recv >= 2023-12-25", RP_PASS_ALL },
	{ "ts_recv >= 2023-12-26", RP_PASS_NONE },
	{ "ts_recv != 2023-12-26", RP_PASS_ALL },
	{ "ts_recv > 2023-12-25T23:00:00", RP_PASS_SOME },
	{ "not ts_recv > 2023-12-26", RP_PASS_ALL },
	{ "seq > 7", RP_PASS_SOME }, /* one has no number */
	{ "size > 1 or ts_recv > 2023-12-25", RP_PASS_ALL },
	{ "size > 1 and ts_recv > 2023-12-26", RP_PASS_NONE },
	{ "instrument_id is absent or instrument_id is present", RP_PASS_SOME },
};

START_TEST(decides_by_header)
{
	struct rp_expr *e = compiled(verdicts[_i].expr);
	enum rp_verdict verdict;
	struct sample s;

	sample_init(&s);
	s.frame.rows = s.frame.rows_end = NULL;
	ck_assert_int_eq(rp_expr_frame(e, &s.frame, &verdict), RP_OK);
	ck_assert_msg(verdict == verdicts[_i].verdict, "%s: %d",
	    verdicts[_i].expr, (int)verdict);
	rp_expr_free(e);
}
END_TEST

static const struct {
	const char *expr, *text;
} wrongs[] = {
	{ "", "column 1: the expression ends where a field is expected" },
	{ "  ", "column 3: the expression ends where a field is expected" },
	{ "Symbol == ES",
	    "column 1: no field named \"Symbol\"; did you mean "
	    "\"symbol\"?" },
	{ "size",
	    "column 5: the expression ends where an operator (== != < "
	    "<= > >= ~ !~ glob in has is) is expected" },
	{ "size >", "column 7: the expression ends where a value is expected" },
	{ "size > 5 5",
	    "column 10: \"5\" where and, or or the end is expected" },
	{ "size > 5)", "column 9: \")\" where and, or or the end is expected" },
	{ "(size > 5",
	    "column 10: the expression ends where \")\", and or or "
	    "is expected" },
	{ "size > big", "column 8: \"big\" is neither a number nor a field" },
	{ "size > prise",
	    "column 8: \"prise\" is neither a number nor a "
	    "field; did you mean \"price\"?" },
	{ "size > '5x'", "column 8: \"5x\" is not a number" },
	{ "size > 1e99",
	    "column 8: \"1e99\" is not a number that a field can "
	    "hold" },
	{ "size > ts_event",
	    "column 8: these fields hold different kinds of values" },
	{ "bid_px > trade_id", "column 10: no record type has both fields" },
	{ "size ~ 5", "column 1: size is compared by == != < <= > >=" },
	{ "side == bud",
	    "column 9: no word \"bud\" in side; did you mean \"bid\"?" },
	{ "side == 17x",
	    "column 9: no word \"17x\" in side: it has none, bid, ask" },
	{ "side > bid", "column 1: side is compared by == != in" },
	{ "flags has lasst",
	    "column 11: no word \"lasst\" in flags; did you "
	    "mean \"last\"?" },
	{ "flags == last",
	    "column 1: flags is compared by has and a word, or "
	    "by == and a number" },
	{ "side has bid", "column 1: side is compared by == != in" },
	{ "type == mboo",
	    "column 9: no record type named \"mboo\"; did you "
	    "mean \"mbo\"?" },
	{ "type > mbo", "column 1: type is compared by == != ~ !~ in" },
	{ "order_id > 5", "column 1: order_id is compared by == != in" },
	{ "ts_event > soon",
	    "column 12: \"soon\" is neither a time nor a field" },
	{ "ts_event > '25:00'",
	    "column 12: \"25:00\" is not a time "
	    "(2023-12-25T23:00, 14:30, now-1h, @EPOCH)" },
	{ "ts_event > +30m",
	    "column 12: \"+30m\" is not a time "
	    "(2023-12-25T23:00, 14:30, now-1h, @EPOCH)" },
	{ "symbol == 'ES", "column 11: this quote is not closed" },
	{ "symbol in ESH4",
	    "column 11: \"ESH4\" where \"(\" and a list, or @FILE is "
	    "expected" },
	{ "symbol in ()", "column 12: \")\" where a value is expected" },
	{ "symbol in (ES NQ)",
	    "column 15: \"NQ\" where \",\" or \")\" is expected" },
	{ "size not 5", "column 10: \"5\" where in or glob is expected" },
	{ "size is big",
	    "column 9: \"big\" where absent or present is expected" },
	{ "size > 5{ side == bid",
	    "column 9: a character that means nothing here: '{'" },
	{ "payload == 5",
	    "column 1: payload is compared by is present and is "
	    "absent only" },
};

START_TEST(says_what_is_wrong)
{
	struct rp_error err = { 0 };
	struct rp_expr *e;

	ck_assert_int_eq(
	    rp_expr_compile(&e, wrongs[_i].expr, NULL, &err), RP_ERR_USAGE);
	ck_assert_ptr_null(e);
	ck_assert_str_eq(err.text, wrongs[_i].text);
}
END_TEST

/* Names that may be of features, and what is said if they are not. */
static const struct {
	const char *expr, *text;
} guesses[] = {
	{ "side == bid and sise >= 5",
	    "column 17: no field named \"sise\"; did you mean \"size\"?" },
	{ "sise > 5",
	    "column 1: no field named \"sise\"; did you mean \"size\"?" },
	{ "xyzzy == 1", "column 1: no field named \"xyzzy\"" },
	{ "mid > microprice", "column 1: no field named \"mid\"" },
	{ "5 < mid", "column 5: no field named \"mid\"" },
	{ "symbol == 'é' and sise > 5",
	    "column 19: no field named \"sise\"; did you mean \"size\"?" },
	{ "mid is present", "column 1: no field named \"mid\"" },
};

START_TEST(guesses_at_names)
{
	const struct rp_guess *g;
	struct rp_expr *e = compiled(guesses[_i].expr);

	ck_assert_uint_ge(rp_expr_guesses(e, &g), 1);
	ck_assert_str_eq(g->message, guesses[_i].text);
	rp_expr_free(e);
}
END_TEST

/* n times `part`, then `tail`. */
static char *
repeated(const char *part, size_t n, const char *tail)
{
	size_t len = strlen(part);
	char *text = malloc(n * len + strlen(tail) + 1);
	size_t i;

	for (i = 0; i < n; i++)
		memcpy(text + i * len, part, len);
	strcpy(text + n * len, tail);
	return text;
}

START_TEST(is_limited)
{
	static const struct {
		const char *part;
		size_t n;
		const char *tail;
		enum rp_status status;
	} cases[] = {
		{ "(", 100000, "", RP_ERR_USAGE },
		{ "not (", RP_MAX_EXPR_DEPTH + 1, "", RP_ERR_USAGE },
		{ "not ", 30000, "size > 5", RP_OK },
		{ "size > 5 or ", RP_MAX_EXPR_TESTS - 1, "size > 5", RP_OK },
		{ "size > 5 or ", RP_MAX_EXPR_TESTS, "size > 5", RP_ERR_USAGE },
		{ "size > 5 and side == bid or ", 2000, "size > 5", RP_OK },
		{ " ", RP_MAX_EXPR + 1, "size > 5", RP_ERR_USAGE },
	};
	char *text = repeated(cases[_i].part, cases[_i].n, cases[_i].tail);
	struct rp_error err = { 0 };
	struct rp_expr *e;

	ck_assert_int_eq(
	    rp_expr_compile(&e, text, NULL, &err), cases[_i].status);
	rp_expr_free(e);
	free(text);
}
END_TEST

static const struct {
	const char *pattern, *text;
	bool match;
} globs[] = {
	{ "", "", true },
	{ "", "a", false },
	{ "*", "", true },
	{ "a*", "a", true },
	{ "a*b*c", "axxbxbxc", true },
	{ "a*b*c", "axxbxbx", false },
	{ "?", "", false },
	{ "?b", "ab", true },
	{ "[a-c]x", "bx", true },
	{ "[!a-c]x", "bx", false },
	{ "[!a-c]x", "dx", true },
	{ "[]]", "]", true },
	{ "[a-]", "-", true },
	{ "[a", "[a", true },
	{ "[", "[", true },
	{ "\\*", "*", true },
	{ "\\*", "a", false },
	{ "a\\", "a\\", true },
	{ "*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    false },
};

START_TEST(globs_match)
{
	ck_assert_msg(
	    rp_glob_match(globs[_i].pattern, strlen(globs[_i].pattern),
		globs[_i].text, strlen(globs[_i].text)) == globs[_i].match,
	    "%s %s", globs[_i].pattern, globs[_i].text);
}
END_TEST

/* Opaque types without end leave no programs behind. */
START_TEST(forgets_opaque_types)
{
	struct rp_expr *e = compiled("type == 5000 and seq > 0");
	enum rp_verdict verdict;
	struct sample s;
	uint16_t type;

	sample_init(&s);
	s.frame.n_types = 1;
	for (type = 2000; type < 8000; type++) {
		struct rp_record *r = (struct rp_record *)s.record[TRADE];

		s.types[0].type = r->type = type;
		ck_assert_int_eq(rp_expr_frame(e, &s.frame, &verdict), RP_OK);
		ck_assert_int_eq(
		    verdict, type == 5000 ? RP_PASS_SOME : RP_PASS_NONE);
		ck_assert_int_eq(rp_expr_record(e, &s.frame, r), type == 5000);
	}
	rp_expr_free(e);
}
END_TEST

/* A number compares with mantissas of all exponents as a slow, plain
 * comparison says. */
START_TEST(decimals_are_exact)
{
	static const char *const literals[] = { "0", "-1", "1", "1.5",
		"-0.000000000000000001", "9223372036854775807",
		"-9223372036854775807", "922337203685.4775807", "1e18",
		"123456.789" };
	static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=" };
	static const int64_t mantissas[] = { 0, 1, -1, 15, 10, INT64_MAX,
		-INT64_MAX, 123456789, 1500000000, 1000000000000000000 };
	struct sample s;
	char text[80];
	size_t i, j, k;
	int exp;

	sample_init(&s);
	for (i = 0; i < RP_LEN(literals) * RP_LEN(ops); i++) {
		const char *literal = literals[i / RP_LEN(ops)];
		const char *op = ops[j = i % RP_LEN(ops)];
		struct rp_mbo *mbo =
		    (struct rp_mbo *)s.record[MBO_BID]->payload;
		enum rp_verdict verdict;
		struct rp_expr *e;
		__int128 m;
		int m_exp;

		snprintf(text, sizeof(text), "price %s %s", op, literal);
		e = compiled(text);
		ck_assert_int_eq(rp_expr_frame(e, &s.frame, &verdict), RP_OK);
		ck_assert_int_eq(
		    rp_wide_parse(literal, strlen(literal), &m, &m_exp), RP_OK);
		for (exp = RP_EXP_MIN; exp <= RP_EXP_MAX; exp++)
			for (k = 0; k < RP_LEN(mantissas); k++) {
				int c = rp_wide_compare(
				    mantissas[k], exp, m, m_exp);
				const bool want[] = { c == 0, c != 0,
					c<0, c <= 0, c> 0, c >= 0 };

				mbo->ev.px_exp = (int8_t)exp;
				mbo->price = mantissas[k];
				ck_assert_msg(rp_expr_record(e, &s.frame,
						  s.record[MBO_BID]) == want[j],
				    "%lld e%d %s", (long long)mantissas[k], exp,
				    text);
			}
		mbo->ev.px_exp = 19; /* not an exponent of ours */
		ck_assert(!rp_expr_record(e, &s.frame, s.record[MBO_BID]));
		mbo->ev.px_exp = 0;
		mbo->price = RP_ABSENT;
		ck_assert(!rp_expr_record(e, &s.frame, s.record[MBO_BID]));
		rp_expr_free(e);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("expr");
	TCase *tc = tcase_create("expr");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, selects, 0, (int)RP_LEN(items));
	tcase_add_loop_test(tc, decides_by_header, 0, (int)RP_LEN(verdicts));
	tcase_add_loop_test(tc, says_what_is_wrong, 0, (int)RP_LEN(wrongs));
	tcase_add_loop_test(tc, guesses_at_names, 0, (int)RP_LEN(guesses));
	tcase_add_loop_test(tc, is_limited, 0, 7);
	tcase_add_loop_test(tc, globs_match, 0, (int)RP_LEN(globs));
	tcase_add_test(tc, forgets_opaque_types);
	tcase_add_test(tc, decimals_are_exact);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
