/*
 * A consumer of the queue: it is given jobs, holds them while it works on
 * them, and says what became of them. Those of a group share its jobs; each
 * job is given to one of them, and to another once the first seems to be dead.
 *
 * Of a queue NAME in Redis, besides the keys of queue.h:
 *
 *	lease:NAME:ID     who works on a job; it expires unless it is renewed
 *	window:NAME:ENTRY jobs that become one object, named by the first one's
 *	                  entry: the object's key, then a line "ENTRY ID" each
 *	member:NAME:ID    the window of a job that is not done yet
 *	history:NAME:ID   of a job that was delivered more than once, when and
 *	                  whom it was taken from
 *
 * In a directory these are tables, and all consumers are of one group.
 *
 * A window is stored before its object is made and forgotten when all its jobs
 * are done, so that whoever makes it makes the same. Hence leases only spare
 * work: if one is lost, two make the same object, and both may say so.
 *
 * A consumer is of one thread; those of one process have one name. After
 * RP_ERR_REMOTE the call may be repeated, whatever had become of it; it then
 * connects anew.
 */
#ifndef RP_QUEUE_CONSUMER_H
#define RP_QUEUE_CONSUMER_H

#include "queue/queue.h"

struct rp_consumer_options {
	const struct rp_queue_options *queue;
	/* or jobs are lines of JSON (form.h) from here, and there is no queue:
	 * each is new, and what becomes of it is nobody's business; -1: none */
	int lines;
	const char *group;
	const char *name; /* rp_consumer_name */
	int64_t lease; /* ms that a job is held unless it is renewed */
	int64_t remember; /* s that it is known that a job is done */
};

struct rp_consumer;

/* "host-pid-random": told apart from all others, now and later. */
#define RP_CONSUMER_ROOM 96
void rp_consumer_name(char name[static RP_CONSUMER_ROOM]);

/* Connect; the group begins with the first job of the queue. RP_ERR_USAGE,
 * RP_ERR_REMOTE, RP_ERR_NOMEM. options must outlive it. */
RP_CHECKED enum rp_status rp_consumer_open(struct rp_consumer **out,
    const struct rp_consumer_options *options, struct rp_error *err);
void rp_consumer_close(struct rp_consumer *c);

/* ---- jobs come ---- */

enum rp_hold {
	RP_HOLD_NONE, /* it was delivered */
	RP_HOLD_OURS, /* we hold it */
	RP_HOLD_BUSY, /* somebody else does: it will be delivered again */
	RP_HOLD_DONE /* it is done already, and is not delivered again */
};

struct rp_delivery {
	char entry[RP_ENTRY_ROOM];
	uint8_t *payload;
	size_t len;
	uint64_t times; /* it was delivered: 1, now */
	char *fault; /* of a line: why it is no job; or NULL */
	/* set by the caller: of the payload */
	char *id;
	/* set by rp_consumer_take */
	enum rp_hold hold;
	char window[RP_ENTRY_ROOM]; /* that it is in; "": none */
};

/* Free what they point to, and the array. */
void rp_deliveries_free(struct rp_delivery *d, size_t n);

/*
 * New jobs, most of them, waiting for ms until there are some. The array is
 * the caller's, by rp_deliveries_free; n may be 0. RP_END: of lines, there are
 * no more.
 */
RP_CHECKED enum rp_status rp_consumer_read(struct rp_consumer *c, size_t most,
    int ms, struct rp_delivery **out, size_t *n, struct rp_error *err);

/* The same of jobs that somebody has had for longer than the lease without
 * renewing it. */
RP_CHECKED enum rp_status rp_consumer_claim(struct rp_consumer *c, size_t most,
    struct rp_delivery **out, size_t *n, struct rp_error *err);

/* Hold jobs, by their id; sets hold and window. One that we hold already is
 * held. */
RP_CHECKED enum rp_status rp_consumer_take(struct rp_consumer *c,
    struct rp_delivery *d, size_t n, struct rp_error *err);

/* ---- windows ---- */

struct rp_member {
	char *id;
	char entry[RP_ENTRY_ROOM];
	bool lost; /* set by rp_consumer_seal: it is not ours any more */
};

struct rp_job_window {
	char name[RP_ENTRY_ROOM]; /* of the first member's entry */
	char *key; /* of the object */
	struct rp_member *members;
	size_t n;
};

/* Free what it points to. */
void rp_job_window_free(struct rp_job_window *w);

/* Store a window of jobs that we hold. RP_ERR_BUSY: some are not ours any
 * more, which are marked as lost; nothing is stored then. */
RP_CHECKED enum rp_status rp_consumer_seal(
    struct rp_consumer *c, struct rp_job_window *w, struct rp_error *err);

/* Hold the jobs of a window that was stored. RP_ERR_BUSY: somebody else does;
 * RP_EMPTY: there is no such window any more. */
RP_CHECKED enum rp_status rp_consumer_adopt(struct rp_consumer *c,
    const char *name, struct rp_job_window *out, struct rp_error *err);

/* Go on holding jobs that we hold. */
RP_CHECKED enum rp_status rp_consumer_renew(struct rp_consumer *c,
    const struct rp_member *members, size_t n, struct rp_error *err);

/* The object of a window is durable: its jobs are done, with this result, and
 * the window is forgotten. *done: how many were not before. */
RP_CHECKED enum rp_status rp_consumer_finish(struct rp_consumer *c,
    const struct rp_job_window *w, const char *result, size_t *done,
    struct rp_error *err);

/* ---- jobs go ---- */

/*
 * Give a job up: a dead letter with the reason and its history, then it is not
 * delivered again. id NULL: it has none. attempts: "TIME ERROR" lines of ours,
 * or "". One that is done, or that somebody else holds, is left alone.
 */
RP_CHECKED enum rp_status rp_consumer_bury(struct rp_consumer *c,
    const struct rp_delivery *d, const char *reason, const char *attempts,
    struct rp_error *err);

/* Give jobs back, for others to take at once; it does not count as a
 * delivery. */
RP_CHECKED enum rp_status rp_consumer_release(struct rp_consumer *c,
    const struct rp_member *members, size_t n, struct rp_error *err);

/* ---- the queue ---- */

/* Jobs that nobody was given yet, and that somebody has. */
RP_CHECKED enum rp_status rp_consumer_depth(struct rp_consumer *c,
    uint64_t *waiting, uint64_t *pending, struct rp_error *err);

/* Sign off, unless jobs are still ours; and sign those off that had none for a
 * day. */
RP_CHECKED enum rp_status rp_consumer_leave(
    struct rp_consumer *c, struct rp_error *err);

#endif
