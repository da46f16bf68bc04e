# shellcheck shell=sh
# States and logs of services that the user's own commands run. In: what commands.sh needs, RUNNING LOGS.
COMMIT=''

states() {
    printf '%s\n' "$PORTS" | while read -r service _; do
        if [ ! -d "$DIRECTORY" ]; then
            printf '%s missing 0 0 false - -\n' "$service"
        elif (in_checkout 10 "$RUNNING" "$service") </dev/null >/dev/null 2>&1; then
            printf '%s running 0 0 false - -\n' "$service"
        else
            printf '%s stopped 0 0 false - -\n' "$service"
        fi
    done
}

log_head() {
    (in_checkout 10 "$LOGS" "$1") </dev/null 2>&1 | head -n "$2" | head -c 262144 || :
}

log_tail() {
    (in_checkout 10 "$LOGS" "$1") </dev/null 2>&1 | tail -n "$2" | tail -c 262144 || :
}

log_before() {
    : # nothing tells where a run ended in what the user's command prints
}
