#include "base/time.h"

#include <stdio.h>
#include <time.h>

#include "base/decimal.h"
#include "base/time_work.h"

/* ---- calendar: proleptic Gregorian, years from 1 March ---- */

static int64_t
days_of_date(int64_t year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = floor_div(y, 400), of_era = y - 400 * era;
	int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return 146097 * era + 365 * of_era + of_era / 4 - of_era / 100 +
	    of_year - 719468;
}

static void
date_of_days(int64_t days, int *year, int *month, int *day)
{
	int64_t n = days + 719468, era = floor_div(n, 146097);
	int64_t of_era = n - 146097 * era;
	int64_t y =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
	int m = (int)((5 * of_year + 2) / 153);

	*day = (int)(of_year - (153 * m + 2) / 5) + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = (int)(y + 400 * era) + (*month <= 2);
}

static int
days_of_month(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

int64_t
rp_time_now(void)
{
	struct timespec t;
	int64_t ns;

	if (clock_gettime(CLOCK_REALTIME, &t) != 0 ||
	    __builtin_mul_overflow((int64_t)t.tv_sec, RP_SECOND, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)t.tv_nsec, &ns))
		return RP_ABSENT;
	return ns;
}

/* ---- writing ---- */

static int64_t
clamp(__int128 ns)
{
	if (ns > INT64_MAX)
		return INT64_MAX;
	return ns <= INT64_MIN ? INT64_MIN + 1 : (int64_t)ns;
}

static void
put_two(char *p, int v)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
}

/* Fill the memo for the local day and offset that ns falls into. */
static void
time_memo(struct rp_time_text *m, int64_t ns)
{
	int64_t sec = floor_div(ns, RP_SECOND), local, day, from, to;
	int32_t offset = rp_zone_offset(m->zone, sec), minutes;
	int year, month, mday;

	local = sec + offset;
	day = floor_div(local, DAY_SECONDS);
	from = day * DAY_SECONDS - offset;
	to = from + DAY_SECONDS;
	m->day = (uint64_t)from * (uint64_t)RP_SECOND;
	if (m->zone != NULL && m->zone->database) {
		from = from > m->zone->from ? from : m->zone->from;
		to = to < m->zone->to ? to : m->zone->to;
	}
	m->from = clamp((__int128)from * RP_SECOND);
	m->to = clamp((__int128)to * RP_SECOND);
	date_of_days(day, &year, &month, &mday);
	memcpy(m->prefix, "yyyy-mm-ddT", 11);
	put_two(m->prefix, year / 100);
	put_two(m->prefix + 2, year % 100);
	put_two(m->prefix + 5, month);
	put_two(m->prefix + 8, mday);
	m->suffix[0] = 'Z';
	m->suffix_len = 1;
	if (offset == 0)
		return;
	minutes = (offset < 0 ? -offset : offset) / 60;
	memcpy(m->suffix, offset < 0 ? "-hh:mm" : "+hh:mm", 6);
	put_two(m->suffix + 1, minutes / 60);
	put_two(m->suffix + 4, minutes % 60);
	m->suffix_len = 6;
}

size_t
rp_time_format(struct rp_time_text *m, char *buf, int64_t ns)
{
	uint64_t of_day;
	unsigned sec;
	char *p = buf + 11;

	if (ns < m->from || ns >= m->to)
		time_memo(m, ns);
	of_day = (uint64_t)ns - m->day;
	sec = (unsigned)(of_day / (uint64_t)RP_SECOND);
	memcpy(buf, m->prefix, sizeof(m->prefix));
	put_two(p, (int)(sec / 3600));
	p[2] = ':';
	put_two(p + 3, (int)(sec / 60 % 60));
	p[5] = ':';
	put_two(p + 6, (int)(sec % 60));
	p[8] = '.';
	rp_digits_format(
	    p + 9, (uint32_t)(of_day - sec * (uint64_t)RP_SECOND), 9);
	memcpy(p + 18, m->suffix, sizeof(m->suffix));
	return 29 + m->suffix_len;
}

/* ---- reading ---- */

static bool
all_digits(const char *p, size_t n)
{
	while (n > 0 && p[n - 1] >= '0' && p[n - 1] <= '9')
		n--;
	return n == 0;
}

/* yyyy-mm-dd or yyyymmdd to days since the epoch. */
static bool
parse_date(const char **p, const char *end, int64_t *days)
{
	const char *s = *p;
	int century, year, month, day;
	bool dashes;

	if (!two_digits(&s, end, 99, &century) ||
	    !two_digits(&s, end, 99, &year))
		return false;
	dashes = s < end && *s == '-';
	s += dashes;
	if (!two_digits(&s, end, 12, &month) || month == 0)
		return false;
	if (dashes && (s == end || *s++ != '-'))
		return false;
	year += 100 * century;
	if (!two_digits(&s, end, days_of_month(year, month), &day) || day == 0)
		return false;
	*days = days_of_date(year, month, day);
	*p = s;
	return true;
}

