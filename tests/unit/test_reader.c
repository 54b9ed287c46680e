/* wire/reader: streams in pieces, skipped, followed, joined and broken off. */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "streams.h"

/* ---- pipes ---- */

struct feed {
	int fd;
	const uint8_t *p;
	size_t len, piece;
};

static void *
feed(void *arg)
{
	struct feed *f = arg;
	size_t n;

	for (; f->len > 0; f->p += n, f->len -= n) {
		n = f->len < f->piece ? f->len : f->piece;
		ck_assert_int_eq(write(f->fd, f->p, n), (ssize_t)n);
	}
	close(f->fd);
	return NULL;
}

/* Read a stream through a pipe, some bytes at a time. */
static struct outcome
read_pipe(const struct rp_buffer *b, size_t piece, bool nonblocking)
{
	struct outcome o;
	struct rp_reader *r;
	pthread_t thread;
	struct feed f;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	if (nonblocking)
		ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	f = (struct feed){ fds[1], b->data, b->len, piece };
	ck_assert_int_eq(pthread_create(&thread, NULL, feed, &f), 0);
	r = rp_reader_fd(fds[0], "pipe");
	o = read_all(r);
	rp_reader_free(r);
	close(fds[0]);
	pthread_join(thread, NULL);
	return o;
}

static int
temporary(const void *p, size_t len)
{
	FILE *fp = tmpfile();
	int fd;

	ck_assert_ptr_nonnull(fp);
	fd = dup(fileno(fp));
	fclose(fp);
	ck_assert_int_eq(write(fd, p, len), (ssize_t)len);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

START_TEST(in_pieces)
{
	static const struct rp_encoding enc = { RP_CODEC_LZ4, RP_LAYOUT_COLUMNS,
		0 };
	struct rp_buffer b = plain_stream(500, 100, &enc);
	struct outcome whole = read_bytes(b.data, b.len), o;

	ck_assert_int_eq(whole.status, RP_END);
	ck_assert_uint_eq(whole.records, 500);
	for (size_t piece = 1; piece < 10000; piece = piece * 3 + 1) {
		o = read_pipe(&b, piece, piece % 2 == 0);
		ck_same(&whole, &o);
	}
	rp_buffer_free(&b);
}
END_TEST

START_TEST(cut_anywhere)
{
	struct rp_buffer b = plain_stream(6, 2, NULL);
	struct outcome o;

	for (size_t len = 0; len < b.len; len++) {
		uint8_t *cut = malloc(len + !len);
		int fd;

		memcpy(cut, b.data, len);
		o = read_bytes(cut, len);
		ck_assert_int_eq(o.status, RP_ERR_TRUNCATED);
		fd = temporary(cut, len);
		struct rp_reader *r = rp_reader_fd(fd, "file");
		o = read_all(r);
		ck_assert_int_eq(o.status, RP_ERR_TRUNCATED);
		ck_assert_ptr_nonnull(
		    strstr(o.text, len == 0 ? "empty input" : "truncated"));
		rp_reader_free(r);
		close(fd);
		free(cut);
	}
	o = read_bytes(b.data, b.len);
	ck_assert_int_eq(o.status, RP_END);
	rp_buffer_free(&b);
}
END_TEST

START_TEST(any_bit_matters)
{
	struct rp_buffer b = plain_stream(4, 2, NULL);
	struct outcome o;

	for (size_t bit = 0; bit < 8 * b.len; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		o = read_bytes(b.data, b.len);
		ck_assert_int_lt(o.status, RP_OK);
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	rp_buffer_free(&b);
}
END_TEST

/* ---- sections ---- */

static struct rp_buffer
section(uint64_t first, uint64_t last, uint32_t flags)
{
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, NULL);

	if (first <= last)
		add_records(w, first, last);
	ck_ok(rp_writer_finish(w, flags));
	rp_writer_free(w);
	return b;
}

START_TEST(sections_add_up)
{
	struct rp_buffer a = section(1, 10, RP_END_MORE);
	struct rp_buffer b = section(11, 15, RP_END_LOSSY);
	struct rp_buffer none = section(1, 0, 0), all = { 0 };
	struct outcome oa, ob, o;
	struct rp_reader *r;

	oa = read_bytes(a.data, a.len);
	ck_assert_int_eq(oa.status, RP_ERR_TRUNCATED); /* it said MORE */
	ob = read_bytes(b.data, b.len);
	ck_ok(rp_buffer_add(&all, a.data, a.len));
	ck_ok(rp_buffer_add(&all, none.data, none.len));
	ck_ok(rp_buffer_add(&all, b.data, b.len));
	r = rp_reader_memory(all.data, all.len, "t");
	o = read_all(r);
	ck_assert_int_eq(o.status, RP_END);
	ck_assert_uint_eq(o.records, 15);
	ck_assert_uint_eq(o.sum, oa.sum + ob.sum);
	ck_assert_uint_eq(o.end_flags, RP_END_MORE | RP_END_LOSSY);
	ck_assert_uint_eq(rp_reader_end(r)->records, 5);
	ck_assert_uint_eq(rp_reader_offset(r), all.len);
	rp_reader_free(r);
	/* frames behind an END begin a section, which needs its own */
	all.len -= 160;
	o = read_bytes(all.data, all.len);
	ck_assert_int_eq(o.status, RP_ERR_TRUNCATED);
	rp_buffer_free(&a);
	rp_buffer_free(&b);
	rp_buffer_free(&none);
	rp_buffer_free(&all);
}
END_TEST

START_TEST(the_first_error_stays)
{
	struct rp_buffer b = plain_stream(4, 2, NULL);
	struct rp_reader *r;
	struct rp_frame f;
	char text[512];

	b.data[b.len / 2] ^= 1;
	r = rp_reader_memory(b.data, b.len, "t");
	while (rp_reader_next(r, &f) == RP_OK)
		;
	snprintf(text, sizeof(text), "%s", rp_reader_error(r)->text);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(rp_reader_next(r, &f), RP_ERR_CORRUPT);
		ck_assert_int_eq(rp_reader_head(r, &f), RP_ERR_CORRUPT);
		ck_assert_int_eq(rp_reader_rows(r, &f), RP_ERR_CORRUPT);
		ck_assert_str_eq(rp_reader_error(r)->text, text);
	}
	rp_reader_free(r);
	rp_buffer_free(&b);
}
END_TEST

