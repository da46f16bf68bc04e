# shellcheck shell=sh
# The host puts itself right when the owner of the lease is gone. Started by save.sh, no installation; ends with the run.
# In: what shift.sh needs; HEALTH: a line for each service of the slot that users go back to: its port, seconds for an
# answer, its port in the other slot where its log may say that it is ready, else "-", path; RECORD: the run's.
ACTION=${1:-watch}
TOLD=${2:-}     # the checksum of the script that is to be carried out
AGAIN_SECONDS=5 # after a failed attempt
REFUSED=7       # curl's status where nothing listens

# on_duty: until the lease is given back, or a later run has a watchdog of its own. A rollback that takes the run over
# has none: if it dies as well, this one still puts the host right.
on_duty() {
    named && lease_read
}

named() {
    [ "$(cat "$STATE/watchdog.pid" 2>/dev/null)" = "$RUN $$" ]
}

watch() {
    while on_duty; do
        # The script may have been written anew meanwhile: what it brings back is in the file, not in this process.
        lease_live || exec sh "$STATE/watchdog.sh" revert "$(cksum <"$STATE/watchdog.sh")"
        sleep 1
    done
}

# healthy: users are only moved to a slot that answers.
healthy() {
    printf '%s\n' "$HEALTH" | while read -r port seconds other path; do
        well "$port" "$seconds" "$other" "$path" </dev/null || exit 1
    done
}

# tell_watchdog: it is this one, and goes on until all is written down.
tell_watchdog() { :; }

# well PORT SECONDS OTHER PATH: 2xx, as during a deployment. A service that does not speak HTTP was found healthy by its
# log; now it has to take connections, unless its like in the other slot takes none either.
well() {
    answer=$(probe "$1" "$2" "$4")
    case $answer in
    '2'??' 0') return 0 ;;
    *' 0') return 1 ;;
    esac
    [ "$3" != - ] || return 1
    [ "${answer#* }" = "$REFUSED" ] || return 0
    answer=$(probe "$3" "$2" "$4")
    [ "${answer#* }" = "$REFUSED" ]
}

# probe PORT SECONDS PATH: the status of the answer and of curl.
probe() {
    status=$(curl -q -sg -m "$2" --retry 2 --retry-delay 1 --retry-connrefused --noproxy '*' -o /dev/null \
        -w '%{http_code}' "http://127.0.0.1:$1$3") && failed=0 || failed=$?
    printf '%s %s' "$status" "$failed"
}

revert() {
    if ! healthy; then
        die watchdog "the slot to go back to is not healthy, so nobody was moved"
    fi
    record=$STATE/runs/$RUN.json
    # From here to the end nobody takes the lease, and nobody who comes back renews it.
    mutex
    lease_lock
    lease_read || return 0
    ! lease_live || die watchdog "somebody took the lease, or its owner came back"
    # A slow slot, or a machine that stood still: somebody may have moved users meanwhile, and died as well.
    [ "$(cksum <"$STATE/watchdog.sh" 2>/dev/null)" = "$TOLD" ] || die watchdog "what is to be brought back has changed"
    RUN=$L_RUN # whoever died last
    end_working
    shift_traffic
    mkdir -p "$STATE/runs"
    put "$record" "$RECORD"
    # The former owner may only have been frozen: its next command must find that it has lost the host.
    rm -f "$STATE/lease" "$STATE/watchdog.sh" "$STATE/watchdog.pid"
}

main() {
    if [ "$ACTION" = revert ]; then
        (revert) && exit 0
        sleep "$AGAIN_SECONDS"
    else
        # Two may begin in one moment: one after the other they write whole files, and the first finds that it is not named.
        until (lease_lock && put "$STATE/watchdog.pid" "$RUN $$
"); do
            lease_read || exit 0
            sleep "$AGAIN_SECONDS"
        done
    fi
    watch
    ! named || rm -f "$STATE/watchdog.pid"
}
