/* The clock that never goes back: for spans, not for dates (base/time.h). */
#ifndef RP_BASE_CLOCK_H
#define RP_BASE_CLOCK_H

#include <stdint.h>

/* ns since some moment in the past. */
int64_t rp_clock_monotonic(void);

#endif
