#include "store/uri.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

enum { BUCKET_LEAST = 3, BUCKET_MOST = 63 };

static bool
is_bucket(const char *name, size_t len)
{
	if (len < BUCKET_LEAST || len > BUCKET_MOST)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool inner = name[i] == '-' || name[i] == '.';

		if (!islower((unsigned char)name[i]) &&
		    !isdigit((unsigned char)name[i]) &&
		    (!inner || i == 0 || i == len - 1))
			return false;
	}
	return true;
}

enum rp_status
rp_target_parse(struct rp_target *t, const char *text, struct rp_error *err)
{
	const char *scheme = strstr(text, "://");

	*t = (struct rp_target){ .path = text };
	if (scheme == NULL)
		return RP_OK;
	if (strncmp(text, "file://", 7) == 0) {
		t->path = text + 7;
		return RP_OK;
	}
	if (strncmp(text, "s3://", 5) != 0)
		return rp_error_set(err, RP_ERR_USAGE,
		    "'%s' is neither s3://BUCKET/KEY nor file://PATH nor a "
		    "path",
		    text);
	t->s3 = true;
	t->bucket = text + 5;
	t->bucket_len = strcspn(t->bucket, "/");
	t->path = t->bucket + t->bucket_len;
	t->path += *t->path == '/';
	if (!is_bucket(t->bucket, t->bucket_len))
		return rp_error_set(err, RP_ERR_USAGE,
		    "'%s': a bucket's name has 3 to 63 lower-case letters, "
		    "digits, dots and hyphens",
		    text);
	return RP_OK;
}

static const char *
fault_of(const char *key)
{
	size_t len = strlen(key), part;

	if (len == 0)
		return "is empty";
	if (len > RP_MAX_KEY)
		return "is longer than 1024 bytes";
	for (const char *p = key; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			return "has a control character";
	if (rp_utf8_span(key, len) < len)
		return "is not UTF-8";
	for (const char *p = key;; p += part + 1) {
		part = strcspn(p, "/");
		if (part == 0)
			return "has an empty component";
		if (strspn(p, ".") == part && part <= 2)
			return "has a component . or ..";
		if (p[part] == '\0')
			return NULL;
	}
}

enum rp_status
rp_key_check(const char *key, struct rp_error *err)
{
	const char *fault = fault_of(key);

	return fault == NULL ? RP_OK
			     : rp_error_set(err, RP_ERR_USAGE,
				   "the key '%.200s' %s", key, fault);
}

enum rp_status
rp_uri_encode(struct rp_buffer *out, const char *text, bool slashes_stay)
{
	static const char hex[] = "0123456789ABCDEF";
	enum rp_status st = RP_OK;

	for (; *text != '\0' && st == RP_OK; text++) {
		unsigned char c = (unsigned char)*text;
		char code[3] = { '%', hex[c >> 4], hex[c & 15] };
		bool plain = (c < 0x80 && isalnum(c)) ||
		    strchr("-._~", c) != NULL || (c == '/' && slashes_stay);

		st = rp_buffer_add(out, plain ? text : code, plain ? 1 : 3);
	}
	return st;
}

static int
digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0'
	    : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					 : -1;
}

bool
rp_uri_decode(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (*text == '%') {
			int high = digit(text[1]);
			int low = high < 0 ? -1 : digit(text[2]);

			if (low < 0 || high + low == 0)
				return false;
			*to++ = (char)(high << 4 | low);
			text += 2;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
	return true;
}
