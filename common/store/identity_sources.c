/* Where credentials come from that expire: STS, a process, a container's and
 * an instance's endpoint. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/time.h"
#include "import/json_scan.h"
#include "store/identity_work.h"
#include "store/uri.h"
#include "store/xml.h"

enum {
	ATTEMPTS = 3,
	ANSWER_TIME = 10, /* s */
	INSTANCE_TIME = 1, /* where there may be nobody */
	PROCESS_TIME = 60
};

#define CONTAINER_HOST "http://169.254.170.2"
#define INSTANCE_HOST "http://169.254.169.254"

/* ---- requests ---- */

/* One attempt. RP_EMPTY: no answer, or one that another time may differ. */
static enum rp_status
fetch_once(struct rp_identity *id, const struct rp_http_request *request,
    const char *who, struct rp_buffer *body, struct rp_error *why)
{
	struct rp_http *h = rp_http_begin(id->client, request);
	struct rp_http_reply reply;
	enum rp_status st;

	if (h == NULL)
		return rp_error_set(
		    why, RP_ERR_USAGE, "%s: '%s' is no URL", who, request->url);
	while (rp_http_step(h, &reply) == RP_EMPTY)
		(void)rp_http_wait(id->client, -1, 1000);
	*why = (struct rp_error){ 0 };
	if (reply.status == 200)
		st = rp_buffer_add(body, reply.body, reply.len) == RP_OK
		    ? RP_OK
		    : rp_error_no_memory(why);
	else if (reply.status == 0)
		st = rp_error_set(why, RP_ERR_REMOTE, "%s: %s", who, reply.why);
	else
		st = rp_error_set(why, RP_ERR_REMOTE,
		    "%s: status %d instead of credentials", who, reply.status);
	if (reply.status >= 500 || (reply.status == 0 && !reply.hopeless))
		st = RP_EMPTY;
	rp_http_free(h);
	return st;
}

/* The body of what answers 200 to it, terminated. */
static enum rp_status
fetch(struct rp_identity *id, const struct rp_http_request *request,
    const char *who, struct rp_buffer *body, struct rp_error *err)
{
	struct rp_http_request r = *request;
	struct rp_error why = { 0 };
	enum rp_status st = RP_EMPTY;

	r.max_reply = RP_TOKEN_MOST;
	if (r.timeout == 0)
		r.timeout = ANSWER_TIME;
	for (int i = 0; i < ATTEMPTS && st == RP_EMPTY; i++) {
		if (i > 0)
			(void)rp_clock_sleep_until(
			    rp_clock_monotonic() + (RP_SECOND / 10 << i));
		body->len = 0;
		st = fetch_once(id, &r, who, body, &why);
	}
	if (st == RP_OK && rp_buffer_add(body, "", 1) == RP_OK)
		return RP_OK;
	return rp_error_set(
	    err, st == RP_EMPTY ? RP_ERR_REMOTE : st, "%s", why.text);
}

/* ---- JSON ---- */

static enum rp_status
take_member(struct rp_credentials *c, const struct rp_json_value *key,
    const struct rp_json_value *v)
{
	char **to = rp_json_is(key, "AccessKeyId") ? &c->key
	    : rp_json_is(key, "SecretAccessKey")   ? &c->secret
	    : rp_json_is(key, "Token") || rp_json_is(key, "SessionToken")
	    ? &c->token
	    : NULL;

	if (v->kind != RP_JSON_STRING)
		return RP_OK;
	if (rp_json_is(key, "Expiration"))
		return rp_time_parse(v->text, v->len, NULL, &c->expires) ==
			RP_OK
		    ? RP_OK
		    : RP_ERR_CORRUPT;
	if (to == NULL || *to != NULL)
		return RP_OK;
	*to = strndup(v->text, v->len);
	return *to != NULL ? RP_OK : RP_ERR_NOMEM;
}

