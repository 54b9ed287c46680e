#include "log/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "log/trim.h"
#include "wire/reader.h"

enum {
	NAME_DIGITS = 20,
	MAX_INDEX = 1 << 30 /* bytes: 100 times that of a wide market */
};

bool
rp_log_is_directory(const char *path)
{
	struct stat sb;

	return stat(path, &sb) == 0 && S_ISDIR(sb.st_mode);
}

/* Whether a file of this name is of a log. */
static bool
is_of_log(const char *name)
{
	static const char *const names[] = { ".", "..", "lock", "lock.gc",
		"readers", "trimmed", "trimmed.tmp" };
	static const char *const suffixes[] = { ".rps", ".rps.new", ".rpx",
		".rpx.tmp", ".torn" };
	size_t digits = strspn(name, "0123456789");

	for (size_t i = 0; i < RP_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	for (size_t i = 0; i < RP_LEN(suffixes); i++)
		if (digits == NAME_DIGITS &&
		    strcmp(name + digits, suffixes[i]) == 0)
			return true;
	return false;
}

enum rp_status
rp_log_check_files(const char *dir, struct rp_error *err)
{
	DIR *h = opendir(dir);
	struct dirent *d;
	enum rp_status st = RP_OK;

	if (h == NULL)
		return rp_error_errno(err, "%s", dir);
	while (st == RP_OK && (d = readdir(h)) != NULL)
		if (!is_of_log(d->d_name))
			st = rp_error_set(err, RP_ERR_EXISTS,
			    "%s: is not a log: it holds %s", dir, d->d_name);
	closedir(h);
	return st;
}

void
rp_segment_name(char name[static RP_SEGMENT_NAME], uint64_t first_seq)
{
	snprintf(
	    name, RP_SEGMENT_NAME, "%0*" PRIu64 ".rps", NAME_DIGITS, first_seq);
}

/* Whether a file name is a segment's, and of which seq. */
static bool
parse_name(const char *name, uint64_t *first_seq)
{
	char expect[RP_SEGMENT_NAME];
	char *end;

	if (name[0] < '0' || name[0] > '9')
		return false;
	errno = 0;
	*first_seq = strtoull(name, &end, 10);
	if (errno != 0)
		return false;
	rp_segment_name(expect, *first_seq);
	return strcmp(name, expect) == 0;
}

static int
by_seq(const void *a, const void *b)
{
	const struct rp_segment *x = a, *y = b;

	return (x->first_seq > y->first_seq) - (x->first_seq < y->first_seq);
}

enum rp_status
rp_segments_list(struct rp_segments *s, const char *dir, struct rp_error *err)
{
	struct rp_buffer all = { 0 };
	struct dirent *d;
	DIR *h = opendir(dir);
	enum rp_status st = RP_OK;

	*s = (struct rp_segments){ 0 };
	if (h == NULL)
		return rp_error_errno(err, "%s", dir);
	while (st == RP_OK && (errno = 0, d = readdir(h)) != NULL) {
		struct rp_segment one = { 0 };
		struct stat sb;

		if (!parse_name(d->d_name, &one.first_seq))
			continue;
		if (fstatat(dirfd(h), d->d_name, &sb, 0) == 0)
			one.size = (uint64_t)sb.st_size;
		else if (fstatat(dirfd(h), d->d_name, &sb,
			     AT_SYMLINK_NOFOLLOW) != 0)
			continue; /* removed by retention meanwhile */
		rp_segment_name(one.name, one.first_seq);
		st = rp_buffer_add(&all, &one, sizeof(one));
	}
	if (st == RP_OK && errno != 0)
		st = rp_error_errno(err, "%s", dir);
	closedir(h);
	if (st != RP_OK) {
		rp_buffer_free(&all);
		return rp_error_set(err, st, "%s: cannot list the log", dir);
	}
	s->item = (struct rp_segment *)all.data;
	s->n = all.len / sizeof(struct rp_segment);
	if (s->n > 1)
		qsort(s->item, s->n, sizeof(*s->item), by_seq);
	return RP_OK;
}

void
rp_segments_free(struct rp_segments *s)
{
	free(s->item);
	*s = (struct rp_segments){ 0 };
}

char *
rp_segment_path(const char *dir, const struct rp_segment *s, const char *suffix)
{
	char *path;

	if (suffix == NULL)
		suffix = ".rps";
	if (asprintf(&path, "%s/%.*s%s", dir, NAME_DIGITS, s->name, suffix) < 0)
		return NULL;
	return path;
}

/* ---- opening ---- */

char *
rp_segment_place(const char *dir, const struct rp_segment *s)
{
	char *path = rp_segment_path(dir, s, NULL);
	char *place = rp_link_target(path);

	free(path);
	return place;
}

/* Whether its removal was begun: it may be gone where it was moved to. */
static bool
is_trimmed(const char *dir, const struct rp_segment *s)
{
	struct rp_log_trimmed t;
	int why = errno;
	bool is = rp_log_trimmed(dir, &t, NULL) == RP_OK &&
	    s->first_seq <= t.last_seq;

	errno = why;
	return is;
}

enum rp_status
rp_segment_open(
    const char *dir, const struct rp_segment *s, int *fd, struct rp_error *err)
{
	char *path = rp_segment_path(dir, s, NULL), *place = NULL;
	enum rp_status st = RP_OK;
	int why;

	*fd = -1;
	if (path == NULL)
		return rp_error_no_memory(err);
	if ((*fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		why = errno;
		place = rp_link_target(path);
		errno = why;
		if (place != NULL && !is_trimmed(dir, s))
			st = rp_error_errno(
			    err, "%s: was moved to %s", path, place);
		else if (errno == ENOENT)
			st = RP_EMPTY;
		else
			st = rp_error_errno(err, "%s", path);
	}
	free(place);
	free(path);
	return st;
}

/* ---- notes ---- */

const char *
rp_note_value(const char *text, size_t text_len, const char *key, size_t *len)
{
	const char *end = text + text_len;
	size_t k = strlen(key);

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		const char *stop = nl != NULL ? nl : end;

		if ((size_t)(stop - text) > k && text[k] == '=' &&
		    memcmp(text, key, k) == 0) {
			*len = (size_t)(stop - text) - k - 1;
			return text + k + 1;
		}
		text = stop + 1;
	}
	return NULL;
}

enum rp_status
rp_segment_note(const char *dir, const struct rp_segment *s, const char *key,
    char *text, size_t size, struct rp_error *err)
{
	char *path = rp_segment_path(dir, s, NULL);
	struct rp_reader *r = NULL;
	struct rp_frame f = { 0 };
	const char *value = NULL;
	size_t len = 0;
	int fd = -1;
	enum rp_status st = RP_EMPTY;

	if (path == NULL)
		return rp_error_no_memory(err);
	if (rp_segment_open(dir, s, &fd, NULL) != RP_OK)
		st = RP_EMPTY; /* the others have it, too */
	else if ((r = rp_reader_fd(fd, path)) == NULL)
		st = rp_error_no_memory(err);
	else if (rp_reader_next(r, &f) == RP_OK && f.head.kind == RP_NOTE)
		value = rp_note_value(f.text, f.text_len, key, &len);
	if (value != NULL && len < size) {
		snprintf(text, size, "%.*s", (int)len, value);
		st = RP_OK;
	}
	rp_reader_free(r);
	if (fd >= 0)
		close(fd);
	free(path);
	return st;
}

enum rp_status
rp_log_uuid(const char *dir, char uuid[static 37], struct rp_error *err)
{
	struct rp_segments segments;
	int fd = -1;
	enum rp_status st;

	if ((st = rp_segments_list(&segments, dir, err)) != RP_OK)
		return st;
	if (segments.n == 0)
		st = rp_error_set(
		    err, RP_ERR_USAGE, "%s: not a log, or empty", dir);
	else
		st = RP_EMPTY;
	/* one of which nothing was left when it was recovered has no NOTE */
	for (size_t i = 0; i < segments.n && st == RP_EMPTY; i++)
		st = rp_segment_note(
		    dir, &segments.item[i], "log.uuid", uuid, 37, err);
	/* they may all be where nobody gets at them */
	if (st == RP_EMPTY &&
	    rp_segment_open(dir, &segments.item[0], &fd, err) == RP_ERR_IO)
		st = RP_ERR_IO;
	else if (st == RP_EMPTY)
		st = rp_error_set(err, RP_ERR_CORRUPT,
		    "%s: no segment begins with the NOTE of a log", dir);
	if (fd >= 0)
		close(fd);
	rp_segments_free(&segments);
	return st;
}

/* ---- indexes ---- */

enum rp_status
rp_segment_scan(
    struct rp_index *x, int fd, const char *name, struct rp_error *err)
{
	struct rp_reader *r;
	struct rp_frame f;
	struct stat sb;
	enum rp_status st;

	rp_index_clear(x);
	if (fstat(fd, &sb) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		return rp_error_errno(err, "%s", name);
	if ((r = rp_reader_fd(fd, name)) == NULL)
		return rp_error_no_memory(err);
	while ((st = rp_reader_head(r, &f)) == RP_OK &&
	    f.offset + f.size <= (uint64_t)sb.st_size)
		if ((st = rp_index_add(x, &f)) != RP_OK)
			break;
	if (st == RP_END || st == RP_ERR_TRUNCATED)
		st = RP_OK;
	if (st < RP_OK && rp_reader_error(r)->status != RP_OK)
		(void)rp_error_set(err, st, "%s", rp_reader_error(r)->text);
	rp_reader_free(r);
	return st;
}

static bool
read_at(int fd, void *p, size_t n, uint64_t offset)
{
	return pread(fd, p, n, (off_t)offset) == (ssize_t)n;
}

/* Whether the first and the last frame are those that the index saw. */
static bool
agrees(const struct rp_index *x, int fd)
{
	uint8_t head[RP_FRAME_HEAD];
	struct rp_frame_head h;
	struct stat sb;

	if (fstat(fd, &sb) != 0 || (uint64_t)sb.st_size != x->segment_len ||
	    !x->sealed || x->segment_len < RP_FRAME_HEAD + RP_END_PAYLOAD)
		return false;
	if (!read_at(fd, head, sizeof(head), 0) ||
	    rp_head_decode(&h, head, sizeof(head), NULL) != RP_OK ||
	    h.head_hash != x->first_hash)
		return false;
	return read_at(fd, head, sizeof(head),
		   x->segment_len - RP_FRAME_HEAD - RP_END_PAYLOAD) &&
	    rp_head_decode(&h, head, sizeof(head), NULL) == RP_OK &&
	    h.head_hash == x->last_hash;
}

/* The bytes of an index file; false: there is none, or it is none. */
static bool
read_index(const char *dir, const struct rp_segment *s, struct rp_buffer *b)
{
	char *path = rp_segment_path(dir, s, ".rpx");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct stat sb;
	bool good;

	free(path);
	if (fd < 0)
		return false;
	good = fstat(fd, &sb) == 0 && S_ISREG(sb.st_mode) &&
	    sb.st_size <= MAX_INDEX &&
	    rp_buffer_reserve(b, (size_t)sb.st_size + 1) == RP_OK &&
	    read_at(fd, b->data, (size_t)sb.st_size, 0);
	b->len = good ? (size_t)sb.st_size : 0;
	close(fd);
	return good;
}

static bool
load_index(
    struct rp_index *x, const char *dir, const struct rp_segment *s, int fd)
{
	struct rp_buffer b = { 0 };
	bool good = read_index(dir, s, &b) &&
	    rp_index_decode(x, b.data, b.len) == RP_OK && agrees(x, fd);

	rp_buffer_free(&b);
	return good;
}

bool
rp_segment_has_index(
    const struct rp_index *x, const char *dir, const struct rp_segment *s)
{
	struct rp_buffer have = { 0 }, want = { 0 };
	bool same = read_index(dir, s, &have) &&
	    rp_index_encode(x, &want) == RP_OK && have.len == want.len &&
	    memcmp(have.data, want.data, want.len) == 0;

	rp_buffer_free(&have);
	rp_buffer_free(&want);
	return same;
}

bool
rp_segment_summary(
    struct rp_index *x, const char *dir, const struct rp_segment *s, int fd)
{
	char *path = rp_segment_path(dir, s, ".rpx");
	uint8_t head[RP_INDEX_HEAD];
	int in = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	bool good = false;

	free(path);
	if (in < 0)
		return false;
	good = read_at(in, head, sizeof(head), 0) &&
	    rp_index_decode_head(x, head, sizeof(head)) == RP_OK &&
	    agrees(x, fd);
	close(in);
	return good;
}

enum rp_status
rp_segment_index(struct rp_index *x, const char *dir,
    const struct rp_segment *s, int fd, bool *built, struct rp_error *err)
{
	char *name;
	enum rp_status st;

	*built = !load_index(x, dir, s, fd);
	if (!*built)
		return RP_OK;
	if ((name = rp_segment_path(dir, s, NULL)) == NULL)
		return rp_error_no_memory(err);
	st = rp_segment_scan(x, fd, name, err);
	free(name);
	return st;
}

uint64_t
rp_segment_last_seq(const struct rp_index *x, const struct rp_segment *s)
{
	return x->range.seq_min <= x->range.seq_max ? x->range.seq_max
						    : s->first_seq;
}

enum rp_status
rp_segment_write_index(const struct rp_index *x, const char *dir,
    const struct rp_segment *s, bool sync, struct rp_error *err)
{
	char *path = rp_segment_path(dir, s, ".rpx");
	char *tmp = rp_segment_path(dir, s, ".rpx.tmp");
	struct rp_buffer b = { 0 };
	enum rp_status st;

	if (path == NULL || tmp == NULL || rp_index_encode(x, &b) != RP_OK)
		st = rp_error_no_memory(err);
	else
		st = rp_file_replace(path, tmp, b.data, b.len, sync, err);
	rp_buffer_free(&b);
	free(path);
	free(tmp);
	return st;
}

enum rp_status
rp_segment_reindex(
    const char *dir, const struct rp_segment *s, struct rp_error *err)
{
	char *path = rp_segment_path(dir, s, NULL);
	struct rp_index x = { 0 };
	int fd = -1;
	enum rp_status st;

	if (path == NULL)
		return rp_error_no_memory(err);
	if ((st = rp_segment_open(dir, s, &fd, err)) == RP_OK) {
		st = rp_segment_scan(&x, fd, path, err);
		if (st == RP_OK)
			st = rp_segment_write_index(&x, dir, s, true, err);
		close(fd);
	}
	rp_index_free(&x);
	free(path);
	return st;
}
