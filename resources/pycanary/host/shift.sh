# shellcheck shell=sh
# Change what NGINX serves in one step, or leave files and NGINX as they were.
# In: HTTP, PROXY, ASSETS, ALONE: texts; SITE: text of the site, written only where there is none, or empty.
# HTTP_FILE, PROXY_FILE, ASSETS_FILE, SITE_FILE: their places. STAGE: directory beside them for what is not valid yet.
# NGINX_ALONE: how to test the staged files. WANTED: what /generation answers then. STATE_JSON: state.json once it does.
# WATCHDOG: what the host would bring back by itself once this is served, or empty.
# PHASE: `prepare` tests everything and changes nothing; `commit` tests and does it; `commit-prepared` does it, right after
# `prepare` has tested the same: the reload reads the files once more anyway. BACKUPS: where former files are kept, or empty;
# KEEP_BACKUPS: how many. Out: one word: prepared, unchanged, changed.
#
# A kill -9 at any point is repaired by the next shift: $STAGE/old/names says that $STAGE/old has what is to be put back.
LOAD_SECONDS=10
IN_A_ROW=2     # rounds of ASKS answers: old workers accept connections for about 100 ms longer than new ones need to start
ASKS=4

# place_of NAME: the file itself, since a rename onto a symlink would replace the link.
place_of() {
    case $1 in
    http) place=$HTTP_FILE ;;
    proxy) place=$PROXY_FILE ;;
    assets) place=$ASSETS_FILE ;;
    site) place=$SITE_FILE ;;
    esac
    if [ -L "$place" ]; then realpath "$place"; else printf '%s' "$place"; fi
}

# as_found KIND SENTENCE WORDS: put back, tidy up, fail. Nothing is printed before: the reader may be gone.
as_found() {
    put_back
    tidy
    [ -z "$3" ] || printf '%s\n' "$3" >&2 || :
    die "$1" "$2"
}

tidy() {
    rm -rf "$STAGE" "$STATE/state.json.next"
    rmdir "${STAGE%/*}" 2>/dev/null || :
}

stage() {
    rm -rf "$STAGE/new"
    (umask 022 && mkdir -p "$STAGE/new") 2>/dev/null || die write "cannot write in ${STAGE%/*} as $(id -un)"
    (
        umask 022 # NGINX's own user and people read these
        write "$STAGE/new/http" "$HTTP"
        write "$STAGE/new/proxy" "$PROXY"
        write "$STAGE/new/assets" "$ASSETS"
        write "$STAGE/alone.conf" "$ALONE"
        case $NAMES in *site*) write "$STAGE/new/site" "$SITE" ;; esac
        sync "$STAGE/new/"* 2>/dev/null || : # they last: their names are moved onto what NGINX reads
    ) || { tidy && exit 70; }
}

# same: whether the places already hold what is staged.
same() {
    for name in $NAMES; do
        cmp -s "$STAGE/new/$name" "$(place_of "$name")" || return 1
    done
}

# need_callable WORDS: what NGINX says of its files is another matter than that it cannot be asked.
need_callable() {
    kind=$(why_not "$1")
    [ "$kind" = refused ] || as_found "$kind" "NGINX cannot be called; nothing was changed" "$1"
}

test_alone() {
    while ! words=$(eval "$NGINX_ALONE" 2>&1 8>&- 9>&-); do
        for module in fastcgi uwsgi scgi; do
            case $words in
            *"unknown directive \"${module}_temp_path\""*) # NGINX was built without that module
                sed -i "/${module}_temp_path/d" "$STAGE/alone.conf"
                continue 2
                ;;
            esac
        done
        need_callable "$words"
        as_found nginx-refused "NGINX refuses the new files; nothing was changed" "$words"
    done
}

keep_old() {
    rm -rf "$STAGE/old"
    mkdir "$STAGE/old" || as_found write "cannot write in $STAGE" ''
    for name in $NAMES; do
        place=$(place_of "$name")
        if [ -e "$place" ]; then
            cp -p "$place" "$STAGE/old/$name" || as_found write "cannot copy $place to $STAGE" ''
        else
            : >"$STAGE/old/$name.absent"
        fi
    done
    sync "$STAGE/old/"* 2>/dev/null || :
    (put "$STAGE/old/names" "$NAMES") || { tidy && exit 70; }
}

# put_back: only renames, which a full disk allows; each is done once, however often this is cut short.
put_back() {
    [ -f "$STAGE/old/names" ] || return 0
    for name in http proxy assets site; do
        place=$(place_of "$name")
        if [ -e "$STAGE/old/$name" ]; then
            mv -f "$STAGE/old/$name" "$place" || die nginx-torn "cannot put $place back; it is $STAGE/old/$name"
        elif [ -e "$STAGE/old/$name.absent" ]; then
            rm -f "$place" "$STAGE/old/$name.absent" || die nginx-torn "cannot remove $place"
        fi
    done
    rm -rf "$STAGE/old"
}

move_in() {
    for name in $NAMES; do
        place=$(place_of "$name")
        [ -d "${place%/*}" ] || (umask 022 && mkdir -p "${place%/*}") 2>/dev/null || :
        words=$(mv -f "$STAGE/new/$name" "$place" 2>&1) || as_found write "cannot write $place as $(id -un)" "$words"
    done
}

