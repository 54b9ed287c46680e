# shellcheck shell=bash
# What the suites share that have a Redis of their own, on the unix socket
# "sock" of the current folder.

# redis_up ARG...: start it here; what it keeps is in this folder.
redis_up() {
	redis-server --port 0 --unixsocket sock --save "" --dir . \
	    "$@" >>redis.log 2>&1 3>&- &
	redis=$!
	for _ in {1..200}; do
		[ "$(redis-cli -s sock PING 2>/dev/null)" != PONG ] || return 0
		[ -z "${asks_password-}" ] || [ ! -S sock ] || return 0
		sleep 0.05
	done
	cat redis.log
	return 1
}

redis_down() {
	kill -9 "$redis" 2>/dev/null || true
	wait "$redis" 2>/dev/null || true
	rm -f sock
}

cli() {
	redis-cli -s sock --raw "$@"
}
