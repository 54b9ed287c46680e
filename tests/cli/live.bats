#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr is set by run
bats_require_minimum_version 1.5.0
# rp-import --listen and --ws: on loopback, free ports, nothing told by time.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	unset http_proxy https_proxy all_proxy
	pids=()
}

teardown() {
	[ ${#pids[@]} = 0 ] || {
		kill "${pids[@]}" 2>/dev/null || true
		wait "${pids[@]}" || true
	}
}

# eventually COMMAND...: within 20 s it succeeds.
eventually() {
	for _ in {1..1000}; do
		! "$@" 2>/dev/null || return 0
		sleep 0.02
	done
	echo "never: $*"
	return 1
}

# live ARG...: rp-import in the background, its output in out, its words in err.
live() {
	: >err # of the one before
	rp-import -v --no-notes "$@" >out 2>err 3>&- &
	live=$!
	pids+=("$live")
}

# listen WHERE ARG...: the same, and its port.
listen() {
	live --listen "$@"
	eventually grep -q 'listening on' err
	port=$(sed -n 's/.*listening on .*://p' err)
}

# ended STATUS: it has, with this one.
ended() {
	local status=0
	wait "$live" || status=$?
	[ $status = "$1" ] || { echo "status $status"; cat err; return 1; }
}

# stop: by a signal, which ends the stream as it should.
stop() {
	kill -TERM "$live"
	ended 0
	rp-check --json out | jq -e '.end | index("signal")' >flags
}

# records FILE: what a stream holds so far, whole or not.
records() {
	{ rp-print --json "$1" 2>/dev/null || true; } | wc -l
}

has() {
	[ "$(records out)" -ge "$1" ]
}

# sums FILE...: without gaps, which only the live side knows of.
sums() {
	rp-filter -w 'type != gap' "$@" | rp-check --json | jq -r .sum
}

# gaps FILE COLUMNS
gaps() {
	rp-csv --no-header -t gap -c "$2" "$1"
}

# tcp FILE...: each on a connection of its own.
tcp() {
	python3 - "$port" "$@" <<-'.'
		import socket, sys
		for name in sys.argv[2:]:
		    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
		        s.sendall(open(name, "rb").read())
		        s.shutdown(socket.SHUT_WR)
		        s.recv(1)
	.
}

# udp ADDRESS: stdin, a datagram a line.
udp() {
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
             socket.inet_aton("127.0.0.1"))
for line in sys.stdin.buffer:
    s.sendto(line.rstrip(b"\n"), (sys.argv[1], int(sys.argv[2])))
' "$1" "$port"
}

# ---- --listen ----

@test "TCP: one connection after another, and what lies between is a gap" {
	rp-gen --seed 1 -n 300 | rp-print --json >a
	rp-gen --seed 2 -n 200 | rp-print --json >b
	listen tcp://127.0.0.1:0
	tcp a b
	eventually has 501
	stop
	rp-import a b >want
	[ "$(sums out)" = "$(sums want)" ]
	[ "$(gaps out action,count)" = disconnect,0 ]
	gaps out ts_recv,ts_from,ts_to | awk -F, '
	{ ok = $2 > 17e17 && $2 <= $3 && $3 == $1 } END { exit !ok }'
	# it stands between the two
	[ "$(rp-csv --no-header -c type out | grep -n gap)" = 301:gap ]
}

@test "TCP: any format, packed or not; told by its first bytes" {
	rp-gen -n 1000 | rp-print --json | gzip >a.gz
	listen 'tcp://[::1]:0' || skip "no IPv6 here"
	python3 - "$port" <<-'.'
		import socket, sys
		with socket.create_connection(("::1", int(sys.argv[1]))) as s:
		    s.sendall(open("a.gz", "rb").read())
	.
	eventually has 1000
	stop
	[ "$(sums out)" = "$(rp-import a.gz | sums -)" ]
}

