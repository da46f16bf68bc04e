# shellcheck shell=sh
# What there is to know of NGINX on this host; changes nothing. In: FILES, one `NAME PATH` a line. WHOLE: print the whole
# configuration too. Out: `NAME VALUE` lines; the lines of a text follow with `|` in front, and an empty line where the
# text ends with a line break.

text() {
    sed 's/^/|/'
    printf '\n'
}

# runs: yes, no or unknown; where no status server answers yet, by the file that names the process.
runs() {
    if [ -n "$CONTAINER" ] || [ -n "$(ask generation)" ]; then
        printf 'yes' # a container that has stopped could not be asked for the version
        return 0
    fi
    file=$(pid_file)
    case $file in
    /*) ;;
    *) printf 'unknown' && return 0 ;;
    esac
    if [ -r "$file" ]; then # `nginx -t` leaves an empty one
        process=$(cat "$file")
        if [ -n "$process" ] && [ -d "/proc/$process" ]; then printf 'yes'; else printf 'no'; fi
    elif [ -e "$file" ]; then
        printf 'unknown'
    else
        printf 'no'
    fi
}

main() {
    words=$(call_nginx -v 2>&1) && version=$words || version=''
    printf 'version %s\n' "$version"
    [ -n "$version" ] || { printf 'words %s\n' "$(why_not "$words")" && printf '%s\n' "$words" | text && return 0; }
    valid=yes
    words=$(call_nginx -t 2>&1) || valid=$(why_not "$words")
    printf 'valid %s\n' "$valid"
    printf '%s\n' "$words" | text
    printf 'runs %s\ngeneration %s\nweights %s\n' "$(runs)" "$(ask generation)" "$(ask weights)"
    printf '%s\n' "$FILES" | while read -r name path; do
        if [ -r "$path" ]; then
            printf 'file %s\n' "$name"
            text <"$path"
        elif [ -e "$path" ]; then
            printf 'unreadable %s\n' "$name"
        fi
    done
    [ -z "$WHOLE" ] || { printf 'whole\n' && call_nginx -T 2>/dev/null | text; }
}
