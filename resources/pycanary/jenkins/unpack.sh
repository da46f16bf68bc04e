#!/bin/sh
# Brings the pycanary of the shared library to a build: $PYCANARY_HOME/pycanary runs it.
# In: PYCANARY_HOME (the build's temporary folder, with bundle.zip) PYCANARY_CONFIG PYCANARY_PYTHON PYCANARY_WHEELS
# PYCANARY_INSTALLED, PYCANARY_CACHE (else XDG_CACHE_HOME or ~/.cache, else the temporary folder).
# What is installed is made beside and moved into place, so it is whole or not there; two builds at once both make it.
set -eu
PIP_USER=0
export PIP_USER
# The build's directory is the application's checkout: with -I no module of its, and none of PYTHONPATH, is taken for Python's.

fail() {
    printf 'pycanary cannot start on this agent: %s\n  -> %s\n' "$1" "$2" >&2
    exit 2
}

fits() {
    "$1" -I -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

# find_python: sets PYTHON.
find_python() {
    found=''
    for name in ${PYCANARY_PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10}; do
        command -v "$name" >/dev/null 2>&1 || continue
        PYTHON=$(command -v "$name")
        ! fits "$PYTHON" || return 0
        found="$found $("$PYTHON" -V 2>&1)"
    done
    [ -z "$found" ] || fail "it needs Python 3.10 or newer, found$found" \
        "install python3.12, or name one: canaryDeploy(python: '/usr/bin/python3.12')"
    fail "there is no ${PYCANARY_PYTHON:-python3}" "install Python 3.10 or newer with venv (Debian: python3 python3-venv)"
}

# find_cache: sets CACHE, a directory that this user can write.
find_cache() {
    for CACHE in "${PYCANARY_CACHE:-}" "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/pycanary}" \
        "${HOME:+$HOME/.cache/pycanary}" "$PYCANARY_HOME/cache"; do
        case $CACHE in /*) ;; *) continue ;; esac
        # A container's user without an entry often has / as HOME.
        mkdir -p "$CACHE" 2>/dev/null && [ -w "$CACHE" ] && return 0
    done
    fail "$PYCANARY_HOME cannot be written" "give the agent's user its workspace"
}

pip_failed() {
    tail -n 15 "$1" >&2
    # A full disk may not even have room for the message that it is full.
    if grep -q 'No space left on device' "$1" || ! dd if=/dev/zero of="$new/room" bs=65536 count=64 2>/dev/null; then
        fail "the disk with $CACHE is full" "free about 100 MB there, or set PYCANARY_CACHE to another disk"
    elif grep -qE 'THESE PACKAGES DO NOT MATCH THE HASHES' "$1"; then
        fail 'a package is not the one that this library was tested with' 'clear the cache of your package index'
    elif [ -n "${PYCANARY_WHEELS:-}" ] && ! ls "$PYCANARY_WHEELS" >/dev/null 2>&1; then
        fail "$PYCANARY_WHEELS cannot be read" "correct the argument \`wheels\`, or let uid $(id -u) read the folder"
    elif [ -n "${PYCANARY_WHEELS:-}" ]; then
        fail "$PYCANARY_WHEELS lacks a wheel for $("$PYTHON" -V 2>&1)" \
            "fill it: pip download -d FOLDER --only-binary :all: -r resources/pycanary/jenkins/requirements.txt"
    fi
    fail 'its packages could not be installed' \
        "let the agent reach a package index (PIP_INDEX_URL names yours), or give a folder: canaryDeploy(wheels: '/opt/wheels')"
}

# make_environment: $CACHE/$KEY. Moved into place by one rename; whoever comes second throws the own one away.
make_environment() {
    new=$(mktemp -d "$CACHE/.new-XXXXXX") || fail "$CACHE cannot be written" 'free space there, or set PYCANARY_CACHE'
    trap 'rm -rf "$new"' EXIT
    trap 'exit 143' INT TERM HUP
    log=$PYCANARY_HOME/log
    TMPDIR=$new # a container's root may be read-only, /tmp included
    export TMPDIR
    if ! "$PYTHON" -I -c 'import venv, ensurepip' 2>/dev/null; then
        fail "$("$PYTHON" -V 2>&1) has no module venv" 'install it (Debian and Ubuntu: apt-get install python3-venv)'
    fi
    "$PYTHON" -I -m venv "$new/venv" >"$log" 2>&1 || pip_failed "$log"
    set -- --quiet --disable-pip-version-check --no-input --no-cache-dir --require-hashes --only-binary :all: --no-deps
    [ -z "${PYCANARY_WHEELS:-}" ] || set -- "$@" --no-index --find-links "$PYCANARY_WHEELS"
    "$PYTHON" -I -m zipfile -e "$PYCANARY_HOME/bundle.zip" "$new/bundle" >"$log" 2>&1 || pip_failed "$log"
    "$new/venv/bin/python" -I -m pip install "$@" -r "$new/bundle/requirements.txt" >"$log" 2>&1 || pip_failed "$log"
    mv "$new/bundle/pycanary" "$new"/venv/lib/python*/site-packages/
    "$new/venv/bin/python" -I -m compileall -q "$new"/venv/lib/python*/site-packages/pycanary >"$log" 2>&1 || pip_failed "$log"
    "$PYTHON" -I -c 'import os, sys
try:
    os.rename(sys.argv[1], sys.argv[2])
except OSError:
    sys.exit(not os.path.isdir(sys.argv[2]))' "$new/venv" "$CACHE/$KEY"
}

# works COMMAND...: it starts and is of the bundle's version.
works() {
    [ "$("$@" --version 2>/dev/null)" = "pycanary, version $VERSION" ]
}

main() {
    wrapper="$PYCANARY_HOME/pycanary"
    find_python
    # shellcheck disable=SC2016 # Python's, not the shell's
    IDENTITY=$("$PYTHON" -I -c 'import hashlib, pathlib, sys, sysconfig, zipfile
bundle = pathlib.Path(sys.argv[1])
python = f"{sys.version} {sys.executable} {sysconfig.get_platform()}"
digest = hashlib.sha256(bundle.read_bytes() + python.encode()).hexdigest()[:16]
print(zipfile.ZipFile(bundle).read("version").decode().strip(), digest)' "$PYCANARY_HOME/bundle.zip") ||
        fail 'its bundle is damaged' 'run the build again; if that does not help, load the library anew'
    VERSION=${IDENTITY% *} KEY=${IDENTITY#* }
    if [ -n "${PYCANARY_INSTALLED:-}" ]; then
        works "$PYCANARY_INSTALLED" || fail "$PYCANARY_INSTALLED is not pycanary $VERSION" \
            "install that version, or leave out the argument \`installed\`"
        command="'$PYCANARY_INSTALLED'"
    else
        find_cache
        if [ -d "$CACHE/$KEY" ] && ! works "$CACHE/$KEY/bin/python" -I -m pycanary; then
            mv "$CACHE/$KEY" "$CACHE/.new-damaged-$$"
        fi
        if [ ! -d "$CACHE/$KEY" ]; then
            echo "installing pycanary $VERSION into $CACHE, once on this agent"
            make_environment
        fi
        touch "$CACHE/$KEY"
        # What nobody used for a month, and what a killed build left half made; others may keep things here too.
        key='[0-9a-f][0-9a-f][0-9a-f][0-9a-f]'
        find "$CACHE" -mindepth 1 -maxdepth 1 \( -name "$key$key$key$key" -mtime +30 -o -name '.new-*' -mtime +0 \) \
            -exec rm -rf {} + 2>/dev/null || :
        command="'$CACHE/$KEY/bin/python' -I -m pycanary"
    fi
    # shellcheck disable=SC2016 # the wrapper's variables
    printf 'exec %s --config "$PYCANARY_CONFIG" "$@"\n' "$command" >"$wrapper.new"
    mv "$wrapper.new" "$wrapper"
    echo "pycanary $VERSION ($KEY) on $("$PYTHON" -V 2>&1)"
}

main
