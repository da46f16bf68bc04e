#!/bin/bash
# Docker Compose v2 and buildx: the distribution's packages, else Debian 13's as plugins of this user (Debian 12 has
# only Compose v1, and both are single binaries).
set -euo pipefail
# shellcheck source=tests/bootstrap/lib.sh
. "$(dirname "$0")/lib.sh"

both() {
    docker compose version && docker buildx version
}

candidate() {
    apt-cache policy "$1" | awk '/Candidate:/ { print $2 }'
}

from_distribution() {
    local compose=''
    for name in docker-compose-v2 docker-compose; do
        case $(candidate "$name") in
        '' | '(none)' | 1.*) ;;
        *) compose=$name && break ;;
        esac
    done
    [ -n "$compose" ] && [ -n "$(candidate docker-buildx)" ] && [ "$(candidate docker-buildx)" != '(none)' ] || return 1
    as_root apt-get -qq install --no-install-recommends -o DPkg::Lock::Timeout=120 "$compose" docker-buildx
}

from_debian_13() (
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    chmod 755 "$work"
    cd "$work"
    mkdir -p lists/partial cache/archives/partial ~/.docker/cli-plugins
    mirror=$(awk '/^URIs:/ { print $2; exit } /^deb / { sub(/^deb (\[[^]]*\] )?/, ""); print $1; exit }' \
        /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || :)
    [ -n "$mirror" ] || fail 'no Debian mirror is named in /etc/apt'
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >sources.list
    apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
    "${apt[@]}" update
    "${apt[@]}" download docker-compose docker-buildx
    for package in ./*.deb; do dpkg -x "$package" unpacked; done
    find unpacked -path '*cli-plugins/docker-*' -type f -exec install -m 755 {} ~/.docker/cli-plugins/ \;
)

if ! both >/dev/null 2>&1; then
    has apt-get && may_install && from_distribution || from_debian_13 || fail 'cannot install Docker Compose v2 and buildx'
fi
both >/dev/null
docker compose version --short
