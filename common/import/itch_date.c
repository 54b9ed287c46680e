/* The day of a feed that says only times of day. */
#include "import/itch.h"

#include <stdio.h>
#include <string.h>

int64_t
rp_itch_midnight(struct rp_zone *zone, int64_t ts)
{
	int64_t day = ts - rp_time_of_day(zone, ts);
	/* the clock may have been changed since */
	int32_t now = rp_zone_offset(zone, ts / RP_SECOND);
	int32_t then = rp_zone_offset(zone, day / RP_SECOND);

	return day + (now - then) * RP_SECOND;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Does text look like form, where 0 stands for a digit and - for - or _? It
 * must not go on with a digit. */
static bool
looks_like(const char *text, const char *form)
{
	for (; *form != '\0'; form++, text++)
		if (*form == '0' ? !is_digit(*text)
				 : *text != '-' && *text != '_')
			return false;
	return !is_digit(*text);
}

/* YYYY-MM-DD of the digits at these places. */
static bool
pick(struct rp_zone *zone, int64_t *midnight, const char *year, int year_digits,
    const char *month, const char *day)
{
	char date[16];
	int64_t ns;

	snprintf(date, sizeof(date), "%s%.*s-%.2s-%.2s",
	    year_digits == 2 ? "20" : "", year_digits, year, month, day);
	/* 1990 to 2099: what else has eight digits is no date */
	if ((memcmp(date, "199", 3) != 0 && memcmp(date, "20", 2) != 0) ||
	    rp_time_parse(date, 10, zone, &ns) != RP_OK)
		return false;
	*midnight = ns;
	return true;
}

/* A date that begins here, in any of the ways in which such files are named. */
static bool
date_at(const char *s, char before, struct rp_zone *zone, int64_t *midnight)
{
	if (looks_like(s, "0000-00-00"))
		return pick(zone, midnight, s, 4, s + 5, s + 8);
	if (looks_like(s, "00000000"))
		return pick(zone, midnight, s, 4, s + 4, s + 6) ||
		    pick(zone, midnight, s + 4, 4, s, s + 2);
	if ((before == 'S' || before == 's') && looks_like(s, "000000"))
		return pick(zone, midnight, s + 4, 2, s, s + 2);
	return false;
}

static bool
date_in_name(const char *path, struct rp_zone *zone, int64_t *midnight)
{
	const char *slash = strrchr(path, '/');
	const char *s = slash != NULL ? slash + 1 : path;

	for (char before = '\0'; *s != '\0'; before = *s++)
		if (is_digit(*s) && !is_digit(before) &&
		    date_at(s, before, zone, midnight))
			return true;
	return false;
}

enum rp_status
rp_itch_date(struct rp_import *im, struct rp_zone *zone, int64_t *midnight)
{
	const char *date = im->options.date;

	if (date == NULL && date_in_name(im->name, zone, midnight))
		return RP_OK;
	if (date == NULL)
		return rp_error_set(&im->error, RP_ERR_USAGE,
		    "%s: ITCH has times of day only, and the name no date: "
		    "say --date YYYY-MM-DD",
		    im->name);
	if (strlen(date) != 10 || !looks_like(date, "0000-00-00") ||
	    !pick(zone, midnight, date, 4, date + 5, date + 8))
		return rp_error_set(&im->error, RP_ERR_USAGE,
		    "--date %s: not a date such as 2020-01-30", date);
	return RP_OK;
}
