# made by scripts/make-completions
_rp_upload()
{
	local cur=${COMP_WORDS[COMP_CWORD]} before
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && cur=
	case $prev in
	--addressing)
		COMPREPLY=($(compgen -W 'auto path host' -- "$cur"))
		return ;;
	--exec|--zstd|--content-type|--content-encoding|--metadata|--var|--bandwidth|--endpoint|--region|--profile|--timeout|--older)
		compopt +o default
		return ;;
	-r|--recursive|--ca-file|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '-r --recursive --exec --no-clobber --zstd --content-type --content-encoding --metadata --var --stream --allow-empty --dry-run --json --bandwidth --endpoint --region --profile --addressing --ca-file --timeout --list-orphans --abort-orphans --older --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_upload rp-upload