/* ---- in steps ---- */

/* Heads only, of a file or a pipe; some bodies read, by the bits of which. */
static void
ck_skipping(const struct rp_buffer *b, bool file, unsigned which)
{
	struct rp_reader *r;
	struct rp_frame f;
	pthread_t thread;
	struct feed in;
	uint64_t records = 0, frames = 0, offset = 0;
	int fds[2] = { -1, -1 };
	enum rp_status st;

	if (file) {
		fds[0] = temporary(b->data, b->len);
	} else {
		ck_assert_int_eq(pipe(fds), 0);
		in = (struct feed){ fds[1], b->data, b->len, 4096 };
		ck_assert_int_eq(pthread_create(&thread, NULL, feed, &in), 0);
	}
	r = rp_reader_fd(fds[0], "t");
	while ((st = rp_reader_head(r, &f)) == RP_OK) {
		ck_assert_uint_eq(f.number, frames);
		ck_assert_uint_eq(f.offset, offset);
		if (f.head.kind == RP_DATA && (which >> frames % 8 & 1)) {
			ck_ok(rp_reader_body(r, &f));
			ck_assert_ptr_nonnull(f.stored);
			ck_assert_ptr_null(f.rows);
			if (which >> frames % 7 & 1)
				ck_ok(rp_reader_rows(r, &f));
		}
		records += f.head.records;
		offset = f.offset + f.size;
		ck_assert_uint_eq(rp_reader_offset(r), offset);
		frames++;
	}
	ck_assert_int_eq(st, RP_END);
	ck_assert_uint_eq(records, 9000);
	rp_reader_free(r);
	close(fds[0]);
	if (!file)
		pthread_join(thread, NULL);
}

