/*
 * Any bytes as JSON: passed over, walked value by value, and searched by
 * pointers, they are good or bad alike, at the same place; what is found is
 * UTF-8 within its text. A flat object is the same to json_line.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "import/json_line.h"
#include "import/json_pick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
must_be_text(const struct rp_json_value *v)
{
	uint32_t code;
	size_t n;

	for (size_t i = 0; i < v->len; i += n) {
		n = rp_utf8_decode(v->text + i, v->len - i, &code);
		must(n > 0);
	}
}

static bool walk(struct rp_scan *s);

static bool
walk_members(struct rp_scan *s, enum rp_json_kind kind)
{
	struct rp_json_value key;

	while (
	    kind == RP_JSON_OBJECT ? rp_scan_key(s, &key) : rp_scan_item(s)) {
		if (kind == RP_JSON_OBJECT)
			must_be_text(&key);
		if (!walk(s))
			return false;
	}
	return s->why == NULL;
}

static bool
walk(struct rp_scan *s)
{
	struct rp_json_value v;

	if (!rp_scan_value(s, &v))
		return false;
	must(v.kind != RP_JSON_NONE);
	must_be_text(&v);
	return v.kind < RP_JSON_ARRAY || walk_members(s, v.kind);
}

/* A set of pointers: whatever keys of one letter and small indices reach. */
static void
make_pick(struct rp_json_pick *p)
{
	static const char *const pointers[] = { "", "/a", "/a/0", "/a/b", "/0",
		"/0/1", "/~1", "/", "//" };
	uint32_t number;

	for (size_t i = 0; i < RP_LEN(pointers); i++)
		must(rp_json_pick_add(p, pointers[i], strlen(pointers[i]),
			 &number, NULL) == RP_OK &&
		    number == i);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct rp_scan s = { 0 }, w = { 0 };
	struct rp_json_pick p = { 0 };
	struct rp_json_line line = { 0 };
	struct rp_json_value v[16];
	bool good, picked;

	good = rp_scan_begin(&s, text, size) && rp_scan_skip(&s) &&
	    rp_scan_end(&s);
	must(good == (s.why == NULL));
	must(s.at >= text && s.at <= text + size);
	must((rp_scan_begin(&w, text, size) && walk(&w) && rp_scan_end(&w)) ==
	    good);
	must(w.at == s.at);
	make_pick(&p);
	picked = rp_scan_begin(&w, text, size) && rp_json_pick(&p, &w, v) &&
	    rp_scan_end(&w);
	must(good || !picked);
	must(picked || !good || strstr(w.why, "twice") != NULL);
	if (picked)
		for (uint32_t i = 0; i < p.n; i++)
			must_be_text(&v[i]);
	/* the second time it knows the keys */
	picked = rp_json_line_read(&line, text, size) == RP_OK;
	must(good || !picked);
	must((rp_json_line_read(&line, text, size) == RP_OK) == picked);
	rp_json_line_free(&line);
	rp_json_pick_free(&p);
	rp_scan_free(&s);
	rp_scan_free(&w);
	return 0;
}
