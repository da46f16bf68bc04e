# shellcheck shell=sh
# Give the lease back, where it is ours. Where a run that died has left a watchdog, the lease runs out now instead: the
# watchdog goes on.
main() {
    mutex
    lease_lock
    if lease_read && [ "$L_RUN" = "$RUN" ]; then
        if [ -f "$STATE/watchdog.sh" ]; then
            lease_extend 0
        else
            rm -f "$STATE/lease"
        fi
    fi
    rm -f "$STATE/queue/$RUN"
}
