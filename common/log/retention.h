/* Which segments of a log limits would have go (rp-gc(1)). */
#ifndef RP_LOG_RETENTION_H
#define RP_LOG_RETENTION_H

#include "log/survey.h"

struct rp_retention {
	int64_t now; /* ns */
	int64_t keep; /* ns; negative: for ever */
	uint64_t bytes, segments; /* UINT64_MAX: no limit */
};

/* Whether the last record of a segment is so old, in ns; of none: it is. */
bool rp_survey_is_older(
    const struct rp_survey_item *it, int64_t now, int64_t age);

/* How many segments from the cold end on exceed a limit, whoever may need
 * them. */
size_t rp_retention_exceeding(
    const struct rp_retention *r, const struct rp_survey *v);

#endif
