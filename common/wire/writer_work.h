/* Inside wire/: what the files of the writer share. */
#ifndef RP_WIRE_WRITER_WORK_H
#define RP_WIRE_WRITER_WORK_H

#include <sys/uio.h>

#include "wire/encoder.h"
#include "wire/namebook.h"
#include "wire/outlet.h"
#include "wire/run.h"
#include "wire/writer.h"

struct rp_writer {
	struct rp_outlet out;
	char *name;
	struct rp_writer_options opt;

	/* the frame in hand: rows, names and types, header fields */
	struct rp_namebook book;
	struct rp_encode_job *job; /* whose rows are being filled */
	struct rp_frame_head head;
	size_t room; /* bytes that its rows may take; 0: to be found out */
	size_t settled; /* bytes of its rows that its head and names count */
	struct rp_ranges ranges; /* of what head and names count */
	int64_t since; /* ms, monotonic, of its first record */

	struct rp_encoder *encoder;
	struct rp_buffer other; /* encoded NOTE, MARK, END */
	struct rp_end end;
	bool forward; /* ts_recv never went back so far */
	int64_t ts_high;
	void (*on_frame)(void *, const struct rp_frame *);
	void *on_frame_arg;
	struct rp_frame_scratch seen; /* directories for on_frame */
	struct rp_error err;
};

/* Keep a failure with the output's name in front. */
enum rp_status rp_wr_fail(
    struct rp_writer *w, enum rp_status st, const char *why);

/* Have a frame in hand with room for size bytes of rows. */
RP_CHECKED enum rp_status rp_wr_make_room(struct rp_writer *w, size_t size);

RP_CHECKED static inline enum rp_status
rp_wr_frame_for(struct rp_writer *w, size_t size)
{
	if (w->room != 0 && w->job->rows.len + size <= w->room)
		return RP_OK;
	return rp_wr_make_room(w, size);
}

RP_CHECKED enum rp_status rp_wr_begin_frame(struct rp_writer *w);

/* Let head and names of the frame in hand count all its rows. */
void rp_wr_settle(struct rp_writer *w);

/* Count a run of records under these names of the frame in hand. */
void rp_wr_count_run(struct rp_namebook *b, const struct rp_run *run,
    uint32_t symbol, uint32_t source);

/* Hand the frame in hand to the encoder. */
RP_CHECKED enum rp_status rp_wr_end_frame(struct rp_writer *w);

/* Encode the job that was filled; write what has been encoded: all of it, or
 * until a job is free. */
RP_CHECKED enum rp_status rp_wr_submit(struct rp_writer *w);
RP_CHECKED enum rp_status rp_wr_collect(struct rp_writer *w, bool all);

/* Bytes out, which use up iov. */
RP_CHECKED enum rp_status rp_wr_write(
    struct rp_writer *w, struct iovec *iov, int n);

/* A frame is on its way: count it into the section. */
void rp_wr_account(struct rp_writer *w, const struct rp_frame *f);

#endif