/* Up to nine decimals to ns; RP_ERR_LIMIT: there are more, not all 0. */
static enum rp_status
parse_decimals(const char **p, const char *end, int64_t *ns)
{
	int64_t unit = RP_SECOND;
	const char *s = *p;

	if (s == end || *s < '0' || *s > '9')
		return RP_ERR_USAGE;
	for (; s < end && *s >= '0' && *s <= '9'; s++) {
		unit /= 10;
		if (unit == 0 && *s != '0')
			return RP_ERR_LIMIT;
		*ns += (*s - '0') * unit;
	}
	*p = s;
	return RP_OK;
}

/* hh[:mm[:ss[.f]]], or without colons, to ns. */
static enum rp_status
parse_clock(const char **p, const char *end, int64_t *ns)
{
	int hours, minutes = 0, seconds = 0;
	bool colons, more;

	if (!two_digits(p, end, 23, &hours))
		return RP_ERR_USAGE;
	colons = *p < end && **p == ':';
	*p += colons;
	more = *p < end && **p >= '0' && **p <= '9';
	if (more && !two_digits(p, end, 59, &minutes))
		return RP_ERR_USAGE;
	if (colons && !more)
		return RP_ERR_USAGE;
	more = more && *p < end &&
	    (colons ? **p == ':' : **p >= '0' && **p <= '9');
	*p += more && colons;
	if (more && !two_digits(p, end, 59, &seconds))
		return RP_ERR_USAGE;
	*ns = (3600 * hours + 60 * minutes + seconds) * RP_SECOND;
	if (!more || *p == end || **p != '.')
		return RP_OK;
	++*p;
	return parse_decimals(p, end, ns);
}

enum rp_status
rp_time_parse(const char *text, size_t len, struct rp_zone *zone, int64_t *ns)
{
	const char *p = text, *end = text + len;
	int64_t days, of_day = 0, sec;
	int32_t offset = 0;
	bool zoned = false;
	enum rp_status st;
	__int128 v;

	if (!parse_date(&p, end, &days))
		return RP_ERR_USAGE;
	if (p < end) {
		if (*p != 'T' && *p != 't' && *p != ' ')
			return RP_ERR_USAGE;
		p++;
		if ((st = parse_clock(&p, end, &of_day)) != RP_OK)
			return st;
		zoned = p < end;
		if (zoned && (*p == 'Z' || *p == 'z'))
			p++;
		else if (zoned && !rp_zone_parse_offset(&p, end, &offset))
			return RP_ERR_USAGE;
		if (p < end)
			return RP_ERR_USAGE;
	}
	sec = days * DAY_SECONDS + of_day / RP_SECOND;
	sec = zoned ? sec - offset : rp_zone_to_utc(zone, sec);
	v = (__int128)sec * RP_SECOND + of_day % RP_SECOND;
	if (v <= INT64_MIN || v > INT64_MAX)
		return RP_ERR_LIMIT;
	*ns = (int64_t)v;
	return RP_OK;
}

static int64_t
unit_ns(const char *p, size_t n)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = {
		{ "ns", 1 },
		{ "us", 1000 },
		{ "ms", 1000000 },
		{ "s", RP_SECOND },
		{ "m", 60 * RP_SECOND },
		{ "h", 3600 * RP_SECOND },
		{ "d", RP_DAY },
		{ "w", 7 * RP_DAY },
	};
	size_t i;

	for (i = 0; i < RP_LEN(units); i++)
		if (strlen(units[i].name) == n &&
		    memcmp(units[i].name, p, n) == 0)
			return units[i].ns;
	return 0;
}

/* Add number x unit, which must come out in whole ns. */
static enum rp_status
add_units(int64_t *total, const char *number, size_t len, int64_t unit)
{
	struct rp_decimal d;
	enum rp_status st;
	__int128 v;

	if ((st = rp_decimal_parse(number, len, &d)) != RP_OK)
		return st;
	for (v = (__int128)d.mantissa * unit; d.exp < 0; d.exp++) {
		if (v % 10 != 0)
			return RP_ERR_LIMIT;
		v /= 10;
	}
	if (v > INT64_MAX - *total)
		return RP_ERR_LIMIT;
	*total += (int64_t)v;
	return RP_OK;
}

enum rp_status
rp_span_parse(const char *text, size_t len, int64_t *ns)
{
	const char *p = text, *end = text + len, *number, *name;
	int64_t total = 0, unit;
	enum rp_status st;

	do {
		number = p;
		while (p < end && ((*p >= '0' && *p <= '9') || *p == '.'))
			p++;
		name = p;
		while (p < end && *p >= 'a' && *p <= 'z')
			p++;
		if ((unit = unit_ns(name, (size_t)(p - name))) == 0)
			return RP_ERR_USAGE;
		if ((st = add_units(&total, number, (size_t)(name - number),
			 unit)) != RP_OK)
			return st;
	} while (p < end);
	*ns = total;
	return RP_OK;
}

