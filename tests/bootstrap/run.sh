#!/bin/bash
# Installs and starts what the tests need on Debian 12+ or Ubuntu 22.04+; running it again costs a second or two.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bootstrap/lib.sh
. "$here/lib.sh"

"$here/packages.sh" # says itself what it installs
step 'Docker Compose, buildx' "$here/compose.sh"
step 'Docker daemon' "$here/daemon.sh"
DOCKER_HOST=$("$here/docker-host.sh")
export DOCKER_HOST
step 'image for the lab' "$here/image.sh"
