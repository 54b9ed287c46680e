/* Files: what read(2), write(2) and fsync(2) leave to their callers. */
#ifndef RP_BASE_FILE_H
#define RP_BASE_FILE_H

#include <stddef.h>

#include "base/error.h"

/* Write all n bytes, over short writes and interrupts; path for messages. */
RP_CHECKED enum rp_status rp_file_write(
    int fd, const void *data, size_t n, const char *path, struct rp_error *err);

/* Make the names in a directory durable. */
RP_CHECKED enum rp_status rp_directory_sync(
    const char *dir, struct rp_error *err);

/* The same for the directory that path stands in. */
RP_CHECKED enum rp_status rp_parent_sync(
    const char *path, struct rp_error *err);

#endif
