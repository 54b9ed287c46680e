# made by scripts/make-completions
_rp_sample()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=
	case $prev in
	--keep)
		COMPREPLY=($(compgen -W 'first last' -- "$cur"))
		return ;;
	--per)
		COMPREPLY=($(compgen -W 'all symbol source type' -- "$cur"))
		return ;;
	--clock)
		COMPREPLY=($(compgen -W 'recv event' -- "$cur"))
		return ;;
	--every|--offset|-p|--probability|--key|-k|--count|-S|--seed|-i|--interval|--day-start|--head|--tail|--max-rate|--burst)
		compopt +o default
		return ;;
	-o|--output|--reject|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--every --offset -p --probability --key -k --count -S --seed -i --interval --keep --day-start --head --tail --max-rate --burst --per --clock --whole-events -o --output --reject --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_sample rp-sample
