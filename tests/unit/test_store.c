/* Stores: what keys and targets may be, the sizes and sums of parts, replies
 * and profiles as text, and objects in a directory. */
#include "store/store.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/backoff.h"
#include "store/profile.h"
#include "store/uri.h"
#include "store/xml.h"
#include "streams.h"

/* ---- places ---- */

START_TEST(targets)
{
	struct rp_target t;

	ck_ok(rp_target_parse(&t, "s3://a-b.c/k/{date}", NULL));
	ck_assert(t.s3 && t.bucket_len == 5);
	ck_assert_str_eq(t.path, "k/{date}");
	ck_ok(rp_target_parse(&t, "s3://abc", NULL));
	ck_assert_str_eq(t.path, "");
	ck_ok(rp_target_parse(&t, "file:///a/b", NULL));
	ck_assert(!t.s3);
	ck_assert_str_eq(t.path, "/a/b");
	ck_ok(rp_target_parse(&t, "a:b/c", NULL));
	ck_assert_str_eq(t.path, "a:b/c");
}
END_TEST

static const char *const no_targets[] = { "s3://", "s3://ab/k", "s3:///k",
	"s3://-ab/k", "s3://ab./k", "s3://aBc/k", "s3://a_c/k", "gs://abc/k",
	"http://abc/k",
	"s3://0123456789012345678901234567890123456789012345678901234567890123"
	"/k" };

START_TEST(targets_bad)
{
	struct rp_error err = { 0 };
	struct rp_target t;

	ck_assert_int_eq(
	    rp_target_parse(&t, no_targets[_i], &err), RP_ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, no_targets[_i]));
}
END_TEST

START_TEST(keys)
{
	char longest[RP_MAX_KEY + 2];

	memset(longest, 'k', sizeof(longest));
	longest[RP_MAX_KEY + 1] = '\0';
	ck_assert_int_eq(rp_key_check(longest, NULL), RP_ERR_USAGE);
	longest[RP_MAX_KEY] = '\0';
	ck_ok(rp_key_check(longest, NULL));
	ck_ok(rp_key_check("a/..b/...c/.d/é ~", NULL));
}
END_TEST

static const char *const no_keys[] = { "", "/a", "a/", "a//b", ".", "..", "a/.",
	"a/../b", "../a", "a\tb", "a\x7f", "\xff", "a\xc3", "\xc0\xaf" };

START_TEST(keys_bad)
{
	ck_assert_int_eq(rp_key_check(no_keys[_i], NULL), RP_ERR_USAGE);
}
END_TEST

START_TEST(uri_and_back)
{
	struct rp_buffer b = { 0 };

	ck_ok(rp_uri_encode(&b, "a/b c+\xc3\xa9~%", true));
	ck_ok(rp_uri_encode(&b, "/", false));
	ck_ok(rp_buffer_add(&b, "", 1));
	ck_assert_str_eq((char *)b.data, "a/b%20c%2B%C3%A9~%25%2F");
	ck_assert(rp_uri_decode((char *)b.data));
	ck_assert_str_eq((char *)b.data, "a/b c+\xc3\xa9~%/");
	rp_buffer_free(&b);
}
END_TEST

START_TEST(uri_bad)
{
	char bad[][8] = { "%", "a%2", "%g0", "%0g", "%00" };

	for (size_t i = 0; i < RP_LEN(bad); i++)
		ck_assert(!rp_uri_decode(bad[i]));
}
END_TEST

/* ---- parts ---- */

/* Bytes that all parts hold, at most what an object may have. */
static uint64_t
capacity(uint64_t part)
{
	const struct rp_part_sizes sizes = { 1, part };
	uint64_t sum = 0;

	for (uint32_t n = 0; n < RP_PARTS_MOST; n++) {
		uint64_t size = rp_part_size(&sizes, n, 0);

		ck_assert(size >= RP_PART_LEAST && size <= RP_PART_MOST);
		sum += size;
	}
	return sum;
}

START_TEST(parts_hold_the_largest)
{
	ck_assert_uint_ge(capacity(RP_PART_LEAST), RP_OBJECT_MOST);
	ck_assert_uint_ge(capacity(8 * RP_MEBIBYTE), RP_OBJECT_MOST);
	ck_assert_uint_ge(capacity(600 * RP_MEBIBYTE), RP_OBJECT_MOST);
	ck_assert_uint_ge(capacity(RP_PART_MOST), RP_OBJECT_MOST);
}
END_TEST

