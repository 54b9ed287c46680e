# made by scripts/make-completions
_rp_pace()
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
	--retime)
		COMPREPLY=($(compgen -W 'none relative current' -- "$cur"))
		return ;;
	--speed|--rate|--max-gap)
		compopt +o default
		return ;;
	-o|--output|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--speed --rate --max --clock --retime --max-gap --precise -o --output --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_pace rp-pace
