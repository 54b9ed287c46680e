#include "cli/routes.h"

#include <stdlib.h>
#include <string.h>

#include "types/types.h"
#include "wire/labels.h"

/* Paths of records like those before, found without making them. */
enum { CACHE = 1 << 14 };

struct route {
	struct rp_route_key key; /* only what the path has of it */
	const struct rp_label *time; /* of the path; NULL: an empty route */
	uint32_t number;
};

struct rp_routes {
	const struct rp_template *template;
	struct rp_path_clock clock;
	unsigned keys;
	struct rp_labels times; /* texts of the path's times */
	int64_t second; /* that now is of */
	const struct rp_label *now;
	struct rp_labels paths; /* slot: the number */
	uint32_t n;
	struct rp_buffer text; /* a path being made */
	struct route cache[CACHE];
};

struct rp_routes *
rp_routes_new(
    const struct rp_template *paths, const struct rp_path_clock *clock)
{
	struct rp_routes *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->template = paths;
	r->clock = *clock;
	r->keys = rp_template_keys(paths);
	r->times.class = r->paths.class = RP_NAME_SCHEMA;
	return r;
}

void
rp_routes_free(struct rp_routes *r)
{
	if (r == NULL)
		return;
	rp_labels_free(&r->times);
	rp_labels_free(&r->paths);
	rp_buffer_free(&r->text);
	free(r);
}

/* What the path says of a time, as a label: one for each text. */
static enum rp_status
label_time(struct rp_routes *r, int64_t ts, const struct rp_label **time)
{
	struct rp_path_values v = { .ts = ts };
	int64_t second = ts / RP_SECOND - (ts % RP_SECOND < 0);

	*time = r->now;
	if (r->now != NULL &&
	    (second == r->second || !(r->keys & RP_PATH_TIMES)))
		return RP_OK;
	if (rp_template_expand(r->template, &r->clock, &v, &r->text) != RP_OK)
		return RP_ERR_NOMEM;
	r->now = rp_labels_find(
	    &r->times, (const char *)r->text.data, r->text.len - 1);
	r->second = second;
	*time = r->now;
	return *time != NULL ? RP_OK : RP_ERR_NOMEM;
}

static void
set_name(const struct rp_roster *names, uint32_t name, const char **text,
    size_t *len)
{
	if (name == RP_NO_NAME)
		return;
	*text = names->names[name].text;
	*len = names->names[name].len;
}

void
rp_routes_values(const struct rp_roster *names, const struct rp_route_key *key,
    char type[static 8], struct rp_path_values *v)
{
	*v = (struct rp_path_values){ .ts = key->ts };
	set_name(names, key->symbol, &v->symbol, &v->symbol_len);
	set_name(names, key->source, &v->source, &v->source_len);
	v->type = rp_type_name(key->type, type);
	v->type_len = strlen(v->type);
}

/* By its path: different records may come to the same. */
static enum rp_status
number_of(struct rp_routes *r, const struct rp_roster *names,
    const struct rp_route_key *key, uint32_t *number)
{
	struct rp_path_values v;
	struct rp_label *path;
	char type[8];

	rp_routes_values(names, key, type, &v);
	if (rp_template_expand(r->template, &r->clock, &v, &r->text) != RP_OK)
		return RP_ERR_NOMEM;
	path = rp_labels_find(
	    &r->paths, (const char *)r->text.data, r->text.len - 1);
	if (path == NULL)
		return RP_ERR_NOMEM;
	if (path->slot == RP_NO_NAME)
		path->slot = r->n++;
	*number = path->slot;
	return RP_OK;
}

static struct route *
cached(struct rp_routes *r, const struct route *route)
{
	uint64_t h = (uint64_t)(uintptr_t)route->time / 64;

	h = (h * 31 + route->key.symbol) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h + route->key.source) * UINT64_C(0x9e3779b97f4a7c15) +
	    route->key.type;
	return &r->cache[(h ^ h >> 32) % CACHE];
}

static bool
is_same(const struct route *a, const struct route *b)
{
	return a->time == b->time && a->key.symbol == b->key.symbol &&
	    a->key.source == b->key.source && a->key.type == b->key.type;
}

enum rp_status
rp_routes_find(struct rp_routes *r, const struct rp_roster *names,
    const struct rp_route_key *key, uint32_t *number)
{
	struct route it = { .key = {
				.symbol = r->keys & RP_PATH_SYMBOL ? key->symbol
								   : RP_NO_NAME,
				.source = r->keys & RP_PATH_SOURCE ? key->source
								   : RP_NO_NAME,
				.type = r->keys & RP_PATH_TYPE ? key->type : 0,
				.ts = key->ts,
			    } };
	struct route *c;
	enum rp_status st;

	if ((st = label_time(r, key->ts, &it.time)) != RP_OK)
		return st;
	c = cached(r, &it);
	if (!is_same(c, &it)) {
		if ((st = number_of(r, names, &it.key, &it.number)) != RP_OK)
			return st;
		*c = it;
	}
	*number = c->number;
	return RP_OK;
}

/* ---- whole frames ---- */

/* How much later a record may be without another text in the path. */
static int64_t
least_turn(const struct rp_routes *r)
{
	if (r->keys & RP_PATH_MINUTE)
		return 60 * RP_SECOND;
	return r->keys & RP_PATH_HOUR ? 3600 * RP_SECOND : RP_DAY / 2;
}

/* The only name of a class that a frame has, if all records have it. */
static bool
only_name(const struct rp_roster *names, const struct rp_frame *f,
    enum rp_name_class class, uint32_t *name)
{
	*name = RP_NO_NAME;
	for (uint32_t i = 0; i < f->n_names; i++) {
		if (f->names[i].class != class)
			continue;
		if (f->names[i].records != f->head.records)
			return false;
		*name = rp_roster_index(names, i);
	}
	return true;
}

static enum rp_status
has_one_time(struct rp_routes *r, const struct rp_frame_head *h, bool *one)
{
	const struct rp_label *first, *last;

	*one = !(r->keys & RP_PATH_TIMES);
	if (*one ||
	    (uint64_t)h->ts_max - (uint64_t)h->ts_min >=
		(uint64_t)least_turn(r))
		return RP_OK;
	if (label_time(r, h->ts_min, &first) != RP_OK ||
	    label_time(r, h->ts_max, &last) != RP_OK)
		return RP_ERR_NOMEM;
	*one = first == last;
	return RP_OK;
}

enum rp_status
rp_routes_whole(struct rp_routes *r, const struct rp_roster *names,
    const struct rp_frame *f, bool *whole, struct rp_route_key *key)
{
	*whole = false;
	*key = (struct rp_route_key){ RP_NO_NAME, RP_NO_NAME,
		f->n_types > 0 ? f->types[0].type : 0, f->head.ts_min };
	if (((r->keys & RP_PATH_SYMBOL) &&
		!only_name(names, f, RP_NAME_SYMBOL, &key->symbol)) ||
	    ((r->keys & RP_PATH_SOURCE) &&
		!only_name(names, f, RP_NAME_SOURCE, &key->source)) ||
	    ((r->keys & RP_PATH_TYPE) && f->n_types != 1))
		return RP_OK;
	return has_one_time(r, &f->head, whole);
}