@test "TCP: a connection that breaks off within a record costs that record" {
	rp-gen -n 20 | rp-print --json >a
	head -c -30 a >shorter
	: >empty
	listen tcp://127.0.0.1:0 --format ndjson
	tcp shorter empty a
	eventually has 40
	stop
	grep -q "warning: tcp://127.0.0.1:.*: line 20" err
	[ "$(rp-csv --no-header -c type out | sort | uniq -c | xargs)" = \
	    "1 gap 39 mbo" ]
}

@test "TCP: --raw keeps each connection by itself, and reads back clean" {
	rp-gen -n 20 | rp-print --json >a
	head -c -30 a >shorter
	gzip <a >a.gz
	printf '{"ty' >stub
	rp-gen -n 30 | rp-csv -c all >c
	listen tcp://127.0.0.1:0 --raw kept
	tcp shorter a.gz c
	eventually has 71
	stop
	rp-import --no-notes kept kept.2 kept.3 >again
	[ "$(sums again)" = "$(sums out)" ]
	head -n 19 a | cmp - kept
	cmp a.gz kept.2
	cmp c kept.3
	[ ! -e kept.4 ]
	# what no whole record came on has no file
	rm kept*
	listen tcp://127.0.0.1:0 --format ndjson --raw kept
	tcp stub a stub
	eventually has 20
	stop
	cmp a kept
	# files of before are seen at once
	mv kept kept.2
	run -1 --separate-stderr rp-import --listen tcp://127.0.0.1:0 --raw kept
	[ "$stderr" = "rp-import: --raw kept.2: File exists" ]
	[ ! -e kept ]
}

@test "TCP: --raw of a binary feed that breaks off anywhere reads back clean" {
	python3 "$RP_TOP/tests/cli/itch.py" random 1 20 >itch
	for cut in 1 2 3 30; do
		head -c -$cut itch >part
		listen tcp://127.0.0.1:0 --format itch --date 2020-01-30 \
		    --raw kept.$cut
		tcp part itch
		eventually grep -q 'records of itch' err
		eventually test -s kept.$cut.2
		eventually cmp itch kept.$cut.2
		stop
		rp-import --no-notes -q --format itch --date 2020-01-30 \
		    kept.$cut kept.$cut.2 >again
		rp-csv -c type,symbol,price,size out | grep -v ^gap >want
		rp-csv -c type,symbol,price,size again | diff want -
	done
}

@test "TCP: --raw has what came packed as it came, cut or not" {
	rp-gen -n 2000 | rp-print --json >a
	gzip <a | head -c -9 >cut.gz
	listen tcp://127.0.0.1:0 --raw kept
	tcp cut.gz a
	eventually cmp a kept.2
	eventually has 4001
	stop
	grep -q 'warning: .*gzip data stops' err
	cmp cut.gz kept
	run -3 --separate-stderr rp-import --no-notes -o none kept
	[[ $stderr = *"gzip data stops"* ]]
	{ rp-import -q --no-notes kept || true; } >again
	[ $(($(records again) + 2001)) = "$(records out)" ]
}

@test "TCP: what has come is passed on while the connection is silent" {
	rp-gen -n 7 | rp-print --json >a
	listen tcp://127.0.0.1:0
	exec 5<>"/dev/tcp/127.0.0.1/$port"
	cat a >&5
	eventually has 7
	kill -0 "$live"
	stop
	exec 5>&-
}

@test "TCP: bad records by --on-error, and as a gap" {
	{ rp-gen -n 3 | rp-print --json; echo junk; echo junk; } >a
	rp-gen -n 2 | rp-print --json >b
	listen tcp://127.0.0.1:0 --on-error file:bad --stats-json stats
	tcp a b
	eventually has 7
	stop
	[ "$(wc -l <bad)" = 2 ]
	[ "$(gaps out action,count | sort | xargs)" = "disconnect,0 undecodable,2" ]
	[ "$(jq -r '[.records_in, .rejected] | map(tonumber) | @csv' stats)" = 7,2 ]
	listen tcp://127.0.0.1:0
	tcp a || true
	ended 3
	grep -q "^rp-import: tcp://.*: line 4: " err
}