/* What all four write: an object with the keys among its members. */
static enum rp_status
from_json(struct rp_credentials *c, const struct rp_buffer *text,
    const char *who, struct rp_error *err)
{
	struct rp_json_value key, v;
	struct rp_scan s = { 0 };
	enum rp_status st = RP_OK;

	if (rp_scan_begin(&s, (const char *)text->data, text->len - 1) &&
	    rp_scan_value(&s, &v) && v.kind == RP_JSON_OBJECT)
		while (st == RP_OK && rp_scan_key(&s, &key) &&
		    rp_scan_value(&s, &v)) {
			if (v.kind >= RP_JSON_ARRAY)
				(void)rp_scan_leave(
				    &s, (enum rp_json_kind)v.kind);
			else
				st = take_member(c, &key, &v);
		}
	if (st == RP_OK &&
	    (s.why != NULL || c->key == NULL || c->secret == NULL))
		st = RP_ERR_CORRUPT;
	rp_identity_wipe(&s.plain);
	rp_scan_free(&s);
	return st == RP_OK
	    ? RP_OK
	    : rp_error_set(err, st == RP_ERR_NOMEM ? st : RP_ERR_REMOTE,
		  "%s: what came is no credentials", who);
}

static enum rp_status
fetch_json(struct rp_identity *id, const struct rp_http_request *request,
    const char *who, struct rp_credentials *c, struct rp_error *err)
{
	struct rp_buffer body = { 0 };
	enum rp_status st = fetch(id, request, who, &body, err);

	if (st == RP_OK)
		st = from_json(c, &body, who, err);
	rp_identity_wipe(&body);
	return st;
}

/* ---- a web identity ---- */

static enum rp_status
add_parameter(struct rp_buffer *b, const char *name, const char *value)
{
	enum rp_status st = rp_buffer_add(b, name, strlen(name));

	return st == RP_OK ? rp_uri_encode(b, value, false) : st;
}

/* The form that is posted to STS. */
static enum rp_status
web_form(struct rp_buffer *form, const char *file, const char *role,
    const char *session, struct rp_error *err)
{
	struct rp_buffer token = { 0 };
	char *text;
	enum rp_status st = rp_file_read(file, RP_TOKEN_MOST, &token, err);

	if (st == RP_OK && rp_buffer_add(&token, "", 1) != RP_OK)
		st = rp_error_no_memory(err);
	if (st == RP_OK) {
		text = (char *)token.data;
		text[strcspn(text, "\r\n")] = '\0';
		if (add_parameter(form,
			"Action=", "AssumeRoleWithWebIdentity") != RP_OK ||
		    add_parameter(form, "&RoleArn=", role) != RP_OK ||
		    add_parameter(form, "&RoleSessionName=",
			session != NULL ? session : "rp") != RP_OK ||
		    add_parameter(form, "&Version=", "2011-06-15") != RP_OK ||
		    add_parameter(form, "&WebIdentityToken=", text) != RP_OK)
			st = rp_error_no_memory(err);
	}
	rp_identity_wipe(&token);
	return st;
}

static char *
xml_secret(const struct rp_buffer *body, const char *name)
{
	const struct rp_xml doc = { (const char *)body->data,
		(const char *)body->data + body->len - 1 };
	char *text = malloc(RP_TOKEN_MOST), *copy = NULL;

	if (text == NULL)
		return NULL;
	if (rp_xml_text(&doc, name, text, RP_TOKEN_MOST))
		copy = strdup(text);
	explicit_bzero(text, RP_TOKEN_MOST);
	free(text);
	return copy;
}

static enum rp_status
from_sts(struct rp_credentials *c, const struct rp_buffer *body,
    struct rp_error *err)
{
	char *expires = xml_secret(body, "Expiration");
	bool bad;

