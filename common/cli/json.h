/* JSON objects, written member by member: one object a line. */
#ifndef RP_CLI_JSON_H
#define RP_CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct rp_json {
	FILE *f;
	bool numbers; /* 64-bit integers bare; else as strings */
	bool more; /* a member precedes */
	int depth;
};

/* key NULL: the outermost object, or an element of an array. */
void rp_json_open(struct rp_json *j, const char *key);
void rp_json_close(struct rp_json *j); /* the outermost one: and a newline */
void rp_json_array(struct rp_json *j, const char *key);
void rp_json_array_close(struct rp_json *j);

void rp_json_text(struct rp_json *j, const char *key, const char *text);
void rp_json_bytes(
    struct rp_json *j, const char *key, const char *text, size_t len);
void rp_json_u64(struct rp_json *j, const char *key, uint64_t v);
void rp_json_i64(struct rp_json *j, const char *key, int64_t v);
void rp_json_double(struct rp_json *j, const char *key, double v, int decimals);
void rp_json_bool(struct rp_json *j, const char *key, bool v);
/* A sum or hash: 16 hex digits, as text. */
void rp_json_hash(struct rp_json *j, const char *key, uint64_t v);

#endif
