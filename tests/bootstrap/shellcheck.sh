#!/bin/bash
# Every shell script of the project. Those for hosts are POSIX sh in pieces: lib.sh and the values come before each,
# so variables that are only used or only set in one piece are right there (SC2034, SC2153, SC2154).
set -euo pipefail
cd "$(dirname "$0")/../.."
shellcheck -s sh -e SC2034,SC2153,SC2154 resources/pycanary/host/*.sh
mapfile -t others < <(git ls-files -- '*.sh' .ci/run ':!resources/pycanary/host')
shellcheck -x -- "${others[@]}"
