# The commands of a man page's EXAMPLES, or of a README, one a line: what
# stands behind "$ " in .Dl, in literal displays and in fenced or indented
# blocks. Lines that follow one that ends in "|" or "\", or in a page are
# indented further, go on with it; other lines are what it prints.
function flush() {
	if (command != "")
		print command
	command = ""
}
function plain(text) {
	if (mdoc) {
		gsub(/\\e/, "\\", text)
		gsub(/\\\(dq/, "\"", text)
		gsub(/\\\(aq/, "'", text)
		gsub(/\\-/, "-", text)
		gsub(/\\&/, "", text)
	}
	return text
}
FNR == 1 { mdoc = FILENAME ~ /\.[1-9]$/; examples = !mdoc; literal = 0 }
mdoc && /^\.Sh / { flush(); examples = $2 == "EXAMPLES"; next }
!examples { next }
mdoc && /^\.Dl \$ / { flush(); print plain(substr($0, 7)); next }
mdoc && /^\.Bd / { literal = 1; next }
mdoc && /^\./ { flush(); literal = 0; next }
!mdoc && /^```/ { flush(); literal = !literal; next }
!mdoc && /^    \$ / { flush(); command = substr($0, 7); next }
literal && /^\$ / { flush(); command = plain(substr($0, 3)); next }
command != "" && (command ~ /[|\\]$/ || (mdoc && /^    +[^$ ]/)) {
	sub(/\\$/, "", command)
	sub(/^ +/, "")
	command = command " " plain($0)
	next
}
{ flush() }
END { flush() }
