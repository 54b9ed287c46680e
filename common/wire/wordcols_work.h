/* Inside wire/: what both directions of the word columns share. */
#ifndef RP_WIRE_WORDCOLS_WORK_H
#define RP_WIRE_WORDCOLS_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/limits.h"

/* A column's operation byte, and the sizes of the scratch. */
enum {
	OP_RAW = 0,
	OP_DELTA = 1,
	OP_CROSS = 2,
	OP_MASK = 3,
	OP_KEYED = 4,
	OP_SPARSE = 8,
	OP_GCD = 16,
	OP_KNOWN = 31,
	GROUP_HEAD = 16,
	SAMPLE_RUN = 128,
	SAMPLE_RUNS = 8,
	SAMPLE = SAMPLE_RUN * SAMPLE_RUNS,
	CUT_MIN = 512, /* bytes of a plane that deserves its own statistics */
	KEYS = RP_MAX_NAMES
};

struct rp_wc_group {
	uint16_t type;
	uint32_t len, records, words;
	uint64_t *cols; /* words x records */
};

/* Scratch, carved out of one buffer. */
struct rp_wc {
	struct rp_wc_group group[RP_MAX_GROUPS];
	uint32_t n_groups;
	uint8_t *ids; /* group of each record, if there are several */
	uint64_t *cols; /* all columns: raw_len bytes */
	uint64_t *t; /* one column, transformed */
	uint32_t *pred; /* row before, with the same key */
	uint32_t last[KEYS + 1];
	uint32_t entropy[SAMPLE + 1]; /* 16 c log2 c */
};

/* Carve the scratch out of tmp: RP_OK or RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_wc_init(
    struct rp_wc **w, struct rp_buffer *tmp, size_t raw_len, uint32_t records);

/* Place the columns of the groups one behind the other. */
void rp_wc_place(struct rp_wc *w);

/*
 * pred[i]: the last row before i with the same low half of word 0 (the symbol),
 * or i - 1 if there is none. True if it is not simply i - 1 everywhere.
 */
bool rp_wc_predecessors(struct rp_wc *w, const struct rp_wc_group *g);

#endif
