/*
 * The times of a record, and all of them moved by one span: ts_recv, and of
 * the payload ts_event, ts_out, ts_close, ts_from and ts_to. Dates such as an
 * expiry are no times of the record and stay.
 */
#ifndef RP_TYPES_TIMES_H
#define RP_TYPES_TIMES_H

#include "base/decimal.h"
#include "wire/record.h"

/* Which of its times is the one that counts. */
enum rp_clock { RP_CLOCK_RECV, RP_CLOCK_EVENT };

enum { RP_TIME_FIELDS = 5 };

/* Where the payloads of a type have them. */
struct rp_time_fields {
	bool known; /* false: not yet asked for */
	int n;
	uint16_t off[RP_TIME_FIELDS]; /* ts_event first, if there is one */
	bool has_event;
};

void rp_time_fields(struct rp_time_fields *t, uint16_t type);

/* ts_event, or RP_ABSENT. */
int64_t rp_record_event(
    const struct rp_time_fields *t, const struct rp_record *rec);

/* Absent times stay; what would leave the range of times becomes its end. */
void rp_record_move(
    const struct rp_time_fields *t, struct rp_record *rec, rp_wide by);

#endif
