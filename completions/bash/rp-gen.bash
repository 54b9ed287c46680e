# made by scripts/make-completions
_rp_gen()
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
	-S|--seed|-n|--records|-N|--symbols|-s|--symbol|--source|--start|--rate)
		compopt +o default
		return ;;
	-o|--output|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '-S --seed -n --records -N --symbols -s --symbol --source --start --rate -o --output --codec --layout --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_gen rp-gen
