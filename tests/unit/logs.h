/*
 * What the tests of log/ share: a directory of their own, logs of plain
 * records, and what reading one comes to.
 */
#ifndef RP_TESTS_LOGS_H
#define RP_TESTS_LOGS_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/reader.h"
#include "log/segment.h"
#include "log/writer.h"
#include "streams.h"
#include "types/types.h"

/* The first segment of the log "log", and what belongs to it. */
#define ONE "log/00000000000000000001"

/* ---- directories ---- */

static char top[64];

/* In memory if there is such a place: what is synced here is not at stake. */
static inline void
set_up(void)
{
	strcpy(top, "/dev/shm/rp-test-log-XXXXXX");
	if (mkdtemp(top) == NULL) {
		strcpy(top, "/tmp/rp-test-log-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(top));
	}
	ck_assert_int_eq(chdir(top), 0);
}

static inline void
remove_all(const char *dir)
{
	struct dirent *d;
	DIR *h = opendir(dir);

	while (h != NULL && (d = readdir(h)) != NULL) {
		char *path;

		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		ck_assert_int_gt(asprintf(&path, "%s/%s", dir, d->d_name), 0);
		if (unlink(path) != 0)
			remove_all(path);
		free(path);
	}
	if (h != NULL)
		closedir(h);
	rmdir(dir);
}

static inline void
tear_down(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	remove_all(top);
}

static inline bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static inline off_t
size_of(const char *path)
{
	struct stat sb;

	ck_assert_int_eq(stat(path, &sb), 0);
	return sb.st_size;
}

static inline struct rp_buffer
load(const char *path)
{
	struct rp_buffer b = { 0 };
	size_t n = (size_t)size_of(path);
	int fd = open(path, O_RDONLY);

	ck_ok(rp_buffer_reserve(&b, n + 1));
	ck_assert_int_eq(read(fd, b.data, n), (ssize_t)n);
	b.len = n;
	close(fd);
	return b;
}

static inline void
store(const char *path, const void *p, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, p, len), (ssize_t)len);
	close(fd);
}

static inline struct rp_segments
list(const char *dir)
{
	struct rp_segments s;

	ck_ok(rp_segments_list(&s, dir, NULL));
	return s;
}

/* ---- writing ---- */

static inline struct rp_log_writer *
open_log(const char *dir, const struct rp_log_options *opt)
{
	struct rp_log_options none = { .append = true };
	struct rp_error err = { 0 };
	struct rp_log_writer *lw;
	bool recovered;

	if (rp_log_writer_open(&lw, dir, opt != NULL ? opt : &none, &recovered,
		&err) != RP_OK) {
		if (forked)
			_exit(1);
		ck_abort_msg("%s", err.text);
	}
	return lw;
}

/* n plain records from number first on, a frame for each per of them. */
static inline void
write_records(
    struct rp_log_writer *lw, uint64_t first, uint64_t n, uint32_t per)
{
	struct rp_writer_options opt = { .frame_records = per };
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, &opt);
	struct rp_reader *r;
	struct rp_frame f;

	add_records(w, first, first + n - 1);
	ck_ok(rp_writer_finish(w, 0));
	rp_writer_free(w);
	r = rp_reader_memory(b.data, b.len, "t");
	while (rp_reader_next(r, &f) == RP_OK)
		if (f.head.kind == RP_DATA)
			ck_ok(rp_log_writer_frame(lw, &f));
	rp_reader_free(r);
	rp_buffer_free(&b);
}

static inline void
close_log(struct rp_log_writer *lw)
{
	ck_ok(rp_log_writer_close(lw, 0, false));
	rp_log_writer_free(lw);
}

static inline void
append(const char *dir, uint64_t first, uint64_t n,
    const struct rp_log_options *opt)
{
	struct rp_log_writer *lw = open_log(dir, opt);

	write_records(lw, first, n, 100);
	close_log(lw);
}

/* ---- reading ---- */

struct seen {
	enum rp_status status;
	uint64_t records, gaps, first_seq, last_seq, frames;
	uint64_t payloads; /* sum of the first words of plain records */
	uint32_t end_flags;
	char text[512];
};

static inline void
see(struct seen *s, const struct rp_frame *f)
{
	const struct rp_record *r = NULL;

	s->frames++;
	while ((r = rp_frame_next(f, r)) != NULL) {
		ck_assert_uint_gt(r->seq, s->last_seq);
		s->last_seq = r->seq;
		if (s->first_seq == 0)
			s->first_seq = r->seq;
		if (r->type == RP_GAP) {
			s->gaps++;
			continue;
		}
		s->records++;
		s->payloads += rp_le64(r->payload);
	}
}

static inline struct seen
read_log(const char *dir, const struct rp_log_reader_options *opt)
{
	static const struct rp_log_reader_options plain = { 0 };
	struct rp_error err = { 0 };
	struct rp_log_reader *lr;
	struct seen s = { 0 };
	struct rp_frame f;

	s.status =
	    rp_log_reader_open(&lr, dir, opt != NULL ? opt : &plain, &err);
	if (s.status != RP_OK) {
		snprintf(s.text, sizeof(s.text), "%s", err.text);
		return s;
	}
	while ((s.status = rp_log_reader_head(lr, &f)) == RP_OK) {
		if (f.head.kind != RP_DATA)
			continue;
		if ((s.status = rp_log_reader_rows(lr, &f)) != RP_OK)
			break;
		see(&s, &f);
	}
	s.end_flags = rp_log_reader_end_flags(lr);
	snprintf(s.text, sizeof(s.text), "%s", rp_log_reader_error(lr)->text);
	rp_log_reader_free(lr);
	return s;
}

static inline void
ck_log(const char *dir, uint64_t records)
{
	struct seen s = read_log(dir, NULL);

	ck_assert_msg(s.status == RP_END, "%s", s.text);
	ck_assert_uint_eq(s.records, records);
	ck_assert_uint_eq(s.payloads, 3 * records * (records + 1) / 2);
}

#endif
