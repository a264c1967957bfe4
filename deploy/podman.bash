# Podman for the checks that run images, to be sourced at the root of the repository. The script that sources it sets
# `containers`, the names of its containers, and has `explain` print what a failure needs.
# Everything it keeps is below .build/image. As root.
# STORAGE_DRIVER=vfs is for machines whose disk is an overlay itself.
work=$PWD/.build/image

storage=(--root "$work/storage" --runroot "$work/run" --storage-driver "${STORAGE_DRIVER:-overlay}")
# runc knows both kinds of cgroups; and without systemd, whose timers run health checks, podman logs errors about that.
engine=(podman "${storage[@]}" --log-level fatal --runtime runc --cgroup-manager cgroupfs --tmpdir "$work/run/libpod")
# Podman's own limits may be above those of this machine.
limits=(--ulimit nofile=1024:1024 --ulimit nproc=1024:1024)
bake=(buildah "${storage[@]}" build --isolation chroot --layers --format docker)

context=$(mktemp --directory)

# What a run has made, or one that was killed has left.
remove() {
    local name
    for name in "${containers[@]}"; do
        "${engine[@]}" rm --force --ignore --volumes --time 1 "$name" >/dev/null
    done
    ! "${engine[@]}" volume exists check-ledger || "${engine[@]}" volume rm check-ledger >/dev/null
}
trap 'remove || true; rm -rf "$context"' EXIT

holds() { echo "ok      $1"; }
fails() {
    echo "FAILED  $1" >&2
    explain 2>&1 | tail -n 8 | sed 's/^/        /' >&2
    exit 1
}

# eventually CLAIM COMMAND...: tries for 30 seconds.
eventually() {
    local claim=$1 end=$((SECONDS + 30))
    shift
    until "$@" >/dev/null 2>&1; do
        [[ $SECONDS -lt $end ]] || fails "$claim"
        sleep 0.2
    done
    holds "$claim"
}

# make_base RELEASE: a minimal Debian, as the image localhost/debian:RELEASE.
make_base() {
    local release=$1 mirror
    if [[ ! -e $work/$release.tar ]]; then
        mkdir -p "$work"
        rm -rf "$work/base"
        mirror=$(deploy/debian/mirror) || exit 1
        debootstrap --variant=minbase "$release" "$work/base" "$mirror" >"$work/debootstrap.log" ||
            { tail "$work/debootstrap.log"; exit 1; }
        tar --create --one-file-system --directory "$work/base" --file "$work/$release.tar.new" .
        mv "$work/$release.tar.new" "$work/$release.tar"
        rm -rf "$work/base"
    fi
    "${engine[@]}" image exists "localhost/debian:$release" ||
        "${engine[@]}" import "$work/$release.tar" "localhost/debian:$release" >/dev/null 2>&1
}
