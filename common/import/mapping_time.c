#include "import/mapping_time.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A number of units, exact. */
static enum rp_status
read_epoch(const struct rp_cell *text, int64_t unit, int64_t *ns)
{
	struct rp_decimal d;
	enum rp_status st;
	rp_wide v;
	int exp;

	/* most are short, and quickly read */
	if (rp_decimal_parse(text->text, text->len, &d) == RP_OK) {
		v = d.mantissa;
		exp = d.exp;
	} else if ((st = rp_wide_parse(text->text, text->len, &v, &exp)) !=
	    RP_OK) {
		return st;
	}
	if (__builtin_mul_overflow(v, unit, &v))
		return RP_ERR_LIMIT;
	for (; exp < 0 && v != 0; exp++, v /= 10)
		if (v % 10 != 0)
			return RP_ERR_LIMIT;
	for (; exp > 0 && v != 0; exp--)
		if (__builtin_mul_overflow(v, 10, &v))
			return RP_ERR_LIMIT;
	if (v > INT64_MAX || v <= INT64_MIN)
		return RP_ERR_LIMIT;
	*ns = (int64_t)v;
	return RP_OK;
}

/* ns, or ISO 8601 in the field's zone. */
static enum rp_status
read_plain(struct rp_mapping_field *f, const struct rp_cell *text, int64_t *ns)
{
	enum rp_status st = rp_i64_parse(text->text, text->len, ns);

	return st == RP_ERR_USAGE
	    ? rp_time_parse(text->text, text->len, &f->zone, ns)
	    : st;
}

/* ---- patterns, as strptime(3) has them, in the C locale ---- */

/* The parts of a time, as text for rp_time_parse. */
struct parts {
	int year, month, day, hour, minute, second;
	bool pm, am;
	char fraction[24]; /* digits */
	char zone[16]; /* "Z", "+hh:mm" */
};

struct scan {
	const char *at, *end;
};

/* Up to width digits; false: there is none. */
static bool
digits(struct scan *s, int width, int *v)
{
	int n = 0;

	*v = 0;
	for (; n < width && s->at < s->end && *s->at >= '0' && *s->at <= '9';
	     n++)
		*v = 10 * *v + (*s->at++ - '0');
	return n > 0;
}

static bool
month_name(struct scan *s, int *month)
{
	static const char *const names[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	size_t rest = (size_t)(s->end - s->at), len;

	for (int i = 0; i < 12; i++) {
		len = strlen(names[i]);
		if (rest < len || strncasecmp(s->at, names[i], len) != 0)
			len = 3;
		if (rest >= len && strncasecmp(s->at, names[i], len) == 0) {
			*month = i + 1;
			s->at += len;
			return true;
		}
	}
	return false;
}

static bool
fraction(struct scan *s, struct parts *t)
{
	size_t n = 0;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9' &&
	    n < sizeof(t->fraction) - 1)
		t->fraction[n++] = *s->at++;
	t->fraction[n] = '\0';
	return n > 0;
}

/* Z, +hh, +hhmm or +hh:mm */
static bool
offset(struct scan *s, struct parts *t)
{
	int hours, minutes = 0;
	char sign;

	if (s->at == s->end)
		return false;
	sign = *s->at++;
	if (sign == 'Z' || sign == 'z') {
		strcpy(t->zone, "Z");
		return true;
	}
	if ((sign != '+' && sign != '-') || !digits(s, 2, &hours))
		return false;
	if (s->at < s->end && *s->at == ':')
		s->at++;
	if (s->at < s->end && *s->at >= '0' && *s->at <= '9' &&
	    !digits(s, 2, &minutes))
		return false;
	snprintf(t->zone, sizeof(t->zone), "%c%02d:%02d", sign, hours, minutes);
	return true;
}

static bool
half_of_day(struct scan *s, struct parts *t)
{
	if (s->end - s->at < 2 || (s->at[1] | 32) != 'm')
		return false;
	t->am = (s->at[0] | 32) == 'a';
	t->pm = (s->at[0] | 32) == 'p';
	s->at += 2;
	return t->am || t->pm;
}

