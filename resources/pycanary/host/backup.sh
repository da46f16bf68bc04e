# shellcheck shell=sh
# What was changed by hand in a checkout: finding it, saving it as files, stashing it. SAVED SLOT RUN.

git_directory() {
    (cd "$1" && cd "$(git rev-parse --git-dir)" && pwd -P)
}

# unflag DIRECTORY: somebody may have told git not to look at a file; a change there is a change all the same.
unflag() {
    flagged=$(git -C "$1" ls-files -v -z | listed | sed -n 's/^[a-zS] //p')
    [ -n "$flagged" ] || return 0
    for flag in --no-assume-unchanged --no-skip-worktree; do
        printf '%s\n' "$flagged" | unlisted | git -C "$1" update-index -z "$flag" --stdin
    done
}

status_of() {
    git -C "$1" status --porcelain=v1 -z --untracked-files=all --ignore-submodules=none
}

difference() {
    git -C "$1" diff --no-ext-diff --no-textconv --no-color --ignore-submodules=none --binary --full-index "$2"
}

# operation DIRECTORY: what git keeps of a merge, rebase and the like that was not finished.
operation() {
    for name in MERGE_HEAD MERGE_MSG MERGE_MODE AUTO_MERGE CHERRY_PICK_HEAD REVERT_HEAD REBASE_HEAD BISECT_LOG \
        BISECT_START BISECT_NAMES BISECT_TERMS rebase-merge rebase-apply sequencer; do
        [ ! -e "$1/$name" ] || printf '%s\n' "$name"
    done
}

# local_commits DIRECTORY: the commits of its HEAD that no branch of the remote has.
local_commits() {
    git -C "$1" rev-list HEAD --not --remotes --glob='refs/pycanary/*' --
}

# fingerprint DIRECTORY: all that differs from its commit.
fingerprint() {
    {
        status_of "$1"
        difference "$1" HEAD
        git -C "$1" ls-files --others --exclude-standard -z | (cd "$1" && xargs -0 cksum -- 2>/dev/null) || :
    } | git hash-object --stdin
}

# remember DIRECTORY: files whose attributes disagree with what was committed differ right after a checkout, and nobody
# changed them.
remember() {
    mark=$(git_directory "$1")/pycanary-as-checked-out
    if [ "$(status_of "$1" | wc -c)" -gt 0 ]; then
        fingerprint "$1" >"$mark"
    else
        rm -f "$mark"
    fi
}

# unknown DIRECTORY: a git that fails (no memory, a damaged file) must not pass for "nothing was changed".
unknown() {
    die write "git cannot tell what was changed by hand in $1, so nothing was touched there"
}

# changed DIRECTORY: whether there is anything that a checkout could lose.
changed() {
    unflag "$1"
    here=$(git_directory "$1")
    ! operation "$here" | grep -qv -e MERGE_MSG -e AUTO_MERGE || return 0
    found=$(local_commits "$1") || unknown "$1"
    [ -z "$found" ] || return 0
    found=$(git -C "$1" status --porcelain --untracked-files=all --ignore-submodules=none) || unknown "$1"
    [ -n "$found" ] || return 1
    [ "$(fingerprint "$1")" != "$(cat "$here/pycanary-as-checked-out" 2>/dev/null)" ]
}

# sort_paths DIRECTORY INTO: of the paths on stdin, those to keep in the tar, and those that are gone, or a folder now. The
# checkout of a submodule is saved by itself; a repository that is no submodule ends in a slash.
sort_paths() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    (cd "$1" && INTO=$2 xargs -0 sh -c 'for path; do
        if [ -e "$path/.git" ] && [ "${path%/}" = "$path" ]; then
            continue
        elif [ -d "$path" ] && [ ! -L "$path" ] && [ "${path%/}" = "$path" ]; then
            printf "./%s\0" "$path" | tee -a "$INTO/now-folders" >>"$INTO/gone" || exit 255
        elif [ -e "$path" ] || [ -L "$path" ]; then
            printf "./%s\0" "$path" >>"$INTO/files" || exit 255
        else
            printf "./%s\0" "$path" >>"$INTO/gone" || exit 255
        fi
    done' sh)
}

