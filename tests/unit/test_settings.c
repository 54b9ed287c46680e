/* cli/dotenv.h and cli/settings.h. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "cli/dotenv.h"
#include "cli/settings.h"

static bool
has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* ---- lines ---- */

static const struct {
	const char *line, *name, *value;
} good[] = {
	{ "A=b", "A", "b" },
	{ "A=", "A", "" },
	{ "_a9=b=c", "_a9", "b=c" },
	{ " export\tA=b \t", "A", "b" },
	{ "export=b", "export", "b" },
	{ "A = b c", "A", "b c" },
	{ "A=b#c", "A", "b#c" },
	{ "A=b #c", "A", "b" },
	{ "A= #c", "A", "" },
	{ "A=#c", "A", "#c" },
	{ "A=b\r", "A", "b" },
	{ "A=''", "A", "" },
	{ "A='b #\\n\"' # c", "A", "b #\\n\"" },
	{ "A=\"\"", "A", "" },
	{ "A=\"b\\n\\\"\\\\\\$\\`\\d'#\"\r", "A", "b\n\"\\$`\\d'#" },
	{ "A=b'c\"", "A", "b'c\"" },
	{ "\xef\xbb\xbf"
	  "A=b",
	    "A", "b" },
	{ "\n\r\n# x\n  # y='\n A=b\n", "A", "b" },
};

static struct rp_buffer text;

static struct rp_dotenv
begin(const char *what, size_t len)
{
	struct rp_dotenv d;

	text.len = 0;
	ck_assert_int_eq(rp_buffer_add(&text, what, len), RP_OK);
	ck_assert_int_eq(rp_dotenv_begin(&d, "f", &text, NULL), RP_OK);
	return d;
}

START_TEST(a_line_is_a_variable)
{
	struct rp_dotenv d = begin(good[_i].line, strlen(good[_i].line));

	ck_assert_int_eq(rp_dotenv_next(&d, NULL), RP_OK);
	ck_assert_str_eq(d.name, good[_i].name);
	ck_assert_str_eq(d.value, good[_i].value);
	ck_assert_int_eq(rp_dotenv_next(&d, NULL), RP_END);
	ck_assert_int_eq(rp_dotenv_next(&d, NULL), RP_END);
}
END_TEST

static const char *const bad[] = { "A", "=Q", "9A=Q", "A-B=c", "export A",
	"A.B=c", "A='Q", "A=\"Q", "A=\"Q\\\"", "A=\"Q\\", "A='Q'c", "A='Q'#c",
	"A=\"Q\" c", "\xc3\xa4=Q", "\x1f\x8b\x08" };

START_TEST(a_line_is_none)
{
	char file[100];
	struct rp_error err = { 0 };
	struct rp_dotenv d;
	int n = snprintf(file, sizeof(file), "Z=y\n%s\nC=d\n", bad[_i]);

	d = begin(file, (size_t)n);
	ck_assert_int_eq(rp_dotenv_next(&d, NULL), RP_OK);
	ck_assert_int_eq(rp_dotenv_next(&d, &err), RP_ERR_USAGE);
	ck_assert(strncmp(err.text, "f, line 2: ", 11) == 0);
	ck_assert(!has(err.text, "Q"));
	/* what follows can be read */
	ck_assert_int_eq(rp_dotenv_next(&d, NULL), RP_OK);
	ck_assert_str_eq(d.name, "C");
	ck_assert_uint_eq(d.line, 3);
	ck_assert_int_eq(rp_dotenv_next(&d, NULL), RP_END);
}
END_TEST

START_TEST(a_zero_byte_is_no_end)
{
	struct rp_dotenv d = begin("A=b\0c\nD=e", 9);

	ck_assert_int_eq(rp_dotenv_next(&d, NULL), RP_ERR_USAGE);
	ck_assert_int_eq(rp_dotenv_next(&d, NULL), RP_OK);
	ck_assert_str_eq(d.value, "e");
}
END_TEST

