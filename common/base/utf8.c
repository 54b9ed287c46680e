#include "base/utf8.h"

size_t
rp_utf8_decode(const char *text, size_t len, uint32_t *code)
{
	const uint8_t *p = (const uint8_t *)text;
	uint32_t c, least;
	size_t n;

	if (len == 0)
		return 0;
	c = p[0];
	*code = c;
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c < 0xe0)
		n = 2, least = 0x80, c &= 0x1f;
	else if (c >= 0xe0 && c < 0xf0)
		n = 3, least = 0x800, c &= 0x0f;
	else if (c >= 0xf0 && c < 0xf5)
		n = 4, least = 0x10000, c &= 0x07;
	else
		return 0;
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*code = c;
	return n;
}

size_t
rp_utf8_span(const char *text, size_t len)
{
	size_t at = 0, n = 1;
	uint32_t code;

	for (; at < len && n > 0; at += n)
		n = rp_utf8_decode(text + at, len - at, &code);
	return at;
}

size_t
rp_utf8_encode(char *buf, uint32_t c)
{
	uint8_t *p = (uint8_t *)buf;

	if (c < 0x80) {
		p[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (uint8_t)(0xc0 | c >> 6);
		p[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (uint8_t)(0xe0 | c >> 12);
		p[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		p[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (uint8_t)(0xf0 | c >> 18);
	p[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	p[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	p[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}
