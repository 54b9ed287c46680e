/*
 * Faults in a feed, on purpose: what networks, recorders and venues do to the
 * updates of gen/views.h. Seeded apart from the market, so that whatever is not
 * hit is as it would be without. An update suffers one fault at most, drawn
 * with a probability for each kind; snapshots suffer none. A kind
 * that makes no sense for an update leaves it alone.
 */
#ifndef RP_GEN_FAULTS_H
#define RP_GEN_FAULTS_H

#include "gen/views.h"

enum rp_gen_fault {
	RP_GEN_LOST, /* the update is not there */
	RP_GEN_GAP, /* the same, with a gap record in its place */
	RP_GEN_DUPLICATE, /* it is there twice in a row */
	RP_GEN_LATE, /* it stands up to 16 updates further back, with its
			  ts_recv, which then goes back */
	RP_GEN_REORDERED, /* it comes with the ts_recv of the next update of
			       its symbol and view, right behind it */
	RP_GEN_CROSSED, /* a bid one tick above the best ask, until the next
			     update: mbo, level, bbo */
	RP_GEN_CHECKSUM, /* a wrong one: level with checksums */
	RP_GEN_CHAIN, /* prev_sequence too high by one: level */
	RP_GEN_UNKNOWN, /* a C of an order that never was: mbo; a remove of
			     a level that is not there: level */
	RP_GEN_NEGATIVE, /* an A, set, or trade more, or a bid, of a negative
			      size */
	RP_GEN_FAULTS
};

struct rp_faults_host {
	void *arg;
	/* Write a record of a symbol (names not set). */
	enum rp_status (*put)(
	    void *arg, const struct rp_record *rec, uint32_t symbol);
	/* This fault befalls the next record that is put, or, of what is
	 * not there, one that would have come before it; rec is its update's
	 * first. */
	enum rp_status (*tell)(void *arg, enum rp_gen_fault fault,
	    const struct rp_record *rec, uint32_t symbol);
};

struct rp_faults;

/* rate: the probability of each kind in 2^-32, at most 2^32 together. NULL: no
 * memory. */
struct rp_faults *rp_faults_new(uint64_t seed,
    const uint64_t rate[RP_GEN_FAULTS], const struct rp_faults_host *host);
void rp_faults_free(struct rp_faults *x);

/* An update, which may be changed. */
RP_CHECKED enum rp_status rp_faults_update(
    struct rp_faults *x, struct rp_update *up);

/* At the end: put what was held back. */
RP_CHECKED enum rp_status rp_faults_end(struct rp_faults *x);

/* "lost", "gap" and so on. */
extern const char *const rp_gen_fault_names[RP_GEN_FAULTS];

#endif
