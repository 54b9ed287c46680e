/* rp-bigprints: pass the trades, also an order feed's, of at least a size. */
#include <rp/rp.h>

static bool
is_big(const struct rp_record *rec, int min)
{
	const struct rp_mbo *m = (const void *)rec->payload; /* or a trade */

	return rec->len >= sizeof(*m) && m->size != RP_ABSENT &&
	    (rec->type == RP_TRADE ||
		(rec->type == RP_MBO && m->ev.action == 'T')) &&
	    rp_decimal_compare(m->size, m->ev.qty_exp, min, 0) >= 0;
}

static enum rp_status
filter(struct rp_sink *out, const struct rp_frame *f, int min)
{
	const struct rp_record *rec = NULL;
	enum rp_status st = RP_OK;

	if (f->head.kind != RP_DATA)
		return rp_sink_forward(out, f);
	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL)
		if (is_big(rec, min))
			st = rp_sink_put(out, f, rec);
	return st;
}

int
main(int argc, char **argv)
{
	const struct rp_tool tool = { .name = "rp-bigprints",
		.usage = "[-m SIZE] [FILE ...]",
		.summary = "pass the trades of at least a size",
		.flags = RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE };
	const struct rp_writer_options thinned = { .thinned = true };
	int min = 10;
	const struct rp_option options[] = {
		{ 'm', "min-size", RP_OPT_INT, &min, "SIZE",
		    "the least size that passes (default 10)", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;
	struct rp_input in;
	struct rp_sink out;
	struct rp_frame f;
	enum rp_status st;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	rp_input_init(&in, &cli, true);
	st = rp_sink_open(&out, &cli, "-", &thinned);
	while (st == RP_OK && (st = rp_input_next(&in, &f)) == RP_OK)
		st = filter(&out, &f, min);
	st = rp_sink_close(&out, st, in.end_flags);
	rp_input_close(&in);
	return rp_cli_end(&cli, st);
}
