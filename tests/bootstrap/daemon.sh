#!/bin/bash
# A Docker daemon for the tests, with its own data and socket, unless one answers already.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bootstrap/lib.sh
. "$here/lib.sh"

start() {
    as_root mkdir -p "$(dirname "$LAB_SOCKET")" "$LAB_DATA"
    # setsid and the three streams: the daemon outlives make, and make does not wait for it.
    # shellcheck disable=SC2016 # the inner shell's parameters
    as_root setsid -f sh -c 'exec dockerd "$@" >>"$0" 2>&1 </dev/null' "$LAB_DATA/dockerd.log" \
        --host "unix://$LAB_SOCKET" --group "$(id -gn)" --pidfile "$LAB_DATA/dockerd.pid" \
        --data-root "$LAB_DATA/docker" --exec-root "$LAB_DATA/run"
}

answers() {
    for _ in $(seq 60); do
        ! "$here/docker-host.sh" || return 0
        sleep 0.5
    done
    return 1
}

if ! "$here/docker-host.sh" >/dev/null; then
    may_install || fail "No Docker daemon answers, and $(id -un) may not start one." \
        "Start Docker (sudo systemctl start docker) and join its group (sudo usermod -aG docker $(id -un)), then log in again."
    if [ -S /var/run/docker.sock ] && as_root docker -H unix:///var/run/docker.sock version >/dev/null 2>&1; then
        # A second daemon would fight with the first one for the machine's firewall rules.
        as_root setfacl -m "u:$(id -un):rw" /var/run/docker.sock ||
            fail "The machine's Docker daemon refuses $(id -un): sudo usermod -aG docker $(id -un), then log in again."
    else
        start
    fi
    answers >/dev/null || fail "dockerd does not answer; its log ends so:" "$(as_root tail -n 20 "$LAB_DATA/dockerd.log" 2>&1)"
fi
"$here/docker-host.sh"
