#include "log/upkeep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "log/lock.h"
#include "log/readers.h"
#include "log/recompress.h"
#include "log/replace.h"
#include "log/stage.h"
#include "log/tree.h"
#include "log/trim.h"

struct upkeep {
	const char *dir;
	const struct rp_upkeep_options *o;
	const struct rp_upkeep_watch *watch;
	struct rp_survey survey;
	struct rp_log_trimmed trimmed;
	size_t first; /* of the survey that is left */
	uint64_t confirmed; /* by all readers that count */
	const char *slowest; /* of them; NULL: there are none */
	struct rp_log_position *positions;
	size_t n_positions;
	char *cold; /* where segments move to, once one does */
	struct rp_error *err;
};

static void
say(struct upkeep *k, const struct rp_upkeep_event *e)
{
	k->watch->done(k->watch->arg, e);
}

static void
found(void *arg, const char *name)
{
	say(arg,
	    &(struct rp_upkeep_event){
		.action = RP_UPKEEP_CLEAN, .file = name });
}

static void
go_on(struct upkeep *k)
{
	k->watch->failed(k->watch->arg, k->err);
	*k->err = (struct rp_error){ 0 };
}

/* ---- which segments ---- */

static bool
is_ignored(const struct upkeep *k, const char *reader)
{
	for (size_t i = 0; i < k->o->n_ignored; i++)
		if (strcmp(k->o->ignored[i], reader) == 0)
			return true;
	return false;
}

static enum rp_status
find_confirmed(struct upkeep *k)
{
	enum rp_status st =
	    rp_log_positions(k->dir, &k->positions, &k->n_positions, k->err);

	k->confirmed = UINT64_MAX;
	for (size_t i = 0; i < k->n_positions && st == RP_OK; i++) {
		const struct rp_log_position *p = &k->positions[i];

		if (is_ignored(k, p->name) || p->seq >= k->confirmed)
			continue;
		k->confirmed = p->seq;
		k->slowest = p->name;
	}
	return st;
}

static bool
is_free(const struct upkeep *k, const struct rp_survey_item *it)
{
	return it->settled &&
	    rp_segment_last_seq(&it->summary, &it->segment) <= k->confirmed;
}

/* ---- what is done ---- */

/* What a kill left, and what it had begun: that is finished. */
static enum rp_status
clean(struct upkeep *k)
{
	enum rp_status st = rp_log_clean(k->dir, k->o->dry, found, k, k->err);

	if (st == RP_OK)
		st = rp_log_trim_finish(k->dir, k->o->remote, &k->trimmed,
		    k->o->dry, found, k, k->err);
	return st;
}

/* An index that is missing or stale, as a kill leaves it. */
static enum rp_status
reindex(struct upkeep *k, struct rp_survey_item *it)
{
	enum rp_status st = RP_OK;

	if (it->indexed)
		return RP_OK;
	if (!k->o->dry)
		st = rp_segment_reindex(k->dir, &it->segment, k->err);
	if (st == RP_OK)
		say(k,
		    &(struct rp_upkeep_event){ .action = RP_UPKEEP_INDEX,
			.file = it->segment.name,
			.item = it });
	return st;
}

static enum rp_status
trim(struct upkeep *k)
{
	struct rp_survey *v = &k->survey;
	size_t end = rp_retention_exceeding(&k->o->limits, v);
	enum rp_status st = RP_OK;

	for (; k->first < end && k->first + 1 < v->n; k->first++) {
		const struct rp_survey_item *it = &v->item[k->first];

		if (!is_free(k, it))
			break;
		if (!k->o->dry)
			st = rp_log_trim(k->dir, &it->segment, &it->summary,
			    &k->trimmed, k->err);
		if (st != RP_OK)
			return st;
		say(k,
		    &(struct rp_upkeep_event){ .action = RP_UPKEEP_TRIM,
			.file = it->segment.name,
			.item = it });
	}
	if (k->first < end && v->item[k->first].settled &&
	    !is_free(k, &v->item[k->first]))
		k->watch->spared(
		    k->watch->arg, end - k->first, k->slowest, k->confirmed);
	return RP_OK;
}

