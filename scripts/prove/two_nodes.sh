#!/usr/bin/env bash
# Two machines on one: trains on two nodes, kills one in mid-run, starts it again, and looks whether the result is right.
#
#   scripts/prove/two_nodes.sh                    the demonstration, some minutes; node 2 is killed
#   scripts/prove/two_nodes.sh --cable            its cable is pulled first, so that node 1 is told nothing, as in a power failure
#   scripts/prove/two_nodes.sh --victim 1         node 1 is killed, where the nodes meet; both are started again
#   scripts/prove/two_nodes.sh --tiny             a tiny model on a made-up table, about a minute
#
# More: --epochs N; --every N (steps from one last.ckpt to the next); --after N (kills when it was written so often);
# --away SECONDS (until the node is started again); --folder DIR (kept; else a temporary one, kept if something is wrong).
# What is given behind -- goes to finetune fit.
#
# The nodes are two network namespaces, each with one end of a virtual cable and nothing else: they reach each other and
# no one besides. They share the disk, as the nodes of a cluster do. Needs Linux, root and `ip`; installs nothing. The
# Python is that of .venv (scripts/demo.sh makes it), or PYTHON, or the one of the active environment.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
check=$root/scripts/prove/two_nodes_check.py
port=29400
join_seconds=600 # how long a node waits for the other

refuse() { # what the user can mend
    printf 'two_nodes.sh: %s\n' "$1" >&2
    exit 2
}

# ---- what is asked for ------------------------------------------------------------------------------------------

tiny=false tolerance=0.05 cable=false victim=2 epochs= every= after= away=5 folder= more=()
while (($#)); do
    case $1 in
        --tiny) tiny=true ;;
        --cable) cable=true ;;
        --victim | --epochs | --every | --after | --away | --folder)
            (($# > 1)) || refuse "$1 needs a value"
            printf -v "${1#--}" %s "$2"
            shift
            ;;
        --help | -h)
            sed -n '2,/^set/{/^# \{0,1\}/s///p}' "${BASH_SOURCE[0]}"
            exit 0
            ;;
        --)
            shift
            more=("$@")
            break
            ;;
        *) refuse "there is no option $1; --help shows them. What finetune is to get stands behind --" ;;
    esac
    shift
done
[[ $victim == [12] ]] || refuse "--victim $victim: there are node 1 and node 2"
if $tiny; then
    tolerance=0 # it has no dropout: see two_nodes_check.py
    share=1 lag=0.1
    : "${epochs:=4}" "${every:=4}"
else
    share=2 lag=1
    : "${epochs:=5}" "${every:=20}"
fi
for number in "$epochs" "$every" "${after:-1}" "$away"; do
    [[ $number =~ ^[0-9]+$ ]] || refuse "$number is not a whole number"
done
: "${after:=$((share * epochs))}" # it is written six or seven times an epoch; the tiny run is fast

[[ $(uname) == Linux ]] || refuse "network namespaces are Linux's own"
command -v ip >/dev/null || refuse "it needs ip (Debian, Ubuntu: apt install iproute2)"
((EUID == 0)) || refuse "only root may make network namespaces: sudo $0"

python=${PYTHON:-$root/.venv/bin/python}
[[ -x $python ]] || python=$(command -v python3 || true)
export PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH} OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
"$python" -c 'import lightning, finetune' 2>/dev/null ||
    refuse "${python:-Python} has no finetune: call scripts/demo.sh once, or name another with PYTHON="

# ---- the machines -----------------------------------------------------------------------------------------------

nets=("" "finetune$$-1" "finetune$$-2") # of node 1 and node 2
ends=("" "ft$$a" "ft$$b")               # of their cable; names of up to 15 letters
hosts=("" 10.77.0.1 10.77.0.2)

power_off() { # power_off NODE: kills all that runs on it at once
    local numbers
    while numbers=$(ip netns pids "${nets[$1]}" 2>/dev/null) && [[ -n $numbers ]]; do
        # shellcheck disable=SC2086
        kill -KILL $numbers 2>/dev/null || true
        sleep 0.1
    done
}

clean_up() {
    local status=$?
    trap - EXIT
    for node in 1 2; do
        power_off $node
        ip netns del "${nets[$node]}" 2>/dev/null || true
    done
    [[ -z $teller ]] || kill "$teller" 2>/dev/null || true
    [[ -z $temporary || $status == 1 ]] || rm -rf "$temporary"
    exit $status
}

temporary='' teller=''
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
ip netns add "${nets[1]}" 2>/dev/null ||
    refuse "the system does not allow network namespaces here, as in many containers (docker: --privileged)"
ip netns add "${nets[2]}"
ip link add "${ends[1]}" netns "${nets[1]}" type veth peer name "${ends[2]}" netns "${nets[2]}"
for node in 1 2; do
    ip -n "${nets[$node]}" address add "${hosts[$node]}/24" dev "${ends[$node]}"
    ip -n "${nets[$node]}" link set lo up
    ip -n "${nets[$node]}" link set "${ends[$node]}" up
done

# ---- what they do -----------------------------------------------------------------------------------------------

if [[ -z $folder ]]; then
    temporary=$(mktemp -d "${TMPDIR:-/tmp}/two_nodes_XXXXXX")
    folder=$temporary
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
[[ -z $(ls -A "$folder") ]] || refuse "$folder is not empty: give another"
events=$folder/events.log

say() { printf '%(%T)T  %s\n' -1 "$*" | tee -a "$events"; }

# Each line of a node's output gets the time and the node's name
named() {
    local line
    while IFS= read -r line; do printf '%(%T)T node%s | %s\n' -1 "$1" "$line"; done
}

options=(--trainer.accelerator cpu --trainer.max_epochs "$epochs" --last_checkpoint.every_n_steps "$every"
    --trainer.log_every_n_steps 1 --resource_monitor null --write_report false --baselines null)
