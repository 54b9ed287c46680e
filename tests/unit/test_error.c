/* base/error and base/buffer: the first error is kept; buffers grow. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"

START_TEST(first_error_is_kept)
{
	struct rp_error err = { 0 };

	ck_assert_int_eq(
	    rp_error_set(&err, RP_ERR_CORRUPT, "frame %d", 7), RP_ERR_CORRUPT);
	ck_assert_int_eq(rp_error_set(&err, RP_ERR_IO, "later"), RP_ERR_IO);
	ck_assert_int_eq(err.status, RP_ERR_CORRUPT);
	ck_assert_str_eq(err.text, "frame 7");
}
END_TEST

START_TEST(errno_is_named)
{
	struct rp_error err = { 0 };

	errno = ENOENT;
	ck_assert_int_eq(rp_error_errno(&err, "x.rps"), RP_ERR_IO);
	ck_assert_str_eq(err.text, "x.rps: No such file or directory");
	rp_error_prefix(&err, "%s", "rp-cat");
	ck_assert_str_eq(err.text, "rp-cat: x.rps: No such file or directory");
}
END_TEST

START_TEST(broken_pipe_is_its_own_class)
{
	struct rp_error err = { 0 };

	errno = EPIPE;
	ck_assert_int_eq(rp_error_errno(&err, "<stdout>"), RP_ERR_PIPE);
}
END_TEST

START_TEST(long_text_stays_in_bounds)
{
	struct rp_error err = { 0 };
	char text[2000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(
	    rp_error_set(&err, RP_ERR_LIMIT, "%s", text), RP_ERR_LIMIT);
	ck_assert_uint_lt(strlen(err.text), sizeof(err.text));
	rp_error_prefix(&err, "%s", text);
	ck_assert_uint_lt(strlen(err.text), sizeof(err.text));
}
END_TEST

START_TEST(no_error_struct_is_fine)
{
	ck_assert_int_eq(rp_error_set(NULL, RP_ERR_IO, "x"), RP_ERR_IO);
}
END_TEST

START_TEST(exit_status_by_class)
{
	ck_assert_int_eq(rp_status_exit(RP_OK), 0);
	ck_assert_int_eq(rp_status_exit(RP_END), 0);
	ck_assert_int_eq(rp_status_exit(RP_ERR_IO), 1);
	ck_assert_int_eq(rp_status_exit(RP_ERR_EXISTS), 1);
	ck_assert_int_eq(rp_status_exit(RP_ERR_USAGE), 2);
	ck_assert_int_eq(rp_status_exit(RP_ERR_CORRUPT), 3);
	ck_assert_int_eq(rp_status_exit(RP_ERR_TRUNCATED), 3);
	ck_assert_int_eq(rp_status_exit(RP_ERR_ABORTED), 3);
	ck_assert_int_eq(rp_status_exit(RP_ERR_REJECTED), 3);
	ck_assert_int_eq(rp_status_exit(RP_ERR_REMOTE), 4);
	ck_assert_int_eq(rp_status_exit(RP_ERR_UNSUPPORTED), 5);
}
END_TEST

START_TEST(buffer_grows_and_keeps)
{
	struct rp_buffer b = { 0 };
	uint8_t byte;
	size_t i;

	for (i = 0; i < 10000; i++) {
		byte = (uint8_t)i;
		ck_assert_int_eq(rp_buffer_add(&b, &byte, 1), RP_OK);
	}
	ck_assert_uint_eq(b.len, 10000);
	for (i = 0; i < b.len; i++)
		ck_assert_uint_eq(b.data[i], (uint8_t)i);
	rp_buffer_free(&b);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.cap, 0);
	rp_buffer_free(NULL);
}
END_TEST

START_TEST(buffer_refuses_the_impossible)
{
	struct rp_buffer b = { 0 };

	ck_assert_int_eq(rp_buffer_reserve(&b, SIZE_MAX / 2), RP_ERR_NOMEM);
	ck_assert_uint_eq(b.len, 0);
	rp_buffer_free(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("error");
	TCase *tc = tcase_create("base");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, first_error_is_kept);
	tcase_add_test(tc, errno_is_named);
	tcase_add_test(tc, broken_pipe_is_its_own_class);
	tcase_add_test(tc, long_text_stays_in_bounds);
	tcase_add_test(tc, no_error_struct_is_fine);
	tcase_add_test(tc, exit_status_by_class);
	tcase_add_test(tc, buffer_grows_and_keeps);
	tcase_add_test(tc, buffer_refuses_the_impossible);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
