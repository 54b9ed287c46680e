/* cli/: option values, the command line, outputs, rejects, JSON. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/values.h"

/* ---- values ---- */

START_TEST(counts_have_suffixes)
{
	uint64_t n = 0;

	ck_assert(rp_value_count("0", &n) && n == 0);
	ck_assert(rp_value_count("10k", &n) && n == 10000);
	ck_assert(rp_value_count("10K", &n) && n == 10000);
	ck_assert(rp_value_count("4Mi", &n) && n == 4 << 20);
	ck_assert(rp_value_count("2G", &n) && n == 2000000000);
	ck_assert(rp_value_count("1Ti", &n) && n == UINT64_C(1) << 40);
	ck_assert(
	    rp_value_count("18446744073709551615", &n) && n == UINT64_MAX);
	ck_assert(!rp_value_count("18446744073709551616", &n));
	ck_assert(!rp_value_count("99999999999T", &n));
	ck_assert(!rp_value_count("", &n));
	ck_assert(!rp_value_count("-1", &n));
	ck_assert(!rp_value_count(" 1", &n));
	ck_assert(!rp_value_count("1x", &n));
	ck_assert(!rp_value_count("1Kib", &n));
	ck_assert(!rp_value_count("k", &n));
}
END_TEST

START_TEST(ints_are_whole)
{
	int n = 0;

	ck_assert(rp_value_int("-12", &n) && n == -12);
	ck_assert(rp_value_int("2147483647", &n) && n == 2147483647);
	ck_assert(!rp_value_int("2147483648", &n));
	ck_assert(!rp_value_int("", &n));
	ck_assert(!rp_value_int("-", &n));
	ck_assert(!rp_value_int("1.5", &n));
	ck_assert(!rp_value_int("+1", &n));
}
END_TEST

START_TEST(spans_have_units)
{
	int64_t ns = -1;

	ck_assert(rp_value_span("50ms", &ns) && ns == 50000000);
	ck_assert(rp_value_span("1.5s", &ns) && ns == 1500000000);
	ck_assert(rp_value_span("0", &ns) && ns == 0);
	ck_assert(!rp_value_span("5", &ns));
	ck_assert(!rp_value_span("", &ns));
	ck_assert(!rp_value_span("300000d", &ns));
}
END_TEST

START_TEST(codecs_have_levels)
{
	struct rp_encoding e = { .layout = RP_LAYOUT_COLUMNS };

	ck_assert(rp_value_codec("lz4", &e));
	ck_assert_int_eq(e.codec, RP_CODEC_LZ4);
	ck_assert_int_eq(e.layout, RP_LAYOUT_COLUMNS);
	ck_assert(rp_value_codec("zstd:3", &e));
	ck_assert_int_eq(e.codec, RP_CODEC_ZSTD);
	ck_assert_int_eq(e.level, 3);
	ck_assert(rp_value_codec("none", &e));
	ck_assert_int_eq(e.codec, RP_CODEC_NONE);
	ck_assert_int_eq(e.level, 0);
	ck_assert(!rp_value_codec("none:1", &e));
	ck_assert(!rp_value_codec("zstd:", &e));
	ck_assert(!rp_value_codec("zstd:999", &e));
	ck_assert(!rp_value_codec("zstdx", &e));
	ck_assert(!rp_value_codec("gzip", &e));
	ck_assert(!rp_value_codec("", &e));
	ck_assert(rp_value_layout("rows", &e));
	ck_assert_int_eq(e.layout, RP_LAYOUT_ROWS);
	ck_assert(!rp_value_layout("column", &e));
}
END_TEST

START_TEST(words_are_exact_or_prefixed)
{
	static const char words[] = "fail|skip|file:PATH";

	ck_assert(rp_value_word("fail", words));
	ck_assert(rp_value_word("skip", words));
	ck_assert(rp_value_word("file:x", words));
	ck_assert(!rp_value_word("file", words));
	ck_assert(!rp_value_word("fai", words));
	ck_assert(!rp_value_word("failx", words));
	ck_assert(!rp_value_word("", words));
	ck_assert(!rp_value_word("fail|skip", words));
}
END_TEST

