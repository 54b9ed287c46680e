#!/usr/bin/env bats
# rp-enqueue, with a Redis of its own on a unix socket.
bats_require_minimum_version 1.5.0
load redis

setup_file() {
	command -v redis-server >/dev/null || skip "no redis-server"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export REDIS_URL=unix://$PWD/sock
	redis_up
}

teardown() {
	redis_down
}

# payloads: what is queued, as it travels, one in hex digits a line.
payloads() {
	python3 - <<-'.'
		import socket
		s = socket.socket(socket.AF_UNIX)
		s.connect("sock")
		s.sendall(b"XRANGE jobs - +\r\n")
		f = s.makefile("rb")
		def read():
		    line = f.readline()
		    n = int(line[1:])
		    if line[:1] == b"*":
		        return [read() for _ in range(n)]
		    return f.read(n + 2)[:-2]
		for entry, fields in read():
		    assert fields[0] == b"payload"
		    print(fields[1].hex())
	.
}

# status JSON...: of each job.
status() {
	jq -r '.id + " " + .status' "$@"
}

@test "jobs by id, in their order, as the source system has them" {
	rp-enqueue one two three
	[ "$(payloads)" = "$(printf '0a036f6e65\n0a0374776f\n0a057468726565')" ]
	rp-enqueue --queue other --json four >said
	[ "$(jq -r .entry said)" = "$(cli XRANGE other - + | head -n 1)" ]
	JOB_QUEUE_NAME=other rp-enqueue five
	[ "$(cli XLEN other)" = 2 ]
}

@test "a slice, by options and by JSON, comes back as it was" {
	rp-enqueue --log a/es.log --from 2023-12-25T23:00 --to @1703552400 \
	    -s 'ES*' -s NQH4 -t mbo -w 'size > 1' -c ts_event -c price \
	    --compression zstd a
	cat >b <<-'.'
		{"id":"b","log":"a/es.log","from":1703545200000000000,"to":"2023-12-26T01:00","symbols":["ES*","NQH4"],"types":"mbo","where":"size > 1","columns":["ts_event","price"],"compression":"zstd"}
	.
	rp-enqueue --ndjson <b
	[ "$(payloads | sed -n 1p | cut -c 7-)" = \
	    "$(payloads | sed -n 2p | cut -c 7-)" ]
	payloads | sed -n 2p | xxd -r -p >bytes
	redis-cli -s sock -x XADD dlq:compiler '*' job_id b reason late payload \
	    <bytes >/dev/null
	rp-enqueue --dlq show | sed -n 's/^payload *//p' >back
	diff <(jq -S '.types = ["mbo"] | .to = 1703552400000000000' b) \
	    <(jq -S . back)
}

@test "an id is queued once, for as long as it is remembered" {
	rp-enqueue a b --json >first
	rp-enqueue b c --json --stats-json stats >second
	[ "$(status first second | tr '\n' ,)" = \
	    "a queued,b queued,b repeated,c queued," ]
	[ "$(jq -r .entry first | sed -n 2p)" = \
	    "$(jq -r .entry second | sed -n 1p)" ]
	[ "$(jq -c '[.records_in, .records_out, .dropped]' stats)" = "[2,1,1]" ]
	rp-enqueue --no-dedupe b
	[ "$(cli XLEN jobs)" = 4 ]
	rp-enqueue --remember 1s d
	[ "$(cli TTL queued:jobs:d)" -le 1 ]
	[ "$(cli TTL queued:jobs:a)" -gt 86000 ]
}

