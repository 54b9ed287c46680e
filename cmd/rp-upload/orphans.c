/* What killed uploads left behind. */
#include "upload.h"

static enum rp_status
handle(void *arg, const struct rp_orphan *orphan)
{
	struct upload *u = arg;
	enum rp_status st = RP_OK;

	/* one whose age is not known may be of a second ago */
	if (u->o->older > 0 &&
	    (orphan->begun == RP_ABSENT ||
		orphan->begun > rp_time_now() - u->o->older))
		return RP_OK;
	if (u->o->abort_orphans && !u->o->dry_run)
		st = rp_store_abort_orphan(u->store, orphan, &u->cli->error);
	return st == RP_OK
	    ? report_orphan(u, orphan, u->o->abort_orphans && !u->o->dry_run)
	    : st;
}

enum rp_status
handle_orphans(struct upload *u)
{
	return rp_store_orphans(u->store, u->path, handle, u, &u->cli->error);
}