# back_up DIRECTORY INTO: everything that is needed to have the directory again as it is. Fails when it cannot be written.
back_up() {
    here=$(git_directory "$1")
    mkdir -p "$2/git" && : >"$2/files" && : >"$2/gone" &&
        git -C "$1" rev-parse HEAD >"$2/HEAD" &&
        git -C "$1" status --untracked-files=all --ignore-submodules=none >"$2/status.txt" &&
        difference "$1" --cached >"$2/staged.patch" &&
        difference "$1" --patch >"$2/unstaged.patch" &&
        git -C "$1" diff --no-ext-diff --no-renames --name-only -z HEAD >"$2/paths" &&
        git -C "$1" ls-files --others --exclude-standard -z >>"$2/paths" &&
        sort_paths "$1" "$2" <"$2/paths" &&
        tar -C "$1" --null -T "$2/files" -cf "$2/files.tar" &&
        rm "$2/paths" "$2/files" &&
        cp "$here/index" "$2/git/index" &&
        operation "$here" | (
            while IFS= read -r name; do cp -R "$here/$name" "$2/git/$name" || exit 1; done
        ) || return 1
    [ -z "$(local_commits "$1")" ] || git -C "$1" bundle create --quiet "$2/commits.bundle" HEAD
}

# word TEXT: as one word of a command that a person types.
word() {
    case $1 in
    *[!A-Za-z0-9_./:=@%+,-]* | '') printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
    esac
}

# tell KEY COMMAND: one step of the way back, for the caller and for who looks into the backup.
tell() {
    printf '%s=%s\n' "$1" "$2"
    (umask 077 && printf '%s: %s\n' "$1" "$2" >>"$SAVED/RESTORE.txt")
}

# tell_way_back DIRECTORY INTO STASH: what to type to have it again, from the stash or from the backup.
tell_way_back() {
    at=$(word "$1") from=$(word "$2") home=$(word "$(git_directory "$1")")
    ways='restore restore-backup'
    # Where a folder took a file's place, git cannot apply the stash that it made.
    if [ -n "$3" ] && [ ! -e "$2/now-folders" ]; then
        tell restore "git -C $at checkout --detach $(cat "$2/HEAD")"
        tell restore "git -C $at stash apply --index $3"
        ways=restore-backup
    fi
    for way in $ways; do
        tell_backup "$way" "$2"
    done
}

# tell_backup KEY INTO: the way back from the files.
tell_backup() {
    tell "$1" "git -C $at checkout --detach $(cat "$2/HEAD")"
    tell "$1" "cp -R $from/git/. $home"
    [ ! -s "$2/gone" ] || tell "$1" "(cd $at && xargs -0 rm -f -- <$from/gone)"
    tell "$1" "tar -C $at -xf $from/files.tar"
}

# stash_away DIRECTORY INTO: the changes as a stash, the checkout clean; sets STASH, empty when there was nothing to stash.
stash_away() {
    here=$(git_directory "$1") STASH=''
    before=$(git -C "$1" rev-parse -q --verify refs/stash) || before=none
    # A stash takes neither unmerged files nor those only announced by `add --intent-to-add`; the backup has them as they are.
    said=$({ git -C "$1" diff --no-ext-diff --ignore-submodules=all --name-only --diff-filter=UA -z |
        git -C "$1" update-index -z --add --remove --stdin &&
        git -C "$1" stash push --quiet --include-untracked \
            -m "pycanary: $SLOT, run $RUN, $(date '+%Y-%m-%d %H:%M:%S %Z')"; } 2>&1) || {
        cp "$2/git/index" "$here/index"
        ! disk_full "$said" || die write "cannot stash the changes in $1: the disk is full ($(free_space "$CLONE"))"
        die write "cannot stash the changes in $1: $(printf '%s' "$said" | tail -n 3 | one_line)"
    }
    after=$(git -C "$1" rev-parse -q --verify refs/stash) || after=none
    [ "$after" = "$before" ] || STASH=$after
    if [ -e "$here/rebase-merge" ] || [ -e "$here/rebase-apply" ]; then
        git -C "$1" rebase --quit 2>/dev/null || :
    fi
    operation "$here" | while IFS= read -r name; do rm -rf "${here:?}/$name"; done
    [ ! -e "$2/commits.bundle" ] || git -C "$1" update-ref "refs/pycanary-saved/${SAVED##*/}" HEAD
}