@test "lines that are no jobs" {
	while IFS='|' read -r line why; do
		run -3 --separate-stderr rp-enqueue --ndjson <<<"$line"
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == "rp-enqueue: <stdin>, line 1: "*"$why"* ]] || {
			echo "$line: $stderr"
			return 1
		}
	done <<-'.'
		{"id":""}|no id
		{}|no id
		{"id":"a/b"}|letters, digits
		{"id":".."}|letters, digits
		{"id":7}|"id" is not a text
		{"id":"a\u0000b"}|"id" is not a text
		{"id":"a","id2":"b"}|"id2" is nothing that a job has
		{"id":"a","from":"2023-12-25"}|no log
		{"id":"a","log":""}|its log is no path
		{"id":"a","log":"x/../../etc"}|'..'
		{"id":"a","log":"l","from":"23:00"}|depends on the log's records
		{"id":"a","log":"l","from":"yesterday"}|"from"
		{"id":"a","log":"l","from":2,"to":1}|ends before it begins
		{"id":"a","log":"l","symbols":[1]}|not a list of texts
		{"id":"a","log":"l","compression":"gzip"}|compression
		["a"]|not an object
		{"id":"a"|column
		{"id":"a"} x|column
	.
	printf '{"id":"a%0300d"}\n' 0 >long
	run -3 rp-enqueue --ndjson long
	printf '{"id":"\xff"}\n' >latin
	run -3 rp-enqueue --ndjson latin
	[ "$(cli EXISTS jobs)" = 0 ]
	printf '%s\n' '{"id":"a"}' nonsense '' '{"id":"b"}' |
	    rp-enqueue --ndjson --on-error file:bad --stats-json stats
	[ "$(jq -c '[.records_in, .records_out, .rejected]' stats)" = "[3,2,1]" ]
	grep -q nonsense bad
}

@test "a stream of jobs" {
	for id in a b; do
		printf '{"type":"json","ts_recv":"1","text":"{\\"id\\":\\"%s\\"}"}\n' \
		    $id
	done | rp-import >jobs.rps
	rp-enqueue --stream jobs.rps --json | status >said
	[ "$(tr '\n' , <said)" = "a queued,b queued," ]
	rp-gen -n 1 >mbo.rps
	run -3 --separate-stderr rp-enqueue --stream mbo.rps
	[[ $stderr == *"record 1: of type mbo"* ]]
	head -c 300 jobs.rps >cut.rps
	run -3 rp-enqueue --stream cut.rps
}

@test "a full queue is waited for, and only what is done makes room" {
	cli XGROUP CREATE jobs compilers 0 MKSTREAM >/dev/null
	rp-enqueue --max-len 3 a b c
	cli XREADGROUP GROUP compilers me COUNT 2 STREAMS jobs '>' >/dev/null
	entry=$(cli XRANGE jobs - + | head -n 1)
	timeout 20 rp-enqueue --max-len 3 d --json >said &
	waiting=$!
	sleep 0.5
	[ "$(cli XLEN jobs)" = 3 ] # two are not acknowledged, one not read
	[ ! -s said ]
	cli XACK jobs compilers "$entry" >/dev/null
	wait $waiting
	[ "$(status said)" = "d queued" ]
	[ "$(payloads | tail -n 1)" = 0a0164 ]
	[ "$(payloads | head -n 1)" = 0a0162 ]
}

@test "--wait: done, dead, lost, or not in time" {
	cli SET processed:jobs:a '{"key":"k"}' >/dev/null
	rp-enqueue a --wait --json >said
	[ "$(jq -c '[.status, .result]' said)" = '["done","{\"key\":\"k\"}"]' ]
	run -4 --separate-stderr rp-enqueue b --wait --timeout 100ms
	[[ $stderr == *"1 of 1 jobs are not done yet" ]]
	cli XADD dlq:compiler 1-1 job_id b reason "long ago" payload x >/dev/null
	run -4 rp-enqueue b --wait --timeout 100ms
	cli XADD dlq:compiler '*' job_id b reason "no log" payload x >/dev/null
	run -1 --separate-stderr rp-enqueue a b --wait --json
	[[ $stderr == *"1 of 2 jobs are dead, 0 are lost, the first: b: no log" ]]
	timeout 20 rp-enqueue c --wait --json >said 2>err &
	waiting=$!
	until [ "$(cli EXISTS queued:jobs:c)" = 1 ]; do sleep 0.05; done
	redis_down
	redis_up # without what it had
	status=0
	wait $waiting || status=$?
	[ "$status" = 1 ]
	[ "$(status said)" = "c lost" ]
	grep -q "1 are lost, the first: c: the queue does not have it" err
}

