# shellcheck shell=sh
# Write state.json, and the record of a run where one is given, and renew the lease. In: STATE_JSON RECORD_ID RECORD
# SECONDS_LEFT KEEP_RUNS END. WATCHDOG: the script that puts the host right when the lease runs out, or empty; what an
# earlier run has left stays where this one has MOVED_NOBODY. With END the lease is given back, or, where there is still
# something to be put right, it runs out after SECONDS_LEFT.
# guard: one watchdog for each run; a running one reads the new script when it has to act.
guard() {
    put "$STATE/watchdog.sh" "$WATCHDOG"
    if [ -f "$STATE/watchdog.pid" ]; then
        read -r run process <"$STATE/watchdog.pid"
        [ "$run" != "$RUN" ] || ! grep -qsF "$STATE/watchdog.sh" "/proc/$process/cmdline" || return 0
    fi
    command -v setsid >/dev/null || die tool "setsid is not installed"
    # Nothing of this session is kept open, and its end does not end the watchdog.
    setsid sh "$STATE/watchdog.sh" </dev/null >"$STATE/watchdog.log" 2>&1 8>&- 9>&- &
}

main() {
    mutex
    [ -z "$END" ] || lease_lock # before anything is written: an end is written with its lease, or not at all
    lease_required
    if [ -n "$RECORD" ]; then
        mkdir -p "$STATE/runs"
        put "$STATE/runs/$RECORD_ID.json" "$RECORD"
        # Names begin with the date, so the order of names is the order of runs.
        find "$STATE/runs" -name '*.json' | sort -r | tail -n "+$((KEEP_RUNS + 1))" | while read -r old; do
            rm -f "$old"
        done
    fi
    put "$STATE/state.json" "$STATE_JSON"
    [ -n "$WATCHDOG$MOVED_NOBODY" ] || rm -f "$STATE/watchdog.sh" "$STATE/watchdog.pid"
    [ -n "$END" ] || lease_lock
    if [ -n "$END" ] && [ -z "$WATCHDOG" ] && [ ! -f "$STATE/watchdog.sh" ]; then
        rm -f "$STATE/lease"
    else
        lease_extend "$SECONDS_LEFT"
    fi
    [ -z "$WATCHDOG" ] || guard
}
