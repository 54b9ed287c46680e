#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "store/identity_work.h"
#include "store/profile.h"

/* Renewed so long before they expire. */
#define RENEW_BEFORE (120 * RP_SECOND)

void
rp_credentials_clear(struct rp_credentials *c)
{
	char *const secrets[] = { c->key, c->secret, c->token };

	for (size_t i = 0; i < RP_LEN(secrets); i++) {
		if (secrets[i] != NULL)
			explicit_bzero(secrets[i], strlen(secrets[i]));
		free(secrets[i]);
	}
	*c = (struct rp_credentials){ .expires = INT64_MAX };
}

/* ---- the shared files ---- */

/* One that is not there is empty. */
static enum rp_status
read_shared(struct rp_buffer *out, const char *variable, const char *name,
    struct rp_error *err)
{
	const char *path = getenv(variable), *home = getenv("HOME");
	char *made = NULL;
	enum rp_status st = RP_OK;

	if (path == NULL && home != NULL) {
		if (asprintf(&made, "%s/.aws/%s", home, name) < 0)
			return rp_error_no_memory(err);
		path = made;
	}
	if (path != NULL && access(path, F_OK) == 0)
		st = rp_file_read(path, RP_PROFILE_MOST, out, err);
	free(made);
	return st;
}

static const char *
in(const struct rp_buffer *b)
{
	return b->len > 0 ? (const char *)b->data : "";
}

char *
rp_identity_value(const struct rp_identity *id, const char *name)
{
	char *v = rp_profile_value(
	    in(&id->credentials), id->credentials.len, id->profile, name);

	return v != NULL ? v
			 : rp_profile_value(in(&id->config), id->config.len,
			       id->section, name);
}

static enum rp_status
find_profile(struct rp_identity *id, const char *profile, struct rp_error *err)
{
	const char *name = profile != NULL ? profile : getenv("AWS_PROFILE");
	bool is_default = name == NULL || strcmp(name, "default") == 0;

	if ((id->profile = strdup(name != NULL ? name : "default")) == NULL ||
	    asprintf(&id->section, "%s%s", is_default ? "" : "profile ",
		id->profile) < 0) {
		id->section = NULL;
		return rp_error_no_memory(err);
	}
	if (name == NULL ||
	    rp_profile_has(
		in(&id->credentials), id->credentials.len, id->profile) ||
	    rp_profile_has(in(&id->config), id->config.len, id->section))
		return RP_OK;
	return rp_error_set(err, RP_ERR_USAGE,
	    "there is no profile '%s' in the shared configuration",
	    id->profile);
}

enum rp_status
rp_identity_new(struct rp_identity **out, const char *profile,
    struct rp_http_client *client, struct rp_error *err)
{
	struct rp_identity *id = calloc(1, sizeof(*id));
	enum rp_status st;

	*out = NULL;
	if (id == NULL)
		return rp_error_no_memory(err);
	id->client = client;
	id->chosen = profile != NULL;
	id->now.expires = INT64_MAX;
	st = read_shared(&id->credentials, "AWS_SHARED_CREDENTIALS_FILE",
	    "credentials", err);
	if (st == RP_OK)
		st = read_shared(&id->config, "AWS_CONFIG_FILE", "config", err);
	if (st == RP_OK)
		st = find_profile(id, profile, err);
	if (st != RP_OK)
		rp_identity_free(id);
	else
		*out = id;
	return st;
}

void
rp_identity_wipe(struct rp_buffer *b)
{
	if (b->cap > 0)
		explicit_bzero(b->data, b->cap);
	rp_buffer_free(b);
}

void
rp_identity_free(struct rp_identity *id)
{
	if (id == NULL)
		return;
	rp_credentials_clear(&id->now);
	rp_identity_wipe(&id->credentials);
	rp_identity_wipe(&id->config);
	for (size_t i = 0; i < id->n_settings; i++)
		free(id->settings[i].value);
	free(id->profile);
	free(id->section);
	free(id);
}

const char *
rp_identity_setting(
    struct rp_identity *id, const char *variable, const char *name)
{
	const char *env = getenv(variable);
	char *value;

