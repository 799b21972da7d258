#!/usr/bin/env bash
# Installs what is missing (Debian 12 packages only) and builds the release into build/. Sourced or run by the other scripts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What building and running need. scripts/test.sh adds what only the tests need.
build_packages=(
  ca-certificates g++ cmake ninja-build ccache pkg-config
  openmpi-bin libopenmpi-dev openssh-client
  libhdf5-dev zlib1g-dev libeigen3-dev libyaml-cpp-dev nlohmann-json3-dev libfmt-dev libspdlog-dev libcli11-dev
  libsleef-dev libssl-dev libsodium-dev libxxhash-dev librandom123-dev libfast-float-dev libhowardhinnant-date-dev libicu-dev tzdata
  libgtest-dev libgmock-dev
)

# install_packages PACKAGE...: installs those that are not there yet, as root or by sudo; says nothing when all are.
install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "these packages are missing, and neither root nor sudo is there to install them: ${missing[*]}" >&2; return 1; }
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Settings under which Open MPI runs everywhere: as root in containers, with more ranks than cores, and one or two ranks on all cores.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none

# build_release [TARGET...]: configures once, then builds (everything, or the targets).
build_release() {
  [ -f build/build.ninja ] || cmake --preset release >/dev/null
  if [ $# -eq 0 ]; then cmake --build build; else cmake --build build --target "$@"; fi
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  install_packages "${build_packages[@]}"
  build_release
fi
