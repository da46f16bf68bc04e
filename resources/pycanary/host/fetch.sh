# shellcheck shell=sh
# Bring the commit that is to be deployed to the host. In: CLONE SOURCE BACKUPS REMOTE BRANCH COMMIT (an id, or empty for
# the branch's newest) KEPT (ids whose pins stay, one a line) UNPIN (whether other pins go).
# Out: id, author, committer time and message, with a NUL between them.

new_clone() {
    ids=$(git ls-remote -- "$REMOTE" 2>&1) || remote_failed "$(remote_shown)" "$ids"
    case ${ids%%[!0-9a-f]*} in
    ????????????????????????????????????????????????????????????????) format=sha256 ;;
    *) format=sha1 ;;
    esac
    said=$(mkdir -p "$CLONE" 2>&1 && git init --quiet --bare --template= --object-format="$format" "$CLONE" 2>&1) ||
        die write "cannot create $CLONE as $(id -un): $(printf '%s' "$said" | one_line)"
}

usable_clone() {
    [ "$(in_clone rev-parse --is-bare-repository 2>/dev/null)" = true ]
}

# make_anew WHY: a new clone in the place of one that cannot be used, which goes to the backups with all that it holds.
make_anew() {
    place=$CLONE CLONE=$CLONE.new
    rm -rf "$CLONE"
    new_clone
    fetch_branches || remote_failed "$(remote_shown)" "$said"
    cp -R "$place/worktrees" "$CLONE/worktrees" 2>/dev/null || :
    old=$(dated_directory clone)/clone.git
    mv "$place" "$old" && mv "$CLONE" "$place"
    CLONE=$place
    printf 'the clone %s; it is kept as %s and was made anew\n' "$1" "$old" >&2
    # What the worktrees are at may be on no branch any more.
    in_clone fetch --quiet --no-tags "$old" '+refs/pycanary/*:refs/pycanary/*' 2>/dev/null || :
}

# fetch_branches: all branches as they are at the remote, rewritten and deleted ones too; sets `said`.
fetch_branches() {
    said=$({
        in_clone config --replace-all remote.origin.url "$REMOTE" &&
            in_clone config --replace-all remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*' &&
            in_clone fetch --quiet --prune --no-tags --no-recurse-submodules origin
    } 2>&1)
}

remote_branches() {
    in_clone for-each-ref --format='%(refname:lstrip=3)' refs/remotes/origin
}

# nearest WANTED: of the names on stdin, the three that differ least from it.
nearest() {
    WANTED=$1 awk '
        function least(a, b, c) { if (b < a) a = b; return c < a ? c : a }
        {
            wanted = tolower(ENVIRON["WANTED"]); name = tolower($0)
            for (j = 0; j <= length(name); j++) row[j] = j
            for (i = 1; i <= length(wanted); i++) {
                corner = row[0]; row[0] = i
                for (j = 1; j <= length(name); j++) {
                    cost = corner + (substr(wanted, i, 1) != substr(name, j, 1))
                    corner = row[j]; row[j] = least(cost, row[j] + 1, row[j - 1] + 1)
                }
            }
            print row[length(name)] "\t" $0
        }' | sort -n | head -n 3 | cut -f 2- | paste -s -d , - | sed 's/,/, /g'
}

no_branch() {
    near=$(remote_branches | nearest "$BRANCH")
    [ -n "$near" ] || die branch "$(remote_shown) has no branches: nothing has been pushed to it yet"
    die branch "$(remote_shown) has no branch '$BRANCH'; the nearest are: $near"
}

# commits_named ID: every commit whose id begins so.
commits_named() {
    in_clone rev-parse --disambiguate="$1" | in_clone cat-file --batch-check='%(objectname) %(objecttype)' |
        awk '$2 == "commit" { print $1 }'
}

