/* base: workers do each job once, in many sets one after the other. */
#include <check.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/workers.h"

enum { MOST = 64, JOBS = 1000 };

struct set {
	atomic_int done[JOBS];
	atomic_int inside[MOST]; /* jobs that a worker is in */
	atomic_bool two; /* a worker was in two at once */
};

static void
do_job(void *arg, size_t job, int worker)
{
	struct set *s = arg;

	if (atomic_fetch_add(&s->inside[worker], 1) != 0)
		atomic_store(&s->two, true);
	atomic_fetch_add(&s->done[job], 1);
	atomic_fetch_sub(&s->inside[worker], 1);
}

static void
check_set(struct rp_workers *w, size_t n)
{
	struct set *s = calloc(1, sizeof(*s));

	rp_workers_start(w, do_job, s, n);
	rp_workers_wait(w);
	for (size_t i = 0; i < JOBS; i++)
		ck_assert_int_eq(atomic_load(&s->done[i]), i < n);
	ck_assert(!atomic_load(&s->two));
	free(s);
}

START_TEST(each_job_is_done_once)
{
	static const int threads[] = { 1, 2, 3, 16 };

	for (size_t i = 0; i < 4; i++) {
		struct rp_workers *w = rp_workers_new(threads[i]);

		ck_assert_ptr_nonnull(w);
		ck_assert_int_eq(rp_workers_count(w), threads[i]);
		rp_workers_wait(w); /* for nothing */
		for (size_t n = 0; n < 100; n++)
			check_set(w, n);
		check_set(w, JOBS);
		rp_workers_free(w);
	}
}
END_TEST

START_TEST(to_free_them_is_to_wait)
{
	struct set *s = calloc(1, sizeof(*s));
	struct rp_workers *w = rp_workers_new(4);

	rp_workers_start(w, do_job, s, JOBS);
	rp_workers_free(w);
	for (size_t i = 0; i < JOBS; i++)
		ck_assert_int_eq(atomic_load(&s->done[i]), 1);
	free(s);
	rp_workers_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("workers");
	TCase *tc = tcase_create("base");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_job_is_done_once);
	tcase_add_test(tc, to_free_them_is_to_wait);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
