# Podman for the checks that run images, to be sourced at the root of the repository. Who sources it sets `programs`, the
# folder of the programs, and `containers`, the names of its containers, and has `explain` print what a failure needs.
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

# A minimal Debian 12, as the image localhost/debian:base.
make_base() {
    if [[ ! -e $work/base.tar ]]; then
        mkdir -p "$work"
        debootstrap --variant=minbase bookworm "$work/base" >"$work/debootstrap.log" ||
            { tail "$work/debootstrap.log"; exit 1; }
        tar --create --one-file-system --directory "$work/base" --file "$work/base.tar.new" .
        mv "$work/base.tar.new" "$work/base.tar"
        rm -rf "$work/base"
    fi
    "${engine[@]}" image exists localhost/debian:base ||
        "${engine[@]}" import "$work/base.tar" localhost/debian:base >/dev/null 2>&1
}

# A release has the Swift libraries within: where it is installed there are no others.
require_whole() {
    [[ ${programs##*/} != release || -z $(find_libraries) ]] || {
        echo "FAILED  the release in $programs needs no Swift libraries beside it: build it with --static-swift-stdlib" >&2
        exit 1
    }
}

# Where a debug build has its Swift libraries; nothing for a release of ours.
find_libraries() { ldd "$programs/twilio-comms-exporter" | sed -n 's|.* => \(.*\)/libswiftCore.so .*|\1|p'; }
