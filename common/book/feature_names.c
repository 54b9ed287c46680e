#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "book/features.h"

enum argument { ARG_NONE, ARG_LEVELS, ARG_BP, ARG_VOLUME };

/* What an exponent is counted from. */
enum base { BASE_NONE, BASE_PRICE, BASE_SIZE };

static const struct {
	const char *name; /* %u is the argument */
	enum base base;
	int exp;
} features[RP_FEATURE_IDS] = {
	[RP_FEATURE_MID] = { "mid", BASE_PRICE, -1 },
	[RP_FEATURE_SPREAD] = { "spread", BASE_PRICE, 0 },
	[RP_FEATURE_MICROPRICE] = { "microprice", BASE_PRICE, -4 },
	[RP_FEATURE_WEIGHTED_MID] = { "weighted_mid_%u", BASE_PRICE, -4 },
	[RP_FEATURE_IMBALANCE] = { "imbalance_%u", BASE_NONE, -9 },
	[RP_FEATURE_QUEUE_IMBALANCE] = { "queue_imbalance", BASE_NONE, -9 },
	[RP_FEATURE_DEPTH_BID] = { "bid_depth_%ubp", BASE_SIZE, 0 },
	[RP_FEATURE_DEPTH_ASK] = { "ask_depth_%ubp", BASE_SIZE, 0 },
	[RP_FEATURE_SLOPE_BID] = { "bid_slope_%u", BASE_NONE, -6 },
	[RP_FEATURE_SLOPE_ASK] = { "ask_slope_%u", BASE_NONE, -6 },
	[RP_FEATURE_OFI] = { "ofi", BASE_SIZE, 0 },
	[RP_FEATURE_VOLATILITY] = { "volatility", BASE_NONE, -12 },
	[RP_FEATURE_TRADE_SIGN] = { "trade_sign", BASE_NONE, -9 },
	[RP_FEATURE_TRADE_IMBALANCE] = { "trade_imbalance", BASE_NONE, -9 },
	[RP_FEATURE_VPIN] = { "vpin", BASE_NONE, -9 },
	[RP_FEATURE_EVENT_RATE] = { "event_rate", BASE_NONE, -6 },
	[RP_FEATURE_TRADE_RATE] = { "trade_rate", BASE_NONE, -6 },
};

/* What users write; of two ids both are meant. */
static const struct {
	const char *word;
	enum rp_feature_id first, last;
	enum argument argument;
} words[] = {
	{ "mid", RP_FEATURE_MID, RP_FEATURE_MID, ARG_NONE },
	{ "spread", RP_FEATURE_SPREAD, RP_FEATURE_SPREAD, ARG_NONE },
	{ "microprice", RP_FEATURE_MICROPRICE, RP_FEATURE_MICROPRICE,
	    ARG_NONE },
	{ "weighted_mid", RP_FEATURE_WEIGHTED_MID, RP_FEATURE_WEIGHTED_MID,
	    ARG_LEVELS },
	{ "imbalance", RP_FEATURE_IMBALANCE, RP_FEATURE_IMBALANCE, ARG_LEVELS },
	{ "queue_imbalance", RP_FEATURE_QUEUE_IMBALANCE,
	    RP_FEATURE_QUEUE_IMBALANCE, ARG_NONE },
	{ "depth", RP_FEATURE_DEPTH_BID, RP_FEATURE_DEPTH_ASK, ARG_BP },
	{ "slope", RP_FEATURE_SLOPE_BID, RP_FEATURE_SLOPE_ASK, ARG_LEVELS },
	{ "ofi", RP_FEATURE_OFI, RP_FEATURE_OFI, ARG_NONE },
	{ "volatility", RP_FEATURE_VOLATILITY, RP_FEATURE_VOLATILITY,
	    ARG_NONE },
	{ "trade_sign", RP_FEATURE_TRADE_SIGN, RP_FEATURE_TRADE_SIGN,
	    ARG_NONE },
	{ "trade_imbalance", RP_FEATURE_TRADE_IMBALANCE,
	    RP_FEATURE_TRADE_IMBALANCE, ARG_NONE },
	{ "vpin", RP_FEATURE_VPIN, RP_FEATURE_VPIN, ARG_VOLUME },
	{ "event_rate", RP_FEATURE_EVENT_RATE, RP_FEATURE_EVENT_RATE,
	    ARG_NONE },
	{ "trade_rate", RP_FEATURE_TRADE_RATE, RP_FEATURE_TRADE_RATE,
	    ARG_NONE },
};

