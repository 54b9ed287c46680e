/*
 * Frames in: from a descriptor, or from memory (tests, fuzzing).
 *
 * A reader checks all that a stream claims on the way in: header, directory
 * and body hashes, lengths against caps before any allocation, counts, ranges,
 * and at each END the counts and the chain of its section. End of input
 * anywhere but right after an END without MORE is RP_ERR_TRUNCATED. The first
 * error is kept and named with its place:
 * "<stdin>: frame 812 at byte 90112: checksum mismatch in the body".
 */
#ifndef RP_WIRE_READER_H
#define RP_WIRE_READER_H

#include "base/readable.h"
#include "wire/frame.h"

struct rp_reader;

/*
 * Read from fd, which stays the caller's. name is copied, for messages.
 * NULL: no memory.
 */
struct rp_reader *rp_reader_fd(int fd, const char *name);

/* The same, from the start of what b has; b must outlive the reader. */
struct rp_reader *rp_reader_open(const struct rp_readable *b, const char *name);

/* Read from len bytes at p, which stay the caller's. */
struct rp_reader *rp_reader_memory(const void *p, size_t len, const char *name);

void rp_reader_free(struct rp_reader *r);

/*
 * The next frame, whole: DATA with its rows, NOTE, MARK, END (its section
 * verified). RP_END at a clean end of input. ABORT is RP_ERR_ABORTED. Kinds
 * 64 to 127 that are not known are left out; 1 to 63 are handed out.
 */
RP_CHECKED enum rp_status rp_reader_next(
    struct rp_reader *r, struct rp_frame *f);

/*
 * The same in steps. head: header and directory only. Then, for a DATA frame,
 * any of: body (its stored bytes are read, and its hash checked), rows
 * (decoded as well); none of them skips it, by seeking where the input can.
 */
RP_CHECKED enum rp_status rp_reader_head(
    struct rp_reader *r, struct rp_frame *f);
RP_CHECKED enum rp_status rp_reader_body(
    struct rp_reader *r, struct rp_frame *f);
RP_CHECKED enum rp_status rp_reader_rows(
    struct rp_reader *r, struct rp_frame *f);

/* Bytes that were read from fd before, to find out what it is: they come first.
 * RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_reader_unread(
    struct rp_reader *r, const void *p, size_t len);

/* Told of all bytes as they are read, for who copies what is checked; frames
 * that are skipped may be left out. */
void rp_reader_on_bytes(struct rp_reader *r,
    void (*fn)(void *arg, const void *p, size_t len), void *arg);

/*
 * What to do while input is awaited: wait is called before a read that would
 * block; it returns how many ms to wait before it wants to be called again,
 * or -1 for no limit (rp_writer_idle has this shape), or RP_READER_STOP: the
 * input is taken to end here.
 */
#define RP_READER_STOP (-2)
void rp_reader_on_wait(struct rp_reader *r, int (*wait)(void *), void *arg);

/*
 * Follow a file that grows: at end of input, head returns RP_EMPTY instead of
 * RP_END or a truncation, and a later call goes on from the same place.
 */
void rp_reader_follow(struct rp_reader *r, bool on);

/* Go on at a frame boundary elsewhere in a seekable input. The section that
 * is left or entered in its middle is not verified at its END. */
RP_CHECKED enum rp_status rp_reader_seek(struct rp_reader *r, uint64_t offset);

/* Also hold the records of every decoded frame against its rec_sum. */
void rp_reader_verify_sums(struct rp_reader *r, bool on);

/* The section that is being read, as its END will have to state it. */
const struct rp_end *rp_reader_section(const struct rp_reader *r);

/* The last END seen in this input and the flags of all of them together. */
const struct rp_end *rp_reader_end(const struct rp_reader *r);
uint32_t rp_reader_end_flags(const struct rp_reader *r);

/* Byte offset behind the last frame that was handed out. */
uint64_t rp_reader_offset(const struct rp_reader *r);

const struct rp_error *rp_reader_error(const struct rp_reader *r);

#endif
