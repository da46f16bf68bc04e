#!/bin/sh
# What the lab's sshd runs in place of each command: it numbers the command and, where the plan says so, harms it.
# In: the injector's directory. There: plan (KIND NUMBER DEPLOYER DELAY LIMIT), count, numbered (a line for each command),
# others (the connections that are another deployer's).
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

# hang: the command stands still, holding whatever it holds, until its host's own limit ends it, a shorter one here. What
# ignores the limit's first signal stands still on, until it is killed. The limit itself, `timeout`, goes on.
hang() {
    SSH_ORIGINAL_COMMAND="exec timeout -k 5 $limit ${SSH_ORIGINAL_COMMAND#exec timeout -k * * }"
    run_beside
    sleep "$delay"
    if kill -STOP "-$child" 2>/dev/null; then
        while kill -CONT "$child" 2>/dev/null; do
            sleep 0.2
            kill -STOP "-$child" 2>/dev/null || break
        done
        wait "$child"
    else # it had ended already: its answer hangs
        exec timeout "$limit" sleep 600
    fi
}

# hang_keep: a conversation has no limit: it stands still for longer than its owner waits for an answer.
hang_keep() {
    run_beside
    sleep "$delay"
    kill -STOP "$child"
    sleep "$limit"
    kill -CONT "$child"
    wait "$child"
}

# stop: a person is in a hurry, or a CI system that asks first and asks again.
stop() {
    case $number in
    *[0369]) name=TERM ;;
    *[147]) name=INT ;;
    *) name=HUP ;;
    esac
    kill -s "$name" "$deployer"
    (sleep 0.3 && kill -s TERM "$deployer") </dev/null >/dev/null 2>&1 &
}

now() {
    read -r up _ </proc/uptime
    echo "$up"
}

[ -f "$here/plan" ] || run
read -r kind wanted deployer delay limit <"$here/plan"
! grep -qsx "$sshd" "$here/others" || run
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
now >>"$here/injected"
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
hangs)
    if [ "$number" = keep ]; then hang_keep; else hang; fi
    ;;
stops)
    stop
    run
    ;;
kills*)
    kill -9 "$deployer"
    run
    ;;
esac
