# shellcheck shell=sh
# Wait until no worker of an older generation is left: such a worker still chooses servers by its old configuration.
# In: LONGEST, seconds to wait. Out: `left N`, or `left unknown` where this user may not see NGINX's processes; then the
# whole time was waited.

# title_is PID BEGINNING
title_is() {
    tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -q "^$2"
}

# children PARENT TITLE: the processes below PARENT that call themselves so.
children() {
    grep -l "$2" /proc/[0-9]*/cmdline 2>/dev/null | sed 's|^/proc/\(.*\)/cmdline$|\1|' | while read -r process; do
        [ "$(parent_of "$process")" != "$1" ] || printf '%s\n' "$process"
    done
}

# master: the NGINX that serves this application, of the many that may run here; nothing where it cannot be seen.
master() {
    if [ -z "$CONTAINER" ]; then
        worker=$(ask worker)
        [ -z "$worker" ] || parent_of "$worker"
        return 0
    fi
    init=$(eval "$DOCKER inspect -f '{{.State.Pid}}' \"\$CONTAINER\"" 2>/dev/null) || return 0
    if title_is "$init" 'nginx: master'; then
        printf '%s' "$init"
    else
        children "$init" 'nginx: master' # below an init of the container's own
    fi
}

main() {
    working
    deadline=$(($(uptime_seconds) + LONGEST))
    master=$(master) || :
    if [ -z "$master" ] || ! title_is "$master" 'nginx: master'; then
        sleep "$LONGEST"
        printf 'left unknown\n'
        return 0
    fi
    while left=$(children "$master" 'worker process is shutting down' | wc -l) && [ "$left" -gt 0 ] &&
        [ "$(uptime_seconds)" -lt "$deadline" ]; do
        pause 0.05
    done
    printf 'left %s\n' "$left"
}
