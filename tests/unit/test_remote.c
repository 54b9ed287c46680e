/* log/: files that are in no directory, by a remote of ours: mem://PATH is the
 * file PATH, which is read in pieces. */
#include <stdlib.h>
#include <unistd.h>

#include "base/random.h"
#include "log/replace.h"
#include "log/tree.h"
#include "logs.h"

struct far { /* an open file */
	struct fake *fake;
	struct rp_readable file;
	struct rp_log_range announced[64]; /* seq_min to seq_max: bytes */
	size_t n;
};

struct fake {
	struct rp_log_remote remote;
	struct rp_random random;
	size_t piece; /* bytes at most that are given at once */
	uint64_t ahead, alone; /* bytes that were read, announced or not */
	int opened, closed, put, removed;
	bool fails;
};

static const char *
path_of(const char *url)
{
	ck_assert_int_eq(strncmp(url, "mem://", 6), 0);
	return url + 6;
}

/* Bytes from offset on that were announced. */
static uint64_t
announced(const struct far *f, uint64_t offset)
{
	for (size_t i = 0; i < f->n; i++)
		if (offset >= f->announced[i].seq_min &&
		    offset < f->announced[i].seq_max)
			return f->announced[i].seq_max - offset;
	return 0;
}

static enum rp_status
far_read(void *arg, void *p, size_t n, uint64_t offset, size_t *got,
    struct rp_error *err)
{
	struct far *f = arg;
	struct fake *k = f->fake;
	uint64_t ahead = announced(f, offset);
	ssize_t r;

	ck_assert_uint_gt(n, 0);
	if (k->fails)
		return rp_error_set(err, RP_ERR_REMOTE, "no answer");
	if (ahead > 0 && n > ahead)
		n = (size_t)ahead;
	if (n > k->piece)
		n = 1 +
		    rp_random_scale((uint32_t)rp_random_next(&k->random),
			(uint32_t)k->piece);
	r = pread(f->file.fd, p, n, (off_t)offset);
	ck_assert_int_ge(r, 0);
	*got = (size_t)r;
	*(ahead > 0 ? &k->ahead : &k->alone) += *got;
	return RP_OK;
}

static void
far_announce(void *arg, uint64_t offset, uint64_t len)
{
	struct far *f = arg;

	ck_assert_uint_lt(f->n, 64);
	ck_assert(f->n == 0 ||
	    offset >= f->announced[f->n - 1].seq_min); /* in order */
	f->announced[f->n++] =
	    (struct rp_log_range){ .seq_min = offset, .seq_max = offset + len };
}

static void
far_close(void *arg)
{
	struct far *f = arg;

	f->fake->closed++;
	rp_readable_close(&f->file);
	free(f);
}

static enum rp_status
fake_open(
    void *arg, const char *url, struct rp_readable *b, struct rp_error *err)
{
	static const struct rp_readable_kind kind = { far_read, far_announce,
		far_close };
	struct far *f = calloc(1, sizeof(*f));
	enum rp_status st = rp_readable_open(&f->file, path_of(url), err);

	f->fake = arg;
	if (st != RP_OK) {
		free(f);
		return st;
	}
	f->fake->opened++;
	*b = (struct rp_readable){ -1, &kind, f, f->file.size };
	return RP_OK;
}

static enum rp_status
fake_list(void *arg, const char *place,
    enum rp_status (*each)(void *each_arg, const char *name, uint64_t size),
    void *each_arg, struct rp_error *err)
{
	char command[200], name[200];
	unsigned long size;
	FILE *p;

	(void)arg;
	(void)err;
	snprintf(command, sizeof(command),
	    "cd '%s' 2>/dev/null && find . -type f -printf '%%P %%s\\n' | sort",
	    *path_of(place) != '\0' ? path_of(place) : ".");
	ck_assert_ptr_nonnull(p = popen(command, "r"));
	while (fscanf(p, "%199s %lu", name, &size) == 2)
		ck_ok(each(each_arg, name, size));
	pclose(p);
	return RP_OK;
}

static enum rp_status
fake_put(
    void *arg, int fd, uint64_t size, const char *url, struct rp_error *err)
{
	struct fake *k = arg;
	char *p;

	if (k->fails)
		return rp_error_set(err, RP_ERR_REMOTE, "no answer");
	p = malloc(size);
	ck_assert_int_eq(pread(fd, p, size, 0), (ssize_t)size);
	store(path_of(url), p, size);
	free(p);
	k->put++;
	return RP_OK;
}

