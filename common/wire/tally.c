#include "wire/tally.h"

#include <stdlib.h>
#include <string.h>

void
rp_tally_init(struct rp_tally *t)
{
	*t = (struct rp_tally){
		.ts_min = RP_ABSENT, .ts_max = RP_ABSENT, .last_ts = RP_ABSENT
	};
}

void
rp_tally_free(struct rp_tally *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n_names; i++)
		free((void *)(uintptr_t)t->names[i].label.text);
	free(t->names);
	free(t->types);
	free(t->table);
	free(t->frame_names);
	rp_tally_init(t);
}

/* ---- names ---- */

/* The slot of a name, or the free one where it belongs. */
static uint32_t *
slot_of(const struct rp_tally *t, const struct rp_label *label)
{
	size_t i = label->hash ^ label->class;

	for (;; i++) {
		uint32_t *slot = &t->table[i & (t->table_size - 1)];

		if (*slot == 0 ||
		    rp_label_same(&t->names[*slot - 1].label, label))
			return slot;
	}
}

/* Room for one name more, the table at most half full. */
static enum rp_status
grow(struct rp_tally *t)
{
	size_t i, size = t->table_size == 0 ? 64 : t->table_size * 2;
	struct rp_tally_name *names;
	uint32_t *table;

	if (t->n_names < t->table_size / 2)
		return RP_OK;
	names = realloc(t->names, size / 2 * sizeof(*names));
	if (names == NULL)
		return RP_ERR_NOMEM;
	t->names = names;
	table = calloc(size, sizeof(*table));
	if (table == NULL)
		return RP_ERR_NOMEM;
	free(t->table);
	t->table = table;
	t->table_size = size;
	for (i = 0; i < t->n_names; i++)
		*slot_of(t, &t->names[i].label) = (uint32_t)i + 1;
	return RP_OK;
}

static enum rp_status
find_name(struct rp_tally *t, const struct rp_label *label, uint32_t *index)
{
	enum rp_status st = grow(t);
	uint32_t *slot;
	char *text;

	if (st != RP_OK)
		return st;
	slot = slot_of(t, label);
	if (*slot == 0) {
		text = malloc((size_t)label->len + 1);
		if (text == NULL)
			return RP_ERR_NOMEM;
		memcpy(text, label->text, label->len);
		text[label->len] = '\0';
		t->names[t->n_names] =
		    (struct rp_tally_name){ .label = *label };
		t->names[t->n_names].label.text = text;
		*slot = (uint32_t)++t->n_names;
	}
	*index = *slot - 1;
	return RP_OK;
}

static enum rp_status
add_names(struct rp_tally *t, const struct rp_frame *f)
{
	enum rp_status st;
	uint32_t i, *indices;

	if (f->n_names > t->frame_names_cap) {
		indices =
		    realloc(t->frame_names, f->n_names * sizeof(*indices));
		if (indices == NULL)
			return RP_ERR_NOMEM;
		t->frame_names = indices;
		t->frame_names_cap = f->n_names;
	}
	for (i = 0; i < f->n_names; i++) {
		st = find_name(t, &f->names[i], &t->frame_names[i]);
		if (st != RP_OK)
			return st;
		t->names[t->frame_names[i]].records += f->names[i].records;
	}
	return RP_OK;
}

/* ---- types ---- */

static enum rp_status
add_type(struct rp_tally *t, const struct rp_type_count *count)
{
	struct rp_type_total *types;
	size_t i = 0;

	while (i < t->n_types && t->types[i].type < count->type)
		i++;
	if (i == t->n_types || t->types[i].type != count->type) {
		types = realloc(t->types, (t->n_types + 1) * sizeof(*types));
		if (types == NULL)
			return RP_ERR_NOMEM;
		t->types = types;
		memmove(&types[i + 1], &types[i],
		    (t->n_types - i) * sizeof(*types));
		types[i] = (struct rp_type_total){ .type = count->type };
		t->n_types++;
	}
	t->types[i].records += count->records;
	return RP_OK;
}

static bool
has_type(const struct rp_frame *f, uint16_t type)
{
	uint32_t i;

	for (i = 0; i < f->n_types; i++)
		if (f->types[i].type == type)
			return true;
	return false;
}

/* ---- ranges and order ---- */

