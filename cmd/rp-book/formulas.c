#include "formulas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "types/schema.h"

enum input_kind {
	INPUT_VALUE, /* of this record, at ... */
	INPUT_LAG, /* ... the same of the record before */
	INPUT_PRICE, /* of level at of a side */
	INPUT_SIZE,
	INPUT_ORDERS,
	INPUT_TS_EVENT, /* of the event */
	INPUT_TS_RECV,
	INPUT_SEQUENCE,
	INPUT_EVENT_PRICE,
	INPUT_EVENT_SIZE
};

struct input {
	enum input_kind kind;
	uint32_t at;
	uint8_t side;
};

struct formula {
	struct rp_formula *f;
	const char *text; /* as the user gave it */
	struct input inputs[RP_FORMULA_NUMBERS];
	uint32_t n_inputs;
	bool flows; /* it reads sums or the record before */
};

/* ---- what the user says ---- */

static enum rp_status
refuse(struct rp_cli *cli, enum rp_status st, const char *text,
    const struct rp_error *err)
{
	if (st == RP_ERR_NOMEM)
		return rp_error_set(&cli->error, st, "out of memory");
	return rp_cli_usage(cli, "--feature '%s': %s", text, err->text);
}

enum rp_status
formulas_parse(
    struct formulas *fs, const struct rp_list *texts, struct rp_cli *cli)
{
	struct rp_error err = { 0 };
	enum rp_status st = RP_OK;

	*fs = (struct formulas){ 0 };
	if (texts->n == 0)
		return RP_OK;
	if (texts->n > FORMULAS_MAX)
		return rp_cli_usage(
		    cli, "--feature: more than %d of them", FORMULAS_MAX);
	fs->all = calloc(texts->n, sizeof(*fs->all));
	if (fs->all == NULL)
		return refuse(cli, RP_ERR_NOMEM, NULL, NULL);
	for (size_t i = 0; i < texts->n && st == RP_OK; i++) {
		struct formula *f = &fs->all[fs->n++];

		f->text = texts->item[i];
		if ((st = rp_formula_parse(&f->f, f->text, &err)) != RP_OK)
			st = refuse(cli, st, f->text, &err);
	}
	return st;
}

void
formulas_free(struct formulas *fs)
{
	for (uint32_t i = 0; i < fs->n; i++)
		rp_formula_free(fs->all[i].f);
	free(fs->all);
	*fs = (struct formulas){ 0 };
}

size_t
formulas_schema(const struct formulas *fs, char text[static RP_FEATURES_TEXT])
{
	size_t at = 0, len, room;

	text[0] = '\0';
	for (uint32_t i = 0; i < fs->n; i++) {
		const char *name = rp_formula_name(fs->all[i].f, &len);

		room = RP_FEATURES_TEXT - at;
		at += (size_t)snprintf(text + at, room, "%s%.*s:%d",
		    i > 0 ? "," : "", (int)len, name,
		    rp_formula_exp(fs->all[i].f));
		if (at >= RP_FEATURES_TEXT)
			return RP_FEATURES_TEXT;
	}
	return at;
}

/* ---- what words are ---- */

/* A formula while its words are looked up. */
struct search {
	const struct formulas *fs;
	struct rp_feature_set *set;
	struct formula *f;
};

static bool
is_named(const struct formula *f, const char *word, size_t len)
{
	size_t n;
	const char *name = rp_formula_name(f->f, &n);

	return n == len && memcmp(name, word, len) == 0;
}

/* The event that there was, by the names that records have for it. */
static const struct {
	const char *name;
	enum input_kind kind;
} of_event[] = {
	{ "ts_event", INPUT_TS_EVENT },
	{ "ts_recv", INPUT_TS_RECV },
	{ "sequence", INPUT_SEQUENCE },
	{ "price", INPUT_EVENT_PRICE },
	{ "size", INPUT_EVENT_SIZE },
};

/* A level of the book, by the names that bbo and book have for it. */
static bool
find_level(const char *word, size_t len, struct input *in)
{
	static const struct {
		const char *name;
		enum input_kind kind;
		uint8_t side;
	} best[] = {
		{ "bid_px", INPUT_PRICE, RP_SIDE_BID },
		{ "bid_sz", INPUT_SIZE, RP_SIDE_BID },
		{ "bid_ct", INPUT_ORDERS, RP_SIDE_BID },
		{ "ask_px", INPUT_PRICE, RP_SIDE_ASK },
		{ "ask_sz", INPUT_SIZE, RP_SIDE_ASK },
		{ "ask_ct", INPUT_ORDERS, RP_SIDE_ASK },
	};
	struct rp_field field;

	for (size_t i = 0; i < RP_LEN(best); i++)
		if (strlen(best[i].name) == len &&
		    memcmp(best[i].name, word, len) == 0) {
			in->kind = best[i].kind;
			in->side = best[i].side;
			in->at = 0;
			return true;
		}
	if (!rp_type_field(rp_type_by_id(RP_BOOK), word, len, &field) ||
	    field.kind < RP_KIND_LEVEL_PX || field.kind > RP_KIND_LEVEL_CT)
		return false;
	in->kind =
	    (enum input_kind)(INPUT_PRICE + field.kind - RP_KIND_LEVEL_PX);
	in->side = field.side;
	in->at = field.index;
	return true;
}

