# shellcheck shell=sh
# Make the images of a commit. In: HOW (build or pull), and what compose.sh needs.
# Out: a line "image SERVICE ID" for each service of canary.yml.

# image_of SERVICE: the image's name in the resolved Compose file.
image_of() {
    printf '%s\n' "$resolved" | awk -v wanted="$1" '
        /^[a-z]/ { inside = $1 == "services:" }
        inside && /^  [^ ]/ { service = $1; sub(/:$/, "", service); gsub(/"/, "", service) }
        inside && service == wanted && /^    image: / { sub(/^    image: /, ""); gsub(/"/, ""); print; exit }'
}

# built SERVICE: whether the Compose file builds its image.
built() {
    printf '%s\n' "$resolved" | awk -v wanted="$1" '
        /^[a-z]/ { inside = $1 == "services:" }
        inside && /^  [^ ]/ { service = $1; sub(/:$/, "", service); gsub(/"/, "", service) }
        inside && service == wanted && /^    build:/ { found = 1 }
        END { exit !found }'
}

check_tags() {
    for service in $SERVICES; do
        image=$(image_of "$service")
        [ -n "$image" ] ||
            die compose-file "$FILE names no image for $service; add \`image: $APP-$service:\${COMMIT}\`, so that each release has its own"
        case $image in
        *"$COMMIT"*) continue ;;
        esac
        ! built "$service" ||
            die compose-file "$FILE tags the image of $service as '$image'; it must hold \${COMMIT}, as in \`image: $APP-$service:\${COMMIT}\`"
    done
}

# record SERVICE IMAGE ID: what `prune` may remove one day.
record() {
    (umask 077 && mkdir -p "$STATE/compose" && printf '%s %s %s\n' "$COMMIT" "$2" "$3" >>"$STATE/compose/images") ||
        die write "cannot write $STATE/compose/images"
    printf 'image %s %s\n' "$1" "$3"
}

main() {
    working
    need_compose
    check_file "$FILE"
    resolved=$(compose build-only "$FILE" config 2>&1) || compose_failed "$resolved" "$FILE"
    check_tags
    # shellcheck disable=SC2086 # one word for each service
    if [ "$HOW" = pull ]; then
        said=$(compose build-only "$FILE" pull --quiet $SERVICES 2>&1) || compose_failed "$said" "$FILE"
    else
        said=$(compose build-only "$FILE" build $SERVICES 2>&1) || build_failed "$said"
    fi
    for service in $SERVICES; do
        image=$(image_of "$service")
        id=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null) ||
            die image "$service: its image $image is neither built by $FILE nor on this host; add \`build:\`, or set compose.images to pull"
        record "$service" "$image" "$id"
    done
}

# build_failed TEXT: die with the service and the last words of the step that failed, which BuildKit repeats at its end.
build_failed() {
    set -- "$(printf '%s\n' "$1" | masked)"
    step=$(printf '%s\n' "$1" | sed -n '/^ > \[/,/^------/p' | grep -v '^------') || :
    printf '%s\n' "${step:-$1}" | sed 's/^[0-9][0-9]*\.[0-9]* //' | tail -n 30 >&2
    case $1 in
    *'no space left'*) die write "the disk is full while images are built" ;;
    *'failed to resolve'* | *'pull access denied'* | *'not found: not found'*)
        die image "a base image cannot be had: $(last_words "$1" 2)" ;;
    esac
    service=$(printf '%s\n' "$step" | sed -n 's/^ > \[\([^] ]*\) .*/\1/p' | head -n 1)
    printf '%s\n' "$SERVICES" | grep -qx "${service:-none}" || service=''
    die build "${service:-one of $(last_words "$SERVICES" 50)}: its image cannot be built: $(last_words "$1" 1)"
}
