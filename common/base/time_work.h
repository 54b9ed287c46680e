/* Inside base/time: what zones and texts share. */
#ifndef RP_BASE_TIME_WORK_H
#define RP_BASE_TIME_WORK_H

#include "base/time.h"

#define DAY_SECONDS 86400

static inline int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static inline bool
two_digits(const char **p, const char *end, int max, int *v)
{
	const char *s = *p;

	if (end - s < 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*v = 10 * (s[0] - '0') + (s[1] - '0');
	*p = s + 2;
	return *v <= max;
}

/* [+-]hh, [+-]hhmm or [+-]hh:mm to s east of UTC. */
bool rp_zone_parse_offset(const char **p, const char *end, int32_t *offset);

/* s since the epoch of a local time; see rp_time_parse for its choices. */
int64_t rp_zone_to_utc(struct rp_zone *z, int64_t local);

#endif
