/* A unit of work, which becomes one object, and the channel to the workers. */
#ifndef RP_COMPILE_UNIT_H
#define RP_COMPILE_UNIT_H

#include "queue/consumer.h"
#include "queue/job.h"

struct unit {
	struct rp_job_window window; /* key NULL: it has none yet */
	bool stored; /* the window is, so its key stays */
	bool is_slice; /* of its only job */
	struct rp_delivery slice; /* that job; owned */
	struct rp_job_read job; /* the same, read */
	size_t bytes; /* of ids: what is gathered */
	int64_t since; /* monotonic ns: when its first job came */
	struct unit *next;
};

/* Of no jobs. NULL: no memory. */
struct unit *unit_new(void);
void unit_free(struct unit *u);

/* Add a job; the window has the name of the first one. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status unit_add(
    struct unit *u, const char *id, const char *entry);

/* Forget the members that are marked as lost; the first one left names the
 * window. forget is called for each. */
void unit_drop_lost(
    struct unit *u, void (*forget)(void *arg, const char *id), void *arg);

/* ---- the channel ---- */

struct channel;

/* Room for so many units. NULL: no memory. */
struct channel *channel_new(size_t room);
void channel_free(struct channel *c);

/* Hand a unit over; waits while there is no room. */
void channel_put(struct channel *c, struct unit *u);

/* The next one, or NULL: the channel was closed and is empty. */
struct unit *channel_get(struct channel *c);

/* No more will come. */
void channel_close(struct channel *c);

/* Units that no worker has yet. */
size_t channel_depth(struct channel *c);

#endif
