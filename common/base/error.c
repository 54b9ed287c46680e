#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
rp_error_flatten(char *text)
{
	unsigned char *p = (unsigned char *)text;

	for (; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?'; /* C1 in UTF-8 */
}

enum rp_status
rp_error_set(struct rp_error *err, enum rp_status status, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL || err->status != RP_OK)
		return status;
	err->status = status;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	rp_error_flatten(err->text);
	return status;
}

enum rp_status
rp_error_no_memory(struct rp_error *err)
{
	return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
}

enum rp_status
rp_error_errno(struct rp_error *err, const char *fmt, ...)
{
	enum rp_status status = RP_ERR_IO;
	int e = errno;
	size_t n;
	va_list ap;

	if (e == EPIPE)
		status = RP_ERR_PIPE;
	else if (e == ENOMEM)
		status = RP_ERR_NOMEM;
	if (err == NULL || err->status != RP_OK)
		return status;
	err->status = status;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	rp_error_flatten(err->text);
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s", strerror(e));
	return status;
}

void
rp_error_prefix(struct rp_error *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	size_t n;
	va_list ap;

	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	rp_error_flatten(err->text);
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s", old);
}

int
rp_status_exit(enum rp_status status)
{
	switch (status) {
	case RP_OK:
	case RP_END:
	case RP_EMPTY:
		return 0;
	case RP_ERR_USAGE:
		return 2;
	case RP_ERR_CORRUPT:
	case RP_ERR_TRUNCATED:
	case RP_ERR_ABORTED:
	case RP_ERR_LIMIT:
	case RP_ERR_REJECTED:
		return 3;
	case RP_ERR_REMOTE:
		return 4;
	case RP_ERR_UNSUPPORTED:
		return 5;
	default:
		return 1;
	}
}
