# made by scripts/make-completions
complete -c rp-ls -s l -l segments -d 'list the segments of each log as well'
complete -c rp-ls -l json -d 'write a JSON object a line'
complete -c rp-ls -l json-numbers -d 'the same with 64-bit numbers bare, not as strings'
complete -c rp-ls -l time -x -a 'iso ns' -d 'times as ISO 8601 (default), or in ns (default of JSON)'
complete -c rp-ls -l tz -x -d 'zone of ISO times (default UTC)'
complete -c rp-ls -s q -l quiet -d 'no warnings'
complete -c rp-ls -l help -d 'show this text'
complete -c rp-ls -l version -d 'show versions'
