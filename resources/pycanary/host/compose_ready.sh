# shellcheck shell=sh
# Whether Docker and its Compose can be used at all; changes nothing. In: what compose.sh needs.
main() {
    need_compose
}
