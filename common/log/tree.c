#include "log/tree.h"

#include <dirent.h>
#include <fnmatch.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "log/segment.h"

enum { MAX_DEPTH = 64 }; /* directories below one another */

bool
rp_log_is_log(const char *dir)
{
	struct rp_segments all = { 0 };
	bool yes;
	char *lock;

	if (!rp_log_is_directory(dir))
		return false;
	yes = rp_segments_list(&all, dir, NULL) == RP_OK && all.n > 0;
	rp_segments_free(&all);
	if (yes || asprintf(&lock, "%s/lock", dir) < 0)
		return yes;
	yes = access(lock, F_OK) == 0; /* no record was written yet */
	free(lock);
	return yes;
}

bool
rp_log_is_cold(const char *dir)
{
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	return n > 5 && memcmp(dir + n - 5, ".cold", 5) == 0;
}

bool
rp_log_is_glob(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

void
rp_log_names_free(struct rp_log_names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->item[i].path);
	for (size_t i = 0; i < l->n_folders; i++)
		free(l->folder[i].path);
	free(l->item);
	free(l->folder);
	*l = (struct rp_log_names){ 0 };
}

/* ---- walking ---- */

struct walk {
	struct rp_buffer logs, folders; /* struct rp_log_name */
	struct rp_error *err;
};

static enum rp_status
add(struct walk *w, struct rp_buffer *to, const char *dir)
{
	struct rp_log_name one = { .path = strdup(dir) };
	struct stat sb;

	if (one.path == NULL)
		return rp_error_no_memory(w->err);
	if (stat(dir, &sb) != 0) { /* it has gone meanwhile */
		free(one.path);
		return RP_OK;
	}
	one.device = sb.st_dev;
	one.inode = sb.st_ino;
	if (rp_buffer_add(to, &one, sizeof(one)) != RP_OK) {
		free(one.path);
		return rp_error_no_memory(w->err);
	}
	return RP_OK;
}

/* A log, and the directory that it stands in. */
static enum rp_status
add_log(struct walk *w, const char *dir)
{
	char *copy = strdup(dir);
	enum rp_status st;

	if (copy == NULL)
		return rp_error_no_memory(w->err);
	st = add(w, &w->logs, dir);
	if (st == RP_OK)
		st = add(w, &w->folders, dirname(copy));
	free(copy);
	return st;
}

static enum rp_status visit(
    struct walk *w, const char *dir, const char *pattern, int depth);

/* Go on in an entry of dir, "" being the current directory. */
static enum rp_status
enter(struct walk *w, const char *dir, const char *name, const char *pattern,
    int depth)
{
	size_t n = strlen(dir);
	char *path;
	enum rp_status st;

	if (strcmp(dir, ".") == 0)
		path = strdup(name);
	else if (asprintf(&path, "%s%s%s", dir,
		     n > 0 && dir[n - 1] != '/' ? "/" : "", name) < 0)
		path = NULL;
	if (path == NULL)
		return rp_error_no_memory(w->err);
	st = visit(w, path, pattern, depth + 1);
	free(path);
	return st;
}

static int
is_shown(const struct dirent *d)
{
	return d->d_name[0] != '.' && !rp_log_is_cold(d->d_name);
}

/*
 * Go on with pattern in each directory in dir that part matches. Under "**"
 * links are not followed: they may lead back.
 */
static enum rp_status
enter_all(struct walk *w, const char *dir, const char *part,
    const char *pattern, int depth)
{
	const char *here = *dir != '\0' ? dir : ".";
	bool deep = strcmp(part, "**") == 0;
	struct dirent **d;
	int n = scandir(here, &d, is_shown, alphasort);
	enum rp_status st = RP_OK;

	if (n < 0)
		return rp_error_errno(w->err, "%s", here);
	st = add(w, &w->folders, here);
	for (int i = 0; i < n; i++) {
		if (st == RP_OK &&
		    (deep ? d[i]->d_type != DT_LNK && d[i]->d_type != DT_REG
			  : fnmatch(part, d[i]->d_name, 0) == 0))
			st = enter(w, dir, d[i]->d_name, pattern, depth);
		free(d[i]);
	}
	free(d);
	return st;
}

/* What matched so far is dir; pattern is what is left of the glob. */
static enum rp_status
visit(struct walk *w, const char *dir, const char *pattern, int depth)
{
	const char *all = "**", *rest;
	bool log = rp_log_is_log(dir);
	char *part;
	enum rp_status st = RP_OK;

	if (depth > MAX_DEPTH)
		return rp_error_set(w->err, RP_ERR_LIMIT,
		    "%s: more than %d directories deep", dir, MAX_DEPTH);
	if (*pattern == '\0')
		pattern = all;
	if (log && strcmp(pattern, all) == 0)
		return add_log(w, dir);
	if (log || (*dir != '\0' && !rp_log_is_directory(dir)))
		return RP_OK;
	rest = pattern + strcspn(pattern, "/");
	if ((part = strndup(pattern, (size_t)(rest - pattern))) == NULL)
		return rp_error_no_memory(w->err);
	rest += strspn(rest, "/");
	if (!rp_log_is_glob(part)) {
		st = enter(w, dir, part, rest, depth);
	} else if (strcmp(part, all) != 0) {
		st = enter_all(w, dir, part, rest, depth);
	} else {
		if (*rest != '\0') /* no directory at all */
			st = visit(w, dir, rest, depth + 1);
		if (st == RP_OK)
			st = enter_all(w, dir, part, pattern, depth);
	}
	free(part);
	return st;
}

