/* The writer's frames without records: NOTE, MARK, END, ABORT. */
#include <string.h>
#include <sys/uio.h>

#include "base/limits.h"
#include "wire/writer_work.h"

static enum rp_status
write_other(
    struct rp_writer *w, struct rp_frame_head *h, const void *body, size_t len)
{
	struct rp_frame f = { .offset = w->out.bytes };
	struct iovec iov;
	enum rp_status st;

	if ((st = rp_writer_flush(w)) != RP_OK)
		return st;
	if ((st = rp_frame_encode_other(&w->other, h, body, len)) != RP_OK)
		return rp_wr_fail(w, st, "a frame cannot be encoded");
	iov = (struct iovec){ w->other.data, w->other.len };
	if ((st = rp_wr_write(w, &iov, 1)) != RP_OK)
		return st;
	f.head = *h;
	f.size = w->other.len;
	if (h->kind != RP_END_FRAME)
		rp_wr_account(w, &f);
	else if (w->on_frame != NULL) {
		f.end = w->end;
		w->on_frame(w->on_frame_arg, &f);
	}
	return RP_OK;
}

enum rp_status
rp_writer_note(struct rp_writer *w, const char *text, size_t len)
{
	struct rp_frame_head h = { .kind = RP_NOTE };

	return write_other(w, &h, text, len);
}

enum rp_status
rp_writer_mark(struct rp_writer *w, int64_t ts, uint64_t seq)
{
	struct rp_frame_head h = { .kind = RP_MARK,
		.ts_min = ts,
		.ts_max = ts,
		.seq_min = seq,
		.seq_max = seq };

	return write_other(w, &h, NULL, 0);
}

/* ---- the end ---- */

enum rp_status
rp_writer_finish(struct rp_writer *w, uint32_t end_flags)
{
	struct rp_frame_head h = { .kind = RP_END_FRAME };
	uint8_t payload[RP_END_PAYLOAD];
	enum rp_status st;

	if ((st = rp_writer_flush(w)) != RP_OK)
		return st;
	w->end.flags = end_flags;
	if (w->opt.thinned)
		w->end.flags |= RP_END_THINNED;
	rp_end_encode(&w->end, payload);
	return write_other(w, &h, payload, sizeof(payload));
}

void
rp_writer_abort(struct rp_writer *w, const char *reason)
{
	struct rp_frame_head h = { .kind = RP_ABORT };
	size_t len = strlen(reason);
	struct iovec iov;

	if (w->err.status != RP_OK)
		return;
	if (rp_frame_encode_other(&w->other, &h, reason,
		len < RP_MAX_NOTE ? len : RP_MAX_NOTE) != RP_OK)
		return;
	iov = (struct iovec){ w->other.data, w->other.len };
	(void)!rp_wr_write(w, &iov, 1);
}