@test "TCP: what no format knows costs its connection, not the recording" {
	rp-gen -n 20 | rp-print --json >a
	head -c 5000 /dev/zero >unknown
	printf 'GET / HTTP/1.1\r\n\r\n' >web
	listen tcp://127.0.0.1:0 --raw kept --stats-json stats
	tcp web a unknown a
	eventually has 45
	stop
	[ "$(grep -c 'warning: .*no format knows it' err)" = 2 ]
	[ "$(gaps out action,count | xargs)" = "undecodable,0 disconnect,0 $(
	    )disconnect,0 undecodable,0 disconnect,0" ]
	gaps out ts_from,ts_to | awk -F, '
	$1 < 17e17 || $1 > $2 { bad = 1 } END { exit bad }'
	[ "$(jq -r '[.records_in, .rejected] | map(tonumber) | @csv' stats)" = 40,0 ]
	cmp a kept
	cmp a kept.2
	[ ! -e kept.3 ]
}

@test "TCP: what is corrupt is a bad record, by --on-error" {
	head -c 100 /dev/zero >bad
	listen tcp://127.0.0.1:0 --format dbn --on-error file:rejects \
	    --stats-json stats
	tcp bad bad
	eventually has 3
	stop
	[ "$(gaps out action,count | xargs)" = \
	    "undecodable,0 disconnect,0 undecodable,0" ]
	[ "$(wc -l <rejects)" = 2 ]
	[ "$(jq -r '[.records_in, .rejected] | map(tonumber) | @csv' stats)" = 2,2 ]
	listen tcp://127.0.0.1:0 --format dbn
	tcp bad || true
	ended 3
}

@test "TCP: a row that is cut within its last cell is no row" {
	rp-gen -n 20 | rp-csv -c type,ts_recv,symbol,price,size >a
	head -c -1 a >unended
	head -c -2 a >shorter
	listen tcp://127.0.0.1:0 --raw kept
	tcp a unended shorter
	eventually has 60
	stop
	[ "$(grep -c 'warning: .*line 21: it has no end$' err)" = 2 ]
	[ "$(rp-csv --no-header -c type out | sort | uniq -c | xargs)" = \
	    "2 gap 58 mbo" ]
	head -n 20 a | cmp - kept.2
	# a file ends where it ends
	[ "$(rp-import --no-notes unended | sums -)" = \
	    "$(rp-import --no-notes a | sums -)" ]
}

@test "UDP: a datagram is a line, received when the kernel says" {
	rp-gen -n 500 | rp-print --json >a
	listen udp://127.0.0.1:0 --format ndjson --raw kept
	udp 127.0.0.1 <a
	eventually has 500
	stop
	cmp a kept
	[ "$(sums out)" = "$(rp-import a | sums -)" ]
}

@test "UDP: a multicast group on an interface" {
	rp-gen -n 50 | rp-print --json >a
	listen udp://239.255.77.1:0,lo --format ndjson
	udp 239.255.77.1 <a
	eventually has 50
	stop
	[ "$(sums out)" = "$(rp-import a | sums -)" ]
}

@test "UDP: what the kernel had no room for is counted" {
	[ -z "${RP_SANITIZER-}" ] || skip "needs a quick reader"
	rp-gen -n 1 | rp-print --json >one
	mkfifo pipe
	rp-import -v --no-notes --listen udp://127.0.0.1:0 --format ndjson \
	    --on-error skip >pipe 2>err 3>&- &
	live=$!
	pids+=("$live")
	exec 6<pipe # and nobody reads
	eventually grep -q 'listening on' err
	port=$(sed -n 's/.*listening on .*://p' err)
	python3 - "$port" <<-'.'
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		line = open("one", "rb").read()
		for _ in range(60000):
		    s.sendto(line, ("127.0.0.1", int(sys.argv[1])))
	.
	cat <&6 >out 3>&- &
	pids+=($!)
	eventually has 2000
	# whatever comes next carries the count
	eventually bash -c "
		printf '%s' '$(cat one)' >/dev/udp/127.0.0.1/$port
		rp-print -t gap out 2>/dev/null | grep -q overload"
	kill -TERM "$live"
	ended 0
	exec 6<&-
	eventually rp-check -q out
	grep -q "the kernel drops datagrams" err
	lost=$(gaps out count | paste -sd+ | bc)
	[ "$lost" -gt 0 ]
	[ $(($(rp-filter -w 'type != gap' out | records -) + lost)) -ge 60000 ]
}

