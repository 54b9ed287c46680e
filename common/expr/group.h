/*
 * Records of one venue event, held until it is known what becomes of it. An
 * event is what comes in a row, of one symbol and one source, up to a record
 * with the flag LAST; it may go on over frames.
 */
#ifndef RP_EXPR_GROUP_H
#define RP_EXPR_GROUP_H

#include <stdbool.h>

#include "base/limits.h"
#include "wire/frame.h"

#define RP_GROUP_NAMES 10

/* All zero is no event. */
struct rp_group {
	bool open;
	struct rp_frame frame; /* the records held, with their names */
	struct rp_buffer rows;
	struct rp_label names[RP_GROUP_NAMES]; /* symbol, source, schemas */
	char text[RP_GROUP_NAMES][RP_MAX_NAME];
};

/* Does a record of frame f belong to the event that is open? */
bool rp_group_is_of(const struct rp_group *g, const struct rp_frame *f,
    const struct rp_record *rec);

/*
 * The same, for who holds nothing: a record that does not go on with the event
 * before it starts its own, and one with LAST ends it.
 */
bool rp_group_goes_on(
    struct rp_group *g, const struct rp_frame *f, const struct rp_record *rec);

/* Start an event with the symbol and source of a record; hold nothing yet. */
void rp_group_open(
    struct rp_group *g, const struct rp_frame *f, const struct rp_record *rec);

/* Hold a copy of a record of the event. RP_ERR_LIMIT: above RP_MAX_EVENT, or of
 * too many schemas; RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_group_hold(
    struct rp_group *g, const struct rp_frame *f, const struct rp_record *rec);

/* Let go of the records held; the event stays open. */
void rp_group_release(struct rp_group *g);

void rp_group_free(struct rp_group *g);

#endif
