# made by scripts/make-completions
_rp_enqueue()
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
	--compression)
		COMPREPLY=($(compgen -W 'none lz4 zstd' -- "$cur"))
		return ;;
	--dlq)
		COMPREPLY=($(compgen -W 'list show replay purge' -- "$cur"))
		return ;;
	--on-error)
		COMPREPLY=($(compgen -W 'fail skip file:' -- "$cur"))
		return ;;
	--redis|--queue|--from|--to|--tz|-s|--symbol|-w|--where|-c|--column|--max-len|--remember|--timeout|--dlq-name|--max-errors)
		compopt +o default
		return ;;
	--log|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--redis --queue --ndjson --stream --log --from --to --tz -s --symbol -t --type -w --where -c --column --compression --max-len --remember --no-dedupe --wait --timeout --json --dlq --dlq-name --all --on-error --max-errors --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_enqueue rp-enqueue
