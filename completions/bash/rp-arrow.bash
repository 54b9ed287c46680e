# made by scripts/make-completions
_rp_arrow()
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
	-c|--columns)
		before=${cur%"${cur##*,}"}
		compopt -o nospace
		COMPREPLY=($(compgen -P "$before" -W 'seq ts_recv type symbol source flags action ask_ct ask_publisher ask_px ask_sz aux bid_ct bid_publisher bid_px bid_sz buy_volume channel checksum close count cross_type dbn_version depth direction first_id first_lost first_sequence high instrument_id interval kind last_id last_lost level_size low n n_ask n_bid open order_id order_side orders participant payload prev_sequence price priority px_exp qty_exp reflects_seq schema send_delta seq sequence side size source symbol taker_id text tflags tracking trade_id ts_close ts_event ts_from ts_out ts_recv ts_to turnover type values volume' -- "${cur##*,}"))
		return ;;
	--codec)
		COMPREPLY=($(compgen -W 'none lz4 zstd' -- "$cur"))
		return ;;
	--on-error)
		COMPREPLY=($(compgen -W 'fail skip file:' -- "$cur"))
		return ;;
	--levels|--scale|--batch-rows|--batch-bytes|--batch-time|-j|--threads|--max-errors)
		compopt +o default
		return ;;
	-o|--output|--split-type|--confirm|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '-t --type -c --columns --levels --scale --float64 --exact --lists --dict -o --output --split-type --stream --codec --batch-rows --batch-bytes --batch-time -j --threads --on-error --max-errors --confirm --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_arrow rp-arrow
