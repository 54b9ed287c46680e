#include "base/crc32.h"

#include "base/bytes.h"

/* CRCs are linear: that of a byte is the sum of those of its bits. */
#define BIT(b, n, crc) ((((b) >> (n)) % 2) * (crc))
#define BYTE(b, c0, c1, c2, c3, c4, c5, c6, c7)                         \
	BIT(b, 0, c0) ^ BIT(b, 1, c1) ^ BIT(b, 2, c2) ^ BIT(b, 3, c3) ^ \
	    BIT(b, 4, c4) ^ BIT(b, 5, c5) ^ BIT(b, 6, c6) ^ BIT(b, 7, c7)
#define BYTES4(b, ...)                                    \
	BYTE(b, __VA_ARGS__), BYTE((b) + 1, __VA_ARGS__), \
	    BYTE((b) + 2, __VA_ARGS__), BYTE((b) + 3, __VA_ARGS__)
#define BYTES16(b, ...)                                       \
	BYTES4(b, __VA_ARGS__), BYTES4((b) + 4, __VA_ARGS__), \
	    BYTES4((b) + 8, __VA_ARGS__), BYTES4((b) + 12, __VA_ARGS__)
#define BYTES64(b, ...)                                          \
	BYTES16(b, __VA_ARGS__), BYTES16((b) + 16, __VA_ARGS__), \
	    BYTES16((b) + 32, __VA_ARGS__), BYTES16((b) + 48, __VA_ARGS__)
#define BYTES256(...)                                                    \
	{                                                                \
		BYTES64(0, __VA_ARGS__), BYTES64(64, __VA_ARGS__),       \
		    BYTES64(128, __VA_ARGS__), BYTES64(192, __VA_ARGS__) \
	}

/* Of a byte with so many zero bytes behind it, by those of its bits. */
static const uint32_t table[8][256] = {
	BYTES256(0x77073096u, 0xee0e612cu, 0x076dc419u, 0x0edb8832u,
	    0x1db71064u, 0x3b6e20c8u, 0x76dc4190u, 0xedb88320u),
	BYTES256(0x191b3141u, 0x32366282u, 0x646cc504u, 0xc8d98a08u,
	    0x4ac21251u, 0x958424a2u, 0xf0794f05u, 0x3b83984bu),
	BYTES256(0x01c26a37u, 0x0384d46eu, 0x0709a8dcu, 0x0e1351b8u,
	    0x1c26a370u, 0x384d46e0u, 0x709a8dc0u, 0xe1351b80u),
	BYTES256(0xb8bc6765u, 0xaa09c88bu, 0x8f629757u, 0xc5b428efu,
	    0x5019579fu, 0xa032af3eu, 0x9b14583du, 0xed59b63bu),
	BYTES256(0x3d6029b0u, 0x7ac05360u, 0xf580a6c0u, 0x30704bc1u,
	    0x60e09782u, 0xc1c12f04u, 0x58f35849u, 0xb1e6b092u),
	BYTES256(0xcb5cd3a5u, 0x4dc8a10bu, 0x9b914216u, 0xec53826du,
	    0x03d6029bu, 0x07ac0536u, 0x0f580a6cu, 0x1eb014d8u),
	BYTES256(0xa6770bb4u, 0x979f1129u, 0xf44f2413u, 0x33ef4e67u,
	    0x67de9cceu, 0xcfbd399cu, 0x440b7579u, 0x8816eaf2u),
	BYTES256(0xccaa009eu, 0x4225077du, 0x844a0efau, 0xd3e51bb5u,
	    0x7cbb312bu, 0xf9766256u, 0x299dc2edu, 0x533b85dau)
};

/* Of 8 bytes at once: each by the table of those that follow it. */
static uint32_t
eight(uint32_t crc, const uint8_t *p)
{
	uint32_t low = crc ^ rp_le32(p), high = rp_le32(p + 4);

	return table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
	    table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
	    table[3][high & 0xff] ^ table[2][high >> 8 & 0xff] ^
	    table[1][high >> 16 & 0xff] ^ table[0][high >> 24];
}

uint32_t
rp_crc32(uint32_t crc, const void *p, size_t n)
{
	const uint8_t *byte = p;

	crc = ~crc;
	for (; n >= 8; n -= 8, byte += 8)
		crc = eight(crc, byte);
	for (; n > 0; n--)
		crc = table[0][(crc ^ *byte++) & 0xff] ^ crc >> 8;
	return ~crc;
}

/* ---- CRC-32C ---- */

static const uint32_t table_c[256] =
    BYTES256(0xf26b8303u, 0xe13b70f7u, 0xc79a971fu, 0x8ad958cfu, 0x105ec76fu,
	0x20bd8edeu, 0x417b1dbcu, 0x82f63b78u);

static uint32_t
by_table(uint32_t crc, const uint8_t *p, size_t n)
{
	for (; n > 0; n--)
		crc = table_c[(crc ^ *p++) & 0xff] ^ crc >> 8;
	return crc;
}

#ifdef __x86_64__
/* The processor has an instruction for it, some ten times as fast. */
__attribute__((target("sse4.2"))) static uint32_t
by_instruction(uint32_t crc, const uint8_t *p, size_t n)
{
	uint64_t c = crc;

	for (; n >= 8; n -= 8, p += 8)
		c = __builtin_ia32_crc32di(c, rp_le64(p));
	return by_table((uint32_t)c, p, n);
}
#endif

uint32_t
rp_crc32c(uint32_t crc, const void *p, size_t n)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return ~by_instruction(~crc, p, n);
#endif
	return ~by_table(~crc, p, n);
}
