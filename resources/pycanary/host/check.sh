# shellcheck shell=sh
# What a deployment needs of this host; changes nothing. In: REMOTE; DIRECTORIES, lines `NAME PATH` that must be
# writable; ROOT; WITH_DOCKER where a runtime or NGINX needs it; CONTAINER, DOCKER; RELOAD, how NGINX is reloaded,
# without sudo; SUDO where it goes through sudo; what nginx_lib.sh and git.sh need.
# Out: lines of a name and values, with a tab between each two.
REMOTE_SECONDS=20

# tell NAME VALUE...
tell() {
    printf '%s' "$1"
    shift
    for value in "$@"; do
        printf '\t%s' "$(printf '%s' "$value" | one_line)"
    done
    printf '\n'
}

since_boot() {
    if [ -r /proc/uptime ]; then cut -d ' ' -f 1 /proc/uptime; else printf 'unreadable'; fi
}

# above PATH: the nearest directory that exists, itself included.
above() {
    place=$1
    until [ -e "$place" ]; do
        place=${place%/*}
        place=${place:-/}
    done
    printf '%s' "$place"
}

# logind PROPERTY: as the running one has it, else as its files say.
logind() {
    busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager "$1" 2>/dev/null ||
        cat /usr/lib/systemd/logind.conf.d/*.conf /etc/systemd/logind.conf /etc/systemd/logind.conf.d/*.conf \
            2>/dev/null | sed -n "s/^$1=//p" | tail -n 1
}

tell_user() {
    tell user "$(id -un)" "$(id -u)"
    linger=no
    [ ! -e "/var/lib/systemd/linger/$(id -un)" ] || linger=yes
    kill=$(logind KillUserProcesses)
    case " $(logind KillExcludeUsers | tr -d '"') " in *" $(id -un) "*) kill=no ;; esac
    tell logind "$kill" "$linger"
}

tell_tools() {
    for tool in git curl flock setsid timeout realpath; do
        # shellcheck disable=SC2230 # a function of that name is not the program
        (unset -f git && command -v "$tool") >/dev/null 2>&1 || tell missing "$tool"
    done
    # Those of BusyBox do less.
    tar --null -T /dev/null -cf /dev/null 2>/dev/null || tell missing tar
    date -d 2026-01-01T00:00:00.123456789Z +%s >/dev/null 2>&1 || tell missing date
    tell git "$(command git version 2>/dev/null)"
    tell curl "$(curl --version 2>/dev/null | head -n 1)"
}

tell_remote() {
    heads=$(timeout "$REMOTE_SECONDS" git -c http.lowSpeedLimit=1 -c http.lowSpeedTime=15 ls-remote --heads -- "$REMOTE" 2>&1) || {
        status=$?
        [ "$status" != 124 ] || heads="timed out after $REMOTE_SECONDS s"
        words=$( (remote_failed "$(remote_shown)" "$heads") 2>&1) || :
        tell remote "${words#pycanary:}"
        return 0
    }
    tell remote ok
    printf '%s\n' "$heads" | awk '/\trefs\/heads\// { sub(/.*\trefs\/heads\//, ""); print "branch\t" $0 }' | head -n 1000
}

tell_places() {
    printf '%s\n' "$DIRECTORIES" | while read -r name path; do
        real=$(above "$path")
        may=no
        if [ -d "$real" ] && [ -w "$real" ] && [ -x "$real" ]; then may=yes; fi
        tell place "$name" "$path" "$may" "$real"
    done
    # Others of this machine: what they may do with the directory that everything is in.
    [ -z "$(find -L "$ROOT" -prune \( -perm -004 -o -perm -001 \) 2>/dev/null)" ] || tell open yes
}

# tell_space NAME PATH
tell_space() {
    real=$(above "$2")
    df -Pk "$real" 2>/dev/null | awk -v name="$1" 'NR == 2 { print "space\t" name "\t" $(NF-4) "\t" $(NF-2) "\t" $NF }'
    df -Pi "$real" 2>/dev/null | awk -v name="$1" 'NR == 2 { print "inodes\t" name "\t" $(NF-4) "\t" $(NF-2) "\t" $NF }'
}

tell_listeners() {
    if found=$(ss -ltnp 2>/dev/null); then
        printf '%s\n' "$found" | awk '$1 == "LISTEN" {
            address = $4
            if (!sub(/.* users:/, "")) $0 = ""
            print "ss\t" address "\t" $0
        }'
    else
        cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { print "tcp\t" $2 "\t" $8 }'
    fi
    # Whichever application's status server answers first: applications of one NGINX may share the port.
    tell status "$(curl -q -s -m 1 --noproxy '*' "http://127.0.0.1:$STATUS_PORT/generation" 2>/dev/null | head -c 200)"
}

tell_docker() {
    command -v docker >/dev/null || { tell docker missing && return 0; }
    if version=$(docker version --format '{{.Server.Version}}' 2>&1); then
        tell docker ok "$version"
    else
        tell docker failed "$version"
        return 0
    fi
    tell compose "$(docker compose version --short 2>/dev/null)"
    docker ps --format '{{"container\t"}}{{.Label "com.docker.compose.project"}}{{"\t"}}{{.Names}}{{"\t"}}{{.Ports}}{{"\t"}}{{.Networks}}' 2>/dev/null || :
    tell_space docker "$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)"
}

tell_container() {
    eval "$DOCKER inspect --format '{{.HostConfig.NetworkMode}}' \"\$CONTAINER\"" >/dev/null 2>&1 || return 0
    tell network "$(eval "$DOCKER inspect --format '{{.HostConfig.NetworkMode}}' \"\$CONTAINER\"")"
    eval "$DOCKER inspect --format '{{range .Mounts}}{{.Source}}{{\"\\t\"}}{{.Destination}}{{println}}{{end}}' \"\$CONTAINER\"" |
        awk 'NF { print "mount\t" $0 }'
}

# tell_reload: whether this user may reload NGINX, found without doing it.
tell_reload() {
    may=unknown
    if [ -n "$SUDO" ]; then
        may=no
        ! eval "sudo -n -l $RELOAD" >/dev/null 2>&1 || may=yes
    elif [ -z "$CONTAINER" ]; then
        file=$(pid_file) || :
        if [ -r "$file" ] && pid=$(cat "$file") && [ -d "/proc/$pid" ]; then
            may=no
            ! kill -0 "$pid" 2>/dev/null || may=yes
        fi
    fi
    tell reload "$may"
}

main() {
    tell begun "$(date +%s)" "$(since_boot)"
    [ ! -r /proc/sys/kernel/random/boot_id ] || tell boot "$(boot_id)"
    tell_user
    tell_tools
    tell_places
    tell_space path "$ROOT"
    tell_listeners
    [ -z "$WITH_DOCKER" ] || tell_docker
    [ -z "$CONTAINER" ] || tell_container
    tell_reload
    [ -z "$(unset -f git && command -v git)" ] || tell_remote
    tell ended "$(since_boot)"
}
