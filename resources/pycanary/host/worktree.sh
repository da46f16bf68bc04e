# shellcheck shell=sh
# A slot's worktree: making, relinking and replacing it. WORKTREE SLOT COMMIT CLONE BACKUPS; SAVED is this run's backup,
# ASIDE counts what was moved there.

note() {
    printf 'note=%s\n' "$(printf '%s' "$1" | one_line)"
}

# need_backup: sets SAVED, made when it is first needed.
need_backup() {
    [ -n "$SAVED" ] || SAVED=$(umask 077 && dated_directory "$SLOT-checkout")
}

# set_aside WHAT NAME WHY: moved into the backup as it is, never deleted.
set_aside() {
    need_backup
    ASIDE=$((ASIDE + 1))
    if ! (umask 077 && mkdir -p "$SAVED/aside") || ! mv -- "$1" "$SAVED/aside/$ASIDE-$2"; then
        die write "cannot move $1, which $3, to $SAVED/aside as $(id -un)"
    fi
    note "$1 $3; it is kept as $SAVED/aside/$ASIDE-$2"
}

# relink: the worktree's link to CLONE is broken, or the whole directory is gone; what was staged is still known.
relink() {
    gone=''
    [ -e "$WORKTREE" ] || gone=yes
    if ! mkdir -p "$WORKTREE" || ! printf 'gitdir: %s\n' "$known" >"$WORKTREE/.git"; then
        die write "cannot write $WORKTREE/.git as $(id -un)"
    fi
    if is_worktree "$WORKTREE" && [ -n "$gone" ]; then
        unlock "$known"
        git -C "$WORKTREE" checkout-index --quiet --all --force
        note "$WORKTREE was gone and is made anew"
    fi
}

# ready_worktree: WORKTREE is a worktree of CLONE afterwards, at whatever commit.
ready_worktree() {
    known=$(registration "$WORKTREE") || known=''
    if [ -n "$known" ] && ! is_worktree "$WORKTREE" && [ ! -d "$WORKTREE/.git" ] &&
        { [ -d "$WORKTREE" ] || [ ! -e "$WORKTREE" ]; }; then
        relink
    fi
    ! is_worktree "$WORKTREE" || return 0
    if [ -L "$WORKTREE" ] || { [ -e "$WORKTREE" ] && ! rmdir "$WORKTREE" 2>/dev/null; }; then
        set_aside "$WORKTREE" "$SLOT" "was no readable checkout of $CLONE"
    fi
    [ -z "$known" ] || set_aside "$known" "git-of-$SLOT" "could not be read"
    said=$(in_clone worktree add --quiet --detach "$WORKTREE" "$COMMIT" 2>&1) || {
        ! disk_full "$said" || die write "cannot check out $WORKTREE: the disk is full ($(free_space "${CLONE%/*}"))"
        die write "cannot check out $WORKTREE as $(id -un): $(printf '%s' "$said" | tail -n 3 | one_line)"
    }
}

# mend_index DIRECTORY: a power failure leaves an empty index, a killed `worktree add` none: git knows from its commit, and
# the files are what counts.
mend_index() {
    here=$(git_directory "$1")
    [ ! -f "$here/index" ] || ! git -C "$1" ls-files >/dev/null 2>&1 || return 0
    unlock "$here"
    rm -f "$here/index"
    if [ "$(cat "$here/locked" 2>/dev/null)" = initializing ]; then # nobody has worked there yet
        git -C "$1" reset --quiet --hard && rm -f "$here/locked"
    else
        git -C "$1" read-tree HEAD
    fi || die write "the index of $1 is damaged and cannot be made anew"
}

# listed: NUL-separated paths as lines; `unlisted` turns them back.
listed() {
    tr '\n\0' '\001\n'
}

unlisted() {
    tr '\n\001' '\0\n'
}

# submodule_paths DIRECTORY: where its index has submodules, one a line.
submodule_paths() {
    git -C "$1" ls-files --stage -z | listed | sed -n 's/^160000 [0-9a-f]* 0	//p'
}

is_repository() {
    top=$(git -C "$1" rev-parse --show-toplevel 2>/dev/null) && [ "$top" = "$(cd "$1" && pwd -P)" ] &&
        git -C "$1" rev-parse -q --verify HEAD >/dev/null 2>&1
}

# submodules DIRECTORY: the checkouts of its submodules and theirs, outermost first.
submodules() {
    submodule_paths "$1" | while IFS= read -r path; do
        is_repository "$1/$path" || continue
        printf '%s\n' "$1/$path"
        submodules "$1/$path"
    done
}

# free_submodules DIRECTORY: what stands in the place of a submodule and is none makes way, since git fails over it.
free_submodules() {
    while IFS= read -r path; do
        if [ -z "$path" ] || [ ! -d "$1/$path" ]; then
            continue
        fi
        if ! is_repository "$1/$path" && ! rmdir "$1/$path" 2>/dev/null; then
            set_aside "$1/$path" "${path##*/}" "was no readable checkout of a submodule"
        fi
        mkdir -p "$1/$path"
    done <<END
$(submodule_paths "$1")
END
}

# in_the_way DIRECTORY COMMIT LS-FILES-OPTION...: files that git does not know and whose path the commit wants.
in_the_way() {
    where=$1 wanted=$2
    shift 2
    {
        { git -C "$where" ls-tree -r --name-only -z "$wanted" || printf '/\0'; } | listed
        printf '\002\n'
        { git -C "$where" ls-files --others -z "$@" || printf '/\0'; } | listed
    } | awk '
        function parent(path) { return match(path, /\/[^\/]*$/) ? substr(path, 1, RSTART - 1) : "" }
        $0 == "/" { print "something that git cannot list"; next } # no path begins so
        $0 == "\002" { others = 1; next }
        !others { wanted[$0] = 1; for (p = parent($0); p != ""; p = parent(p)) folder[p] = 1; next }
        {
            sub(/\/$/, "")
            hit = ($0 in wanted) || ($0 in folder)
            for (p = parent($0); p != "" && !hit; p = parent(p)) hit = p in wanted
            if (hit) print
        }'
}
