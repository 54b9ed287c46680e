#include "balance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/hash.h"
#include "base/limits.h"
#include "import/json_scan.h"

struct share {
	uint64_t hash, records;
	size_t at; /* of its name, in names */
	uint32_t len, worker;
};

struct reading {
	struct balance *b;
	struct rp_buffer shares; /* struct share, as they come */
	struct rp_scan scan;
};

/* ---- the file ---- */

static enum rp_status
add(struct reading *r, const struct rp_json_value *name, uint64_t records)
{
	struct rp_buffer *names = &r->b->names;
	struct share s = { .hash = rp_hash(name->text, name->len),
		.records = records,
		.at = names->len,
		.len = name->len };
	enum rp_status st = rp_buffer_add(names, name->text, name->len);

	return st == RP_OK ? rp_buffer_add(&r->shares, &s, sizeof(s)) : st;
}

/* {"records": N, ...}; false: no number there, or the scan says why. */
static bool
read_records(struct rp_scan *s, uint64_t *records)
{
	struct rp_json_value key, v;
	bool any = false;

	if (!rp_scan_value(s, &v) || v.kind != RP_JSON_OBJECT)
		return false;
	while (rp_scan_key(s, &key)) {
		if (!rp_json_is(&key, "records")) {
			if (!rp_scan_skip(s))
				return false;
			continue;
		}
		if (!rp_scan_value(s, &v) ||
		    (v.kind != RP_JSON_NUMBER && v.kind != RP_JSON_STRING) ||
		    rp_u64_parse(v.text, v.len, records) != RP_OK)
			return false;
		any = true;
	}
	return any && s->why == NULL;
}

static enum rp_status
read_symbols(struct reading *r)
{
	struct rp_json_value name, v;
	uint64_t records;
	enum rp_status st = RP_OK;

	if (!rp_scan_value(&r->scan, &v) || v.kind != RP_JSON_OBJECT)
		return RP_ERR_CORRUPT;
	while (st == RP_OK && rp_scan_key(&r->scan, &name)) {
		if (name.len > RP_MAX_NAME || !read_records(&r->scan, &records))
			return RP_ERR_CORRUPT;
		st = add(r, &name, records);
	}
	return st;
}

/* A line of rp-ls --json. */
static enum rp_status
read_line(struct reading *r, const char *line, size_t len)
{
	struct rp_scan *s = &r->scan;
	struct rp_json_value key, v;
	bool any = false;
	enum rp_status st = RP_OK;

	if (!rp_scan_begin(s, line, len) || !rp_scan_value(s, &v) ||
	    v.kind != RP_JSON_OBJECT)
		return RP_ERR_CORRUPT;
	while (st == RP_OK && rp_scan_key(s, &key)) {
		if (rp_json_is(&key, "symbols")) {
			any = true;
			st = read_symbols(r);
		} else if (!rp_scan_skip(s)) {
			break;
		}
	}
	if (st == RP_OK)
		st = rp_scan_status(s);
	return st == RP_OK && (!any || !rp_scan_end(s)) ? RP_ERR_CORRUPT : st;
}

static enum rp_status
read_lines(struct reading *r, FILE *f, const char *path, struct rp_error *err)
{
	char *line = NULL;
	size_t cap = 0, number = 0;
	ssize_t len;
	enum rp_status st = RP_OK;

	while (st == RP_OK && (len = getline(&line, &cap, f)) > 0) {
		number++;
		st = read_line(r, line, (size_t)len);
	}
	if (st == RP_ERR_CORRUPT)
		(void)rp_error_set(err, st,
		    "%s: line %zu: not what rp-ls --json prints: no counts of "
		    "symbols",
		    path, number);
	else if (st != RP_OK)
		(void)rp_error_set(err, st, "out of memory");
	else if (ferror(f))
		st = rp_error_errno(err, "%s", path);
	else if (number == 0)
		st = rp_error_set(err, RP_ERR_CORRUPT, "%s: is empty", path);
	free(line);
	return st;
}

/* ---- the table ---- */

static int
by_name(const void *a, const void *b, void *names)
{
	const struct share *x = a, *y = b;
	const uint8_t *text = names;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(text + x->at, text + y->at, x->len);
}

static int
largest_first(const void *a, const void *b, void *names)
{
	const struct share *x = a, *y = b;

	if (x->records != y->records)
		return x->records > y->records ? -1 : 1;
	return by_name(a, b, names);
}

/* One share a name, of what several logs have of it. */
static void
add_up(struct balance *b)
{
	size_t n = 0;

	qsort_r(b->shares, b->n, sizeof(*b->shares), by_name, b->names.data);
	for (size_t i = 0; i < b->n; i++)
		if (n > 0 &&
		    by_name(&b->shares[n - 1], &b->shares[i], b->names.data) ==
			0)
			b->shares[n - 1].records += b->shares[i].records;
		else
			b->shares[n++] = b->shares[i];
	b->n = n;
}

static enum rp_status
assign(struct balance *b, uint32_t workers)
{
	uint64_t *load = calloc(workers, sizeof(*load));
	uint32_t least;

	if (load == NULL)
		return RP_ERR_NOMEM;
	qsort_r(
	    b->shares, b->n, sizeof(*b->shares), largest_first, b->names.data);
	for (size_t i = 0; i < b->n; i++) {
		least = 0;
		for (uint32_t w = 1; w < workers; w++)
			if (load[w] < load[least])
				least = w;
		b->shares[i].worker = least;
		load[least] += b->shares[i].records;
	}
	free(load);
	qsort_r(b->shares, b->n, sizeof(*b->shares), by_name, b->names.data);
	return RP_OK;
}

enum rp_status
balance_read(
    struct balance *b, const char *path, uint32_t workers, struct rp_error *err)
{
	struct reading r = { .b = b };
	FILE *f = fopen(path, "re");
	enum rp_status st;

	if (f == NULL)
		return rp_error_errno(err, "%s", path);
	st = read_lines(&r, f, path, err);
	fclose(f);
	rp_scan_free(&r.scan);
	b->shares = (struct share *)(void *)r.shares.data;
	b->n = r.shares.len / sizeof(*b->shares);
	if (st != RP_OK || b->n == 0)
		return st;
	add_up(b);
	st = assign(b, workers);
	return st == RP_OK ? st : rp_error_set(err, st, "out of memory");
}

void
balance_free(struct balance *b)
{
	free(b->shares);
	rp_buffer_free(&b->names);
	*b = (struct balance){ 0 };
}

bool
balance_find(
    const struct balance *b, const struct rp_label *symbol, uint32_t *worker)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (b->shares[mid].hash < symbol->hash)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < b->n && b->shares[low].hash == symbol->hash; low++) {
		const struct share *s = &b->shares[low];

		if (s->len == symbol->len &&
		    memcmp(b->names.data + s->at, symbol->text, s->len) == 0) {
			*worker = s->worker;
			return true;
		}
	}
	return false;
}
