/*
 * Whose requests are signed, and for which place, found as AWS's own tools
 * find it: the environment, a web identity, the profile of the shared files
 * (keys, a web identity, a process), a container's endpoint, the instance's
 * (IMDSv2). What expires is got anew in time.
 */
#ifndef RP_STORE_IDENTITY_H
#define RP_STORE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/http.h"

/* Strings of the object that hands them out. */
struct rp_credentials {
	char *key, *secret, *token; /* token: NULL, none */
	int64_t expires; /* ns, UTC; INT64_MAX: never */
};

/* Wipes them. */
void rp_credentials_clear(struct rp_credentials *c);

struct rp_identity;

/*
 * Read the shared files. profile: that one and not the environment's keys;
 * NULL: AWS_PROFILE, or "default". client, region and ca_file serve where they
 * are got by HTTP. RP_ERR_USAGE: there is no such profile.
 */
RP_CHECKED enum rp_status rp_identity_new(struct rp_identity **id,
    const char *profile, struct rp_http_client *client, struct rp_error *err);
void rp_identity_free(struct rp_identity *id);

/* A setting: by the environment, else by the profile, else NULL. Valid while
 * id is. name: a literal, as the profile has it, or NULL: it has none. */
const char *rp_identity_setting(
    struct rp_identity *id, const char *variable, const char *name);

/*
 * The credentials to sign with now; they are got at the first call, and again
 * when they are about to expire, or anew is set. RP_ERR_REMOTE: who gives
 * them does not answer, or refuses; RP_ERR_USAGE: there are none.
 */
RP_CHECKED enum rp_status rp_identity_credentials(struct rp_identity *id,
    bool anew, const struct rp_credentials **c, struct rp_error *err);

#endif