START_TEST(what_is_quoted_is_read_again)
{
	static const char *const values[] = { "", "a", "a b", "a'b", "'", "\"",
		"a\"b", "$HOME `x` \\n", "it's $5 \\ \"\n", "#", " a ",
		"\xc3\xa4", "redis://u:p@h/0?a=b&c" };
	char line[200];
	struct rp_dotenv d;
	FILE *f;

	for (size_t i = 0; i < RP_LEN(values); i++) {
		f = fmemopen(line, sizeof(line), "w");
		fputs("A=", f);
		rp_dotenv_quote(f, values[i]);
		fclose(f);
		d = begin(line, strlen(line));
		ck_assert_int_eq(rp_dotenv_next(&d, NULL), RP_OK);
		ck_assert_str_eq(d.value, values[i]);
		ck_assert_int_eq(rp_dotenv_next(&d, NULL), RP_END);
	}
}
END_TEST

/* ---- settings ---- */

static struct {
	const char *text, *url, *secret, *word;
	uint64_t count;
	bool flag;
} v;

static const struct rp_setting table[] = {
	{ "T_TEXT", RP_SETTING_TEXT, &v.text, "x", 0, 0, NULL, "a text" },
	{ "T_URL", RP_SETTING_URL, &v.url, NULL, 0, 0, NULL, NULL },
	{ "T_SECRET", RP_SETTING_SECRET, &v.secret, NULL, 0, 0, NULL, NULL },
	{ "T_WORD", RP_SETTING_WORD, &v.word, "none", 0, 0, "none|zstd", NULL },
	{ "T_COUNT", RP_SETTING_COUNT, &v.count, "5Ki", 1, 9000, NULL, NULL },
	{ "T_FLAG", RP_SETTING_BOOL, &v.flag, "true", 0, 0, NULL, NULL },
};

static const struct rp_tool tool = {
	.name = "rp-test", .usage = "", .summary = "be tested"
};
static const struct rp_option options[] = { RP_OPT_END };

static char folder[] = "/tmp/rp-test-XXXXXX";
static struct rp_settings settings;
static char told[4096]; /* on stderr */

static void
enter_folder(void)
{
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	for (size_t i = 0; i < RP_LEN(table); i++)
		unsetenv(table[i].name);
	memset(&v, 0, sizeof(v));
}

static void
leave_folder(void)
{
	unlink(".env");
	rmdir(".env");
	unlink("told");
	ck_assert_int_eq(rmdir(folder), 0);
	rp_settings_free(&settings);
	rp_buffer_free(&text);
}

static void
put(const char *what, size_t len)
{
	FILE *f = fopen(".env", "w");

	ck_assert_uint_eq(fwrite(what, 1, len, f), len);
	fclose(f);
}

/* Read the settings; the exit status and what was told. */
static int
read_settings(const char *env_file)
{
	const char *argv[] = { "rp-test", NULL };
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), status;
	int fd = open("told", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct rp_cli cli;
	ssize_t n;

	rp_settings_free(&settings);
	dup2(fd, STDERR_FILENO);
	ck_assert(
	    rp_cli_start(&cli, &tool, options, 1, (char **)(uintptr_t)argv));
	status = rp_cli_end(&cli,
	    rp_settings_read(&settings, &cli, table, RP_LEN(table), env_file));
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	n = pread(fd, told, sizeof(told) - 1, 0);
	told[n] = '\0';
	close(out);
	close(err);
	close(fd);
	return status;
}