/* ---- what was found ---- */

static int
by_path(const void *a, const void *b)
{
	const struct rp_log_name *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static bool
has(const struct rp_log_name *list, size_t n, const struct rp_log_name *one)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].device == one->device &&
		    list[i].inode == one->inode)
			return true;
	return false;
}

/* Append those of b that are not there yet, by path; b is empty then. */
static enum rp_status
take(struct rp_log_name **list, size_t *n, struct rp_buffer *b)
{
	struct rp_log_name *found = (struct rp_log_name *)b->data;
	size_t n_found = b->len / sizeof(*found);
	struct rp_log_name *all =
	    realloc(*list, (*n + n_found + 1) * sizeof(*all));

	if (all != NULL)
		*list = all;
	if (n_found > 1)
		qsort(found, n_found, sizeof(*found), by_path);
	for (size_t i = 0; i < n_found; i++) {
		if (all != NULL && !has(all, *n, &found[i]))
			all[(*n)++] = found[i];
		else
			free(found[i].path);
	}
	rp_buffer_free(b);
	return all != NULL ? RP_OK : RP_ERR_NOMEM;
}

/* ---- places that are no directories ---- */

struct remote_walk {
	struct walk walk;
	char *url; /* without a "/" at its end */
};

static enum rp_status
add_url(struct walk *w, const char *url, const char *below, size_t len)
{
	struct rp_log_name one = { .device = UINT64_MAX };
	char *path;

	if (asprintf(&path, "%s%s%.*s", url, len > 0 ? "/" : "", (int)len,
		below) < 0)
		return rp_error_no_memory(w->err);
	one.path = path;
	one.inode = rp_hash(path, strlen(path));
	if (rp_buffer_add(&w->logs, &one, sizeof(one)) == RP_OK)
		return RP_OK;
	free(path);
	return rp_error_no_memory(w->err);
}

/* A file below: if it is a segment, and not one that was moved, of a log. */
static enum rp_status
note_file(void *arg, const char *name, uint64_t size)
{
	struct remote_walk *r = arg;
	const struct rp_buffer *logs = &r->walk.logs;
	const char *slash = strrchr(name, '/');
	size_t len = slash != NULL ? (size_t)(slash - name) : 0;
	const struct rp_log_name *last;
	size_t n = strlen(r->url);
	uint64_t seq;

	(void)size;
	if (!rp_segment_parse_name(slash != NULL ? slash + 1 : name, &seq) ||
	    (len >= 5 && memcmp(slash - 5, ".cold", 5) == 0))
		return RP_OK;
	if (logs->len > 0) { /* they come by name */
		last = (const struct rp_log_name *)(logs->data + logs->len) - 1;
		if (strlen(last->path) == n + (len > 0) + len &&
		    (len == 0 || memcmp(last->path + n + 1, name, len) == 0))
			return RP_OK;
	}
	return add_url(&r->walk, r->url, name, len);
}

static enum rp_status
add_remote(struct rp_log_names *l, const char *url,
    const struct rp_log_remote *remote, struct rp_error *err)
{
	struct remote_walk r = { .walk.err = err };
	size_t n = strlen(url);
	bool any;
	enum rp_status st;

	while (n > 0 && url[n - 1] == '/')
		n--;
	if ((r.url = strndup(url, n)) == NULL)
		return rp_error_no_memory(err);
	st = remote->list(remote->arg, r.url, note_file, &r, err);
	any = r.walk.logs.len > 0;
	if (take(&l->item, &l->n, &r.walk.logs) != RP_OK)
		st = rp_error_no_memory(err);
	free(r.url);
	return st == RP_OK && !any ? RP_EMPTY : st;
}

/* ---- operands ---- */

const char *
rp_log_path(const char *operand)
{
	return strncmp(operand, "file://", 7) == 0 ? operand + 7 : operand;
}

enum rp_status
rp_log_names_add(struct rp_log_names *l, const char *operand,
    const struct rp_log_remote *remote, struct rp_error *err)
{
	struct walk w = { .err = err };
	bool any;
	enum rp_status st;

	operand = rp_log_path(operand);
	if (remote != NULL && rp_log_is_remote(operand))
		return add_remote(l, operand, remote, err);
	if (access(operand, F_OK) == 0)
		st = rp_log_is_directory(operand) ? visit(&w, operand, "", 0)
						  : RP_EMPTY;
	else if (rp_log_is_glob(operand))
		st = visit(&w, *operand == '/' ? "/" : "",
		    operand + strspn(operand, "/"), 0);
	else
		st = RP_EMPTY;
	any = w.logs.len > 0;
	if (take(&l->item, &l->n, &w.logs) != RP_OK ||
	    take(&l->folder, &l->n_folders, &w.folders) != RP_OK)
		st = rp_error_no_memory(w.err);
	return st == RP_OK && !any ? RP_EMPTY : st;
}

enum rp_status
rp_log_names_add_empty(
    struct rp_log_names *l, const char *dir, struct rp_error *err)
{
	struct walk w = { .err = err };
	enum rp_status st = add(&w, &w.logs, dir);

	return take(&l->item, &l->n, &w.logs) == RP_OK
	    ? st
	    : rp_error_no_memory(w.err);
}
