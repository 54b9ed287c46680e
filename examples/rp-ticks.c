/* rp-ticks: lines of TIME SYMBOL PRICE SIZE become a stream of trades. */
#include <rp/rp.h>
#include <stdlib.h>
#include <string.h>

static enum rp_status
put_line(struct rp_cli *cli, struct rp_sink *out, const char *line)
{
	union {
		struct rp_record rec;
		uint8_t
		    room[sizeof(struct rp_record) + sizeof(struct rp_trade)];
	} u = { .rec = { .type = RP_TRADE, .len = sizeof(struct rp_trade) } };
	char at[48], name[48], price[48], size[48], more[2];
	struct rp_trade t = { .depth = UINT32_MAX };
	struct rp_decimal px, qty;
	struct rp_label symbol;

	if (sscanf(line, "%47s %47s %47s %47s %1s", at, name, price, size,
		more) != 4 ||
	    rp_time_parse(at, strlen(at), NULL, &t.ev.ts_event) != RP_OK ||
	    rp_decimal_parse(price, strlen(price), &px) != RP_OK ||
	    rp_decimal_parse(size, strlen(size), &qty) != RP_OK)
		return rp_cli_reject(cli, line, strlen(line),
		    "line %llu is not TIME SYMBOL PRICE SIZE",
		    (unsigned long long)cli->counts.records_in);
	t.ev.px_exp = px.exp;
	t.ev.qty_exp = qty.exp;
	t.ev.send_delta = INT32_MIN; /* not known */
	t.price = px.mantissa;
	t.size = qty.mantissa;
	u.rec.flags = RP_LAST | RP_TS_RECV_INFERRED;
	u.rec.ts_recv = t.ev.ts_event;
	memcpy(u.rec.payload, &t, sizeof(t));
	rp_label_init(&symbol, RP_NAME_SYMBOL, name, strlen(name));
	return rp_sink_add(out, &u.rec, &symbol, NULL);
}

int
main(int argc, char **argv)
{
	const struct rp_tool tool = { .name = "rp-ticks",
		.usage = "[options] <LINES",
		.summary = "turn lines of TIME SYMBOL PRICE SIZE to trades",
		.flags = RP_TOOL_SOURCE | RP_TOOL_STATS | RP_TOOL_ERRORS |
		    RP_TOOL_NOTES | RP_TOOL_FORCE };
	struct rp_cli cli;
	struct rp_sink out;
	char *line = NULL;
	size_t room = 0;
	enum rp_status st;

	if (!rp_cli_start(&cli, &tool, NULL, argc, argv))
		return rp_cli_status(&cli);
	st = rp_sink_open(&out, &cli, "-", NULL);
	while (st == RP_OK && getline(&line, &room, stdin) > 0) {
		cli.counts.records_in++;
		line[strcspn(line, "\n")] = '\0';
		st = put_line(&cli, &out, line);
	}
	if (st == RP_OK && ferror(stdin))
		st = rp_error_errno(&cli.error, "<stdin>");
	st = rp_sink_close(&out, st, 0);
	free(line);
	return rp_cli_end(&cli, st);
}
