# shellcheck shell=sh
# The user's own commands. In: DIRECTORY ENV_FILE TZ STATE, and SLOT PORTS where there is a slot; an empty COMMIT is
# what the checkout is at.

port_of() {
    # shellcheck disable=SC2153 # PORTS, lines of service and port, is a value
    printf '%s\n' "$PORTS" | awk -v service="$1" '$1 == service { print $2 }'
}

# command_log NAME: the file that takes what a command prints, so that nothing it starts holds our own streams open.
command_log() {
    mkdir -p "$STATE/commands" || die write "cannot create $STATE/commands as $(id -un)"
    printf '%s' "$STATE/commands/$1.log"
}

# in_checkout SECONDS COMMAND [SERVICE]: become a command as the user wrote it, in a session of its own: a signal to this
# script's group, when another run takes over, must not reach the services that the command started. For a subshell in
# the background, which is noted in `jobs`.
in_checkout() {
    cd "$DIRECTORY" || exit 1
    umask 022
    unset LC_ALL
    SERVICE=${3:-} PORT=''
    [ -z "$SERVICE" ] || PORT=$(port_of "$SERVICE")
    [ -n "$COMMIT" ] || COMMIT=$(git rev-parse --short=8 HEAD 2>/dev/null) || :
    export SLOT SERVICE PORT COMMIT ENV_FILE TZ
    exec setsid timeout -k 5 "$1" sh -c "$2" 8>&- 9>&-
}

# ends_with_jobs: whoever ends this script ends what `jobs` has then, words of NAME:PID; each leads a group of its own.
ends_with_jobs() {
    jobs=''
    # shellcheck disable=SC2086 # one word for each
    trap 'stop_jobs $jobs; exit 75' TERM INT HUP PIPE
}

stop_jobs() {
    for job; do
        kill -TERM "-${job#*:}" 2>/dev/null || :
    done
}
