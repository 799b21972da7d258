#!/usr/bin/env bash
# From a fresh Debian 12 machine to a first nightly run: installs, builds, generates a customer base, segments it.
# usage: scripts/quickstart.sh [CUSTOMERS] [LINES]      default: 200000 customers, 5000000 transaction lines
set -euo pipefail
source "$(dirname "$0")/setup.sh"

customers=${1:-200000}
lines=${2:-5000000}

install_packages "${build_packages[@]}"
echo "building (the first time takes minutes)"
build_release fullbase >build.log 2>&1 || { tail -n 40 build.log; echo "the build failed; build.log has all of it" >&2; exit 1; }

# Generated once: the same numbers give the same base, so an existing one is kept.
build/bin/fullbase generate --store data/generated --customers "$customers" --lines "$lines" --seed 42
mpirun -n 2 build/bin/fullbase run configs/nightly.yaml

echo
build/bin/fullbase head out/nightly.h5 segments.centroids
echo "the output: out/nightly.h5 (HDF5; every table opens in Python with anndata.io.read_elem), and out/nightly.h5.run.json beside it"