static bool
find_event(const char *word, size_t len, struct input *in)
{
	for (size_t i = 0; i < RP_LEN(of_event); i++)
		if (strlen(of_event[i].name) == len &&
		    memcmp(of_event[i].name, word, len) == 0) {
			in->kind = of_event[i].kind;
			return true;
		}
	return false;
}

static enum rp_status
unknown(const char *word, size_t len, struct rp_error *err)
{
	static const char *const levels[] = { "bid_px", "bid_sz", "bid_ct",
		"ask_px", "ask_sz", "ask_ct" };
	struct rp_nearest near;
	struct rp_field field;
	char hint[80];

	if (rp_type_field(rp_type_by_id(RP_BBO), word, len, &field))
		return rp_error_set(err, RP_ERR_USAGE,
		    "\"%.*s\" is no number of a book", (int)len, word);
	for (size_t i = 0; i < len; i++)
		if (strchr("+-*/", word[i]) != NULL && word[i] != '\0')
			return rp_error_set(err, RP_ERR_USAGE,
			    "\"%.*s\" is neither a feature nor a number "
			    "(+ - * / need blanks around them)",
			    (int)len, word);
	rp_nearest_init(&near, word, len);
	rp_features_suggest(&near);
	for (size_t i = 0; i < RP_LEN(levels); i++)
		rp_nearest_consider(&near, levels[i]);
	for (size_t i = 0; i < RP_LEN(of_event); i++)
		rp_nearest_consider(&near, of_event[i].name);
	rp_nearest_say(&near, hint, sizeof(hint));
	return rp_error_set(err, RP_ERR_USAGE,
	    "\"%.*s\" is neither a feature nor a number%s", (int)len, word,
	    hint);
}

/* One of the formulas; of those to come, only the record before is known. */
static enum rp_status
find_formula(const struct search *s, const char *word, size_t len, bool lag,
    struct input *in, struct rp_error *err)
{
	uint32_t i = 0;

	while (i < s->fs->n && !is_named(&s->fs->all[i], word, len))
		i++;
	if (i == s->fs->n)
		return RP_EMPTY;
	if (!lag && &s->fs->all[i] >= s->f)
		return rp_error_set(err, RP_ERR_USAGE,
		    "\"%.*s\" is not known before (lag(%.*s) is)", (int)len,
		    word, (int)len, word);
	in->at = FORMULAS_AT + i;
	s->f->flows |= lag || s->fs->all[i].flows;
	return RP_OK;
}

static enum rp_status
find_input(const struct search *s, const char *word, size_t len, bool lag,
    struct input *in, struct rp_error *err)
{
	enum rp_status st = find_formula(s, word, len, lag, in, err);

	in->kind = lag ? INPUT_LAG : INPUT_VALUE;
	if (st == RP_EMPTY) {
		st = rp_features_need(s->set, word, len, &in->at, err);
		if (st == RP_OK)
			s->f->flows |=
			    lag || rp_feature_flows(s->set->item[in->at].id);
	}
	if (st != RP_EMPTY)
		return st;
	if (!find_level(word, len, in) && !find_event(word, len, in))
		return unknown(word, len, err);
	if (lag)
		return rp_error_set(err, RP_ERR_USAGE,
		    "lag is of features: define one of %.*s", (int)len, word);
	return RP_OK;
}

static bool
is_same(const struct input *a, const struct input *b)
{
	return a->kind == b->kind && a->at == b->at && a->side == b->side;
}

/* An rp_formula_find. */
static enum rp_status
find(void *arg, const char *word, size_t len, bool lag, uint32_t *number,
    struct rp_error *err)
{
	const struct search *s = arg;
	struct formula *f = s->f;
	struct input in = { 0 };
	enum rp_status st = find_input(s, word, len, lag, &in, err);

	if (st != RP_OK)
		return st;
	for (*number = 0; *number < f->n_inputs; (*number)++)
		if (is_same(&f->inputs[*number], &in))
			return RP_OK;
	if (f->n_inputs == RP_FORMULA_NUMBERS)
		return rp_error_set(err, RP_ERR_USAGE,
		    "more than %d different numbers", RP_FORMULA_NUMBERS);
	f->inputs[f->n_inputs++] = in;
	return RP_OK;
}