START_TEST(parts_of_a_known_size)
{
	const struct rp_part_sizes sizes = { 5 * RP_MEBIBYTE, 8 * RP_MEBIBYTE };
	const uint64_t full = 8 * RP_MEBIBYTE * RP_PARTS_MOST;

	ck_assert_uint_eq(rp_part_size(&sizes, 9999, full), sizes.part);
	ck_assert_uint_eq(rp_part_size(&sizes, 0, full + 1), 9 * RP_MEBIBYTE);
	ck_assert_uint_ge(
	    rp_part_size(&sizes, 0, RP_OBJECT_MOST) * RP_PARTS_MOST,
	    RP_OBJECT_MOST);
}
END_TEST

START_TEST(the_first_part_decides)
{
	const struct rp_part_sizes sizes = { 20 * RP_MEBIBYTE,
		8 * RP_MEBIBYTE };

	ck_assert_uint_eq(rp_part_size(&sizes, 0, 0), sizes.threshold);
	ck_assert_uint_eq(rp_part_size(&sizes, 1, 0), sizes.part);
}
END_TEST

/* By md5sum(1): of 3 MiB of 'a' at once, and of its parts of 2 and 1 MiB. */
START_TEST(etags)
{
	const struct rp_part_sizes whole = { 4 * RP_MEBIBYTE, RP_MEBIBYTE };
	const struct rp_part_sizes parts = { RP_MEBIBYTE, 2 * RP_MEBIBYTE };
	char etag[RP_ETAG_ROOM], path[] = "/tmp/rp-store-XXXXXX";
	char data[4096];
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	unlink(path);
	memset(data, 'a', sizeof(data));
	for (int i = 0; i < 768; i++)
		ck_assert_int_eq(write(fd, data, sizeof(data)), sizeof(data));
	lseek(fd, 0, SEEK_SET);
	ck_ok(rp_etag_of_file(etag, fd, 3 * RP_MEBIBYTE, &whole, "f", NULL));
	ck_assert_str_eq(etag, "6a11a8872b36343799a15617bea78cef");
	lseek(fd, 0, SEEK_SET);
	ck_ok(rp_etag_of_file(etag, fd, 3 * RP_MEBIBYTE, &parts, "f", NULL));
	ck_assert_str_eq(etag, "6e1f5a492ee64cb08cc652e9da68c4ee-2");
	close(fd);
}
END_TEST

START_TEST(backoff_begins_where_it_is_told)
{
	struct rp_random random;

	rp_random_seed(&random, 1);
	for (int i = 0; i < 1000; i++) {
		ck_assert_int_le(rp_backoff_from(&random, 7, 0), 7);
		ck_assert_int_le(rp_backoff_from(&random, 7, 3), 56);
		ck_assert_int_le(
		    rp_backoff_from(&random, RP_SECOND, 1000), RP_BACKOFF_MOST);
		ck_assert_int_eq(rp_backoff_from(&random, 0, 2), 0);
	}
}
END_TEST

/* ---- replies ---- */

static const char *
text_of(const char *doc, const char *name)
{
	static char out[32];
	const struct rp_xml x = { doc, doc + strlen(doc) };

	return rp_xml_text(&x, name, out, sizeof(out)) ? out : NULL;
}

START_TEST(xml_texts)
{
	ck_assert_str_eq(text_of("<?xml?><A><B x='1'>t</B></A>", "B"), "t");
	ck_assert_str_eq(text_of("<BB>x</BB><B>t</B>", "B"), "t");
	ck_assert_str_eq(text_of("<B/><B>t</B>", "B"), "");
	ck_assert_str_eq(
	    text_of("<B>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#xe9;</B>", "B"),
	    "<&>\"'AB\xc3\xa9");
	ck_assert_ptr_null(text_of("<B>t", "B"));
	ck_assert_ptr_null(text_of("<B", "B"));
	ck_assert_ptr_null(text_of("<B>&none;</B>", "B"));
	ck_assert_ptr_null(text_of("<B>&#0;</B>", "B"));
	ck_assert_ptr_null(text_of("<B>&#xd800;</B>", "B"));
	ck_assert_ptr_null(text_of("<B>&#x110000;</B>", "B"));
	ck_assert_ptr_null(text_of("<B>&amp</B>", "B"));
	ck_assert_ptr_null(text_of("<B>\x1b[2J</B>", "B"));
	ck_assert_ptr_null(
	    text_of("<B>0123456789012345678901234567890_</B>", "B"));
	ck_assert_str_eq(text_of("<B>0123456789012345678901234567890</B>", "B"),
	    "0123456789012345678901234567890");
}
END_TEST