	c->key = xml_secret(body, "AccessKeyId");
	c->secret = xml_secret(body, "SecretAccessKey");
	c->token = xml_secret(body, "SessionToken");
	bad = c->key == NULL || c->secret == NULL || expires == NULL ||
	    rp_time_parse(expires, strlen(expires), NULL, &c->expires) != RP_OK;
	free(expires);
	return bad ? rp_error_set(
			 err, RP_ERR_REMOTE, "STS: what came is no credentials")
		   : RP_OK;
}

static enum rp_status
post_to_sts(struct rp_identity *id, const struct rp_buffer *form,
    struct rp_credentials *c, struct rp_error *err)
{
	static const char *const type[] = {
		"Content-Type: application/x-www-form-urlencoded"
	};
	const char *endpoint =
	    rp_identity_setting(id, "AWS_ENDPOINT_URL_STS", NULL);
	const char *region = rp_identity_setting(id, "AWS_REGION", "region");
	struct rp_http_request r = { .method = "POST",
		.headers = type,
		.n_headers = RP_LEN(type),
		.body = form->data,
		.body_len = form->len };
	struct rp_buffer body = { 0 };
	char url[300];
	enum rp_status st;

	if (endpoint == NULL)
		endpoint =
		    rp_identity_setting(id, "AWS_ENDPOINT_URL", "endpoint_url");
	if (endpoint == NULL)
		(void)snprintf(url, sizeof(url),
		    "https://sts.%s.amazonaws.com/",
		    region != NULL ? region : "us-east-1");
	r.url = endpoint != NULL ? endpoint : url;
	r.ca_file = rp_identity_setting(id, "AWS_CA_BUNDLE", "ca_bundle");
	st = fetch(id, &r, "STS", &body, err);
	if (st == RP_OK)
		st = from_sts(c, &body, err);
	rp_identity_wipe(&body);
	return st;
}

enum rp_status
rp_identity_from_web(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err)
{
	const char *env_file =
	    id->chosen ? NULL : getenv("AWS_WEB_IDENTITY_TOKEN_FILE");
	const char *env_role = getenv("AWS_ROLE_ARN");
	const char *env_name = getenv("AWS_ROLE_SESSION_NAME");
	char *file = env_file != NULL
	    ? strdup(env_file)
	    : rp_identity_value(id, "web_identity_token_file");
	char *role = env_file != NULL && env_role != NULL
	    ? strdup(env_role)
	    : rp_identity_value(id, "role_arn");
	char *name = env_file != NULL && env_name != NULL
	    ? strdup(env_name)
	    : rp_identity_value(id, "role_session_name");
	struct rp_buffer form = { 0 };
	enum rp_status st = RP_EMPTY;

	if (file != NULL && role == NULL)
		st = rp_error_set(err, RP_ERR_USAGE,
		    "a web identity's token is there, but no AWS_ROLE_ARN");
	else if (file != NULL) {
		st = web_form(&form, file, role, name, err);
		if (st == RP_OK)
			st = post_to_sts(id, &form, c, err);
	}
	rp_identity_wipe(&form);
	free(file);
	free(role);
	free(name);
	return st;
}

/* ---- a process ---- */

