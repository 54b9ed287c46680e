#include "cli/sheets.h"

#include <stdlib.h>
#include <string.h>

#include "types/types.h"

static const char type_key[] = "{type}";

enum rp_status
rp_sheets_init(struct rp_sheets *s, struct rp_cli *cli, const char *path,
    const char *template)
{
	const char *key = template;

	*s = (struct rp_sheets){
		.cli = cli, .path = path, .template = template
	};
	if (template == NULL)
		return RP_OK;
	if (path != NULL)
		return rp_cli_usage(cli, "-o or --split-type, not both");
	while ((key = strchr(key, '{')) != NULL) {
		if (strncmp(key, type_key, strlen(type_key)) != 0)
			return rp_cli_usage(cli,
			    "--split-type %s: the only key is {type}",
			    template);
		key++;
	}
	if (strstr(template, type_key) == NULL)
		return rp_cli_usage(cli,
		    "--split-type %s: lacks {type}, as in out-{type}.csv",
		    template);
	return RP_OK;
}

/* The template with a name in the place of each key: the caller's to free. */
static char *
expand(const char *template, const char *name)
{
	size_t keys = 0, key = strlen(type_key), len = strlen(name);
	const char *p, *next;
	char *path, *out;

	for (p = template; (p = strstr(p, type_key)) != NULL; p += key)
		keys++;
	out = path = malloc(strlen(template) + keys * len + 1);
	if (path == NULL)
		return NULL;
	for (p = template; (next = strstr(p, type_key)) != NULL;
	     p = next + key) {
		memcpy(out, p, (size_t)(next - p));
		out += next - p;
		memcpy(out, name, len);
		out += len;
	}
	strcpy(out, p);
	return path;
}

static struct rp_sheet *
add(struct rp_sheets *s, uint16_t type)
{
	struct rp_sheet **grown, *sheet = calloc(1, sizeof(*sheet));

	grown = reallocarray(s->sheet, s->n + 1, sizeof(*grown));
	if (grown != NULL)
		s->sheet = grown;
	if (grown == NULL || sheet == NULL) {
		free(sheet);
		return NULL;
	}
	sheet->type = type;
	return s->sheet[s->n++] = sheet;
}

enum rp_status
rp_sheets_find(
    struct rp_sheets *s, uint16_t type, struct rp_sheet **found, bool *fresh)
{
	const char *path = s->path;
	struct rp_sheet *sheet;
	enum rp_status st;
	char name[8];

	type = s->template == NULL ? 0 : type;
	*fresh = false;
	for (size_t i = 0; i < s->n; i++)
		if (s->sheet[i]->type == type) {
			*found = s->sheet[i];
			return RP_OK;
		}
	if ((sheet = add(s, type)) == NULL)
		return rp_error_no_memory(&s->cli->error);
	if (s->template != NULL) {
		path = sheet->path =
		    expand(s->template, rp_type_name(type, name));
		if (path == NULL)
			return rp_error_no_memory(&s->cli->error);
	}
	st = rp_output_open(&sheet->file, s->cli, path, s->binary);
	rp_out_init(&sheet->out, sheet->file.fd,
	    sheet->file.path != NULL ? sheet->file.path : "<stdout>");
	*found = sheet;
	*fresh = true;
	return st;
}

int
rp_sheets_flush(void *sheets)
{
	struct rp_sheets *s = sheets;

	for (size_t i = 0; i < s->n; i++)
		(void)!rp_out_flush(&s->sheet[i]->out); /* kept in out */
	return -1;
}

static void
sheet_free(struct rp_sheet *sheet)
{
	rp_output_discard(&sheet->file);
	rp_out_free(&sheet->out);
	free(sheet->path);
	free(sheet);
}

enum rp_status
rp_sheets_close(struct rp_sheets *s, enum rp_status st)
{
	for (size_t i = 0; i < s->n; i++) {
		struct rp_out *out = &s->sheet[i]->out;

		if (st == RP_OK)
			st = rp_out_flush(out);
		if (out->error.status != RP_OK)
			rp_error_set(&s->cli->error, out->error.status, "%s",
			    out->error.text);
		s->cli->counts.bytes_out += out->bytes;
	}
	for (size_t i = 0; i < s->n; i++) {
		if (st == RP_OK)
			st = rp_output_commit(&s->sheet[i]->file);
		sheet_free(s->sheet[i]);
	}
	free(s->sheet);
	s->sheet = NULL;
	s->n = 0;
	return st;
}
