/* import/: lines and cells of text, however the bytes of them come. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "import/cells.h"
#include "import/rows.h"

/* A text that comes in pieces. */
struct pieces {
	const char *at, *end;
	size_t size;
	bool fails; /* at its end */
};

static enum rp_status
read_piece(void *arg, uint8_t *dst, size_t cap, size_t *n, int ms,
    struct rp_error *err)
{
	struct pieces *p = arg;
	size_t left = (size_t)(p->end - p->at);

	(void)ms;
	*n = p->size < cap ? p->size : cap;
	*n = *n < left ? *n : left;
	memcpy(dst, p->at, *n);
	p->at += *n;
	if (*n > 0)
		return RP_OK;
	return p->fails ? rp_error_set(err, RP_ERR_IO, "broken") : RP_END;
}

/* Read lines, each to text as "NUMBER[LINE]", "!" if too long; join: rows. */
static enum rp_status
read_lines(struct rp_buffer *text, const char *input, size_t len, size_t size,
    size_t max, bool fails, bool join)
{
	struct pieces p = { input, input + len, size, fails };
	const struct rp_intake_source source = { &p, read_piece, true };
	struct rp_import im = { .name = "f", .in = rp_intake_from(&source) };
	struct rp_rows r = { .max = max };
	enum rp_status st = RP_OK, joined = RP_OK;
	char number[24];

	text->len = 0;
	while (st == RP_OK) {
		while (rp_rows_next(&r, im.in)) {
			joined = join ? rp_rows_join(&r, im.in, '"') : RP_OK;
			if (joined == RP_EMPTY)
				break;
			snprintf(number, sizeof(number), "%llu[",
			    (unsigned long long)r.number);
			ck_assert_int_eq(
			    rp_buffer_add(text, number, strlen(number)), RP_OK);
			ck_assert_int_eq(
			    rp_buffer_add(text, r.text, r.len), RP_OK);
			ck_assert_int_eq(
			    rp_buffer_add(text,
				r.too_long             ? "!]"
				    : joined == RP_END ? "?]"
						       : "]",
				r.too_long || joined == RP_END ? 2 : 1),
			    RP_OK);
		}
		st = rp_rows_more(&r, &im);
	}
	ck_assert_int_eq(rp_buffer_add(text, "", 1), RP_OK);
	rp_intake_free(im.in);
	return st;
}

static const struct {
	const char *input, *lines, *rows; /* rows: with quotes */
} items[] = {
	{ "", "", "" },
	{ "a", "1[a]", "1[a]" },
	{ "a\nbc\n", "1[a]2[bc]", "1[a]2[bc]" },
	{ "\xef\xbb\xbf"
	  "a\r\n\r\nb\r",
	    "1[a]2[]3[b\r]", "1[a]2[]3[b\r]" },
	{ "\n\n", "1[]2[]", "1[]2[]" },
	{ "0123456789\n0123456789a\nb", "1[0123456789]2[0123456789!]3[b]",
	    "1[0123456789]2[0123456789!]3[b]" },
	{ "0123456789\r\n0123456789012345678901234567890\nb\n",
	    "1[0123456789]2[0123456789!]3[b]",
	    "1[0123456789]2[0123456789!]3[b]" },
	{ "\"a\nb\",c\nd\n", "1[\"a]2[b\",c]3[d]", "1[\"a\nb\",c]3[d]" },
	{ "x\"\"\n\"\r\n\"\r\ny", "1[x\"\"]2[\"]3[\"]4[y]",
	    "1[x\"\"]2[\"\r\n\"]4[y]" },
	{ "\"a\nb\nc", "1[\"a]2[b]3[c]", "1[\"a?]2[b]3[c]" },
	{ "\"a\n0123456789\n\"c\n", "1[\"a]2[0123456789]3[\"c]",
	    "1[\"a?]2[0123456789]3[\"c?]" },
};

/* However long the pieces are, the lines are the same. */
START_TEST(lines)
{
	struct rp_buffer text = { 0 };

	for (size_t size = 1; size < 50; size++) {
		const char *input = items[_i].input;

		ck_assert_int_eq(read_lines(&text, input, strlen(input), size,
				     10, false, false),
		    RP_END);
		ck_assert_str_eq((char *)text.data, items[_i].lines);
		ck_assert_int_eq(read_lines(&text, input, strlen(input), size,
				     10, false, true),
		    RP_END);
		ck_assert_str_eq((char *)text.data, items[_i].rows);
	}
	rp_buffer_free(&text);
}
END_TEST

START_TEST(a_piece_before_a_failure_is_no_line)
{
	struct rp_buffer text = { 0 };

	for (size_t size = 1; size < 10; size++) {
		ck_assert_int_eq(
		    read_lines(&text, "a\nbcd", 5, size, 10, true, false),
		    RP_ERR_IO);
		ck_assert_str_eq((char *)text.data, "1[a]");
	}
	rp_buffer_free(&text);
}
END_TEST

/* Every text of commas and others, at every alignment. */
START_TEST(cells)
{
	char text[32];
	struct rp_cell c[32];

	for (unsigned bits = 0; bits < 1 << 12; bits++) {
		size_t len = bits % 20, n = 1, found, from = bits % 7;

		for (size_t i = 0; i < len; i++) {
			bool comma = bits >> (i % 12) & 1;

			text[from + i] = comma ? ',' : (char)('-' - (i & 1));
			n += text[from + i] == ',';
		}
		found = rp_cells_split(c, 32, text + from, len, ',');
		ck_assert_uint_eq(found, n);
		ck_assert_ptr_eq(c[0].text, text + from);
		for (size_t i = 1; i < n; i++) {
			ck_assert_ptr_eq(
			    c[i].text, c[i - 1].text + c[i - 1].len + 1);
			ck_assert_int_eq(c[i].text[-1], ',');
			ck_assert_ptr_null(
			    memchr(c[i - 1].text, ',', c[i - 1].len));
		}
		ck_assert_ptr_eq(
		    c[n - 1].text + c[n - 1].len, text + from + len);
		/* more than there is room for are counted */
		ck_assert_uint_eq(
		    rp_cells_split(c, 1, text + from, len, ','), n);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rows");
	TCase *tc = tcase_create("rows");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, lines, 0, (int)RP_LEN(items));
	tcase_add_test(tc, a_piece_before_a_failure_is_no_line);
	tcase_add_test(tc, cells);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
