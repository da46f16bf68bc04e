# shellcheck shell=sh
# Which ports nobody listens on. In: ROUTES (lines: slot, service, port, path). Out: a line "slot service" for each.
REFUSED=7 # https://curl.se/libcurl/c/libcurl-errors.html

try_one() {
    status=0
    curl -q -sg -o /dev/null --noproxy '*' --max-time 1 "http://127.0.0.1:$3$4" || status=$?
    [ "$status" != "$REFUSED" ] || printf '%s %s\n' "$1" "$2"
}

main() {
    command -v curl >/dev/null || die tool "curl is not installed"
    while read -r slot service port path; do
        try_one "$slot" "$service" "$port" "$path" </dev/null &
    done <<END
$ROUTES
END
    wait
}
