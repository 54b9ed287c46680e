#include "partition.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/routes.h"
#include "types/types.h"
#include "wire/roster.h"

/* Rows that wait for a page, at most: records, and their bytes; of small files
 * fewer, so that they end near their size. */
enum {
	WAITING_ROWS = 1 << 16,
	WAITING_BYTES = 4 << 20,
	LEAST_BYTES = 64 << 10
};

#define HIVE_NONE "__HIVE_DEFAULT_PARTITION__"

/* A path but for {part}. */
struct path {
	struct rp_route_key key; /* of its first record */
	uint64_t part;
	struct table table; /* of the file that is being written */
	char *name; /* of that */
	struct rp_buffer rows; /* records in hand */
	uint64_t n_rows;
	uint64_t held; /* bytes of its pages */
};

struct partition {
	struct writing *w;
	struct rp_parts *parts;
	struct partition_options o;
	struct rp_routes *routes;
	struct rp_roster names;
	struct rp_frame frame; /* that rows in hand are of */
	struct path **paths;
	size_t n_paths;
	uint64_t in_hand; /* bytes of rows and pages of all paths */
	uint64_t n_files;
	struct rp_buffer text; /* a path being made */
	size_t waiting; /* bytes of rows that make a page */
};

static enum rp_status
no_memory(struct partition *p)
{
	return rp_error_no_memory(&p->w->cli->error);
}

struct partition *
partition_new(struct writing *w, struct rp_parts *parts,
    const struct partition_options *o)
{
	struct partition *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->w = w;
	p->parts = parts;
	p->o = *o;
	p->waiting = WAITING_BYTES;
	if (o->file_size != 0 && o->file_size < WAITING_BYTES)
		p->waiting = o->file_size > LEAST_BYTES ? (size_t)o->file_size
							: LEAST_BYTES;
	if ((p->routes = rp_routes_new(o->paths, &o->clock)) == NULL) {
		partition_free(p);
		return NULL;
	}
	return p;
}

static void
path_free(struct path *path)
{
	table_free(&path->table);
	rp_buffer_free(&path->rows);
	free(path->name);
	free(path);
}

void
partition_free(struct partition *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_paths; i++)
		path_free(p->paths[i]);
	free(p->paths);
	rp_routes_free(p->routes);
	rp_roster_free(&p->names);
	rp_buffer_free(&p->text);
	free(p);
}

uint64_t
partition_files(const struct partition *p)
{
	return p->n_files;
}

/* ---- files ---- */

static enum rp_status
expand(struct partition *p, struct path *path)
{
	struct rp_path_values v;
	char type[8];

	rp_routes_values(&p->names, &path->key, type, &v);
	v.part = ++path->part;
	if (p->o.hive && v.symbol == NULL) {
		v.symbol = HIVE_NONE;
		v.symbol_len = strlen(HIVE_NONE);
	}
	if (p->o.hive && v.source == NULL) {
		v.source = HIVE_NONE;
		v.source_len = strlen(HIVE_NONE);
	}
	return rp_template_expand(p->o.paths, &p->o.clock, &v, &p->text);
}

static enum rp_status
begin_file(struct partition *p, struct path *path)
{
	uint64_t old;
	enum rp_status st;

	if (expand(p, path) != RP_OK)
		return no_memory(p);
	free(path->name);
	if ((path->name = strdup((const char *)p->text.data)) == NULL)
		return no_memory(p);
	path->table.w = p->w;
	path->table.parts = p->parts;
	st = rp_parts_add(p->parts, path->name, &path->table.part, &old);
	if (st == RP_OK)
		p->n_files++;
	return st == RP_OK ? table_begin(&path->table) : st;
}

static enum rp_status
end_file(struct partition *p, struct path *path)
{
	enum rp_status st = table_end(&path->table);

	if (st != RP_OK)
		return st;
	rp_cli_say(p->w->cli, "%s: %" PRIu64 " records", path->name,
	    path->table.records);
	table_free(&path->table);
	p->in_hand -= path->held;
	path->held = 0;
	return RP_OK;
}

/* After a page or a row group: what the file has in hand now. */
static enum rp_status
take_stock(struct partition *p, struct path *path)
{
	struct rp_parquet *file = path->table.p;

	p->in_hand -= path->held;
	path->held = rp_parquet_held(file);
	p->in_hand += path->held;
	return p->o.file_size != 0 &&
		rp_parquet_written(file) + path->held >= p->o.file_size
	    ? end_file(p, path)
	    : RP_OK;
}

/* All rows of a path that are of one type, as records. */
static enum rp_status
add_rows(struct partition *p, struct path *path)
{
	const struct rp_record *rec = NULL, *recs[256];
	enum rp_status st = RP_OK;
	size_t n = 0;

	p->frame.rows = path->rows.data;
	p->frame.rows_end = path->rows.data + path->rows.len;
	while (st == RP_OK && (rec = rp_frame_next(&p->frame, rec)) != NULL) {
		if (n > 0 &&
		    (n == RP_LEN(recs) || rec->type != recs[0]->type)) {
			st = table_add(&path->table, NULL, &p->frame, recs, n);
			n = 0;
		}
		recs[n++] = rec;
	}
	if (st == RP_OK && n > 0)
		st = table_add(&path->table, NULL, &p->frame, recs, n);
	return st;
}