static enum rp_status
fake_remove(void *arg, const char *url, struct rp_error *err)
{
	struct fake *k = arg;

	if (k->fails)
		return rp_error_set(err, RP_ERR_REMOTE, "no answer");
	unlink(path_of(url));
	k->removed++;
	return RP_OK;
}

static void
fake_init(struct fake *k, size_t piece)
{
	*k = (struct fake){ .remote = { k, fake_list, fake_open, fake_put,
				fake_remove },
		.piece = piece };
	rp_random_seed(&k->random, piece);
}

/* Segments of 1000 records in frames of 100. */
static void
make_log(const char *dir, int segments)
{
	const struct rp_log_options opt = { .append = true,
		.frames = { .frame_records = 100 } };

	for (int i = 0; i < segments; i++)
		append(dir, (uint64_t)i * 1000 + 1, 1000, &opt);
}

static struct seen
read_far(struct fake *k, const char *url, const struct rp_log_range *range,
    bool (*want)(void *, const struct rp_frame *))
{
	struct rp_log_reader_options opt = {
		.remote = &k->remote, .range = range, .want = want
	};
	struct seen s = read_log(url, &opt);

	ck_assert_int_eq(k->opened, k->closed);
	return s;
}

START_TEST(reads_as_from_a_directory)
{
	static const size_t pieces[] = { 1, 7, 100, 5000, 1 << 20 };
	struct seen here, there;
	struct fake k;

	make_log("log", 3);
	here = read_log("log", NULL);
	ck_assert_int_eq(here.status, RP_END);
	for (size_t i = 0; i < RP_LEN(pieces); i++) {
		fake_init(&k, pieces[i]);
		there = read_far(&k, "mem://log", NULL, NULL);
		ck_assert_int_eq(there.status, RP_END);
		ck_assert_uint_eq(there.records, 3000);
		ck_assert_uint_eq(there.payloads, here.payloads);
		ck_assert_uint_eq(there.frames, here.frames);
		ck_assert_uint_eq(k.alone, 0);
	}
	k.fails = true;
	there = read_far(&k, "mem://log", NULL, NULL);
	ck_assert_int_eq(there.status, RP_ERR_REMOTE);
	ck_assert_str_eq(there.text, "no answer");
}
END_TEST

/* Frames of 100 records: from 1501 to 1600. */
static bool
is_wanted(void *arg, const struct rp_frame *f)
{
	(void)arg;
	return f->head.seq_min <= 1600 && f->head.seq_max > 1500;
}

START_TEST(reads_what_is_wanted_ahead_and_nothing_else)
{
	static const struct rp_log_range range = { 1501, 1600, INT64_MIN,
		INT64_MAX };
	struct seen s;
	struct fake k;

	make_log("log", 3);
	fake_init(&k, 1 << 20);
	s = read_far(&k, "mem://log", &range, is_wanted);
	ck_assert_int_eq(s.status, RP_END);
	ck_assert_uint_eq(s.first_seq, 1501);
	ck_assert_uint_eq(s.last_seq, 1600);
	ck_assert_uint_lt(k.ahead, 8000); /* a frame, and the NOTE before all */
	/* indexes and the headers of ENDs */
	ck_assert_uint_lt(
	    k.alone, 3 * RP_INDEX_HEAD + (uint64_t)size_of(ONE ".rpx") + 1000);
	/* without an index by the headers of frames */
	ck_assert_int_eq(unlink("log/00000000000000001001.rpx"), 0);
	s = read_far(&k, "mem://log", &range, is_wanted);
	ck_assert_int_eq(s.status, RP_END);
	ck_assert_uint_eq(s.records, 100);
}
END_TEST

START_TEST(finds_logs_below_a_place)
{
	struct rp_log_names l = { 0 };
	struct fake k;

	fake_init(&k, 100);
	ck_assert_int_eq(mkdir("t", 0777), 0);
	ck_assert_int_eq(mkdir("t/a", 0777), 0);
	make_log("t/a/one", 2);
	make_log("t/two", 1);
	make_log("t/x.cold", 1);
	ck_ok(rp_log_names_add(&l, "mem://t/", &k.remote, NULL));
	ck_ok(rp_log_names_add(&l, "mem://t/two", &k.remote, NULL));
	ck_assert_uint_eq(l.n, 2);
	ck_assert_str_eq(l.item[0].path, "mem://t/a/one");
	ck_assert_str_eq(l.item[1].path, "mem://t/two");
	ck_assert_int_eq(
	    rp_log_names_add(&l, "mem://none", &k.remote, NULL), RP_EMPTY);
	ck_assert_int_eq(rp_log_names_add(&l, "mem://t", NULL, NULL), RP_EMPTY);
	ck_assert_str_eq(rp_log_path("file:///a"), "/a");
	ck_assert_str_eq(rp_log_path("a"), "a");
	rp_log_names_free(&l);
}
END_TEST

