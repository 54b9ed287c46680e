/* Spans of time for people. */
#include <inttypes.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/time.h"

const char *
rp_span_text(char buf[static RP_SPAN_ROOM], uint64_t ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "d", RP_DAY },
		{ "h", 3600 * (uint64_t)RP_SECOND },
		{ "m", 60 * (uint64_t)RP_SECOND },
		{ "s", RP_SECOND },
		{ "ms", 1000000 },
		{ "us", 1000 },
	};

	for (size_t i = 0; i < RP_LEN(units); i++)
		if (ns >= units[i].ns) {
			snprintf(buf, RP_SPAN_ROOM, "%.4g%s",
			    (double)ns / (double)units[i].ns, units[i].name);
			return buf;
		}
	snprintf(buf, RP_SPAN_ROOM, "%" PRIu64 "ns", ns);
	return buf;
}