if $tiny; then
    options+=(--data.path ../dados.csv --model.name ../tiny --model.learning_rate 0.005
        --model.freeze_embeddings false --data.effective_batch_size 8 --data.on_findings skip
        --trainer.precision 32-true)
else
    options+=(--config demo)
fi
options+=(${more[@]+"${more[@]}"})

# start NODE RUN: the command that each node of a cluster gets; the first of them is where they meet.
# Without the -- torchrun takes --run for the beginning of an option of its own
start() {
    local node=$1 is_host=false
    ((node == 1)) && is_host=true
    mkdir -p "$folder/$2"
    (
        cd "$folder/$2"
        # which network gloo takes; what torchrun tells of restarts
        export GLOO_SOCKET_IFNAME=${ends[$node]} LOGLEVEL=INFO
        # else a node that comes back waits in vain for an address that the first one tells only once: torch 2.13,
        # https://github.com/pytorch/pytorch/issues/135712
        export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
        exec ip netns exec "${nets[$node]}" "$python" -m torch.distributed.run \
            --nnodes 2 --nproc_per_node 1 --max_restarts 3 \
            --rdzv_id "$2" --rdzv_backend c10d --rdzv_endpoint "${hosts[1]}:$port" \
            --rdzv_conf "is_host=$is_host,join_timeout=$join_seconds" --local_addr "${hosts[$node]}" \
            --log_dir "$folder/torchrun" \
            -m -- finetune fit --run latest --resume "${options[@]}" \
            --trainer.num_nodes 2 --trainer.devices 1 --trainer.strategy ddp
    ) > >(named "$node" >>"$folder/$2/node$node.log") 2>&1 &
    launched[node]=$!
}
launched=("" "" "")

# together RUN: waits for both nodes
together() {
    local node status
    for node in 1 2; do
        status=0
        wait "${launched[$node]}" || status=$?
        ((status == 0)) || fail "node $node ended with status $status" "$folder/$1/node$node.log"
    done
}

fail() { # fail WHAT LOG
    say "FAILED: $1. The end of $2:"
    tail -n 25 "$2" >&2 || true
    say "all is kept in $folder"
    exit 1
}

# wait_until SECONDS WHAT NODE COMMAND...: fails where it does not come about while that node works
wait_until() {
    local until=$((SECONDS + $1)) what=$2 node=$3
    shift 3
    until "$@"; do
        ((SECONDS < until)) || fail "$what: not within the time" "$folder/killed/node$node.log"
        kill -0 "${launched[$node]}" 2>/dev/null || fail "$what: node $node has ended" "$folder/killed/node$node.log"
        sleep 0.1
    done
}

written=0 last_seen=
was_written() { # was_written FILE TIMES: counts how often a file was replaced since the first call
    local now
    now=$(stat -c %i.%Y "$1" 2>/dev/null) || return 1
    [[ $now == "$last_seen" ]] || { last_seen=$now written=$((written + 1)); }
    ((written >= $2))
}

say "two nodes: ${hosts[1]} and ${hosts[2]}; work in $folder"
if $tiny; then
    "$python" "$check" make "$folder"
fi

run=$folder/killed/lightning_logs/version_0
log1=$folder/killed/node1.log log2=$folder/killed/node2.log
say "killed: both nodes start"
start 1 killed
start 2 killed
# what the nodes say of it is told as it comes
touch "$log1" "$log2"
telling="^[0-9:]+ node.|no run to go on.*|It goes on.*|.*begins again|Read error .*peer|exitcode: -?[0-9]+"
telling+="|Worker group FAILED.*left|Rendezvous'ing.*"
tail --pid=$$ -q -n +1 -F "$log1" "$log2" 2>/dev/null > >(grep --line-buffered -oE "$telling" |
    sed -u -E '/^[0-9:]+ node.$/{h;d};H;x;s/^([0-9:]+) (node.)\n/\1  \2: /' | tee -a "$events") &
teller=$!

wait_until 1800 "last.ckpt written $after times" 1 was_written "$run/checkpoints/last.ckpt" "$after"
sleep $lag # so that some steps are lost
if $cable; then
    ip -n "${nets[$victim]}" link set "${ends[$victim]}" down
    say "the cable of node $victim is pulled"
fi
{ # bash itself would say so, with the whole command
    power_off "$victim"
    wait "${launched[$victim]}" || true
} 2>/dev/null
say "node $victim is killed (SIGKILL of all that runs there)"

if ((victim == 1)); then
    status=0
    wait "${launched[2]}" || status=$? # nobody is left to meet
    say "node 2 has ended by itself, with status $status"
fi
say "$("$python" "$check" reached "$run")"
sleep "$away"
if $cable; then
    ip -n "${nets[$victim]}" link set "${ends[$victim]}" up
fi
say "node $victim is started again, with the same command"
start "$victim" killed
if ((victim == 1)); then
    say "node 2 too"
    start 2 killed
fi
together killed
say "killed: both nodes have finished, status 0"

say "undisturbed: the same on two nodes, with no kill"
start 1 undisturbed
start 2 undisturbed
together undisturbed

say "alone: the same in one process"
mkdir "$folder/alone"
(
    cd "$folder/alone"
    exec ip netns exec "${nets[1]}" "$python" -m finetune fit "${options[@]}" --trainer.devices 1
) >"$folder/alone/log.txt" 2>&1 &
wait $! || fail "the run in one process ended with status $?" "$folder/alone/log.txt"

status=0
"$python" "$check" compare "$folder" "$tolerance" > >(while IFS= read -r line; do say "$line"; done) || status=$?
sleep 0.2 # the last lines
((status == 0)) || { say "all is kept in $folder"; exit 1; }
