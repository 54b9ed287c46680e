/* Inside wire/: where a writer's bytes go, a descriptor or memory. */
#ifndef RP_WIRE_OUTLET_H
#define RP_WIRE_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/buffer.h"
#include "base/error.h"

struct rp_outlet {
	int fd; /* -1: memory */
	struct rp_buffer *memory;
	bool splices; /* fd is a pipe that splice can write to */
	uint64_t bytes; /* that went */
	bool (*wait)(void *); /* rp_writer_on_full; NULL: for fd alone */
	void *wait_arg;
};

void rp_outlet_fd(struct rp_outlet *o, int fd);

/* Write all of n pieces, which are used up; name is for the message. */
RP_CHECKED enum rp_status rp_outlet_write(struct rp_outlet *o,
    struct iovec *iov, int n, const char *name, struct rp_error *err);

/*
 * Move size bytes of a regular file into a pipe without copying them. Returns
 * how many went, 0 if it is no pipe; the rest is for rp_outlet_write. A file that
 * is changed meanwhile is found out downstream, by the hashes of its frames.
 */
size_t rp_outlet_splice(
    struct rp_outlet *o, int file, uint64_t offset, size_t size);

#endif
