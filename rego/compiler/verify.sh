#!/bin/sh
# Rebuilds the compiler where Go is at hand and holds its digest against compiler.sha256: 0 equal or no Go, 1 different,
# 2 it could not be rebuilt (its modules could not be had).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
if ! command -v go > /dev/null; then
  echo 'Go is not installed: the compiler was not rebuilt, its recorded digest stands unverified.'
  exit 0
fi
rebuilt=$(mktemp -d)
trap 'rm -rf "$rebuilt"' EXIT INT TERM
SALLYPORT_COMPRESS=no "$here/build.sh" "$rebuilt" || { echo 'The compiler could not be rebuilt here.'; exit 2; }
for file in compiler.sha256 NOTICE; do
  cmp "$here/$file" "$rebuilt/$file" || { echo "$file differs from what these sources build."; exit 1; }
done
echo "The rebuilt compiler has the recorded digest $(cat "$here/compiler.sha256")."
