/*
 * Which path of a template a record has, as a number: the same for all that
 * have the same path. Paths are without {part}, which is another's to count.
 */
#ifndef RP_CLI_ROUTES_H
#define RP_CLI_ROUTES_H

#include <stdbool.h>

#include "base/template.h"
#include "wire/roster.h"

struct rp_routes;

/* NULL: no memory. The template stays the caller's. */
struct rp_routes *rp_routes_new(
    const struct rp_template *paths, const struct rp_path_clock *clock);
void rp_routes_free(struct rp_routes *r);

/* A record's, by names of a roster. */
struct rp_route_key {
	uint32_t symbol, source; /* or RP_NO_NAME */
	uint16_t type;
	int64_t ts;
};

/* The number of its path, counted from 0; RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_routes_find(struct rp_routes *r,
    const struct rp_roster *names, const struct rp_route_key *key,
    uint32_t *number);

/* What the path says, but for the part, in values that live as the roster. */
void rp_routes_values(const struct rp_roster *names,
    const struct rp_route_key *key, char type[static 8],
    struct rp_path_values *v);

/*
 * Whether all records of a frame have one path, by its header and directory;
 * *key is then theirs. The frame is the one that was entered last.
 */
RP_CHECKED enum rp_status rp_routes_whole(struct rp_routes *r,
    const struct rp_roster *names, const struct rp_frame *f, bool *whole,
    struct rp_route_key *key);

#endif
