/*
 * Times: ns since the epoch, UTC, as int64_t, from 1677-09-21T00:12:43 to
 * 2262-04-11T23:47:16; RP_ABSENT is no time. As text they are ISO 8601 with
 * nine decimals, in UTC or in a zone. Leap seconds do not exist (POSIX).
 */
#ifndef RP_BASE_TIME_H
#define RP_BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

#define RP_SECOND INT64_C(1000000000) /* ns */
#define RP_DAY (86400 * RP_SECOND)

/*
 * A time zone: UTC (all zero), a fixed offset, or one of the tz database.
 * The C library keeps the latter in the variable TZ, so a process has one:
 * open it at the start, before there are threads. An object serves one
 * thread; wherever a zone is wanted, NULL is UTC.
 */
struct rp_zone {
	char name[64];
	bool database;
	int32_t offset; /* s east of UTC, valid from `from` to before `to` */
	int64_t from, to; /* s since the epoch; a fixed offset needs none */
};

/*
 * "UTC", "Z", "+hh:mm", or a name of the tz database such as
 * "America/Chicago". RP_ERR_USAGE: there is no such zone.
 */
RP_CHECKED enum rp_status rp_zone_open(
    struct rp_zone *z, const char *name, struct rp_error *err);

/* Seconds east of UTC at a time in s since the epoch. */
int32_t rp_zone_offset(struct rp_zone *z, int64_t sec);

/* ns since local midnight. */
int64_t rp_time_of_day(struct rp_zone *z, int64_t ns);

/* The current time, or RP_ABSENT where the clock is out of range. */
int64_t rp_time_now(void);

/* ---- text ---- */

/* Bytes that rp_time_format may write to; the text is not terminated. */
#define RP_TIME_ROOM 48

/* What a writer of times keeps between them. All zero: UTC. */
struct rp_time_text {
	struct rp_zone *zone;
	uint64_t day; /* ns modulo 2^64: where prefix's local day begins */
	int64_t from, to; /* ns: where prefix and suffix hold */
	char prefix[12]; /* "2023-12-25T" */
	char suffix[8]; /* "Z" or "-06:00" */
	uint8_t suffix_len;
};

/* "2023-12-25T23:00:00.000000000Z", or "...-06:00" in a zone; the bytes
 * written. ns is not absent. */
size_t rp_time_format(struct rp_time_text *m, char *buf, int64_t ns);

/*
 * Read a whole ISO 8601 text: a date (2023-12-25 or 20231225) alone, which is
 * its local midnight, or with T or a blank and a time of day (23:00,
 * 23:00:05.5, 230005) and, if wanted, Z or an offset (+hh, +hh:mm). Without
 * these it is in zone: of two local times that read alike it is the first,
 * one that was skipped moves on by as much. RP_ERR_USAGE: not a time.
 * RP_ERR_LIMIT: out of range, or more than nine decimals.
 */
RP_CHECKED enum rp_status rp_time_parse(
    const char *text, size_t len, struct rp_zone *zone, int64_t *ns);

/* "250us", "1.5h", "1h30m" (ns us ms s m h d w), not negative, to ns. */
RP_CHECKED enum rp_status rp_span_parse(
    const char *text, size_t len, int64_t *ns);

/* "250us", "1.5s", "2h": a span for people, to four figures. */
#define RP_SPAN_ROOM 24
const char *rp_span_text(char buf[static RP_SPAN_ROOM], uint64_t ns);

/* ---- times as users give them ---- */

enum rp_when_kind {
	RP_WHEN_NONE, /* not given */
	RP_WHEN_AT, /* ns since the epoch */
	RP_WHEN_OF_DAY, /* ns since midnight, on the stream's first day */
	RP_WHEN_AFTER /* ns after the start: --from, or the first record */
};

struct rp_when {
	enum rp_when_kind kind;
	int64_t ns;
};

/*
 * Read a time as rp-syntax(7) has it: ISO 8601, a time of day, now, now-1h,
 * now+1h, +30m, @EPOCH in s, ms, us or ns by magnitude. err says what is
 * wrong with it, without naming the option: RP_ERR_LIMIT if no int64_t of ns
 * can hold the time, else RP_ERR_USAGE.
 */
RP_CHECKED enum rp_status rp_when_parse(const char *text, size_t len,
    struct rp_zone *zone, int64_t now, struct rp_when *w, struct rp_error *err);

/*
 * The time that is meant, given the stream's first time and what AFTER counts
 * from. NONE gives otherwise; what is beyond the range of times its end.
 */
int64_t rp_when_resolve(const struct rp_when *w, struct rp_zone *zone,
    int64_t first, int64_t start, int64_t otherwise);

#endif
