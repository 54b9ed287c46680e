/* What retention has to know of each segment of a log. */
#ifndef RP_LOG_SURVEY_H
#define RP_LOG_SURVEY_H

#include "log/segment.h"

struct rp_survey_item {
	struct rp_segment segment;
	bool settled; /* sealed, and no writer is at it */
	bool indexed; /* its index is there and its own */
	bool moved; /* it lies in another directory, or */
	bool far; /* in a store */
	struct rp_index summary; /* by rp_index_decode_head, if settled */
};

struct rp_survey {
	struct rp_survey_item *item; /* n, in the order of the log */
	size_t n;
	uint64_t bytes; /* of all segments */
	bool live; /* the log has a writer */
};

/*
 * Look at all segments. One that cannot be read is told to failed and is not
 * settled. Memory: some 300 bytes a segment.
 */
RP_CHECKED enum rp_status rp_survey_log(struct rp_survey *v, const char *dir,
    const struct rp_log_remote *remote,
    void (*failed)(void *arg, const struct rp_error *err), void *arg,
    struct rp_error *err);
void rp_survey_free(struct rp_survey *v);

#endif
