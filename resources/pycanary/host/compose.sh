# shellcheck shell=sh
# Common to what works with Docker Compose. In: DIRECTORY FILE ENV_FILE OVERRIDE SERVICES APP SLOT COMMIT TZ STATE.
OLDEST_COMPOSE=2.17

# clean COMMAND...: without what a login shell may have set: variables of the process win over those of the .env file,
# and COMPOSE_* would name other files and projects.
clean() {
    env -i PATH="$PATH" HOME="${HOME:-/}" USER="$(id -un)" \
        ${DOCKER_HOST:+DOCKER_HOST="$DOCKER_HOST"} ${DOCKER_CONTEXT:+DOCKER_CONTEXT="$DOCKER_CONTEXT"} \
        ${DOCKER_CONFIG:+DOCKER_CONFIG="$DOCKER_CONFIG"} ${DOCKER_CERT_PATH:+DOCKER_CERT_PATH="$DOCKER_CERT_PATH"} \
        ${DOCKER_TLS_VERIFY:+DOCKER_TLS_VERIFY="$DOCKER_TLS_VERIFY"} \
        ${XDG_RUNTIME_DIR:+XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR"} ${SSH_AUTH_SOCK:+SSH_AUTH_SOCK="$SSH_AUTH_SOCK"} \
        ${HTTP_PROXY:+HTTP_PROXY="$HTTP_PROXY"} ${HTTPS_PROXY:+HTTPS_PROXY="$HTTPS_PROXY"} \
        ${NO_PROXY:+NO_PROXY="$NO_PROXY"} \
        APP="$APP" SLOT="$SLOT" COMMIT="$COMMIT" ENV_FILE="$ENV_FILE" TZ="$TZ" "$@"
}

# compose PROJECT FILE ARGUMENTS...: with the slot's .env, in the slot's checkout.
compose() {
    project=$1 file=$2
    shift 2
    (cd "$DIRECTORY" && clean docker compose --ansi never --project-name "$project" --env-file "$ENV_FILE" -f "$file" "$@") 8>&- 9>&-
}

# need_compose: Docker answers, and its Compose is not too old.
need_compose() {
    command -v docker >/dev/null || die tool "docker is not installed"
    said=$(docker version --format '{{.Server.Version}}' 2>&1) || docker_failed "$said"
    version=$(docker compose version --short 2>/dev/null) || version=none
    printf '%s\n' "${version#v}" | awk -F '[.-]' -v oldest="$OLDEST_COMPOSE" '
        { split(oldest, least, "."); exit !($1 > least[1] || ($1 == least[1] && $2 >= least[2])) }' ||
        die tool "Docker Compose $OLDEST_COMPOSE or newer is needed, found $version: install the package docker-compose-plugin"
    [ -f "$ENV_FILE" ] || ENV_FILE=/dev/null
    PROJECT="$APP-$SLOT"
}

docker_failed() {
    case $1 in
    *'permission denied'*) die docker "$(id -un) may not use Docker: sudo usermod -aG docker $(id -un), then log in again" ;;
    *'Cannot connect'* | *'connection refused'* | *'no such file'*)
        die docker "the Docker daemon does not run: sudo systemctl start docker" ;;
    esac
    die docker "Docker does not answer: $(last_words "$1" 2)"
}

last_words() {
    printf '%s\n' "$1" | grep -v '^ *$' | tail -n "$2" | tr '\n\t' '  ' | tr -d '\000-\037\177'
}

# check_file: the Compose file is there and valid, and has every service of canary.yml.
check_file() {
    [ -d "$DIRECTORY" ] || die compose-file "$DIRECTORY is missing: nothing was checked out there"
    [ -f "$DIRECTORY/$1" ] || die compose-file "the commit has no Compose file $1"
    known=$(compose check "$1" config --services 2>&1) || compose_failed "$known" "$1"
    for service in $SERVICES; do
        printf '%s\n' "$known" | grep -qx "$service" ||
            die compose-file "$1 has no service '$service', which canary.yml names; it has: $(last_words "$known" 50)"
    done
}

# override NAME: the path of the second Compose file, with what every service gets.
override() {
    mkdir -p "$STATE/compose" || die write "cannot create $STATE/compose as $(id -un)"
    put "$STATE/compose/$1.yml" "$OVERRIDE"
    printf '%s' "$STATE/compose/$1.yml"
}

