#include "log/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "log/lock.h"
#include "log/replace.h"
#include "log/segment.h"

enum { STAGE_AGE = 60 }; /* s, until what has no lock counts as left over */

/* A copy of path without slashes at its end. */
static char *
trim(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return strndup(path, n);
}

/* "DIR/.NAME.new-XXXXXX" for mkdtemp, of "DIR/NAME"; the word: new, gone. */
static char *
hidden_name(const char *target, const char *word)
{
	const char *slash = strrchr(target, '/');
	int n = slash != NULL ? (int)(slash + 1 - target) : 0;
	char *path;

	if (asprintf(&path, "%.*s.%s.%s-XXXXXX", n, target, target + n, word) <
	    0)
		return NULL;
	return path;
}

/* Whether the target may be replaced; it is locked then. */
static enum rp_status
check_target(struct rp_log_stage *s, bool replace, struct rp_error *err)
{
	struct rp_segments segments;
	enum rp_status st;

	if (access(s->target, F_OK) != 0)
		return RP_OK;
	if (!rp_log_is_directory(s->target))
		return rp_error_set(err, RP_ERR_EXISTS,
		    "%s: exists and is not a log", s->target);
	if ((st = rp_log_check_files(s->target, err)) != RP_OK ||
	    (st = rp_log_lock_upkeep(s->target, &s->upkeep, err)) != RP_OK ||
	    (st = rp_log_lock(s->target, &s->lock, err)) != RP_OK ||
	    (st = rp_segments_list(&segments, s->target, err)) != RP_OK)
		return st;
	if (segments.n > 0 && !replace)
		st = rp_error_set(err, RP_ERR_EXISTS,
		    "%s: holds a log already; --append goes on with it, "
		    "--replace makes a new one",
		    s->target);
	rp_segments_free(&segments);
	return st;
}

enum rp_status
rp_log_stage_open(struct rp_log_stage *s, const char *target, bool replace,
    struct rp_error *err)
{
	mode_t mask;
	enum rp_status st;

	*s = (struct rp_log_stage){ .lock = -1, .upkeep = -1 };
	if ((s->target = trim(target)) == NULL ||
	    (s->dir = hidden_name(s->target, "new")) == NULL)
		return rp_error_no_memory(err);
	if ((st = check_target(s, replace, err)) == RP_OK &&
	    mkdtemp(s->dir) == NULL)
		st = rp_error_errno(err, "%s", s->dir);
	if (st != RP_OK) {
		free(s->dir);
		s->dir = NULL;
		return st;
	}
	umask(mask = umask(0));
	(void)!chmod(s->dir, 0777 & ~mask);
	return RP_OK;
}

/* Remove a directory and the files in it, and those in its readers/. */
static void
remove_files(const char *dir)
{
	struct dirent *d;
	DIR *h = opendir(dir);

	if (h == NULL)
		return;
	while ((d = readdir(h)) != NULL) {
		char *path;

		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(h), d->d_name, 0) == 0 || errno != EISDIR)
			continue;
		if (strcmp(d->d_name, "readers") == 0 &&
		    asprintf(&path, "%s/%s", dir, d->d_name) >= 0) {
			remove_files(path);
			free(path);
		}
	}
	closedir(h);
	rmdir(dir);
}

static void
ignore(void *arg, const char *name)
{
	(void)arg;
	(void)name;
}

/* A log and, first, what of it lies elsewhere. While that cannot be reached the
 * log stays, hidden, for a later rp-gc. */
static enum rp_status
remove_log(
    const char *dir, const struct rp_log_remote *remote, struct rp_error *err)
{
	struct rp_segments all = { 0 };
	enum rp_status st;

	(void)!rp_log_clean(dir, false, ignore, NULL, NULL);
	st = rp_segments_find(&all, dir, remote, err);
	for (size_t i = 0; st == RP_OK && i < all.n; i++)
		st = rp_segment_remove(dir, &all.item[i], err);
	rp_segments_free(&all);
	if (st == RP_OK)
		remove_files(dir);
	return st;
}

