# shellcheck shell=sh
# End what an interrupted stage of this run still does on the host, so that its rollback works alone.
main() {
    lease_required
    end_working
}
