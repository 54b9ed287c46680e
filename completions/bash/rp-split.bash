# made by scripts/make-completions
_rp_split()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=
	case $prev in
	--existing)
		COMPREPLY=($(compgen -W 'fail replace append' -- "$cur"))
		return ;;
	--clock)
		COMPREPLY=($(compgen -W 'recv event' -- "$cur"))
		return ;;
	--codec)
		COMPREPLY=($(compgen -W 'none lz4 zstd' -- "$cur"))
		return ;;
	--layout)
		COMPREPLY=($(compgen -W 'rows columns' -- "$cur"))
		return ;;
	--size|--count|--time|--tz|--day-start|-S|--buffer-size|--open-files|-j|--threads|--frame-size|--frame-records|--frame-time)
		compopt +o default
		return ;;
	-o|--output|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '-o --output --log --size --count --time --existing --clock --tz --day-start -S --buffer-size --open-files --codec --layout -j --threads --frame-size --frame-records --frame-time --no-notes --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_split rp-split