no_commit() {
    newest=$(in_clone rev-parse -q --verify "refs/remotes/origin/$BRANCH") ||
        die commit "$(remote_shown) has no commit $COMMIT, nor a branch '$BRANCH'; its branches: $(remote_branches | nearest "$BRANCH")"
    die commit "$(remote_shown) has no commit $COMMIT; the newest of its branch $BRANCH is $(commit_shown "$newest")"
}

# resolve: sets ID.
resolve() {
    if [ -z "$COMMIT" ]; then
        ID=$(in_clone rev-parse -q --verify "refs/remotes/origin/$BRANCH^{commit}") || no_branch
        return 0
    fi
    ID=$(commits_named "$COMMIT")
    # A commit that no branch has any more; servers give it by its full id.
    if [ -z "$ID" ] && [ "${#COMMIT}" -ge 40 ] && in_clone fetch --quiet --no-tags origin "$COMMIT" 2>/dev/null; then
        ID=$(commits_named "$COMMIT")
    fi
    case $ID in
    '') no_commit ;;
    *"
"*)
        found=$(printf '%s\n' "$ID" | head -n 5 | while read -r id; do printf '%s, ' "$(commit_shown "$id")"; done)
        die commit "the short id $COMMIT fits several commits: ${found%, }"
        ;;
    esac
}

# readable: every file of the commit can be read back; a power failure leaves empty objects that no fetch notices.
readable() {
    in_clone rev-list --objects --no-walk --quiet "$ID" 2>/dev/null &&
        in_clone ls-tree -r "$ID" | awk '$2 == "blob" { print $3 }' | in_clone cat-file --batch >/dev/null 2>&1
}

pin() {
    in_clone update-ref "refs/pycanary/$ID" "$ID"
    [ -n "$UNPIN" ] || return 0
    in_clone for-each-ref --format='%(refname)' refs/pycanary | while read -r ref; do
        case "
$KEPT
$ID
" in
        *"
${ref##*/}
"*) ;;
        *) in_clone update-ref -d "$ref" ;;
        esac
    done
}

check_out_source() {
    is_worktree "$SOURCE" || return 1
    git -C "$SOURCE" checkout --quiet --force --detach "$ID" &&
        git -C "$SOURCE" clean -ffdxq &&
        git -C "$SOURCE" submodule --quiet foreach --recursive 'git reset --quiet --hard && git clean -ffdxq'
}

# put_source: the worktree for builds holds the commit and nothing else; whatever was changed there goes.
put_source() {
    said=$(check_out_source 2>&1) || {
        ! known=$(registration "$SOURCE") || rm -rf "$known"
        rm -rf "$SOURCE"
        said=$(in_clone worktree add --quiet --force --detach "$SOURCE" "$ID" 2>&1) || {
            ! disk_full "$said" || die write "cannot check out $SOURCE: the disk is full ($(free_space "${CLONE%/*}"))"
            die write "cannot check out $SOURCE as $(id -un): $(printf '%s' "$said" | tail -n 3 | one_line)"
        }
    }
    update_submodules "$SOURCE"
}

main() {
    working
    if [ ! -e "$CLONE" ]; then
        new_clone
    elif ! usable_clone; then
        make_anew "in $CLONE is no git repository"
    fi
    unlock "$CLONE"
    if ! fetch_branches; then
        ! disk_full "$said" || remote_failed "$(remote_shown)" "$said"
        said=$(git ls-remote -- "$REMOTE" 2>&1 >/dev/null) || remote_failed "$(remote_shown)" "$said"
        # A person's own git there, or no memory for a moment, is no damage.
        unlock "$CLONE"
        fetch_branches || make_anew "is damaged ($(printf '%s' "$said" | tail -n 1 | one_line))"
    fi
    resolve
    if ! readable; then
        make_anew "is damaged (objects of $ID cannot be read)"
        resolve
        readable || die remote "$(remote_shown) gives a damaged commit $ID: run \`git fsck\` there"
    fi
    pin
    umask 022 # what is built from these files is read by other users
    put_source
    git -C "$SOURCE" log -1 --no-show-signature --encoding=UTF-8 --format='%H%x00%an%x00%ct%x00%B'
}
