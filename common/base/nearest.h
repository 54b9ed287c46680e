/* The name that was probably meant by one that does not exist. */
#ifndef RP_BASE_NEAREST_H
#define RP_BASE_NEAREST_H

#include <stddef.h>

struct rp_nearest {
	const char *text; /* what was written ... */
	size_t len;
	const char *best; /* ... and the name next to it, or NULL */
	unsigned distance;
};

/* Nothing is near yet. text stays the caller's. */
void rp_nearest_init(struct rp_nearest *n, const char *text, size_t len);

/* Is name nearer than all before it, by at most two edits? It is kept. */
void rp_nearest_consider(struct rp_nearest *n, const char *name);

/* "; did you mean \"...\"?" in buf, or "". */
void rp_nearest_say(const struct rp_nearest *n, char *buf, size_t size);

#endif
