/*
 * Samples of a stream: which records pass, by their number, by chance, by the
 * value of a field, by time. Most are decided when they come; those of a
 * reservoir, of a tail and of the end of an interval are kept until it is
 * known. What is sampled is a unit: a record, or a whole venue event.
 */
#ifndef RP_SAMPLE_SAMPLE_H
#define RP_SAMPLE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"
#include "base/error.h"
#include "types/times.h"
#include "wire/frame.h"

enum rp_sample_mode {
	RP_SAMPLE_EVERY, /* one of n, the one with number offset of them */
	RP_SAMPLE_CHANCE, /* each by itself, with probability share */
	RP_SAMPLE_KEY, /* that share of the values of a field */
	RP_SAMPLE_COUNT, /* n of them, any n alike */
	RP_SAMPLE_FIRST, /* the first of each interval of span */
	RP_SAMPLE_LAST, /* the last */
	RP_SAMPLE_HEAD, /* the first n */
	RP_SAMPLE_TAIL, /* the last n */
	RP_SAMPLE_RATE /* at most n in a span, and burst at once */
};

/* What is counted by itself. */
enum rp_sample_per { RP_PER_ALL, RP_PER_SYMBOL, RP_PER_SOURCE, RP_PER_TYPE };

struct rp_sample_options {
	enum rp_sample_mode mode;
	enum rp_sample_per per;
	uint64_t n, offset, burst;
	struct rp_decimal share; /* from 0 to 1 */
	uint64_t seed;
	const char *key; /* the name of a field, the caller's */
	int64_t span; /* ns, positive */
	int64_t shift; /* ns: intervals begin at shift + i span */
	enum rp_clock clock; /* what times are */
	bool whole_events; /* units are venue events */
	bool rejects; /* what does not pass is put as well */
};

/* Where a record goes; f has its names, and whether it is THINNED. */
typedef enum rp_status rp_sample_put(void *arg, const struct rp_frame *f,
    const struct rp_record *rec, bool passes);

struct rp_sample;

/*
 * NULL: err says why (RP_ERR_USAGE: there is no such key, the rate is beyond
 * counting; RP_ERR_NOMEM).
 */
struct rp_sample *rp_sample_new(const struct rp_sample_options *o,
    rp_sample_put *put, void *arg, struct rp_error *err);
void rp_sample_free(struct rp_sample *s);

/* NULL, or that only a schema may know the key: what else may have been meant
 * by it ("; did you mean ...?", or ""). */
const char *rp_sample_guess(const struct rp_sample *s);

enum rp_sample_share { RP_SHARE_NONE, RP_SHARE_SOME, RP_SHARE_ALL };

/*
 * Start on a DATA frame, decoded or not. Unless *share is SOME it is dealt
 * with: all or none of its records pass. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_sample_frame(
    struct rp_sample *s, const struct rp_frame *f, enum rp_sample_share *share);

/*
 * The next record of the frame that was started on; more: it belongs to the
 * unit of the one before it. RP_ERR_NOMEM, RP_ERR_LIMIT (a unit of more than
 * RP_MAX_EVENT bytes has to be kept), or what put returns.
 */
RP_CHECKED enum rp_status rp_sample_record(struct rp_sample *s,
    const struct rp_frame *f, const struct rp_record *rec, bool more);

/*
 * There will be no record with a ts_recv below ts: what this decides is put.
 * *passes: the same can be said of the output.
 */
RP_CHECKED enum rp_status rp_sample_mark(
    struct rp_sample *s, int64_t ts, bool *passes);

/* Put what is kept. */
RP_CHECKED enum rp_status rp_sample_end(struct rp_sample *s);

/* Of RP_SAMPLE_HEAD and RP_PER_ALL: nothing that follows passes. */
bool rp_sample_is_full(const struct rp_sample *s);

/* Is what passes, or what does not, THINNED (rp-stream(5))? */
bool rp_sample_thins(const struct rp_sample *s);

#endif
