#include "paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/feeds.h"

/* ---- the template ---- */

static enum rp_status
bad_keys(struct rp_cli *cli, const char *keys)
{
	return rp_cli_usage(
	    cli, "--hive %s: is KEY,KEY,..., as symbol,date", keys);
}

/* A column that the path says is left out of the files. */
static void
leave_out(struct writing *w, const char *key, size_t len)
{
	static const char *const columns[] = { "symbol", "source", "type" };
	size_t n = 0;

	while (w->left_out[n] != NULL)
		n++;
	for (size_t i = 0; i < RP_LEN(columns) && n < RP_LEN(columns); i++)
		if (strlen(columns[i]) == len &&
		    memcmp(columns[i], key, len) == 0)
			w->left_out[n] = columns[i];
}

/* DIR/symbol={symbol}/date={date}/{part}.parquet: the caller's to free. */
static enum rp_status
hive_template(struct writing *w, const struct path_options *o, char **text)
{
	static const char name[] = "/{part}.parquet";
	struct rp_buffer b = { 0 };
	const char *key = o->hive;
	char part[64];
	size_t len;
	int n;
	enum rp_status st = rp_buffer_add(&b, o->output, strlen(o->output));

	*text = NULL;
	for (; st == RP_OK; key += len + 1) {
		len = strcspn(key, ",");
		n = snprintf(part, sizeof(part), "/%.*s={%.*s}", (int)len, key,
		    (int)len, key);
		if (len == 0 || n >= (int)sizeof(part)) {
			rp_buffer_free(&b);
			return bad_keys(w->cli, o->hive);
		}
		leave_out(w, key, len);
		st = rp_buffer_add(&b, part, (size_t)n);
		if (key[len] == '\0')
			break;
	}
	if (st == RP_OK)
		st = rp_buffer_add(&b, name, sizeof(name));
	*text = (char *)b.data;
	return st == RP_OK ? st : rp_error_no_memory(&w->cli->error);
}

static enum rp_status
parse(struct paths *p, struct rp_cli *cli, const struct path_options *o,
    const char *text)
{
	const unsigned all = 2 * RP_PATH_PART - 1;
	enum rp_status st =
	    rp_template_new(&p->template, text, all, &cli->error);
	unsigned keys;

	if (st != RP_OK) {
		rp_error_prefix(&cli->error,
		    o->split != NULL      ? "--split-type"
			: o->hive != NULL ? "--hive"
					  : "-o");
		return st;
	}
	keys = rp_template_keys(p->template);
	if (o->split != NULL && !(keys & RP_PATH_TYPE))
		return rp_cli_usage(cli,
		    "--split-type %s: lacks {type}, as in out-{type}.parquet",
		    text);
	if (o->hive != NULL)
		return RP_OK;
	if (o->file_size != 0 && !(keys & RP_PATH_PART))
		return rp_cli_usage(
		    cli, "--file-size needs {part} in the path");
	if (o->file_size == 0 && (keys & RP_PATH_PART))
		return rp_cli_usage(cli, "{part} needs --file-size");
	return RP_OK;
}

/* That of -o, --split-type or --hive, if there is one. */
static enum rp_status
find_template(struct paths *p, struct writing *w, const struct path_options *o)
{
	const char *text = o->split != NULL ? o->split : o->output;
	char *hive = NULL;
	enum rp_status st = RP_OK;

	if (o->split != NULL && (o->output != NULL || o->hive != NULL))
		return rp_cli_usage(
		    w->cli, "--split-type goes without -o and --hive");
	if (o->hive != NULL && o->output == NULL)
		return rp_cli_usage(w->cli, "--hive needs -o DIR");
	if (o->hive != NULL) {
		st = hive_template(w, o, &hive);
		text = hive;
	}
	if (st == RP_OK &&
	    (o->split != NULL || o->hive != NULL ||
		(text != NULL && strchr(text, '{') != NULL)))
		st = parse(p, w->cli, o, text);
	else if (st == RP_OK && o->file_size != 0)
		st = rp_cli_usage(
		    w->cli, "--file-size needs {part} in the path");
	free(hive);
	return st;
}

/* ---- opening ---- */

static enum rp_status
set_clock(struct paths *p, struct rp_cli *cli, const struct path_options *o,
    struct partition_options *po)
{
	enum rp_status st;

	po->by_event = strcmp(o->clock, "event") == 0;
	po->clock.zone = &p->zone;
	if (o->tz != NULL &&
	    (st = rp_zone_open(&p->zone, o->tz, &cli->error)) != RP_OK) {
		rp_error_prefix(&cli->error, "--tz");
		return st;
	}
	if (rp_day_start_parse(o->day_start, &po->clock.start) != RP_OK)
		return rp_cli_usage(cli,
		    "--day-start %s: not a time of day, such as 17:00",
		    o->day_start);
	return RP_OK;
}

static enum rp_status
open_parts(struct paths *p, struct rp_cli *cli, const struct path_options *o)
{
	size_t len,
	    most = o->open_files < SIZE_MAX / 2 ? (size_t)o->open_files
						: SIZE_MAX / 2;
	const char *text = rp_template_base(p->template, &len);
	char *base;
	enum rp_status st;

	if ((st = rp_cli_files(cli, most, "output files")) != RP_OK)
		return st;
	base = len > 0 ? strndup(text, len) : strdup(".");
	if (base == NULL)
		return rp_error_no_memory(&cli->error);
	st = rp_parts_open(&p->parts, cli, base,
	    strcmp(o->existing, "replace") == 0 ? RP_EXISTING_REPLACE
						: RP_EXISTING_FAIL,
	    most);
	free(base);
	return st;
}

enum rp_status
paths_open(struct paths *p, struct writing *w, const struct path_options *o)
{
	struct partition_options po = { .hive = o->hive != NULL,
		.file_size = o->file_size,
		.memory = o->memory };
	enum rp_status st;

	if (o->memory < 1 << 20)
		return rp_cli_usage(w->cli, "-S is at least 1Mi");
	if (o->open_files < 1)
		return rp_cli_usage(w->cli, "--open-files is at least 1");
	if ((st = find_template(p, w, o)) != RP_OK || p->template == NULL ||
	    (st = set_clock(p, w->cli, o, &po)) != RP_OK ||
	    (st = open_parts(p, w->cli, o)) != RP_OK)
		return st;
	po.paths = p->template;
	p->partition = partition_new(w, &p->parts, &po);
	return p->partition != NULL ? RP_OK
				    : rp_error_no_memory(&w->cli->error);
}

void
paths_close(struct paths *p, enum rp_status st)
{
	partition_free(p->partition);
	if (p->parts.cli != NULL)
		rp_parts_close(&p->parts, st);
	rp_template_free(p->template);
}
