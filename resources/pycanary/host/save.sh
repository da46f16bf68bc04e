# shellcheck shell=sh
# Write state.json, and the record of a run where one is given, and renew the lease. In: STATE_JSON RECORD_ID RECORD
# SECONDS_LEFT KEEP_RUNS END. With END the lease is given back. WATCHDOG: the script that puts the host right when the
# lease runs out, or empty.
# guard: one watchdog for each run; a running one reads the new script when it has to act.
guard() {
    put "$STATE/watchdog.sh" "$WATCHDOG"
    if [ -f "$STATE/watchdog.pid" ]; then
        read -r run process <"$STATE/watchdog.pid"
        [ "$run" != "$RUN" ] || ! grep -qsF "$STATE/watchdog.sh" "/proc/$process/cmdline" || return 0
    fi
    # Nothing of this session is kept open, and its end does not end the watchdog.
    setsid sh "$STATE/watchdog.sh" </dev/null >"$STATE/watchdog.log" 2>&1 8>&- 9>&- &
}

main() {
    mutex
    lease_required
    put "$STATE/state.json" "$STATE_JSON"
    if [ -n "$RECORD" ]; then
        mkdir -p "$STATE/runs"
        put "$STATE/runs/$RECORD_ID.json" "$RECORD"
        # Names begin with the date, so the order of names is the order of runs.
        find "$STATE/runs" -name '*.json' | sort -r | tail -n "+$((KEEP_RUNS + 1))" | while read -r old; do
            rm -f "$old"
        done
    fi
    lease_lock
    if [ -n "$END" ]; then
        rm -f "$STATE/lease" "$STATE/watchdog.sh" "$STATE/watchdog.pid"
    else
        lease_extend "$SECONDS_LEFT"
        [ -z "$WATCHDOG" ] || guard
    fi
}
