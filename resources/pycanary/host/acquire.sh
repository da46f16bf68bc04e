# shellcheck shell=sh
# Take the lease, or say who has it. In: WHO TYPE FROM URL SINCE SECONDS_LEFT COMMIT_TIME NEWEST_ONLY PREEMPT.
# ONLY_MINE: do not take it, only renew it. Out: one word (taken, mine, took-over, busy, superseded, lost), the other
# party as key=value, an empty line, state.json.
QUEUE_SECONDS=10 # a waiting run that has not asked for so long is gone

answer() {
    printf '%s\n' "$1"
    lease_describe
    printf '\n'
    cat "$STATE/state.json" 2>/dev/null || :
    exit 0
}

# take: what a run that is gone still does here would work beside this one.
take() {
    rm -f "$STATE/queue/$RUN"
    lease_write "$SECONDS_LEFT"
    end_working
}

# newer_rollback: of several rollbacks at once the newest has every host, in whatever order they ask. Ids begin with the
# time.
newer_rollback() {
    [ "$L_TYPE" = rollback ] && [ "$(printf '%s\n' "$L_RUN" "$RUN" | sort | tail -n 1)" = "$L_RUN" ]
}

# queue_look: who else waits; sets FIRST (is this run's turn) and NEWER (a run with a newer commit).
queue_look() {
    FIRST=yes NEWER=''
    now=$(uptime_seconds)
    for file in "$STATE"/queue/*; do
        [ -f "$file" ] || continue
        other=${file##*/}
        [ "$other" != "$RUN" ] || continue
        read -r ticket seen type commit_time <"$file" || continue
        if [ "$seen" -gt "$now" ] || [ $((now - seen)) -gt "$QUEUE_SECONDS" ]; then
            rm -f "$file"
            continue
        fi
        [ "$ticket" -gt "$TICKET" ] || FIRST=''
        if [ -n "$NEWEST_ONLY" ] && [ "$type" = "$TYPE" ]; then
            if [ "$commit_time" -gt "$COMMIT_TIME" ] ||
                { [ "$commit_time" -eq "$COMMIT_TIME" ] && [ "$ticket" -gt "$TICKET" ]; }; then
                NEWER=$other
            fi
        fi
    done
}

queue_join() {
    TICKET=0
    if [ -f "$STATE/queue/$RUN" ]; then
        read -r TICKET _ <"$STATE/queue/$RUN"
    else
        [ ! -f "$STATE/next-ticket" ] || read -r TICKET <"$STATE/next-ticket"
        put "$STATE/next-ticket" "$((TICKET + 1))
"
    fi
    put "$STATE/queue/$RUN" "$TICKET $(uptime_seconds) $TYPE $COMMIT_TIME
"
}

main() {
    mkdir -p "$STATE/queue" 2>/dev/null || die write "cannot create $STATE as $(id -un)"
    mutex
    lease_lock
    L_RUN=''
    if lease_read && [ "$L_RUN" = "$RUN" ]; then
        lease_extend "$SECONDS_LEFT"
        end_working # a stage that was killed may have left a script at work, and is asked for again
        answer mine
    fi
    [ -z "$ONLY_MINE" ] || answer lost
    if lease_live && [ -n "$PREEMPT" ]; then
        ! newer_rollback || answer busy
        take
        answer took-over
    fi
    if [ -z "$PREEMPT" ]; then
        queue_join
        queue_look
        if [ -n "$NEWER" ]; then
            rm -f "$STATE/queue/$RUN"
            L_RUN=$NEWER
            answer superseded
        fi
        if lease_live || [ -z "$FIRST" ]; then
            answer busy
        fi
    fi
    if lease_read && [ -n "$L_RUN" ]; then
        take
        answer took-over
    fi
    take
    answer taken
}