# mold FIRST N: a datagram of N system events of ITCH from this number on.
mold() {
	python3 -c '
import socket, struct, sys
port, first, n = map(int, sys.argv[1:])
def event(i):
    return b"S" + struct.pack(">HH", 0, 0) + (34200 * 10**9 + i).to_bytes(
        6, "big") + b"O"
d = b"SESSION001" + struct.pack(">QH", first, n)
for i in range(first, first + n):
    d += struct.pack(">H", 12) + event(i)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(d, ("127.0.0.1", port))' "$port" "$1" "$2"
}

@test "UDP: ITCH by MoldUDP64; what is kept is a capture that says the same" {
	listen udp://127.0.0.1:0 --format itch --raw kept.pcap
	mold 1 3
	mold 8 2
	mold 10 40
	eventually has 46
	stop
	[ "$(gaps out action,first_lost,last_lost,count)" = venue,4,7,4 ]
	rp-import -q --no-notes kept.pcap >again
	[ "$(rp-check --json out | jq -r .sum)" = \
	    "$(rp-check --json again | jq -r .sum)" ]
	# it is what the user called it
	grep -q ': 45 records of itch$' err
}

@test "UDP: what is held back for a message that is late goes on without it" {
	listen udp://127.0.0.1:0 --format itch
	mold 1 1
	mold 5 2
	eventually has 4
	stop
	[ "$(gaps out first_lost,last_lost)" = 2,4 ]
}

@test "UDP: nothing may come" {
	for format in itch ndjson; do
		listen udp://127.0.0.1:0 --format $format
		stop
		[ "$(records out)" = 0 ]
	done
}

@test "misuse of live sources" {
	usage() {
		run -2 --separate-stderr rp-import "$@"
		[[ $stderr = "rp-import: "* ]]
		[[ ${stderr_lines[0]} = *"$text"* ]]
	}
	text="is not tcp://HOST:PORT" usage --listen 127.0.0.1:99
	text="is not tcp://HOST:PORT" usage --listen tcp://127.0.0.1
	text="is not tcp://HOST:PORT" usage --listen tcp://127.0.0.1:port
	text="brackets" usage --listen tcp://::1:99
	text="at most 65535" usage --listen tcp://127.0.0.1:65536
	text="at most 65535" usage --listen udp://127.0.0.1:99999 --format itch
	text="only udp" usage --listen tcp://127.0.0.1:0,lo
	text="multicast" usage --listen udp://127.0.0.1:0,lo --format ndjson
	text="needs a --format" usage --listen udp://127.0.0.1:0
	text="is not of lines" usage --listen udp://127.0.0.1:0 --format dbn
	text="takes no operand" usage --listen tcp://127.0.0.1:0 file
	text="not both" usage --listen tcp://127.0.0.1:0 --ws ws://a/
	text="go with --listen or --ws" usage --raw kept
	text="two outputs cannot both go to 'kept'" usage --raw kept -o kept
	for option in subscribe=x snapshot-url=x ca-file=x stall-timeout=60s \
	    max-retries=10 seed=0; do
		text="--${option%=*} goes with --ws" usage "--$option" \
		    --listen tcp://127.0.0.1:0
		text="--${option%=*} goes with --ws" usage "--$option" file
	done
	text="is not ws://" usage --ws http://127.0.0.1/ --format binance
	text="needs the --format" usage --ws ws://127.0.0.1:1/
	text="needs the --format" usage --ws ws://127.0.0.1:1/ --format dbn
	text="is not http://" usage --ws ws://127.0.0.1:1/ --format binance \
	    --snapshot-url http://a/ --snapshot-url ftp://x
	: >empty
	text="no message" usage --ws ws://127.0.0.1:1/ --format binance \
	    --subscribe empty
	# and no file is there that nothing will be kept in
	text="needs a --format" usage --listen udp://127.0.0.1:0 --raw kept
	[ -z "$output" ]
	text="is not of lines" usage --listen udp://127.0.0.1:0 --raw kept \
	    --format dbn
	text="multicast" usage --listen udp://127.0.0.1:0,lo --format ndjson \
	    --raw kept
	text="no message" usage --ws ws://127.0.0.1:1/ --format binance \
	    --subscribe empty --raw kept
	text="is not ws://" usage --ws http://127.0.0.1/ --format binance \
	    --raw kept
	[ ! -e kept ]
	run -1 --separate-stderr rp-import --listen tcp://127.0.0.1:0 --raw empty
	[[ $stderr = "rp-import: --raw empty: File exists" ]]
	run -1 --separate-stderr rp-import --listen udp://239.1.1.1:0,nonesuch \
	    --format ndjson
	[[ $stderr = *"interface nonesuch"* ]]
	run -1 --separate-stderr rp-import --ws wss://127.0.0.1:1/ \
	    --format binance --ca-file nowhere.pem
	[[ $stderr = "rp-import: nowhere.pem: No such file or directory" ]]
	listen tcp://127.0.0.1:0
	run -1 --separate-stderr rp-import --listen "tcp://127.0.0.1:$port"
	[[ $stderr = "rp-import: tcp://127.0.0.1:$port: Address already in use" ]]
	kill "$live"
	ended 0
}

