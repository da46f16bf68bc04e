# shellcheck shell=sh
# Print the end of a service's log. In: SERVICE LINES_SHOWN, and what commands.sh needs.
COMMIT=''

main() {
    [ -d "$DIRECTORY" ] || die commit "$DIRECTORY is missing: the $SLOT slot was never checked out"
    (in_checkout 30 "$LOGS" "$SERVICE") </dev/null 2>&1 | tail -n "$LINES_SHOWN" | masked
}
