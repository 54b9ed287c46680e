#include "log/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "wire/reader.h"

/* Read frames until one is missing or bad; section: its sums since an END. */
static enum rp_status
walk(int fd, const char *path, struct rp_recovery *r, struct rp_end *section,
    struct rp_error *why)
{
	struct rp_reader *in = rp_reader_fd(fd, path);
	struct rp_frame f;
	enum rp_status st;

	if (in == NULL)
		return rp_error_no_memory(why);
	rp_reader_follow(in, true);
	*section = (struct rp_end){ 0 };
	while ((st = rp_reader_next(in, &f)) == RP_OK) {
		r->whole_len = f.offset + f.size;
		r->sealed =
		    f.head.kind == RP_END_FRAME && !(f.end.flags & RP_END_MORE);
		r->records += f.head.records;
		*section = *rp_reader_section(in);
	}
	if (st == RP_EMPTY) {
		/* frames of kinds that are not handed out count, too */
		if (rp_reader_offset(in) > r->whole_len)
			r->sealed = false;
		r->whole_len = rp_reader_offset(in);
		*section = *rp_reader_section(in);
	} else {
		*why = *rp_reader_error(in);
	}
	rp_reader_free(in);
	return st == RP_ERR_NOMEM || st == RP_ERR_IO ? st : RP_OK;
}

/* Whether a valid frame begins at p, which is at offset in a file of size. */
static bool
is_frame(int fd, const uint8_t *p, size_t len, uint64_t offset, uint64_t size,
    struct rp_buffer *body)
{
	struct rp_frame_head h;

	return rp_head_decode(&h, p, len, NULL) == RP_OK &&
	    rp_head_size(&h) <= size - offset &&
	    rp_buffer_reserve(body, h.body_len) == RP_OK &&
	    pread(fd, body->data, h.body_len,
		(off_t)(offset + h.head_len + h.dir_len)) == h.body_len &&
	    rp_hash(body->data, h.body_len) == h.body_hash;
}

/* *found: the offset of a valid frame behind from, or 0. */
static enum rp_status
find_frame(
    int fd, uint64_t from, uint64_t size, uint64_t *found, struct rp_error *err)
{
	static const uint8_t magic[4] = { 0x89, 'R', 'P', '1' };
	enum { WINDOW = 1 << 16 };
	struct rp_buffer buf = { 0 }, body = { 0 };
	ssize_t n;

	*found = 0;
	if (rp_buffer_reserve(&buf, WINDOW) != RP_OK ||
	    rp_buffer_reserve(&body, RP_MAX_RAW_JUMBO) != RP_OK) {
		rp_buffer_free(&buf);
		return rp_error_no_memory(err);
	}
	while (*found == 0 &&
	    (n = pread(fd, buf.data, WINDOW, (off_t)from)) >= RP_FRAME_HEAD) {
		const uint8_t *p = buf.data, *end = p + n - RP_FRAME_HEAD + 1;

		for (; p < end && *found == 0; p++)
			if (memcmp(p, magic, 4) == 0 &&
			    is_frame(fd, p, (size_t)(buf.data + n - p),
				from + (uint64_t)(p - buf.data), size, &body))
				*found = from + (uint64_t)(p - buf.data);
		from += (uint64_t)(end - buf.data);
	}
	rp_buffer_free(&buf);
	rp_buffer_free(&body);
	return RP_OK;
}

/* Append the bytes of fd behind from to the file torn. */
static enum rp_status
keep_tail(int fd, uint64_t from, uint64_t size, const char *torn,
    struct rp_error *err)
{
	uint8_t buf[1 << 14];
	int to = open(torn, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	enum rp_status st = RP_OK;

	if (to < 0)
		return rp_error_errno(err, "%s", torn);
	while (from < size && st == RP_OK) {
		ssize_t n = pread(fd, buf, sizeof(buf), (off_t)from);

		if (n <= 0)
			st = rp_error_errno(err, "%s", torn);
		else
			st = rp_file_write(to, buf, (size_t)n, torn, err);
		from += n > 0 ? (uint64_t)n : 0;
	}
	if (st == RP_OK && fsync(to) != 0)
		st = rp_error_errno(err, "%s", torn);
	close(to);
	if (st == RP_OK)
		st = rp_parent_sync(torn, err);
	return st;
}

static enum rp_status
write_end(int fd, const char *path, uint64_t at, const struct rp_end *section,
    struct rp_error *err)
{
	struct rp_frame_head h = { .kind = RP_END_FRAME };
	struct rp_end end = *section;
	uint8_t payload[RP_END_PAYLOAD];
	struct rp_buffer b = { 0 };
	enum rp_status st;

