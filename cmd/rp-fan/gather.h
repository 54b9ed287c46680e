/*
 * The streams that the workers of rp-fan write, as one by time. What cannot be
 * merged yet waits in a file without a name for each worker, so that none is
 * ever held up by another: workers that wait for each other's output, and for
 * input that is behind it, cannot come to a standstill.
 */
#ifndef RP_FAN_GATHER_H
#define RP_FAN_GATHER_H

#include "merge/merge.h"
#include "workers.h"

struct gather;

/* Merge into sink, which is the caller's; dir is for the files. */
RP_CHECKED enum rp_status gather_new(struct gather **out, struct workers *ws,
    struct rp_sink *sink, const char *dir);

/* Closes the files. Returns the flags of the workers' ENDs. NULL is harmless. */
uint32_t gather_free(struct gather *g);

/* After workers_finish: the rest. */
RP_CHECKED enum rp_status gather_finish(struct gather *g);

#endif
