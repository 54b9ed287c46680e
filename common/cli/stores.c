#include "cli/stores.h"

#include <string.h>
#include <sys/prctl.h>

#include "cli/settings.h"
#include "store/logs.h"

static enum rp_status
read_settings(struct rp_cli *cli, struct rp_store_options *opt)
{
	uint64_t parallel, attempts, delay; /* ms */
	const struct rp_setting table[] = {
		RP_STORE_PARTS(
		    &opt->sizes.threshold, &opt->sizes.part, &parallel),
		RP_STORE_RETRIES(&attempts, &delay),
		{ "TMPDIR", RP_SETTING_TEXT, &opt->spool, "/tmp", 0, 0, NULL,
		    NULL },
	};

	if (rp_settings_of_environment(cli, table, RP_LEN(table)) != RP_OK)
		return RP_ERR_USAGE;
	opt->parallel = (int)parallel;
	opt->attempts = (int)attempts;
	opt->delay = (int64_t)delay * (RP_SECOND / 1000);
	return RP_OK;
}

enum rp_status
rp_cli_store_options(struct rp_cli *cli, const struct rp_store_choice *choice,
    struct rp_store_options *opt)
{
	static const char *const addressing[] = { "auto", "path", "host" };

	*opt = (struct rp_store_options){ .endpoint = choice->endpoint,
		.region = choice->region,
		.profile = choice->profile,
		.ca_file = choice->ca_file,
		.silence = (int)(choice->timeout / RP_SECOND),
		.stopping = rp_cli_stopping };
	for (size_t i = 0; i < RP_LEN(addressing); i++)
		if (strcmp(choice->addressing, addressing[i]) == 0)
			opt->addressing = (enum rp_addressing)i;
	if (choice->timeout < RP_SECOND || choice->timeout > 3600 * RP_SECOND)
		return rp_cli_usage(cli, "--timeout is between 1s and 1h");
	return read_settings(cli, opt);
}

/* ---- logs in stores ---- */

/* One is asked for. */
static enum rp_status
ready(struct rp_stores *s, const struct rp_log_remote **remote,
    struct rp_error *err)
{
	enum rp_status st = RP_OK;

	if (s->logs == NULL) {
		st = rp_cli_store_options(s->cli, s->choice, &s->options);
		if (st != RP_OK)
			return rp_error_set(err, st, "%s", s->cli->error.text);
		rp_stores_hide();
		st = rp_store_logs_new(&s->logs, &s->options, err);
	}
	if (st == RP_OK)
		*remote = rp_store_logs_remote(s->logs);
	return st;
}

static enum rp_status
list(void *arg, const char *place,
    enum rp_status (*each)(void *each_arg, const char *name, uint64_t size),
    void *each_arg, struct rp_error *err)
{
	const struct rp_log_remote *to = NULL;
	enum rp_status st = ready(arg, &to, err);

	return st == RP_OK ? to->list(to->arg, place, each, each_arg, err) : st;
}

static enum rp_status
open_file(
    void *arg, const char *url, struct rp_readable *b, struct rp_error *err)
{
	const struct rp_log_remote *to = NULL;
	enum rp_status st = ready(arg, &to, err);

	return st == RP_OK ? to->open(to->arg, url, b, err) : st;
}

static enum rp_status
put_file(
    void *arg, int fd, uint64_t size, const char *url, struct rp_error *err)
{
	const struct rp_log_remote *to = NULL;
	enum rp_status st = ready(arg, &to, err);

	return st == RP_OK ? to->put(to->arg, fd, size, url, err) : st;
}

static enum rp_status
remove_file(void *arg, const char *url, struct rp_error *err)
{
	const struct rp_log_remote *to = NULL;
	enum rp_status st = ready(arg, &to, err);

	return st == RP_OK ? to->remove(to->arg, url, err) : st;
}

void
rp_stores_init(struct rp_stores *s, struct rp_cli *cli,
    const struct rp_store_choice *choice)
{
	*s = (struct rp_stores){ .cli = cli, .choice = choice };
	s->remote = (struct rp_log_remote){ .arg = s,
		.list = list,
		.open = open_file,
		.put = put_file,
		.remove = remove_file };
}

void
rp_stores_free(struct rp_stores *s)
{
	rp_store_logs_free(s->logs);
	s->logs = NULL;
}

/* (The leak checker has to trace us.) */
void
rp_stores_hide(void)
{
#ifndef __SANITIZE_ADDRESS__
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
}
