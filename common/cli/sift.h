/*
 * Records that a tool which looks at their fields cannot handle
 * (rp_record_fault): rejected by --on-error and --max-errors (rp_cli_reject),
 * and left out of the frame that the tool sees.
 */
#ifndef RP_CLI_SIFT_H
#define RP_CLI_SIFT_H

#include "base/buffer.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "expr/select.h"

struct rp_sift {
	struct rp_input *in;
	const struct rp_select *select;
	struct rp_buffer rows;
	struct rp_type_count types[RP_MAX_TYPES];
	struct rp_buffer gone; /* numbers (uint32_t) of what rows leaves out */
	/* the record that was rejected last: the next is counted on from it */
	const struct rp_record *last;
	uint32_t last_number;
	size_t n_passed; /* of those gone, that stood before it */
};

/* select: records of types that it has not are let pass; NULL: it has all. */
void rp_sift_init(
    struct rp_sift *s, struct rp_input *in, const struct rp_select *select);
void rp_sift_free(struct rp_sift *s);

/*
 * rp_input_rows, without bad records. Where there were some, f->stored is NULL
 * (the frame can be handed on by its records only), and there may be no record
 * left. RP_ERR_REJECTED, or as rp_input_rows.
 */
RP_CHECKED enum rp_status rp_sift_rows(struct rp_sift *s, struct rp_frame *f);

/*
 * Put the place of a record in front of what the tool's error says: frames count
 * from 0, the records in one from 1.
 */
void rp_sift_place(
    struct rp_sift *s, const struct rp_frame *f, const struct rp_record *rec);

/*
 * Reject a record of the frame for another reason: it is told with its place
 * and its payload. RP_OK: go on. RP_ERR_REJECTED, RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_sift_reject(struct rp_sift *s,
    const struct rp_frame *f, const struct rp_record *rec, const char *why);

#endif
