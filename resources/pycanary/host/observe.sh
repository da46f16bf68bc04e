# shellcheck shell=sh
# Ask every service of a slot side by side, until all answer 2xx, or one of them stopped running, or WAIT_SECONDS passed.
# In: SERVICES (lines: name, port, seconds for an answer, log lines wanted, path) WAIT_SECONDS, and what the runtime's part
# (observe_compose.sh, observe_commands.sh) needs, which defines
#   states: a line for each service: name, state, exit code, restarts, killed for memory (true or false), started, id
#   log_head, log_tail NAME LINES: the first and the last lines of the service's log since it was started
#   log_before NAME LINES: the last lines before that, where it was started again by itself
# Out: for each service a line "service NAME STATUS CURL", its states at the first and the last look, and, where it does not
# answer 2xx, its log: the last lines each after a ">", and where more than 20 are wanted the first ones after a "<".
TICK_SECONDS=0.2
TICKS_BETWEEN_STATES=5 # asking Docker costs far more than asking the service

poll() {
    while kill -0 $$ 2>/dev/null; do # whoever started it may have been killed
        status=$(curl -sg -o /dev/null --noproxy '*' --max-time "$3" -w '%{http_code}' "http://127.0.0.1:$2$4") &&
            failed=0 || failed=$?
        printf '%s %s\n' "$status" "$failed" >"$DIR/$1.new"
        mv -f "$DIR/$1.new" "$DIR/$1"
        [ "$WAIT_SECONDS" -gt 0 ] || return 0
        sleep "$TICK_SECONDS"
    done
}

# each FUNCTION: call it with name, port, seconds, log lines and path of every service.
each() {
    while read -r name port seconds lines path; do
        "$1" "$name" "$port" "$seconds" "$lines" "$path"
    done <<END
$SERVICES
END
}

start_poll() {
    poll "$1" "$2" "$3" "$5" </dev/null >/dev/null 2>&1 &
    POLLS="$POLLS $!"
}

# heard: how far the polls are: "some" missing, "all" asked, or all "well".
heard() {
    answers=well
    each heard_one
}

heard_one() {
    if [ ! -f "$DIR/$1" ]; then
        answers=some
        return 0
    fi
    case $(cat "$DIR/$1") in
    '2'??' 0') ;;
    *) [ "$answers" = some ] || answers=all ;;
    esac
}

# broken: whether a service stopped running, or was started anew, since the first look.
broken() {
    awk 'NR == FNR { restarts[$1] = $4; started[$1] = $6; created[$1] = $2 == "created"; next }
        $2 != "running" && $2 != "created" { bad = 1 }
        created[$1] { next }
        $4 != restarts[$1] || $6 != started[$1] { bad = 1 }
        END { exit !bad }' "$DIR/first.states" "$DIR/last.states"
}

wait_for_answers() {
    read -r begun _ </proc/uptime
    ticks=0
    while :; do
        heard
        ticks=$((ticks + 1))
        if [ $((ticks % TICKS_BETWEEN_STATES)) -eq 0 ]; then
            states >"$DIR/last.states"
            ! broken || return 0
        fi
        [ "$answers" != well ] || return 0
        read -r now _ </proc/uptime
        if [ "$answers" = all ] && [ $((${now%%.*} - ${begun%%.*})) -ge "$WAIT_SECONDS" ]; then
            return 0
        fi
        sleep "$TICK_SECONDS"
    done
}

tell_one() {
    answer=$(cat "$DIR/$1" 2>/dev/null || printf '000 -1\n')
    printf 'service %s %s\n' "$1" "$answer"
    sed -n "s/^$1 /first /p" "$DIR/first.states"
    sed -n "s/^$1 /last /p" "$DIR/last.states"
    case $answer in
    '2'??' 0') ;;
    *)
        [ "$4" -le 20 ] || log_head "$1" "$4" | masked | cut -c 1-2000 | sed 's/^/</'
        log_tail "$1" "$4" | masked | cut -c 1-2000 | sed 's/^/>/'
        ;;
    esac
    if awk -v name="$1" '$1 == name && $4 > 0 { found = 1 } END { exit !found }' "$DIR/last.states"; then
        log_before "$1" 20 | masked | cut -c 1-2000 | sed 's/^/!/'
    fi
}

main() {
    command -v curl >/dev/null || die tool "curl is not installed"
    DIR=$(mktemp -d) || die write "cannot create a temporary directory as $(id -un)"
    POLLS=''
    # shellcheck disable=SC2154
    trap 'kill $POLLS 2>/dev/null || :; rm -rf "$DIR"' EXIT
    trap 'exit 75' TERM INT HUP PIPE
    each start_poll
    states >"$DIR/first.states"
    cp "$DIR/first.states" "$DIR/last.states"
    if ! broken; then
        wait_for_answers
        [ "$WAIT_SECONDS" -eq 0 ] || states >"$DIR/last.states"
    fi
    # shellcheck disable=SC2086 # one word for each poll
    kill $POLLS 2>/dev/null || :
    each tell_one
}
