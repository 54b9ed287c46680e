# made by scripts/make-completions
_rp_sort()
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
	-k|--key|-S|--buffer-size|-j|--threads|--frame-size|--frame-records|--frame-time)
		compopt +o default
		return ;;
	-T|--temporary-directory|-o|--output|--stats-json)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W '-k --key -r --reverse -S --buffer-size -T --temporary-directory --check -o --output --codec --layout -j --threads --frame-size --frame-records --frame-time --no-notes --force --stats --stats-json --progress -v --verbose -q --quiet --help --version' -- "$cur"))
	fi
}
complete -o default -F _rp_sort rp-sort
