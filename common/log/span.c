#include "log/span.h"

#include "log/segment.h"

static void
widen(struct rp_log_range *to, const struct rp_log_range *by)
{
	to->seq_min = by->seq_min < to->seq_min ? by->seq_min : to->seq_min;
	to->seq_max = by->seq_max > to->seq_max ? by->seq_max : to->seq_max;
	to->ts_min = by->ts_min < to->ts_min ? by->ts_min : to->ts_min;
	to->ts_max = by->ts_max > to->ts_max ? by->ts_max : to->ts_max;
}

enum rp_status
rp_log_span_of(struct rp_log_span *span, const char *dir,
    const struct rp_log_remote *remote, struct rp_error *err)
{
	static const struct rp_log_range all = { 0, UINT64_MAX, INT64_MIN,
		INT64_MAX };
	struct rp_segments segments;
	struct rp_index x = { 0 };
	bool known;
	struct rp_readable b;
	enum rp_status st = rp_segments_find(&segments, dir, remote, err);

	rp_index_clear(&x);
	*span = (struct rp_log_span){ .range = x.range, .ts_first = INT64_MAX };
	for (size_t i = 0; st == RP_OK && i < segments.n; i++) {
		const struct rp_segment *s = &segments.item[i];

		known = rp_segment_open(dir, s, &b, NULL) == RP_OK &&
		    rp_segment_summary(&x, dir, s, &b);
		rp_readable_close(&b);
		widen(&span->range, known ? &x.range : &all);
		if (known && span->ts_first == INT64_MAX)
			span->ts_first = x.range.ts_min;
		span->bytes += s->size;
	}
	rp_index_free(&x);
	rp_segments_free(&segments);
	return st;
}
