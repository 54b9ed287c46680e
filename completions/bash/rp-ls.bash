# made by scripts/make-completions
_rp_ls()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=
	case $prev in
	--time)
		COMPREPLY=($(compgen -W 'iso ns' -- "$cur"))
		return ;;
	--addressing)
		COMPREPLY=($(compgen -W 'auto path host' -- "$cur"))
		return ;;
	--tz|--endpoint|--region|--profile|--timeout)
		compopt +o default
		return ;;
	--ca-file)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '-l --segments --json --json-numbers --time --tz --endpoint --region --profile --addressing --ca-file --timeout -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_ls rp-ls
