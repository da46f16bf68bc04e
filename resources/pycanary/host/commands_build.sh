# shellcheck shell=sh
# Run the build command once, where the commit was checked out. In: COMMAND SECONDS_LEFT, and what commands.sh needs.
SLOT=''

main() {
    working
    [ -d "$DIRECTORY" ] || die commit "$DIRECTORY is missing: nothing was fetched to build"
    log=$(command_log build)
    ends_with_jobs
    in_checkout "$SECONDS_LEFT" "$COMMAND" </dev/null >"$log" 2>&1 &
    jobs="build:$!" status=0
    wait "$!" || status=$?
    [ "$status" -eq 0 ] || {
        tail -n 20 "$log" | masked >&2
        [ "$status" -ne 124 ] || die build "the build command did not end within $SECONDS_LEFT s; all that it printed is in $log"
        die build "the build command failed with status $status; all that it printed is in $log"
    }
}
