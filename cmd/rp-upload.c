/*
 * rp-upload: bytes or streams into an object store, S3 or a directory.
 *
 * Reads files or stdin; each becomes an object, whole or not at all. Memory:
 * the parts that are sent at once, at most 48 MiB, and of a stream a frame.
 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/values.h"
#include "net/http.h"
#include "rp-upload/upload.h"
#include "wire/codec.h"

/* What a record tells of the object that begins with it. */
#define KEYS (RP_PATH_SYMBOL | RP_PATH_SOURCE | RP_PATH_TYPE | RP_PATH_TIMES)

static void
name_libraries(char *buf, size_t size)
{
	snprintf(buf, size, "libcurl %s, libcrypto %s", rp_http_version(),
	    rp_digest_version());
}

static const struct rp_tool tool = {
	.name = "rp-upload",
	.usage = "[--no-clobber] [--zstd LEVEL] [--json] "
		 "TARGET [FILE ...]\n"
		 "       rp-upload [options] -r DIR TARGET\n"
		 "       rp-upload [options] --exec PIPELINE TARGET\n"
		 "       rp-upload [options] --list-orphans TARGET",
	.summary = "put streams and files into S3 or a directory",
	.flags = RP_TOOL_STATS,
	.libraries = name_libraries,
};

/* ---- what is asked for ---- */

static enum rp_status
check_opts(struct rp_cli *cli, const struct opts *o)
{
	bool orphans = o->list_orphans || o->abort_orphans;

	if (cli->argc < 1)
		return rp_cli_usage(cli, "which TARGET?");
	if (o->list_orphans && o->abort_orphans)
		return rp_cli_usage(cli,
		    "--list-orphans and --abort-orphans exclude each other");
	if ((o->exec != NULL) + (o->recursive != NULL) + (cli->argc > 1) +
		orphans >
	    1)
		return rp_cli_usage(
		    cli, "only one of files, --recursive, --exec and orphans");
	if (!orphans && rp_cli_given(cli, "older"))
		return rp_cli_usage(cli, "--older is for orphans");
	return RP_OK;
}

static enum rp_status
set_level(struct upload *u)
{
	const char *text = u->o->zstd;

	if (text == NULL)
		return RP_OK;
	if (!rp_value_int(text, &u->level) || u->level == 0 ||
	    rp_codec_level_check(RP_CODEC_ZSTD, u->level) != RP_OK)
		return rp_cli_usage(
		    u->cli, "--zstd %s is no level of zstd", text);
	if (u->put.content_encoding == NULL)
		u->put.content_encoding = "zstd";
	return RP_OK;
}

static enum rp_status
set_put(struct upload *u)
{
	const struct opts *o = u->o;
	enum rp_status st;

	u->put = (struct rp_put_options){ .content_type = o->content_type,
		.content_encoding = o->content_encoding,
		.metadata = o->metadata.item,
		.n_metadata = o->metadata.n,
		.no_clobber = o->no_clobber,
		.sum = o->json };
	if ((st = set_level(u)) == RP_OK)
		st = rp_put_check(&u->put, &u->cli->error);
	return st;
}

/* ---- the target ---- */

/* --var NAME=TEXT: the names are cut off in copies, which *names keeps. */
static enum rp_status
set_template(struct upload *u, const char *text)
{
	size_t n = u->o->vars.n;
	struct rp_path_variable *own = calloc(n + 1, sizeof(*own));
	char **names = calloc(n + 1, sizeof(*names));
	enum rp_status st = RP_OK;

	if (own == NULL || names == NULL)
		st = rp_error_no_memory(&u->cli->error);
	for (size_t i = 0; i < n && st == RP_OK; i++) {
		const char *pair = u->o->vars.item[i];
		size_t len = strcspn(pair, "=");

		if (pair[len] == '\0' || len == 0)
			st = rp_cli_usage(
			    u->cli, "--var %s is not NAME=TEXT", pair);
		else if ((names[i] = strndup(pair, len)) == NULL)
			st = rp_error_no_memory(&u->cli->error);
		own[i] = (struct rp_path_variable){ names[i], pair + len + 1 };
	}
	if (st == RP_OK && *text != '\0')
		st = rp_template_new_with(&u->keys, text,
		    u->o->recursive != NULL ? 0 : KEYS, own, n, &u->cli->error);
	for (size_t i = 0; i < n && names != NULL; i++)
		free(names[i]);
	free(names);
	free(own);
	return st;
}

/* A directory is what a path has before its first key, up to a "/". */
static enum rp_status
split_path(struct upload *u)
{
	const char *path = u->target.path;
	size_t n = strcspn(path, "{");

	while (n > 0 && path[n - 1] != '/')
		n--;
	u->path = path + n;
	u->root = strndup(path, n);
	return u->root != NULL ? RP_OK : rp_error_no_memory(&u->cli->error);
}

static enum rp_status
open_target(struct upload *u, const char *text)
{
	struct rp_error *err = &u->cli->error;
	enum rp_status st = rp_target_parse(&u->target, text, err);

	if (st != RP_OK)
		return st;
	if (!u->target.s3) {
		st = split_path(u);
		return st != RP_OK ? st
				   : rp_store_directory(&u->store, u->root,
					 rp_cli_stopping, err);
	}
	u->path = u->target.path;
	u->bucket = strndup(u->target.bucket, u->target.bucket_len);
	if (u->bucket == NULL)
		return rp_error_no_memory(err);
	return rp_store_s3(&u->store, u->bucket, &u->options, err);
}

