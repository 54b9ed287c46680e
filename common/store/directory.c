/*
 * A directory as a store: an object is a file. It is written under a temporary
 * name beside its own, synced, and then gets its name by rename(2), or by
 * link(2) where it may replace none.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/time.h"
#include "store/work.h"

enum { WAIT_SLICE = 200 }; /* ms after which we look whether to stop */

#define TEMPORARY ".rp-upload-" /* how such names begin */

struct directory {
	struct rp_store base;
	char *root;
	bool (*stopping)(void);
};

struct directory_put {
	struct rp_put base;
	char *path, *temporary;
	int fd;
	struct rp_digest md5;
};

static void
directory_free(struct rp_store *s)
{
	struct directory *d = (struct directory *)s;

	free(d->root);
	free(d);
}

/* The path of a key; NULL: no memory. */
static char *
path_of(const struct rp_store *s, const char *key)
{
	const char *root = ((const struct directory *)s)->root;
	bool slash = root[strlen(root) - 1] == '/';
	char *path;

	if (strcmp(root, ".") == 0)
		return strdup(key);
	return asprintf(&path, "%s%s%s", root, slash ? "" : "/", key) < 0
	    ? NULL
	    : path;
}

/* ---- putting ---- */

/* The directories that path stands in, from the root on. */
static enum rp_status
make_parents(char *path, struct rp_error *err)
{
	enum rp_status st = RP_OK;

	for (char *p = path + 1; st == RP_OK && *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			st = rp_error_errno(err, "%s", path);
		*p = '/';
	}
	return st;
}

