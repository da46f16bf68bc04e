# shellcheck shell=sh
# What the running NGINX answers. In: PROBES, curl's configuration for all probes, or empty.
# Out: `generation ANSWER`, `weights JSON`, and for each probe `probe GENERATION SERVICE KEY ADDRESS`.
UNKNOWN_OPTION=2

# probe CURL-OPTION...: one call for all probes.
probe() {
    printf '%s' "$PROBES" | curl -q "$@" --config - 2>/dev/null
}

main() {
    command -v curl >/dev/null || die tool "curl is not installed"
    ask '{generation,weights}' | sed -e '1s/^/generation /' -e '2s/^/weights /'
    [ -n "$PROBES" ] || return 0
    # curl 7.68: a slot that hangs then costs 1 s, not 1 s a probe. Without `immediate` they wait for each other.
    answers=$(probe --parallel --parallel-immediate) || [ $? != "$UNKNOWN_OPTION" ] || answers=$(probe) || :
    printf '%s\n' "$answers" | tr -d '\r' | sed -n 's/^[Xx]-[Pp]ycanary: /probe /p'
}
