# shellcheck shell=sh
# Run one command for every service of a slot, side by side. In: WHAT COMMAND SECONDS_LEFT, and what commands.sh needs.

main() {
    working
    [ "$WHAT" != stop ] || [ -d "$DIRECTORY" ] || return 0 # never checked out, so never started
    [ -d "$DIRECTORY" ] || die commit "$DIRECTORY is missing: the $SLOT slot was never checked out"
    ends_with_jobs
    while read -r service _; do
        log=$(command_log "$SLOT-$service-$WHAT")
        in_checkout "$SECONDS_LEFT" "$COMMAND" "$service" </dev/null >"$log" 2>&1 &
        jobs="$jobs $service:$!"
    done <<END
$PORTS
END
    failed=''
    for job in $jobs; do
        status=0
        wait "${job#*:}" || status=$?
        [ "$status" -eq 0 ] || failed="$failed ${job%:*}:$status"
    done
    # shellcheck disable=SC2086 # one word for each service
    [ -z "$failed" ] || explain $failed
}

explain() {
    for job; do
        printf '%s, last lines:\n' "${job%:*}" >&2
        tail -n 10 "$STATE/commands/$SLOT-${job%:*}-$WHAT.log" | masked >&2
    done
    first=$1
    case ${first#*:} in
    124) why="did not return within $SECONDS_LEFT s (what it starts must detach, as by setsid)" ;;
    127) why="was not found" ;;
    *) why="failed with status ${first#*:}" ;;
    esac
    die "$WHAT" "the $WHAT command of ${first%:*} in the $SLOT slot $why; all that it printed is in $STATE/commands"
}
