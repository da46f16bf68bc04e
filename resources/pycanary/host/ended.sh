# shellcheck shell=sh
# Read only: the record of RUN, where its end is written down and its lease is given back. Out: the record's text.
main() {
    mutex
    ! lease_live || [ "$L_RUN" != "$RUN" ] || return 0
    cat "$STATE/runs/$RUN.json" 2>/dev/null || :
}
