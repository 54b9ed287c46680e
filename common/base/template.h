/*
 * Path templates, "{symbol}/{date}.rps": the one grammar of all tools
 * (rp-syntax(7)). A key in braces stands for what the records have; {{ and }}
 * for the braces themselves.
 *
 *	{symbol} {source} {type}    names; - for none
 *	{date}                      2023-12-25, or {year} {month} {day}: 25
 *	{hour} {minute}             23
 *	{part}                      0001, 0002, ...
 *
 * In names, "/" and "%", control characters, a leading dot and a lone "-" are
 * written as %2F and so on: every name is one component of a path, and no two
 * are the same.
 */
#ifndef RP_BASE_TEMPLATE_H
#define RP_BASE_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/time.h"

enum rp_path_keys {
	RP_PATH_SYMBOL = 1 << 0,
	RP_PATH_SOURCE = 1 << 1,
	RP_PATH_TYPE = 1 << 2,
	RP_PATH_DATE = 1 << 3,
	RP_PATH_YEAR = 1 << 4,
	RP_PATH_MONTH = 1 << 5,
	RP_PATH_DAY = 1 << 6,
	RP_PATH_HOUR = 1 << 7,
	RP_PATH_MINUTE = 1 << 8,
	RP_PATH_PART = 1 << 9
};
#define RP_PATH_DAYS (RP_PATH_DATE | RP_PATH_YEAR | RP_PATH_MONTH | RP_PATH_DAY)
#define RP_PATH_TIMES (RP_PATH_DAYS | RP_PATH_HOUR | RP_PATH_MINUTE)

struct rp_template;

/* A key of the user's, "name=text". */
struct rp_path_variable {
	const char *name, *text;
};

/*
 * allowed: the keys that the tool can tell. RP_ERR_USAGE: another key, braces
 * that do not match, an empty path; RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_template_new(struct rp_template **t,
    const char *text, unsigned allowed, struct rp_error *err);
/* The same with keys of the user's besides, which stand for their text as it
 * is. RP_ERR_USAGE: one has no name, or that of another key. */
RP_CHECKED enum rp_status rp_template_new_with(struct rp_template **t,
    const char *text, unsigned allowed, const struct rp_path_variable *own,
    size_t n_own, struct rp_error *err);
void rp_template_free(struct rp_template *t);

/* The enum rp_path_keys that it has. */
unsigned rp_template_keys(const struct rp_template *t);

/* What precedes its first key, up to the last "/" therein: all paths have it. */
const char *rp_template_base(const struct rp_template *t, size_t *len);

/*
 * A day begins at start (ns after local midnight) in a zone, and has the date
 * of which it has more: from 17:00 on it is the next day's.
 */
struct rp_path_clock {
	struct rp_zone *zone; /* NULL: UTC */
	int64_t start;
};

/* "17:00", "09:30:00" to ns after midnight. RP_ERR_USAGE: no time of day. */
RP_CHECKED enum rp_status rp_day_start_parse(const char *text, int64_t *ns);

struct rp_path_values {
	const char *symbol, *source, *type; /* NULL: none */
	size_t symbol_len, source_len, type_len;
	int64_t ts; /* ns */
	uint64_t part;
};

/* The path, terminated, into out (overwritten). RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_template_expand(const struct rp_template *t,
    const struct rp_path_clock *clock, const struct rp_path_values *v,
    struct rp_buffer *out);

#endif
