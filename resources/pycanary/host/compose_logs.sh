# shellcheck shell=sh
# Print the end of a service's log. In: PROJECT SERVICE LINES_SHOWN.
main() {
    docker compose -p "$PROJECT" logs --no-color --no-log-prefix --tail "$LINES_SHOWN" "$SERVICE" 2>&1
}
