/*
 * Bytes that can be read at any place: a file's, or those that somebody else
 * fetches, such as an object's in a store.
 */
#ifndef RP_BASE_READABLE_H
#define RP_BASE_READABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Who fetches them. Errors name the object. */
struct rp_readable_kind {
	/* 1 to n bytes at offset, *got of them; none behind the end. */
	enum rp_status (*read)(void *arg, void *p, size_t n, uint64_t offset,
	    size_t *got, struct rp_error *err);
	/* These will be read, after all that was announced before. */
	void (*announce)(void *arg, uint64_t offset, uint64_t len);
	void (*close)(void *arg);
};

struct rp_readable {
	int fd; /* of a file, or -1 */
	const struct rp_readable_kind *kind; /* NULL: it is a file, or closed */
	void *arg;
	uint64_t size; /* bytes that there were when it was opened */
};

#define RP_READABLE_CLOSED ((struct rp_readable){ .fd = -1 })

/* Open a file. RP_EMPTY: there is none; errno says why. */
RP_CHECKED enum rp_status rp_readable_open(
    struct rp_readable *b, const char *path, struct rp_error *err);

/* Bytes that there are now. */
uint64_t rp_readable_size(const struct rp_readable *b);

/* All n bytes at offset. RP_EMPTY: there are not so many. name is of a file. */
RP_CHECKED enum rp_status rp_readable_read(const struct rp_readable *b, void *p,
    size_t n, uint64_t offset, const char *name, struct rp_error *err);

void rp_readable_announce(
    const struct rp_readable *b, uint64_t offset, uint64_t len);

/* Harmless twice. */
void rp_readable_close(struct rp_readable *b);

#endif
