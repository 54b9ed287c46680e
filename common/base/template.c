#include "base/template.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned key;
} keys[] = {
	{ "symbol", RP_PATH_SYMBOL },
	{ "source", RP_PATH_SOURCE },
	{ "type", RP_PATH_TYPE },
	{ "date", RP_PATH_DATE },
	{ "year", RP_PATH_YEAR },
	{ "month", RP_PATH_MONTH },
	{ "day", RP_PATH_DAY },
	{ "hour", RP_PATH_HOUR },
	{ "minute", RP_PATH_MINUTE },
	{ "part", RP_PATH_PART },
};

/* Text, or what a key stands for. */
struct piece {
	unsigned key; /* 0: text */
	const char *text;
	size_t len;
};

struct rp_template {
	char *text;
	char *own; /* texts of keys of the user's, one after the other */
	size_t own_len;
	unsigned keys;
	size_t base; /* bytes */
	size_t n;
	struct piece pieces[];
};

static unsigned
key_of(const char *name, size_t len)
{
	for (size_t i = 0; i < RP_LEN(keys); i++)
		if (strlen(keys[i].name) == len &&
		    memcmp(keys[i].name, name, len) == 0)
			return keys[i].key;
	return 0;
}

/* What a template may be made of. */
struct vocabulary {
	unsigned allowed;
	const struct rp_path_variable *own;
	size_t n_own;
};

static const struct rp_path_variable *
own_of(const struct vocabulary *v, const char *name, size_t len)
{
	for (size_t i = 0; i < v->n_own; i++)
		if (strlen(v->own[i].name) == len &&
		    memcmp(v->own[i].name, name, len) == 0)
			return &v->own[i];
	return NULL;
}

static enum rp_status
check_own(const struct vocabulary *v, struct rp_error *err)
{
	for (size_t i = 0; i < v->n_own; i++) {
		const char *name = v->own[i].name;

		if (*name == '\0' || strpbrk(name, "{}") != NULL ||
		    key_of(name, strlen(name)) != 0)
			return rp_error_set(err, RP_ERR_USAGE,
			    "'%s' is no name for a key of one's own", name);
	}
	return RP_OK;
}

/* The text is cut out of v, which need not stay: so it is copied behind. */
static void
add_own(struct rp_template *t, const struct rp_path_variable *own)
{
	size_t len = strlen(own->text);

	memcpy(t->own + t->own_len, own->text, len);
	t->pieces[t->n++] = (struct piece){ 0, t->own + t->own_len, len };
	t->own_len += len;
}

static enum rp_status
parse_key(struct rp_template *t, const char **at, const struct vocabulary *v,
    struct rp_error *err)
{
	const struct rp_path_variable *own;
	const char *name = *at + 1, *end = strchr(name, '}');
	unsigned key;

	if (end == NULL)
		return rp_error_set(
		    err, RP_ERR_USAGE, "'%s' has a { without }", t->text);
	*at = end + 1;
	if ((own = own_of(v, name, (size_t)(end - name))) != NULL) {
		add_own(t, own);
		return RP_OK;
	}
	key = key_of(name, (size_t)(end - name));
	if (key == 0)
		return rp_error_set(err, RP_ERR_USAGE,
		    "'%s': there is no key {%.*s}", t->text, (int)(end - name),
		    name);
	if (!(key & v->allowed))
		return rp_error_set(err, RP_ERR_USAGE,
		    "'%s': {%.*s} is not known here", t->text,
		    (int)(end - name), name);
	t->keys |= key;
	t->pieces[t->n++] = (struct piece){ .key = key };
	return RP_OK;
}

/* Text up to the next key; of a doubled brace one is kept. */
static enum rp_status
parse_text(struct rp_template *t, const char **at, struct rp_error *err)
{
	const char *p = *at;
	bool doubled = (*p == '{' || *p == '}') && p[1] == *p;

	if (*p == '}' && !doubled)
		return rp_error_set(
		    err, RP_ERR_USAGE, "'%s' has a } without {", t->text);
	p += doubled ? 1 : strcspn(p, "{}");
	t->pieces[t->n++] = (struct piece){ 0, *at, (size_t)(p - *at) };
	*at = doubled ? p + 1 : p;
	return RP_OK;
}

static size_t
base_of(const struct rp_template *t)
{
	size_t plain = strcspn(t->text, "{}");

	while (plain > 0 && t->text[plain - 1] != '/')
		plain--;
	return plain;
}

/* Bytes that the texts of the user's keys take at most in a template. */
static size_t
own_room(const char *text, const struct vocabulary *v)
{
	size_t longest = 0, keys_most = 1;

	for (size_t i = 0; i < v->n_own; i++)
		if (strlen(v->own[i].text) > longest)
			longest = strlen(v->own[i].text);
	for (; (text = strchr(text, '{')) != NULL; text++)
		keys_most++;
	return longest * keys_most + 1;
}

enum rp_status
rp_template_new(struct rp_template **out, const char *text, unsigned allowed,
    struct rp_error *err)
{
	return rp_template_new_with(out, text, allowed, NULL, 0, err);
}

enum rp_status
rp_template_new_with(struct rp_template **out, const char *text,
    unsigned allowed, const struct rp_path_variable *own, size_t n_own,
    struct rp_error *err)
{
	const struct vocabulary v = { allowed, own, n_own };
	size_t most = strlen(text) + 1;
	struct rp_template *t =
	    calloc(1, sizeof(*t) + most * sizeof(t->pieces[0]));
	enum rp_status st = RP_OK;
	const char *p;

