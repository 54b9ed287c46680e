/*
 * The jobs in hand: what is renewed while they are, and is not taken twice.
 * Any thread may call.
 */
#ifndef RP_COMPILE_HELD_H
#define RP_COMPILE_HELD_H

#include "queue/consumer.h"

struct held;

/* NULL: no memory. */
struct held *held_new(void);
void held_free(struct held *h);

/*
 * A job is in hand from now on. If it was before, *added is false, and another
 * entry of it is kept beside the first one: a repeat. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status held_add(
    struct held *h, const char *id, const char *entry, bool *added);

/* It is not any more. */
void held_remove(struct held *h, const char *id);

/*
 * The same of a job that is done, whose entry was taken off the queue: its
 * repeats are, too. How many were; what fails is delivered again.
 */
size_t held_remove_done(struct held *h, const char *id, const char *entry,
    struct rp_consumer *consumer);

/* The same of one that is left to others: its entries are appended to members,
 * as far as there is memory. held_list_free. */
void held_remove_left(
    struct held *h, const char *id, struct rp_member **members, size_t *n);

/* Entries of them. */
size_t held_count(struct held *h);

/* All of these now; the caller frees the ids and the array. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status held_list(
    struct held *h, struct rp_member **members, size_t *n);
void held_list_free(struct rp_member *members, size_t n);

/* Wait until fewer than most are in hand, for ms at most. */
void held_wait_below(struct held *h, size_t most, int ms);

#endif