/* Make pages of the rows in hand. */
static enum rp_status
make_page(struct partition *p, struct path *path)
{
	enum rp_status st;

	if (path->n_rows == 0)
		return RP_OK;
	st = writing_batches(p->w, &p->frame, path->key.type);
	if (st == RP_OK && path->table.p == NULL)
		st = begin_file(p, path);
	if (st == RP_OK && (st = add_rows(p, path)) == RP_OK &&
	    (st = table_page(&path->table)) == RP_OK)
		st = rp_parquet_wait(path->table.p);
	if (st != RP_OK)
		return st == RP_ERR_NOMEM ? no_memory(p) : st;
	p->in_hand -= path->rows.len;
	path->rows.len = path->n_rows = 0;
	return take_stock(p, path);
}

/* Memory is short: end the row groups of those that have more than others. */
static enum rp_status
spill(struct partition *p)
{
	uint64_t average = p->in_hand / p->n_paths;
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < p->n_paths && st == RP_OK; i++) {
		struct path *path = p->paths[i];

		if (path->rows.len + path->held < average)
			continue;
		st = make_page(p, path);
		rp_buffer_free(&path->rows);
		if (st == RP_OK && path->table.p != NULL &&
		    (st = rp_parquet_flush(path->table.p)) == RP_OK)
			st = take_stock(p, path);
	}
	return st;
}

/* ---- records ---- */

static enum rp_status
add_path(struct partition *p, const struct rp_route_key *key)
{
	struct path **paths, *path = calloc(1, sizeof(*path));

	paths = reallocarray(p->paths, p->n_paths + 1, sizeof(*paths));
	if (paths != NULL)
		p->paths = paths;
	if (path == NULL || paths == NULL) {
		free(path);
		return no_memory(p);
	}
	path->key = *key;
	path->table.w = p->w;
	path->table.type = key->type;
	p->paths[p->n_paths++] = path;
	return RP_OK;
}

static enum rp_status
find_path(
    struct partition *p, const struct rp_route_key *key, struct path **path)
{
	uint32_t number;
	enum rp_status st;

	*path = NULL;
	if (rp_routes_find(p->routes, &p->names, key, &number) != RP_OK)
		return no_memory(p);
	if (number == p->n_paths && (st = add_path(p, key)) != RP_OK)
		return st;
	*path = p->paths[number];
	if ((*path)->key.type != key->type &&
	    !rp_columnar_is_mixed(&p->w->columns))
		return rp_cli_mixed(p->w->cli, (*path)->table.type, key->type,
		    "have {type} in the path");
	return RP_OK;
}

static int64_t
time_of(const struct partition *p, const struct rp_record *rec)
{
	int64_t ts = p->o.by_event ? rp_record_ts_event(rec) : RP_ABSENT;

	return ts == RP_ABSENT ? rec->ts_recv : ts;
}

static enum rp_status
put(struct partition *p, const struct rp_record *rec)
{
	const size_t size = rp_record_size(rec);
	struct rp_route_key key = { rp_roster_index(&p->names, rec->symbol),
		rp_roster_index(&p->names, rec->source), rec->type,
		time_of(p, rec) };
	struct rp_record *copy;
	struct path *path;
	enum rp_status st;

	if ((st = find_path(p, &key, &path)) != RP_OK)
		return st;
	if (rp_buffer_add(&path->rows, rec, size) != RP_OK)
		return no_memory(p);
	copy = (struct rp_record *)(void *)(path->rows.data + path->rows.len -
	    size);
	copy->symbol = key.symbol;
	copy->source = key.source;
	p->in_hand += size;
	if (++path->n_rows >= WAITING_ROWS || path->rows.len >= p->waiting)
		st = make_page(p, path);
	return st == RP_OK && p->in_hand > p->o.memory ? spill(p) : st;
}

/* Rows in hand are of a frame that has all names so far. */
static enum rp_status
enter_names(struct partition *p, const struct rp_frame *f)
{
	uint32_t schemas = 0;

	if (rp_roster_enter(&p->names, f) != RP_OK)
		return no_memory(p);
	if (p->frame.n_names == p->names.n)
		return RP_OK;
	for (uint32_t i = 0; i < p->names.n; i++)
		schemas += p->names.names[i].class == RP_NAME_SCHEMA;
	p->frame.names = p->names.names;
	p->frame.n_names = p->names.n;
	p->frame.n_schemas = schemas;
	p->frame.head.dir_hash = p->names.n; /* another list of names */
	return RP_OK;
}

enum rp_status
partition_frame(struct partition *p, const struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	enum rp_status st = enter_names(p, f);

	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL)
		if (rp_columnar_wants(&p->w->columns, rec->type))
			st = put(p, rec);
	return st;
}

enum rp_status
partition_finish(struct partition *p)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < p->n_paths && st == RP_OK; i++) {
		st = make_page(p, p->paths[i]);
		rp_buffer_free(&p->paths[i]->rows);
		if (st == RP_OK && p->paths[i]->table.p != NULL)
			st = end_file(p, p->paths[i]);
	}
	return st;
}
