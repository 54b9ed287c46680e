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
	NOTE_READ = 4096, /* bytes in which the first NOTE is likely to be */
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

bool
rp_segment_parse_name(const char *name, uint64_t *first_seq)
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

/* The segments gathered in all, which is theirs then. */
static void
take(struct rp_segments *s, struct rp_buffer *all)
{
	s->item = (struct rp_segment *)all->data;
	s->n = all->len / sizeof(struct rp_segment);
	if (s->n > 1)
		qsort(s->item, s->n, sizeof(*s->item), by_seq);
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

		if (!rp_segment_parse_name(d->d_name, &one.first_seq))
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
	take(s, &all);
	return RP_OK;
}

/* A file at a place that is no directory. */
static enum rp_status
note_remote(void *arg, const char *name, uint64_t size)
{
	struct rp_segment one = { .size = size };

	if (!rp_segment_parse_name(name, &one.first_seq))
		return RP_OK;
	rp_segment_name(one.name, one.first_seq);
	return rp_buffer_add(arg, &one, sizeof(one));
}

enum rp_status
rp_segments_find(struct rp_segments *s, const char *dir,
    const struct rp_log_remote *remote, struct rp_error *err)
{
	struct rp_buffer all = { 0 };
	struct rp_readable none;
	enum rp_status st;

	*s = (struct rp_segments){ 0 };
	if (!rp_log_is_remote(dir))
		st = rp_segments_list(s, dir, err);
	else if (remote == NULL)
		st = rp_log_remote_open(NULL, dir, &none, err);
	else
		st = remote->list(remote->arg, dir, note_remote, &all, err);
	if (st != RP_OK)
		rp_buffer_free(&all);
	else if (rp_log_is_remote(dir))
		take(s, &all);
	for (size_t i = 0; i < s->n; i++)
		s->item[i].remote = remote;
	return st;
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
	bool is = rp_log_trimmed(dir, s->remote, &t, NULL) == RP_OK &&
	    s->first_seq <= t.last_seq;

	errno = why;
	return is;
}

/* It is not at path: is it where it was moved to? errno says why. */
static enum rp_status
open_moved(const char *dir, const struct rp_segment *s, const char *path,
    const char *place, struct rp_readable *b, struct rp_error *err)
{
	struct rp_error why = { 0 };
	enum rp_status st;

	if (rp_log_is_remote(place))
		st = rp_log_remote_open(s->remote, place, b, &why);
	else
		st = rp_error_errno(&why, "%s", place);
	if (st == RP_OK)
		return st;
	if (is_trimmed(dir, s))
		return RP_EMPTY;
	return st == RP_EMPTY
	    ? rp_error_set(err, RP_ERR_IO,
		  "%s: was moved to %s, where nothing is", path, place)
	    : rp_error_set(err, st, "%s: was moved to %s", path, why.text);
}

enum rp_status
rp_segment_open(const char *dir, const struct rp_segment *s,
    struct rp_readable *b, struct rp_error *err)
{
	char *path = rp_segment_path(dir, s, NULL), *place;
	enum rp_status st;

	*b = RP_READABLE_CLOSED;
	if (path == NULL)
		return rp_error_no_memory(err);
	if (rp_log_is_remote(dir)) {
		st = rp_log_remote_open(s->remote, path, b, err);
	} else if ((st = rp_readable_open(b, path, NULL)) != RP_OK) {
		int why = errno;

		place = rp_link_target(path);
		errno = why;
		if (place != NULL)
			st = open_moved(dir, s, path, place, b, err);
		else if (st != RP_EMPTY)
			st = rp_error_errno(err, "%s", path);
		free(place);
	}
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
	struct rp_readable b = RP_READABLE_CLOSED;
	struct rp_reader *r = NULL;
	struct rp_frame f = { 0 };
	const char *value = NULL;
	size_t len = 0;
	enum rp_status st = RP_EMPTY;

	if (path == NULL)
		return rp_error_no_memory(err);
	if (rp_segment_open(dir, s, &b, NULL) != RP_OK)
		goto out; /* the others have it, too */
	rp_readable_announce(&b, 0, NOTE_READ);
	if ((r = rp_reader_open(&b, path)) == NULL)
		st = rp_error_no_memory(err);
	else if (rp_reader_next(r, &f) == RP_OK && f.head.kind == RP_NOTE)
		value = rp_note_value(f.text, f.text_len, key, &len);
	if (value != NULL && len < size) {
		snprintf(text, size, "%.*s", (int)len, value);
		st = RP_OK;
	}
out:
	rp_reader_free(r);
	rp_readable_close(&b);
	free(path);
	return st;
}

enum rp_status
rp_log_uuid(const char *dir, const struct rp_log_remote *remote,
    char uuid[static 37], struct rp_error *err)
{
	struct rp_readable b = RP_READABLE_CLOSED;
	struct rp_segments segments;
	enum rp_status st;

	if ((st = rp_segments_find(&segments, dir, remote, err)) != RP_OK)
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
	if (st == RP_EMPTY) {
		st = rp_segment_open(dir, &segments.item[0], &b, err);
		if (st >= RP_OK)
			st = rp_error_set(err, RP_ERR_CORRUPT,
			    "%s: no segment begins with the NOTE of a log",
			    dir);
	}
	rp_readable_close(&b);
	rp_segments_free(&segments);
	return st;
}

