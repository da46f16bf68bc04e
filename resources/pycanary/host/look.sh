# shellcheck shell=sh
# Read only: the lease and the state. Out: one word (free, busy, expired), the owner as key=value, an empty line, state.json.
main() {
    if lease_live; then
        word=busy
    elif [ -n "$L_RUN" ]; then
        word=expired
    else
        word=free
    fi
    printf '%s\n' "$word"
    lease_describe
    printf '\n'
    cat "$STATE/state.json" 2>/dev/null || :
}
