#!/bin/sh
# How the lab's services are started without containers: the `commands` of its canary.yml.
# In: SLOT SERVICE PORT COMMIT ENV_FILE TZ, and SERVICES ("name=stable-port,canary-port ...") and RUN_DIRECTORY.
set -eu
run=$RUN_DIRECTORY/$SLOT-$SERVICE

# runs: whether the process of that number still is the service, which has $run as its argument, or is about to become it.
runs() {
    pid=$(cat "$run.pid" 2>/dev/null) && grep -qsF -e "$run" -e "${0##*/}" "/proc/$pid/cmdline"
}

start() {
    mkdir -p "$RUN_DIRECTORY"
    PEERS=''
    for each in $SERVICES; do
        ports=${each#*=}
        case $SLOT in stable) port=${ports%,*} ;; *) port=${ports#*,} ;; esac
        [ "${each%%=*}" = "$SERVICE" ] || PEERS="$PEERS ${each%%=*}=http://127.0.0.1:$port"
    done
    export PEERS
    if [ -f "${ENV_FILE:-}" ]; then
        set -a
        # shellcheck disable=SC1090 # written by the deployment
        . "$ENV_FILE"
        set +a
    fi
    setsid python3 app.py "$run" >"$run.log" 2>&1 </dev/null &
    echo $! >"$run.pid"
}

stop() {
    ! runs || kill -TERM "$pid"
    while runs; do sleep 0.05; done
    rm -f "$run.pid"
}

case $1 in
start) start ;;
stop) stop ;;
running) runs ;;
logs) tail -n 100 "$run.log" ;;
esac
