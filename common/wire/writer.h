/*
 * Frames out: to a descriptor or to memory. Records are gathered into frames;
 * whole frames can be passed on. One section is written, closed by an END that
 * only rp_writer_finish writes, and only if nothing has failed.
 */
#ifndef RP_WIRE_WRITER_H
#define RP_WIRE_WRITER_H

#include "wire/frame.h"

struct rp_writer;

struct rp_writer_options {
	struct rp_encoding encoding; /* default: codec none, rows */
	uint32_t frame_raw; /* bytes of rows a frame; 0: by limits.h */
	uint32_t frame_records; /* 0: no limit */
	int frame_time; /* ms a frame in hand may wait; 0: the default */
	uint64_t assign_seq; /* nonzero: number the records from here on */
	bool thinned; /* set THINNED on every frame */
	bool marks; /* a live source: MARK when idle, while time goes forward */
	int threads; /* that encode; 0 or 1: none but the caller */
};

/* fd stays the caller's; name is copied, for messages. NULL: no memory. */
struct rp_writer *rp_writer_fd(
    int fd, const char *name, const struct rp_writer_options *opt);

/* Append to a buffer of the caller's. */
struct rp_writer *rp_writer_memory(
    struct rp_buffer *out, const struct rp_writer_options *opt);

void rp_writer_free(struct rp_writer *w);

/* Add a record of frame f, with its names and its seq. */
RP_CHECKED enum rp_status rp_writer_put(
    struct rp_writer *w, const struct rp_frame *f, const struct rp_record *rec);

/*
 * Where the next record will stand, with room for len bytes of payload: one
 * that is made there and then added (rp_writer_add) is not copied. Valid until
 * another call to the writer; nothing is added by this alone. NULL: see
 * rp_writer_error.
 */
struct rp_record *rp_writer_place(struct rp_writer *w, uint32_t len);

/*
 * Add a record that the caller made: header and payload as on the wire, but
 * for symbol and source, which are labels (NULL: none); rec's own name
 * indices are ignored.
 */
RP_CHECKED enum rp_status rp_writer_add(struct rp_writer *w,
    const struct rp_record *rec, struct rp_label *symbol,
    struct rp_label *source);

/*
 * The same for a record that names a schema by its hash: the frame that it
 * comes to stand in has the name, unless it is NULL (rp_writer_put hands on
 * those of f).
 */
RP_CHECKED enum rp_status rp_writer_add_of(struct rp_writer *w,
    const struct rp_record *rec, struct rp_label *symbol,
    struct rp_label *source, struct rp_label *schema);

/*
 * Pass a whole frame on, after what is in hand. DATA goes out byte for byte
 * if its body was read (rp_reader_body); the sum of its header is reused.
 * NOTE and unknown kinds below 64 are copied. MARK is rewritten. END is not passed:
 * a tool states its own.
 */
RP_CHECKED enum rp_status rp_writer_pass(
    struct rp_writer *w, const struct rp_frame *f);

/*
 * All records of a decoded DATA frame, as rp_writer_put each, but by its counts
 * and its sum: for who gathers small frames into large ones.
 */
RP_CHECKED enum rp_status rp_writer_gather(
    struct rp_writer *w, const struct rp_frame *f);

/*
 * Some of the records of a decoded DATA frame, as rp_writer_put each, in one
 * pass: for who deals a frame out to several writers.
 */
struct rp_picked {
	const uint32_t *at; /* n: where they begin in f->rows, bytes */
	uint32_t n;
	size_t size; /* of all, bytes of rows */
	bool summed; /* sum is theirs; not known before, it may be afterwards */
	uint64_t sum; /* of their hashes */
};
RP_CHECKED enum rp_status rp_writer_put_picked(
    struct rp_writer *w, const struct rp_frame *f, struct rp_picked *p);

/*
 * A decoded DATA frame as a frame of its own, in this writer's encoding and
 * with its seq (rp_writer_options.assign_seq).
 */
RP_CHECKED enum rp_status rp_writer_recode(
    struct rp_writer *w, const struct rp_frame *f);

/*
 * The same, but one of less than half the size that this writer's frames have
 * is gathered with others: compression wants large frames.
 */
RP_CHECKED enum rp_status rp_writer_fit(
    struct rp_writer *w, const struct rp_frame *f);

RP_CHECKED enum rp_status rp_writer_note(
    struct rp_writer *w, const char *text, size_t len);

/*
 * No later record will have a ts_recv below ts (INT64_MIN: nothing is known),
 * nor a seq up to seq (0: the same): what is missing below was left out.
 */
RP_CHECKED enum rp_status rp_writer_mark(
    struct rp_writer *w, int64_t ts, uint64_t seq);

/* Records are left out from here on: as rp_writer_options.thinned. */
void rp_writer_thin(struct rp_writer *w);

/* Write out the frame in hand. */
RP_CHECKED enum rp_status rp_writer_flush(struct rp_writer *w);

/* For rp_reader_on_wait: flush once the frame in hand is older than
 * frame_time; ms until then, -1 when nothing is in hand. */
int rp_writer_idle(void *w);

/* Flush and write END with these enum rp_end_flags. */
RP_CHECKED enum rp_status rp_writer_finish(
    struct rp_writer *w, uint32_t end_flags);

/* Whole frames in hand are dropped; ABORT with the reason, no END. Best
 * effort: the output may be what failed. */
void rp_writer_abort(struct rp_writer *w, const char *reason);

/* The section so far, as END would state it. */
const struct rp_end *rp_writer_totals(const struct rp_writer *w);

/* The seq that the next record gets when seqs are assigned. */
uint64_t rp_writer_next_seq(const struct rp_writer *w);

/* Bytes written so far, and the header of the last frame written. */
uint64_t rp_writer_bytes(const struct rp_writer *w);

/*
 * Of an fd that does not block: wait is called when it takes no more, and
 * returns when it may. False: give up, RP_ERR_PIPE. It may do other work, but
 * not call this writer.
 */
void rp_writer_on_full(struct rp_writer *w, bool (*wait)(void *arg), void *arg);

/* Told of each frame after it was written: the log keeps its index by it. */
void rp_writer_on_frame(struct rp_writer *w,
    void (*fn)(void *arg, const struct rp_frame *f), void *arg);

const struct rp_error *rp_writer_error(const struct rp_writer *w);

#endif
