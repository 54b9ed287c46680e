#include "cli/provenance.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "columns/json.h"
#include "types/schema.h"

#define MAX_NAMES 1000 /* of one list */

/* ---- notes ---- */

enum rp_status
rp_provenance_note(struct rp_provenance *p, const struct rp_frame *f)
{
	struct rp_buffer *notes = &p->notes;
	enum rp_status st = RP_OK;

	if (p->cli->no_notes || notes->len + f->text_len > RP_MAX_NOTE)
		return RP_OK; /* enough of them */
	if (notes->len > 0)
		st = rp_buffer_add(notes, "\n", 1);
	if (st == RP_OK)
		st = rp_buffer_add(notes, f->text, f->text_len);
	return st == RP_OK ? st : rp_error_no_memory(&p->cli->error);
}

void
rp_provenance_free(struct rp_provenance *p)
{
	rp_buffer_free(&p->notes);
}

/* ---- names ---- */

void
rp_origins_init(struct rp_origins *names)
{
	*names = (struct rp_origins){ 0 };
	names->symbols.labels.class = RP_NAME_SYMBOL;
	names->sources.labels.class = RP_NAME_SOURCE;
	names->schemas.labels.class = RP_NAME_SCHEMA;
}

void
rp_origins_free(struct rp_origins *names)
{
	rp_labels_free(&names->symbols.labels);
	rp_labels_free(&names->sources.labels);
	rp_labels_free(&names->schemas.labels);
	rp_origins_init(names);
}

static enum rp_status
add(struct rp_origin_list *list, const struct rp_label *name)
{
	if (name == NULL || list->many ||
	    rp_labels_of(&list->labels, name) != NULL) {
		list->many = list->labels.n > MAX_NAMES;
		return RP_OK;
	}
	return RP_ERR_NOMEM;
}

enum rp_status
rp_origins_add(struct rp_origins *names, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n)
{
	const bool features = n > 0 && recs[0]->type == RP_FEATURE;
	uint32_t symbol = RP_NO_NAME, source = RP_NO_NAME;
	enum rp_status st = RP_OK;

	for (size_t i = 0; st == RP_OK && i < n; i++) {
		if (recs[i]->symbol != symbol) {
			symbol = recs[i]->symbol;
			st = add(&names->symbols, rp_frame_name(f, symbol));
		}
		if (st == RP_OK && recs[i]->source != source) {
			source = recs[i]->source;
			st = add(&names->sources, rp_frame_name(f, source));
		}
		if (st == RP_OK && features)
			st = add(&names->schemas, rp_schema_of(f, recs[i]));
	}
	return st;
}

/* ---- saying it ---- */

struct saying {
	rp_say_fn *say;
	void *arg;
};

static enum rp_status
say(const struct saying *s, const char *key, const char *text)
{
	return s->say(s->arg, key, text, strlen(text));
}

static enum rp_status
say_buffer(const struct saying *s, const char *key, struct rp_buffer *b,
    enum rp_status st)
{
	if (st == RP_OK)
		st = s->say(s->arg, key, (const char *)b->data, b->len);
	rp_buffer_free(b);
	return st;
}

static int
by_text(const void *x, const void *y)
{
	const struct rp_label *a = *(struct rp_label *const *)x;
	const struct rp_label *b = *(struct rp_label *const *)y;
	const size_t len = a->len < b->len ? a->len : b->len;
	const int order = memcmp(a->text, b->text, len);

	return order != 0 ? order : (int)a->len - (int)b->len;
}

/* An array in JSON, sorted. */
static enum rp_status
put_names(struct rp_buffer *out, const struct rp_labels *labels,
    struct rp_label **sorted)
{
	char quoted[RP_QUOTED_ROOM(RP_MAX_NAME)];
	enum rp_status st = RP_OK;
	size_t n = 0, len;

	for (size_t i = 0; i < labels->size; i++)
		if (labels->table[i] != NULL)
			sorted[n++] = labels->table[i];
	qsort(sorted, n, sizeof(*sorted), by_text);
	for (size_t i = 0; st == RP_OK && i < n; i++) {
		len = rp_json_quote(
		    quoted, sorted[i]->text, sorted[i]->len, NULL);
		st = rp_buffer_add(out, i == 0 ? "[" : ",", 1);
		if (st == RP_OK)
			st = rp_buffer_add(out, quoted, len);
	}
	return st == RP_OK ? rp_buffer_add(out, "]", 1) : st;
}

static enum rp_status
say_names(
    const struct saying *s, const char *key, const struct rp_origin_list *list)
{
	struct rp_buffer text = { 0 };
	struct rp_label **sorted;
	enum rp_status st;

	if (list->many || list->labels.n == 0)
		return RP_OK;
	sorted = calloc(list->labels.n, sizeof(struct rp_label *));
	if (sorted == NULL)
		return RP_ERR_NOMEM;
	st = put_names(&text, &list->labels, sorted);
	free(sorted);
	return say_buffer(s, key, &text, st);
}

/* The notes of the input, then our own. */
static enum rp_status
say_notes(const struct saying *s, const struct rp_provenance *p)
{
	struct rp_buffer text = { 0 };
	enum rp_status st;
	size_t len;
	char *own;

	if (p->cli->no_notes)
		return RP_OK;
	if ((own = rp_cli_note(p->cli, &len)) == NULL)
		return RP_ERR_NOMEM;
	st = rp_buffer_add(&text, p->notes.data, p->notes.len);
	if (st == RP_OK && text.len > 0)
		st = rp_buffer_add(&text, "\n", 1);
	if (st == RP_OK)
		st = rp_buffer_add(&text, own, len);
	free(own);
	return say_buffer(s, "rp.notes", &text, st);
}

enum rp_status
rp_provenance_say(const struct rp_provenance *p,
    const struct rp_columnar *columns, uint16_t type,
    const struct rp_origins *names, rp_say_fn *fn, void *arg)
{
	static const char *const decimals[] = { [RP_DECIMALS_FIXED] = "fixed",
		[RP_DECIMALS_FLOAT] = "float",
		[RP_DECIMALS_EXACT] = "exact" };
	const struct saying s = { fn, arg };
	enum rp_status st = RP_OK;
	char name[8];

	if (type != 0)
		st = say(&s, "rp.type", rp_type_name(type, name));
	if (st == RP_OK)
		st = say(&s, "rp.decimals", decimals[columns->style.decimals]);
	if (st == RP_OK)
		st = say(&s, "rp.version", RP_VERSION);
	if (st == RP_OK)
		st = say_names(&s, "rp.symbols", &names->symbols);
	if (st == RP_OK)
		st = say_names(&s, "rp.sources", &names->sources);
	if (st == RP_OK)
		st = say_names(&s, "rp.schemas", &names->schemas);
	return st == RP_OK ? say_notes(&s, p) : st;
}
