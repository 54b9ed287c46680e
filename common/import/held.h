/*
 * Records of an input that does not say where a venue's event ends: each is
 * held back until the next one tells whether it was the last of its event,
 * which is what comes in a row with one ts_recv, symbol and source.
 */
#ifndef RP_IMPORT_HELD_H
#define RP_IMPORT_HELD_H

#include "base/buffer.h"
#include "import/import.h"
#include "wire/record.h"

/* All zero holds nothing. */
struct rp_held {
	struct rp_buffer held, next;
	struct rp_label *symbol, *source; /* of the one held */
	bool holding;
};

void rp_held_free(struct rp_held *h);

/* Room for the next record, with len bytes of payload. NULL: no memory. */
struct rp_record *rp_held_room(struct rp_held *h, size_t len);

/* Hold the record that was made there; write the one before. */
RP_CHECKED enum rp_status rp_held_put(struct rp_held *h, struct rp_import *im,
    struct rp_label *symbol, struct rp_label *source);

/* Write the one that is held. Its event is over, or its end is not known. */
RP_CHECKED enum rp_status rp_held_flush(
    struct rp_held *h, struct rp_import *im, bool over);

#endif
