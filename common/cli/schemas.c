#include "cli/schemas.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/private.h"
#include "columns/plan.h"
#include "types/schema.h"

#define ENOUGH 1000000 /* records without a feature: there will be none */

struct rp_needed {
	struct rp_needed *next;
	const char *name; /* in text */
	size_t len;
	char *why; /* behind it */
	char text[];
};

enum rp_status
rp_cli_need_feature(
    struct rp_cli *cli, const char *name, size_t len, const char *why)
{
	size_t room = strlen(why) + 1;
	struct rp_needed *e = malloc(sizeof(*e) + len + room);

	if (e == NULL)
		return rp_error_no_memory(&cli->error);
	memcpy(e->text, name, len);
	memcpy(e->text + len, why, room);
	e->name = e->text;
	e->len = len;
	e->why = e->text + len;
	e->next = cli->p->needed;
	cli->p->needed = e;
	return RP_OK;
}

enum rp_status
rp_cli_need_fields(struct rp_cli *cli, const char *list, const char *option)
{
	enum rp_status st = RP_OK;
	char why[128];
	size_t len;

	for (; st == RP_OK; list += len + 1) {
		len = strcspn(list, ",");
		if (!rp_schema_is_known(list, len)) {
			snprintf(why, sizeof(why),
			    "%s: no record has a field '%.*s'", option,
			    (int)len, list);
			st = rp_cli_need_feature(cli, list, len, why);
		}
		if (list[len] == '\0')
			break;
	}
	return st;
}

enum rp_status
rp_cli_need_columns(struct rp_cli *cli, const struct rp_plan *plan)
{
	enum rp_status st = RP_OK;
	const char *name;
	size_t len;
	char *why;

	for (size_t i = 0; st == RP_OK && rp_plan_guess(plan, i, &name, &len);
	     i++) {
		if (asprintf(&why,
			"no record has a field '%.*s' (rp-types(5) lists them)",
			(int)len, name) < 0)
			return rp_error_no_memory(&cli->error);
		st = rp_cli_need_feature(cli, name, len, why);
		free(why);
	}
	return st;
}

void
rp_cli_warn_schemas(const struct rp_cli *cli)
{
	for (const struct rp_needed *e = cli->p->needed; e != NULL; e = e->next)
		rp_cli_warn(cli, "%s, unless features have it", e->why);
}

void
rp_cli_note_schemas(struct rp_cli *cli, const struct rp_frame *f)
{
	struct rp_needed **at = &cli->p->needed, *e;

	if (*at == NULL || f->head.kind != RP_DATA)
		return;
	/* a stream may well begin with gaps */
	for (uint32_t i = 0; i < f->n_types; i++)
		if (f->types[i].type != RP_GAP)
			cli->p->unexpected += f->types[i].records;
	if (f->n_schemas > 0)
		cli->p->has_schemas = true;
	while (f->n_schemas > 0 && (e = *at) != NULL)
		if (rp_schema_names(f, e->name, e->len)) {
			*at = e->next;
			free(e);
		} else {
			at = &e->next;
		}
}

enum rp_status
rp_cli_check_schemas(struct rp_cli *cli, bool at_end)
{
	const struct rp_cli_private *p = cli->p;
	const struct rp_needed *e = p->needed;

	if (e == NULL || p->unexpected == 0 ||
	    (!at_end && (p->has_schemas || p->unexpected < ENOUGH)))
		return RP_OK;
	while (e->next != NULL) /* the first that was needed */
		e = e->next;
	return rp_cli_usage(cli, "%s", e->why);
}

void
rp_cli_warn_hidden(const struct rp_cli *cli, uint64_t n)
{
	if (n > 0)
		rp_cli_warn(cli,
		    "%" PRIu64 " features with values that the first schema "
		    "lacked, so there is no column: see -c",
		    n);
}

void
rp_needed_free(struct rp_cli *cli)
{
	struct rp_needed *e;

	while ((e = cli->p->needed) != NULL) {
		cli->p->needed = e->next;
		free(e);
	}
}