	*out = NULL;
	if (t == NULL || (t->text = strdup(text)) == NULL ||
	    (t->own = malloc(own_room(text, &v))) == NULL) {
		rp_template_free(t);
		return rp_error_no_memory(err);
	}
	st = check_own(&v, err);
	for (p = t->text; *p != '\0' && st == RP_OK;)
		st = *p == '{' && p[1] != '{' ? parse_key(t, &p, &v, err)
					      : parse_text(t, &p, err);
	if (st == RP_OK && t->n == 0)
		st = rp_error_set(err, RP_ERR_USAGE, "a path is empty");
	if (st != RP_OK) {
		rp_template_free(t);
		return st;
	}
	t->base = base_of(t);
	*out = t;
	return RP_OK;
}

void
rp_template_free(struct rp_template *t)
{
	if (t != NULL) {
		free(t->text);
		free(t->own);
	}
	free(t);
}

unsigned
rp_template_keys(const struct rp_template *t)
{
	return t->keys;
}

const char *
rp_template_base(const struct rp_template *t, size_t *len)
{
	*len = t->base;
	return t->text;
}

enum rp_status
rp_day_start_parse(const char *text, int64_t *ns)
{
	char date[64];
	int n = snprintf(date, sizeof(date), "1970-01-01T%s", text);

	/* a zone is none of a time of day */
	if (n < 0 || (size_t)n >= sizeof(date) ||
	    text[strspn(text, "0123456789:.")] != '\0')
		return RP_ERR_USAGE;
	return rp_time_parse(date, (size_t)n, NULL, ns);
}

/* ---- paths ---- */

static enum rp_status
add_name(struct rp_buffer *out, const char *name, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	enum rp_status st = RP_OK;

	if (name == NULL)
		return rp_buffer_add(out, "-", 1);
	for (size_t i = 0; i < len && st == RP_OK; i++) {
		unsigned char c = (unsigned char)name[i];
		char code[3] = { '%', hex[c >> 4], hex[c & 15] };
		bool coded = c == '/' || c == '%' || c < ' ' || c == 0x7f ||
		    (c == '.' && i == 0) || (c == '-' && len == 1);

		st = rp_buffer_add(
		    out, coded ? code : name + i, coded ? sizeof(code) : 1);
	}
	return st;
}

/* "2023-12-25T23:59:...": local time at ts, and shift ns later by the wall. */
static void
local_time(const struct rp_path_clock *clock, int64_t ts, int64_t shift,
    char text[static RP_TIME_ROOM])
{
	const int64_t most = INT64_MAX - 3 * RP_DAY;
	struct rp_time_text utc = { 0 };
	int64_t sec;

	/* at the ends of time a date is as good as another */
	ts = ts > most ? most : ts < -most ? -most : ts;
	sec = ts / RP_SECOND - (ts % RP_SECOND < 0);
	sec += rp_zone_offset(clock->zone, sec);
	rp_time_format(&utc, text, sec * RP_SECOND + shift);
}

/* From the start of a day to the midnight whose date it has. */
static int64_t
day_shift(int64_t start)
{
	return start > RP_DAY / 2 ? RP_DAY - start : -start;
}

static enum rp_status
add_time(struct rp_buffer *out, const struct rp_path_clock *clock, unsigned key,
    int64_t ts)
{
	char text[RP_TIME_ROOM];

	local_time(
	    clock, ts, key & RP_PATH_DAYS ? day_shift(clock->start) : 0, text);
	switch (key) {
	case RP_PATH_DATE:
		return rp_buffer_add(out, text, 10);
	case RP_PATH_YEAR:
		return rp_buffer_add(out, text, 4);
	case RP_PATH_MONTH:
		return rp_buffer_add(out, text + 5, 2);
	case RP_PATH_DAY:
		return rp_buffer_add(out, text + 8, 2);
	case RP_PATH_HOUR:
		return rp_buffer_add(out, text + 11, 2);
	default:
		return rp_buffer_add(out, text + 14, 2);
	}
}

static enum rp_status
add_piece(struct rp_buffer *out, const struct piece *p,
    const struct rp_path_clock *clock, const struct rp_path_values *v)
{
	char part[32];
	int n;

	switch (p->key) {
	case 0:
		return rp_buffer_add(out, p->text, p->len);
	case RP_PATH_SYMBOL:
		return add_name(out, v->symbol, v->symbol_len);
	case RP_PATH_SOURCE:
		return add_name(out, v->source, v->source_len);
	case RP_PATH_TYPE:
		return add_name(out, v->type, v->type_len);
	case RP_PATH_PART:
		n = snprintf(part, sizeof(part), "%04" PRIu64, v->part);
		return rp_buffer_add(out, part, (size_t)n);
	default:
		return add_time(out, clock, p->key, v->ts);
	}
}

enum rp_status
rp_template_expand(const struct rp_template *t,
    const struct rp_path_clock *clock, const struct rp_path_values *v,
    struct rp_buffer *out)
{
	enum rp_status st = RP_OK;

	out->len = 0;
	for (size_t i = 0; i < t->n && st == RP_OK; i++)
		st = add_piece(out, &t->pieces[i], clock, v);
	return st == RP_OK ? rp_buffer_add(out, "", 1) : st;
}
