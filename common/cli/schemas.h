/*
 * Names that only a schema may know: whether a stream has features of that name
 * turns out when it is read. A stream that ends without them, or has a million
 * records without any, is told as the mistake that it will be.
 */
#ifndef RP_CLI_SCHEMAS_H
#define RP_CLI_SCHEMAS_H

#include "cli/cli.h"

struct rp_plan;

/* A feature of this name; why: what to say if none comes (kept as a copy). */
RP_CHECKED enum rp_status rp_cli_need_feature(
    struct rp_cli *cli, const char *name, size_t len, const char *why);

/* The same for each name of a list that no type has a field of ("ofi,symbol"),
 * which an option takes. */
RP_CHECKED enum rp_status rp_cli_need_fields(
    struct rp_cli *cli, const char *list, const char *option);

/* The same for each such column of a plan. */
RP_CHECKED enum rp_status rp_cli_need_columns(
    struct rp_cli *cli, const struct rp_plan *plan);

/* For who reads no frames: a warning for each of them. */
void rp_cli_warn_schemas(const struct rp_cli *cli);

/* For who reads frames: take note of one. */
void rp_cli_note_schemas(struct rp_cli *cli, const struct rp_frame *f);

/* After that, and at the clean end: RP_ERR_USAGE, told, or RP_OK. */
RP_CHECKED enum rp_status rp_cli_check_schemas(struct rp_cli *cli, bool at_end);

/* At the end: a warning of n features with values that have no column, if any. */
void rp_cli_warn_hidden(const struct rp_cli *cli, uint64_t n);

#endif
