# shellcheck shell=sh
# Bring a slot's own worktree to exactly one commit. In: CLONE WORKTREE SLOT COMMIT BACKUPS REMOTE.
# Whatever was changed there by hand is saved twice before: in a dated directory outside, and as a stash.
# Out: directory=, stash=, restore= and restore-backup= lines (only when something was saved), and note= lines for people.

# refuse_in_the_way OPTIONS...: die when a file that git must not touch has a path that the commit wants. Sets THERE, the
# paths whose files are the commit's already: a checkout that was killed has put them, and git does not know of it.
refuse_in_the_way() {
    hits='' THERE=''
    while IFS= read -r path; do
        if [ -z "$path" ]; then
            continue
        elif as_wanted "$path"; then
            THERE="$THERE$path
"
        else
            hits="$hits$path
"
        fi
    done <<END
$(in_the_way "$WORKTREE" "$COMMIT" "$@" | head -n 200)
END
    [ -z "$hits" ] || {
        put_back_stash
        hits=$(printf '%s' "$hits" | head -n 5 | paste -s -d , - | one_line)
        die in-the-way "commit $(commit_shown "$COMMIT") has $hits, which git ignores or does not know in $WORKTREE"
    }
}

# as_wanted PATH: whether the file there is the one that the commit has.
as_wanted() {
    [ -f "$WORKTREE/$1" ] && [ ! -L "$WORKTREE/$1" ] &&
        wanted=$(in_clone rev-parse -q --verify "$COMMIT:$1" 2>/dev/null) &&
        [ "$wanted" = "$(git -C "$WORKTREE" hash-object -- "$1" 2>/dev/null)" ]
}

put_back_stash() {
    [ -z "$MAIN_STASH" ] || git -C "$WORKTREE" stash apply --quiet --index "$MAIN_STASH" >&2 || :
}

# save_all: first everything as files, and only when all that is written, the stashes.
save_all() {
    need_backup
    count=0
    while IFS= read -r tree; do
        count=$((count + 1))
        (umask 077 && back_up "$tree" "$SAVED/$count") >&2 || {
            rm -rf "${SAVED:?}/$count"
            rmdir "$SAVED" 2>/dev/null || :
            die write "cannot save the local changes of $tree below $BACKUPS ($(free_space "$BACKUPS")); nothing was changed"
        }
    done <<END
$TREES
END
    printf 'the local changes are saved in %s\n' "$SAVED" >&2
    count=0
    while IFS= read -r tree; do
        count=$((count + 1))
        stash_away "$tree" "$SAVED/$count"
        [ "$tree" != "$WORKTREE" ] || MAIN_STASH=$STASH
        [ -z "$STASH" ] || printf 'stash=%s\n' "$STASH"
        tell_way_back "$tree" "$SAVED/$count" "$STASH"
        move_leftovers "$tree"
    done <<END
$TREES
END
}

# move_leftovers DIRECTORY: a stash leaves repositories that are no submodules where they are.
move_leftovers() {
    while IFS= read -r path; do
        [ -z "$path" ] || set_aside "$1/${path%/}" left "is no part of the commit and cannot be stashed"
    done <<END
$(git -C "$1" ls-files --others --exclude-standard -z | listed | grep '/$')
END
}

all_trees() {
    printf '%s\n' "$WORKTREE"
    submodules "$WORKTREE"
}

# find_changes: sets TREES, the checkouts in which something would be lost: the slot's own, and submodules.
find_changes() {
    # All of them first: git fails in the outer one over what is wrong in an inner one.
    while IFS= read -r tree; do
        unlock "$(git_directory "$tree")"
        mend_index "$tree"
        free_submodules "$tree"
    done <<END
$(all_trees)
END
    TREES=''
    while IFS= read -r tree; do
        if changed "$tree"; then
            TREES="$TREES${TREES:+
}$tree"
        fi
    done <<END
$(all_trees)
END
}

# old_submodules: those that the commit does not have any more; git leaves their checkouts where they are.
old_submodules() {
    submodule_paths "$WORKTREE" | while IFS= read -r path; do
        if [ -e "$WORKTREE/$path/.git" ] &&
            [ "$(git -C "$WORKTREE" --literal-pathspecs ls-tree "$COMMIT" -- "$path" | cut -c 1-6)" != 160000 ]; then
            printf '%s\n' "$path"
        fi
    done
}

put_back_files() {
    git -C "$WORKTREE" reset --quiet --hard || :
    # None of these existed before: what was unknown to git at their paths was refused above.
    git -C "$WORKTREE" diff --no-renames --name-only --diff-filter=A -z HEAD "$COMMIT" |
        (cd "$WORKTREE" && xargs -0 rm -f --) || :
    put_back_stash
}

move_worktree() {
    refuse_in_the_way
    old=$(old_submodules)
    force=''
    git -C "$WORKTREE" diff --no-ext-diff --quiet --ignore-submodules=all HEAD || {
        [ $? -eq 1 ] || unknown "$WORKTREE"
        force=--force
    }
    printf '%s' "$THERE" | while IFS= read -r path; do rm -f "$WORKTREE/$path"; done
    # shellcheck disable=SC2086 # no word when it is empty
    said=$(git -C "$WORKTREE" checkout --quiet $force --no-overwrite-ignore --detach "$COMMIT" 2>&1) || {
        put_back_files
        ! disk_full "$said" || die write "cannot check out $WORKTREE: the disk is full ($(free_space "$WORKTREE"))"
        die write "cannot check out $WORKTREE: $(printf '%s' "$said" | tail -n 3 | one_line)"
    }
    while IFS= read -r path; do
        [ -z "$path" ] || set_aside "$WORKTREE/$path" "${path##*/}" "is no submodule of the commit any more"
    done <<END
$old
END
}

# settle: what the next checkout takes for untouched.
settle() {
    remember "$WORKTREE"
    submodules "$WORKTREE" | while IFS= read -r tree; do
        git -C "$tree" update-ref refs/pycanary/at HEAD
        remember "$tree"
    done
}

main() {
    working
    SAVED='' ASIDE=0 MAIN_STASH=''
    umask 022 # containers read these files as other users
    in_clone cat-file -e "$COMMIT^{commit}" 2>/dev/null || die commit "$CLONE has no commit $COMMIT: it was not fetched"
    unlock "$CLONE"
    ready_worktree
    mend_index "$WORKTREE" # before submodules are looked for in it
    find_changes
    refuse_in_the_way --ignored --exclude-standard
    [ -z "$TREES" ] || save_all
    move_worktree
    free_submodules "$WORKTREE"
    update_submodules "$WORKTREE"
    settle
    [ "$(git -C "$WORKTREE" rev-parse HEAD)" = "$COMMIT" ] || die write "$WORKTREE is not at $COMMIT after its checkout"
    [ -z "$SAVED" ] || printf 'directory=%s\n' "$SAVED"
}