static bool read_parts(
    struct scan *s, const struct rp_cell *pattern, struct parts *t);

/* What stands behind a percent sign. */
static bool
read_part(struct scan *s, char what, struct parts *t)
{
	static const struct rp_cell date = { "%Y-%m-%d", 8 },
				    clock = { "%H:%M:%S", 8 };

	switch (what) {
	case 'Y':
		return digits(s, 4, &t->year);
	case 'y':
		if (!digits(s, 2, &t->year))
			return false;
		t->year += t->year < 69 ? 2000 : 1900;
		return true;
	case 'm':
		return digits(s, 2, &t->month);
	case 'b':
	case 'B':
		return month_name(s, &t->month);
	case 'd':
	case 'e':
		return digits(s, 2, &t->day);
	case 'H':
	case 'I':
		return digits(s, 2, &t->hour);
	case 'M':
		return digits(s, 2, &t->minute);
	case 'S':
		return digits(s, 2, &t->second);
	case 'f':
		return fraction(s, t);
	case 'p':
		return half_of_day(s, t);
	case 'z':
		return offset(s, t);
	case 'F':
		return read_parts(s, &date, t);
	case 'T':
		return read_parts(s, &clock, t);
	default:
		return s->at < s->end && *s->at++ == what;
	}
}

static bool
read_parts(struct scan *s, const struct rp_cell *pattern, struct parts *t)
{
	const char *p = pattern->text, *end = p + pattern->len;

	for (; p < end; p++) {
		if (*p == ' ') {
			while (s->at < s->end && *s->at == ' ')
				s->at++;
		} else if (*p == '%') {
			if (!read_part(s, *++p, t))
				return false;
		} else if (s->at == s->end || *s->at++ != *p) {
			return false;
		}
	}
	return true;
}

static enum rp_status
read_pattern(
    struct rp_mapping_field *f, const struct rp_cell *text, int64_t *ns)
{
	struct scan s = { text->text, text->text + text->len };
	struct parts t = { .year = 1970, .month = 1, .day = 1 };
	char iso[80];
	int n;

	if (!read_parts(&s, &f->pattern, &t) || s.at != s.end)
		return RP_ERR_USAGE;
	if (t.am || t.pm) {
		if (t.hour < 1 || t.hour > 12)
			return RP_ERR_USAGE;
		t.hour = t.hour % 12 + 12 * t.pm;
	}
	n = snprintf(iso, sizeof(iso), "%04d-%02d-%02dT%02d:%02d:%02d%s%s%s",
	    t.year, t.month, t.day, t.hour, t.minute, t.second,
	    t.fraction[0] != '\0' ? "." : "", t.fraction, t.zone);
	return rp_time_parse(iso, (size_t)n, &f->zone, ns);
}

const char *
rp_mapping_pattern_fault(const struct rp_cell *pattern)
{
	bool year = false, day = false;

	for (size_t i = 0; i < pattern->len; i++) {
		if (pattern->text[i] != '%')
			continue;
		if (++i == pattern->len || pattern->text[i] == '\0' ||
		    strchr("YymbBdeHIMSfpzFT%", pattern->text[i]) == NULL)
			return "a pattern has %Y %y %m %b %B %d %e %H %I %M "
			       "%S %f %p %z %F %T and %%";
		year |= strchr("YyF", pattern->text[i]) != NULL;
		day |= strchr("deF", pattern->text[i]) != NULL;
	}
	return year && day ? NULL : "a pattern needs the year and the day";
}

/* ---- all ---- */

enum rp_status
rp_mapping_time(
    struct rp_mapping_field *f, const struct rp_cell *text, int64_t *ns)
{
	switch (f->time) {
	case RP_MAPPING_TIME_EPOCH:
		return read_epoch(text, f->unit, ns);
	case RP_MAPPING_TIME_PATTERN:
		return read_pattern(f, text, ns);
	default:
		return read_plain(f, text, ns);
	}
}
