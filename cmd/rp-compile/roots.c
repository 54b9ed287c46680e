#include "roots.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_remote(const char *root)
{
	return strncmp(root, "s3://", 5) == 0;
}

/* path is root or lies below it. */
static bool
lies_below(const char *path, const char *root)
{
	size_t len = strlen(root);

	if (len > 0 && root[len - 1] == '/')
		len--;
	return strncmp(path, root, len) == 0 &&
	    (path[len] == '/' || path[len] == '\0');
}

static enum fault
no_such_log(const char *log, enum fault fault, struct rp_error *err)
{
	(void)rp_error_set(
	    err, RP_ERR_USAGE, "%s: there is no such log below LOG_ROOTS", log);
	return fault;
}

/* A log in a bucket; rp_job_fault has seen to "..". */
static enum fault
find_remote(
    const char *root, const char *log, char **path, struct rp_error *err)
{
	if (!lies_below(log, root))
		return no_such_log(log, FAULT_FINAL, err);
	*path = strdup(log);
	return *path != NULL ? FAULT_NONE : FAULT_AGAIN;
}

/* Its real path below top, which is one. */
static enum fault
find_below(const char *top, const char *log, char **path, struct rp_error *err)
{
	char *joined, *real;
	int why;

	if (*log == '/')
		joined = strdup(log);
	else if (asprintf(&joined, "%s/%s", top, log) < 0)
		joined = NULL;
	if (joined == NULL) {
		(void)rp_error_no_memory(err);
		return FAULT_AGAIN;
	}
	real = realpath(joined, NULL);
	why = errno;
	free(joined);
	if (real == NULL && why != ENOENT && why != ENOTDIR) {
		errno = why;
		(void)rp_error_errno(err, "%s", log);
		return FAULT_AGAIN;
	}
	if (real != NULL && lies_below(real, top)) {
		*path = real;
		return FAULT_NONE;
	}
	/* it may be about to come, but not where it may not be */
	if (real == NULL)
		return no_such_log(log, FAULT_AGAIN, err);
	free(real);
	return no_such_log(log, FAULT_FINAL, err);
}

static enum fault
find_local(const char *root, const char *log, char **path, struct rp_error *err)
{
	char *top = realpath(root, NULL);
	enum fault fault;

	if (top == NULL) {
		(void)rp_error_errno(err, "LOG_ROOTS: %s", root);
		return FAULT_LOG;
	}
	fault = find_below(top, log, path, err);
	free(top);
	return fault;
}

/* Of what the roots say, that which gives the job the best chance. */
enum fault
roots_find(
    const char *roots, const char *log, char **path, struct rp_error *err)
{
	char *copy = strdup(roots), *rest = copy, *root;
	enum fault best = FAULT_FINAL;

	*path = NULL;
	(void)no_such_log(log, best, err);
	while (best != FAULT_NONE && (root = strsep(&rest, ",")) != NULL) {
		struct rp_error why = { 0 };
		enum fault fault;

		if (*root == '\0')
			continue;
		fault = is_remote(root) ? find_remote(root, log, path, &why)
					: find_local(root, log, path, &why);
		if (fault < best) {
			best = fault;
			*err = why;
		}
	}
	free(copy);
	return best;
}

enum rp_status
roots_check(const char *roots, struct rp_error *err)
{
	char *copy = strdup(roots), *rest = copy, *root, *top;
	enum rp_status st = RP_OK;

	while (st == RP_OK && (root = strsep(&rest, ",")) != NULL) {
		if (*root == '\0' || is_remote(root))
			continue;
		if ((top = realpath(root, NULL)) == NULL)
			st = rp_error_set(err, RP_ERR_USAGE,
			    "LOG_ROOTS: %s: %s", root, strerror(errno));
		free(top);
	}
	free(copy);
	return st;
}
