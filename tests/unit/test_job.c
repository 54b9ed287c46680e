/* Jobs: what travels is what was said, and what is no job is found out. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "queue/job.h"

static const char *const two[] = { "ES*", "NQH4" };
static const char *const type[] = { "mbo" };

static const struct rp_job whole = {
	.id = "a-1",
	.log = "es.log",
	.from = -1,
	.to = INT64_MAX,
	.symbols = { two, 2 },
	.types = { type, 1 },
	.where = "size > 1",
	.compression = "zstd",
};

static void
ck_texts(const struct rp_job_texts *a, const struct rp_job_texts *b)
{
	ck_assert_uint_eq(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		ck_assert_str_eq(a->text[i], b->text[i]);
}

START_TEST(there_and_back)
{
	struct rp_buffer b = { 0 };
	struct rp_job_read read;

	ck_assert_int_eq(rp_job_pack(&whole, &b), RP_OK);
	ck_assert_int_eq(rp_job_unpack(&read, b.data, b.len), RP_OK);
	ck_assert_str_eq(read.job.id, whole.id);
	ck_assert_str_eq(read.job.log, whole.log);
	ck_assert_int_eq(read.job.from, whole.from);
	ck_assert_int_eq(read.job.to, whole.to);
	ck_texts(&read.job.symbols, &whole.symbols);
	ck_texts(&read.job.types, &whole.types);
	ck_texts(&read.job.columns, &whole.columns);
	ck_assert_str_eq(read.job.where, whole.where);
	ck_assert_str_eq(read.job.compression, whole.compression);
	rp_job_read_free(&read);
	rp_buffer_free(&b);
}
END_TEST

/* job_proto.Job { id: "abc" }, by hand: field 1, 3 bytes. */
START_TEST(an_id_alone_is_as_it_was)
{
	static const uint8_t bytes[] = { 0x0a, 3, 'a', 'b', 'c' };
	/* the same, and a field that nobody knows yet */
	static const uint8_t later[] = { 0x0a, 3, 'a', 'b', 'c', 0x98, 0x06,
		7 };
	const struct rp_job job = { .id = "abc" };
	struct rp_buffer b = { 0 };
	struct rp_job_read read;

	ck_assert_int_eq(rp_job_pack(&job, &b), RP_OK);
	ck_assert_uint_eq(b.len, sizeof(bytes));
	ck_assert_mem_eq(b.data, bytes, sizeof(bytes));
	ck_assert_int_eq(rp_job_unpack(&read, later, sizeof(later)), RP_OK);
	ck_assert_str_eq(read.job.id, "abc");
	ck_assert_ptr_null(read.job.log);
	rp_job_read_free(&read);
	ck_assert_int_eq(rp_job_unpack(&read, "", 0), RP_OK);
	ck_assert_str_eq(rp_job_fault(&read.job), "it has no id");
	rp_job_read_free(&read);
	rp_buffer_free(&b);
}
END_TEST

START_TEST(bytes_that_are_no_job)
{
	struct rp_random random;
	struct rp_buffer b = { 0 };
	struct rp_job_read read;
	enum rp_status st;

	rp_random_seed(&random, 1);
	ck_assert_int_eq(rp_job_pack(&whole, &b), RP_OK);
	for (size_t len = 0; len < b.len; len++) {
		st = rp_job_unpack(&read, b.data, len);
		ck_assert(st == RP_OK || st == RP_ERR_CORRUPT);
		if (st == RP_OK)
			(void)rp_job_fault(&read.job);
		rp_job_read_free(&read);
	}
	for (int i = 0; i < 20000; i++) {
		uint8_t *p = &b.data[rp_random_next(&random) % b.len], was = *p;

		*p = (uint8_t)rp_random_next(&random);
		st = rp_job_unpack(&read, b.data, b.len);
		ck_assert(st == RP_OK || st == RP_ERR_CORRUPT);
		if (st == RP_OK)
			(void)rp_job_fault(&read.job);
		rp_job_read_free(&read);
		*p = was;
	}
	rp_buffer_free(&b);
}
END_TEST

START_TEST(limits)
{
	char id[RP_JOB_MAX_ID + 2], *where = malloc(RP_JOB_MAX + 1);
	struct rp_job job = { .id = id };
	struct rp_buffer b = { 0 };
	struct rp_job_read read;

	ck_assert_ptr_nonnull(where);
	memset(id, 'x', sizeof(id));
	id[RP_JOB_MAX_ID + 1] = '\0';
	ck_assert_ptr_nonnull(rp_job_fault(&job));
	id[RP_JOB_MAX_ID] = '\0';
	ck_assert_ptr_null(rp_job_fault(&job));
	memset(where, 'x', RP_JOB_MAX);
	where[RP_JOB_MAX] = '\0';
	job = whole;
	job.where = where;
	ck_assert_int_eq(rp_job_pack(&job, &b), RP_ERR_LIMIT);
	ck_assert_int_eq(
	    rp_job_unpack(&read, where, RP_JOB_MAX + 1), RP_ERR_CORRUPT);
	rp_buffer_free(&b);
	free(where);
}
END_TEST

static const struct {
	const char *id, *log;
	int64_t from, to;
	const char *compression;
	bool good;
} cases[] = {
	{ "a", NULL, 0, 0, NULL, true },
	{ "A0._:=+@~-", "/logs/a..b/c", 1, 2, "lz4", true },
	{ "..a", "s3://bucket/log", 0, 1, "none", true },
	{ ".", NULL, 0, 0, NULL, false },
	{ "..", NULL, 0, 0, NULL, false },
	{ "a b", NULL, 0, 0, NULL, false },
	{ "a\n", NULL, 0, 0, NULL, false },
	{ "a\\b", NULL, 0, 0, NULL, false },
	{ "\xc3\xa4", NULL, 0, 0, NULL, false },
	{ "a", "..", 0, 0, NULL, false },
	{ "a", "x/..", 0, 0, NULL, false },
	{ "a", "../x", 0, 0, NULL, false },
	{ "a", "x\ty", 0, 0, NULL, false },
	{ "a", "", 0, 0, NULL, false },
	{ "a", "x", 2, 2, NULL, false },
	{ "a", "x", 0, 0, "gzip", false },
};

START_TEST(faults)
{
	const struct rp_job job = { .id = cases[_i].id,
		.log = cases[_i].log,
		.from = cases[_i].from,
		.to = cases[_i].to,
		.compression = cases[_i].compression };

	ck_assert_int_eq(rp_job_fault(&job) == NULL, cases[_i].good);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("job");
	TCase *tc = tcase_create("job");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, an_id_alone_is_as_it_was);
	tcase_add_test(tc, bytes_that_are_no_job);
	tcase_add_test(tc, limits);
	tcase_add_loop_test(tc, faults, 0, (int)RP_LEN(cases));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
