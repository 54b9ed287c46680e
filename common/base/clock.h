/* The clock that never goes back: for spans, not for dates (base/time.h). */
#ifndef RP_BASE_CLOCK_H
#define RP_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* ns since some moment in the past. */
int64_t rp_clock_monotonic(void);

/* Sleep until then; false if a signal came before. */
bool rp_clock_sleep_until(int64_t monotonic);

/* Have sleeps of this thread end as exactly as the system can: as a default
 * they may last 50 us longer, so that wake-ups coincide. */
void rp_clock_sharpen(void);

#endif
