/* --help and --version: the text that completions are generated from. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "cli/private.h"
#include "wire/codec.h"

static const char *
argument(const struct rp_option *o)
{
	if (o->words != NULL)
		return o->words;
	if (o->arg != NULL)
		return o->arg;
	switch (o->kind) {
	case RP_OPT_FLAG:
		return "";
	case RP_OPT_CODEC:
		return "none|lz4[:L]|zstd[:L]";
	case RP_OPT_LAYOUT:
		return "rows|columns";
	case RP_OPT_SPAN:
		return "SPAN";
	default:
		return "N";
	}
}

static int
left_column(const struct rp_option *o, char *buf, size_t size)
{
	const char *arg = argument(o);

	return snprintf(buf, size, "  %c%c%s--%s%s%s",
	    o->letter != 0 ? '-' : ' ', o->letter != 0 ? o->letter : ' ',
	    o->letter != 0 ? ", " : "  ", o->name, *arg != '\0' ? " " : "",
	    arg);
}

void
rp_help_print(const struct rp_cli *cli)
{
	enum { WIDE = 30 }; /* longer ones have their help on the next line */
	const struct rp_cli_private *p = cli->p;
	char left[160];
	size_t i;
	int n, width = 0;

	printf("usage: %s %s\n%s\n\n", cli->tool->name, cli->tool->usage,
	    cli->tool->summary);
	for (i = 0; i < p->n_options; i++) {
		n = left_column(&p->options[i], left, sizeof(left));
		if (n > width && n <= WIDE)
			width = n;
	}
	for (i = 0; i < p->n_options; i++) {
		n = left_column(&p->options[i], left, sizeof(left));
		if (n > width)
			printf("%s\n%*s  %s\n", left, width, "",
			    p->options[i].help);
		else
			printf("%-*s  %s\n", width, left, p->options[i].help);
	}
	printf("\nexit status: 0 done, 1 failure, 2 usage, 3 input corrupt, "
	       "truncated or with\ntoo many errors, 4 remote failure, "
	       "5 input of an unsupported version\n");
}

void
rp_version_print(const struct rp_cli *cli)
{
	char codecs[64], others[256] = "";

	rp_codec_versions(codecs, sizeof(codecs));
	if (cli->tool->libraries != NULL)
		cli->tool->libraries(others, sizeof(others));
	printf("%s %s (%s, %s%s%s)\n", cli->tool->name, RP_VERSION, codecs,
	    rp_hash_version(), others[0] != '\0' ? ", " : "", others);
}