#define MAX_LEVELS 1000
#define MAX_BP 10000

int
rp_feature_exp(enum rp_feature_id id, int px_exp, int qty_exp)
{
	int exp = features[id].exp;

	if (features[id].base == BASE_PRICE)
		exp += px_exp;
	if (features[id].base == BASE_SIZE)
		exp += qty_exp;
	return exp < RP_EXP_MIN ? RP_EXP_MIN : exp;
}

bool
rp_feature_flows(enum rp_feature_id id)
{
	return id >= RP_FEATURE_OFI && id != RP_FEATURE_VPIN;
}

bool
rp_features_are_of_touch(const struct rp_feature_set *set)
{
	for (uint32_t i = 0; i < set->n; i++)
		switch (set->item[i].id) {
		case RP_FEATURE_WEIGHTED_MID:
		case RP_FEATURE_IMBALANCE:
		case RP_FEATURE_DEPTH_BID:
		case RP_FEATURE_DEPTH_ASK:
		case RP_FEATURE_SLOPE_BID:
		case RP_FEATURE_SLOPE_ASK:
			return false;
		default:
			break;
		}
	return true;
}

bool
rp_features_has_rate(const struct rp_feature_set *set)
{
	for (uint32_t i = 0; i < set->n; i++)
		if (set->item[i].id >= RP_FEATURE_EVENT_RATE)
			return true;
	return false;
}

static size_t
name_of(const struct rp_feature *f, char *text, size_t room)
{
	const char *number = strstr(features[f->id].name, "%u");
	const char *name = features[f->id].name;

	if (number == NULL)
		return (size_t)snprintf(text, room, "%s", name);
	return (size_t)snprintf(text, room, "%.*s%u%s", (int)(number - name),
	    name, f->n, number + 2);
}

size_t
rp_features_schema(const struct rp_feature_set *set, int px_exp, int qty_exp,
    char text[static RP_FEATURES_TEXT])
{
	size_t len = 0;

	for (uint32_t i = 0; i < set->n; i++) {
		const struct rp_feature *f = &set->item[i];

		if (i > 0)
			text[len++] = ',';
		len += name_of(f, text + len, RP_FEATURES_TEXT - len);
		len += (size_t)snprintf(text + len, RP_FEATURES_TEXT - len,
		    ":%d", rp_feature_exp(f->id, px_exp, qty_exp));
	}
	return len;
}

/* ---- what users write ---- */

static bool
read_number(const char *text, size_t len, uint64_t max, uint32_t *n)
{
	uint64_t v;

	if (rp_u64_parse(text, len, &v) != RP_OK || v == 0 || v > max)
		return false;
	*n = (uint32_t)v;
	return true;
}

static bool
read_argument(struct rp_feature_set *set, enum argument kind, const char *text,
    size_t len, uint32_t *n)
{
	switch (kind) {
	case ARG_LEVELS:
		return read_number(text, len, MAX_LEVELS, n);
	case ARG_BP:
		return len > 2 && memcmp(text + len - 2, "bp", 2) == 0 &&
		    read_number(text, len - 2, MAX_BP, n);
	case ARG_VOLUME:
		return rp_decimal_parse(text, len, &set->bucket) == RP_OK &&
		    set->bucket.mantissa > 0;
	default:
		return text == NULL;
	}
}

