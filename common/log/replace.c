#include "log/replace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"

/* Remove the directory that path stands in, if nothing else is in it. */
static void
remove_parent(const char *path)
{
	char *copy = strdup(path);

	if (copy != NULL)
		(void)!rmdir(dirname(copy));
	free(copy);
}

/* ---- staging ---- */

/* Say in the log's directory where the file is going to be, then make room. */
static enum rp_status
stage_elsewhere(struct rp_replacement *r, const char *link, const char *now,
    struct rp_error *err)
{
	char *parent;
	enum rp_status st;

	if (symlink(link, r->staged) != 0)
		return rp_error_errno(err, "%s", r->staged);
	if ((r->target = rp_link_target(r->staged)) == NULL ||
	    asprintf(&r->path, "%s.new", r->target) < 0) {
		r->path = NULL;
		return rp_error_no_memory(err);
	}
	if (now == NULL && access(r->target, F_OK) == 0) {
		unlink(r->staged); /* it is not ours to discard */
		free(r->staged);
		r->staged = NULL;
		return rp_error_set(err, RP_ERR_EXISTS,
		    "%s: exists already; is there another copy of %s?",
		    r->target, r->dir);
	}
	if ((parent = strdup(r->target)) == NULL)
		return rp_error_no_memory(err);
	(void)!mkdir(dirname(parent), 0777); /* or opening says why */
	st = rp_parent_sync(parent, err);
	free(parent);
	return st == RP_OK ? rp_directory_sync(r->dir, err) : st;
}

