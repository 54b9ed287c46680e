# made by scripts/make-completions
_rp_read()
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
	--addressing)
		COMPREPLY=($(compgen -W 'auto path host' -- "$cur"))
		return ;;
	--from|--to|--tz|--seq|-s|--symbol|--source|--flags|-w|--where|-n|--limit|--until-idle|--hold|--shard|--name|--endpoint|--region|--profile|--timeout)
		compopt +o default
		return ;;
	--after|-o|--output|--ca-file|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--from --to --clock --tz --seq -s --symbol -t --type --source --flags -w --where -n --limit -f --follow --until-idle --hold --shard --name --after -o --output --endpoint --region --profile --addressing --ca-file --timeout --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_read rp-read