static enum rp_status
append(struct rp_feature_set *set, enum rp_feature_id id, uint32_t n,
    struct rp_error *err)
{
	for (uint32_t i = 0; i < set->n; i++)
		if (set->item[i].id == id && set->item[i].n == n)
			return rp_error_set(
			    err, RP_ERR_USAGE, "a feature is named twice");
	if (set->n == RP_FEATURES_MAX)
		return rp_error_set(err, RP_ERR_USAGE, "more than %d features",
		    RP_FEATURES_MAX);
	set->item[set->n++] = (struct rp_feature){ id, n };
	return RP_OK;
}

static const char *
form_of(enum argument kind)
{
	static const char *const forms[] = { [ARG_NONE] = "takes no argument",
		[ARG_LEVELS] = "is followed by levels, such as =5",
		[ARG_BP] = "is followed by basis points, such as =10bp",
		[ARG_VOLUME] = "is followed by a volume, such as =1000" };

	return forms[kind];
}

enum rp_status
rp_features_add(struct rp_feature_set *set, const char *text, size_t len,
    struct rp_error *err)
{
	const char *equals = memchr(text, '=', len);
	size_t word = equals != NULL ? (size_t)(equals - text) : len;
	enum rp_status st = RP_OK;
	uint32_t n = 0;
	size_t i = 0;

	while (i < RP_LEN(words) &&
	    (strlen(words[i].word) != word ||
		memcmp(words[i].word, text, word) != 0))
		i++;
	if (i == RP_LEN(words))
		return rp_error_set(err, RP_ERR_USAGE,
		    "there is no feature '%.*s' (rp-features(7) lists them)",
		    (int)word, text);
	if (!read_argument(set, words[i].argument,
		equals != NULL ? equals + 1 : NULL,
		equals != NULL ? len - word - 1 : 0, &n))
		return rp_error_set(err, RP_ERR_USAGE, "feature '%.*s' %s",
		    (int)word, text, form_of(words[i].argument));
	for (unsigned id = words[i].first; st == RP_OK && id <= words[i].last;
	     id++)
		st = append(set, (enum rp_feature_id)id, n, err);
	return st;
}

/* ---- what columns are called ---- */

/* Is it the column of a feature, and what is its argument? */
static bool
is_column(enum rp_feature_id id, const char *name, size_t len, uint32_t *n)
{
	const char *pattern = features[id].name;
	const char *number = strstr(pattern, "%u");
	size_t before, after;

	if (number == NULL)
		return len == strlen(pattern) &&
		    memcmp(name, pattern, len) == 0;
	before = (size_t)(number - pattern);
	after = strlen(number + 2);
	return len > before + after && memcmp(name, pattern, before) == 0 &&
	    memcmp(name + len - after, number + 2, after) == 0 &&
	    read_number(name + before, len - before - after,
		after > 0 ? MAX_BP : MAX_LEVELS, n);
}

enum rp_status
rp_features_need(struct rp_feature_set *set, const char *name, size_t len,
    uint32_t *at, struct rp_error *err)
{
	unsigned id = 0;
	uint32_t n = 0;

	while (id < RP_FEATURE_IDS &&
	    !is_column((enum rp_feature_id)id, name, len, &n))
		id++;
	if (id == RP_FEATURE_IDS)
		return RP_EMPTY;
	for (*at = 0; *at < set->n; (*at)++)
		if (set->item[*at].id == id && set->item[*at].n == n)
			return RP_OK;
	if (id == RP_FEATURE_VPIN)
		return rp_error_set(err, RP_ERR_USAGE,
		    "vpin has a volume: --features vpin=1000");
	return append(set, (enum rp_feature_id)id, n, err);
}

void
rp_features_suggest(struct rp_nearest *near)
{
	for (size_t i = 0; i < RP_LEN(features); i++)
		if (strchr(features[i].name, '%') == NULL)
			rp_nearest_consider(near, features[i].name);
}