	if (env != NULL && *env != '\0')
		return env;
	for (size_t i = 0; name != NULL && i < id->n_settings; i++)
		if (strcmp(id->settings[i].name, name) == 0)
			return id->settings[i].value;
	if (name == NULL || id->n_settings == RP_LEN(id->settings) ||
	    (value = rp_identity_value(id, name)) == NULL)
		return NULL;
	id->settings[id->n_settings].name = name;
	id->settings[id->n_settings++].value = value;
	return value;
}

/* ---- the chain ---- */

/* What comes of a source: RP_EMPTY, it is not there; others end the search. */
typedef enum rp_status source(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err);

static enum rp_status
take(struct rp_credentials *c, const char *key, const char *secret,
    const char *token, struct rp_error *err)
{
	c->key = strdup(key);
	c->secret = strdup(secret);
	c->token = token != NULL && *token != '\0' ? strdup(token) : NULL;
	return c->key != NULL && c->secret != NULL ? RP_OK
						   : rp_error_no_memory(err);
}

static enum rp_status
from_environment(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err)
{
	const char *key = getenv("AWS_ACCESS_KEY_ID");
	const char *secret = getenv("AWS_SECRET_ACCESS_KEY");

	if (id->chosen || key == NULL || *key == '\0')
		return RP_EMPTY;
	if (secret == NULL || *secret == '\0')
		return rp_error_set(err, RP_ERR_USAGE,
		    "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
	return take(c, key, secret, getenv("AWS_SESSION_TOKEN"), err);
}

static enum rp_status
from_profile(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err)
{
	c->key = rp_identity_value(id, "aws_access_key_id");
	c->secret = rp_identity_value(id, "aws_secret_access_key");
	c->token = rp_identity_value(id, "aws_session_token");
	if (c->key == NULL && c->secret == NULL)
		return RP_EMPTY;
	if (c->key == NULL || c->secret == NULL)
		return rp_error_set(err, RP_ERR_USAGE,
		    "profile '%s' has one of aws_access_key_id and "
		    "aws_secret_access_key without the other",
		    id->profile);
	return RP_OK;
}

/* A role that another profile takes on needs requests to STS that are signed
 * with its keys; the aws command does that as a credential_process. */
static enum rp_status
from_other_profile(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err)
{
	char *source_profile = rp_identity_value(id, "source_profile");
	enum rp_status st = RP_EMPTY;

	(void)c;
	if (source_profile != NULL)
		st = rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "profile '%s' takes on a role by source_profile: give it "
		    "credential_process = aws configure export-credentials "
		    "instead",
		    id->profile);
	free(source_profile);
	return st;
}

static enum rp_status
search(struct rp_identity *id, struct rp_credentials *c, struct rp_error *err)
{
	static source *const chain[] = { from_environment, rp_identity_from_web,
		from_profile, rp_identity_from_process, from_other_profile,
		rp_identity_from_container, rp_identity_from_instance };
	enum rp_status st = RP_EMPTY;

	for (size_t i = 0; i < RP_LEN(chain) && st == RP_EMPTY; i++) {
		rp_credentials_clear(c);
		st = chain[i](id, c, err);
	}
	if (st == RP_EMPTY)
		return rp_error_set(err, RP_ERR_USAGE,
		    "no credentials: neither AWS_ACCESS_KEY_ID nor a profile "
		    "nor a role of this machine");
	return st;
}

/* They end up in headers. */
static bool
is_plain(const char *s)
{
	for (; s != NULL && *s != '\0'; s++)
		if (*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

enum rp_status
rp_identity_credentials(struct rp_identity *id, bool anew,
    const struct rp_credentials **c, struct rp_error *err)
{
	struct rp_credentials next = { .expires = INT64_MAX };
	enum rp_status st;

	*c = &id->now;
	if (id->now.key != NULL && !anew &&
	    rp_time_now() < id->now.expires - RENEW_BEFORE)
		return RP_OK;
	st = search(id, &next, err);
	if (st == RP_OK && (!is_plain(next.key) || !is_plain(next.token)))
		st = rp_error_set(err, RP_ERR_USAGE,
		    "the credentials have a control character");
	if (st != RP_OK) {
		rp_credentials_clear(&next);
		return st;
	}
	rp_credentials_clear(&id->now);
	id->now = next;
	return RP_OK;
}
