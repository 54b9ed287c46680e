#include "log/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
rp_log_is_remote(const char *path)
{
	return strstr(path, "://") != NULL;
}

static enum rp_status
nobody(const char *url, struct rp_error *err)
{
	return rp_error_set(err, RP_ERR_UNSUPPORTED,
	    "%s: of object stores only rp-read, rp-merge, rp-ls, rp-check and "
	    "rp-gc know",
	    url);
}

enum rp_status
rp_log_remote_open(const struct rp_log_remote *remote, const char *url,
    struct rp_readable *b, struct rp_error *err)
{
	*b = RP_READABLE_CLOSED;
	return remote != NULL ? remote->open(remote->arg, url, b, err)
			      : nobody(url, err);
}

enum rp_status
rp_log_remote_remove(
    const struct rp_log_remote *remote, const char *url, struct rp_error *err)
{
	return remote != NULL ? remote->remove(remote->arg, url, err)
			      : nobody(url, err);
}

enum rp_status
rp_log_text(const char *dir, const struct rp_log_remote *remote,
    const char *name, char *text, size_t size, struct rp_error *err)
{
	struct rp_readable b = RP_READABLE_CLOSED;
	char *path;
	size_t n = size - 1;
	enum rp_status st;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return rp_error_no_memory(err);
	st = rp_log_is_remote(dir) ? rp_log_remote_open(remote, path, &b, err)
				   : rp_readable_open(&b, path, err);
	if (st == RP_OK && b.size < n)
		n = (size_t)b.size;
	if (st == RP_OK)
		st = rp_readable_read(&b, text, n, 0, path, err);
	text[st == RP_OK ? n : 0] = '\0';
	rp_readable_close(&b);
	free(path);
	return st;
}
