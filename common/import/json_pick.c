#include "import/json_pick.h"

#include <stdlib.h>

enum { NONE = UINT32_MAX };

/* A key, or an index, below another step. */
struct rp_json_step {
	uint32_t key, len; /* in keys */
	uint64_t index; /* the key as one, or UINT64_MAX */
	uint32_t number; /* of the pointer that ends here, or NONE */
	uint32_t child, sibling; /* steps, or NONE */
};

/* ---- the tree ---- */

static enum rp_status
add_step(struct rp_json_pick *p, uint32_t *at)
{
	struct rp_json_step *grown;
	uint32_t cap = p->cap == 0 ? 16 : 2 * p->cap;

	if (p->n_steps == p->cap) {
		grown = reallocarray(p->steps, cap, sizeof(*grown));
		if (grown == NULL)
			return RP_ERR_NOMEM;
		p->steps = grown;
		p->cap = cap;
	}
	p->steps[p->n_steps] = (struct rp_json_step){
		.index = UINT64_MAX,
		.number = NONE,
		.child = NONE,
		.sibling = NONE,
	};
	*at = p->n_steps++;
	return RP_OK;
}

static inline bool
is_key(const struct rp_json_pick *p, const struct rp_json_step *step,
    const char *text, size_t len)
{
	return step->len == len &&
	    memcmp(p->keys.data + step->key, text, len) == 0;
}

/* "0", or digits that do not begin with it. */
static uint64_t
index_of(const uint8_t *text, size_t len)
{
	uint64_t n = 0;

	if (len == 0 || len > 18 || (len > 1 && *text == '0'))
		return UINT64_MAX;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return UINT64_MAX;
		n = 10 * n + (uint64_t)(text[i] - '0');
	}
	return n;
}

/* The step below *at with the key that keys holds from `from` on. */
static enum rp_status
descend(struct rp_json_pick *p, uint32_t from, uint32_t *at)
{
	const uint8_t *text = p->keys.data + from;
	uint32_t len = (uint32_t)p->keys.len - from, parent = *at, new;
	uint32_t i;

	for (i = p->steps[parent].child; i != NONE; i = p->steps[i].sibling)
		if (is_key(p, &p->steps[i], (const char *)text, len)) {
			p->keys.len = from;
			*at = i;
			return RP_OK;
		}
	if (add_step(p, &new) != RP_OK)
		return RP_ERR_NOMEM;
	p->steps[new].key = from;
	p->steps[new].len = len;
	p->steps[new].index = index_of(text, len);
	p->steps[new].sibling = p->steps[parent].child;
	p->steps[parent].child = new;
	*at = new;
	return RP_OK;
}

/* One step of a pointer, behind its '/', without its escapes, to keys. */
static enum rp_status
read_step(struct rp_json_pick *p, const char **text, const char *end)
{
	const char *s = *text;
	char c;

	for (; s < end && *s != '/'; s++) {
		c = *s;
		if (c == '~') {
			if (++s == end || (*s != '0' && *s != '1'))
				return RP_ERR_USAGE;
			c = *s == '0' ? '~' : '/';
		}
		if (rp_buffer_add(&p->keys, &c, 1) != RP_OK)
			return RP_ERR_NOMEM;
	}
	*text = s;
	return RP_OK;
}

static enum rp_status
read_pointer(
    struct rp_json_pick *p, const char *text, const char *end, uint32_t *at)
{
	enum rp_status st = RP_OK;
	unsigned depth = 0;
	uint32_t from;

	*at = 0;
	if (p->n_steps == 0 && add_step(p, at) != RP_OK)
		return RP_ERR_NOMEM;
	/* an empty key needs a place to be compared at, too */
	if (rp_buffer_reserve(&p->keys, 1) != RP_OK)
		return RP_ERR_NOMEM;
	while (st == RP_OK && text < end) {
		if (*text++ != '/')
			return RP_ERR_USAGE;
		if (++depth > RP_JSON_MAX_DEPTH)
			return RP_ERR_LIMIT;
		from = (uint32_t)p->keys.len;
		st = read_step(p, &text, end);
		if (st == RP_OK)
			st = descend(p, from, at);
	}
	return st;
}

