/*
 * What a stream holds, added up from its frames: counts, ranges, order, sums.
 * Memory: some 100 bytes a name.
 */
#ifndef RP_WIRE_TALLY_H
#define RP_WIRE_TALLY_H

#include "wire/frame.h"

struct rp_tally_name {
	struct rp_label label; /* text is the tally's; len 0: no name */
	uint64_t records;
	uint64_t rec_sum; /* of the records with this symbol (rp_tally_rows) */
};

/* How often a series that should grow does not. */
struct rp_tally_order {
	uint64_t back; /* frames that begin before, or are unordered within */
	uint64_t frame; /* the first of them, by number in its input */
};

struct rp_tally {
	uint64_t frames, data_frames, records;
	uint64_t bytes; /* as stored, all frames */
	uint64_t raw_bytes; /* of rows */
	uint64_t rec_sum; /* as the headers state it */
	uint64_t coded[3][2]; /* DATA frames by codec and layout */
	uint64_t thinned; /* DATA frames that say so */
	uint64_t seq_min, seq_max; /* 0: no record is numbered */
	int64_t ts_min, ts_max; /* RP_ABSENT: there are no records */
	struct rp_tally_order seq, ts;
	uint64_t gaps; /* between frames of dense seq ... */
	uint64_t missing; /* ... and the numbers that they lack */
	uint64_t gap_after; /* the seq before the first of them */
	struct rp_type_total {
		uint16_t type;
		uint64_t records;
	} * types; /* n_types, ascending */
	size_t n_types;
	struct rp_tally_name *names; /* n_names, in order of first use */
	size_t n_names;

	uint32_t *table; /* by hash: index + 1; table_size is a power of two */
	size_t table_size;
	uint32_t *frame_names; /* of the frame in hand: its names' indices */
	size_t frame_names_cap;
	uint64_t last_seq;
	int64_t last_ts;
	bool last_dense;
};

void rp_tally_init(struct rp_tally *t);
void rp_tally_free(struct rp_tally *t);

/* Add a frame of any kind by its header and directory. gap_type: the type of
 * records that explain a gap. RP_OK or RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_tally_frame(
    struct rp_tally *t, const struct rp_frame *f, uint16_t gap_type);

/* After that, add the sums of its decoded rows by symbol. */
RP_CHECKED enum rp_status rp_tally_rows(
    struct rp_tally *t, const struct rp_frame *f);

/* Order the names by class and bytes, once all frames are added. */
void rp_tally_sort(struct rp_tally *t);

#endif
