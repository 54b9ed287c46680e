#include "log/position.h"

#include <inttypes.h>
#include <string.h>

#include "log/segment.h"

/* The last segment begins at or before seq: does it hold that, too? */
static enum rp_status
check_end(const char *dir, const struct rp_segment *s, uint64_t seq,
    struct rp_error *err)
{
	struct rp_index x = { 0 };
	uint64_t last = 0;
	bool built;
	struct rp_readable b;
	enum rp_status st = rp_segment_open(dir, s, &b, err);

	if (st == RP_EMPTY)
		st = rp_error_set(err, RP_ERR_IO,
		    "%s/%s: removed while it is read?", dir, s->name);
	if (st == RP_OK)
		st = rp_segment_index(&x, dir, s, &b, &built, err);
	if (st == RP_OK)
		last = rp_segment_last_seq(&x, s);
	if (st == RP_OK && last < seq)
		st = rp_error_set(err, RP_ERR_CORRUPT,
		    "%s: ends with seq %" PRIu64 ", before seq %" PRIu64, dir,
		    last, seq);
	rp_readable_close(&b);
	rp_index_free(&x);
	return st;
}

static enum rp_status
check_range(const char *dir, const struct rp_log_remote *remote, uint64_t seq,
    struct rp_error *err)
{
	struct rp_segments segments;
	const struct rp_segment *first, *last;
	enum rp_status st = rp_segments_find(&segments, dir, remote, err);

	if (st != RP_OK || segments.n == 0)
		return st;
	first = &segments.item[0];
	last = &segments.item[segments.n - 1];
	if (first->first_seq > seq + 1)
		st = rp_error_set(err, RP_ERR_CORRUPT,
		    "%s: no longer holds what follows seq %" PRIu64
		    ": it begins with seq %" PRIu64,
		    dir, seq, first->first_seq);
	else if (last->first_seq <= seq)
		st = check_end(dir, last, seq, err);
	rp_segments_free(&segments);
	return st;
}

enum rp_status
rp_log_check_position(const char *dir, const struct rp_log_remote *remote,
    const char *uuid, uint64_t seq, struct rp_error *err)
{
	char mine[37];
	enum rp_status st = rp_log_uuid(dir, remote, mine, err);

	if (st != RP_OK)
		return st;
	if (strcmp(mine, uuid) != 0)
		return rp_error_set(err, RP_ERR_CORRUPT,
		    "%s: is another log (%s) than %s", dir, mine, uuid);
	return check_range(dir, remote, seq, err);
}