START_TEST(a_maximum_is_a_number_or_a_part)
{
	uint64_t n = 0;
	double part = 0;

	ck_assert(rp_value_maximum("10", &n, &part) && n == 10 && part < 0);
	ck_assert(rp_value_maximum("0.5%", &n, &part) && n == UINT64_MAX);
	ck_assert_double_eq_tol(part, 0.005, 1e-12);
	ck_assert(!rp_value_maximum("101%", &n, &part));
	ck_assert(!rp_value_maximum("5%%", &n, &part));
	ck_assert(!rp_value_maximum("%", &n, &part));
	ck_assert(!rp_value_maximum("1.5", &n, &part));
	ck_assert(!rp_value_maximum("nan%", &n, &part));
}
END_TEST

START_TEST(a_share_is_from_0_to_1)
{
	const uint64_t one = (uint64_t)1 << 32;
	uint64_t v;

	ck_assert(rp_value_share("0", &v) && v == 0);
	ck_assert(rp_value_share("1", &v) && v == one);
	ck_assert(rp_value_share("100%", &v) && v == one);
	ck_assert(rp_value_share("0.5", &v) && v == one / 2);
	ck_assert(rp_value_share("25%", &v) && v == one / 4);
	ck_assert(rp_value_share("0.1%", &v) && v == one / 1000);
	ck_assert(rp_value_share("1e-3", &v) && v == one / 1000);
	ck_assert(rp_value_share("0.000000000000000001", &v) && v == 0);
	ck_assert(rp_value_share("0e18", &v) && v == 0);
	ck_assert(!rp_value_share("1.000000001", &v));
	ck_assert(!rp_value_share("101%", &v));
	ck_assert(!rp_value_share("-0.1", &v));
	ck_assert(!rp_value_share("9e18", &v));
	ck_assert(!rp_value_share("", &v));
	ck_assert(!rp_value_share("%", &v));
	ck_assert(!rp_value_share("5%%", &v));
}
END_TEST

/* ---- the command line ---- */

static const struct rp_tool tool = {
	.name = "rp-test",
	.usage = "[FILE ...]",
	.summary = "be tested",
	.flags = RP_TOOL_SOURCE | RP_TOOL_STATS | RP_TOOL_ERRORS,
};

static struct {
	bool flag;
	const char *string, *word;
	struct rp_list list;
	uint64_t count;
} opts;

static const struct rp_option options[] = {
	{ 'f', "flag", RP_OPT_FLAG, &opts.flag, NULL, "a flag", NULL },
	{ 's', "string", RP_OPT_STRING, &opts.string, "TEXT", "text", NULL },
	{ 0, "word", RP_OPT_STRING, &opts.word, NULL, "a word", "yes|no" },
	{ 'l', "list", RP_OPT_LIST, &opts.list, "ITEM", "many", NULL },
	{ 'n', "count", RP_OPT_COUNT, &opts.count, "N", "a count", NULL },
	/* takes the letter of --verbose over */
	{ 'v', "invert", RP_OPT_FLAG, &opts.flag, NULL, "invert", NULL },
	RP_OPT_END,
};

/* Whether the command line is taken; end it then. */
static bool
take(struct rp_cli *cli, const char **argv)
{
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	memset(&opts, 0, sizeof(opts));
	return rp_cli_start(
	    cli, &tool, options, argc, (char **)(uintptr_t)argv);
}

#define START(cli, ...) \
	take(cli, (const char *[]){ "rp-test", __VA_ARGS__, NULL })

/* The end closes stdout, which the tests still need. */
static int
end(struct rp_cli *cli, enum rp_status status)
{
	int saved = dup(STDOUT_FILENO);
	int r = rp_cli_end(cli, status);

	dup2(saved, STDOUT_FILENO);
	close(saved);
	return r;
}

START_TEST(options_are_read)
{
	struct rp_cli cli;

	ck_assert(START(&cli, "-f", "operand", "-sx", "--list=a", "-l", "b",
	    "--count", "2k", "--word", "no", "--", "-z"));
	ck_assert(opts.flag);
	ck_assert_str_eq(opts.string, "x");
	ck_assert_str_eq(opts.word, "no");
	ck_assert_uint_eq(opts.count, 2000);
	ck_assert_uint_eq(opts.list.n, 2);
	ck_assert_str_eq(opts.list.item[1], "b");
	ck_assert_int_eq(cli.argc, 2);
	ck_assert_str_eq(cli.argv[0], "operand");
	ck_assert_str_eq(cli.argv[1], "-z");
	ck_assert_int_eq(end(&cli, RP_END), 0);
	ck_assert_uint_eq(opts.list.n, 0);
}
END_TEST

