# made by scripts/make-completions
_rp_check()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=
	case $prev in
	--addressing)
		COMPREPLY=($(compgen -W 'auto path host' -- "$cur"))
		return ;;
	--endpoint|--region|--profile|--timeout)
		compopt +o default
		return ;;
	--ca-file|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--quick --repair --sum --json --json-numbers --endpoint --region --profile --addressing --ca-file --timeout --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_check rp-check
