/* What became of objects and orphans: a line each. */
#include "cli/json.h"
#include "upload.h"

static enum rp_status
written(struct upload *u, int n)
{
	return n >= 0 && fflush(stdout) == 0
	    ? RP_OK
	    : rp_error_errno(&u->cli->error, "<stdout>");
}

static int
put_place(const struct upload *u, const char *key)
{
	const char *root = u->root;

	if (u->bucket != NULL)
		return printf("s3://%s/%s", u->bucket, key);
	return printf("%s%s", root, key);
}

static void
put_url(struct rp_json *j, const struct upload *u, const char *key)
{
	struct rp_buffer url = { 0 };
	const char *root = u->bucket != NULL ? "s3://" : u->root;

	if (rp_buffer_add(&url, root, strlen(root)) == RP_OK &&
	    (u->bucket == NULL ||
		(rp_buffer_add(&url, u->bucket, strlen(u->bucket)) == RP_OK &&
		    rp_buffer_add(&url, "/", 1) == RP_OK)) &&
	    rp_buffer_add(&url, key, strlen(key)) == RP_OK)
		rp_json_bytes(j, "object", (char *)url.data, url.len);
	rp_buffer_free(&url);
}

enum rp_status
report(struct upload *u, enum outcome outcome, const char *key,
    const struct rp_put_result *result, uint64_t retries)
{
	static const char *const words[] = { "uploaded", "skipped", "planned" };
	struct rp_json j = { .f = stdout, .numbers = true };

	if (!u->o->json) {
		if (outcome != PLANNED)
			return RP_OK;
		return written(u, put_place(u, key) < 0 ? -1 : printf("\n"));
	}
	rp_json_open(&j, NULL);
	put_url(&j, u, key);
	rp_json_text(&j, "key", key);
	rp_json_text(&j, "outcome", words[outcome]);
	if (result != NULL) {
		rp_json_text(&j, "etag", result->etag);
		rp_json_u64(&j, "size", result->size);
	}
	if (outcome == UPLOADED) {
		rp_json_text(&j, "sum", result->sum);
		rp_json_u64(&j, "parts", result->parts);
		rp_json_u64(&j, "retries", retries);
	}
	rp_json_close(&j);
	return written(u, 0);
}

enum rp_status
report_orphan(struct upload *u, const struct rp_orphan *orphan, bool aborted)
{
	struct rp_json j = { .f = stdout, .numbers = true };
	struct rp_time_text utc = { 0 };
	char begun[RP_TIME_ROOM + 1] = "-";

	if (orphan->begun != RP_ABSENT)
		begun[rp_time_format(&utc, begun, orphan->begun)] = '\0';
	if (!u->o->json) {
		if (printf("%s  ", begun) < 0 || put_place(u, orphan->key) < 0)
			return written(u, -1);
		return written(u,
		    printf("%s%s%s\n", orphan->id != NULL ? "  " : "",
			orphan->id != NULL ? orphan->id : "",
			aborted ? "  aborted" : ""));
	}
	rp_json_open(&j, NULL);
	put_url(&j, u, orphan->key);
	rp_json_text(&j, "key", orphan->key);
	rp_json_text(&j, "begun", begun);
	if (orphan->id != NULL)
		rp_json_text(&j, "id", orphan->id);
	rp_json_bool(&j, "aborted", aborted);
	rp_json_close(&j);
	return written(u, 0);
}
