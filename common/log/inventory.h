/*
 * What a log holds, by the indexes of its segments and without their records:
 * counts and ranges, how each segment ends, how far named readers are.
 */
#ifndef RP_LOG_INVENTORY_H
#define RP_LOG_INVENTORY_H

#include "log/readers.h"
#include "log/segment.h"
#include "log/trim.h"
#include "wire/tally.h"

enum rp_log_state { /* from good to bad */
	RP_LOG_SEALED,
	RP_LOG_GROWING, /* it has no END yet, but a writer */
	RP_LOG_NOT_CLOSED, /* it has neither */
	RP_LOG_ABORTED,
	RP_LOG_UNSUPPORTED,
	RP_LOG_CORRUPT
};

struct rp_inventory { /* of a log, or of a segment */
	/* bytes: up to the last whole frame; frames: only those of DATA */
	struct rp_tally tally;
	enum rp_log_state state;
	uint64_t torn; /* bytes behind the last whole frame */
	uint32_t end_flags; /* enum rp_end_flags, of all ENDs */
	bool no_index; /* a sealed segment's */
	uint64_t segments; /* of a log, as what follows */
	char uuid[37];
	struct rp_log_trimmed trimmed;
	struct rp_log_position *readers; /* n_readers */
	size_t n_readers;
};

void rp_inventory_init(struct rp_inventory *v);
void rp_inventory_free(struct rp_inventory *v);

/* Who is told on the way. Both are called with arg. */
struct rp_inventory_watch {
	/* what each segment holds; NULL: that is not asked for */
	void (*segment)(void *arg, const struct rp_segment *s,
	    struct rp_inventory *of_segment);
	/* a segment or a position cannot be read (on): the rest is listed */
	void (*failed)(void *arg, const struct rp_error *err);
	void *arg;
};

/*
 * Add a log to *v, which was initialised. It may have a writer, and lose
 * segments meanwhile. RP_OK, also after parts that failed; RP_ERR_IO,
 * RP_ERR_NOMEM. Memory: the index of a segment, some 100 bytes a name.
 */
RP_CHECKED enum rp_status rp_inventory_log(struct rp_inventory *v,
    const char *dir, const struct rp_log_remote *remote,
    const struct rp_inventory_watch *watch, struct rp_error *err);

/* The state of what could be read to this end. */
enum rp_log_state rp_log_state_of(enum rp_status st);

#endif
