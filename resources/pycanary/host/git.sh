# shellcheck shell=sh
# Common to what works with git. CLONE: the bare clone that all worktrees share; REMOTE, BRANCH: where commits come from.
GIT_TERMINAL_PROMPT=0
GIT_SSH_COMMAND="${GIT_SSH_COMMAND:-$(command git config --global core.sshCommand || printf ssh)}"
GIT_SSH_COMMAND="$GIT_SSH_COMMAND -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10 -o ServerAliveCountMax=3"
GIT_AUTHOR_NAME=pycanary GIT_COMMITTER_NAME=pycanary GIT_AUTHOR_EMAIL=pycanary@localhost GIT_COMMITTER_EMAIL=pycanary@localhost
export GIT_TERMINAL_PROMPT GIT_SSH_COMMAND GIT_AUTHOR_NAME GIT_COMMITTER_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_EMAIL
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

# The deploy user's own configuration must not change what a checkout means.
git() {
    command git -c core.hooksPath=/dev/null -c submodule.recurse=false -c advice.detachedHead=false -c color.ui=false \
        -c diff.noprefix=false -c diff.mnemonicPrefix=false -c http.lowSpeedLimit=1 -c http.lowSpeedTime=30 "$@"
}

# in_clone ARGUMENTS: git in the bare clone, never in a repository around it.
in_clone() {
    git --git-dir="$CLONE" "$@"
}

# one_line: other people's text for a sentence; nothing in it may move a cursor or end the line.
one_line() {
    tr '\n\t' '  ' | tr -d '\000-\037\177' | sed 's/  */ /g; s/ $//'
}

remote_shown() {
    printf '%s' "$REMOTE" | one_line
}

commit_shown() {
    in_clone log -1 --no-show-signature --encoding=UTF-8 --format='%h "%s"' --abbrev=8 "$1" -- | one_line
}

disk_full() {
    case $1 in
    *'No space left'* | *'quota exceeded'* | *'Out of diskspace'*) return 0 ;;
    esac
    return 1
}

free_space() {
    df -hP "$1" 2>/dev/null | awk 'NR == 2 { print $4 " free on " $6 }'
}

# remote_failed WHAT ERRORS: die of the cause that git's words tell.
remote_failed() {
    said=$(printf '%s\n' "$2" | grep -v -e '^hint:' -e '^$' | tail -n 4 | one_line)
    ! disk_full "$2" || die write "$1: the disk is full ($(free_space "${CLONE%/*}"))"
    case $2 in
    *'Host key verification failed'* | *'host key is known'*)
        die remote-host-key "$1: the host key of the git server is not known to $(id -un) on this host: $said" ;;
    *'Permission denied'* | *'Authentication failed'* | *'could not read Username'* | *'could not read Password'* | \
        *'Access denied'* | *'HTTP Basic'* | *'error: 401'* | *'error: 403'*)
        die remote-refused "$1 refused $(id -un): $said" ;;
    *'Could not resolve'* | *'Connection refused'* | *'timed out'* | *'No route to host'* | *'is unreachable'* | \
        *'Failed to connect'* | *"Couldn't connect"* | *'onnection closed'* | *'unexpectedly closed'*)
        die remote-unreachable "$1 cannot be reached from this host: $said" ;;
    *'not found'* | *'does not appear to be'* | *'does not exist'* | *'not a git repository'* | *'No such'*)
        die remote-missing "$1: no such repository, or no right to see it: $said" ;;
    esac
    die remote "$1: $said"
}

# git_at_work: the id of a git process of this user below the application's directory.
git_at_work() {
    root=$(cd "${CLONE%/*}" && pwd -P)
    for process in /proc/[0-9]*; do
        read -r name 2>/dev/null <"$process/comm" || continue
        case $name in
        git*) ;;
        *) continue ;;
        esac
        case $(readlink "$process/cwd" 2>/dev/null) in
        "$root" | "$root"/*)
            printf '%s' "${process#/proc/}"
            return 0
            ;;
        esac
    done
    return 1
}

# unlock DIRECTORY: remove the locks that a killed git left there; a git that still works is waited for.
unlock() {
    [ -d "$1" ] || return 0
    locks=$(find "$1" -path "$1/objects/??" -prune -o -type f -name '*.lock' -print)
    [ -n "$locks" ] || return 0
    tries=0
    while holder=$(git_at_work); do
        tries=$((tries + 1))
        [ "$tries" -le 50 ] || die busy "git works in ${CLONE%/*} (process $holder) and holds $(printf '%s' "$locks" | one_line)"
        sleep 0.2
    done
    printf '%s\n' "$locks" | while IFS= read -r lock; do rm -f "$lock"; done
}

# is_worktree DIRECTORY: whether it is the top of a worktree of CLONE whose commit can be read.
is_worktree() {
    [ -f "$1/.git" ] || return 1
    top=$(git -C "$1" rev-parse --show-toplevel 2>/dev/null) || return 1
    common=$(cd "$1" && cd "$(git rev-parse --git-common-dir)" && pwd -P) || return 1
    [ "$top" = "$(cd "$1" && pwd -P)" ] && [ "$common" = "$(cd "$CLONE" && pwd -P)" ] &&
        git -C "$1" rev-parse -q --verify 'HEAD^{tree}' >/dev/null 2>&1
}

# registration DIRECTORY: where CLONE keeps what it knows of a worktree; fails when it knows nothing.
registration() {
    real=$(cd "${1%/*}" && pwd -P)/${1##*/}
    for known in "$CLONE"/worktrees/*; do
        [ -f "$known/gitdir" ] || continue
        case $(cat "$known/gitdir") in
        "$1/.git" | "$real/.git")
            printf '%s' "$known"
            return 0
            ;;
        esac
    done
    return 1
}

# dated_directory NAME: a new directory for a backup, named for the time and what is in it.
dated_directory() {
    mkdir -p "$BACKUPS" 2>/dev/null || die write "cannot create $BACKUPS as $(id -un)"
    stem="$BACKUPS/$(date +%Y%m%d-%H%M%S)-$1"
    new=$stem count=1
    until mkdir "$new" 2>/dev/null; do
        count=$((count + 1)) new="$stem-$count"
        [ "$count" -le 100 ] || die write "cannot create $stem as $(id -un) ($(free_space "$BACKUPS"))"
    done
    printf '%s' "$new"
}

# update_submodules DIRECTORY: exactly the submodules of its commit, and theirs.
update_submodules() {
    [ -f "$1/.gitmodules" ] || return 0
    said=$(git -C "$1" submodule --quiet sync --recursive 2>&1 >/dev/null &&
        git -C "$1" submodule --quiet update --init --recursive --force 2>&1 >/dev/null) ||
        remote_failed "a submodule of $(commit_shown "$(git -C "$1" rev-parse HEAD)")" "$said"
}
