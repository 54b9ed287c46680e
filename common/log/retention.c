#include "log/retention.h"

bool
rp_survey_is_older(const struct rp_survey_item *it, int64_t now, int64_t age)
{
	return age >= 0 && it->summary.range.ts_max <= now - age;
}

size_t
rp_retention_exceeding(const struct rp_retention *r, const struct rp_survey *v)
{
	uint64_t bytes = v->bytes;
	size_t i;

	for (i = 0; i < v->n; i++) {
		if (!rp_survey_is_older(&v->item[i], r->now, r->keep) &&
		    bytes <= r->bytes && v->n - i <= r->segments)
			break;
		bytes -= v->item[i].segment.size;
	}
	return i;
}