START_TEST(frames_are_skipped)
{
	struct rp_buffer b = plain_stream(9000, 1000, NULL);

	for (unsigned which = 0; which < 256; which += 15) {
		ck_skipping(&b, true, which);
		ck_skipping(&b, false, which);
	}
	rp_buffer_free(&b);
}
END_TEST

START_TEST(a_cut_is_seen_when_skipping)
{
	struct rp_buffer b = plain_stream(9000, 1000, NULL);

	for (size_t len = b.len - 161; len < b.len; len += 40) {
		int fd = temporary(b.data, len);
		struct rp_reader *r = rp_reader_fd(fd, "t");
		struct rp_frame f;
		enum rp_status st;

		while ((st = rp_reader_head(r, &f)) == RP_OK)
			;
		ck_assert_int_eq(st, RP_ERR_TRUNCATED);
		rp_reader_free(r);
		close(fd);
	}
	rp_buffer_free(&b);
}
END_TEST

START_TEST(seeking)
{
	struct rp_buffer b = plain_stream(9000, 1000, NULL);
	int fd = temporary(b.data, b.len);
	struct rp_reader *r = rp_reader_fd(fd, "t");
	uint64_t at[16], records[16];
	struct rp_frame f;
	size_t n = 0;

	while (rp_reader_head(r, &f) == RP_OK) {
		at[n] = f.offset;
		records[n++] = f.head.seq_min;
	}
	for (size_t i = n; i-- > 0;) {
		ck_ok(rp_reader_seek(r, at[i]));
		ck_ok(rp_reader_next(r, &f));
		ck_assert_uint_eq(f.offset, at[i]);
		ck_assert_uint_eq(f.head.seq_min, records[i]);
	}
	/* a section that was entered in its middle cannot be verified */
	ck_ok(rp_reader_seek(r, at[3]));
	while (rp_reader_next(r, &f) == RP_OK)
		;
	ck_assert_int_eq(rp_reader_error(r)->status, RP_OK);
	/* nowhere: the bytes there are no frame */
	ck_ok(rp_reader_seek(r, at[3] + 8));
	ck_assert_int_eq(rp_reader_next(r, &f), RP_ERR_CORRUPT);
	ck_assert_int_ne(rp_reader_seek(r, 0), RP_OK);
	rp_reader_free(r);
	close(fd);
	rp_buffer_free(&b);
}
END_TEST

/* ---- waiting ---- */

START_TEST(a_file_that_grows)
{
	struct rp_buffer b = plain_stream(40, 10, NULL);
	int fd = temporary("", 0), to = dup(fd);
	struct rp_reader *r = rp_reader_fd(fd, "t");
	struct rp_frame f;
	uint64_t records = 0;
	enum rp_status st = RP_EMPTY;

	rp_reader_follow(r, true);
	for (size_t i = 0; i < b.len; i++) {
		ck_assert_int_eq(pwrite(to, b.data + i, 1, (off_t)i), 1);
		if (i % 16 != 15 && i + 1 != b.len)
			continue;
		while ((st = rp_reader_next(r, &f)) == RP_OK)
			records += f.head.records;
		ck_assert_int_eq(st, RP_EMPTY);
	}
	ck_assert_uint_eq(records, 40);
	ck_assert_uint_eq(rp_reader_end(r)->records, 40);
	rp_reader_follow(r, false);
	ck_assert_int_eq(rp_reader_next(r, &f), RP_END);
	rp_reader_free(r);
	close(fd);
	close(to);
	rp_buffer_free(&b);
}
END_TEST

