# made by scripts/make-completions
_rp_write()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=
	case $prev in
	--codec)
		COMPREPLY=($(compgen -W 'none lz4 zstd' -- "$cur"))
		return ;;
	--layout)
		COMPREPLY=($(compgen -W 'rows columns' -- "$cur"))
		return ;;
	--sync)
		COMPREPLY=($(compgen -W 'never roll interval frame' -- "$cur"))
		return ;;
	-j|--threads|--frame-size|--frame-records|--frame-time|--roll-size|--roll-time|--sync-interval)
		compopt +o default
		return ;;
	--confirm|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--append --replace --atomic --codec --layout -j --threads --frame-size --frame-records --frame-time --roll-size --roll-time --sync --sync-interval --confirm --no-notes --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_write rp-write
