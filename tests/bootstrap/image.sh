#!/bin/bash
# pycanary-lab-app: the image that the lab's applications are built from, a Python and nothing else. The official image
# where it can be pulled, else the same made from the distribution's packages.
set -euo pipefail
# shellcheck source=tests/bootstrap/lib.sh
. "$(dirname "$0")/lib.sh"
image=pycanary-lab-app

pull() {
    timeout 60 docker pull --quiet python:3-slim && docker tag python:3-slim "$image"
}

build() {
    local root
    root=$(as_root mktemp -d)
    # shellcheck disable=SC2064 # the directory of now
    trap "as_root rm -rf '$root'" EXIT
    as_root debootstrap --variant=minbase --include=python3,tzdata "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" "$(mirror)"
    as_root tar -C "$root" --exclude=./var/cache/apt --exclude=./var/lib/apt/lists --exclude=./usr/share/doc \
        --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./dev -c . |
        docker import -c 'ENV PYTHONUNBUFFERED=1' -c 'CMD ["python3"]' - "$image"
}

mirror() {
    # shellcheck disable=SC2016 # apt's own notation
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $(. /etc/os-release && echo "$VERSION_CODENAME")" |
        head -n 1
}

if ! docker image inspect "$image" >/dev/null 2>&1; then
    pull || build
fi
docker image inspect --format '{{.Size}}' "$image" | awk '{ printf "%s, %d MB\n", "'"$image"'", $1 / 1e6 }'