# test_whole: what somebody broke before counts only where the new files do not mend it: a rollback must not fail because
# of the very file that it replaces.
test_whole() {
    words=$(call_nginx -t 2>&1) && return 0
    need_callable "$words"
    put_back
    found=$(call_nginx -t 2>&1) ||
        as_found nginx-broken-before "NGINX refuses its configuration as it was found; nothing was changed" "$found"
    as_found "$(kind_of "$words" nginx-refused)" \
        "NGINX refuses its configuration with the new files; everything was put back" "$words"
}

# kind_of WORDS OTHERWISE: what has a remedy of its own.
kind_of() {
    case $1 in
    *'bind() to '*) printf 'nginx-port' ;; # found by a reload only: a test ignores it
    *'cannot load certificate'*) printf 'nginx-certificate' ;;
    *) printf '%s' "$2" ;;
    esac
}

# await_answer WANTED SECONDS: until every answer comes from workers that have loaded it.
await_answer() {
    deadline=$(($(uptime_seconds) + $2)) row=0
    while :; do
        if [ "$(ask "generation?[1-$ASKS]" | grep -cFx "$1")" = "$ASKS" ]; then
            row=$((row + 1))
            [ "$row" -lt "$IN_A_ROW" ] || return 0
            pause 0.15
        else
            row=0
            [ "$(uptime_seconds)" -lt "$deadline" ] || return 1
            pause 0.05
        fi
    done
}

# log_since TIME: what NGINX's own error log says of a reload that did not take.
log_since() {
    log=$(call_nginx -T 2>/dev/null | sed -n 's/^[[:space:]]*error_log[[:space:]]\{1,\}\([^;[:space:]]*\).*/\1/p' | head -n 1)
    [ -r "$log" ] || return 0
    tail -n 200 "$log" | awk -v since="$1" '/\[emerg\]/ && substr($0, 1, 19) >= since' | tail -n 3
}

reload() {
    before=$(ask generation)
    since=$(date '+%Y/%m/%d %H:%M:%S')
    if ! words=$(call_nginx -s reload 2>&1); then
        kind=$(why_not "$words")
        [ "$kind" != nginx-stopped ] || as_found "$kind" "NGINX is not running; everything was put back" "$words"
        [ "$kind" != refused ] || kind=nginx-refused
        as_found "$kind" "NGINX did not take the reload; everything was put back" "$words"
    fi
    await_answer "$WANTED" "$LOAD_SECONDS" && return 0
    words=$(log_since "$since")
    put_back
    call_nginx -s reload >/dev/null 2>&1 || :
    [ -z "$before" ] || await_answer "$before" "$LOAD_SECONDS" || :
    as_found "$(kind_of "$words" nginx-not-loaded)" \
        "NGINX still has its old configuration $LOAD_SECONDS s after a reload; everything was put back" "$words"
}

# back_up: the files as they were before this change, in a directory named by the time.
back_up() {
    [ -n "$BACKUPS" ] || return 0
    directory=$BACKUPS/$(date -u +%Y%m%dT%H%M%SZ)-$$
    for name in http proxy assets site; do
        [ -e "$STAGE/old/$name" ] || continue
        { mkdir -p "$directory" && cp -p "$STAGE/old/$name" "$directory/$name.conf"; } 2>/dev/null ||
            as_found write "cannot write the backup $directory" ''
    done
    [ -d "$BACKUPS" ] || return 0
    find "$BACKUPS" -mindepth 1 -maxdepth 1 -type d | sort -r | tail -n "+$((KEEP_BACKUPS + 1))" |
        while read -r directory; do rm -rf "$directory"; done
}

# tell_watchdog: whoever dies from here on leaves other things to be put right than before, or none.
tell_watchdog() {
    if [ -z "$WATCHDOG" ]; then
        rm -f "$STATE/watchdog.sh" "$STATE/watchdog.pid"
    elif [ -f "$STATE/watchdog.sh" ]; then
        (put "$STATE/watchdog.sh" "$WATCHDOG") || : # users have moved: what it knew before is better than nothing
    fi
}

remember() {
    rm -f "$STAGE/old/names" # from here on nothing is put back
    rm -rf "$STAGE"
    mv -f "$STATE/state.json.next" "$STATE/state.json" || die write "cannot write $STATE/state.json"
    tell_watchdog
    printf '%s\n' "$1"
}

# recover: what a shift that was killed left half done; NGINX may have loaded it.
recover() {
    [ -f "$STAGE/old/names" ] || return 0
    put_back
    call_nginx -s reload >/dev/null 2>&1 || :
}

shift_traffic() {
    command -v curl >/dev/null || die tool "curl is not installed"
    mutex
    lease_required
    trap '' HUP INT TERM PIPE
    recover
    NAMES='http proxy assets'
    [ -z "$SITE" ] || [ -e "$SITE_FILE" ] || NAMES="$NAMES site"
    (put "$STATE/state.json.next" "$STATE_JSON") || exit 70
    stage
    if [ "$PHASE" = commit ] && same && await_answer "$WANTED" 0; then
        remember unchanged
        return 0
    fi
    [ "$PHASE" = commit-prepared ] || test_alone
    # Another application's deployment must not test, nor load, what this one has only half put.
    exec 7<"${STAGE%/*}"
    flock -w 30 7 || as_found busy "another application's deployment has held ${STAGE%/*} for 30 s" ''
    keep_old
    [ "$PHASE" = prepare ] || back_up
    move_in
    [ "$PHASE" = commit-prepared ] || test_whole
    if [ "$PHASE" = prepare ]; then
        put_back
        tidy
        printf 'prepared\n'
        return 0
    fi
    reload
    remember changed
}

main() {
    shift_traffic
}
