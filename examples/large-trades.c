/*
 * large-trades: a filter of one's own. Passes the order-by-order trades of at
 * least 10 contracts:
 *
 *	rp-read es.log | large-trades | rp-csv
 *
 * Build: cc large-trades.c $(pkg-config --cflags --libs --static rp)
 */
#include <rp.h>
#include <stdio.h>

static bool
wanted(const struct rp_record *rec)
{
	const struct rp_mbo *mbo = (const struct rp_mbo *)rec->payload;

	return rec->type == RP_MBO && rec->len >= sizeof(*mbo) &&
	    mbo->ev.action == 'T' && mbo->size >= 10 && mbo->ev.qty_exp == 0;
}

static enum rp_status
filter(const struct rp_frame *f, struct rp_writer *out)
{
	const struct rp_record *rec = NULL;
	enum rp_status st = RP_OK;

	if (f->head.kind == RP_NOTE)
		return rp_writer_pass(out, f);
	if (f->head.kind != RP_DATA)
		return RP_OK;
	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL)
		if (wanted(rec))
			st = rp_writer_put(out, f, rec);
	return st;
}

int
main(void)
{
	struct rp_writer_options opt = { .thinned = true };
	struct rp_reader *in = rp_reader_fd(0, "<stdin>");
	struct rp_writer *out = rp_writer_fd(1, "<stdout>", &opt);
	struct rp_frame f;
	enum rp_status st = RP_OK;

	if (in == NULL || out == NULL)
		return 1;
	while (st == RP_OK && (st = rp_reader_next(in, &f)) == RP_OK)
		st = filter(&f, out);
	if (st == RP_END) /* cleanly: only then does our stream have an end */
		st = rp_writer_finish(out, 0);
	if (st != RP_OK)
		fprintf(stderr, "large-trades: %s%s\n",
		    rp_reader_error(in)->text, rp_writer_error(out)->text);
	rp_reader_free(in);
	rp_writer_free(out);
	return rp_status_exit(st);
}