static void
goes_back(struct rp_tally_order *o, const struct rp_frame *f)
{
	if (o->back++ == 0)
		o->frame = f->number;
}

static void
add_seq(struct rp_tally *t, const struct rp_frame *f, bool explained)
{
	const struct rp_frame_head *h = &f->head;
	bool dense = (h->flags & RP_FRAME_SEQ_DENSE) != 0;

	if (h->seq_max == 0)
		return;
	if (t->last_seq == 0)
		t->seq_min = h->seq_min;
	else if (h->seq_min <= t->last_seq)
		goes_back(&t->seq, f);
	else if (h->seq_min - t->last_seq > 1 && dense && t->last_dense &&
	    !explained) {
		if (t->gaps++ == 0)
			t->gap_after = t->last_seq;
		t->missing += h->seq_min - t->last_seq - 1;
	}
	if (!(h->flags & RP_FRAME_SEQ_ORDERED))
		goes_back(&t->seq, f);
	if (h->seq_min < t->seq_min)
		t->seq_min = h->seq_min;
	if (h->seq_max > t->seq_max)
		t->seq_max = h->seq_max;
	t->last_seq = h->seq_max;
	t->last_dense = dense;
}

static void
add_ts(struct rp_tally *t, const struct rp_frame *f)
{
	const struct rp_frame_head *h = &f->head;

	if (t->ts_min == RP_ABSENT || h->ts_min < t->ts_min)
		t->ts_min = h->ts_min;
	if (t->ts_max == RP_ABSENT || h->ts_max > t->ts_max)
		t->ts_max = h->ts_max;
	if ((t->last_ts != RP_ABSENT && h->ts_min < t->last_ts) ||
	    !(h->flags & RP_FRAME_TS_ORDERED))
		goes_back(&t->ts, f);
	t->last_ts = h->ts_max;
}

enum rp_status
rp_tally_frame(struct rp_tally *t, const struct rp_frame *f, uint16_t gap_type)
{
	const struct rp_frame_head *h = &f->head;
	enum rp_status st;
	uint32_t i;

	t->frames++;
	t->bytes += f->size;
	if (h->kind != RP_DATA)
		return RP_OK;
	t->data_frames++;
	t->records += h->records;
	t->raw_bytes += h->raw_len;
	t->rec_sum += h->rec_sum;
	t->coded[h->codec][h->layout]++;
	t->thinned += (h->flags & RP_FRAME_THINNED) != 0;
	if (h->records > 0) {
		add_seq(t, f, has_type(f, gap_type));
		add_ts(t, f);
	}
	for (i = 0; i < f->n_types; i++)
		if ((st = add_type(t, &f->types[i])) != RP_OK)
			return st;
	return add_names(t, f);
}

enum rp_status
rp_tally_rows(struct rp_tally *t, const struct rp_frame *f)
{
	static const struct rp_label none = { .text = "",
		.class = RP_NAME_SYMBOL };
	const struct rp_record *rec = NULL;
	const struct rp_label *symbol, *source;
	struct rp_tally_name *name;
	uint32_t nameless = UINT32_MAX;
	enum rp_status st;

	while ((rec = rp_frame_next(f, rec)) != NULL) {
		symbol = rp_frame_name(f, rec->symbol);
		source = rp_frame_name(f, rec->source);
		if (symbol == NULL && nameless == UINT32_MAX) {
			st = find_name(t, &none, &nameless);
			if (st != RP_OK)
				return st;
		}
		name = &t->names[symbol != NULL ? t->frame_names[rec->symbol]
						: nameless];
		name->records += symbol == NULL;
		name->rec_sum +=
		    rp_record_hash(rec, symbol != NULL ? symbol->hash : 0,
			source != NULL ? source->hash : 0);
	}
	return RP_OK;
}

static int
compare_names(const void *va, const void *vb)
{
	const struct rp_label *a = &((const struct rp_tally_name *)va)->label;
	const struct rp_label *b = &((const struct rp_tally_name *)vb)->label;

	return a->class != b->class ? a->class - b->class
				    : strcmp(a->text, b->text);
}

void
rp_tally_sort(struct rp_tally *t)
{
	if (t->n_names > 0)
		qsort(t->names, t->n_names, sizeof(*t->names), compare_names);
}