static bool
is_folder(const struct upload *u)
{
	size_t n = strlen(u->path);

	return n == 0 || u->path[n - 1] == '/';
}

/* ---- work ---- */

static enum rp_status
upload_files(struct upload *u, char **names, int n)
{
	enum rp_status st = RP_OK;

	if (!is_folder(u) && n > 1)
		return rp_cli_usage(
		    u->cli, "%d files need a TARGET that ends in /", n);
	rp_cli_expect_files(u->cli, names, n);
	for (int i = 0; i < n && st == RP_OK; i++) {
		char *copy = strdup(names[i]);

		if (copy == NULL)
			st = rp_error_no_memory(&u->cli->error);
		else if (is_folder(u) && strcmp(names[i], "-") == 0)
			st = rp_cli_usage(
			    u->cli, "stdin needs a TARGET with a name");
		else
			st = upload_input(
			    u, names[i], is_folder(u) ? basename(copy) : NULL);
		free(copy);
	}
	return st;
}

static enum rp_status
work(struct upload *u)
{
	static char dash[] = "-";
	static char *standard[] = { dash };
	const struct opts *o = u->o;
	struct rp_cli *cli = u->cli;
	enum rp_status st;

	if (o->list_orphans || o->abort_orphans)
		return handle_orphans(u);
	if ((st = set_template(u, u->path)) != RP_OK)
		return st;
	if (o->recursive != NULL && !is_folder(u))
		return rp_cli_usage(
		    cli, "--recursive needs a TARGET that ends in /");
	if (o->recursive != NULL)
		return upload_tree(u, o->recursive);
	if (o->exec != NULL && is_folder(u))
		return rp_cli_usage(cli, "--exec needs a TARGET with a name");
	if (o->exec != NULL)
		return upload_input(u, NULL, NULL);
	return cli->argc > 1 ? upload_files(u, cli->argv + 1, cli->argc - 1)
			     : upload_files(u, standard, 1);
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	struct upload u = { .cli = cli, .o = o };
	enum rp_status st;

	rp_cli_live();
	if ((st = check_opts(cli, o)) == RP_OK &&
	    (st = rp_cli_store_options(cli, &o->store, &u.options)) == RP_OK &&
	    (st = set_put(&u)) == RP_OK) {
		u.options.rate = o->bandwidth;
		if ((st = open_target(&u, cli->argv[0])) == RP_OK)
			st = work(&u);
	}
	rp_store_free(u.store);
	rp_template_free(u.keys);
	free(u.bucket);
	free(u.root);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .store = RP_STORE_CHOICE };
	const struct rp_option options[] = {
		{ 'r', "recursive", RP_OPT_STRING, &o.recursive, "DIR",
		    "upload the files below DIR but those that are there",
		    NULL },
		{ 0, "exec", RP_OPT_STRING, &o.exec, "PIPELINE",
		    "upload what PIPELINE writes if all of it ends well",
		    NULL },
		{ 0, "no-clobber", RP_OPT_FLAG, &o.no_clobber, NULL,
		    "replace no object", NULL },
		{ 0, "zstd", RP_OPT_STRING, &o.zstd, "LEVEL",
		    "compress, and say so as the content encoding", NULL },
		{ 0, "content-type", RP_OPT_STRING, &o.content_type, "TYPE",
		    "the object's, such as text/csv", NULL },
		{ 0, "content-encoding", RP_OPT_STRING, &o.content_encoding,
		    "CODING", "the object's, such as zstd", NULL },
		{ 0, "metadata", RP_OPT_LIST, &o.metadata, "NAME=VALUE",
		    "of the object; repeatable", NULL },
		{ 0, "var", RP_OPT_LIST, &o.vars, "NAME=TEXT",
		    "what {NAME} stands for in TARGET; repeatable", NULL },
		{ 0, "stream", RP_OPT_FLAG, &o.stream, NULL,
		    "refuse what is no rp stream", NULL },
		{ 0, "allow-empty", RP_OPT_FLAG, &o.allow_empty, NULL,
		    "upload an input without a byte", NULL },
		{ 0, "dry-run", RP_OPT_FLAG, &o.dry_run, NULL,
		    "print what would be uploaded, and where", NULL },
		{ 0, "json", RP_OPT_FLAG, &o.json, NULL,
		    "print an object of JSON for each object", NULL },
		{ 0, "bandwidth", RP_OPT_COUNT, &o.bandwidth, "BYTES",
		    "send at most so much a second", NULL },
		RP_STORE_OPTIONS(&o.store),
		{ 0, "list-orphans", RP_OPT_FLAG, &o.list_orphans, NULL,
		    "list what killed uploads left below TARGET", NULL },
		{ 0, "abort-orphans", RP_OPT_FLAG, &o.abort_orphans, NULL,
		    "list and remove it", NULL },
		{ 0, "older", RP_OPT_SPAN, &o.older, "SPAN",
		    "of orphans only those begun so long ago", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	rp_stores_hide();
	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
