#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time_work.h"

/* tz rules change offsets at multiples of this many seconds */
#define ZONE_STEP 900

bool
rp_zone_parse_offset(const char **p, const char *end, int32_t *offset)
{
	bool west;
	int hours, minutes = 0;

	if (*p == end || (**p != '+' && **p != '-'))
		return false;
	west = *(*p)++ == '-';
	if (!two_digits(p, end, 23, &hours))
		return false;
	if (*p < end) {
		*p += **p == ':';
		if (!two_digits(p, end, 59, &minutes))
			return false;
	}
	*offset = (west ? -60 : 60) * (60 * hours + minutes);
	return true;
}

/* Does the database hold a zone of that name? libc takes any for UTC. */
static bool
zone_exists(const char *name)
{
	const char *dir = getenv("TZDIR");
	char path[512], magic[4] = "";
	FILE *f;
	int n;

	if (name[0] == '/' || strstr(name, "..") != NULL)
		return false;
	n = snprintf(path, sizeof(path), "%s/%s",
	    dir != NULL ? dir : "/usr/share/zoneinfo", name);
	if (n < 0 || (size_t)n >= sizeof(path) ||
	    (f = fopen(path, "re")) == NULL)
		return false;
	n = fread(magic, sizeof(magic), 1, f) == 1 &&
	    memcmp(magic, "TZif", sizeof(magic)) == 0;
	fclose(f);
	return n;
}

enum rp_status
rp_zone_open(struct rp_zone *z, const char *name, struct rp_error *err)
{
	const char *p = name, *end = name + strlen(name);
	char value[sizeof(z->name) + 1];

	*z = (struct rp_zone){ 0 };
	if (strlen(name) >= sizeof(z->name))
		return rp_error_set(
		    err, RP_ERR_USAGE, "no time zone \"%.64s\"", name);
	memcpy(z->name, name, strlen(name));
	if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0 ||
	    (rp_zone_parse_offset(&p, end, &z->offset) && p == end))
		return RP_OK;
	if (!zone_exists(name))
		return rp_error_set(err, RP_ERR_USAGE,
		    "no time zone \"%s\" (try UTC, +hh:mm or a name such as "
		    "America/Chicago)",
		    name);
	snprintf(value, sizeof(value), ":%s", name);
	if (setenv("TZ", value, 1) != 0)
		return rp_error_errno(err, "time zone %s", name);
	tzset();
	z->database = true;
	return RP_OK;
}

static int32_t
libc_offset(int64_t sec)
{
	time_t t = sec;
	struct tm tm;

	return localtime_r(&t, &tm) != NULL ? (int32_t)tm.tm_gmtoff : 0;
}

int32_t
rp_zone_offset(struct rp_zone *z, int64_t sec)
{
	int64_t from;

	if (z == NULL)
		return 0;
	if (!z->database || (sec >= z->from && sec < z->to))
		return z->offset;
	from = floor_div(sec, ZONE_STEP) * ZONE_STEP;
	z->offset = libc_offset(from);
	z->from = from;
	z->to = from + ZONE_STEP;
	/* local mean times, long ago, changed at any second */
	if (libc_offset(z->to - 1) != z->offset) {
		z->offset = libc_offset(sec);
		z->from = sec;
		z->to = sec + 1;
	}
	return z->offset;
}

int64_t
rp_zone_to_utc(struct rp_zone *z, int64_t local)
{
	int32_t before, after;

	if (z == NULL || !z->database)
		return local - rp_zone_offset(z, 0);
	before = rp_zone_offset(z, local - DAY_SECONDS);
	after = rp_zone_offset(z, local + DAY_SECONDS);
	if (rp_zone_offset(z, local - before) == before ||
	    rp_zone_offset(z, local - after) != after)
		return local - before;
	return local - after;
}

int64_t
rp_time_of_day(struct rp_zone *z, int64_t ns)
{
	int64_t sec = floor_div(ns, RP_SECOND);
	int64_t local = sec + rp_zone_offset(z, sec);

	return (local - floor_div(local, DAY_SECONDS) * DAY_SECONDS) *
	    RP_SECOND +
	    (ns - sec * RP_SECOND);
}