START_TEST(xml_elements)
{
	const char *doc = "<L><C>1</C><C>2</C><C/></L>";
	struct rp_xml x = { doc, doc + strlen(doc) }, c;

	for (int i = 1; i <= 2; i++) {
		ck_assert(rp_xml_element(&x, "C", &c));
		ck_assert_int_eq(*c.at - '0', i);
		ck_assert_int_eq(c.end - c.at, 1);
	}
	ck_assert(rp_xml_element(&x, "C", &c));
	ck_assert_ptr_eq(c.at, c.end);
	ck_assert(!rp_xml_element(&x, "C", &c));
}
END_TEST

START_TEST(profiles)
{
	static const char text[] = "key = before\n"
				   "[a]\n# key = 1\n; key = 2\nkey=3\r\n"
				   "  key = 4\nkey2 = = 5 \n"
				   "[ profile b ]\nkey = 6\nkey = 7\nlast = 8";
	const struct {
		const char *section, *name, *value;
	} cases[] = { { "a", "key", "3" }, { "a", "key2", "= 5" },
		{ "profile b", "key", "7" }, { "profile b", "last", "8" },
		{ "a", "last", NULL }, { "c", "key", NULL },
		{ "b", "key", NULL } };

	for (size_t i = 0; i < RP_LEN(cases); i++) {
		char *v = rp_profile_value(
		    text, sizeof(text) - 1, cases[i].section, cases[i].name);

		if (cases[i].value == NULL)
			ck_assert_ptr_null(v);
		else
			ck_assert_str_eq(v, cases[i].value);
		free(v);
	}
	ck_assert(rp_profile_has(text, sizeof(text) - 1, "a"));
	ck_assert(!rp_profile_has(text, sizeof(text) - 1, "b"));
}
END_TEST

/* ---- a directory ---- */

static char root[] = "/tmp/rp-store-XXXXXX";
static struct rp_store *store;

