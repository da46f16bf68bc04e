#!/bin/bash
# Prints the address of the Docker daemon that the tests use: DOCKER_HOST, the one started for them, or the machine's
# own; the first that answers.
set -euo pipefail
# shellcheck source=tests/bootstrap/lib.sh
. "$(dirname "$0")/lib.sh"

for address in "${DOCKER_HOST:-}" "unix://$LAB_SOCKET" unix:///var/run/docker.sock; do
    if [ -n "$address" ] && DOCKER_HOST=$address timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
        printf '%s\n' "$address"
        exit 0
    fi
done
exit 1