/* Start it with its stdout in *from. */
static enum rp_status
start(const char *command, pid_t *pid, int *from, struct rp_error *err)
{
	char shell[] = "/bin/sh", option[] = "-c";
	char *text = strdup(command);
	char *argv[] = { shell, option, text, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], failed;

	if (text == NULL || pipe2(ends, O_CLOEXEC) != 0) {
		free(text);
		return rp_error_errno(err, "credential_process");
	}
	failed = posix_spawn_file_actions_init(&actions);
	if (failed == 0) {
		(void)posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
		failed = posix_spawn(pid, shell, &actions, NULL, argv, environ);
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	free(text);
	close(ends[1]);
	*from = ends[0];
	if (failed == 0)
		return RP_OK;
	close(ends[0]);
	errno = failed;
	return rp_error_errno(err, "credential_process");
}

/* All that comes until its end, of bounded length and time. */
static bool
read_all(int fd, struct rp_buffer *out)
{
	int64_t until = rp_clock_monotonic() + PROCESS_TIME * RP_SECOND;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while (out->len < RP_TOKEN_MOST && rp_clock_monotonic() < until) {
		if (poll(&p, 1, 500) <= 0)
			continue;
		if (rp_buffer_reserve(out, out->len + 4096) != RP_OK)
			return false;
		n = read(fd, out->data + out->len, 4096);
		if (n == 0)
			return rp_buffer_add(out, "", 1) == RP_OK;
		if (n > 0)
			out->len += (size_t)n;
	}
	return false;
}

enum rp_status
rp_identity_from_process(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err)
{
	char *command = rp_identity_value(id, "credential_process");
	struct rp_buffer text = { 0 };
	int from = -1, status = -1;
	enum rp_status st;
	bool whole;
	pid_t pid;

	if (command == NULL)
		return RP_EMPTY;
	if ((st = start(command, &pid, &from, err)) == RP_OK) {
		whole = read_all(from, &text);
		close(from);
		if (!whole)
			kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		st = !whole || status != 0
		    ? rp_error_set(err, RP_ERR_REMOTE,
			  "credential_process of profile '%s' failed",
			  id->profile)
		    : from_json(c, &text, "credential_process", err);
	}
	rp_identity_wipe(&text);
	free(command);
	return st;
}

/* ---- a container ---- */

/* A token is sent to nobody but by TLS, this machine and the two hosts that
 * serve containers. */
static bool
is_trusted(const char *url)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost", "[::1]",
		"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]" };
	size_t n;

	if (strncmp(url, "https://", 8) == 0)
		return true;
	if (strncmp(url, "http://", 7) != 0)
		return false;
	for (size_t i = 0; i < RP_LEN(hosts); i++) {
		n = strlen(hosts[i]);
		if (strncmp(url + 7, hosts[i], n) == 0 &&
		    (url[7 + n] == ':' || url[7 + n] == '/' ||
			url[7 + n] == '\0'))
			return true;
	}
	return false;
}

/* "Authorization: TOKEN", if there is one. */
static enum rp_status
container_token(struct rp_buffer *header, struct rp_error *err)
{
	const char *file = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	enum rp_status st = RP_OK;

	if (file == NULL && token == NULL)
		return RP_OK;
	if (rp_buffer_add(header, "Authorization: ", 15) != RP_OK)
		return rp_error_no_memory(err);
	if (file != NULL)
		st = rp_file_read(file, RP_TOKEN_MOST, header, err);
	else if (rp_buffer_add(header, token, strlen(token)) != RP_OK)
		st = rp_error_no_memory(err);
	if (st == RP_OK && rp_buffer_add(header, "", 1) != RP_OK)
		st = rp_error_no_memory(err);
	if (st == RP_OK) {
		char *text = (char *)header->data;

		text[strcspn(text, "\r\n")] = '\0';
	}
	return st;
}

