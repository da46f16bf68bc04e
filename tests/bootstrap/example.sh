#!/bin/bash
# What the example needs beside what the tests need: a browser, and the images that its Dockerfiles and Compose files name.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

"$here/packages.sh" chromium:chromium
"$here/../../examples/shop/lab/base-images.sh"
