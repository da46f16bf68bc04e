#!/bin/bash
# The applications' own tests, each in its own language's usual runner, in the image that it is built in.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bootstrap/lib.sh
. "$here/../../../tests/bootstrap/lib.sh"
DOCKER_HOST=$("$here/../../../tests/bootstrap/docker-host.sh") || fail 'No Docker daemon answers: make machine'
export DOCKER_HOST

for application in python frontend backend; do
    step "tests of $application" docker buildx build --progress plain --target test "$here/../$application"
done
