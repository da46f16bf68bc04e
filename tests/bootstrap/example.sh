#!/bin/bash
# What the example needs beside what the tests need: a browser, the images that its Dockerfiles and Compose files name, and
# applications that pass their own tests.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

"$here/packages.sh" chromium:chromium
"$here/../../examples/shop/lab/base-images.sh"
"$here/../../examples/shop/lab/tests.sh"
