# shellcheck shell=bash
# What the suites of rp-compile share: a queue, stores, and what came to be.

# small: settings for many small steps.
small() {
	export LEASE_MS=300 WINDOW_MAX_COUNT=20 WINDOW_MAX_AGE_MS=20
	export SINK_CHANNEL_CAPACITY=80 PIPELINE_PARALLELISM=2
	export MAX_DELIVERIES=100 RETRY_BASE_DELAY_MS=5 FLUSH_TICK_MS=5
}

# queue_ids FIRST LAST [OPTION...]: jobs of these numbers.
queue_ids() {
	local first=$1 last=$2
	shift 2
	seq -f '{"id":"job%06g"}' "$first" "$last" | rp-enqueue --ndjson "$@"
}

# compile ARG...: in the background, its pid in $compiler, its lines in ./lines.
compile() {
	rp-compile "$@" 2>>lines 3>&- &
	compiler=$!
	echo $compiler >>"$BATS_TEST_TMPDIR/compilers"
}

# ends [STATUS [PID]]: told to end (TERM) it does so, with that status (0).
ends() {
	local pid=${2-$compiler} got=0
	kill "$pid"
	wait "$pid" || got=$?
	[ $got = "${1-0}" ] || {
		echo "rp-compile ended with $got, not ${1-0}:"
		tail -n 3 lines
		return 1
	}
}

# until_so COMMAND...: wait until it succeeds, for a minute at most.
until_so() {
	local end=$((SECONDS + 60))
	while [ $SECONDS -lt $end ]; do
		! "$@" >so 2>&1 || return 0
		sleep 0.02
	done
	echo "never: $*"
	cat so
	tail -n 3 lines
	return 1
}

# check [-a] [DIR]: what was done is right, "so many jobs, ..." (compile_check.py).
check() {
	python3 "$RP_TOP/tests/cli/compile_check.py" "$@"
}

# all_done N DIR: all of N jobs are.
all_done() {
	[[ "$(check -a "$2")" = "$1 jobs, "* ]]
}

# acknowledged N: so many entries are, at least.
acknowledged() {
	[ "$(cli EVAL "
	    local g = redis.call('XINFO', 'GROUPS', KEYS[1])[1]
	    return g and #redis.call('XRANGE', KEYS[1], '-', g[8]) - g[6]" \
	    1 jobs)" -ge "$1" ]
}

# kill_at STEP HOW [N] -- ARG...: rp-compile dies there (kill-step.c).
kill_at() {
	local step=() status=0
	while [ "$1" != -- ]; do
		step+=("$1")
		shift
	done
	shift
	# a window is there to be adopted at once, before all else is done
	[ "${step[0]}" != adopt ] || sleep 0.4
	timeout 20 env LD_PRELOAD="$BATS_FILE_TMPDIR/kill-step.so" \
	    KILL_STEP="${step[*]}" rp-compile -q "$@" 2>>lines || status=$?
	[ $status = 137 ] || {
		echo "${step[*]}: $status, not killed"
		tail -n 3 lines
		return 1
	}
}

# preloads: what tests preload, made in the file's folder.
preloads() {
	local name
	export ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0
	for name in kill-step skew; do
		cc -shared -fPIC -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/$name.so" \
		    "$RP_TOP/tests/cli/$name.c"
	done
}

# No process of a test outlives it.
compile_down() {
	local pid
	if [ -e "$BATS_TEST_TMPDIR/compilers" ]; then
		while read -r pid; do
			kill -9 "$pid" 2>/dev/null || true
		done <"$BATS_TEST_TMPDIR/compilers"
	fi
	redis_down
}

# nothing_waits: all entries are acknowledged.
nothing_waits() {
	acknowledged "$(cli XLEN jobs)"
}
