# shellcheck shell=sh
# Write state.json, and the record of a run where one is given, and renew the lease. In: STATE_JSON RECORD_ID RECORD
# SECONDS_LEFT KEEP_RUNS END. With END the lease is given back.
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
        rm -f "$STATE/lease"
    else
        lease_extend "$SECONDS_LEFT"
    fi
}