/* ---- indexes ---- */

enum rp_status
rp_segment_scan(struct rp_index *x, const struct rp_readable *b,
    const char *name, struct rp_error *err)
{
	uint64_t size = rp_readable_size(b);
	struct rp_reader *r;
	struct rp_frame f;
	enum rp_status st;

	rp_index_clear(x);
	if ((r = rp_reader_open(b, name)) == NULL)
		return rp_error_no_memory(err);
	while (
	    (st = rp_reader_head(r, &f)) == RP_OK && f.offset + f.size <= size)
		if ((st = rp_index_add(x, &f)) != RP_OK)
			break;
	if (st == RP_END || st == RP_ERR_TRUNCATED)
		st = RP_OK;
	if (st < RP_OK && rp_reader_error(r)->status != RP_OK)
		(void)rp_error_set(err, st, "%s", rp_reader_error(r)->text);
	rp_reader_free(r);
	return st;
}

/* Whether the frame at offset has a header with this hash. */
static bool
has_head(const struct rp_readable *b, uint64_t offset, uint64_t hash)
{
	uint8_t head[RP_FRAME_HEAD];
	struct rp_frame_head h;

	return rp_readable_read(b, head, sizeof(head), offset, "", NULL) ==
	    RP_OK &&
	    rp_head_decode(&h, head, sizeof(head), NULL) == RP_OK &&
	    h.head_hash == hash;
}

/*
 * Whether the first and the last frame are those that the index saw. The last,
 * an END, sums up all others: what is far away is not asked for the first.
 */
static bool
agrees(const struct rp_index *x, const struct rp_readable *b)
{
	const size_t end = RP_FRAME_HEAD + RP_END_PAYLOAD;

	return x->sealed && x->segment_len >= end &&
	    rp_readable_size(b) == x->segment_len &&
	    (b->kind != NULL || has_head(b, 0, x->first_hash)) &&
	    has_head(b, x->segment_len - end, x->last_hash);
}

static enum rp_status
open_index(const char *dir, const struct rp_segment *s, struct rp_readable *b)
{
	char *path = rp_segment_path(dir, s, ".rpx");
	enum rp_status st = RP_ERR_NOMEM;

	*b = RP_READABLE_CLOSED;
	if (path != NULL && rp_log_is_remote(dir))
		st = rp_log_remote_open(s->remote, path, b, NULL);
	else if (path != NULL)
		st = rp_readable_open(b, path, NULL);
	free(path);
	return st;
}

/* The bytes of an index file; false: there is none, or it is none. */
static bool
read_index(const char *dir, const struct rp_segment *s, struct rp_buffer *out)
{
	struct rp_readable b;
	bool good = open_index(dir, s, &b) == RP_OK && b.size <= MAX_INDEX &&
	    rp_buffer_reserve(out, (size_t)b.size + 1) == RP_OK &&
	    rp_readable_read(&b, out->data, (size_t)b.size, 0, "", NULL) ==
		RP_OK;

	out->len = good ? (size_t)b.size : 0;
	rp_readable_close(&b);
	return good;
}

static bool
load_index(struct rp_index *x, const char *dir, const struct rp_segment *s,
    const struct rp_readable *segment)
{
	struct rp_buffer b = { 0 };
	bool good = read_index(dir, s, &b) &&
	    rp_index_decode(x, b.data, b.len) == RP_OK && agrees(x, segment);

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
rp_segment_summary(struct rp_index *x, const char *dir,
    const struct rp_segment *s, const struct rp_readable *b)
{
	uint8_t head[RP_INDEX_HEAD];
	struct rp_readable in;
	bool good = open_index(dir, s, &in) == RP_OK &&
	    rp_readable_read(&in, head, sizeof(head), 0, "", NULL) == RP_OK &&
	    rp_index_decode_head(x, head, sizeof(head)) == RP_OK &&
	    (b == NULL || agrees(x, b));

	rp_readable_close(&in);
	return good;
}

enum rp_status
rp_segment_index(struct rp_index *x, const char *dir,
    const struct rp_segment *s, const struct rp_readable *b, bool *built,
    struct rp_error *err)
{
	char *name;
	enum rp_status st;

	*built = !load_index(x, dir, s, b);
	if (!*built)
		return RP_OK;
	if ((name = rp_segment_path(dir, s, NULL)) == NULL)
		return rp_error_no_memory(err);
	st = rp_segment_scan(x, b, name, err);
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
	struct rp_readable b;
	struct rp_index x = { 0 };
	enum rp_status st;

	if (path == NULL)
		return rp_error_no_memory(err);
	if ((st = rp_segment_open(dir, s, &b, err)) == RP_OK) {
		st = rp_segment_scan(&x, &b, path, err);
		if (st == RP_OK)
			st = rp_segment_write_index(&x, dir, s, true, err);
		rp_readable_close(&b);
	}
	rp_index_free(&x);
	free(path);
	return st;
}
