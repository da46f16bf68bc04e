#!/bin/sh
# What the lab's sshd runs in place of each command: it numbers the command and, where the plan says so, harms it.
# In: the injector's directory. There: plan (KIND NUMBER DEPLOYER DELAY), count, numbered (a line for each command).
# The conversation that renews the lease has a name in place of a number: it begins beside the others.
set -u
here=$1 sshd=$PPID
export TMPDIR="$here/tmp"

run() {
    exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
}

# run_beside: the same as a child, so that something can be done meanwhile and afterwards.
run_beside() {
    exec 3<&0
    /bin/sh -c "$SSH_ORIGINAL_COMMAND" <&3 3<&- 7>&- &
    child=$!
    exec 3<&- 0</dev/null
}

next_number() {
    exec 7>>"$here/lock"
    flock 7
    count=0
    [ ! -f "$here/count" ] || read -r count <"$here/count"
    echo "$((count + 1))" >"$here/count"
    exec 7>&-
    echo "$((count + 1))"
}

cut() {
    kill -9 "$sshd"
}

now() {
    read -r up _ </proc/uptime
    echo "$up"
}

[ -f "$here/plan" ] || run
read -r kind wanted deployer delay <"$here/plan"
case $SSH_ORIGINAL_COMMAND in
'exec timeout '*) number=$(next_number) ;;
*) number=keep ;;
esac

if [ "$kind" = count ]; then
    begun=$(now)
    run_beside
    status=0
    wait "$child" || status=$?
    echo "$number $begun $(now)" >>"$here/numbered"
    exit "$status"
fi

[ "$number" = "$wanted" ] || run
echo "$number $kind" >>"$here/injected"
case $kind in
cut-before)
    cut
    ;;
cut-middle)
    run_beside
    sleep "$delay"
    cut
    wait "$child"
    ;;
cut-after)
    run_beside
    wait "$child"
    cut
    ;;
fails)
    exit 1
    ;;
fails-after)
    run_beside
    wait "$child"
    exit 1
    ;;
hangs) # the host's own limit of the command, a short one
    exec timeout -k 5 "$delay" sleep 600
    ;;
kills)
    kill -9 "$deployer"
    run
    ;;
esac
