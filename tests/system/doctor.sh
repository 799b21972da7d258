#!/usr/bin/env bash
# doctor on this machine as it is, and with faults made: a folder that cannot be written to, limits, ranks that differ.
source "$(dirname "$0")/harness.sh"
: "${FULLBASE_TEST_PYTHON:?python with the packages of tests/requirements.txt}"
mkdir out

# found EXPRESSION: of the findings `f` by subject of doctor.json, the worst of each.
found() {
  "$FULLBASE_TEST_PYTHON" -c '
import json, sys
f = {}
for finding in json.load(open("doctor.json"))["findings"]: f.setdefault(finding["subject"], finding)
print(eval(sys.argv[1]))' "$1"
}
# examined CODE LAUNCHER... : writes doctor.json; the exit code has to be CODE.
examined() {
  local code=$1 got=0
  shift
  timeout -k 5 60 "$@" >doctor.json 2>stderr.txt || got=$?
  same "exit code of $*" "$code" "$got"
}

examined 0 "$FULLBASE" doctor out --json
same "all subjects are looked at" "['message passing', 'user', 'threads', 'instruction set', 'memory', 'shared memory', 'core files', 'open files', 'HDF5', 'folder', 'locks', 'clock', 'time zones', 'Slurm']" "$(found 'list(f)')"
same "a lock excludes here" ok "$(found 'f["locks"]["health"]')"
same "what is well needs no remedy" True "$(found 'all((x["health"] == "ok") == (x["remedy"] == "") for x in f.values())')"
same "nothing stays in the folder" "" "$(ls -A out)"
"$FULLBASE" doctor out >doctor.txt
contains "for people" "HDF5" doctor.txt

examined 0 mpirun -n 3 "$FULLBASE" doctor out --json
same "every rank looks" 3 "$(found 'len(f["HDF5"]["ranks"])')"
same "and they look together" True "$(found '"3 ranks on 1 machine" in f["message passing"]["text"]')"
same "a lock of one rank keeps the others out" "ok 3" "$(found 'f["locks"]["health"], len(f["locks"]["ranks"])' | tr -d "(',)")"
same "nothing stays in the folder" "" "$(ls -A out)"

examined 78 "$FULLBASE" doctor nowhere --json
same "a folder that is not there" problem "$(found 'f["folder"]["health"]')"
examined 78 mpirun -n 2 "$FULLBASE" doctor /proc --json
same "one that takes no files" "problem 2" "$(found 'f["folder"]["health"], len(f["folder"]["ranks"])' | tr -d "(',)")"

(ulimit -v 1500000; "$FULLBASE" doctor out --json >doctor.json || [ $? = 78 ]) || breach "ulimit -v: exit code"
same "too little address space" problem "$(found 'f["memory"]["health"]')"
same "whose remedy is told" True "$(found '"ulimit -v unlimited" in f["memory"]["remedy"]')"
if (ulimit -c unlimited) 2>/dev/null; then
  (ulimit -c unlimited; "$FULLBASE" doctor out --json >doctor.json)
  same "core files would hold customers' values" warning "$(found 'f["core files"]["health"]')"
fi
(ulimit -c 0; "$FULLBASE" doctor out --json >doctor.json)
same "none are written" ok "$(found 'f["core files"]["health"]')"
(ulimit -n 200; "$FULLBASE" doctor out --json >doctor.json || true)
same "few open files" problem "$(found 'f["open files"]["health"]')"

if [ "$(found 'f["instruction set"]["text"]')" != baseline ]; then
  examined 0 mpirun -n 1 "$FULLBASE" doctor out --json : -n 1 env FULLBASE_ISA=baseline "$FULLBASE" doctor out --json
  same "ranks that differ" True "$(found '"ranks differ in their instruction set" in f["instruction set"]["text"]')"
fi
mkdir fake
printf '#!/bin/sh\nexit 0\n' >fake/sbatch
# slurm SCRIPT: doctor where scontrol does so.
slurm() { printf '#!/bin/sh\n%s\n' "$1" >fake/scontrol; chmod +x fake/*; PATH=$PWD/fake:$PATH "$FULLBASE" doctor out --json >doctor.json; }
slurm 'echo "Slurmctld(primary) at node1 is UP"'
same "a Slurm that answers" ok "$(found 'f["Slurm"]["health"]')"
slurm 'echo "scontrol: fatal: Could not establish a configuration source" >&2; exit 1'
same "one that does not" warning "$(found 'f["Slurm"]["health"]')"
same "whose words are told" True "$(found '"no controller answers: scontrol: fatal: Could not establish" in f["Slurm"]["text"]')"
SLURM_JOB_ID=17 "$FULLBASE" doctor out --json >doctor.json
same "a Slurm job without CPUs a task" warning "$(found 'f["Slurm"]["health"]')"
OMPI_ALLOW_RUN_AS_ROOT='' "$FULLBASE" doctor out --json >doctor.json
same "root and mpirun" "$([ "$(id -u)" = 0 ] && echo warning || echo ok)" "$(found 'f["user"]["health"]')"
finish
