/* Shared by identity*.c; nothing else includes it. */
#ifndef RP_STORE_IDENTITY_WORK_H
#define RP_STORE_IDENTITY_WORK_H

#include "base/buffer.h"
#include "store/identity.h"

enum {
	RP_PROFILE_MOST = 1 << 20, /* bytes of a shared file */
	RP_TOKEN_MOST = 64 << 10 /* of a token, or of what gives credentials */
};

struct rp_identity {
	struct rp_http_client *client;
	char *profile, *section; /* its names in the two files */
	bool chosen; /* by the user: not the environment's keys */
	struct rp_buffer credentials, config; /* the two files */
	struct {
		const char *name;
		char *value;
	} settings[8]; /* that were handed out */
	size_t n_settings;
	struct rp_credentials now;
};

/* A profile's value; the caller frees. NULL: it has none. */
char *rp_identity_value(const struct rp_identity *id, const char *name);

/* Release a buffer of secrets, which are overwritten before. */
void rp_identity_wipe(struct rp_buffer *b);

/* Sources of credentials: RP_EMPTY, it is not there. */
enum rp_status rp_identity_from_web(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err);
enum rp_status rp_identity_from_process(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err);
enum rp_status rp_identity_from_container(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err);
enum rp_status rp_identity_from_instance(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err);

#endif
