/*
 * What a log costs over time (rp-gc(1)): what is too old is removed, what is old
 * recompressed and moved, and what a kill left is cleaned up.
 */
#ifndef RP_LOG_UPKEEP_H
#define RP_LOG_UPKEEP_H

#include "log/retention.h"
#include "wire/frame.h"

struct rp_upkeep_options {
	struct rp_retention limits;
	bool remove_log; /* if limits.keep would leave nothing */
	int64_t recompress_after, move_after; /* ns; negative: never */
	struct rp_encoding encoding;
	char codec[32]; /* the same as text */
	int threads;
	const char *cold_dir; /* or a URL; NULL: nothing is moved */
	const struct rp_log_remote *remote; /* of URLs; NULL: there are none */
	const char *const *ignored; /* n_ignored names of readers */
	size_t n_ignored;
	bool dry; /* change nothing */
};

enum rp_upkeep_action {
	RP_UPKEEP_TRIM,
	RP_UPKEEP_RECOMPRESS,
	RP_UPKEEP_MOVE,
	RP_UPKEEP_INDEX,
	RP_UPKEEP_CLEAN,
	RP_UPKEEP_REMOVE
};

/* What was done, or would be; what does not apply is 0 or NULL. */
struct rp_upkeep_event {
	enum rp_upkeep_action action;
	const char *file;
	const struct rp_survey_item *item; /* before it was done */
	uint64_t bytes_after;
	const char *to;
};

/* Who is told on the way. All are called with arg. */
struct rp_upkeep_watch {
	void (*done)(void *arg, const struct rp_upkeep_event *e);
	/* n segments that could go are kept for a reader, which is at seq */
	void (*spared)(void *arg, size_t n, const char *reader, uint64_t seq);
	/* of one segment: the others are gone on with */
	void (*failed)(void *arg, const struct rp_error *err);
	void *arg;
};

/*
 * Tend a log, which may have a writer and readers. RP_ERR_BUSY: somebody else
 * does. Killed at any step it leaves a log that is whole. Memory: some 300
 * bytes a segment, and what recompression needs.
 */
RP_CHECKED enum rp_status rp_log_upkeep(const char *dir,
    const struct rp_upkeep_options *o, const struct rp_upkeep_watch *watch,
    struct rp_error *err);

#endif
