#!/bin/bash
# draws.bash WHAT ARGUMENT... : referees for sample.bats, in bash's integers of
# 64 bits. A file of its own: bats traces each command of a test.
set -eu
low=0x7fffffffffffffff

# draws SEED N: the numbers that xoshiro256++ gives, signed.
draws() {
	local -i i z t out s0 s1 s2 s3 x=$1
	local -a s
	for ((i = 0; i < 4; i++)); do
		x=$((x + 0x9e3779b97f4a7c15))
		z=$x
		z=$(((z ^ (z >> 30 & low >> 29)) * 0xbf58476d1ce4e5b9))
		z=$(((z ^ (z >> 27 & low >> 26)) * 0x94d049bb133111eb))
		s[i]=$((z ^ (z >> 31 & low >> 30)))
	done
	s0=${s[0]} s1=${s[1]} s2=${s[2]} s3=${s[3]}
	for ((i = 0; i < $2; i++)); do
		((t = s0 + s3, out = (t << 23 | (t >> 41 & low >> 40)) + s0,
		t = s1 << 17, s2 ^= s0, s3 ^= s1, s1 ^= s2, s0 ^= s3, s2 ^= t,
		s3 = s3 << 45 | (s3 >> 19 & low >> 18), 1))
		echo $out
	done
}

# below SEED N BOUND: which of the numbers are below it, as unsigned ones.
below() {
	local -i v i=0 least=0x8000000000000000
	while read -r v; do
		i+=1
		((v + least >= $3 + least)) || echo $i
	done < <(draws "$1" "$2")
}

# reservoir SEED N K: what algorithm R leaves of 1 to N. No number is so large
# that it would have to be drawn anew.
reservoir() {
	local -i i j k=$3 v
	local -a place
	for ((i = 0; i < $2; i++)); do
		j=$i
		if ((i >= k)); then
			read -r v
			j=$(((v >> 1 & low) % (i + 1)))
		fi
		((j >= k)) || place[j]=$((i + 1))
	done < <(draws "$1" "$2")
	printf '%s\n' "${place[@]}" | sort -n
}

# bucket N SPAN BURST <TIMES: which of them a bucket of tokens lets through.
bucket() {
	local -i n=$1 span=$2 full=$(($2 * $3)) level t last=0 i=0
	level=$full
	while read -r t; do
		i+=1
		if ((i == 1)); then
			last=$t
		elif ((t > last)); then
			# a time so long that its tokens could not be counted
			if ((t - last > full / n)); then
				level=$full
			else
				level+=$(((t - last) * n))
			fi
			((level <= full)) || level=$full
			last=$t
		fi
		((level < span)) || { level+=-span; echo $i; }
	done
}

"$@"