static void
set_up(void)
{
	strcpy(root, "/tmp/rp-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_ok(rp_store_directory(&store, root, NULL, NULL));
}

static void
tear_down(void)
{
	char command[64];

	rp_store_free(store);
	snprintf(command, sizeof(command), "rm -r %s", root);
	ck_assert_int_eq(system(command), 0);
}

static enum rp_status
put(const char *key, const char *text, bool no_clobber)
{
	const struct rp_put_options opt = { .no_clobber = no_clobber,
		.sum = true };
	struct rp_put_result result;
	struct rp_put *p;
	enum rp_status st = rp_put_begin(&p, store, key, &opt, NULL);

	if (st == RP_OK) {
		ck_ok(rp_put_write(p, text, strlen(text), NULL));
		st = rp_put_commit(p, &result, NULL);
	}
	ck_ok(rp_put_free(p, NULL));
	return st;
}

static enum rp_status
add_key(void *arg, const struct rp_object *object)
{
	strcat(strcat(arg, object->key), " ");
	return strcmp(object->key, "stop") == 0 ? RP_END : RP_OK;
}

static enum rp_status
count(void *arg, const struct rp_orphan *orphan)
{
	++*(int *)arg;
	ck_ok(rp_store_abort_orphan(store, orphan, NULL));
	return RP_OK;
}

START_TEST(objects)
{
	struct rp_object o;
	char all[64] = "", some[64] = "";

	ck_ok(put("b/x", "1", true));
	ck_assert_int_eq(put("b/x", "2", true), RP_ERR_EXISTS);
	ck_ok(put("b/x", "hello", false));
	ck_ok(put("b.c", "", false));
	ck_ok(put("a", "3", true));
	ck_ok(rp_store_head(store, "b/x", &o, NULL));
	ck_assert_uint_eq(o.size, 5);
	ck_assert_str_eq(o.etag, "5d41402abc4b2a76b9719d911017c592");
	ck_assert_int_eq(rp_store_head(store, "b/y", &o, NULL), RP_EMPTY);
	ck_assert_int_eq(rp_store_head(store, "a/y", &o, NULL), RP_EMPTY);
	ck_assert_int_eq(rp_store_head(store, "b", &o, NULL), RP_ERR_IO);
	ck_assert_int_eq(rp_store_head(store, "../b", &o, NULL), RP_ERR_USAGE);
	ck_ok(rp_store_list(store, "", add_key, all, NULL));
	ck_assert_str_eq(all, "a b.c b/x ");
	ck_ok(rp_store_list(store, "b/", add_key, some, NULL));
	ck_assert_str_eq(some, "b/x ");
	ck_ok(rp_store_delete(store, "a", NULL));
	ck_ok(rp_store_delete(store, "a", NULL));
	ck_assert_int_eq(rp_store_head(store, "a", &o, NULL), RP_EMPTY);
	ck_ok(put("stop", "", false));
	ck_ok(put("t", "", false));
	all[0] = '\0';
	ck_assert_int_eq(rp_store_list(store, "", add_key, all, NULL), RP_END);
	ck_assert_str_eq(all, "b.c b/x stop ");
}
END_TEST

START_TEST(what_is_not_committed)
{
	const struct rp_put_options opt = { 0 };
	struct rp_object o;
	struct rp_put *p;
	char all[64] = "";
	int orphans = 0;

	ck_ok(rp_put_begin(&p, store, "k", &opt, NULL));
	ck_ok(rp_put_write(p, "x", 1, NULL));
	ck_ok(rp_store_list(store, "", add_key, all, NULL));
	ck_assert_str_eq(all, "");
	ck_ok(rp_put_free(p, NULL));
	ck_ok(rp_store_orphans(store, "", count, &orphans, NULL));
	ck_assert_int_eq(orphans, 0);
	ck_ok(rp_put_begin(&p, store, "d/k", &opt, NULL));
	ck_ok(rp_store_orphans(store, "d/", count, &orphans, NULL));
	ck_assert_int_eq(orphans, 1);
	ck_ok(rp_store_orphans(store, "", count, &orphans, NULL));
	ck_assert_int_eq(orphans, 1);
	ck_ok(rp_put_free(p, NULL)); /* its file is gone already */
	ck_assert_int_eq(rp_store_head(store, "d/k", &o, NULL), RP_EMPTY);
}
END_TEST

START_TEST(an_object_has_at_most_5_tib)
{
	const struct rp_put_options opt = { 0 };
	struct rp_put *p;

	ck_ok(rp_put_begin(&p, store, "k", &opt, NULL));
	ck_assert_int_eq(rp_put_write(p, "", (size_t)RP_OBJECT_MOST + 1, NULL),
	    RP_ERR_LIMIT);
	ck_ok(rp_put_free(p, NULL));
}
END_TEST

START_TEST(headers_that_are_none)
{
	const char *const bad[] = { "a", "=b", "a b=c", "a:b=c", "a=\r\nb: c",
		"a=\xc3\xa9" };
	const char *const good[] = { "a-B1=", "a=b=c d" };
	struct rp_put_options opt = { .n_metadata = 1 };

	for (size_t i = 0; i < RP_LEN(bad); i++) {
		opt.metadata = &bad[i];
		ck_assert_int_eq(rp_put_check(&opt, NULL), RP_ERR_USAGE);
	}
	for (size_t i = 0; i < RP_LEN(good); i++) {
		opt.metadata = &good[i];
		ck_ok(rp_put_check(&opt, NULL));
	}
	opt.content_type = "a/b\n";
	ck_assert_int_eq(rp_put_check(&opt, NULL), RP_ERR_USAGE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store");
	TCase *tc = tcase_create("store"), *dir = tcase_create("directory");
	SRunner *r;
	int failed;

	tcase_add_test(tc, targets);
	tcase_add_loop_test(tc, targets_bad, 0, (int)RP_LEN(no_targets));
	tcase_add_test(tc, keys);
	tcase_add_loop_test(tc, keys_bad, 0, (int)RP_LEN(no_keys));
	tcase_add_test(tc, uri_and_back);
	tcase_add_test(tc, uri_bad);
	tcase_add_test(tc, parts_hold_the_largest);
	tcase_add_test(tc, parts_of_a_known_size);
	tcase_add_test(tc, the_first_part_decides);
	tcase_add_test(tc, etags);
	tcase_add_test(tc, backoff_begins_where_it_is_told);
	tcase_add_test(tc, xml_texts);
	tcase_add_test(tc, xml_elements);
	tcase_add_test(tc, profiles);
	tcase_add_checked_fixture(dir, set_up, tear_down);
	tcase_add_test(dir, objects);
	tcase_add_test(dir, what_is_not_committed);
	tcase_add_test(dir, an_object_has_at_most_5_tib);
	tcase_add_test(dir, headers_that_are_none);
	suite_add_tcase(s, tc);
	suite_add_tcase(s, dir);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
