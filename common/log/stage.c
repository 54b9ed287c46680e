#include "log/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "log/segment.h"

/* A copy of path without slashes at its end. */
static char *
trim(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return strndup(path, n);
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

	*s = (struct rp_log_stage){ .lock = -1 };
	if ((s->target = trim(target)) == NULL ||
	    asprintf(&s->dir, "%s.new-XXXXXX", s->target) < 0) {
		s->dir = NULL;
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	}
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
remove_log(const char *dir)
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
			remove_log(path);
			free(path);
		}
	}
	closedir(h);
	rmdir(dir);
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
		remove_log(s->dir);
	if (s->lock >= 0)
		close(s->lock);
	s->lock = -1;
	free(s->dir);
	free(s->target);
	s->dir = s->target = NULL;
}
