/* Orders of a merge. */
#include <string.h>

#include "merge/merge.h"
#include "types/types.h"

static int
compare_names(const struct rp_label *a, const struct rp_label *b)
{
	size_t len;
	int c;

	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	if (rp_label_same(a, b))
		return 0;
	len = a->len < b->len ? a->len : b->len;
	c = memcmp(a->text, b->text, len);
	return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

static int
compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int
rp_merge_tie(const struct rp_frame *f, const struct rp_record *rec,
    const struct rp_frame *g, const struct rp_record *other)
{
	int c = compare_names(
	    rp_frame_name(f, rec->source), rp_frame_name(g, other->source));

	return c != 0 ? c : compare_u64(rec->seq, other->seq);
}

static bool
has_event_head(const struct rp_record *rec)
{
	return rec->type != 0 && rec->type <= RP_IMBALANCE &&
	    rec->len >= RP_EV_HEAD;
}

static int64_t
event_time(void *arg, const struct rp_frame *f, const struct rp_record *rec)
{
	(void)arg;
	(void)f;
	return rp_record_ts_event(rec);
}

static int
compare_sequences(void *arg, const struct rp_frame *f,
    const struct rp_record *rec, const struct rp_frame *g,
    const struct rp_record *other)
{
	bool has = has_event_head(rec);
	int c = (int)has - (int)has_event_head(other);

	(void)arg;
	if (has && c == 0)
		c = compare_u64(rp_le64(rec->payload + RP_EV_SEQUENCE),
		    rp_le64(other->payload + RP_EV_SEQUENCE));
	return c != 0 ? c : rp_merge_tie(f, rec, g, other);
}

const struct rp_merge_order rp_merge_by_event = { event_time, compare_sequences,
	NULL };
