# shellcheck shell=bash
# What the suites share that have a server of ours (mock_s3.py): $URL is its URL,
# $F the file's directory, and $F/s3 the server's.

# start DIR [CERT KEY]: a server; its URL is in DIR/url.
start() {
	mkdir -p "$1"
	python3 "$RP_TOP/tests/cli/mock_s3.py" "$@" 3>&- >"$1/said" 2>&1 &
	echo $! >>"$BATS_FILE_TMPDIR/pids"
	for _ in {1..500}; do
		[ -e "$1/port" ] && return
		sleep 0.02
	done
	cat "$1/said"
	return 1
}

teardown_file() {
	while read -r pid; do
		kill "$pid"
	done <"$BATS_FILE_TMPDIR/pids"
}

# put PATH BODY
put() {
	curl -sf -X PUT -d "$2" "$URL/$1"
}

# fault OPERATION KIND N [SKIP]
fault() {
	put _fault "$*"
}

# asked OPERATION: how often; with a status, how often with that.
asked() {
	grep -c "^$*\( \|$\)" "$F/s3/log" || true
}
