# shellcheck shell=sh
# What the running NGINX answers. In: PROBES, curl's configuration for all probes, or empty.
# Out: `generation ANSWER`, `weights JSON`, and for each probe `probe GENERATION SERVICE KEY ADDRESS`.
main() {
    command -v curl >/dev/null || die tool "curl is not installed"
    printf 'generation %s\nweights %s\n' "$(ask generation)" "$(ask weights)"
    [ -n "$PROBES" ] || return 0
    parallel=''
    # curl 7.68: a slot that hangs then costs 1 s, not 1 s a probe. Without `immediate` they wait for each other.
    curl --parallel-immediate --version >/dev/null 2>&1 && parallel='--parallel --parallel-immediate'
    # shellcheck disable=SC2086 # nothing, where curl is older
    printf '%s' "$PROBES" | curl -q $parallel --config - 2>/dev/null | tr -d '\r' |
        sed -n 's/^[Xx]-[Pp]ycanary: /probe /p'
}
