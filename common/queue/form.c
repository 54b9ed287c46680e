#include "queue/form.h"

#include <string.h>

#include "base/bytes.h"
#include "base/decimal.h"

void
rp_job_form_free(struct rp_job_form *form)
{
	rp_buffer_free(&form->text);
	for (size_t i = 0; i < RP_LEN(form->lists); i++)
		rp_buffer_free(&form->lists[i]);
	rp_scan_free(&form->scan);
}

/* ---- members ---- */

static enum rp_status
wrong(struct rp_error *err, const struct rp_json_value *key, const char *why)
{
	return rp_error_set(err, RP_ERR_CORRUPT, "\"%.*s\" %s",
	    (int)(key->len < 40 ? key->len : 40), key->text, why);
}

/* A text of its own; there is room for all of a line's. NULL: it has a zero
 * byte. */
static const char *
keep(struct rp_job_form *form, const struct rp_json_value *v)
{
	char *to = (char *)form->text.data + form->text.len;

	if (memchr(v->text, '\0', v->len) != NULL)
		return NULL;
	memcpy(to, v->text, v->len);
	to[v->len] = '\0';
	form->text.len += v->len + 1;
	return to;
}

static enum rp_status
take_text(struct rp_job_form *form, const struct rp_json_value *key,
    const char **out, struct rp_error *err)
{
	struct rp_json_value v;

	if (!rp_scan_value(&form->scan, &v))
		return RP_OK; /* the scan says why */
	if (v.kind != RP_JSON_STRING || (*out = keep(form, &v)) == NULL)
		return wrong(err, key, "is not a text");
	return RP_OK;
}

enum rp_status
rp_job_form_time(struct rp_job_form *form, const char *text, size_t len,
    int64_t *ns, struct rp_error *err)
{
	struct rp_when when;
	enum rp_status st =
	    rp_when_parse(text, len, form->zone, form->now, &when, err);

	if (st == RP_OK && when.kind != RP_WHEN_AT)
		st = rp_error_set(err, RP_ERR_USAGE,
		    "'%.*s' depends on the log's records: give a date and a "
		    "time",
		    (int)len, text);
	*ns = when.ns;
	return st;
}

/* A text as --from takes it, or a number of ns. */
static enum rp_status
take_time(struct rp_job_form *form, const struct rp_json_value *key,
    int64_t *out, struct rp_error *err)
{
	struct rp_error why = { 0 };
	struct rp_json_value v;
	enum rp_status st;

	if (!rp_scan_value(&form->scan, &v))
		return RP_OK;
	if (v.kind == RP_JSON_NUMBER)
		return rp_i64_parse(v.text, v.len, out) == RP_OK
		    ? RP_OK
		    : wrong(err, key, "is no number of ns");
	if (v.kind != RP_JSON_STRING)
		return wrong(err, key, "is no time");
	st = rp_job_form_time(form, v.text, v.len, out, &why);
	return st == RP_ERR_USAGE || st == RP_ERR_LIMIT
	    ? wrong(err, key, why.text)
	    : st;
}

/* ["a","b"], or "a" alone. */
static enum rp_status
take_list(struct rp_job_form *form, const struct rp_json_value *key,
    struct rp_buffer *list, struct rp_error *err)
{
	struct rp_json_value v;
	const char *text;
	bool alone;

	if (!rp_scan_value(&form->scan, &v))
		return RP_OK;
	alone = v.kind == RP_JSON_STRING;
	if (!alone && v.kind != RP_JSON_ARRAY)
		return wrong(err, key, "is not a list of texts");
	while (alone ||
	    (rp_scan_item(&form->scan) && rp_scan_value(&form->scan, &v))) {
		if (v.kind != RP_JSON_STRING || (text = keep(form, &v)) == NULL)
			return wrong(err, key, "is not a list of texts");
		if (rp_buffer_add(list, &text, sizeof(text)) != RP_OK)
			return rp_error_no_memory(err);
		if (alone)
			break;
	}
	return RP_OK;
}

static enum rp_status
take_member(struct rp_job_form *form, const struct rp_json_value *key,
    struct rp_error *err)
{
	struct rp_job *job = &form->job;

	if (rp_json_is(key, "id"))
		return take_text(form, key, &job->id, err);
	if (rp_json_is(key, "log"))
		return take_text(form, key, &job->log, err);
	if (rp_json_is(key, "from"))
		return take_time(form, key, &job->from, err);
	if (rp_json_is(key, "to"))
		return take_time(form, key, &job->to, err);
	if (rp_json_is(key, "symbols"))
		return take_list(form, key, &form->lists[0], err);
	if (rp_json_is(key, "types"))
		return take_list(form, key, &form->lists[1], err);
	if (rp_json_is(key, "columns"))
		return take_list(form, key, &form->lists[2], err);
	if (rp_json_is(key, "where"))
		return take_text(form, key, &job->where, err);
	if (rp_json_is(key, "compression"))
		return take_text(form, key, &job->compression, err);
	return wrong(err, key, "is nothing that a job has");
}

static struct rp_job_texts
texts_of(const struct rp_buffer *list)
{
	return (struct rp_job_texts){ (const char *const *)list->data,
		list->len / sizeof(const char *) };
}

/* ---- objects ---- */

/* All that a line of len bytes can say has room. */
static enum rp_status
clear(struct rp_job_form *form, size_t len)
{
	form->job = (struct rp_job){ .id = "" };
	form->text.len = 0;
	for (size_t i = 0; i < RP_LEN(form->lists); i++)
		form->lists[i].len = 0;
	return rp_buffer_reserve(&form->text, 2 * len + 1);
}

static enum rp_status
read_members(struct rp_job_form *form, struct rp_error *err)
{
	struct rp_json_value v;
	enum rp_status st = RP_OK;

	if (!rp_scan_value(&form->scan, &v))
		return RP_OK;
	if (v.kind != RP_JSON_OBJECT)
		return rp_error_set(err, RP_ERR_CORRUPT, "not an object");
	while (st == RP_OK && rp_scan_key(&form->scan, &v))
		st = take_member(form, &v, err);
	if (st == RP_OK && form->scan.why == NULL)
		(void)rp_scan_end(&form->scan);
	return st;
}

enum rp_status
rp_job_form_read(struct rp_job_form *form, const char *text, size_t len,
    struct rp_error *err)
{
	const char *why;
	enum rp_status st;

	if (clear(form, len) != RP_OK)
		return rp_error_no_memory(err);
	if (!rp_scan_begin(&form->scan, text, len))
		return rp_error_set(err, RP_ERR_CORRUPT, "it is not UTF-8");
	if ((st = read_members(form, err)) != RP_OK)
		return st;
	if ((st = rp_scan_status(&form->scan)) != RP_OK)
		return rp_error_set(err, st, "column %zu: %s",
		    rp_scan_column(&form->scan), form->scan.why);
	form->job.symbols = texts_of(&form->lists[0]);
	form->job.types = texts_of(&form->lists[1]);
	form->job.columns = texts_of(&form->lists[2]);
	if ((why = rp_job_fault(&form->job)) != NULL)
		return rp_error_set(err, RP_ERR_CORRUPT, "%s", why);
	if (form->job.log == NULL && form->job.where == NULL &&
	    form->job.compression == NULL && form->job.from == 0 &&
	    form->job.to == 0 && form->job.symbols.n == 0 &&
	    form->job.types.n == 0 && form->job.columns.n == 0)
		return RP_OK;
	return form->job.log != NULL
	    ? RP_OK
	    : rp_error_set(err, RP_ERR_CORRUPT,
		  "it asks for a part of a log, and for no log");
}
