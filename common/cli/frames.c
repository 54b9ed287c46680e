#include "cli/frames.h"

#include "base/limits.h"

enum { MAX_THREADS = 64 };

enum rp_status
rp_cli_frames(struct rp_cli *cli, const struct rp_frame_options *o,
    struct rp_writer_options *w)
{
	if (o->size > RP_MAX_RAW)
		return rp_cli_usage(
		    cli, "--frame-size is at most %d", RP_MAX_RAW);
	if (o->records > UINT32_MAX)
		return rp_cli_usage(cli, "--frame-records is too large");
	if (o->threads < 1 || o->threads > MAX_THREADS)
		return rp_cli_usage(cli, "-j is between 1 and %d", MAX_THREADS);
	if (o->time < 0 || o->time > 3600 * INT64_C(1000000000))
		return rp_cli_usage(cli, "--frame-time is at most 1h");
	w->encoding = rp_encoding_of(&o->codec, &o->layout);
	w->frame_raw = (uint32_t)o->size;
	w->frame_records = (uint32_t)o->records;
	w->frame_time = (int)((o->time + 999999) / 1000000);
	w->threads = o->threads;
	return RP_OK;
}
