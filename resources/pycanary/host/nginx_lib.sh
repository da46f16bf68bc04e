# shellcheck shell=sh
# Common to the scripts that work with NGINX. NGINX: how to call it, as quoted words. STATUS_PORT, STATUS_HOST: where
# its status server of this application answers. CONTAINER: the container it runs in, or empty.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # sshd's own PATH often lacks them

# call_nginx ARGUMENT...: in front of them those of every call; the locks stay with this script.
call_nginx() {
    eval "set -- $NGINX \"\$@\""
    "$@" 7>&- 8>&- 9>&-
}

# ask NAME: what the status server answers; nothing where it does not answer. NAME?[1-N] asks N times, each on a
# connection of its own, and {NAME,NAME} one after the other.
ask() {
    curl -q -s -m 1 --noproxy '*' -H "Host: $STATUS_HOST" "http://127.0.0.1:$STATUS_PORT/$1" 2>/dev/null || :
}

# pause SECONDS: a part of a second, where the host's sleep knows fractions.
pause() {
    sleep "$1" 2>/dev/null || sleep 1
}

# why_not WORDS: the kind of error in what NGINX, sudo or docker said; `refused` where NGINX itself judged a file.
why_not() {
    case $1 in
    *sudo:*) printf 'nginx-rights' ;;
    *'No such container'* | *'is not running'*) printf 'nginx-stopped' ;;
    *'invalid PID number'* | *'No such process'* | *'.pid" failed (2:'*) printf 'nginx-stopped' ;;
    *'ermission denied'*) printf 'nginx-rights' ;;
    *'[emerg]'*) printf 'refused' ;;
    *'not found'*) printf 'tool' ;;
    *) printf 'refused' ;;
    esac
}

# pid_file: the file that names NGINX's process, by its configuration or as it was compiled.
pid_file() {
    file=$(call_nginx -T 2>/dev/null | sed -n 's/^[[:space:]]*pid[[:space:]]\{1,\}\([^;[:space:]]*\).*/\1/p' | head -n 1)
    [ -n "$file" ] || file=$(call_nginx -V 2>&1 | tr ' ' '\n' | sed -n 's/^--pid-path=//p')
    printf '%s' "$file"
}

parent_of() {
    sed -n 's/^.*) . \([0-9]*\) .*/\1/p' "/proc/$1/stat" 2>/dev/null
}
