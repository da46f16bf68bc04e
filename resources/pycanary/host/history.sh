# shellcheck shell=sh
# The records of the last COUNT runs, newest first, each after its length in bytes on a line of its own.
main() {
    [ -d "$STATE/runs" ] || exit 0
    find "$STATE/runs" -name '*.json' | sort -r | head -n "$COUNT" | while read -r record; do
        wc -c <"$record"
        cat "$record"
    done
}
