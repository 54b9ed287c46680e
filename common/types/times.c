#include "types/times.h"

#include <string.h>

#include "types/types.h"

static const char *const names[RP_TIME_FIELDS] = { "ts_event", "ts_out",
	"ts_close", "ts_from", "ts_to" };

void
rp_time_fields(struct rp_time_fields *t, uint16_t type)
{
	const struct rp_type *table = rp_type_by_id(type);
	struct rp_field field;
	int i;

	*t = (struct rp_time_fields){ .known = true };
	for (i = 0; i < RP_TIME_FIELDS && table != NULL; i++) {
		if (!rp_type_field(table, names[i], strlen(names[i]), &field) ||
		    field.kind != RP_KIND_TIME)
			continue;
		t->has_event |= i == 0;
		t->off[t->n++] = field.off;
	}
}

static bool
has(const struct rp_record *rec, uint16_t off)
{
	return off + sizeof(int64_t) <= rec->len;
}

int64_t
rp_record_event(const struct rp_time_fields *t, const struct rp_record *rec)
{
	if (!t->has_event || !has(rec, t->off[0]))
		return RP_ABSENT;
	return (int64_t)rp_le64(rec->payload + t->off[0]);
}

static int64_t
moved(int64_t ts, rp_wide by)
{
	rp_wide to = ts + by;

	if (to > INT64_MAX)
		return INT64_MAX;
	return to <= RP_ABSENT ? RP_ABSENT + 1 : (int64_t)to;
}

void
rp_record_move(
    const struct rp_time_fields *t, struct rp_record *rec, rp_wide by)
{
	int64_t ts;
	int i;

	rec->ts_recv = moved(rec->ts_recv, by);
	for (i = 0; i < t->n; i++) {
		if (!has(rec, t->off[i]))
			continue;
		ts = (int64_t)rp_le64(rec->payload + t->off[i]);
		if (ts != RP_ABSENT)
			rp_put64(
			    rec->payload + t->off[i], (uint64_t)moved(ts, by));
	}
}
