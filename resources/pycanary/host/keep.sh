# shellcheck shell=sh
# The lease over a channel of its own: one line on stdin asks, one line on stdout answers.
# "look" answers ok while the lease is ours; "renew N" makes it last for N seconds from now or longer (a stage that ends
# has given it the time until the next one), and answers `failed` where it could not be written: the lease is still ours
# then. Ends with stdin, so with its owner.
exec 3<&0 # main's own stdin is empty

beat() {
    if ! lease_read || [ "$L_RUN" != "$RUN" ]; then
        printf 'lost %s\t%s\n' "${L_TYPE:-nobody}" "$L_WHO"
        exit 1
    fi
    [ "$1" != renew ] || [ "$L_EXPIRES" -ge $(($(uptime_seconds) + $2)) ] || lease_extend "$2"
    printf 'ok\n'
}

main() {
    while read -r word seconds <&3; do
        if [ "$word" = renew ]; then
            status=0
            (lease_lock && beat "$word" "$seconds") || status=$?
            case $status in
            0) ;;
            1) exit 0 ;;
            *) printf 'failed\n' ;;
            esac
        else
            beat "$word" 0
        fi
    done
}
