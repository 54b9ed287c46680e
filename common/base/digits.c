#include "base/digits.h"

/* clang-format off */
#define ONES(h, t) \
	{ h, t, '0' }, { h, t, '1' }, { h, t, '2' }, { h, t, '3' }, \
	{ h, t, '4' }, { h, t, '5' }, { h, t, '6' }, { h, t, '7' }, \
	{ h, t, '8' }, { h, t, '9' }
#define TENS(h) \
	ONES(h, '0'), ONES(h, '1'), ONES(h, '2'), ONES(h, '3'), ONES(h, '4'), \
	ONES(h, '5'), ONES(h, '6'), ONES(h, '7'), ONES(h, '8'), ONES(h, '9')

const char rp_digits3[1000][4] = {
	TENS('0'), TENS('1'), TENS('2'), TENS('3'), TENS('4'),
	TENS('5'), TENS('6'), TENS('7'), TENS('8'), TENS('9')
};
/* clang-format on */