# ---- --ws ----

# updates FROM TO: a depth update of Binance a line, each of ten numbers.
updates() {
	local i
	for ((i = $1; i <= $2; i++)); do
		printf '{"e":"depthUpdate","E":%d,"T":%d,"s":"BTCUSDT",' \
		    $((1723161256000 + i)) $((1723161256000 + i))
		printf '"U":%d,"u":%d,"pu":%d,' $((i * 10)) $((i * 10 + 9)) \
		    $((i * 10 - 1))
		printf '"b":[["61800.%02d","1.5"]],"a":[["61900.10","0"]]}\n' \
		    $((i % 100))
	done
}

# snapshot NUMBER
snapshot() {
	printf '{"lastUpdateId":%d,"E":1723161256501,"T":1723161256493,' "$1"
	printf '"bids":[["61800.20","2.909"]],"asks":[["61900.30","0.6"]]}'
}

# exchange [CERTIFICATE KEY]: one that does what stdin says.
exchange() {
	mkdir -p mock
	cat >mock/script
	updates 1 40 >depth
	python3 "$RP_TOP/tests/cli/mock_exchange.py" mock mock/script "$@" \
	    2>mock/err 3>&- &
	pids+=($!)
	eventually test -s mock/port
	port=$(cat mock/port)
}

# record ARG...: what the exchange sends.
record() {
	live --ws "ws://127.0.0.1:$port/ws" --format binance --seed 1 "$@"
}

# kept FILE: --raw, without its times.
kept() {
	sed 's/^[0-9]* //' "$1"
}

# same: --raw has what was recorded, gaps aside.
same() {
	rp-import --no-notes --format binance kept >again
	[ "$(sums out)" = "$(sums again)" ]
}

@test "WebSocket: subscribes, answers pings, keeps what comes, ends by a signal" {
	exchange <<-.
		connection
		  expect 2
		  file depth 1 20
		  ping are you there
		  file depth 21 40
		  stall
	.
	printf '{"method":"SUBSCRIBE","id":1}\n\n{"id":2}' >subscribe
	record --subscribe subscribe --raw kept
	eventually has 80
	stop
	grep -qxF 'text {"method":"SUBSCRIBE","id":1}' mock/log
	grep -qxF 'text {"id":2}' mock/log
	grep -qx 'pong are you there' mock/log
	kept kept | cmp - depth
	same
	# when it was received, in ns
	awk '{ ok = $1 > 17e17 } END { exit !ok }' kept
	[ "$(rp-csv --no-header -c ts_recv out | tail -n 1)" = \
	    "$(tail -n 1 kept | cut -d' ' -f1)" ]
}