enum rp_status
rp_json_pick_add(struct rp_json_pick *p, const char *pointer, size_t len,
    uint32_t *number, struct rp_error *err)
{
	enum rp_status st;
	uint32_t at;

	st = read_pointer(p, pointer, pointer + len, &at);
	if (st == RP_ERR_NOMEM)
		return rp_error_no_memory(err);
	if (st == RP_ERR_LIMIT)
		return rp_error_set(err, st,
		    "'%.*s': a JSON pointer has at most %d steps", (int)len,
		    pointer, RP_JSON_MAX_DEPTH);
	if (st != RP_OK)
		return rp_error_set(err, st,
		    "'%.*s' is no JSON pointer (\"/member/0\")", (int)len,
		    pointer);
	if (p->steps[at].number == NONE)
		p->steps[at].number = p->n++;
	*number = p->steps[at].number;
	return RP_OK;
}

void
rp_json_pick_free(struct rp_json_pick *p)
{
	free(p->steps);
	rp_buffer_free(&p->keys);
	*p = (struct rp_json_pick){ 0 };
}

/* ---- the walk ---- */

static bool walk(const struct rp_json_pick *p, const struct rp_json_step *step,
    struct rp_scan *s, struct rp_json_value *v);

/* The step below this one for a key, or NULL. */
static const struct rp_json_step *
step_of_key(const struct rp_json_pick *p, const struct rp_json_step *step,
    const struct rp_json_value *key)
{
	for (uint32_t i = step->child; i != NONE; i = p->steps[i].sibling)
		if (is_key(p, &p->steps[i], key->text, key->len))
			return &p->steps[i];
	return NULL;
}

static const struct rp_json_step *
step_of_index(const struct rp_json_pick *p, const struct rp_json_step *step,
    uint64_t index)
{
	for (uint32_t i = step->child; i != NONE; i = p->steps[i].sibling)
		if (p->steps[i].index == index)
			return &p->steps[i];
	return NULL;
}

static bool
walk_object(const struct rp_json_pick *p, const struct rp_json_step *step,
    struct rp_scan *s, struct rp_json_value *v)
{
	const struct rp_json_step *below;
	struct rp_json_value key;

	while (rp_scan_key(s, &key)) {
		below = step_of_key(p, step, &key);
		if (below == NULL ? !rp_scan_skip(s) : !walk(p, below, s, v))
			return false;
	}
	return s->why == NULL;
}

static bool
walk_array(const struct rp_json_pick *p, const struct rp_json_step *step,
    struct rp_scan *s, struct rp_json_value *v)
{
	const struct rp_json_step *below;

	for (uint64_t i = 0; rp_scan_item(s); i++) {
		below = step_of_index(p, step, i);
		if (below == NULL ? !rp_scan_skip(s) : !walk(p, below, s, v))
			return false;
	}
	return s->why == NULL;
}

/* As deep as the pointers, at most. */
static bool
walk(const struct rp_json_pick *p, const struct rp_json_step *step,
    struct rp_scan *s, struct rp_json_value *v)
{
	struct rp_json_value value;
	bool good;

	if (!rp_scan_value(s, &value))
		return false;
	if (value.kind < RP_JSON_ARRAY)
		good = true;
	else if (step->child == NONE)
		good = rp_scan_leave(s, value.kind);
	else if (value.kind == RP_JSON_OBJECT)
		good = walk_object(p, step, s, v);
	else
		good = walk_array(p, step, s, v);
	if (!good || step->number == NONE)
		return good;
	if (v[step->number].kind != RP_JSON_NONE)
		return rp_scan_fail(s, "a member is there twice");
	if (value.kind >= RP_JSON_ARRAY)
		value.len = (uint32_t)(s->at - value.text);
	v[step->number] = value;
	return true;
}

bool
rp_json_pick(
    const struct rp_json_pick *p, struct rp_scan *s, struct rp_json_value *v)
{
	memset(v, 0, p->n * sizeof(*v));
	if (p->n_steps == 0)
		return rp_scan_skip(s);
	return walk(p, &p->steps[0], s, v);
}
