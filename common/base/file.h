/* Files: what read(2), write(2) and fsync(2) leave to their callers. */
#ifndef RP_BASE_FILE_H
#define RP_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* Write all n bytes, over short writes and interrupts; path for messages. */
RP_CHECKED enum rp_status rp_file_write(
    int fd, const void *data, size_t n, const char *path, struct rp_error *err);

/* Append a file's bytes. RP_ERR_LIMIT: there are more than most. */
RP_CHECKED enum rp_status rp_file_read(
    const char *path, size_t most, struct rp_buffer *out, struct rp_error *err);

/*
 * Put a file of these bytes at path, by way of tmp beside it; sync: the bytes
 * are on disk before the name is (rp_parent_sync makes that durable).
 */
RP_CHECKED enum rp_status rp_file_replace(const char *path, const char *tmp,
    const void *data, size_t n, bool sync, struct rp_error *err);

/* Open a file without a name in a directory, to write and read. */
RP_CHECKED enum rp_status rp_file_temporary(
    const char *dir, int *fd, struct rp_error *err);

/* Make the names in a directory durable. */
RP_CHECKED enum rp_status rp_directory_sync(
    const char *dir, struct rp_error *err);

/* The same for the directory that path stands in. */
RP_CHECKED enum rp_status rp_parent_sync(
    const char *path, struct rp_error *err);

/*
 * Where a symbolic link leads, from its own directory if it says so; NULL: it
 * is none. The caller frees.
 */
char *rp_link_target(const char *path);

/* The relative path from one directory to another, both of which exist; NULL:
 * they do not, or no memory. The caller frees. */
char *rp_path_between(const char *from, const char *to);

#endif
