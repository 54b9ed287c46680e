#include "repair.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/recover.h"

static void
say_recovered(struct rp_cli *cli, const char *path, const struct rp_recovery *r)
{
	if (r->sealed)
		return;
	if (r->torn_bytes == 0)
		rp_cli_warn(cli,
		    "%s: closed after %" PRIu64 " records; nothing was torn",
		    path, r->records);
	else
		rp_cli_warn(cli,
		    "%s: closed after %" PRIu64 " records; %" PRIu64
		    " torn bytes are in its .torn file",
		    path, r->records, r->torn_bytes);
}

enum rp_status
repair_segment(struct rp_cli *cli, const char *log, const struct rp_segment *s,
    const char *path)
{
	struct rp_recovery r = { 0 };
	enum rp_status st = rp_segment_recover(log, s, false, &r, &cli->error);

	if (st == RP_OK)
		say_recovered(cli, path, &r);
	return st;
}

/* What never was a stream is not to be made an empty one. */
static enum rp_status
check_magic(struct rp_cli *cli, const char *path)
{
	char begin[4];
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return rp_error_errno(&cli->error, "%s", path);
	n = fread(begin, 1, sizeof(begin), f);
	fclose(f);
	if (memcmp(begin, "\x89RP1", n) == 0)
		return RP_OK;
	return rp_error_set(&cli->error, RP_ERR_CORRUPT,
	    "%s: does not begin as an rp stream: nothing was repaired", path);
}

enum rp_status
repair_file(struct rp_cli *cli, const char *path)
{
	struct rp_recovery r = { 0 };
	enum rp_status st;
	char *torn;

	if ((st = check_magic(cli, path)) != RP_OK)
		return st;
	if (asprintf(&torn, "%s.torn", path) < 0)
		return rp_error_no_memory(&cli->error);
	st = rp_file_recover(path, torn, false, &r, &cli->error);
	if (st == RP_OK)
		say_recovered(cli, path, &r);
	free(torn);
	return st;
}
