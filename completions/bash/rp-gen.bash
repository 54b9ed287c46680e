# made by scripts/make-completions
_rp_gen()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=
	case $prev in
	-t|--type)
		COMPREPLY=($(compgen -W 'bar bbo book dbn definition feature gap imbalance itch json level mbo stat status trade' -- "$cur"))
		return ;;
	--codec)
		COMPREPLY=($(compgen -W 'none lz4 zstd' -- "$cur"))
		return ;;
	--layout)
		COMPREPLY=($(compgen -W 'rows columns' -- "$cur"))
		return ;;
	-S|--seed|-n|--records|--duration|-N|--symbols|-s|--symbol|--model|--source|--start|--rate|--burst|--snapshots|--fault)
		compopt +o default
		return ;;
	--fault-log|-o|--output|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '-S --seed -n --records --duration -N --symbols -s --symbol -t --type --model --source --start --rate --burst --snapshots --checksum --fault --fault-log --realtime -o --output --codec --layout --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_gen rp-gen
