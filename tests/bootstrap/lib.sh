# shellcheck shell=bash
# Common to the bootstrap's steps.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive
export LAB_SOCKET=/tmp/lab-docker/docker.sock LAB_DATA=/var/lib/pycanary-lab

# as_root COMMAND...: directly, or by sudo where it asks nothing.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi
}

may_install() {
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

has() {
    command -v "$1" >/dev/null 2>&1
}

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# step NAME COMMAND...: run it quietly and print one line; its output only when it fails.
step() {
    local name=$1 log started=$EPOCHREALTIME
    shift
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1 </dev/null; then
        printf '%-26s failed:\n' "$name" >&2
        tail -n 40 "$log" >&2
        rm -f "$log"
        exit 1
    fi
    printf '%-26s %5.1f s  %s\n' "$name" "$(awk "BEGIN { print $EPOCHREALTIME - $started }")" "$(tail -n 1 "$log")"
    rm -f "$log"
}
