/* The settings of the environment, by the names that the playback compiler has
 * for them too. */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/values.h"
#include "upload.h"

struct setting {
	const char *name;
	uint64_t least, most, value; /* value: the default */
};

/* False: it is none, told. */
static bool
read_one(struct rp_cli *cli, struct setting *s)
{
	const char *text = getenv(s->name);
	uint64_t v;

	if (text == NULL || *text == '\0')
		return true;
	if (rp_value_count(text, &v) && v >= s->least && v <= s->most) {
		s->value = v;
		return true;
	}
	(void)rp_error_set(&cli->error, RP_ERR_USAGE,
	    "%s=%.40s is not between %" PRIu64 " and %" PRIu64, s->name, text,
	    s->least, s->most);
	rp_cli_go_on(cli, RP_ERR_USAGE);
	return false;
}

enum rp_status
read_settings(struct upload *u)
{
	enum { THRESHOLD, PART, PARALLEL, ATTEMPTS, DELAY };
	struct setting s[] = {
		[THRESHOLD] = { "MULTIPART_THRESHOLD_BYTES", 1, RP_PART_MOST,
		    5 * RP_MEBIBYTE },
		[PART] = { "MULTIPART_PART_SIZE_BYTES", RP_PART_LEAST,
		    RP_PART_MOST, 8 * RP_MEBIBYTE },
		[PARALLEL] = { "MULTIPART_PARALLEL_PARTS", 1, 64, 4 },
		[ATTEMPTS] = { "RETRY_MAX_ATTEMPTS", 1, 100, 5 },
		[DELAY] = { "RETRY_BASE_DELAY_MS", 0, 60000, 50 },
	};
	const char *spool = getenv("TMPDIR");
	bool good = true;

	for (size_t i = 0; i < RP_LEN(s); i++)
		good &= read_one(u->cli, &s[i]);
	if (!good)
		return RP_ERR_USAGE;
	u->options.sizes =
	    (struct rp_part_sizes){ s[THRESHOLD].value, s[PART].value };
	u->options.parallel = (int)s[PARALLEL].value;
	u->options.attempts = (int)s[ATTEMPTS].value;
	u->options.delay = (int64_t)s[DELAY].value * (RP_SECOND / 1000);
	u->options.spool = spool != NULL && *spool != '\0' ? spool : "/tmp";
	return RP_OK;
}