enum rp_status
rp_identity_from_container(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err)
{
	const char *full = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *relative = getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	struct rp_http_request r = { .method = "GET", .direct = true };
	struct rp_buffer header = { 0 };
	const char *headers[1];
	char *url = NULL;
	enum rp_status st;

	if (full == NULL && relative == NULL)
		return RP_EMPTY;
	if (relative != NULL && relative[0] != '/')
		return rp_error_set(err, RP_ERR_USAGE,
		    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI begins with no /");
	if (relative == NULL && !is_trusted(full))
		return rp_error_set(err, RP_ERR_USAGE,
		    "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor "
		    "on this machine");
	if (asprintf(&url, "%s%s", relative != NULL ? CONTAINER_HOST : "",
		relative != NULL ? relative : full) < 0)
		return rp_error_no_memory(err);
	if ((st = container_token(&header, err)) == RP_OK) {
		headers[0] = (const char *)header.data;
		r.url = url;
		r.headers = headers;
		r.n_headers = header.len > 0;
		st = fetch_json(id, &r, "the container's endpoint", c, err);
	}
	rp_identity_wipe(&header);
	free(url);
	return st;
}

/* ---- an instance (IMDSv2) ---- */

static bool
instance_url(char *url, size_t size, const char *path, const char *role)
{
	const char *host = getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	int n;

	if (host == NULL || *host == '\0')
		host = INSTANCE_HOST;
	n = snprintf(url, size, "%s%s%s%s", host,
	    host[strlen(host) - 1] == '/' ? "" : "/", path, role);
	return n > 0 && (size_t)n < size;
}

/* "X-aws-ec2-metadata-token: TOKEN". RP_EMPTY: there is nobody. */
static enum rp_status
instance_token(struct rp_identity *id, struct rp_buffer *header)
{
	static const char *const ttl[] = {
		"X-aws-ec2-metadata-token-ttl-seconds: 21600"
	};
	static const char name[] = "X-aws-ec2-metadata-token: ";
	char url[512];
	struct rp_http_request r = { .method = "PUT",
		.url = url,
		.headers = ttl,
		.n_headers = RP_LEN(ttl),
		.body = "",
		.timeout = INSTANCE_TIME,
		.direct = true };
	struct rp_buffer token = { 0 };
	enum rp_status st = RP_EMPTY;

	if (instance_url(url, sizeof(url), "latest/api/token", "") &&
	    fetch(id, &r, "the instance", &token, NULL) == RP_OK &&
	    rp_buffer_add(header, name, sizeof(name) - 1) == RP_OK &&
	    rp_buffer_add(header, token.data, token.len) == RP_OK &&
	    strpbrk((char *)token.data, "\r\n") == NULL)
		st = RP_OK;
	rp_identity_wipe(&token);
	return st;
}

static enum rp_status
instance_role(struct rp_identity *id, const struct rp_http_request *as,
    const char *path, char *role, size_t size, struct rp_error *err)
{
	struct rp_http_request r = *as;
	struct rp_buffer body = { 0 };
	char url[512];
	enum rp_status st = RP_EMPTY;
	size_t n;

	r.url = url;
	if (instance_url(url, sizeof(url), path, ""))
		st = fetch(id, &r, "the instance", &body, err);
	if (st == RP_OK) {
		n = strcspn((char *)body.data, "\r\n");
		if (n == 0 || n >= size || memchr(body.data, '/', n) != NULL)
			st = rp_error_set(err, RP_ERR_REMOTE,
			    "the instance: it names no role");
		else
			(void)snprintf(
			    role, size, "%.*s", (int)n, (char *)body.data);
	}
	rp_buffer_free(&body);
	return st;
}

enum rp_status
rp_identity_from_instance(
    struct rp_identity *id, struct rp_credentials *c, struct rp_error *err)
{
	static const char path[] = "latest/meta-data/iam/security-credentials/";
	const char *disabled = getenv("AWS_EC2_METADATA_DISABLED");
	struct rp_buffer header = { 0 };
	const char *headers[1];
	struct rp_http_request r = { .method = "GET",
		.headers = headers,
		.n_headers = 1,
		.direct = true };
	char role[128], url[512];
	enum rp_status st;

	if (disabled != NULL && strcasecmp(disabled, "true") == 0)
		return RP_EMPTY;
	if (instance_token(id, &header) != RP_OK) {
		rp_identity_wipe(&header);
		return RP_EMPTY;
	}
	headers[0] = (const char *)header.data;
	st = instance_role(id, &r, path, role, sizeof(role), err);
	if (st == RP_OK && instance_url(url, sizeof(url), path, role)) {
		r.url = url;
		st = fetch_json(id, &r, "the instance", c, err);
	}
	rp_identity_wipe(&header);
	return st;
}
