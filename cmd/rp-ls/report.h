/* Inside rp-ls: what was found, as text, a line or JSON. */
#ifndef RP_LS_REPORT_H
#define RP_LS_REPORT_H

#include <stdio.h>

#include "log/inventory.h"
#include "types/text.h"

struct report {
	bool json, numbers; /* 64-bit numbers bare */
	struct rp_text_style style;
	bool brief; /* of many things: a line each */
	uint64_t n, records, bytes; /* of them so far */
};

enum report_kind { LOG, SEGMENT, STREAM };

void report_put(struct report *r, const char *name, enum report_kind kind,
    struct rp_inventory *v, FILE *f);

/* Many things follow, a line each; and the line of their sums. */
void report_begin(struct report *r);
void report_end(struct report *r);

#endif