@test "WebSocket: a connection that is lost: a gap, another, and all is asked anew" {
	exchange <<-.
		connection
		  expect 1
		  file depth 1 10
		  await go
		  drop
		connection
		  expect 1
		  file depth 21 30
		  await go2
		  close 1001
		connection
		  expect 1
		  file depth 9 30
		  stall
	.
	echo '{"id":1}' >subscribe
	record --subscribe subscribe --raw kept
	eventually has 20
	touch mock/go
	eventually has 41
	touch mock/go2
	# what is repeated is recorded as it came
	eventually has 86
	stop
	[ "$(gaps out action,count | xargs)" = "disconnect,0 disconnect,0" ]
	gaps out ts_recv,ts_from,ts_to | awk -F, '
	{ n += $2 < $3 && $3 == $1 } END { exit n != 2 }'
	rp-csv --no-header -c type out | grep -n gap >where
	[ "$(xargs <where)" = "21:gap 42:gap" ]
	[ "$(grep -c '^text' mock/log)" = 3 ]
	grep -q "warning: ws:.*: closed by the peer with 1001: bye; again in" err
	same
}

@test "WebSocket: silence is a loss, too" {
	exchange <<-.
		connection
		  file depth 1 3
		  stall
		connection
		  file depth 4 6
		  await never
	.
	record --stall-timeout 300ms
	eventually has 13
	stop
	grep -q "warning: ws:.*: silent for too long; again in" err
	[ "$(gaps out action | head -n 1)" = disconnect ]
}

@test "WebSocket: a handshake that is not answered is given up" {
	exchange <<-.
		ignore
		connection
		  file depth 1 3
		  stall
	.
	record
	eventually has 6
	stop
	grep -q "warning: ws:.*: no answer to the handshake; again in" err
}

@test "WebSocket: an end during an outage tells it" {
	exchange <<-.
		connection
		  file depth 1 3
		  await go
		  drop
	.
	record --max-retries 1000
	eventually has 6
	touch mock/go
	eventually grep -q 'HTTP status 503' err
	stop
	[ "$(rp-csv --no-header -c type out | tail -n 1)" = gap ]
}

@test "WebSocket: gives up after --max-retries, exit 4, no end" {
	exchange <<-.
		refuse 503
		refuse 429
		connection
		  file depth 1 3
		  await go
		  drop
		refuse 503
		refuse 500
		refuse 503
	.
	record --max-retries 2
	eventually has 6
	touch mock/go
	ended 4
	grep -q "^rp-import: ws:.*: given up after 3 attempts: .*500$\|503$" err
	run -3 rp-check -q out
	[ "$(grep -c handshake mock/log)" = 5 ]
	[ "$(records out)" = 7 ]
	run -4 --separate-stderr rp-import -q --format binance --max-retries 0 \
	    -o none --ws ws://127.0.0.1:1/
	[[ $stderr = "rp-import: ws://127.0.0.1:1/: given up after 1 attempts: "* ]]
	[ ! -e none ]
}

