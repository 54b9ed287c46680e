# made by scripts/make-completions
_rp_gc()
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
	--addressing)
		COMPREPLY=($(compgen -W 'auto path host' -- "$cur"))
		return ;;
	--keep|--keep-size|--keep-segments|--recompress-after|-j|--threads|--move-after|--ignore-readers|--now|--endpoint|--region|--profile|--timeout)
		compopt +o default
		return ;;
	--cold-dir|--ca-file)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '--keep --keep-size --keep-segments --remove-logs --recompress-after --codec -j --threads --cold-dir --move-after --ignore-readers --now -n --dry-run --json --json-numbers --endpoint --region --profile --addressing --ca-file --timeout -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_gc rp-gc
