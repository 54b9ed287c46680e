#include "import/binance.h"

_Static_assert(RP_BINANCE_SLOTS <= 64, "a bit each");

enum { DATA = RP_BINANCE_SLOTS, OTHER };

static unsigned
slot_of_name(const struct rp_json_value *key)
{
	static const struct {
		const char *name;
		unsigned slot;
	} names[] = {
		{ "pu", RP_BINANCE_PU },
		{ "stream", RP_BINANCE_STREAM },
		{ "data", DATA },
		{ "lastUpdateId", RP_BINANCE_LAST_UPDATE_ID },
		{ "bids", RP_BINANCE_BIDS },
		{ "asks", RP_BINANCE_ASKS },
		{ "symbol", RP_BINANCE_SYMBOL },
	};

	for (size_t i = 0; i < RP_LEN(names); i++)
		if (rp_json_is(key, names[i].name))
			return names[i].slot;
	return OTHER;
}

static inline unsigned
slot_of(const struct rp_json_value *key)
{
	char c;

	if (key->len != 1)
		return slot_of_name(key);
	c = (char)(*key->text | 32);
	return c >= 'a' && c <= 'z' ? (unsigned)RP_BINANCE_SLOT(*key->text)
				    : (unsigned)OTHER;
}

/* Arrays a and b are levels in a depth update; the type mostly comes first. */
static bool
is_other_type(const struct rp_binance *b)
{
	const struct rp_json_value *e = rp_binance_get(b, RP_BINANCE_SLOT('e'));

	return e->kind != RP_JSON_NONE && !rp_json_is(e, "depthUpdate");
}

/* Behind the opening bracket of a member that is an array. */
static bool
read_array(struct rp_binance *b, unsigned slot)
{
	switch (slot) {
	case RP_BINANCE_SLOT('b'):
		if (is_other_type(b))
			break;
		/* fallthrough */
	case RP_BINANCE_BIDS:
		return rp_venue_levels(&b->v, &b->v.bids, NULL);
	case RP_BINANCE_SLOT('a'):
		if (is_other_type(b))
			break;
		/* fallthrough */
	case RP_BINANCE_ASKS:
		return rp_venue_levels(&b->v, &b->v.asks, NULL);
	default:
		break;
	}
	return rp_scan_leave(&b->v.scan, RP_JSON_ARRAY);
}

/* forceOrder has its symbol in its order, o. */
static bool
read_order(struct rp_binance *b)
{
	struct rp_json_value key, value;

	while (rp_scan_key(&b->v.scan, &key)) {
		if (!rp_scan_whole(&b->v.scan, &value))
			return false;
		if (rp_json_is(&key, "s") && value.kind == RP_JSON_STRING) {
			b->m.value[RP_BINANCE_SYMBOL] = value;
			b->m.seen |= UINT64_C(1) << RP_BINANCE_SYMBOL;
		}
	}
	return b->v.scan.why == NULL;
}

static bool read_members(struct rp_binance *b);

static bool
read_data(struct rp_binance *b)
{
	struct rp_json_value value;

	if (b->m.has_data)
		return rp_scan_skip(&b->v.scan);
	b->m.has_data = true;
	if (!rp_scan_value(&b->v.scan, &value))
		return false;
	if (value.kind == RP_JSON_OBJECT)
		return read_members(b);
	return value.kind < RP_JSON_ARRAY ||
	    rp_scan_leave(&b->v.scan, value.kind);
}

static bool
read_member(struct rp_binance *b, unsigned slot)
{
	struct rp_scan *s = &b->v.scan;
	struct rp_json_value *value = &b->m.value[slot];

	if (rp_binance_has(b, slot))
		return rp_scan_fail(s, "a member is there twice");
	if (!rp_scan_value(s, value))
		return false;
	b->m.seen |= UINT64_C(1) << slot;
	if (value->kind < RP_JSON_ARRAY)
		return true;
	if (value->kind == RP_JSON_ARRAY)
		return read_array(b, slot);
	if (slot == RP_BINANCE_SLOT('o'))
		return read_order(b);
	return rp_scan_leave(s, value->kind);
}

static bool
read_members(struct rp_binance *b)
{
	struct rp_scan *s = &b->v.scan;
	struct rp_json_value key;
	unsigned slot;
	bool good;

	while (rp_scan_key(s, &key)) {
		slot = slot_of(&key);
		if (slot < RP_BINANCE_SLOTS)
			good = read_member(b, slot);
		else
			good = slot == DATA ? read_data(b) : rp_scan_skip(s);
		if (!good)
			return false;
	}
	return s->why == NULL;
}

bool
rp_binance_read(struct rp_binance *b)
{
	struct rp_scan *s = &b->v.scan;
	struct rp_json_value value;

	b->m.seen = 0;
	b->m.has_data = false;
	if (!rp_scan_value(s, &value))
		return false;
	if (value.kind == RP_JSON_OBJECT
		? !read_members(b)
		: value.kind >= RP_JSON_ARRAY && !rp_scan_leave(s, value.kind))
		return false;
	return rp_scan_end(s);
}
