#include "import/import.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* A format is one line here and one file; what is easily told comes first. */
const struct rp_import_format *const rp_import_formats[] = {
	&rp_import_dbn,
	&rp_import_arrow,
	&rp_import_pcap,
	&rp_import_itch,
	&rp_import_tardis,
	&rp_import_csv,
	&rp_import_binance,
	&rp_import_cryptofeed,
	&rp_import_ndjson,
};
const size_t rp_import_n_formats = RP_LEN(rp_import_formats);

const struct rp_import_format *
rp_import_format_find(const char *name)
{
	for (size_t i = 0; i < rp_import_n_formats; i++)
		if (strcmp(rp_import_formats[i]->name, name) == 0)
			return rp_import_formats[i];
	return NULL;
}

/* What an unknown input looks like, if a word about it helps. */
static const char *
describe(const uint8_t *p, size_t len)
{
	if (len >= 4 && memcmp(p, "\x89RP1", 4) == 0)
		return "an rp stream already: use rp-cat or rp-write";
	return "no format knows it (rp-import --list-formats; any table or "
	       "NDJSON is read by --mapping)";
}

static const struct rp_import_format *
recognise(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < rp_import_n_formats; i++)
		if (rp_import_formats[i]->probe(p, len))
			return rp_import_formats[i];
	return NULL;
}

/*
 * Find the format by as few bytes as will do: a live feed may send no more
 * for a while. An input that fails is told only if its bytes say nothing.
 */
static enum rp_status
probe(struct rp_import *im)
{
	struct rp_intake *in = im->in;
	struct rp_error err = { 0 };
	enum rp_status st = RP_OK;
	size_t len = 0;

	while (st == RP_OK && len < RP_IMPORT_PROBE) {
		st = rp_intake_need(in, len < 16 ? 16 : len + 1, &err);
		len = (size_t)(in->end - in->at);
		if (len > RP_IMPORT_PROBE)
			len = RP_IMPORT_PROBE;
		if ((im->format = recognise(in->at, len)) != NULL)
			return RP_OK;
	}
	if (err.status != RP_OK)
		return rp_error_set(
		    &im->error, st, "%s: %s", im->name, err.text);
	if (len == 0)
		return rp_error_set(&im->error, RP_ERR_TRUNCATED,
		    "%s: empty input (name its --format if that is right)",
		    im->name);
	return rp_error_set(&im->error, RP_ERR_UNSUPPORTED, "%s: %s", im->name,
	    describe(in->at, len));
}

enum rp_status
rp_import_open(struct rp_import *im)
{
	enum rp_status st;

	im->records = im->behind = 0;
	im->broken = false;
	im->error = (struct rp_error){ 0 };
	im->state = NULL;
	if (im->host != NULL && im->host->wait != NULL)
		rp_intake_on_wait(im->in, im->host->wait, im->host->wait_arg);
	if (im->options.mapping != NULL)
		im->format = &rp_import_mapped;
	if (im->format == NULL && (st = probe(im)) != RP_OK)
		return st;
	return im->format->open(im);
}

enum rp_status
rp_import_step(struct rp_import *im)
{
	return im->format->convert(im);
}

void
rp_import_close(struct rp_import *im)
{
	if (im->format != NULL)
		im->format->close(im);
	im->state = NULL;
}

/* ---- for formats ---- */

/* "NAME: record N at byte B: why" */
static void
place(struct rp_import *im, char *text, size_t size, const char *why)
{
	snprintf(text, size, "%s: record %llu at %sbyte %llu: %s", im->name,
	    (unsigned long long)im->records + 1,
	    rp_intake_packed(im->in) ? "unpacked " : "",
	    (unsigned long long)(rp_intake_offset(im->in) - im->behind), why);
}

enum rp_status
rp_import_fail(
    struct rp_import *im, enum rp_status status, const char *fmt, ...)
{
	char why[256], text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	place(im, text, sizeof(text), why);
	im->broken = (status == RP_ERR_CORRUPT || status == RP_ERR_TRUNCATED) &&
	    im->in->at < im->in->end;
	return rp_error_set(&im->error, status, "%s", text);
}

static enum rp_status
reject(struct rp_import *im, const char *text, size_t len, const char *fmt,
    va_list ap)
{
	enum rp_status st = RP_ERR_REJECTED;
	char why[256], reason[512];

	vsnprintf(why, sizeof(why), fmt, ap);
	place(im, reason, sizeof(reason), why);
	if (im->host != NULL && im->host->reject != NULL)
		st = im->host->reject(im->host->arg, text, len, reason);
	return st == RP_OK ? st : rp_error_set(&im->error, st, "%s", reason);
}

enum rp_status
rp_import_reject(
    struct rp_import *im, const char *text, size_t len, const char *fmt, ...)
{
	enum rp_status st;
	va_list ap;

	va_start(ap, fmt);
	st = reject(im, text, len, fmt, ap);
	va_end(ap);
	return st;
}

enum rp_status
rp_import_reject_bytes(
    struct rp_import *im, const void *p, size_t len, const char *fmt, ...)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = p;
	char *text = malloc(2 * len + 1);
	enum rp_status st;
	va_list ap;

	if (text == NULL)
		return rp_import_no_memory(im);
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	va_start(ap, fmt);
	st = reject(im, text, 2 * len, fmt, ap);
	va_end(ap);
	free(text);
	return st;
}

void
rp_import_warn(struct rp_import *im, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (im->host == NULL || im->host->warn == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	im->host->warn(im->host->arg, text);
}

void
rp_import_count(struct rp_import *im, const char *name, uint64_t n)
{
	if (im->host != NULL && im->host->count != NULL)
		im->host->count(im->host->arg, name, n);
}

enum rp_status
rp_import_no_memory(struct rp_import *im)
{
	return rp_import_fail(im, RP_ERR_NOMEM, "out of memory");
}

enum rp_status
rp_import_write_failed(struct rp_import *im)
{
	const struct rp_error *e = rp_writer_error(im->out);

	return rp_error_set(&im->error, e->status, "%s", e->text);
}