/* A name that columns do not have already. */
static enum rp_status
check_name(const struct search *s, struct rp_error *err)
{
	size_t len;
	const char *name = rp_formula_name(s->f->f, &len);
	struct rp_feature_set none = { 0 };
	uint32_t at;

	for (const struct formula *f = s->fs->all; f < s->f; f++)
		if (is_named(f, name, len))
			return rp_error_set(err, RP_ERR_USAGE,
			    "column 1: %.*s is defined twice", (int)len, name);
	if (rp_features_need(&none, name, len, &at, err) == RP_EMPTY &&
	    !rp_schema_is_known(name, len))
		return RP_OK;
	return rp_error_set(err, RP_ERR_USAGE,
	    "column 1: %.*s is the name of something else", (int)len, name);
}

enum rp_status
formulas_resolve(
    struct formulas *fs, struct rp_feature_set *set, struct rp_cli *cli)
{
	struct rp_error err = { 0 };
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; i < fs->n && st == RP_OK; i++) {
		struct formula *f = &fs->all[i];
		struct search s = { fs, set, f };

		if ((st = check_name(&s, &err)) == RP_OK)
			st = rp_formula_resolve(f->f, find, &s, &err);
		if (st != RP_OK)
			st = refuse(cli, st, f->text, &err);
	}
	return st;
}

/* ---- values ---- */

static struct rp_number
value_of(const struct formulas *fs, const struct rp_feature_set *set,
    const struct values *v, uint32_t at)
{
	if ((v->valid >> at & 1) == 0)
		return (struct rp_number){ RP_ABSENT, 0 };
	return (struct rp_number){ v->v[at],
		at >= FORMULAS_AT
		    ? rp_formula_exp(fs->all[at - FORMULAS_AT].f)
		    : rp_feature_exp(set->item[at].id, v->px_exp, v->qty_exp) };
}

static struct rp_number
level_of(const struct rp_lob *b, const struct input *in)
{
	const struct rp_price_level *l = rp_lob_at(b, in->side, in->at);

	if (l == NULL)
		return (struct rp_number){ RP_ABSENT, 0 };
	switch (in->kind) {
	case INPUT_PRICE:
		return (struct rp_number){ l->price, b->px_exp };
	case INPUT_SIZE:
		return (struct rp_number){ l->size, b->qty_exp };
	default:
		return (struct rp_number){ l->orders, 0 };
	}
}

static struct rp_number
event_of(const struct rp_lob *b, const struct rp_cause *c, enum input_kind kind)
{
	switch (kind) {
	case INPUT_TS_EVENT:
		return (struct rp_number){ c->ts_event, 0 };
	case INPUT_TS_RECV:
		return (struct rp_number){ c->ts_recv, 0 };
	case INPUT_SEQUENCE:
		return rp_number_of(c->sequence, 0);
	case INPUT_EVENT_PRICE:
		return (struct rp_number){ c->price, b->px_exp };
	default:
		return (struct rp_number){ c->size, b->qty_exp };
	}
}

void
formulas_get(const struct formulas *fs, const struct rp_feature_set *set,
    const struct rp_lob *b, const struct rp_cause *cause,
    const struct values *before, struct values *values)
{
	struct rp_number numbers[RP_FORMULA_NUMBERS];

	for (uint32_t k = 0; k < fs->n; k++) {
		const struct formula *f = &fs->all[k];
		int64_t *v = &values->v[FORMULAS_AT + k];

		for (uint32_t i = 0; i < f->n_inputs; i++) {
			const struct input *in = &f->inputs[i];

			if (in->kind <= INPUT_LAG)
				numbers[i] = value_of(fs, set,
				    in->kind == INPUT_LAG ? before : values,
				    in->at);
			else if (in->kind <= INPUT_ORDERS)
				numbers[i] = level_of(b, in);
			else
				numbers[i] = event_of(b, cause, in->kind);
		}
		if (rp_formula_value(f->f, numbers, v))
			values->valid |= (uint64_t)1 << (FORMULAS_AT + k);
		else
			*v = 0;
	}
}

bool
formulas_moved(const struct formulas *fs, const struct values *before,
    const struct values *values)
{
	for (uint32_t k = 0; k < fs->n; k++) {
		uint32_t at = FORMULAS_AT + k;

		if (!fs->all[k].flows &&
		    (values->v[at] != before->v[at] ||
			((values->valid ^ before->valid) >> at & 1) != 0))
			return true;
	}
	return false;
}
