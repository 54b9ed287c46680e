/* Where logs of jobs may lie: LOG_ROOTS, directories and s3:// separated by
 * commas. */
#ifndef RP_COMPILE_ROOTS_H
#define RP_COMPILE_ROOTS_H

#include "base/error.h"
#include "fault.h"

/*
 * A job's log below one of the roots, symbolic links resolved; a relative path
 * is one below any of them. The caller frees.
 */
enum fault roots_find(
    const char *roots, const char *log, char **path, struct rp_error *err);

/* Each root that is a directory is there. RP_ERR_USAGE names the first that is
 * not. */
RP_CHECKED enum rp_status roots_check(const char *roots, struct rp_error *err);

#endif
