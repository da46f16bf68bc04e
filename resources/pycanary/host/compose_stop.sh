# shellcheck shell=sh
# Stop a slot's containers. In: what compose.sh needs. Compose finds them by their project, and each has its own
# stop_grace_period written on it; so a Compose file that is missing or invalid meanwhile does not matter.
main() {
    working
    need_compose
    said=$(clean docker compose --ansi never -p "$PROJECT" stop 2>&1 8>&- 9>&-) || compose_failed "$said" "$FILE"
}
