# shellcheck shell=sh
# Write an .env file that only the deploy user can read. In: TARGET TEXT.
main() {
    working
    mkdir -p "${TARGET%/*}" 2>/dev/null || die write "cannot create ${TARGET%/*} as $(id -un)"
    put "$TARGET" "$TEXT"
}
