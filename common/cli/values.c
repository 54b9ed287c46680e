#include "cli/values.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/time.h"

static bool
digits(const char **text, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*out = strtoull(*text, &end, 10);
	*text = end;
	return errno == 0;
}

bool
rp_value_count(const char *text, uint64_t *out)
{
	static const char suffixes[] = "kMGT";
	uint64_t n, unit = 1;
	const char *at;

	if (!digits(&text, &n))
		return false;
	if (*text != '\0') {
		at = strchr(suffixes, *text == 'K' ? 'k' : *text);
		if (at == NULL)
			return false;
		for (; at >= suffixes; at--)
			unit *= text[1] == 'i' ? 1024 : 1000;
		text += text[1] == 'i' ? 2 : 1;
	}
	return *text == '\0' && !__builtin_mul_overflow(n, unit, out);
}

bool
rp_value_int(const char *text, int *out)
{
	char *end;
	long n;

	if (!isdigit((unsigned char)*text) && *text != '-')
		return false;
	errno = 0;
	n = strtol(text, &end, 10);
	*out = (int)n;
	return errno == 0 && end != text && *end == '\0' && *out == n;
}

bool
rp_value_span(const char *text, int64_t *out)
{
	if (strcmp(text, "0") == 0) {
		*out = 0;
		return true;
	}
	return rp_span_parse(text, strlen(text), out) == RP_OK;
}

bool
rp_value_rate(const char *text, uint64_t *n, int64_t *span)
{
	const char *slash = strchr(text, '/');
	char number[32], unit[32] = "1"; /* of a unit alone there is one */
	size_t len = slash != NULL ? (size_t)(slash - text) : sizeof(number);

	if (len >= sizeof(number) || strlen(slash) >= sizeof(unit) - 1)
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	strcpy(unit + (isdigit((unsigned char)slash[1]) ? 0 : 1), slash + 1);
	return rp_value_count(number, n) && *n > 0 &&
	    rp_value_span(unit, span) && *span > 0;
}

/* text is name, or name and ":LEVEL", which *level is set to. */
static bool
codec_is(const char *text, const char *name, int *level)
{
	size_t n = strlen(name);

	*level = 0;
	if (strncmp(text, name, n) != 0)
		return false;
	return text[n] == '\0' ||
	    (text[n] == ':' && rp_value_int(text + n + 1, level));
}

bool
rp_value_codec(const char *text, struct rp_encoding *out)
{
	int level = 0;

	if (strcmp(text, "none") == 0)
		out->codec = RP_CODEC_NONE;
	else if (codec_is(text, "lz4", &level))
		out->codec = RP_CODEC_LZ4;
	else if (codec_is(text, "zstd", &level))
		out->codec = RP_CODEC_ZSTD;
	else
		return false;
	out->level = level;
	return out->codec == RP_CODEC_NONE ||
	    rp_codec_level_check(out->codec, level) == RP_OK;
}

bool
rp_value_layout(const char *text, struct rp_encoding *out)
{
	if (strcmp(text, "rows") == 0)
		out->layout = RP_LAYOUT_ROWS;
	else if (strcmp(text, "columns") == 0)
		out->layout = RP_LAYOUT_COLUMNS;
	else
		return false;
	return true;
}

bool
rp_value_word(const char *text, const char *words)
{
	const char *colon;
	size_t n;

	for (;; words += n + 1) {
		n = strcspn(words, "|");
		if (strlen(text) == n && memcmp(text, words, n) == 0)
			return true;
		colon = memchr(words, ':', n);
		if (colon != NULL &&
		    strncmp(text, words, (size_t)(colon - words) + 1) == 0)
			return text[colon - words + 1] != '\0';
		if (words[n] == '\0')
			return false;
	}
}

bool
rp_value_maximum(const char *text, uint64_t *count, double *part)
{
	char *end;

	*count = UINT64_MAX;
	*part = -1;
	if (rp_value_count(text, count))
		return true;
	if (!isdigit((unsigned char)*text))
		return false;
	*count = UINT64_MAX;
	*part = strtod(text, &end) / 100;
	return strcmp(end, "%") == 0 && *part <= 1;
}

bool
rp_value_share(const char *text, uint64_t *share)
{
	const rp_wide one = (rp_wide)1 << 32;
	size_t len = strlen(text);
	bool percent = len > 0 && text[len - 1] == '%';
	struct rp_decimal d;
	rp_wide value;
	int exp;

	if (rp_decimal_parse(text, len - percent, &d) != RP_OK ||
	    d.mantissa < 0)
		return false;
	value = d.mantissa * one;
	exp = d.exp - (percent ? 2 : 0);
	for (; exp < 0; exp++)
		value /= 10;
	for (; exp > 0 && value > 0 && value <= one; exp--)
		value *= 10;
	*share = (uint64_t)value;
	return value <= one;
}