static enum rp_status
recompress(struct upkeep *k, struct rp_survey_item *it)
{
	struct rp_recompression how = { .frames = { .encoding = k->o->encoding,
					    .frame_raw = RP_FRAME_RAW,
					    .threads = k->o->threads },
		.codec = k->o->codec };
	struct rp_upkeep_event e = { .action = RP_UPKEEP_RECOMPRESS,
		.file = it->segment.name,
		.item = it };
	char codec[sizeof(k->o->codec)];
	enum rp_status st;

	if (it->summary.end.records == 0 || it->far)
		return RP_OK;
	st = rp_segment_note(
	    k->dir, &it->segment, "log.codec", codec, sizeof(codec), k->err);
	if (st < RP_OK || (st == RP_OK && strcmp(codec, k->o->codec) == 0))
		return st;
	if (!k->o->dry) {
		st = rp_segment_recompress(k->dir, &it->segment, &how, k->err);
		if (st != RP_OK)
			return st;
		e.bytes_after = how.bytes;
	}
	say(k, &e);
	if (e.bytes_after != 0)
		it->segment.size = e.bytes_after;
	return RP_OK;
}

static bool
is_within(const char *dir, const char *above)
{
	char *way = rp_path_between(above, dir);
	bool is = way != NULL && strncmp(way, "..", 2) != 0;

	free(way);
	return is;
}

/* "DIR/UUID.cold", as a link in the log says it; DIR may be a URL. Its newest
 * segment, which is in no store, tells the UUID. */
static enum rp_status
find_cold(struct upkeep *k)
{
	const char *dir = k->o->cold_dir;
	char uuid[37], *base;
	size_t n = strlen(dir);
	enum rp_status st;

	if (k->cold != NULL)
		return RP_OK;
	if ((st = rp_log_uuid(k->dir, NULL, uuid, k->err)) != RP_OK)
		return st;
	if (!rp_log_is_remote(dir) && is_within(dir, k->dir))
		return rp_error_set(k->err, RP_ERR_USAGE,
		    "%s: lies in the log %s, whose segments it is to take", dir,
		    k->dir);
	while (n > 1 && dir[n - 1] == '/')
		n--;
	base = *dir == '/' || rp_log_is_remote(dir)
	    ? strndup(dir, n)
	    : rp_path_between(k->dir, dir);
	if (base == NULL || asprintf(&k->cold, "%s/%s.cold", base, uuid) < 0) {
		k->cold = NULL;
		st = rp_error_no_memory(k->err);
	}
	free(base);
	return st;
}

/* What was moved stays there; and a log's newest segment is no store's, so that
 * whoever writes to the log needs none. */
static bool
may_move(const struct upkeep *k, const struct rp_survey_item *it)
{
	return !it->moved &&
	    (!rp_log_is_remote(k->o->cold_dir) ||
		it + 1 < k->survey.item + k->survey.n);
}

static enum rp_status
move(struct upkeep *k, struct rp_survey_item *it)
{
	const struct rp_upkeep_options *o = k->o;
	char *to = NULL;
	enum rp_status st;

	if (!may_move(k, it))
		return RP_OK;
	if ((st = find_cold(k)) != RP_OK)
		return st;
	if (asprintf(&to, "%s/%s", k->cold, it->segment.name) < 0) {
		to = NULL;
		st = rp_error_no_memory(k->err);
	} else if (!o->dry && rp_log_is_remote(o->cold_dir)) {
		st = rp_segment_move_far(k->dir, &it->segment, to, k->err);
	} else if (!o->dry) {
		st = rp_segment_move(k->dir, &it->segment, to, k->err);
	}
	if (st == RP_OK)
		say(k,
		    &(struct rp_upkeep_event){ .action = RP_UPKEEP_MOVE,
			.file = it->segment.name,
			.item = it,
			.to = to });
	free(to);
	return st;
}

