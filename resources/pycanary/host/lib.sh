# shellcheck shell=sh
# Common to every script that runs on a host. STATE: the application's state directory; RUN: id of the asking run.
umask 077
LC_ALL=C
export LC_ALL

# die KIND SENTENCE: the last line on stderr, which the caller turns into an error; KIND is for code, SENTENCE for people.
die() {
    printf 'pycanary:%s:%s\n' "$1" "$2" >&2
    exit 70
}

# put PATH TEXT: the whole file or none of it, also when the disk is full or the power fails. With a third word it is
# nothing that counts after a reboot, and a slow disk is not waited for.
put() {
    HALF=$1.new
    write "$HALF" "$2"
    [ -n "${3:-}" ] || sync "$HALF" 2>/dev/null || :
    mv -f "$HALF" "$1" || die write "cannot move $1.new into place"
    HALF=''
}

# tidy_half: whoever ends a script while it puts a file, which may hold secrets, ends the half of it too.
HALF=''
tidy_half() {
    [ -z "$HALF" ] || rm -f "$HALF"
}
trap tidy_half EXIT
trap 'exit 75' TERM

# write PATH TEXT: what nobody reads before it is whole and, where it has to last, synced.
write() {
    printf '%s' "$2" >"$1" && return 0
    rm -f "$1"
    die write "cannot write ${1%.new}: $(df -hP "${1%/*}" 2>/dev/null | awk 'NR == 2 { print $4 " free on " $6 }')"
}

uptime_seconds() {
    read -r up _ </proc/uptime
    printf '%s' "${up%%.*}"
}

boot_id() {
    read -r id </proc/sys/kernel/random/boot_id
    printf '%s' "$id"
}

# mutex: one script at a time changes state; the kernel frees it whatever happens to this process.
MUTEX=''
mutex() {
    [ -z "$MUTEX" ] || return 0
    command -v flock >/dev/null || die tool "flock is not installed"
    [ -d "$STATE" ] || mkdir -p "$STATE" 2>/dev/null || die write "cannot create $STATE as $(id -un)"
    (: >>"$STATE/mutex") 2>/dev/null || die write "cannot write in $STATE as $(id -un)"
    exec 9>"$STATE/mutex"
    flock -w 30 9 || die busy "another pycanary command has held $STATE/mutex for 30 s"
    MUTEX=yes
}

# lease_read: the lease into L_*; fails when there is none.
lease_read() {
    L_RUN='' L_EXPIRES=0 L_BOOT='' L_WHO='' L_SINCE='' L_TYPE='' L_FROM='' L_URL=''
    [ -f "$STATE/lease" ] || return 1
    while IFS='=' read -r key value; do
        case $key in
        run) L_RUN=$value ;;
        expires) L_EXPIRES=$value ;;
        boot) L_BOOT=$value ;;
        who) L_WHO=$value ;;
        since) L_SINCE=$value ;;
        type) L_TYPE=$value ;;
        from) L_FROM=$value ;;
        url) L_URL=$value ;;
        esac
    done <"$STATE/lease"
}

lease_live() {
    lease_read && [ "$L_BOOT" = "$(boot_id)" ] && [ "$L_EXPIRES" -gt "$(uptime_seconds)" ]
}

# lease_lock: for whoever reads the lease in order to write it, after `mutex` where both are needed. It is only ever held
# for moments, so the owner's renewal never waits for a shift, which holds the mutex for seconds.
lease_lock() {
    exec 8>"$STATE/lease.lock"
    flock -w 5 8 || die busy "another pycanary command has held $STATE/lease.lock for 5 s"
}

# lease_write SECONDS: the lease is RUN's for that long; its clock is the host's uptime, which nobody sets.
lease_write() {
    put "$STATE/lease" "run=$RUN
expires=$(($(uptime_seconds) + $1))
boot=$(boot_id)
who=$WHO
since=$SINCE
type=$TYPE
from=$FROM
url=$URL
" void
}

# lease_extend SECONDS: the same lease, counted from now.
lease_extend() {
    WHO=$L_WHO SINCE=$L_SINCE TYPE=$L_TYPE FROM=$L_FROM URL=$L_URL
    lease_write "$1"
}

lease_describe() {
    printf 'run=%s\nwho=%s\nsince=%s\ntype=%s\nfrom=%s\nurl=%s\nleft=%s\n' "$L_RUN" "$L_WHO" "$L_SINCE" "$L_TYPE" \
        "$L_FROM" "$L_URL" "$((L_EXPIRES - $(uptime_seconds)))"
}

# lease_required: every short script that changes anything begins so; a run that was taken over stops here.
lease_required() {
    if ! lease_read || [ "$L_RUN" != "$RUN" ]; then
        [ -n "$L_RUN" ] || die lease '' # nobody has it: it ran out and the host went back by itself, or somebody freed it
        die lease "$L_TYPE, run $L_RUN${L_WHO:+, started by $L_WHO}"
    fi
}

# working: every long script that changes anything begins so; whoever takes the lease ends it and its children. It is
# announced before it looks: of a lease that changes hands in this moment, one of the two knows.
# Every script is started by `timeout`, whose process group holds it and all that it starts.
working() {
    mkdir -p "$STATE/working"
    put "$STATE/working/$PPID" "$(started "$PPID")" void
    trap 'tidy_half; rm -f "$STATE/working/$PPID"' EXIT
    trap 'exit 75' TERM INT HUP PIPE
    lease_required
}

# started PID: when that process was started, the 22nd field of its stat; nothing where it is gone.
started() {
    sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

# end_working: end what `working` announced, if it still is the same process.
end_working() {
    for file in "$STATE"/working/*; do
        [ -f "$file" ] || continue
        group=${file##*/}
        begun=$(started "$group")
        [ -z "$begun" ] || [ "$begun" != "$(cat "$file" 2>/dev/null)" ] || kill -TERM "-$group" 2>/dev/null || :
        rm -f "$file"
    done
}
