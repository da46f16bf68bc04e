# shellcheck shell=sh
# Start the stores that are missing, then a slot's project. In: SHARED (a Compose file, or empty), and what compose.sh needs.
# Out: note= lines for people.
STORE_SECONDS=180 # a database that makes its files anew

# start_stores: never re-created: both slots use them, and users of the other slot would meet a database that restarts.
start_stores() {
    [ -f "$DIRECTORY/$SHARED" ] || die compose-file "the commit has no Compose file $SHARED"
    said=$(compose "$PROJECT" "$SHARED" up --detach --no-recreate --quiet-pull 2>&1) || compose_failed "$said" "$SHARED"
    await_stores
    changed_stores
}

store_states() {
    docker ps --all --quiet --filter "label=com.docker.compose.project=$PROJECT" | while read -r id; do
        docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.State.ExitCode}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' "$id"
    done
}

# await_stores: services that start before their database is there would exit.
await_stores() {
    read -r begun _ </proc/uptime
    while :; do
        waiting=''
        while read -r service state code health; do
            case $state:$code:$health in
            running:*:starting | created:* | restarting:*) waiting=$service ;;
            running:*:unhealthy | exited:[1-9]* | dead:*)
                docker compose --ansi never -p "$PROJECT" logs --no-color --tail 20 "$service" 2>&1 | masked >&2 || :
                die store "the store $service is $state ($health, exit code $code); nothing of the $SLOT slot was started" ;;
            esac
        done <<END
$(store_states)
END
        [ -n "$waiting" ] || return 0
        read -r now _ </proc/uptime
        [ $((${now%%.*} - ${begun%%.*})) -lt "$STORE_SECONDS" ] ||
            die store "the store $waiting is not ready after $STORE_SECONDS s; nothing of the $SLOT slot was started"
        sleep 0.5
    done
}

# changed_stores: say which definitions are not what runs.
changed_stores() {
    compose "$PROJECT" "$SHARED" config --hash '*' 2>/dev/null | while read -r service hash; do
        running=$(docker ps --filter "label=com.docker.compose.project=$PROJECT" \
            --filter "label=com.docker.compose.service=$service" --format '{{.Label "com.docker.compose.config-hash"}}')
        case $running in
        '' | "$hash") ;;
        *) printf 'note=the definition of the store %s changed; both slots use it, so it was not re-created: %s\n' "$service" \
            "docker compose -p $PROJECT --env-file $ENV_FILE -f $DIRECTORY/$SHARED up -d $service" ;;
        esac
    done
}

main() {
    working
    need_compose
    check_file "$FILE"
    if [ -n "$SHARED" ]; then
        PROJECT="$APP-shared"
        start_stores
    fi
    PROJECT="$APP-$SLOT"
    more=$(override "$SLOT")
    said=$(compose "$PROJECT" "$FILE" -f "$more" up --detach --no-build --remove-orphans --quiet-pull 2>&1) ||
        compose_failed "$said" "$FILE"
}
