#!/usr/bin/env bash
# A network link goes down in the middle of a run on two nodes (network namespaces with hosts' names of their own): the job ends within 60 s
# with an exit code other than 0, the last output stays, no process is left, and with the link the job works again. By mpirun alone, told to
# look after its nodes as the guide says; or under `fullbase supervise`, whose next try comes when the link is there again.
# usage: link_down.sh mpirun|supervise
source "$(dirname "$0")/harness.sh"
source "$(dirname "$0")/processes.sh"
way=${1:-mpirun}
[ "$(id -u)" -eq 0 ] && command -v ip >/dev/null && command -v nsenter >/dev/null || skip "network namespaces need root, ip and nsenter"
# Names of interfaces have 15 characters.
name=fb$(($$ % 100000))
remove_nodes() { ip netns del ${name}a 2>/dev/null || true; ip netns del ${name}b 2>/dev/null || true; }
trap 'remove_nodes; cleanup' EXIT
{
  ip netns add ${name}a && ip netns add ${name}b &&
    ip link add ${name}va netns ${name}a type veth peer name ${name}vb netns ${name}b &&
    ip -n ${name}a link set lo up &&
    nsenter --net=/run/netns/${name}a unshare --uts true
} >netns.log 2>&1 || skip "network namespaces are not allowed here"
address=1
for node in a b; do
  ip -n $name$node addr add 10.91.0.$address/24 dev ${name}v$node
  ip -n $name$node link set lo up
  ip -n $name$node link set ${name}v$node up
  address=$((address + 1))
done
# What ssh would do.
cat >agent.sh <<SH
#!/bin/sh
# agent.sh HOST COMMAND...
shift
exec nsenter --net=/run/netns/${name}b unshare --uts sh -c 'hostname node-b; eval "\$1"' sh "\$*"
SH
cat >first_node.sh <<SH
#!/bin/sh
exec nsenter --net=/run/netns/${name}a unshare --uts sh -c 'hostname node-a; exec "\$@"' sh "\$@"
SH
chmod +x agent.sh first_node.sh
export OMPI_MCA_plm_rsh_agent=$work/agent.sh
on_nodes=(mpirun --host 10.91.0.1:2,10.91.0.2:1 -n 3 "$FULLBASE")
link() { ip -n ${name}b link set ${name}vb "$1"; }

generated --store store --customers 1000 --lines 20000 --seed 7
long_job 60
mpi 2 run job.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the job failed"; }
new=$("$FULLBASE" digest out/result.h5 | tail -1)
mpi 2 run job.yaml --quiet --set steps.groups.k=2 >run.log 2>&1 || { cat run.log; breach "the old job failed"; }
old=$("$FULLBASE" digest out/result.h5 | tail -1)

if [ "$way" = mpirun ]; then
  export OMPI_MCA_oob_tcp_keepalive_time=4 OMPI_MCA_oob_tcp_keepalive_intvl=2 OMPI_MCA_oob_tcp_keepalive_probes=2
  command=("${on_nodes[@]}" run job.yaml --set steps.groups.n_init=1000)
else
  command=("$FULLBASE" supervise --backoff 1s -- "${on_nodes[@]}" run job.yaml --set resources.silence_limit=3s)
fi
marked ./first_node.sh "${command[@]}" >stdout.txt 2>stderr.txt &
job=$!
await_second_step
link down
begun=$SECONDS
if [ "$way" = mpirun ]; then
  (sleep 60; kill -KILL $job 2>/dev/null) & watch=$!
  got=0
  wait $job || got=$?
  kill $watch 2>/dev/null || true
  [ $((SECONDS - begun)) -lt 60 ] || breach "took a minute"
  truths=$((truths + 1))
  [[ " 0 137 " != *" $got "* ]] || { breach "exit code $got"; cat stderr.txt; }
  none_marked "the link is down"
  same "the last output" "$old" "$("$FULLBASE" digest out/result.h5 | tail -1)"
  link up
  ./first_node.sh "${on_nodes[@]}" run job.yaml --quiet >run.log 2>&1 || { cat run.log; breach "the next run failed"; }
else
  await "the end of the first try" "grep -q 'try 2 of 5 begins\|try 2 begins' stderr.txt" $job || cat stderr.txt
  [ $((SECONDS - begun)) -lt 60 ] || breach "took a minute"
  contains "a node is cut off" "no sign of life for 3 s" stderr.txt
  same "the last output" "$old" "$("$FULLBASE" digest out/result.h5 | tail -1)"
  link up
  got=0
  wait $job || got=$?
  same "the supervisor's exit code" 0 $got
  none_marked "the link is up again"
fi
same "digest with the link" "$new" "$("$FULLBASE" digest out/result.h5 | tail -1)"
"$FULLBASE" verify out/result.h5 >verify.log 2>&1 || { cat verify.log; breach "verify"; }
finish
