# shellcheck shell=sh
# Remove the images of releases that are not kept. In: KEPT (tags, one a line). Only what compose_build recorded is ours;
# an image that a container uses, running or not, stays, and its record with it.
main() {
    working
    [ -f "$STATE/compose/images" ] || return 0
    left=''
    while read -r commit image id; do
        if printf '%s\n' "$KEPT" | grep -qx "$commit" || ! remove "$image" "$id"; then
            left="$left$commit $image $id
"
        fi
    done <<END
$(sort -u "$STATE/compose/images")
END
    put "$STATE/compose/images" "$left"
}

# remove IMAGE ID: succeeds when nothing of it is left, or when its name is somebody else's by now.
remove() {
    found=$(docker image inspect --format '{{.Id}}' "$1" 2>/dev/null) || return 0
    [ "$found" = "$2" ] || return 0
    # Docker refuses the last name of an image that a container uses; one of several names (equal commits) may go.
    docker image rm "$1" >/dev/null 2>&1 || return 1
    printf 'removed %s\n' "$1"
}
