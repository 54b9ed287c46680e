# shellcheck shell=bash
# Of run: jobs in a queue, and objects in a store, by servers of our own on
# loopback, in memory where there is any. The machine's two cores are both
# sides'.
: "${runs:?}" "${here:?}" # of run

# redis_up: without persistence; REDIS_URL says where. False: there is none.
redis_up() {
	local i
	if ! command -v redis-server >/dev/null; then
		note "  no redis-server: left out"
		return 1
	fi
	redis-server --port 0 --unixsocket "$PWD/redis" --save "" >/dev/null &
	redis=$!
	for ((i = 0; i < 100; i++)); do
		[[ ! -S redis ]] || break
		sleep 0.1
	done
	export REDIS_URL=unix://$PWD/redis
}

redis_down() {
	kill "$redis"
	wait "$redis" || true
}

bench_enqueue() {
	# shellcheck disable=SC2016 # each run has a queue of its own
	local command='rp-enqueue --ndjson jobs.json --queue "jobs-$(date +%N)"'
	note "25. Queueing jobs, each id once: in a directory, in Redis"
	[[ -e jobs.json ]] || seq -f '{"id":"job-%.0f"}' 200000 >jobs.json
	REDIS_URL=. alone '>= 100,000 jobs/s' 0.2 M/s "$command"
	rm -rf jobs-*
	redis_up || return 0
	alone '>= 100,000 jobs/s' 0.2 M/s "$command"
	redis_down
}

# drained TARGET WHERE: 100,000 jobs, queued beforehand, become objects.
drained() {
	local i
	rm -f ours
	for ((i = 0; i < runs; i++)); do
		[[ $REDIS_URL == . ]] || redis-cli -s redis FLUSHALL >/dev/null
		rm -rf objects jobs
		seq -f '{"id":"job-%.0f"}' 100000 | rp-enqueue --ndjson
		timed "rp-compile --quiet --once $2" >>ours
	done
	show ours 100000 '/s' "REDIS_URL=$REDIS_URL rp-compile --once $2"
	note "  (target $1)"
}

bench_compile() {
	note "26. Jobs of ids, windowed, to objects: a directory, S3"
	REDIS_URL=. drained '>= 5,000 jobs/s' objects
	redis_up || return 0
	drained '>= 5,000 jobs/s' objects
	if gateway_up; then
		S3_URL=$AWS_ENDPOINT_URL drained shown s3://bkt
		gateway_down
	fi
	redis_down
	rm -rf objects jobs
}

# gateway_up: versitygw on files in memory, and how to reach it. False: none.
gateway_up() {
	local binary port=18975 where=$PWD
	binary=$(command -v "${RP_PEERS:-}/bin/versitygw" || command -v versitygw || true)
	if [[ ! $binary ]]; then
		note "  without versitygw (GO=go scripts/peers fetches it)"
		return 1
	fi
	[[ ! -w /dev/shm ]] || where=/dev/shm
	folder=$(mktemp -d -p "$where")
	mkdir -p "$folder/bkt"
	ROOT_ACCESS_KEY=AKID ROOT_SECRET_KEY=SECRETSECRET "$binary" \
	    --port 127.0.0.1:$port posix "$folder" >gateway.log 2>&1 &
	gateway=$!
	until curl -s -o /dev/null http://127.0.0.1:$port; do
		kill -0 $gateway
		sleep 0.1
	done
	export AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=SECRETSECRET
	export AWS_ENDPOINT_URL=http://127.0.0.1:$port
}

gateway_down() {
	kill "$gateway"
	rm -rf "$folder"
}

bench_upload() {
	note "S3: 1 GiB from stdin to versitygw, by aws s3 cp -"
	gateway_up || return 0
	if command -v aws >/dev/null; then
		versus '>= 2.0' 1.074 GB/s \
		    'head -c 1G /dev/zero | rp-upload s3://bkt/k' \
		    'head -c 1G /dev/zero | aws s3 cp - s3://bkt/k'
	else
		note "  without aws (pip install awscli)"
		alone 'shown' 1.074 GB/s 'head -c 1G /dev/zero | rp-upload s3://bkt/k'
	fi
	[[ -x peak ]] || cc -O2 -o peak "$here/peak.c"
	head -c 1G /dev/zero | ./peak rp-upload s3://bkt/k 2>peak.kib
	note "$(awk '{ printf "  %.0f MiB at most  (target <= 64)", $1 / 1024 }' \
	    <peak.kib)"
	gateway_down
}
