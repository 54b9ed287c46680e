#include "ladder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "expr/expr.h"
#include "picture.h"

enum { FRAME_NS = 50000000, RATE_NS = 1000000000 };

/* ---- what is shown ---- */

static bool
is_meant(const struct ladder *l, const struct book *b)
{
	if (l->symbol == NULL)
		return true;
	return b->symbol != NULL &&
	    rp_glob_match(
		l->symbol, strlen(l->symbol), b->symbol->text, b->symbol->len);
}

void
ladder_record(
    struct ladder *l, const struct book *b, const struct rp_record *rec)
{
	struct rp_trade_tick t;

	if (!l->on)
		return;
	if (l->book == NULL && rec->type != RP_TRADE && is_meant(l, b))
		l->book = b;
	if (b != l->book || !rp_trade_of(rec, &t))
		return;
	if (l->n_trades < LADDER_TRADES)
		l->n_trades++;
	memmove(&l->trades[1], &l->trades[0], (l->n_trades - 1) * sizeof(t));
	l->trades[0] = t;
}

void
ladder_event(struct ladder *l, const struct book *b)
{
	l->changed |= b == l->book;
}

/* ---- drawing ---- */

static enum rp_status
paint(struct ladder *l, char **text, size_t *len)
{
	const struct picture p = { .book = l->book,
		.rate = l->rate,
		.trades = l->trades,
		.n_trades = l->n_trades };
	FILE *f = open_memstream(text, len);
	bool ok;

	if (f == NULL)
		return RP_ERR_NOMEM;
	ok = picture_paint(f, &p, &l->screen);
	return fclose(f) == 0 && ok ? RP_OK : RP_ERR_NOMEM;
}

static enum rp_status
show(struct ladder *l, const char *text, size_t len)
{
	l->changed = false;
	if (!screen_draw(text, len))
		l->st = rp_error_errno(&l->cli->error, "<stdout>");
	return l->st;
}

static enum rp_status
draw(struct ladder *l)
{
	char *text = NULL;
	size_t len;

	if (paint(l, &text, &len) != RP_OK)
		l->st =
		    rp_error_set(&l->cli->error, RP_ERR_NOMEM, "out of memory");
	else
		(void)show(l, text, len);
	free(text);
	return l->st;
}

/* There is nothing to be seen of a book before its first event is over. */
static enum rp_status
draw_waiting(struct ladder *l)
{
	char text[160];
	int n = snprintf(text, sizeof(text),
	    "\033[Hno event is over yet, of %" PRIu64 " records\033[K\033[J",
	    l->cli->counts.records_in);

	return show(l, text, (size_t)n);
}

/* Records a second, told anew each second. */
static void
take_rate(struct ladder *l, int64_t now)
{
	uint64_t records = l->book != NULL ? l->book->records : 0;

	if (now - l->since < RATE_NS)
		return;
	if (l->since != 0)
		l->rate = (double)(records - l->records) * 1e9 /
		    (double)(now - l->since);
	l->since = now;
	l->records = records;
	l->changed = true;
}

enum rp_status
ladder_draw(struct ladder *l)
{
	bool open = l->book == NULL || l->book->open;
	int64_t now;

	if (l->screen.live && l->st == RP_OK && rp_cli_stopping())
		return RP_END;
	if (!l->screen.live || l->st != RP_OK || (open && l->seen))
		return l->st;
	now = rp_clock_monotonic();
	take_rate(l, now);
	l->changed |= screen_has_changed(&l->screen);
	if (!l->changed || now - l->drawn < FRAME_NS)
		return RP_OK;
	l->drawn = now;
	l->seen = !open;
	return open ? draw_waiting(l) : draw(l);
}

/* For rp_input.wait: the rate falls while nothing comes. */
static int
idle(void *arg)
{
	struct ladder *l = arg;
	int ms = rp_sinks_idle(l->cli), most = RATE_NS / 1000000;
	enum rp_status st = ladder_draw(l);

	if (st != RP_OK)
		rp_input_cut(l->in);
	else if (l->changed)
		most = FRAME_NS / 1000000;
	return ms >= 0 && ms < most ? ms : most;
}

/* ---- life ---- */

void
ladder_open(struct ladder *l, struct rp_cli *cli, const char *symbol,
    struct rp_input *in)
{
	*l = (struct ladder){
		.on = true, .cli = cli, .in = in, .symbol = symbol, .rate = -1
	};
	screen_open(&l->screen);
	if (!l->screen.live)
		return;
	rp_cli_live();
	in->wait = idle;
	in->wait_arg = l;
}

enum rp_status
ladder_result(struct ladder *l, enum rp_status st)
{
	if (l->st != RP_OK)
		return l->st;
	if (!l->screen.live || !rp_cli_stopping())
		return st;
	l->in->end_flags |= RP_END_EARLY;
	if (st != RP_ERR_TRUNCATED && st != RP_ERR_ABORTED)
		return st;
	/* a signal to all of the pipeline ends its source, too */
	l->cli->error = (struct rp_error){ 0 };
	return RP_END;
}

enum rp_status
ladder_close(struct ladder *l, enum rp_status st)
{
	char *text = NULL;
	size_t len;

	if (!l->on)
		return st;
	screen_close(&l->screen);
	if (l->book == NULL) {
		if (st >= 0)
			rp_cli_warn(l->cli, "--ladder: there is no book%s%s",
			    l->symbol != NULL ? " of " : "",
			    l->symbol != NULL ? l->symbol : "");
		return st;
	}
	l->rate = -1;
	if (paint(l, &text, &len) != RP_OK) {
		free(text);
		return rp_error_set(
		    &l->cli->error, RP_ERR_NOMEM, "out of memory");
	}
	fwrite(text, 1, len, stdout); /* rp_cli_end sees whether it went */
	free(text);
	return st;
}
