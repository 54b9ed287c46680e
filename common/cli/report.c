/* What a tool has done: --stats and --stats-json. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/json.h"
#include "cli/private.h"

void
rp_cli_count(struct rp_cli *cli, const char *name, uint64_t n)
{
	struct rp_cli_private *p = cli->p;
	struct rp_cli_count *counts;
	char *copy;
	size_t i;

	for (i = 0; i < p->n_counts; i++) {
		if (strcmp(p->counts[i].name, name) == 0) {
			p->counts[i].n += n;
			return;
		}
	}
	counts = realloc(p->counts, (p->n_counts + 1) * sizeof(*counts));
	if (counts != NULL)
		p->counts = counts;
	/* without memory, a figure less in the report */
	if (counts != NULL && (copy = strdup(name)) != NULL)
		p->counts[p->n_counts++] = (struct rp_cli_count){ copy, n };
}

/* The figure that a rate is of: a source's records come out only. */
uint64_t
rp_records_done(const struct rp_cli *cli)
{
	const struct rp_counts *c = &cli->counts;

	if (c->records_in != 0)
		return c->records_in;
	if (cli->p->main != NULL)
		return rp_writer_totals(cli->p->main->w)->records;
	return c->records_out;
}

static double
rate(const struct rp_cli *cli, int64_t elapsed)
{
	return elapsed > 0
	    ? (double)rp_records_done(cli) * 1e9 / (double)elapsed
	    : 0;
}

void
rp_stats_print(const struct rp_cli *cli, int64_t elapsed)
{
	const struct rp_counts *c = &cli->counts;
	const struct rp_cli_private *p = cli->p;
	int w = (int)strlen(cli->tool->name);
	size_t i;

	fprintf(stderr,
	    "%s  records  in %" PRIu64 "  out %" PRIu64 "  dropped %" PRIu64
	    "  rejected %" PRIu64 "\n",
	    cli->tool->name, c->records_in, c->records_out, c->dropped,
	    c->rejected);
	fprintf(stderr, "%*s  bytes    in %" PRIu64 "  out %" PRIu64 "\n", w,
	    "", c->bytes_in, c->bytes_out);
	fprintf(stderr, "%*s  time     %.3f s  %.0f records/s\n", w, "",
	    (double)elapsed / 1e9, rate(cli, elapsed));
	if (p->n_counts == 0)
		return;
	fprintf(stderr, "%*s  counts ", w, "");
	for (i = 0; i < p->n_counts; i++)
		fprintf(
		    stderr, "  %s %" PRIu64, p->counts[i].name, p->counts[i].n);
	putc('\n', stderr);
}

static void
json_stats(FILE *f, const struct rp_cli *cli, int64_t elapsed)
{
	const struct rp_counts *c = &cli->counts;
	const struct rp_cli_private *p = cli->p;
	struct rp_json j = { .f = f, .numbers = true };
	size_t i;

	rp_json_open(&j, NULL);
	rp_json_text(&j, "tool", cli->tool->name);
	rp_json_text(&j, "version", RP_VERSION);
	rp_json_text(&j, "args", p->args);
	rp_json_u64(&j, "records_in", c->records_in);
	rp_json_u64(&j, "records_out", c->records_out);
	rp_json_u64(&j, "dropped", c->dropped);
	rp_json_u64(&j, "rejected", c->rejected);
	rp_json_u64(&j, "bytes_in", c->bytes_in);
	rp_json_u64(&j, "bytes_out", c->bytes_out);
	rp_json_double(&j, "seconds", (double)elapsed / 1e9, 6);
	rp_json_double(&j, "records_per_second", rate(cli, elapsed), 0);
	rp_json_open(&j, "counts");
	for (i = 0; i < p->n_counts; i++)
		rp_json_u64(&j, p->counts[i].name, p->counts[i].n);
	rp_json_close(&j);
	rp_json_close(&j);
}

bool
rp_stats_start(struct rp_cli *cli)
{
	struct rp_output *out = &cli->p->stats_json;

	if (cli->stats_json == NULL)
		return true;
	if (rp_output_open(out, cli, cli->stats_json, false) != RP_OK)
		return false;
	/* stdout itself will be closed by then */
	if (out->fd == STDOUT_FILENO)
		out->fd = fcntl(out->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	out->path = cli->stats_json;
	return true;
}

/* Also after a failure: what was done until then. */
enum rp_status
rp_stats_write(struct rp_cli *cli, int64_t elapsed)
{
	struct rp_output *out = &cli->p->stats_json;
	enum rp_status st = RP_OK;
	char *text = NULL;
	size_t len;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		return RP_ERR_NOMEM;
	json_stats(f, cli, elapsed);
	if (fclose(f) != 0) {
		free(text);
		return RP_ERR_NOMEM;
	}
	st = rp_file_write(out->fd, text, len, cli->stats_json, &cli->error);
	if (st == RP_OK)
		st = rp_output_publish(out);
	free(text);
	return st;
}
