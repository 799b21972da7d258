# A real Slurm on one machine, for tests: slurmctld and four slurmd, each a machine of its own by network namespace, name, /dev/shm and
# spool folder. Sourced first of all by a test, which it starts anew in namespaces that nothing outlives: no process, no network
# device, no mount, however the test ends.
set -euo pipefail

nodes=4 cpus_of_node=2

if [ -z "${FULLBASE_IN_CLUSTER:-}" ]; then
  skip_all() { echo "skipped: $*"; exit 77; }
  [ "$(id -u)" -eq 0 ] || skip_all "a Slurm of our own needs root"
  for command in slurmctld slurmd sbatch munged ip nsenter unshare; do
    PATH=$PATH:/usr/sbin:/sbin command -v $command >/dev/null || skip_all "$command is not installed"
  done
  unshare --net --uts --mount --pid --ipc --fork --mount-proc ip link add probe type bridge 2>/dev/null ||
    skip_all "network namespaces are not allowed here"
  export FULLBASE_IN_CLUSTER=yes PATH=$PATH:/usr/sbin:/sbin
  exec unshare --net --uts --mount --pid --ipc --fork --kill-child --mount-proc bash "$0" "$@"
fi

# slurm_conf FOLDER: what slurmctld and all slurmd read.
slurm_conf() {
  cat <<CONF
ClusterName=test
SlurmctldHost=control
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A job that is queued again waits until its credential has expired, by default two minutes, at least 5 s.
AuthInfo=socket=$1/munge.socket,cred_expire=5
StateSaveLocation=$1/state
SlurmdSpoolDir=$1/%n/spool
TmpFS=$1/%n/tmp
SlurmctldPidFile=$1/slurmctld.pid
SlurmdPidFile=$1/%n/slurmd.pid
SlurmctldLogFile=$1/slurmctld.log
SlurmdLogFile=$1/%n/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmdTimeout=5
KillWait=3
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
ScronParameters=enable
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
NodeName=node[1-$nodes] CPUs=$cpus_of_node RealMemory=4000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

# start_node NUMBER FOLDER: the machine node<NUMBER> and its slurmd.
start_node() {
  local node=node$1
  mkdir -p "$2/$node/spool" "$2/$node/tmp"
  ip netns add $node
  ip link add veth$1 type veth peer name eth0 netns $node
  ip link set veth$1 master cluster up
  ip -n $node link set lo up
  ip -n $node addr add 10.9.0.$1/24 dev eth0
  ip -n $node link set eth0 up
  # `ip netns exec` would hide the control groups, without which slurmd ends.
  nsenter --net=/run/netns/$node unshare --uts --ipc --mount bash -c "hostname $node; mount -t tmpfs tmpfs /dev/shm; exec slurmd -N $node"
}

# start_cluster FOLDER: until all nodes are idle. The folder's path is short: sockets lie in it.
start_cluster() {
  local node
  mkdir -p "$1/state"
  ip link set lo up
  ip link add cluster type bridge
  sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null || true
  ip addr add 10.9.0.254/24 dev cluster
  ip link set cluster up
  { echo "127.0.0.1 localhost"; echo "10.9.0.254 control"; for node in $(seq $nodes); do echo "10.9.0.$node node$node"; done; } >"$1/hosts"
  mount --bind "$1/hosts" /etc/hosts
  mount -t tmpfs tmpfs /run
  mkdir -p /run/netns
  hostname control
  (umask 077; head -c 128 /dev/urandom >"$1/munge.key")
  munged --force --socket="$1/munge.socket" --key-file="$1/munge.key" --pid-file="$1/munged.pid" --log-file="$1/munged.log" --seed-file="$1/munge.seed"
  slurm_conf "$1" >"$1/slurm.conf"
  export SLURM_CONF=$1/slurm.conf
  slurmctld
  for node in $(seq $nodes); do start_node $node "$1"; done
  for _ in $(seq 300); do [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = $nodes ] && return 0; sleep 0.1; done
  tail -5 "$1/slurmctld.log" "$1"/node*/slurmd.log
  return 1
}

# kill_node NUMBER: as if its power were cut: its network is gone, and all its processes.
kill_node() {
  ip link set veth$1 down
  local pid
  # Jobs' processes are in the node's network namespace.
  for pid in $(ip netns pids node$1); do kill -KILL "$pid" 2>/dev/null || true; done
}
