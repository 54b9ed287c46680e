# shellcheck shell=bash
# What the suites share that have the Versity S3 gateway: its objects are plain
# files in ./buckets, a bucket is "bkt".

# gateway_up: start it in the current folder, its port is in ./port, and the
# environment says how to come to it. Without ./pid there is none.
gateway_up() {
	local gateway port
	gateway=$(command -v "$RP_PEERS/bin/versitygw" || command -v versitygw) ||
	    return 0
	mkdir -p buckets/bkt
	port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	ROOT_ACCESS_KEY=AKID ROOT_SECRET_KEY=SECRETSECRET "$gateway" \
	    --port "127.0.0.1:$port" posix buckets >log 2>&1 3>&- &
	echo $! >pid
	for _ in {1..200}; do
		curl -s -o /dev/null "http://127.0.0.1:$port" && echo "$port" >port &&
		    break
		sleep 0.05
	done
	export AWS_ENDPOINT_URL=http://127.0.0.1:$port
	export AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=SECRETSECRET
}

# gateway_down FOLDER
gateway_down() {
	[ ! -e "$1/pid" ] || kill "$(cat "$1/pid")"
}

# gateway_is_up FOLDER: or the test is skipped.
gateway_is_up() {
	[ -e "$1/pid" ] || skip "no versitygw (GO=go scripts/peers)"
	[ -e "$1/port" ]
}
