#include "object.h"

#include <string.h>

#include "arrow/writer.h"
#include "cli/values.h"

enum rp_status
object_begin(struct object *o, struct rp_store *store,
    const struct config *config, const char *key, struct rp_error *err)
{
	const struct rp_put_options opt = {
		.content_type = config->content_type,
		.content_encoding =
		    config->zstd && config->content_encoding ? "zstd" : NULL,
	};

	const int level = config->zstd ? (int)config->zstd_level : 0;
	enum rp_status st;

	*o = (struct object){ .config = config };
	st = rp_packing_begin(&o->packing, level, err);
	return st == RP_OK ? rp_put_begin(&o->put, store, key, &opt, err) : st;
}

enum rp_status
object_write(
    struct object *o, const void *data, size_t len, struct rp_error *err)
{
	return rp_packing_write(&o->packing, o->put, data, len, err);
}

enum rp_status
object_wait(struct object *o, int fd, struct rp_error *err)
{
	return rp_put_wait(o->put, fd, err);
}

enum rp_status
object_commit(
    struct object *o, struct rp_put_result *result, struct rp_error *err)
{
	enum rp_status st = rp_packing_end(&o->packing, o->put, err);

	return st == RP_OK ? rp_put_commit(o->put, result, err) : st;
}

void
object_free(struct object *o)
{
	/* what a store could not undo, rp-upload --abort-orphans finds */
	struct rp_error left = { 0 };

	(void)rp_put_free(o->put, &left);
	rp_packing_free(&o->packing);
	*o = (struct object){ 0 };
}

/* ---- ids ---- */

static enum rp_status
fill_ids(struct rp_column *c, const struct rp_member *members, size_t n)
{
	int32_t end = 0;
	enum rp_status st = rp_buffer_add(&c->offsets, &end, sizeof(end));

	for (size_t i = 0; i < n && st == RP_OK; i++) {
		const char *id = members[i].id;

		end += (int32_t)strlen(id);
		st = rp_buffer_add(&c->values, id, strlen(id));
		if (st == RP_OK)
			st = rp_buffer_add(&c->offsets, &end, sizeof(end));
	}
	return st;
}

/* The file, in out's memory. */
static enum rp_status
make_file(struct rp_out *out, const char *codec, struct rp_column *c, size_t n)
{
	struct rp_batch batch = { .rows = n, .columns = c, .n = 1 };
	const struct rp_arrow_meta none = { 0 };
	struct rp_encoding encoding = { 0 };
	struct rp_arrow_options options = { 0 };
	struct rp_arrow *a;
	enum rp_status st = RP_ERR_NOMEM;

	/* a word of the settings: it is one */
	(void)rp_value_codec(codec, &encoding);
	options.codec = encoding.codec;
	options.level = encoding.level;
	if ((a = rp_arrow_new(out, &options, NULL)) != NULL &&
	    (st = rp_arrow_begin(a, c, 1, &none)) == RP_OK &&
	    (st = rp_arrow_put(a, &batch)) == RP_OK)
		st = rp_arrow_finish(a, &none);
	rp_arrow_free(a);
	return st;
}

enum rp_status
object_write_ids(struct object *o, const struct rp_member *members, size_t n,
    struct rp_error *err)
{
	struct rp_column c = {
		.name = "id", .name_len = 2, .kind = RP_COLUMN_BYTES
	};
	struct rp_out out;
	enum rp_status st = fill_ids(&c, members, n);

	rp_out_init(&out, -1, "ids");
	if (st == RP_OK)
		st = make_file(&out, o->config->compression, &c, n);
	if (st == RP_OK)
		st = object_write(o, out.text.data, out.text.len, err);
	else
		(void)rp_error_no_memory(err);
	rp_out_free(&out);
	rp_buffer_free(&c.values);
	rp_buffer_free(&c.offsets);
	return st;
}
