# made by scripts/make-completions
_rp_compile()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=
	case $prev in
	--listen|--drain)
		compopt +o default
		return ;;
	--env-file)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--once --stdin --listen --drain --env-file --print-config -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_compile rp-compile
