#include "log/trim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "log/replace.h"

enum rp_status
rp_log_trimmed(const char *dir, const struct rp_log_remote *remote,
    struct rp_log_trimmed *t, struct rp_error *err)
{
	char text[256], more;
	enum rp_status st;

	*t =
	    (struct rp_log_trimmed){ .ts_min = INT64_MAX, .ts_max = INT64_MIN };
	st = rp_log_text(dir, remote, "trimmed", text, sizeof(text), err);
	if (st != RP_OK)
		return st == RP_EMPTY ? RP_OK : st;
	if (sscanf(text,
		"last_seq=%" SCNu64 "\nrecords=%" SCNu64 "\nts_min=%" SCNd64
		"\nts_max=%" SCNd64 "%c",
		&t->last_seq, &t->records, &t->ts_min, &t->ts_max,
		&more) == 5 &&
	    more == '\n')
		return RP_OK;
	return rp_error_set(err, RP_ERR_CORRUPT,
	    "%s/trimmed: does not say what was trimmed", dir);
}

static enum rp_status
write_trimmed(
    const char *dir, const struct rp_log_trimmed *t, struct rp_error *err)
{
	char *path = NULL, *tmp = NULL, *text = NULL;
	enum rp_status st;

	if (asprintf(&path, "%s/trimmed", dir) < 0 ||
	    asprintf(&tmp, "%s.tmp", path) < 0 ||
	    asprintf(&text,
		"last_seq=%" PRIu64 "\nrecords=%" PRIu64 "\nts_min=%" PRId64
		"\nts_max=%" PRId64 "\n",
		t->last_seq, t->records, t->ts_min, t->ts_max) < 0)
		st = rp_error_no_memory(err);
	else
		st = rp_file_replace(path, tmp, text, strlen(text), true, err);
	if (st == RP_OK)
		st = rp_directory_sync(dir, err);
	free(path);
	free(tmp);
	free(text);
	return st;
}

enum rp_status
rp_log_trim(const char *dir, const struct rp_segment *s,
    const struct rp_index *x, struct rp_log_trimmed *t, struct rp_error *err)
{
	uint64_t last_seq = rp_segment_last_seq(x, s);
	enum rp_status st;

	if (last_seq > t->last_seq) { /* else it was told before a kill */
		t->last_seq = last_seq;
		t->records += x->end.records;
		if (x->range.ts_min < t->ts_min)
			t->ts_min = x->range.ts_min;
		if (x->range.ts_max > t->ts_max)
			t->ts_max = x->range.ts_max;
		if ((st = write_trimmed(dir, t, err)) != RP_OK)
			return st;
	}
	if ((st = rp_segment_remove(dir, s, err)) != RP_OK)
		return st;
	return rp_directory_sync(dir, err);
}

enum rp_status
rp_log_trim_finish(const char *dir, const struct rp_log_remote *remote,
    struct rp_log_trimmed *t, bool dry,
    void (*found)(void *arg, const char *name), void *arg, struct rp_error *err)
{
	struct rp_segments all;
	enum rp_status st;

	if ((st = rp_log_trimmed(dir, NULL, t, err)) != RP_OK ||
	    (st = rp_segments_find(&all, dir, remote, err)) != RP_OK)
		return st;
	for (size_t i = 0; i + 1 < all.n && st == RP_OK &&
	     all.item[i].first_seq <= t->last_seq;
	     i++) {
		found(arg, all.item[i].name);
		if (!dry)
			st = rp_segment_remove(dir, &all.item[i], err);
	}
	rp_segments_free(&all);
	return st;
}
