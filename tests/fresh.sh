#!/bin/bash
# The README's two commands, `make demo` and `make check`, on the current commit in a clean Debian 12: what else a machine
# has installed hides what the list of dependencies has forgotten. Only cases that need PyTorch, torchvision or
# scikit-learn may be skipped there. All of it lies below a temporary folder, in namespaces of its own for mounts and
# processes, so that nothing is left of it however it ends. Needs root.
set -euo pipefail
release=bookworm
may_skip='PyTorch|torchvision|scikit-learn|chromium'
fail() {
    echo "check-fresh: $*" >&2
    exit 1
}

# Where this machine has its packages from, as a sources.list; and how it gets there.
sources() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian' | grep "^deb [^ ]* $release" | sort -u
}
apt_settings() {
    apt-config dump | grep -E '^Acquire::(Check-|Retries|(http|https)::)[^"]*"[^"]' || true
    [ -z "${http_proxy:-}" ] || echo "Acquire::http::Proxy \"$http_proxy\";"
    [ -z "${https_proxy:-}" ] || echo "Acquire::https::Proxy \"$https_proxy\";"
}

# ---- inside the namespaces ----

mount_all() {
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --bind /dev "$root/dev"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
}
there() {
    chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -c "cd /root/bm-sweep && $1"
}
inside() {
    root=$1/root
    mmdebstrap --mode=root --variant=minbase --include=ca-certificates,git,make --aptopt="$1/apt.conf" \
        $release "$root" "$1/sources.list"
    mount_all
    cp /etc/resolv.conf /etc/hosts "$root/etc"
    git clone -q "$PWD" "$root/root/bm-sweep"
    there 'make demo'
    there "make check MAY_SKIP='$may_skip'"
}
if [ "${1:-}" = --inside ]; then
    inside "$2"
    exit
fi

# ---- outside ----

cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || fail "needs root, for mmdebstrap, mount and chroot"
sh tests/deps.sh --if-missing fresh || fail "needs mmdebstrap"
apt-get update -qq
folder=$(mktemp -d)
job=
end() {
    [ -z "$job" ] || pkill -KILL -P "$job" || true # the first process of its namespace: all others go with it
    wait
    rm -rf --one-file-system "$folder"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
sources >"$folder/sources.list" || fail "apt knows no mirror of Debian's $release on this machine"
apt_settings >"$folder/apt.conf"
echo "check-fresh: $(git log -1 --format='%h %s') in $folder"
[ -z "$(git status --porcelain)" ] || echo "check-fresh: changes that are not committed are not in it"
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc "$0" --inside "$folder" &
job=$!
wait $job || fail "failed"