START_TEST(a_torn_frame_that_is_written_anew)
{
	struct rp_buffer a = plain_stream(20, 10, NULL);
	struct rp_buffer b = section(1, 0, 0);
	int fd = temporary(a.data, a.len - 160 - 100);
	struct rp_reader *r = rp_reader_fd(fd, "t");
	struct rp_frame f;
	uint64_t end = 0;
	int to = dup(fd);

	rp_reader_follow(r, true);
	while (rp_reader_next(r, &f) == RP_OK)
		end = f.offset + f.size;
	/* recovery cuts off what was torn and writes something shorter */
	ck_assert_int_eq(ftruncate(to, (off_t)end), 0);
	ck_assert_int_eq(pwrite(to, b.data, b.len, (off_t)end), (ssize_t)b.len);
	ck_assert_int_eq(rp_reader_head(r, &f), RP_ERR_CORRUPT); /* the chain */
	ck_assert_ptr_nonnull(
	    strstr(rp_reader_error(r)->text, "END counts other"));
	rp_reader_free(r);
	close(fd);
	close(to);
	rp_buffer_free(&a);
	rp_buffer_free(&b);
}
END_TEST

static int
count_wait(void *arg)
{
	int *left = arg;

	return --*left > 0 ? 1 : -1;
}

static void *
write_late(void *arg)
{
	struct feed *f = arg;

	usleep(30000);
	return feed(f);
}

START_TEST(the_wait_is_called_before_blocking)
{
	struct rp_buffer b = section(1, 2, 0);
	struct feed in = { .p = b.data, .len = b.len, .piece = b.len };
	struct rp_reader *r;
	struct rp_frame f;
	pthread_t thread;
	int fds[2], left = 3;

	ck_assert_int_eq(pipe(fds), 0);
	in.fd = fds[1];
	r = rp_reader_fd(fds[0], "t");
	rp_reader_on_wait(r, count_wait, &left);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_late, &in), 0);
	while (rp_reader_next(r, &f) == RP_OK)
		;
	ck_assert_int_eq(rp_reader_error(r)->status, RP_OK);
	ck_assert_int_le(left, 0);
	pthread_join(thread, NULL);
	rp_reader_free(r);
	close(fds[0]);
	rp_buffer_free(&b);
}
END_TEST

START_TEST(no_descriptor)
{
	struct rp_reader *r = rp_reader_fd(-1, "gone");
	struct rp_frame f;
	int fds[2];

	rp_reader_free(r);
	rp_reader_free(NULL);
	ck_assert_int_eq(pipe(fds), 0);
	r = rp_reader_fd(fds[1], "writeonly");
	ck_assert_int_eq(rp_reader_next(r, &f), RP_ERR_IO);
	ck_assert_str_eq(
	    rp_reader_error(r)->text, "writeonly: Bad file descriptor");
	rp_reader_free(r);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(memory_stays_bounded)
{
	/* headers that claim the most there may be, with nothing behind */
	struct rp_frame_head h = { .kind = RP_DATA,
		.flags = RP_FRAME_JUMBO,
		.dir_len = RP_MAX_DIR,
		.body_len = RP_MAX_RAW_JUMBO,
		.raw_len = RP_MAX_RAW_JUMBO,
		.mid_len = RP_MAX_RAW_JUMBO,
		.records = 1 };
	uint8_t bytes[RP_FRAME_HEAD];
	struct outcome o;

	rp_head_encode(&h, bytes);
	o = read_bytes(bytes, sizeof(bytes));
	ck_assert_int_eq(o.status, RP_ERR_TRUNCATED);
	h.body_len = h.raw_len = h.mid_len = RP_MAX_RAW_JUMBO + 8;
	rp_head_encode(&h, bytes);
	o = read_bytes(bytes, sizeof(bytes));
	ck_assert_int_eq(o.status, RP_ERR_CORRUPT);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, in_pieces);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, any_bit_matters);
	tcase_add_test(tc, sections_add_up);
	tcase_add_test(tc, the_first_error_stays);
	tcase_add_test(tc, frames_are_skipped);
	tcase_add_test(tc, a_cut_is_seen_when_skipping);
	tcase_add_test(tc, seeking);
	tcase_add_test(tc, a_file_that_grows);
	tcase_add_test(tc, a_torn_frame_that_is_written_anew);
	tcase_add_test(tc, the_wait_is_called_before_blocking);
	tcase_add_test(tc, no_descriptor);
	tcase_add_test(tc, memory_stays_bounded);
}

int
main(void)
{
	return run_suite("reader", add);
}
