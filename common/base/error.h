/*
 * Status codes and the error text that travels with them.
 *
 * Every function that can fail returns enum rp_status. Where a caller needs
 * to know more than the class of the failure, the function also takes a
 * struct rp_error and writes one line to it that names the input, the place
 * and what is wrong; an rp_error keeps the first error that it is given.
 * Nothing here prints.
 */
#ifndef RP_BASE_ERROR_H
#define RP_BASE_ERROR_H

enum rp_status {
	RP_OK = 0,
	RP_END = 1, /* no more input, and it ended cleanly */
	RP_EMPTY = 2, /* nothing there yet; a later call may find more */
	RP_ERR_IO = -1, /* the system refused: errno in the text */
	RP_ERR_PIPE = -2, /* the reader of our output went away (EPIPE) */
	RP_ERR_CORRUPT = -3, /* the bytes contradict themselves */
	RP_ERR_TRUNCATED = -4, /* input stopped before its END frame */
	RP_ERR_ABORTED = -5, /* the producer wrote an ABORT frame */
	RP_ERR_UNSUPPORTED =
	    -6, /* valid, but of a later version or an unknown kind */
	RP_ERR_NOMEM = -7,
	RP_ERR_LIMIT = -8, /* a limit of limits.h would be exceeded */
	RP_ERR_USAGE = -9, /* the caller's or the user's request is wrong */
	RP_ERR_EXISTS = -10, /* the output is there already */
	RP_ERR_BUSY = -11, /* somebody else holds the lock */
	RP_ERR_REMOTE = -12, /* a remote failure where a retry may help */
	RP_ERR_REJECTED = -13 /* more bad records than --max-errors allows */
};

struct rp_error {
	enum rp_status status; /* RP_OK until something fails */
	char text[512]; /* one line, no newline, "" while status is RP_OK */
};

#define RP_CHECKED __attribute__((warn_unused_result))
#define RP_PRINTF(f, a) __attribute__((format(printf, f, a)))

/*
 * Record a failure and return status. The first failure is kept: a second
 * call changes nothing. err may be NULL.
 */
enum rp_status rp_error_set(struct rp_error *err, enum rp_status status,
    const char *fmt, ...) RP_PRINTF(3, 4);

/* The same for RP_ERR_NOMEM, which needs no other words. */
enum rp_status rp_error_no_memory(struct rp_error *err);

/* rp_error_set with ": strerror(errno)" appended; EPIPE becomes RP_ERR_PIPE. */
enum rp_status rp_error_errno(struct rp_error *err, const char *fmt, ...)
    RP_PRINTF(2, 3);

/* Put "prefix: " in front of the text that is there already. */
void rp_error_prefix(struct rp_error *err, const char *fmt, ...)
    RP_PRINTF(2, 3);

/*
 * Make a message one line that plays no tricks with a terminal: control
 * characters, which may be quoted from an input or an argument, become '?'.
 * The functions above do so by themselves.
 */
void rp_error_flatten(char *text);

/* The exit status that man pages document for a status: 0, 1, 2, 3, 4 or 5. */
int rp_status_exit(enum rp_status status);

#endif
