# shellcheck shell=sh
# Give the lease back, where it is ours.
main() {
    mutex
    lease_lock
    if lease_read && [ "$L_RUN" = "$RUN" ]; then
        rm -f "$STATE/lease" "$STATE/watchdog.sh" "$STATE/watchdog.pid"
    fi
    rm -f "$STATE/queue/$RUN"
}
