#!/bin/bash
# The distribution's packages for whatever program is missing; where this may not install, it lists them and fails.
# packages.sh [PROGRAM:PACKAGE...]: those instead of what the tests need.
set -euo pipefail
# shellcheck source=tests/bootstrap/lib.sh
. "$(dirname "$0")/lib.sh"

# program:package. Before Debian 13 the Docker client is part of docker.io.
programs=(
    python3:python3 git:git curl:curl ssh:openssh-client sshd:openssh-server nginx:nginx ip:iproute2
    iptables:iptables flock:util-linux shellcheck:shellcheck busybox:busybox-static debootstrap:debootstrap
    openssl:openssl sudo:sudo wrk:wrk java:default-jdk-headless mvn:maven node:nodejs npm:npm
    dockerd:docker.io docker:docker-cli
)
[ $# = 0 ] || programs=("$@")

# look: the packages that are missing, into `missing`.
look() {
    local pair package
    missing=()
    for pair in "${programs[@]}"; do
        has "${pair%%:*}" && continue
        package=${pair##*:}
        if [ "$package" = docker-cli ] && [ -z "$(apt-cache search --names-only '^docker-cli$')" ]; then
            package=docker.io
        fi
        [[ " ${missing[*]} " = *" $package "* ]] || missing+=("$package")
    done
    python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
}

look
if [ "${#missing[@]}" = 0 ]; then
    printf '%-26s %5.1f s  %s\n' packages 0 'all there'
    exit 0
fi
if ! has apt-get || ! may_install; then
    fail "These packages are needed, and $(id -un) may not install them here:" "  ${missing[*]}" \
        "Run: sudo apt-get install ${missing[*]}" "then the same again."
fi

update() {
    as_root apt-get -qq update
}

# Nothing that is installed for the tests starts as a service: they start their own, on free ports.
without_services() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        # shellcheck disable=SC2064 # the path is fixed here
        trap "as_root rm -f $policy" EXIT
    fi
    as_root apt-get -qq install --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" || status=$?
    echo "$# installed"
    return "$status"
}

step 'package lists' update
look # the lists tell what this distribution has
echo "installing: ${missing[*]}"
step 'packages' without_services "${missing[@]}"
