# made by scripts/make-completions
_rp_merge()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=
	case $prev in
	--clock)
		COMPREPLY=($(compgen -W 'recv event' -- "$cur"))
		return ;;
	--on-late)
		COMPREPLY=($(compgen -W 'pass drop fail' -- "$cur"))
		return ;;
	--gaps)
		COMPREPLY=($(compgen -W 'keep common' -- "$cur"))
		return ;;
	--codec)
		COMPREPLY=($(compgen -W 'none lz4 zstd' -- "$cur"))
		return ;;
	--layout)
		COMPREPLY=($(compgen -W 'rows columns' -- "$cur"))
		return ;;
	--addressing)
		COMPREPLY=($(compgen -W 'auto path host' -- "$cur"))
		return ;;
	--tolerance|--unique|--unique-window|-j|--threads|--frame-size|--frame-records|--frame-time|--endpoint|--region|--profile|--timeout)
		compopt +o default
		return ;;
	-o|--output|--ca-file|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--clock --tolerance --on-late --unique --unique-window --unique-within --gaps -o --output --codec --layout -j --threads --frame-size --frame-records --frame-time --endpoint --region --profile --addressing --ca-file --timeout --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_merge rp-merge
