# shellcheck shell=bash
# What the suites of rp-upload share.

# fails STATUS COMMAND...: with one line of rp-upload's.
fails() {
	local want=$1 got=0
	shift
	"$@" >out 2>err || got=$?
	if [ $got != "$want" ] || [ "$(wc -l <err)" != 1 ] ||
	    ! grep -q '^rp-upload: ' err; then
		echo "$* -> $got, not $want:"
		cat err
		return 1
	fi
}
