# shellcheck shell=sh
# States and logs of a Compose project's containers. In: PROJECT SERVICES.

# containers [SERVICE]: ids, the newest first.
containers() {
    docker ps --all --no-trunc --quiet --filter "label=com.docker.compose.project=$PROJECT" \
        --filter label=com.docker.compose.oneoff=False ${1:+--filter "label=com.docker.compose.service=$1"}
}

states() {
    ids=$(containers) || die docker "Docker does not answer $(id -un): $(containers 2>&1 >/dev/null | tail -n 1)"
    {
        # shellcheck disable=SC2086 # one word for each container; one that is removed meanwhile is missing
        [ -z "$ids" ] || docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.State.ExitCode}} {{.RestartCount}} {{.State.OOMKilled}} {{.State.StartedAt}} {{.Id}}' $ids 2>/dev/null || :
        printf '%s\n' "$SERVICES" | while read -r service _; do
            printf '%s missing 0 0 false - -\n' "$service"
        done
    } | awk '
        # Of several containers of a service the one that is worst off counts; "missing" only where there is none.
        function rank(state) { return state == "missing" ? 0 : state == "running" ? 1 : state == "created" ? 2 : 3 }
        !($1 in worst) || rank($2) > rank(state[$1]) { worst[$1] = $0; state[$1] = $2 }
        END { for (service in worst) print worst[service] }'
}

# since_start SERVICE --tail LINES: what each container of the service has written since it was started.
since_start() {
    for id in $(containers "$1"); do
        started=$(docker inspect --format '{{.State.StartedAt}}' "$id" 2>/dev/null) || continue
        # Docker writes that time down when the first lines may be there already.
        docker logs --since "$(($(date -d "$started" +%s) - 1))" "$2" "$3" "$id" 2>&1 || :
    done
}

log_head() {
    since_start "$1" --tail all | head -n "$2" | head -c 262144 || :
}

log_tail() {
    since_start "$1" --tail "$2" | tail -n "$2" | tail -c 262144 || :
}

log_before() {
    for id in $(containers "$1"); do
        started=$(docker inspect --format '{{if eq .State.Status "running"}}{{.State.StartedAt}}{{end}}' "$id" 2>/dev/null)
        [ -n "$started" ] || continue
        docker logs --until "$started" --tail "$2" "$id" 2>&1 || :
        how_it_ended "$id"
    done | tail -n "$2"
}

# how_it_ended ID: a container that is started again has lost its exit code; Docker's events of the last minute have it.
how_it_ended() {
    timeout 5 docker events --since 60s --until "$(date +%s)" --filter "container=$1" --filter event=die \
        --filter event=oom --format '{{.Action}} {{.Actor.Attributes.exitCode}}' | awk '
        $1 == "oom" { memory = ", out of memory" }
        $1 == "die" { code = $2 }
        END { if (code != "") print "it exited with code " code memory }' || :
}
