#include "expr/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/limits.h"
#include "expr/expr.h"

struct entry {
	uint64_t hash; /* of a name */
	size_t len;
	char *text;
};

/* ---- from text ---- */

/*
 * The name that a pattern without wildcards stands for, in out; false: it is a
 * glob.
 */
static bool
plain(const char *text, size_t len, char *out, size_t *out_len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (strchr("*?[", text[i]) != NULL && text[i] != '\0')
			return false;
		if (text[i] == '\\' && i + 1 < len)
			i++;
		out[n++] = text[i];
	}
	*out_len = n;
	return true;
}

static enum rp_status
keep(struct rp_buffer *b, const struct entry *e)
{
	if (e->text != NULL && rp_buffer_add(b, e, sizeof(*e)) == RP_OK)
		return RP_OK;
	free(e->text);
	return RP_ERR_NOMEM;
}

static enum rp_status
add_one(void *arg, const char *text, size_t len, struct rp_error *err)
{
	struct rp_names *n = arg;
	char name[2 * RP_MAX_NAME];
	struct entry e = { 0 };

	if (len == 0)
		return rp_error_set(err, RP_ERR_USAGE, "an empty name");
	if (len > sizeof(name))
		return rp_error_set(err, RP_ERR_USAGE,
		    "a name of more than %d bytes", RP_MAX_NAME);
	n->sorted = false;
	if (plain(text, len, name, &e.len)) {
		e.hash = rp_hash(name, e.len);
		e.text = strndup(name, e.len);
		return keep(&n->exact, &e);
	}
	if (!rp_glob_is_closed(text, len))
		return rp_error_set(err, RP_ERR_USAGE,
		    "\"%.*s\" has a [ without its ] (\\[ stands for itself)",
		    (int)len, text);
	e.len = len;
	e.text = strndup(text, len);
	return keep(&n->globs, &e);
}

enum rp_status
rp_names_add(struct rp_names *n, const char *pattern, struct rp_error *err)
{
	return rp_names_each(pattern, add_one, n, err);
}

/* ---- from a file ---- */

static enum rp_status
slurp(const char *path, struct rp_buffer *b, struct rp_error *err)
{
	FILE *f = fopen(path, "re");
	enum rp_status st = RP_OK;
	char chunk[4096];
	size_t n;

	if (f == NULL)
		return rp_error_errno(err, "%s", path);
	while (st == RP_OK && (n = fread(chunk, 1, sizeof(chunk), f)) != 0) {
		st = rp_buffer_add(b, chunk, n);
		if (b->len > RP_MAX_NAME_FILE)
			st = rp_error_set(err, RP_ERR_USAGE,
			    "%s: more than %d bytes", path, RP_MAX_NAME_FILE);
	}
	if (st == RP_OK && ferror(f))
		st = rp_error_errno(err, "%s", path);
	fclose(f);
	return st;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static enum rp_status
each_line(const struct rp_buffer *b,
    enum rp_status (*fn)(void *, const char *, size_t, struct rp_error *),
    void *arg, struct rp_error *err)
{
	const char *p = (const char *)b->data, *end = p + b->len, *eol, *next;
	size_t line = 0;
	enum rp_status st;

	for (; p < end; p = next) {
		line++;
		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol != NULL ? eol : end;
		next = eol + 1;
		while (p < eol && is_blank(*p))
			p++;
		while (p < eol && is_blank(eol[-1]))
			eol--;
		if (p == eol || *p == '#')
			continue;
		if ((st = fn(arg, p, (size_t)(eol - p), err)) != RP_OK) {
			rp_error_prefix(err, "line %zu", line);
			return st;
		}
	}
	return RP_OK;
}

enum rp_status
rp_names_each(const char *pattern,
    enum rp_status (*fn)(void *, const char *, size_t, struct rp_error *),
    void *arg, struct rp_error *err)
{
	struct rp_buffer b = { 0 };
	enum rp_status st;

	if (*pattern != '@')
		return fn(arg, pattern, strlen(pattern), err);
	if ((st = slurp(pattern + 1, &b, err)) == RP_OK && b.len != 0 &&
	    (st = each_line(&b, fn, arg, err)) != RP_OK)
		rp_error_prefix(err, "%s", pattern + 1);
	rp_buffer_free(&b);
	return st;
}

/* ---- matching ---- */

static int
by_hash(const void *a, const void *b)
{
	uint64_t x = ((const struct entry *)a)->hash;
	uint64_t y = ((const struct entry *)b)->hash;

	return (x > y) - (x < y);
}

bool
rp_names_match(struct rp_names *n, const struct rp_label *name)
{
	const struct entry key = { .hash = name->hash }, *e;
	const struct entry *globs = (const struct entry *)n->globs.data;
	size_t i, count = n->exact.len / sizeof(*e);

	if (!n->sorted && count != 0)
		qsort(n->exact.data, count, sizeof(*e), by_hash);
	n->sorted = true;
	e = count == 0
	    ? NULL
	    : bsearch(&key, n->exact.data, count, sizeof(*e), by_hash);
	if (e != NULL && e->len == name->len &&
	    memcmp(e->text, name->text, e->len) == 0)
		return true;
	for (i = 0; i < n->globs.len / sizeof(*globs); i++)
		if (rp_glob_match(
			globs[i].text, globs[i].len, name->text, name->len))
			return true;
	return false;
}

static void
free_entries(struct rp_buffer *b)
{
	const struct entry *e = (const struct entry *)b->data;
	size_t i;

	for (i = 0; i < b->len / sizeof(*e); i++)
		free(e[i].text);
	rp_buffer_free(b);
}

void
rp_names_free(struct rp_names *n)
{
	free_entries(&n->exact);
	free_entries(&n->globs);
}