@test "WebSocket: garbage is rejected, counted and a gap" {
	exchange <<-.
		connection
		  file depth 1 1
		  send garbage
		  send {"e":"depthUpdate","U":
		  binary 00ff80
		  raw 8104ff00fe01
		  file depth 2 3
		  send last
		  stall
	.
	record --on-error file:bad --stats-json stats --raw kept
	eventually has 10
	stop
	[ "$(wc -l <bad)" = 5 ]
	# what was kept is as bad
	[ "$(kept kept | grep -an binary)" = '4:<binary 00ff80>' ]
	rp-import --no-notes -q --on-error skip --stats-json again.json kept >again
	[ "$(sums again)" = "$(sums out)" ]
	[ "$(jq -r .rejected again.json)" = 5 ]
	grep -q "a binary message	00ff80" bad
	[ "$(gaps out action | uniq)" = undecodable ]
	[ "$(gaps out count | paste -sd+ | bc)" = 5 ]
	[ "$(jq -r '[.records_in, .rejected] | map(tonumber) | @csv' stats)" = 8,5 ]
	rp-check --json out | jq -e '.end | index("lossy")' >flags
}

@test "WebSocket: without --on-error the first bad message ends it" {
	exchange <<-.
		connection
		  file depth 1 1
		  send garbage
		  stall
	.
	record
	ended 3
	grep -q "^rp-import: ws:.*line 2" err
}

@test "WebSocket: messages in many frames, large ones, and too large ones" {
	exchange <<-.
		connection
		  split 7 $(updates 1 1)
		  long 3000000
		  long 34000000
		  bytes 1000
		  bytes 17000000
		  split 1 $(updates 2 2)
		  stall
	.
	record --raw kept --on-error file:bad
	eventually has 8
	stop
	kept kept | awk '{ print length($0) }' >lengths
	# an opaque one is there as hexadecimal, or only said to have come
	[ "$(xargs <lengths)" = \
	    "$(updates 1 1 | wc -c | xargs -I{} expr {} - 1) 3000000 10 2009 10 $(
		updates 2 2 | wc -c | xargs -I{} expr {} - 1)" ]
	[ "$(kept kept | grep -c '^<not kept>$')" = 2 ]
	[ "$(cut -f2 bad | awk '{ print length($0) }' | xargs)" = "0 2000 0" ]
	[ "$(gaps out action,count | uniq)" = undecodable,1 ]
	rp-import -q --on-error skip --no-notes kept >again
	[ "$(sums out)" = "$(sums again)" ]
}

@test "WebSocket: snapshots as the venue demands: after an update, again if denied or old" {
	snapshot 205 >snap
	snapshot 95 >old
	exchange <<-.
		connection
		  file depth 11 20
		  await go
		  file depth 21 22
		  stall
		http 429 Retry-After: 1
		http 418 Retry-After: 1
		http 200 {"lastUpdateId":
		http 500 sorry
		http 200 @old
		http 200 @snap
	.
	record --raw kept --snapshot-url \
	    "http://127.0.0.1:$port/fapi/v1/depth?symbol=BTCUSDT&limit=1000"
	eventually grep -q '"lastUpdateId":205' kept
	touch mock/go
	eventually has 26
	stop
	[ "$(grep -c '^get /fapi/v1/depth?symbol=BTCUSDT&limit=1000$' mock/log)" = 6 ]
	grep -q 'HTTP status 429; again in 1.0 s' err
	grep -q 'HTTP status 418; again in 1.0 s' err
	grep -q 'no JSON' err
	grep -q 'HTTP status 500: sorry' err
	grep -q 'ends at update 95, before the first one received, 110' err
	# nothing is held back or dropped: it stands where it was received
	{
		updates 11 20
		printf '{"stream":"btcusdt@snapshot","data":%s}\n' "$(cat snap)"
		updates 21 22
	} >want
	kept kept | diff want -
	same
	rp-csv --no-header -t level -c symbol,flags,price out | grep snapshot >levels
	[ "$(cut -d, -f1 levels | uniq)" = BTCUSDT ]
	rp-csv --no-header -c ts_recv out | sort -nc
}

@test "WebSocket: a snapshot that cannot be had ends it, exit 4" {
	exchange <<-.
		connection
		  file depth 1 2
		  stall
		http 400 {"code":-1121,"msg":"Invalid symbol."}
		http 400 {"code":-1121,"msg":"Invalid symbol."}
	.
	record --max-retries 1 --snapshot-url "http://127.0.0.1:$port/d?symbol=BTCUSDT"
	ended 4
	grep -q 'given up after 2 attempts: HTTP status 400: .*Invalid symbol' err
}

@test "WebSocket: TLS, by the system's certificates or by --ca-file" {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key \
	    -out ca.pem -subj /CN=rp-test-ca 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -keyout key -out csr \
	    -subj /CN=localhost 2>/dev/null
	openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -CAcreateserial \
	    -days 2 -out cert -extfile <(echo subjectAltName=DNS:localhost) \
	    2>/dev/null
	snapshot 95 >snap
	exchange cert key <<-.
		connection
		  file depth 1 20
		  stall
		http 200 @snap
	.
	run -4 --separate-stderr rp-import --format binance --max-retries 0 \
	    --ws "wss://localhost:$port/ws"
	[[ $stderr = *"given up after 1 attempts: "* ]]
	live --ws "wss://localhost:$port/ws" --format binance --ca-file ca.pem \
	    --snapshot-url "https://localhost:$port/depth?symbol=BTCUSDT"
	eventually has 42
	stop
}

@test "WebSocket: lines of any format" {
	rp-gen -n 20 | rp-print --json >lines
	exchange <<-.
		connection
		  file lines 1 20
		  stall
	.
	live --ws "ws://127.0.0.1:$port" --format ndjson --raw kept
	eventually has 20
	stop
	cmp kept lines
	[ "$(sums out)" = "$(rp-import lines | sums -)" ]
}

@test "WebSocket: a format that has lines for connections tells the gaps itself" {
	exchange <<-.
		connection
		  expect 1
		  send {"event":"systemStatus","status":"online"}
		  await go
		  drop
		connection
		  send {"event":"heartbeat"}
		  stall
	.
	echo '{"event":"subscribe"}' >subscribe
	live --ws "ws://127.0.0.1:$port/kraken" --format cryptofeed --raw kept \
	    --subscribe subscribe
	eventually has 2
	touch mock/go
	eventually has 5
	stop
	sed 's/[0-9]*\.[0-9]\{9\}/TIME/' kept >lines
	cat >want <<-.
		ws://127.0.0.1:$port/kraken <-> TIME
		TIME: {"event":"systemStatus","status":"online"}
		ws://127.0.0.1:$port/kraken <-> TIME
		TIME: {"event":"heartbeat"}
	.
	diff want lines
	rp-import --no-notes kept >again
	rp-print --json out >records
	rp-print --json again | diff records -
	[ "$(gaps out action,source)" = disconnect,kraken ]
}

@test "real: a recording that is played to --ws becomes the same recording" {
	local from=${RP_DATA:-$RP_TOP/../shared/data}/binance/usdm-btcusdt-20240808.gz
	[ -f "$from" ] || skip "no $from"
	zcat "$from" | head -n 20000 >recording
	cut -d' ' -f2- recording >messages
	exchange <<-.
		connection
		  file messages 1 20000
		  stall
	.
	record --raw kept
	[ "$(wc -l <recording)" = 20000 ]
	full() { [ "$(wc -l <kept)" = 20000 ]; }
	eventually full
	stop
	kept kept | cmp - messages
	same
	rp-import --no-notes recording | rp-csv --no-header -c \
	    type,symbol,source,ts_event,sequence,side,price,size >want
	rp-csv --no-header -c type,symbol,source,ts_event,sequence,side,price,size \
	    out | cmp - want
}

@test "WebSocket: ends after silence if asked to" {
	exchange <<-.
		connection
		  file depth 1 2
		  stall
	.
	record --until-idle 3s
	ended 0
	rp-check -q out
	[ "$(records out)" = 4 ]
}

@test "WebSocket: the recorder of rp-import(1) works as it stands" {
	snapshot 205 >snap
	exchange <<-.
		connection
		  expect 2
		  file depth 11 30
		  stall
		http 200 @snap
	.
	awk '/^\.Bd/ { text = ""; next }
	/^\.Ed/ { if (text ~ /fstream/) printf "%s", text; next }
	{ gsub(/\\e/, "\\"); text = text $0 "\n" }' \
	    "$RP_TOP/man/rp-import.1" >shown
	grep '^{' shown >btcusdt.subscribe
	sed -n '/rp-import/,$p' shown | sed "s/^\\$ //
	    s,wss://fstream.binance.com,ws://127.0.0.1:$port,
	    s,https://fapi.binance.com,http://127.0.0.1:$port,
	    s/rp-import/& --until-idle 3s/" >recorder
	run -0 bash -o pipefail recorder
	rp-read btcusdt.log | rp-check --json >check
	[ "$(jq -r '[.records, .ts_back] | join(" ")' check)" = "43 0" ]
	[ "$(wc -l <btcusdt.raw)" = 21 ]
	[ ! -s bad.txt ]
}