START_TEST(a_tool_takes_letters_over)
{
	struct rp_cli cli;

	ck_assert(START(&cli, "-v"));
	ck_assert(opts.flag && !cli.verbose);
	ck_assert_int_eq(end(&cli, RP_OK), 0);
	ck_assert(START(&cli, "--verbose"));
	ck_assert(!opts.flag && cli.verbose);
	ck_assert_int_eq(end(&cli, RP_OK), 0);
}
END_TEST

START_TEST(misuse_is_status_2)
{
	static const char *const wrong[] = { "--word=maybe", "-n", "--count=x",
		"--nonsense", "-z", "--flag=1", "--max-errors=x",
		"--on-error=ask", "--stats-json=-", "--codec=lz4" };
	struct rp_cli cli;
	size_t i;

	for (i = 0; i < RP_LEN(wrong); i++) {
		ck_assert(!START(&cli, wrong[i]));
		ck_assert_int_eq(rp_cli_status(&cli), 2);
	}
}
END_TEST

START_TEST(one_value_is_given_once)
{
	struct rp_cli cli;

	ck_assert(START(&cli, "-f", "-f", "-la", "-lb", "-sx", "-n1"));
	ck_assert_int_eq(end(&cli, RP_OK), 0);
	ck_assert(!START(&cli, "-sx", "--string=x"));
	ck_assert_int_eq(rp_cli_status(&cli), 2);
	ck_assert(!START(&cli, "-n1", "-n2"));
	ck_assert_int_eq(rp_cli_status(&cli), 2);
	ck_assert(!START(&cli, "--on-error=skip", "--on-error=fail"));
	ck_assert_int_eq(rp_cli_status(&cli), 2);
}
END_TEST

START_TEST(a_failure_has_its_status)
{
	struct rp_cli cli;

	ck_assert(START(&cli, "-q"));
	(void)rp_error_set(&cli.error, RP_ERR_TRUNCATED, "x: truncated");
	ck_assert_int_eq(end(&cli, RP_ERR_TRUNCATED), 3);
}
END_TEST

/* ---- rejects ---- */

START_TEST(the_first_reject_fails_by_default)
{
	struct rp_cli cli;

	ck_assert(START(&cli, "-q"));
	ck_assert_int_eq(
	    rp_cli_reject(&cli, "x", 1, "bad %d", 1), RP_ERR_REJECTED);
	ck_assert_str_eq(cli.error.text, "bad 1");
	ck_assert_int_eq(end(&cli, RP_ERR_REJECTED), 3);
}
END_TEST

START_TEST(rejects_up_to_a_maximum)
{
	struct rp_cli cli;

	ck_assert(START(&cli, "-q", "--max-errors=2"));
	ck_assert_int_eq(rp_cli_reject(&cli, "x", 1, "bad"), RP_OK);
	ck_assert_int_eq(rp_cli_reject(&cli, "x", 1, "bad"), RP_OK);
	ck_assert_int_eq(rp_cli_reject(&cli, "x", 1, "bad"), RP_ERR_REJECTED);
	ck_assert_uint_eq(cli.counts.rejected, 3);
	ck_assert_int_eq(end(&cli, RP_ERR_REJECTED), 3);
}
END_TEST

START_TEST(a_part_is_judged_at_the_end)
{
	struct rp_cli cli;

	ck_assert(START(&cli, "-q", "--max-errors=10%"));
	ck_assert_int_eq(rp_cli_reject(&cli, "x", 1, "bad"), RP_OK);
	cli.counts.records_in = 10;
	ck_assert_int_eq(end(&cli, RP_OK), 0);
	ck_assert(START(&cli, "-q", "--max-errors=10%"));
	ck_assert_int_eq(rp_cli_reject(&cli, "x", 1, "bad"), RP_OK);
	cli.counts.records_in = 9;
	ck_assert_int_eq(end(&cli, RP_OK), 3);
}
END_TEST

/* ---- outputs ---- */

static char folder[] = "/tmp/rp-test-XXXXXX";

static void
enter_folder(void)
{
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void
leave_folder(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0); /* nothing may be left in it */
}