enum rp_status
rp_replacement_open(struct rp_replacement *r, const char *dir,
    const struct rp_segment *s, const char *link, struct rp_error *err)
{
	char *now = rp_segment_place(dir, s);
	char *name = rp_segment_path(dir, s, NULL);
	char text[4096];
	ssize_t n;
	enum rp_status st = RP_OK;

	*r = (struct rp_replacement){ .dir = dir, .segment = s, .fd = -1 };
	if (name == NULL ||
	    (r->staged = rp_segment_path(dir, s, ".rps.new")) == NULL) {
		st = rp_error_no_memory(err);
	} else if (now != NULL || link != NULL) {
		n = link == NULL ? readlink(name, text, sizeof(text) - 1) : 0;
		text[n > 0 ? n : 0] = '\0';
		st = stage_elsewhere(r, link != NULL ? link : text, now, err);
	} else if ((r->path = strdup(r->staged)) == NULL) {
		st = rp_error_no_memory(err);
	}
	if (st == RP_OK &&
	    (r->fd = open(
		 r->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) < 0)
		st = rp_error_errno(err, "%s", r->path);
	free(now);
	free(name);
	if (st != RP_OK)
		rp_replacement_discard(r);
	return st;
}

enum rp_status
rp_replacement_commit(struct rp_replacement *r, struct rp_error *err)
{
	char *name = rp_segment_path(r->dir, r->segment, NULL);
	enum rp_status st = RP_OK;

	if (name == NULL)
		return rp_error_no_memory(err);
	if (fsync(r->fd) != 0)
		st = rp_error_errno(err, "%s: sync", r->path);
	if (st == RP_OK && r->target != NULL) {
		if (rename(r->path, r->target) != 0)
			st = rp_error_errno(err, "%s", r->target);
		else
			st = rp_parent_sync(r->target, err);
	}
	if (st == RP_OK && rename(r->staged, name) != 0)
		st = rp_error_errno(err, "%s", name);
	if (st == RP_OK) {
		free(r->staged);
		r->staged = NULL;
		st = rp_directory_sync(r->dir, err);
	}
	free(name);
	return st;
}

/* Remove a staged file, and what its link led to. */
static void
unstage(const char *staged, const char *name)
{
	char *target = rp_link_target(staged), *live = rp_link_target(name);
	char *path;

	if (target != NULL && !rp_log_is_remote(target)) {
		if (asprintf(&path, "%s.new", target) >= 0) {
			unlink(path);
			free(path);
		}
		if (live == NULL || strcmp(live, target) != 0)
			unlink(target);
		remove_parent(target);
	}
	unlink(staged);
	free(target);
	free(live);
}

void
rp_replacement_discard(struct rp_replacement *r)
{
	char *name;

	if (r->fd >= 0)
		close(r->fd);
	if (r->staged != NULL &&
	    (name = rp_segment_path(r->dir, r->segment, NULL)) != NULL) {
		unstage(r->staged, name);
		free(name);
	}
	free(r->staged);
	free(r->path);
	free(r->target);
	*r = (struct rp_replacement){ .fd = -1 };
}

/* ---- moving ---- */

/* Copy all of a file; with check hold the copy against it instead. */
static enum rp_status
copy_bytes(int from, int to, bool check, const char *path, struct rp_error *err)
{
	struct rp_buffer b = { 0 };
	uint8_t *p, *q;
	off_t at = 0;
	ssize_t n;
	enum rp_status st = RP_OK;

	if (rp_buffer_reserve(&b, 2 * RP_IO_SIZE) != RP_OK)
		return rp_error_no_memory(err);
	p = b.data;
	q = p + RP_IO_SIZE;
	while (st == RP_OK && (n = pread(from, p, RP_IO_SIZE, at)) != 0) {
		if (n < 0)
			st = rp_error_errno(err, "%s: its original", path);
		else if (!check)
			st = rp_file_write(to, p, (size_t)n, path, err);
		else if (pread(to, q, (size_t)n, at) != n ||
		    memcmp(p, q, (size_t)n) != 0)
			st = rp_error_set(err, RP_ERR_IO,
			    "%s: differs from what was copied", path);
		at += n;
	}
	rp_buffer_free(&b);
	return st;
}

enum rp_status
rp_segment_move(const char *dir, const struct rp_segment *s, const char *link,
    struct rp_error *err)
{
	struct rp_replacement r;
	struct rp_readable b;
	enum rp_status st;

	if ((st = rp_segment_open(dir, s, &b, err)) != RP_OK)
		return st;
	if ((st = rp_replacement_open(&r, dir, s, link, err)) == RP_OK) {
		st = copy_bytes(b.fd, r.fd, false, r.path, err);
		if (st == RP_OK)
			st = copy_bytes(b.fd, r.fd, true, r.path, err);
		if (st == RP_OK)
			st = rp_replacement_commit(&r, err);
		rp_replacement_discard(&r);
	}
	rp_readable_close(&b);
	return st;
}

enum rp_status
rp_segment_move_far(const char *dir, const struct rp_segment *s,
    const char *url, struct rp_error *err)
{
	char *name = rp_segment_path(dir, s, NULL);
	char *staged = rp_segment_path(dir, s, ".rps.new");
	struct rp_readable b = RP_READABLE_CLOSED;
	enum rp_status st;

	if (name == NULL || staged == NULL)
		st = rp_error_no_memory(err);
	else if ((st = rp_segment_open(dir, s, &b, err)) == RP_OK)
		st = s->remote->put(s->remote->arg, b.fd, b.size, url, err);
	if (st == RP_OK && symlink(url, staged) != 0)
		st = rp_error_errno(err, "%s", staged);
	if (st == RP_OK && rename(staged, name) != 0)
		st = rp_error_errno(err, "%s", name);
	if (st == RP_OK)
		st = rp_directory_sync(dir, err);
	rp_readable_close(&b);
	free(name);
	free(staged);
	return st;
}

/* ---- removing ---- */

static enum rp_status
remove_file(const char *dir, const struct rp_segment *s, const char *suffix,
    struct rp_error *err)
{
	char *path = rp_segment_path(dir, s, suffix);
	enum rp_status st = RP_OK;

	if (path == NULL)
		return rp_error_no_memory(err);
	if (unlink(path) != 0 && errno != ENOENT)
		st = rp_error_errno(err, "%s", path);
	free(path);
	return st;
}

enum rp_status
rp_segment_remove(
    const char *dir, const struct rp_segment *s, struct rp_error *err)
{
	static const char *const beside[] = { ".rpx", ".rpx.tmp", ".torn" };
	char *place = rp_segment_place(dir, s);
	enum rp_status st = RP_OK;

	/* what lies elsewhere first: the link is how it is found again */
	if (place != NULL && rp_log_is_remote(place)) {
		st = rp_log_remote_remove(s->remote, place, err);
	} else if (place != NULL) {
		if (unlink(place) != 0 && errno != ENOENT)
			st = rp_error_errno(err, "%s", place);
		remove_parent(place);
	}
	free(place);
	/* the segment last: while it is there its removal can be resumed */
	for (size_t i = 0; i < RP_LEN(beside) && st == RP_OK; i++)
		st = remove_file(dir, s, beside[i], err);
	if (st == RP_OK)
		st = remove_file(dir, s, ".rps", err);
	return st;
}

/* ---- what was left ---- */

enum rp_status
rp_log_clean(const char *dir, bool dry,
    void (*found)(void *arg, const char *name), void *arg, struct rp_error *err)
{
	static const char suffix[] = ".rps.new";
	struct dirent *d;
	DIR *h = opendir(dir);
	enum rp_status st = RP_OK;

	if (h == NULL)
		return rp_error_errno(err, "%s", dir);
	while (st == RP_OK && (d = readdir(h)) != NULL) {
		size_t n = strlen(d->d_name);
		char *staged = NULL, *name = NULL;

		if (strcmp(d->d_name, "trimmed.tmp") != 0 &&
		    (n <= sizeof(suffix) ||
			strcmp(d->d_name + n - sizeof(suffix) + 1, suffix) !=
			    0))
			continue;
		found(arg, d->d_name);
		if (dry)
			continue;
		if (asprintf(&staged, "%s/%s", dir, d->d_name) < 0 ||
		    (name = strndup(staged, strlen(staged) - 4)) == NULL)
			st = rp_error_no_memory(err);
		else
			unstage(staged, name);
		free(staged);
		free(name);
	}
	closedir(h);
	return st;
}
