#include "base/crc32.h"

/* CRCs are linear: that of a byte is the sum of those of its bits. */
#define BIT(b, n, crc) ((((b) >> (n)) % 2) * (crc))
#define BYTE(b)                                               \
	BIT(b, 0, 0x77073096u) ^ BIT(b, 1, 0xee0e612cu) ^     \
	    BIT(b, 2, 0x076dc419u) ^ BIT(b, 3, 0x0edb8832u) ^ \
	    BIT(b, 4, 0x1db71064u) ^ BIT(b, 5, 0x3b6e20c8u) ^ \
	    BIT(b, 6, 0x76dc4190u) ^ BIT(b, 7, 0xedb88320u)
#define BYTES4(b) BYTE(b), BYTE((b) + 1), BYTE((b) + 2), BYTE((b) + 3)
#define BYTES16(b) BYTES4(b), BYTES4((b) + 4), BYTES4((b) + 8), BYTES4((b) + 12)
#define BYTES64(b) \
	BYTES16(b), BYTES16((b) + 16), BYTES16((b) + 32), BYTES16((b) + 48)

static const uint32_t table[256] = { BYTES64(0), BYTES64(64), BYTES64(128),
	BYTES64(192) };

uint32_t
rp_crc32(uint32_t crc, const void *p, size_t n)
{
	const uint8_t *byte = p;

	crc = ~crc;
	for (; n > 0; n--)
		crc = table[(crc ^ *byte++) & 0xff] ^ crc >> 8;
	return ~crc;
}