static void
put(struct rp_output *out, const char *text)
{
	ck_assert_int_eq(
	    write(out->fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void
expect(const char *path, const char *text)
{
	char buf[64] = "";
	int fd = open(path, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(read(fd, buf, sizeof(buf) - 1), 0);
	ck_assert_str_eq(buf, text);
	close(fd);
}

START_TEST(a_file_appears_whole_or_not)
{
	struct rp_output out;
	struct rp_cli cli;

	enter_folder();
	ck_assert(START(&cli, "-q"));
	ck_assert_int_eq(rp_output_open(&out, &cli, "made", true), RP_OK);
	put(&out, "one");
	ck_assert_int_ne(access("made", F_OK), 0);
	rp_output_discard(&out);
	rp_output_discard(&out);
	ck_assert_int_ne(access("made", F_OK), 0);
	ck_assert_int_eq(rp_output_open(&out, &cli, "made", true), RP_OK);
	put(&out, "two");
	ck_assert_int_eq(rp_output_commit(&out), RP_OK);
	rp_output_discard(&out);
	expect("made", "two");
	/* once more, in the place of the first */
	ck_assert_int_eq(rp_output_open(&out, &cli, "made", true), RP_OK);
	put(&out, "three");
	expect("made", "two");
	ck_assert_int_eq(rp_output_commit(&out), RP_OK);
	rp_output_discard(&out);
	expect("made", "three");
	ck_assert_int_eq(unlink("made"), 0);
	ck_assert_int_eq(end(&cli, RP_OK), 0);
	leave_folder();
}
END_TEST

START_TEST(outputs_that_cannot_be)
{
	struct rp_output out;
	struct rp_cli cli;

	enter_folder();
	ck_assert(START(&cli, "-q"));
	ck_assert_int_eq(rp_output_open(&out, &cli, ".", true), RP_ERR_IO);
	ck_assert_str_eq(cli.error.text, ".: is a directory");
	rp_output_discard(&out);
	cli.error = (struct rp_error){ 0 };
	ck_assert_int_eq(rp_output_open(&out, &cli, "no/x", true), RP_ERR_IO);
	rp_output_discard(&out);
	ck_assert_int_eq(end(&cli, RP_ERR_IO), 1);
	leave_folder();
}
END_TEST

/* ---- JSON ---- */

START_TEST(json_is_escaped_and_nested)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	struct rp_json j = { .f = f };

	rp_json_open(&j, NULL);
	rp_json_text(&j, "a", "x\"\\\n\x7f");
	rp_json_u64(&j, "big", UINT64_MAX);
	rp_json_open(&j, "o");
	rp_json_close(&j);
	rp_json_array(&j, "l");
	rp_json_text(&j, NULL, "y");
	rp_json_bool(&j, NULL, true);
	rp_json_array_close(&j);
	j.numbers = true;
	rp_json_i64(&j, "n", -5);
	rp_json_hash(&j, "h", 255);
	rp_json_close(&j);
	fclose(f);
	ck_assert_str_eq(text,
	    "{\"a\":\"x\\\"\\\\\\u000a\\u007f\","
	    "\"big\":\"18446744073709551615\",\"o\":{},\"l\":[\"y\",true],"
	    "\"n\":-5,\"h\":\"00000000000000ff\"}\n");
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli");
	TCase *t = tcase_create("cli");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, counts_have_suffixes);
	tcase_add_test(t, ints_are_whole);
	tcase_add_test(t, spans_have_units);
	tcase_add_test(t, codecs_have_levels);
	tcase_add_test(t, words_are_exact_or_prefixed);
	tcase_add_test(t, a_maximum_is_a_number_or_a_part);
	tcase_add_test(t, a_share_is_from_0_to_1);
	tcase_add_test(t, options_are_read);
	tcase_add_test(t, a_tool_takes_letters_over);
	tcase_add_test(t, misuse_is_status_2);
	tcase_add_test(t, one_value_is_given_once);
	tcase_add_test(t, a_failure_has_its_status);
	tcase_add_test(t, the_first_reject_fails_by_default);
	tcase_add_test(t, rejects_up_to_a_maximum);
	tcase_add_test(t, a_part_is_judged_at_the_end);
	tcase_add_test(t, a_file_appears_whole_or_not);
	tcase_add_test(t, outputs_that_cannot_be);
	tcase_add_test(t, json_is_escaped_and_nested);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
