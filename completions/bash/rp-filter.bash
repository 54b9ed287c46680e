# made by scripts/make-completions
_rp_filter()
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
	-t|--type)
		COMPREPLY=($(compgen -W 'bar bbo book dbn definition feature gap imbalance itch json level mbo stat status trade' -- "$cur"))
		return ;;
	--on-error)
		COMPREPLY=($(compgen -W 'fail skip file:' -- "$cur"))
		return ;;
	--from|--to|--tz|--seq|-s|--symbol|--source|--flags|-w|--where|-n|--limit|--max-errors)
		compopt +o default
		return ;;
	-o|--output|--reject|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--from --to --clock --tz --seq -s --symbol -t --type --source --flags -w --where -n --limit --invert --whole-events -o --output --reject --count --check --on-error --max-errors --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_filter rp-filter
