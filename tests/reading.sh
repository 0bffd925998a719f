# Sourced by the scripts, from the repository's root: a build without the JSON library writes checkpoints and metrics and reads none.
# can_read WHAT: whether $C2F reads them; where it gives the sentence for the missing library, WHAT is skipped by name.
can_read() {
	local probe says
	probe=$(mktemp)
	printf '\2\0\0\0\0\0\0\0{}' >"$probe"
	says=$("${c2f:-$C2F}" -c "load $probe" 2>&1)
	rm -f "$probe"
	case $says in *'this build has no JSON library'*) echo "skipped: $1 (this build has no JSON library, and says so)" && return 1 ;; esac
}
