# made by scripts/make-completions
_rp_import()
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
	--on-error)
		COMPREPLY=($(compgen -W 'fail skip file:' -- "$cur"))
		return ;;
	--format|--date|--listen|--ws|--snapshot-url|--stall-timeout|--max-retries|--seed|--until-idle|-j|--threads|--max-errors)
		compopt +o default
		return ;;
	--mapping|--subscribe|--ca-file|--raw|-o|--output|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--format --date --mapping --mapping-check --list-formats --listen --ws --subscribe --snapshot-url --ca-file --stall-timeout --max-retries --seed --raw --until-idle -o --output --codec --layout -j --threads --on-error --max-errors --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_import rp-import
