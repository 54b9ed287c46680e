#include "import/cells.h"

#include "base/bytes.h"

#define EACH_BYTE(byte) (0x0101010101010101u * (uint64_t)(byte))

/* The high bit of each byte of x that is zero, and no other. */
static inline uint64_t
zero_bytes(uint64_t x)
{
	const uint64_t low = EACH_BYTE(0x7f);

	return ~(((x & low) + low) | x | low);
}

/* The cells that end so far, and where the next one begins. */
struct splitter {
	struct rp_cell *cells;
	size_t n, cap;
	const char *begin;
};

static inline void
end_cell(struct splitter *s, const char *end)
{
	if (s->n < s->cap)
		s->cells[s->n] =
		    (struct rp_cell){ s->begin, (size_t)(end - s->begin) };
	s->n++;
	s->begin = end + 1;
}

size_t
rp_cells_split(struct rp_cell *cells, size_t cap, const char *text, size_t len,
    char delimiter)
{
	const uint64_t pattern = EACH_BYTE((unsigned char)delimiter);
	const char *p = text, *end = text + len;
	struct splitter s = { cells, 0, cap, text };

	for (; end - p >= 8; p += 8) {
		uint64_t found = zero_bytes(rp_le64(p) ^ pattern);

		for (; found != 0; found &= found - 1)
			end_cell(&s, p + __builtin_ctzll(found) / 8);
	}
	for (; p < end; p++)
		if (*p == delimiter)
			end_cell(&s, p);
	end_cell(&s, end);
	return s.n;
}
