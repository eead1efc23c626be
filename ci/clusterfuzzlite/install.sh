#!/usr/bin/env bash
# install.sh - puts the files of ClusterFuzzLite where it and GitHub Actions look for them.
#
#   ci/clusterfuzzlite/install.sh [REPOSITORY]     default: this one
set -euo pipefail
here=$(realpath "$(dirname "$0")")
repository=$(realpath "${1:-$here/../..}")
[ -f "$repository/ci/oss-fuzz/build.sh" ] || { echo "install: $repository is not wx" >&2; exit 1; }
mkdir -p "$repository/.clusterfuzzlite" "$repository/.github/workflows"
cp "$here/Dockerfile" "$here/project.yaml" "$repository/.clusterfuzzlite/"
cp "$here/../oss-fuzz/build.sh" "$repository/.clusterfuzzlite/"
cp "$here"/workflows/*.yml "$repository/.github/workflows/"
echo "commit $repository/.clusterfuzzlite and $repository/.github"
