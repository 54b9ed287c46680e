#include "cli/frames.h"

#include "base/limits.h"

enum rp_status
rp_cli_frames(struct rp_cli *cli, const struct rp_frame_options *o,
    struct rp_writer_options *w)
{
	enum rp_status st;

	if (o->size > RP_MAX_RAW)
		return rp_cli_usage(
		    cli, "--frame-size is at most %d", RP_MAX_RAW);
	if (o->records > UINT32_MAX)
		return rp_cli_usage(cli, "--frame-records is too large");
	if ((st = rp_cli_threads(cli, o->threads)) != RP_OK)
		return st;
	if (o->time < 0 || o->time > 3600 * INT64_C(1000000000))
		return rp_cli_usage(cli, "--frame-time is at most 1h");
	w->encoding = rp_encoding_of(&o->codec, &o->layout);
	w->frame_raw = (uint32_t)o->size;
	w->frame_records = (uint32_t)o->records;
	w->frame_time = (int)((o->time + 999999) / 1000000);
	w->threads = o->threads;
	return RP_OK;
}

/* Plain rows are what they are; of others nobody knows the level. */
static bool
is_plain(const struct rp_writer_options *w, const struct rp_frame *f)
{
	return w->encoding.codec == RP_CODEC_NONE &&
	    w->encoding.layout == RP_LAYOUT_ROWS &&
	    f->head.codec == RP_CODEC_NONE && f->head.layout == RP_LAYOUT_ROWS;
}

enum rp_frame_way
rp_frame_way(const struct rp_frame_options *o,
    const struct rp_writer_options *w, const struct rp_frame *f)
{
	if (o->size != 0 || o->records != 0)
		return RP_FRAME_CUT;
	if (rp_encoding_is_set(&o->codec, &o->layout) && !is_plain(w, f))
		return RP_FRAME_RECODE;
	return RP_FRAME_PASS;
}

enum rp_status
rp_sink_cut(struct rp_sink *s, const struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	enum rp_status st = RP_OK;

	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL)
		st = rp_sink_put(s, f, rec);
	return st;
}