/* ---- times as users give them ---- */

/* A number of s, ms, us or ns since the epoch: which, its size tells. */
static enum rp_status
parse_epoch(const char *text, size_t len, int64_t *ns)
{
	static const struct {
		int64_t below, unit;
	} steps[] = {
		{ INT64_C(100000000000), RP_SECOND },
		{ INT64_C(100000000000000), 1000000 },
		{ INT64_C(100000000000000000), 1000 },
		{ INT64_MAX, 1 },
	};
	bool minus = len > 0 && *text == '-';
	const char *point = memchr(text, '.', len);
	enum rp_status st;
	int64_t whole;
	size_t i = 0;

	text += minus;
	len -= minus;
	st = rp_i64_parse(
	    text, point != NULL ? (size_t)(point - text) : len, &whole);
	if (st != RP_OK || whole < 0)
		return st != RP_OK ? st : RP_ERR_USAGE;
	while (i + 1 < RP_LEN(steps) && whole >= steps[i].below)
		i++;
	*ns = 0;
	if ((st = add_units(ns, text, len, steps[i].unit)) == RP_OK && minus)
		*ns = -*ns;
	return st;
}

/* The text after now: nothing, +span or -span. */
static enum rp_status
parse_now(const char *text, size_t len, int64_t now, int64_t *ns)
{
	enum rp_status st;
	int64_t span;

	*ns = now;
	if (now == RP_ABSENT)
		return RP_ERR_LIMIT;
	if (len == 0)
		return RP_OK;
	if (*text != '+' && *text != '-')
		return RP_ERR_USAGE;
	if ((st = rp_span_parse(text + 1, len - 1, &span)) != RP_OK)
		return st;
	*ns = clamp(*text == '+' ? (__int128)now + span : (__int128)now - span);
	return RP_OK;
}

/* Are its decimals all that is wrong with a time? */
static bool
is_too_fine(const char *text, size_t len, struct rp_zone *zone, int64_t now)
{
	const char *point = memchr(text, '.', len);
	struct rp_when w;

	return point != NULL &&
	    rp_when_parse(text, (size_t)(point - text), zone, now, &w, NULL) ==
	    RP_OK;
}

enum rp_status
rp_when_parse(const char *text, size_t len, struct rp_zone *zone, int64_t now,
    struct rp_when *w, struct rp_error *err)
{
	const char *p = text, *end = text + len;
	enum rp_status st;

	w->kind = RP_WHEN_AT;
	if (len >= 1 && *text == '@') {
		st = parse_epoch(text + 1, len - 1, &w->ns);
	} else if (len >= 3 && memcmp(text, "now", 3) == 0) {
		st = parse_now(text + 3, len - 3, now, &w->ns);
	} else if (len >= 1 && *text == '+') {
		w->kind = RP_WHEN_AFTER;
		st = rp_span_parse(text + 1, len - 1, &w->ns);
	} else if (len >= 3 && text[2] == ':') {
		w->kind = RP_WHEN_OF_DAY;
		st = parse_clock(&p, end, &w->ns);
		if (st == RP_OK && p < end)
			st = RP_ERR_USAGE;
	} else {
		st = rp_time_parse(text, len, zone, &w->ns);
	}
	if (st == RP_ERR_LIMIT)
		return rp_error_set(err, RP_ERR_LIMIT,
		    is_too_fine(text, len, zone, now)
			? "\"%.*s\" is finer than a nanosecond"
			: "\"%.*s\" is outside of 1677-09-21 to 2262-04-11",
		    (int)len, text);
	if (st == RP_OK)
		return st;
	if (len > 0 && all_digits(text, len))
		return rp_error_set(err, RP_ERR_USAGE,
		    "\"%.*s\" is no time "
		    "(since the epoch: @%.*s)",
		    (int)len, text, (int)len, text);
	return rp_error_set(err, RP_ERR_USAGE,
	    "\"%.*s\" is no time (try "
	    "2023-12-25T23:00, 14:30, now-1h, +30m or @EPOCH)",
	    (int)len, text);
}

int64_t
rp_when_resolve(const struct rp_when *w, struct rp_zone *zone, int64_t first,
    int64_t start, int64_t otherwise)
{
	int64_t sec, day;

	switch (w->kind) {
	case RP_WHEN_AT:
		return w->ns;
	case RP_WHEN_AFTER:
		return clamp((__int128)start + w->ns);
	case RP_WHEN_OF_DAY:
		sec = floor_div(first, RP_SECOND);
		day = floor_div(sec + rp_zone_offset(zone, sec), DAY_SECONDS);
		sec =
		    rp_zone_to_utc(zone, day * DAY_SECONDS + w->ns / RP_SECOND);
		return clamp((__int128)sec * RP_SECOND + w->ns % RP_SECOND);
	default:
		return otherwise;
	}
}
