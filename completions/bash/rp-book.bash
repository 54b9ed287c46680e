# made by scripts/make-completions
_rp_book()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=
	case $prev in
	--on-gap)
		COMPREPLY=($(compgen -W 'mark drop fail' -- "$cur"))
		return ;;
	--on-error)
		COMPREPLY=($(compgen -W 'fail skip file:' -- "$cur"))
		return ;;
	--emit|--queue|--features|--feature|--ladder-symbol|--checkpoint-every|--max-errors)
		compopt +o default
		return ;;
	-o|--output|--checkpoint|--resume|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--bbo --emit --queue --features --feature --ladder --ladder-symbol -o --output --on-gap --from-empty --allow-thinned --checkpoint --checkpoint-every --resume --state-hash --on-error --max-errors --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_book rp-book