	end.flags |= RP_END_RECOVERED;
	rp_end_encode(&end, payload);
	st = rp_frame_encode_other(&b, &h, payload, sizeof(payload));
	if (st == RP_OK && lseek(fd, (off_t)at, SEEK_SET) < 0)
		st = rp_error_errno(err, "%s", path);
	if (st == RP_OK)
		st = rp_file_write(fd, b.data, b.len, path, err);
	if (st == RP_OK && fsync(fd) != 0)
		st = rp_error_errno(err, "%s: sync", path);
	rp_buffer_free(&b);
	return st;
}

enum rp_status
rp_file_recover(const char *path, const char *torn, bool dry,
    struct rp_recovery *r, struct rp_error *err)
{
	struct rp_end section;
	struct rp_error why = { 0 };
	struct stat sb;
	uint64_t size, next;
	int fd = open(path, (dry ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	enum rp_status st;

	*r = (struct rp_recovery){ 0 };
	if (fd < 0)
		return rp_error_errno(err, "%s", path);
	if (fstat(fd, &sb) != 0) {
		st = rp_error_errno(err, "%s", path);
		goto out;
	}
	size = (uint64_t)sb.st_size;
	if ((st = walk(fd, path, r, &section, &why)) != RP_OK) {
		(void)rp_error_set(err, st, "%s", why.text);
		goto out;
	}
	r->torn_bytes = size - r->whole_len;
	if (r->sealed && r->torn_bytes == 0)
		goto out;
	if ((st = find_frame(fd, r->whole_len + 1, size, &next, err)) != RP_OK)
		goto out;
	if (next != 0) {
		st = rp_error_set(err, RP_ERR_CORRUPT,
		    "%s: damaged at byte %" PRIu64 ", but valid frames follow "
		    "at byte %" PRIu64 ": not a torn tail, nothing was changed",
		    path, r->whole_len, next);
		goto out;
	}
	if (why.status == RP_ERR_UNSUPPORTED) {
		st = rp_error_set(err, why.status, "%s", why.text);
		goto out;
	}
	if (dry)
		goto out;
	if (r->torn_bytes != 0) {
		st = keep_tail(fd, r->whole_len, size, torn, err);
		if (st == RP_OK && ftruncate(fd, (off_t)r->whole_len) != 0)
			st = rp_error_errno(err, "%s", path);
	}
	if (st == RP_OK && !r->sealed)
		st = write_end(fd, path, r->whole_len, &section, err);
out:
	close(fd);
	return st;
}

enum rp_status
rp_segment_recover(const char *dir, const struct rp_segment *s, bool dry,
    struct rp_recovery *r, struct rp_error *err)
{
	char *path = rp_segment_path(dir, s, NULL);
	char *torn = rp_segment_path(dir, s, ".torn");
	struct rp_index x = { 0 };
	struct rp_readable b = RP_READABLE_CLOSED;
	enum rp_status st;

	if (path == NULL || torn == NULL) {
		st = rp_error_no_memory(err);
		goto out;
	}
	if ((st = rp_file_recover(path, torn, dry, r, err)) != RP_OK || dry)
		goto out;
	if ((st = rp_readable_open(&b, path, err)) == RP_EMPTY)
		st = rp_error_errno(err, "%s", path);
	if (st == RP_OK)
		st = rp_segment_scan(&x, &b, path, err);
	if (st == RP_OK && !rp_segment_has_index(&x, dir, s))
		st = rp_segment_write_index(&x, dir, s, true, err);
out:
	rp_readable_close(&b);
	rp_index_free(&x);
	free(path);
	free(torn);
	return st;
}
