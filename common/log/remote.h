/*
 * Files of logs that are in no directory: who finds and opens them is told by a
 * tool. A place is a URL, such as s3://BUCKET/PREFIX, in place of a directory's
 * path; its files are URL/NAME.
 */
#ifndef RP_LOG_REMOTE_H
#define RP_LOG_REMOTE_H

#include <stdbool.h>

#include "base/readable.h"

/* Each function is called with arg. */
struct rp_log_remote {
	void *arg;
	/* Each file at a place and below it, its name relative to that. each ends
	 * it by another status than RP_OK, which is returned. */
	enum rp_status (*list)(void *arg, const char *place,
	    enum rp_status (*each)(
		void *each_arg, const char *name, uint64_t size),
	    void *each_arg, struct rp_error *err);
	/* RP_EMPTY: there is no such file. */
	enum rp_status (*open)(void *arg, const char *url,
	    struct rp_readable *b, struct rp_error *err);
	/* Put a file there, whole and verified; RP_OK also if its bytes are there
	 * already, RP_ERR_EXISTS if others are. */
	enum rp_status (*put)(void *arg, int fd, uint64_t size, const char *url,
	    struct rp_error *err);
	/* RP_OK also where there was none. */
	enum rp_status (*remove)(
	    void *arg, const char *url, struct rp_error *err);
};

/* Whether a path is a URL. */
bool rp_log_is_remote(const char *path);

/* Both: RP_ERR_UNSUPPORTED: remote is NULL. */
RP_CHECKED enum rp_status rp_log_remote_open(const struct rp_log_remote *remote,
    const char *url, struct rp_readable *b, struct rp_error *err);

RP_CHECKED enum rp_status rp_log_remote_remove(
    const struct rp_log_remote *remote, const char *url, struct rp_error *err);

/*
 * The text of a small file of a log, at most size - 1 bytes and terminated.
 * RP_EMPTY: there is none.
 */
RP_CHECKED enum rp_status rp_log_text(const char *dir,
    const struct rp_log_remote *remote, const char *name, char *text,
    size_t size, struct rp_error *err);

#endif
