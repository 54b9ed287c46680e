/* --progress: a bar on a terminal, a line every few seconds elsewhere. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/private.h"

static const int64_t BAR_EVERY = 200000000; /* ns */
static const int64_t LINE_EVERY = 5000000000; /* ns */

void
rp_cli_expect(struct rp_cli *cli, uint64_t bytes)
{
	cli->p->expected = bytes;
}

/* 12345678 as "12.3M" */
static const char *
scaled(char *buf, size_t size, double v)
{
	static const char units[] = "\0kMGTP";
	const char *u = units;

	while (v >= 999.95 && u < units + 5) {
		v /= 1000;
		u++;
	}
	if (u == units)
		snprintf(buf, size, "%.0f", v);
	else
		snprintf(buf, size, "%.*f%c", v < 99.95 ? 1 : 0, v, *u);
	return buf;
}

static const char *
clock_text(char *buf, size_t size, double seconds)
{
	unsigned long s = (unsigned long)(seconds + 0.5);

	if (s >= 3600)
		snprintf(buf, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60,
		    s % 60);
	else
		snprintf(buf, size, "%lu:%02lu", s / 60, s % 60);
	return buf;
}

static void
draw_bar(double part)
{
	char bar[] = "[                    ]";
	size_t n = (size_t)(part * 20);

	memset(bar + 1, '=', n);
	if (n < 20)
		bar[1 + n] = '>';
	fprintf(stderr, "%s %3.0f%%  ", bar, part * 100);
}

static void
show(const struct rp_cli *cli, bool terminal, int64_t now)
{
	const struct rp_cli_private *p = cli->p;
	double seconds = (double)(now - p->started) / 1e9;
	double records = (double)rp_records_done(cli);
	double part = 0;
	char a[32], b[32], c[32];

	if (p->expected > 0)
		part = (double)cli->counts.bytes_in / (double)p->expected;
	if (part > 1)
		part = 1;
	fprintf(stderr, "%s%s: ", terminal ? "\r" : "", cli->tool->name);
	if (terminal && p->expected > 0)
		draw_bar(part);
	else if (p->expected > 0)
		fprintf(stderr, "%.0f%%  ", part * 100);
	fprintf(stderr, "%s records  %sB  %s records/s  %s",
	    scaled(a, sizeof(a), records),
	    scaled(b, sizeof(b), (double)cli->counts.bytes_in),
	    scaled(c, sizeof(c), seconds > 0 ? records / seconds : 0),
	    terminal ? "" : "after ");
	fputs(clock_text(a, sizeof(a), seconds), stderr);
	if (part > 0 && part < 1)
		fprintf(stderr, "  ETA %s",
		    clock_text(a, sizeof(a), seconds / part - seconds));
	fputs(terminal ? "\033[K" : "\n", stderr);
}

void
rp_cli_progress(struct rp_cli *cli)
{
	struct rp_cli_private *p = cli->p;
	bool terminal;
	int64_t now;

	if (!cli->progress)
		return;
	now = rp_clock_monotonic();
	if (now - p->shown < BAR_EVERY)
		return;
	terminal = isatty(STDERR_FILENO) == 1;
	if (!terminal && now - p->shown < LINE_EVERY)
		return;
	show(cli, terminal, now);
	p->shown = now;
	p->bar = terminal;
}

/* Make room for a message; the next call draws the bar again. */
void
rp_progress_clear(const struct rp_cli *cli)
{
	if (cli->p->bar)
		fputs("\r\033[K", stderr);
}

void
rp_progress_end(struct rp_cli *cli)
{
	if (!cli->progress)
		return;
	show(cli, isatty(STDERR_FILENO) == 1, rp_clock_monotonic());
	if (isatty(STDERR_FILENO) == 1)
		putc('\n', stderr);
	cli->p->bar = false;
}
