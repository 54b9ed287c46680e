/*
 * itch N STOCKS : N messages of NASDAQ TotalView-ITCH 5.0 on stdout, each behind
 * its length, for rp-import to be timed on: of 100 about 45 A, 43 D, 5 U, 4 E
 * and 3 X, which is near to what NASDAQ sends. Nine orders of ten end while they
 * are young; the others rest, up to a million.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESTING = 1000000, YOUNG = 20000 };

struct order {
	uint64_t number;
	uint32_t shares;
	uint16_t locate;
};

static struct order orders[RESTING + 1];
static size_t n_orders;
static uint64_t seed = 1, next_number = 1000, match, clock_ns = 34200000000000;
static uint8_t buf[64];
static size_t len;
static unsigned stocks;

static uint64_t
draw(uint64_t below)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

static void
put(uint64_t v, int bytes)
{
	while (bytes-- > 0)
		buf[len++] = (uint8_t)(v >> 8 * bytes);
}

static void
put_stock(unsigned locate)
{
	char text[9];

	snprintf(text, sizeof(text), "S%04u   ", locate);
	memcpy(buf + len, text, 8);
	len += 8;
}

static void
begin(char type, unsigned locate)
{
	len = 2;
	put((uint8_t)type, 1);
	put(locate, 2);
	put(0, 2);
	put(clock_ns += draw(2000), 6);
}

static void
end(void)
{
	buf[0] = 0;
	buf[1] = (uint8_t)(len - 2);
	fwrite(buf, 1, len, stdout);
}

static void
directory(unsigned locate)
{
	begin('R', locate);
	put_stock(locate);
	memcpy(buf + len, "QN\0\0\0\144NCZ PNN1N\0\0\0\0N", 20);
	len += 20;
	end();
}

static void
add(void)
{
	/* Zipf's law: the n-th stock has 1/n of the orders of the first */
	unsigned locate =
	    (unsigned)pow(stocks, (double)draw(1 << 30) / (1 << 30));
	struct order o = { next_number, 100, (uint16_t)locate };

	next_number += 1 + draw(4);
	begin('A', locate);
	put(o.number, 8);
	put("BS"[draw(2)], 1);
	put(o.shares = 100 + 100 * (uint32_t)draw(5), 4);
	put_stock(locate);
	put(1000000 + 100 * draw(1000), 4);
	end();
	orders[n_orders++] = o;
}

static void
replace(struct order *o)
{
	uint64_t number = next_number++;

	begin('U', o->locate);
	put(o->number, 8);
	put(number, 8);
	put(o->shares = 200, 4);
	put(1000000 + 100 * draw(1000), 4);
	end();
	o->number = number;
}

static void
reduce(struct order *o, char type)
{
	begin(type, o->locate);
	put(o->number, 8);
	if (type != 'D')
		put(100, 4);
	if (type == 'E')
		put(++match, 8);
	end();
	o->shares -= type == 'D' ? o->shares : 100;
	if (o->shares == 0)
		*o = orders[--n_orders];
}

static void
step(void)
{
	size_t span = draw(10) > 0 && n_orders > YOUNG ? YOUNG : n_orders;
	struct order *o = &orders[n_orders - 1 - draw(span > 0 ? span : 1)];
	uint64_t what = draw(100);

	if (n_orders < YOUNG || (n_orders < RESTING && what < 46))
		add();
	else if (what < 51)
		replace(o);
	else if (what < 54)
		reduce(o, 'X');
	else
		reduce(o, what < 58 ? 'E' : 'D');
}

int
main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[1]) : 0;

	stocks = argc == 3 ? (unsigned)atol(argv[2]) : 0;
	if (n < 1 || stocks < 1 || stocks > 9999) {
		fputs("usage: itch N STOCKS (1 to 9999)\n", stderr);
		return 2;
	}
	for (unsigned i = 1; i <= stocks && n > 0; i++, n--)
		directory(i);
	while (n-- > 0)
		step();
	return ferror(stdout) || fflush(stdout) != 0;
}