START_TEST(a_segment_that_was_moved_is_followed)
{
	static const char trimmed[] =
	    "last_seq=2000\nrecords=2000\nts_min=1\nts_max=2\n";
	struct rp_error err = { 0 };
	struct rp_segments s;
	struct seen here, there;
	struct fake k;

	make_log("log", 3);
	here = read_log("log", NULL);
	fake_init(&k, 1000);
	ck_assert_int_eq(mkdir("cold", 0777), 0);
	ck_ok(rp_segments_find(&s, "log", &k.remote, NULL));
	ck_ok(rp_segment_move_far("log", &s.item[0], "mem://cold/1", NULL));
	ck_assert_int_eq(k.put, 1);
	there = read_far(&k, "log", NULL, NULL);
	ck_assert_int_eq(there.status, RP_END);
	ck_assert_uint_eq(there.payloads, here.payloads);
	ck_assert_uint_gt(k.ahead, 0);
	/* by whom no remote was given */
	there = read_log("log", NULL);
	ck_assert_int_eq(there.status, RP_ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(there.text, "was moved to mem://cold/1"));
	/* what cannot be put stays, what cannot be removed too */
	k.fails = true;
	ck_assert_int_eq(
	    rp_segment_move_far("log", &s.item[1], "mem://cold/2", &err),
	    RP_ERR_REMOTE);
	ck_assert(!exists("cold/2") && !exists("log/00000000000000001001.new"));
	ck_assert_int_eq(
	    rp_segment_remove("log", &s.item[0], &err), RP_ERR_REMOTE);
	ck_assert_int_eq(access("cold/1", F_OK), 0);
	k.fails = false;
	ck_ok(rp_segment_remove("log", &s.item[0], NULL));
	ck_assert(!exists("cold/1") && !exists(ONE ".rpx"));
	/* where nothing is, unless it was trimmed */
	ck_ok(rp_segment_move_far("log", &s.item[1], "mem://cold/2", NULL));
	ck_assert_int_eq(unlink("cold/2"), 0);
	there = read_far(&k, "log", NULL, NULL);
	ck_assert_int_eq(there.status, RP_ERR_IO);
	ck_assert_ptr_nonnull(strstr(there.text, "where nothing is"));
	store("log/trimmed", trimmed, sizeof(trimmed) - 1);
	there = read_far(&k, "log", NULL, NULL);
	ck_assert_int_eq(there.status, RP_END);
	ck_assert_uint_eq(there.first_seq, 2001);
	rp_segments_free(&s);
}
END_TEST

START_TEST(files_are_readable_too)
{
	struct rp_readable b;
	char p[8] = "";

	store("f", "12345678", 8);
	ck_ok(rp_readable_open(&b, "f", NULL));
	ck_assert_uint_eq(b.size, 8);
	ck_ok(rp_readable_read(&b, p, 4, 2, "f", NULL));
	ck_assert_str_eq(p, "3456");
	ck_assert_int_eq(rp_readable_read(&b, p, 4, 5, "f", NULL), RP_EMPTY);
	store("f", "123456789", 9);
	ck_assert_uint_eq(rp_readable_size(&b), 9);
	rp_readable_announce(&b, 0, 9);
	rp_readable_close(&b);
	rp_readable_close(&b);
	ck_assert_int_eq(rp_readable_open(&b, "none", NULL), RP_EMPTY);
	ck_assert_int_eq(rp_readable_open(&b, "f/x", NULL), RP_ERR_IO);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, reads_as_from_a_directory);
	tcase_add_test(tc, reads_what_is_wanted_ahead_and_nothing_else);
	tcase_add_test(tc, finds_logs_below_a_place);
	tcase_add_test(tc, a_segment_that_was_moved_is_followed);
	tcase_add_test(tc, files_are_readable_too);
}

int
main(void)
{
	return run_suite("remote", add);
}