static enum rp_status
open_temporary(struct directory_put *p, struct rp_error *err)
{
	const char *slash = strrchr(p->path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - p->path) + 1;

	for (unsigned n = 0; n < 1000; n++) {
		if (asprintf(&p->temporary, "%.*s" TEMPORARY "%ld-%u", folder,
			p->path, (long)getpid(), n) < 0) {
			p->temporary = NULL;
			return rp_error_no_memory(err);
		}
		p->fd = open(p->temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (p->fd >= 0)
			return RP_OK;
		free(p->temporary);
		p->temporary = NULL;
		if (errno != EEXIST)
			break;
	}
	return rp_error_errno(err, "%s", p->path);
}

static enum rp_status
exists(const struct directory_put *p, struct rp_error *err)
{
	return rp_error_set(err, RP_ERR_EXISTS,
	    "%s: exists, and is not replaced (--no-clobber)", p->path);
}

/* What is not replaced is found out before the work, and again after it. */
static enum rp_status
check_target(
    const struct directory_put *p, bool no_clobber, struct rp_error *err)
{
	struct stat sb;

	if (lstat(p->path, &sb) != 0)
		return RP_OK;
	if (S_ISDIR(sb.st_mode))
		return rp_error_set(
		    err, RP_ERR_IO, "%s: is a directory", p->path);
	return no_clobber ? exists(p, err) : RP_OK;
}

static enum rp_status
directory_end(struct rp_put *put, bool committed, struct rp_error *err)
{
	struct directory_put *p = (struct directory_put *)put;
	enum rp_status st = RP_OK;

	if (p->fd >= 0)
		close(p->fd);
	if (p->temporary != NULL && !committed && unlink(p->temporary) != 0 &&
	    errno != ENOENT)
		st = rp_error_errno(err, "%s: is left", p->temporary);
	rp_digest_free(&p->md5);
	free(p->temporary);
	free(p->path);
	free(p);
	return st;
}

static enum rp_status
directory_begin(struct rp_put **put, struct rp_store *s, const char *key,
    const struct rp_put_options *opt, struct rp_error *err)
{
	struct directory_put *p = calloc(1, sizeof(*p));
	enum rp_status st;

	if (p == NULL)
		return rp_error_no_memory(err);
	p->fd = -1;
	if ((p->path = path_of(s, key)) == NULL)
		st = rp_error_no_memory(err);
	else if ((st = check_target(p, opt->no_clobber, err)) == RP_OK &&
	    (st = make_parents(p->path, err)) == RP_OK &&
	    (st = rp_digest_begin(&p->md5, RP_MD5, err)) == RP_OK)
		st = open_temporary(p, err);
	if (st == RP_OK)
		*put = &p->base;
	else
		(void)directory_end(&p->base, false, err);
	return st;
}

static enum rp_status
directory_write(
    struct rp_put *put, const void *data, size_t len, struct rp_error *err)
{
	struct directory_put *p = (struct directory_put *)put;

	rp_digest_add(&p->md5, data, len);
	return rp_file_write(p->fd, data, len, p->path, err);
}

static enum rp_status
directory_wait(struct rp_put *put, int fd, struct rp_error *err)
{
	const struct directory *d = (const struct directory *)put->store;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (d->stopping == NULL || !d->stopping())
		if (poll(&p, 1, WAIT_SLICE) > 0)
			return RP_OK;
	return rp_error_set(err, RP_ERR_IO, "stopped by a signal");
}

static enum rp_status
publish(struct directory_put *p, struct rp_error *err)
{
	if (!p->base.opt.no_clobber)
		return rename(p->temporary, p->path) == 0
		    ? RP_OK
		    : rp_error_errno(err, "%s", p->path);
	if (link(p->temporary, p->path) == 0) {
		unlink(p->temporary);
		return RP_OK;
	}
	return errno == EEXIST ? exists(p, err)
			       : rp_error_errno(err, "%s", p->path);
}

static enum rp_status
directory_commit(
    struct rp_put *put, struct rp_put_result *result, struct rp_error *err)
{
	struct directory_put *p = (struct directory_put *)put;
	uint8_t sum[RP_MD5_SIZE];
	enum rp_status st;
	int fd = p->fd;

	if (fsync(fd) != 0)
		return rp_error_errno(err, "%s: sync", p->path);
	p->fd = -1;
	if (close(fd) != 0)
		return rp_error_errno(err, "%s", p->path);
	if ((st = publish(p, err)) != RP_OK)
		return st;
	rp_digest_end(&p->md5, sum);
	rp_hex(result->etag, sum, sizeof(sum));
	return rp_parent_sync(p->path, err);
}

/* ---- what is there ---- */

static enum rp_status
directory_head(struct rp_store *s, const char *key, struct rp_object *object,
    struct rp_error *err)
{
	const struct rp_part_sizes whole = { UINT64_MAX, RP_PART_MOST };
	char *path = path_of(s, key);
	enum rp_status st;
	struct stat sb;
	int fd;

	if (path == NULL)
		return rp_error_no_memory(err);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		st = errno == ENOENT || errno == ENOTDIR
		    ? RP_EMPTY
		    : rp_error_errno(err, "%s", path);
	else if (fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode))
		st = rp_error_set(err, RP_ERR_IO, "%s: is no file", path);
	else {
		object->size = (uint64_t)sb.st_size;
		st = rp_etag_of_file(
		    object->etag, fd, object->size, &whole, path, err);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return st;
}

static enum rp_status
directory_open(struct rp_store *s, const char *key,
    const struct rp_object *known, struct rp_readable *b, struct rp_error *err)
{
	char *path = path_of(s, key);
	enum rp_status st;

	(void)known; /* a file that is replaced stays what was opened */
	if (path == NULL)
		return rp_error_no_memory(err);
	st = rp_readable_open(b, path, err);
	free(path);
	return st;
}

static enum rp_status
directory_delete(struct rp_store *s, const char *key, struct rp_error *err)
{
	char *path = path_of(s, key);
	enum rp_status st = RP_OK;

	if (path == NULL)
		return rp_error_no_memory(err);
	if (unlink(path) == 0)
		st = rp_parent_sync(path, err);
	else if (errno != ENOENT)
		st = rp_error_errno(err, "%s", path);
	free(path);
	return st;
}

/* ---- listing ---- */

struct walk {
	const char *prefix;
	bool temporary; /* look for such files, else for objects */
	char **keys;
	size_t n, cap;
	struct rp_error *err;
};

static bool
is_wanted(const struct walk *w, const char *key, const char *name)
{
	bool temporary = strncmp(name, TEMPORARY, strlen(TEMPORARY)) == 0;

	return temporary == w->temporary &&
	    strncmp(key, w->prefix, strlen(w->prefix)) == 0;
}

static enum rp_status
add_key(struct walk *w, const char *key)
{
	char **keys, *copy;

	if (w->n == w->cap) {
		w->cap = w->cap == 0 ? 64 : 2 * w->cap;
		keys = realloc(w->keys, w->cap * sizeof(*keys));
		if (keys == NULL)
			return rp_error_no_memory(w->err);
		w->keys = keys;
	}
	if ((copy = strdup(key)) == NULL)
		return rp_error_no_memory(w->err);
	w->keys[w->n++] = copy;
	return RP_OK;
}

static enum rp_status walk(
    struct walk *w, const struct rp_store *s, const char *folder);

static enum rp_status
visit(struct walk *w, const struct rp_store *s, const char *folder,
    const char *name)
{
	char *key = NULL, *path = NULL;
	enum rp_status st = RP_OK;
	struct stat sb;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return RP_OK;
	if (asprintf(&key, "%s%s%s", folder, *folder != '\0' ? "/" : "", name) <
		0 ||
	    (path = path_of(s, key)) == NULL)
		st = rp_error_no_memory(w->err);
	else if (lstat(path, &sb) != 0)
		st = errno == ENOENT ? RP_OK
				     : rp_error_errno(w->err, "%s", path);
	else if (S_ISDIR(sb.st_mode))
		st = walk(w, s, key);
	else if (S_ISREG(sb.st_mode) && is_wanted(w, key, name))
		st = add_key(w, key);
	free(path);
	free(key);
	return st;
}

/* The files of a folder ("": the root), and of those in it. */
static enum rp_status
walk(struct walk *w, const struct rp_store *s, const char *folder)
{
	char *path = path_of(s, *folder != '\0' ? folder : ".");
	const struct dirent *entry;
	enum rp_status st = RP_OK;
	DIR *d;

	if (path == NULL)
		return rp_error_no_memory(w->err);
	if ((d = opendir(path)) != NULL) {
		while (st == RP_OK && (entry = readdir(d)) != NULL)
			st = visit(w, s, folder, entry->d_name);
		closedir(d);
	} else if (errno != ENOENT) {
		st = rp_error_errno(w->err, "%s", path);
	}
	free(path);
	return st;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum rp_status
gather(struct walk *w, const struct rp_store *s)
{
	enum rp_status st = walk(w, s, "");

	if (st == RP_OK && w->n > 1)
		qsort(w->keys, w->n, sizeof(*w->keys), by_name);
	return st;
}

static void
walk_free(struct walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->keys[i]);
	free(w->keys);
}

/* False: it is gone. */
static bool
stat_key(const struct rp_store *s, const char *key, struct stat *sb)
{
	char *path = path_of(s, key);
	bool there = path != NULL && stat(path, sb) == 0;

	free(path);
	return there;
}

static enum rp_status
directory_list(struct rp_store *s, const char *prefix,
    enum rp_status (*each)(void *arg, const struct rp_object *object),
    void *arg, struct rp_error *err)
{
	struct walk w = { .prefix = prefix, .err = err };
	enum rp_status st = gather(&w, s);
	struct stat sb;

	for (size_t i = 0; i < w.n && st == RP_OK; i++)
		if (stat_key(s, w.keys[i], &sb))
			st = each(arg,
			    &(struct rp_object){ .key = w.keys[i],
				.size = (uint64_t)sb.st_size });
	walk_free(&w);
	return st;
}

static enum rp_status
directory_orphans(struct rp_store *s, const char *prefix,
    enum rp_status (*each)(void *arg, const struct rp_orphan *orphan),
    void *arg, struct rp_error *err)
{
	struct walk w = { .prefix = prefix, .temporary = true, .err = err };
	enum rp_status st = gather(&w, s);
	struct stat sb;

	for (size_t i = 0; i < w.n && st == RP_OK; i++)
		if (stat_key(s, w.keys[i], &sb))
			st = each(arg,
			    &(struct rp_orphan){ .key = w.keys[i],
				.begun = sb.st_mtim.tv_sec * RP_SECOND +
				    sb.st_mtim.tv_nsec });
	walk_free(&w);
	return st;
}

static enum rp_status
directory_abort_orphan(
    struct rp_store *s, const struct rp_orphan *orphan, struct rp_error *err)
{
	return directory_delete(s, orphan->key, err);
}

enum rp_status
rp_store_directory(struct rp_store **s, const char *root,
    bool (*stopping)(void), struct rp_error *err)
{
	static const struct rp_store_kind kind = { directory_free,
		directory_begin, directory_write, directory_wait,
		directory_commit, directory_end, directory_head,
		directory_delete, directory_list, directory_orphans,
		directory_abort_orphan, directory_open };
	struct directory *d = calloc(1, sizeof(*d));

	*s = NULL;
	if (d == NULL ||
	    (d->root = strdup(*root != '\0' ? root : ".")) == NULL) {
		free(d);
		return rp_error_no_memory(err);
	}
	d->base.kind = &kind;
	d->stopping = stopping;
	*s = &d->base;
	return RP_OK;
}
