# shellcheck shell=sh
# A slot takes over an .env file that is on the host already. In: SOURCE TARGET.
main() {
    working
    [ -f "$SOURCE" ] || die missing "no environment file at $SOURCE"
    put "$TARGET" "$(cat "$SOURCE")
"
}