@test "Redis is killed and comes back with what it had: none lost, none twice" {
	redis_down
	redis_up --appendonly yes --appendfsync always
	(
		seq -f '{"id":"j%g"}' 5000
		until [ -e back ]; do sleep 0.02; done
		seq -f '{"id":"j%g"}' 5001 20000
	) | timeout 60 rp-enqueue --ndjson -v 2>err &
	enqueue=$!
	until [ "$(cli XLEN jobs)" -ge 1024 ]; do sleep 0.02; done
	redis_down
	redis_up --appendonly yes --appendfsync always
	touch back
	wait $enqueue
	grep -q 'trying again' err
	[ "$(payloads | sort | uniq | wc -l)" = 20000 ]
	[ "$(cli XLEN jobs)" = 20000 ]
}

@test "dead letters: listed, shown, replayed, purged" {
	rp-enqueue a b c
	for id in a b c; do
		cli XADD dlq:compiler '*' reason "bad $id" \
		    payload "$(printf '\n\1%s' $id)" job_id $id tries 5 >/dev/null
	done
	cli SET processed:jobs:a dead >/dev/null
	[ "$(rp-enqueue --dlq list | cut -f 2,3 | tr '\t\n' ' ,')" = \
	    "a bad a,b bad b,c bad c," ]
	[ "$(rp-enqueue --dlq list --json b | jq -r .reason)" = "bad b" ]
	rp-enqueue --dlq show b >shown
	grep -qx 'tries      5' shown
	grep -qx 'payload    {"id":"b"}' shown
	cli XADD dlq:compiler '*' reason "$(printf 'no \e[2J')" job_id x \
	    payload x "$(printf 'odd\a')" "$(printf 'ä\r')" >/dev/null
	rp-enqueue --dlq show x >shown
	grep -qxF 'reason     no \x1b[2J' shown
	grep -qxF 'odd\x07       ä\x0d' shown
	rp-enqueue --dlq list x | grep -qF 'no \x1b[2J'
	rp-enqueue --dlq purge x
	run -2 rp-enqueue --dlq replay
	rp-enqueue --dlq replay a
	[ "$(payloads | tail -n 1)" = 0a0161 ]
	[ "$(cli EXISTS processed:jobs:a)" = 0 ]
	[ "$(rp-enqueue a --json | jq -r .entry)" = \
	    "$(cli XREVRANGE jobs + - COUNT 1 | head -n 1)" ]
	rp-enqueue --dlq purge b
	run -1 --separate-stderr rp-enqueue --dlq purge b
	[[ $stderr == *"there is no dead letter 'b'" ]]
	[ "$(rp-enqueue b --json | jq -r .status)" = queued ]
	rp-enqueue --dlq replay --all
	[ "$(cli XLEN dlq:compiler)" = 0 ]
	[ "$(cli XLEN jobs)" = 6 ]
}

@test "no Redis is status 4, one that refuses status 1; each says so in a line" {
	run -4 --separate-stderr rp-enqueue --redis unix:///nowhere/sock a
	[[ $stderr == "rp-enqueue: /nowhere/sock: "* ]]
	cli SET jobs text >/dev/null
	run -1 --separate-stderr rp-enqueue a
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == *WRONGTYPE* ]]
	redis_down
	asks_password=1 redis_up --requirepass geheim
	run -1 --separate-stderr rp-enqueue a
	[[ $stderr == *NOAUTH* ]]
	run -1 --separate-stderr rp-enqueue --redis "unix://:falsch@$PWD/sock" a
	[[ $stderr == *WRONGPASS* && $stderr != *falsch* ]]
	rp-enqueue --redis "unix://:geheim@$PWD/sock?db=3" a
	[ "$(redis-cli -s sock -a geheim -n 3 XLEN jobs 2>/dev/null)" = 1 ]
}

@test "misuse" {
	for wrong in "" "--ndjson --stream" "--log l --ndjson" "--from now a" \
	    "--all a" "--timeout 1s a" "--wait --dlq list" \
	    "--redis redis:// a" "--redis http://h a" "--redis unix://x a" \
	    "--redis redis://h:0 a" "--dlq replay" "--dlq list --all x" \
	    "--remember 0 a" "a/b" "--log l --from 23:00 a"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr rp-enqueue $wrong </dev/null
		[ "${#stderr_lines[@]}" = 1 ] || { echo "$wrong"; return 1; }
	done
}