/* Whether the log still ends as it did when it was surveyed. */
static bool
is_unchanged(struct upkeep *k)
{
	const struct rp_segment *last = &k->survey.item[k->first].segment;
	struct rp_segments now;
	bool same;

	if (rp_segments_list(&now, k->dir, NULL) != RP_OK)
		return false;
	same = now.n == 1 && now.item[0].first_seq == last->first_seq &&
	    now.item[0].size == last->size;
	rp_segments_free(&now);
	return same;
}

/* The whole log, if nothing in it is to be kept and nobody is at it. */
static enum rp_status
remove_log(struct upkeep *k)
{
	const struct rp_survey *v = &k->survey;
	int lock = -1;
	enum rp_status st = RP_OK;

	if (v->n == 0 || k->first + 1 != v->n || v->live ||
	    !rp_survey_is_older(
		&v->item[k->first], k->o->limits.now, k->o->limits.keep) ||
	    !is_free(k, &v->item[k->first]))
		return RP_OK;
	if (!k->o->dry) {
		st = rp_log_lock(k->dir, &lock, k->err);
		if (st == RP_OK && is_unchanged(k))
			st = rp_log_remove(k->dir, k->o->remote, k->err);
		else if (st == RP_OK || st == RP_ERR_BUSY) {
			*k->err = (struct rp_error){ 0 };
			st = RP_EMPTY; /* a writer was here, or is */
		}
		if (lock >= 0)
			close(lock);
	}
	if (st == RP_EMPTY)
		return RP_OK;
	if (st == RP_OK)
		say(k,
		    &(struct rp_upkeep_event){ .action = RP_UPKEEP_REMOVE,
			.item = &v->item[k->first] });
	k->first += st == RP_OK;
	return st;
}

/* ---- the log ---- */

/* What is left of the log. A segment that fails does not stop the others. */
static void
tend(struct upkeep *k)
{
	for (size_t i = k->first; i < k->survey.n; i++) {
		struct rp_survey_item *it = &k->survey.item[i];
		enum rp_status st = RP_OK;

		if (!it->settled)
			continue;
		st = reindex(k, it);
		if (st == RP_OK && is_free(k, it) &&
		    rp_survey_is_older(
			it, k->o->limits.now, k->o->recompress_after))
			st = recompress(k, it);
		if (st == RP_OK && is_free(k, it) &&
		    rp_survey_is_older(it, k->o->limits.now, k->o->move_after))
			st = move(k, it);
		if (st != RP_OK)
			go_on(k);
	}
}

static enum rp_status
keep_log(struct upkeep *k)
{
	enum rp_status st;

	if ((st = clean(k)) == RP_OK && (st = find_confirmed(k)) == RP_OK &&
	    (st = rp_survey_log(&k->survey, k->dir, k->o->remote,
		 k->watch->failed, k->watch->arg, k->err)) == RP_OK)
		st = trim(k);
	if (st == RP_OK && k->o->remove_log)
		st = remove_log(k);
	if (st == RP_OK)
		tend(k);
	rp_survey_free(&k->survey);
	free(k->positions);
	free(k->cold);
	return st;
}

enum rp_status
rp_log_upkeep(const char *dir, const struct rp_upkeep_options *o,
    const struct rp_upkeep_watch *watch, struct rp_error *err)
{
	struct upkeep k = { .dir = dir, .o = o, .watch = watch, .err = err };
	int lock = -1;
	enum rp_status st = RP_OK;

	if (rp_log_is_cold(dir))
		return rp_error_set(err, RP_ERR_USAGE,
		    "%s: holds segments of a log elsewhere: name that log",
		    dir);
	if (!o->dry)
		st = rp_log_lock_upkeep(dir, &lock, err);
	if (st == RP_OK)
		st = keep_log(&k);
	if (lock >= 0)
		close(lock);
	return st;
}