static size_t
lines_told(void)
{
	size_t n = 0;

	for (const char *p = told; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	return n;
}

START_TEST(defaults)
{
	ck_assert_int_eq(read_settings(NULL), 0);
	ck_assert_str_eq(v.text, "x");
	ck_assert_ptr_null(v.url);
	ck_assert_ptr_null(v.secret);
	ck_assert_str_eq(v.word, "none");
	ck_assert_uint_eq(v.count, 5120);
	ck_assert(v.flag);
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(the_environment_wins_over_the_file)
{
	static const char file[] = "T_TEXT=of file\nT_COUNT=7\nT_COUNT=8\n"
				   "T_FLAG=NO\nT_WORD=\nOTHER='x'\n";

	put(file, sizeof(file) - 1);
	setenv("T_TEXT", "of environment", 1);
	setenv("T_COUNT", "", 1); /* is not set */
	ck_assert_int_eq(read_settings(NULL), 0);
	ck_assert_str_eq(v.text, "of environment");
	ck_assert_uint_eq(v.count, 8);
	ck_assert(!v.flag);
	ck_assert_str_eq(v.word, "none");
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(all_that_are_wrong_are_told)
{
	static const char file[] = "T_COUNT=9001\nT_WORD=gzip\nnonsense\n"
				   "T_FLAG=on\nT_SECRET=\"gehei\\nm\"\n";

	put(file, sizeof(file) - 1);
	setenv("T_TEXT", "a\tb", 1);
	setenv("T_URL", "redis://me:geheim@\x01host", 1);
	ck_assert_int_eq(read_settings(NULL), 2);
	ck_assert_uint_eq(lines_told(), 7);
	ck_assert(has(told, "rp-test: T_TEXT=a?b has a control character\n"));
	ck_assert(has(told,
	    "rp-test: T_URL=redis://me:***@?host has a control character\n"));
	ck_assert(has(told, "rp-test: .env, line 5: T_SECRET=*** has a "));
	ck_assert(has(told,
	    "rp-test: .env, line 2: T_WORD=gzip is not one of none|zstd\n"));
	ck_assert(has(told,
	    "rp-test: .env, line 1: T_COUNT=9001 is not between 1 and 9000\n"));
	ck_assert(has(told, "rp-test: .env, line 4: T_FLAG=on is neither "));
	ck_assert(has(told, "rp-test: .env, line 3: is not NAME=VALUE\n"));
	ck_assert(!has(told, "gehei"));
}
END_TEST

START_TEST(counts_have_bounds)
{
	static const struct {
		const char *text;
		int status;
	} counts[] = { { "1", 0 }, { "9000", 0 }, { "9k", 0 }, { "0", 2 },
		{ "9Ki", 2 }, { "-1", 2 }, { "1.5", 2 }, { " 1", 2 },
		{ "99999999999999999999", 2 } };

	for (size_t i = 0; i < RP_LEN(counts); i++) {
		setenv("T_COUNT", counts[i].text, 1);
		ck_assert_int_eq(read_settings(NULL), counts[i].status);
	}
}
END_TEST

START_TEST(truth_has_many_words)
{
	static const char *const words[] = { "false", "true", "No", "YES", "0",
		"1" };

	for (size_t i = 0; i < RP_LEN(words); i++) {
		setenv("T_FLAG", words[i], 1);
		ck_assert_int_eq(read_settings(NULL), 0);
		ck_assert(v.flag == (i % 2 != 0));
	}
}
END_TEST

START_TEST(a_slip_in_a_name_is_warned_of)
{
	static const char file[] = "t_text=a\nT_CUONT=1\nT_COUN=1\n"
				   "T_ELSE=1\nPATH=x\n";

	put(file, sizeof(file) - 1);
	ck_assert_int_eq(read_settings(NULL), 0);
	ck_assert_uint_eq(lines_told(), 2);
	ck_assert(has(told,
	    ".env, line 1: nothing is called t_text; did you "
	    "mean \"T_TEXT\"?\n"));
	ck_assert(has(told, ".env, line 3: nothing is called T_COUN; "));
	ck_assert_str_eq(v.text, "x");
}
END_TEST

START_TEST(a_file_that_is_none)
{
	char *large = calloc(1, RP_DOTENV_MOST + 1);

	ck_assert_int_eq(mkdir(".env", 0700), 0); /* as Python has it */
	ck_assert_int_eq(read_settings(NULL), 0);
	ck_assert_int_eq(read_settings(".env"), 1);
	ck_assert_uint_eq(lines_told(), 1);
	ck_assert_int_eq(rmdir(".env"), 0);
	ck_assert_int_eq(read_settings(".env"), 1);
	ck_assert(has(told, "rp-test: .env: No such file"));
	ck_assert_int_eq(read_settings("/dev/null"), 0);
	memset(large, '#', RP_DOTENV_MOST + 1);
	put(large, RP_DOTENV_MOST);
	ck_assert_int_eq(read_settings(NULL), 0);
	put(large, RP_DOTENV_MOST + 1);
	ck_assert_int_eq(read_settings(NULL), 3);
	ck_assert_uint_eq(lines_told(), 1);
	free(large);
}
END_TEST

START_TEST(long_texts)
{
	char *long_text = calloc(1, 4098);

	memset(long_text, 'a', 4096);
	setenv("T_TEXT", long_text, 1);
	ck_assert_int_eq(read_settings(NULL), 0);
	long_text[4096] = 'a';
	setenv("T_TEXT", long_text, 1);
	ck_assert_int_eq(read_settings(NULL), 2);
	ck_assert_uint_eq(lines_told(), 1);
	ck_assert_uint_lt(strlen(told), 200);
	free(long_text);
}
END_TEST

START_TEST(what_is_printed_is_read_again)
{
	char out[1000];
	FILE *f = fmemopen(out, sizeof(out), "w");

	setenv("T_URL", "redis://me:geheim@host:1/0", 1);
	setenv("T_SECRET", "geheim", 1);
	setenv("T_TEXT", "it's", 1);
	setenv("T_COUNT", "8Ki", 1);
	setenv("T_FLAG", "no", 1);
	ck_assert_int_eq(read_settings(NULL), 0);
	rp_settings_print(f, table, RP_LEN(table));
	fclose(f);
	ck_assert_str_eq(out,
	    "# a text\nT_TEXT=\"it's\"\nT_URL='redis://me:***@host:1/0'\n"
	    "T_SECRET='***'\nT_WORD=none\nT_COUNT=8192\nT_FLAG=false\n");
	for (size_t i = 0; i < RP_LEN(table); i++)
		unsetenv(table[i].name);
	put(out, strlen(out));
	ck_assert_int_eq(read_settings(NULL), 0);
	ck_assert_str_eq(v.text, "it's");
	ck_assert_uint_eq(v.count, 8192);
	ck_assert(!v.flag);
}
END_TEST

START_TEST(passwords_in_urls)
{
	static const char *const urls[][2] = {
		{ "redis://host", "redis://host" },
		{ "redis://:pw@host:6379/0", "redis://:***@host:6379/0" },
		{ "redis://me:p:w@host", "redis://me:***@host" },
		{ "redis://me:p/w@x@host", "redis://me:***@host" },
		{ "redis://me@host:6379", "redis://me@host:6379" },
		{ "unix://:pw@/a/b", "unix://:***@/a/b" },
		{ ":pw@host", ":***@host" },
		{ "redis:/:a://b@h", "redis:***@h" },
		{ "", "" },
	};
	char buf[100];

	for (size_t i = 0; i < RP_LEN(urls); i++)
		ck_assert_str_eq(
		    rp_url_mask(urls[i][0], buf, sizeof(buf)), urls[i][1]);
	ck_assert_uint_lt(
	    strlen(rp_url_mask("redis://me:geheim@host", buf, 8)), 8);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("settings");
	TCase *tc = tcase_create("dotenv"), *ts = tcase_create("settings");
	SRunner *r;
	int failed;

	tcase_add_loop_test(tc, a_line_is_a_variable, 0, (int)RP_LEN(good));
	tcase_add_loop_test(tc, a_line_is_none, 0, (int)RP_LEN(bad));
	tcase_add_test(tc, a_zero_byte_is_no_end);
	tcase_add_test(tc, what_is_quoted_is_read_again);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(ts, enter_folder, leave_folder);
	tcase_add_test(ts, defaults);
	tcase_add_test(ts, the_environment_wins_over_the_file);
	tcase_add_test(ts, all_that_are_wrong_are_told);
	tcase_add_test(ts, counts_have_bounds);
	tcase_add_test(ts, truth_has_many_words);
	tcase_add_test(ts, a_slip_in_a_name_is_warned_of);
	tcase_add_test(ts, a_file_that_is_none);
	tcase_add_test(ts, long_texts);
	tcase_add_test(ts, what_is_printed_is_read_again);
	tcase_add_test(ts, passwords_in_urls);
	suite_add_tcase(s, ts);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
