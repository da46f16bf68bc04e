# shellcheck shell=sh
# Print the end of a service's log. In: PROJECT SERVICE LINES_SHOWN, and what masked.sh needs.
main() {
    docker ps --all --quiet --filter "label=com.docker.compose.project=$PROJECT" \
        --filter "label=com.docker.compose.service=$SERVICE" | while read -r id; do
        docker logs --tail "$LINES_SHOWN" "$id" 2>&1
    done | masked
}
