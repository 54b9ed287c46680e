#!/usr/bin/env bats
# The completions do what they should in the shells themselves.
bats_require_minimum_version 1.5.0

# complete_bash WORD...: what bash would offer for the last word.
complete_bash() {
	bash -c '
	source "$1" && shift
	compopt() { :; }
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	"_${1//-/_}"
	printf "%s\n" "${COMPREPLY[@]}"' _ \
	    "$RP_TOP/completions/bash/$1.bash" "$@"
}

@test "bash: options, words, lists by commas" {
	[[ $(complete_bash rp-cat --fr) == *--frame-records* ]]
	[ "$(complete_bash rp-cat --codec zs)" = zstd ]
	[ "$(complete_bash rp-cat --layout = col)" = columns ]
	[ "$(complete_bash rp-filter -t mb)" = mbo ]
	[[ $(complete_bash rp-csv -c seq,pri) == seq,price* ]]
	[ -z "$(complete_bash rp-cat file)" ]
}

@test "bash: every file is sound and completes its tool" {
	for file in "$RP_TOP"/completions/bash/*.bash; do
		tool=$(basename "$file" .bash)
		[[ $(complete_bash "$tool" --hel) == --help ]]
		bash -c 'source "$1"; complete -p "$2"' _ "$file" "$tool"
	done
}

@test "fish: options and words" {
	command -v fish >/dev/null || skip "no fish"
	offer() {
		fish --no-config -c "
		for f in '$RP_TOP'/completions/fish/*.fish; source \$f; end
		complete -C '$1'" | cut -f 1
	}
	[ "$(offer 'rp-cat --codec ')" = "$(printf 'lz4\nnone\nzstd')" ]
	[[ $(offer 'rp-cat --frame-r') == --frame-records* ]]
	[[ $(offer 'rp-filter -t mb') == *mbo* ]]
}

@test "zsh: every file is sound" {
	command -v zsh >/dev/null || skip "no zsh"
	for file in "$RP_TOP"/completions/zsh/_rp-*; do
		zsh -n "$file"
		[ "$(head -n 1 "$file")" = "#compdef ${file##*/_}" ]
	done
}