# service_in TEXT PROJECT: which service Compose's words are about.
service_in() {
    printf '%s\n' "$1" | sed -n -e "s/.*$2-\([a-z0-9_-]*\)-[0-9][0-9]*.*[Ee]rror.*/\1/p" \
        -e "s/.*[Ee]rror.*$2-\([a-z0-9_-]*\)-[0-9][0-9]*.*/\1/p" -e "s/.*service \"\([^\"]*\)\".*/\1/p" \
        -e "s/.*endpoint $2-\([a-z0-9_-]*\)-[0-9][0-9]*.*/\1/p" | head -n 1
}

# service_not_started PROJECT: the one of which Docker remembers why it could not be started.
service_not_started() {
    docker ps --all --quiet --filter "label=com.docker.compose.project=$1" --filter status=created | while read -r id; do
        docker inspect --format '{{if .State.Error}}{{index .Config.Labels "com.docker.compose.service"}}{{end}}' "$id"
    done | grep . | head -n 1
}

who_has_port() {
    holder=$(docker ps --filter "publish=$1" --format '{{.Names}}' | head -n 1)
    if [ -n "$holder" ]; then
        printf 'the container %s has it: docker stop %s' "$holder" "$holder"
    else
        printf 'another program has it: sudo ss -ltnp sport = :%s' "$1"
    fi
}

# compose_failed TEXT FILE: die of the cause that Compose's words tell. PROJECT is the project that failed.
compose_failed() {
    set -- "$(printf '%s\n' "$1" | masked)" "$2"
    service=$(service_in "$1" "$PROJECT")
    [ -n "$service" ] || service=$(service_not_started "$PROJECT")
    name=${service:+$service: }
    words=$(last_words "$(printf '%s\n' "$1" | grep -i -e error -e fail -e invalid -e denied -e 'not found' || printf '%s\n' "$1")" 3)
    case $1 in
    *'permission denied while trying to connect'* | *'Cannot connect to the Docker daemon'*) docker_failed "$1" ;;
    *'no space left'*) die write "${name}the disk is full: $words" ;;
    *'port is already allocated'* | *'address already in use'*)
        port=$(printf '%s\n' "$1" | sed -n 's/.*:\([0-9][0-9]*\)[^0-9]*\(failed: port is already allocated\|.*address already in use\).*/\1/p' | head -n 1)
        die port "${name}port ${port:-?} is taken; $(who_has_port "${port:-0}")" ;;
    *'is already in use by container'*)
        die compose-file "${name}$words; remove container_name from $2: both slots run at once" ;;
    *'No such image'* | *'pull access denied'* | *'manifest unknown'* | *'manifest for'* | *'repository does not exist'* | \
        *'failed to resolve reference'*)
        die image "${name}there is no such image: $words" ;;
    *'dial tcp'* | *'no such host'* | *'i/o timeout'* | *'TLS handshake'* | *'Client.Timeout'*)
        die registry "${name}the image registry cannot be reached from this host: $words" ;;
    *'unauthorized'* | *'authentication required'* | *'no basic auth'*)
        die registry "${name}the image registry refused $(id -un): run docker login on the host: $words" ;;
    *'annot allocate memory'* | *'out of memory'*) die memory "${name}the host is out of memory: $words" ;;
    *'declared as external'* | *'network '*' not found'*) die compose-file "$words; it belongs in the shared Compose file (compose.shared)" ;;
    *'dependency failed to start'*)
        log_of_dependency "$1"
        die start "$words" ;;
    *'required variable'* | *'is missing a value'*) die variable "$2 needs a variable that has no value: $words" ;;
    *'yaml:'* | *'parsing'* | *'dditional propert'* | *'nvalid'* | *'undefined'* | *'must be'* | *'env file'* | \
        *'neither an image'* | *'depends on'*)
        die compose-file "$2 cannot be used: $words" ;;
    esac
    [ -z "$service" ] || docker compose --ansi never -p "$PROJECT" logs --no-color --tail 10 "$service" 2>&1 | masked >&2 || :
    die start "${name}$words"
}

log_of_dependency() {
    failed=$(printf '%s\n' "$1" | sed -n 's/.*dependency failed to start: container \([^ ]*\) .*/\1/p' | head -n 1)
    [ -z "$failed" ] || docker logs --tail 20 "$failed" 2>&1 | masked >&2 || :
}