enum rp_status
rp_log_stage_publish(struct rp_log_stage *s, struct rp_error *err)
{
	/* what we hold the lock of gives way; what came meanwhile does not */
	unsigned how = s->lock >= 0 ? RENAME_EXCHANGE : RENAME_NOREPLACE;
	enum rp_status st;

	if (renameat2(AT_FDCWD, s->dir, AT_FDCWD, s->target, how) != 0) {
		if (errno == EEXIST)
			return rp_error_set(err, RP_ERR_EXISTS,
			    "%s: appeared while this log was written",
			    s->target);
		return rp_error_errno(err, "%s", s->target);
	}
	if (s->lock < 0) {
		free(s->dir);
		s->dir = NULL;
	}
	st = rp_parent_sync(s->target, err);
	rp_log_stage_discard(s); /* what was replaced */
	return st;
}

void
rp_log_stage_discard(struct rp_log_stage *s)
{
	if (s->dir != NULL)
		(void)!remove_log(s->dir, NULL, NULL);
	if (s->lock >= 0)
		close(s->lock);
	if (s->upkeep >= 0)
		close(s->upkeep);
	s->lock = s->upkeep = -1;
	free(s->dir);
	free(s->target);
	s->dir = s->target = NULL;
}

/* ---- what is to go ---- */

enum rp_status
rp_log_remove(
    const char *log, const struct rp_log_remote *remote, struct rp_error *err)
{
	char *target = trim(log), *gone = NULL;
	enum rp_status st = RP_OK;

	if (target == NULL || (gone = hidden_name(target, "gone")) == NULL)
		st = rp_error_no_memory(err);
	else if (mkdtemp(gone) == NULL || rename(target, gone) != 0)
		st = rp_error_errno(err, "%s", gone);
	else if ((st = rp_parent_sync(target, err)) == RP_OK)
		st = remove_log(gone, remote, err);
	free(gone);
	free(target);
	return st;
}

/* Whether a hidden directory is what a kill left, and not at work. */
static bool
is_leftover(const char *path, const char *word)
{
	struct stat sb;
	char *lock;
	bool locks;

	if (lstat(path, &sb) != 0 || !S_ISDIR(sb.st_mode) ||
	    rp_log_check_files(path, NULL) != RP_OK || rp_log_is_locked(path) ||
	    asprintf(&lock, "%s/lock", path) < 0)
		return false;
	locks = access(lock, F_OK) == 0;
	free(lock);
	/* a stage that was just made is not locked yet */
	return locks || strcmp(word, "gone") == 0 ||
	    sb.st_mtime + STAGE_AGE < time(NULL);
}

enum rp_status
rp_log_stage_clean(const char *dir, const struct rp_log_remote *remote,
    bool dry, void (*found)(void *arg, const char *name), void *arg,
    struct rp_error *err)
{
	static const char *const words[] = { "new", "gone" };
	struct dirent *d;
	DIR *h = opendir(dir);
	char *path;
	enum rp_status st = RP_OK;

	if (h == NULL)
		return rp_error_errno(err, "%s", dir);
	while (st == RP_OK && (d = readdir(h)) != NULL) {
		const char *dash = strrchr(d->d_name, '-');
		const char *dot = strrchr(d->d_name, '.');

		if (d->d_name[0] != '.' || dot == d->d_name || dash == NULL ||
		    dot == NULL || strlen(dash) != 7)
			continue;
		for (size_t i = 0; i < RP_LEN(words); i++) {
			size_t n = strlen(words[i]);

			if (dash != dot + 1 + n ||
			    memcmp(dot + 1, words[i], n) != 0 ||
			    asprintf(&path, "%s/%s", dir, d->d_name) < 0)
				continue;
			if (is_leftover(path, words[i])) {
				found(arg, d->d_name);
				if (!dry)
					st = remove_log(path, remote, err);
			}
			free(path);
		}
	}
	closedir(h);
	return st;
}
