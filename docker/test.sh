#!/usr/bin/env bash
# Builds the container image on a Debian base that it makes itself, runs it, and checks what an operator relies on.
# Needs root, debootstrap, buildah and grpcurl, but no container engine and no registry: buildah runs the container with
# chroot isolation, on the host's network and among its processes. The jar has to be built.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=bookworm
cache=${XDG_CACHE_HOME:-$HOME/.cache}/imaged-ci
work=$(mktemp -d)
socket=$work/run/imaged.sock
name=docker.io/library/app:v1
daemon= # the process "buildah run" of the daemon
passed=0

say() { echo "docker/test.sh: $*"; }

pass() {
    passed=$((passed + 1))
    say "ok - $*"
}

fail() {
    say "FAILED - $*" >&2
    [[ ! -f $work/log ]] || sed 's/^/    /' "$work/log" >&2
    echo "$passed passed, 1 failed"
    exit 1
}

build() { buildah --root "$work/storage" --runroot "$work/runroot" --storage-driver vfs "$@"; }

clean_up() {
    local jvm
    if [[ -n $daemon ]] && jvm=$(jvm_below "$daemon"); then
        kill -KILL "$jvm" || true
        wait "$daemon" || true
    fi
    build rm --all > /dev/null 2>&1 || true
    rm -rf "$work" || say "cannot remove $work"
}
trap clean_up EXIT

# Prints the process below another whose program is java.
jvm_below() {
    local child
    # shellcheck disable=SC2013 # the file has words, not lines
    for child in $(cat "/proc/$1/task/"*/children 2> /dev/null); do
        if [[ $(cat "/proc/$child/comm" 2> /dev/null) == java ]]; then
            echo "$child"
            return 0
        fi
        # With a value, as a bare "return" in a trap gives the code of the script.
        jvm_below "$child" && return 0
    done
    return 1
}

# Tries a command until it succeeds, for so many seconds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

gone() { [[ ! -e /proc/$1 ]]; }

call() {
    grpcurl -plaintext -H 'containerd-namespace: default' -d "$2" "unix://$socket" \
        "containerd.services.images.v1.Images/$1"
}

make_base() {
    local mirror
    # The mirror that this machine installs from itself.
    # shellcheck disable=SC2016 # apt fills it in
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'ORIGIN: Debian' "CODENAME: $suite" \
        | head -n 1)
    [[ -n $mirror ]] || fail "apt knows no mirror of Debian $suite; run apt-get update"
    say "making a base of Debian $suite"
    debootstrap --variant=minbase "$suite" "$work/base" "$mirror" > "$work/log" 2>&1 || fail "debootstrap"
    rm -rf "$work/base/var/lib/apt/lists/"* "$work/base/var/cache/apt/archives/"*.deb
    mkdir -p "$cache"
    # Under its name only when it is whole.
    tar -C "$work/base" -cf "$cache/base.$$" .
    mv "$cache/base.$$" "$base"
    rm -rf "$work/base" "$work/log"
}

for program in debootstrap buildah grpcurl; do
    command -v "$program" > /dev/null || fail "$program is not on the PATH"
done
[[ $EUID == 0 ]] || fail "needs root, for chroot and mounts"
[[ -f server/target/imaged.jar ]] || fail "server/target/imaged.jar is missing; run mvn package"

base=$cache/$suite-$(dpkg --print-architecture).tar
[[ -f $base ]] || make_base
scratch=$(build from scratch)
build add --quiet "$scratch" "$base" / > /dev/null
build commit --quiet --rm "$scratch" localhost/base > /dev/null
pass "the base is there after $SECONDS s"

# OCI's image format has no health check.
build bud --quiet --isolation chroot --format docker --build-arg BASE=localhost/base --file docker/Dockerfile \
    --tag localhost/imaged . > "$work/log" 2>&1 || fail "the image does not build"
pass "the image is built after $SECONDS s"

inspect() { build inspect --type image --format "$1" localhost/imaged; }
mapfile -t command < <(inspect '{{range .Docker.Config.Entrypoint}}{{println .}}{{end}}{{range .Docker.Config.Cmd}}{{println .}}{{end}}' | grep .)
mapfile -t check < <(inspect '{{range .Docker.Config.Healthcheck.Test}}{{println .}}{{end}}' | grep . | tail -n +2)
[[ ${command[*]} == "imaged serve" && ${check[*]} == "imaged health"* ]] || fail "command ${command[*]}, check ${check[*]}"
[[ $(inspect '{{.Docker.Config.User}}') == 10001:10001 ]] || fail "the image's user"

[[ $(inspect '{{.Docker.Config.Volumes}}') == *"/var/lib/imaged:"* ]] || fail "the image's volume"
pass "the image has a command, a health check, a user and a volume: ${command[*]}"

container=$(build from localhost/imaged)
# With the image's volume and ours at one place, buildah mounts them in any order.
build config --volume /var/lib/imaged- "$container"
install -d -o 10001 -g 10001 "$work/data" "$work/run"
run() {
    build run --isolation chroot --volume "$work/data:/var/lib/imaged" --volume "$work/run:/run/imaged" \
        "$container" -- "$@"
}

start() {
    local begin=$SECONDS
    run "${command[@]}" > "$work/log" 2>&1 &
    daemon=$!
    within 60 run "${check[@]}" || fail "no health after 60 s"
    jvm=$(jvm_below "$daemon") || fail "no JVM"
    pass "$1; healthy after $((SECONDS - begin)) s"
}

stop() {
    local code=0
    kill -TERM "$jvm"
    within 5 gone "$jvm" || fail "SIGTERM does not end it in 5 s"
    wait "$daemon" || code=$?
    daemon=
    [[ $code == 0 ]] || fail "it ends with code $code after SIGTERM"
    pass "SIGTERM ends it within 5 s and with code 0"
}

# The folder is empty, as it is when a volume is missing.
if run "${command[@]}" > "$work/log" 2>&1; then fail "it starts on an empty folder"; fi
grep -q 'imaged init --data /var/lib/imaged' "$work/log" || fail "a start on an empty folder does not say what to do"
[[ -z $(ls -A "$work/data") ]] || fail "a refused start leaves something"
pass "it does not start on an empty folder, and says what to do"
root=$(build mount "$container")
[[ -f $root/var/lib/imaged/imaged.new ]] || fail "a new named volume would not say that it is new"
run imaged init --data /var/lib/imaged > "$work/log" 2>&1 || fail "imaged init"
pass "imaged init makes a store there"

if run "${check[@]}" 2> "$work/log"; then fail "the health check passes without a daemon"; fi
# buildah adds lines of its own.
said=$(grep '^imaged: ' "$work/log") || fail "the health check does not say why it fails"
pass "the health check fails without a daemon: $said"

start "it starts"
read -r _ uid _ < <(grep '^Uid:' "/proc/$jvm/status")
read -r _ gid _ < <(grep '^Gid:' "/proc/$jvm/status")
read -r _ resident _ < <(grep '^VmRSS:' "/proc/$jvm/status")
[[ $uid:$gid == 10001:10001 ]] || fail "it runs as $uid:$gid"
pass "it runs as $uid:$gid"
((resident < 160 * 1024)) || fail "it takes $((resident / 1024)) MiB of memory when empty"
pass "it takes $((resident / 1024)) MiB of memory when empty"

image='{"image": {"name": "'$name'", "labels": {"team": "web"}, "target": {
    "media_type": "application/vnd.oci.image.index.v1+json", "size": 1024,
    "digest": "sha256:1111111111111111111111111111111111111111111111111111111111111111"}}}'
call Create "$image" > /dev/null || fail "create over the shared socket"
[[ $(call List '{"filters": ["labels.team==web"]}') == *"$name"* ]] || fail "list over the shared socket"
[[ $(call Get "{\"name\": \"$name\"}") == *sha256:1111* ]] || fail "get over the shared socket"
pass "it creates, lists and gets an image over the shared socket"
[[ $(run imaged images ls -q) == "$name" ]] || fail "imaged images ls in the container"
pass "the commands work in the container"

[[ -n $(find "$work/data" -name '*.xd' -size +0) ]] || fail "there is no data in the volume"
written=$(find "$root" -xdev \( -path "$root/tmp" -o -path "$root/run/imaged" -o -path "$root/var/lib/imaged" \) -prune \
    -o -uid 10001 -print)
[[ -z $written ]] || fail "files outside of the volumes and /tmp: $written"
pass "data is in the volume, and nothing but it and /tmp is written to"

stop
start "it starts again on the volume"
[[ $(call Get "{\"name\": \"$name\"}") == *sha256:1111* ]] || fail "the image is lost"
pass "the image survives a restart"
stop

if docker compose version > /dev/null 2>&1; then
    docker compose -f docker/compose.yaml config --quiet || fail "compose.yaml"
    ETCD_IMAGE=etcd docker compose -f docker/cluster.yaml config --quiet || fail "cluster.yaml"
    pass "compose.yaml and cluster.yaml are valid"
elif python3 -c 'import yaml' 2> /dev/null; then
    python3 - docker/compose.yaml docker/cluster.yaml << 'EOF' || fail "compose.yaml or cluster.yaml"
import sys, yaml

known = {"build", "cap_drop", "depends_on", "environment", "healthcheck", "image", "mem_limit", "ports", "read_only",
         "restart", "security_opt", "stop_grace_period", "tmpfs", "volumes"}
expected = {"compose.yaml": {"imaged"}, "cluster.yaml": {"etcd1", "etcd2", "etcd3", "imaged1", "imaged2"}}
for file in sys.argv[1:]:
    compose = yaml.safe_load(open(file))
    services = compose["services"]
    top = {key for key in compose if not key.startswith("x-")}
    assert top == {"name", "services", "volumes"}, top
    assert set(services) == expected[file.split("/")[-1]], services.keys()
    used = []
    for name, service in services.items():
        assert set(service) <= known, (name, set(service) - known)
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), service["ports"]
        assert set(service.get("depends_on", [])) <= set(services), service["depends_on"]
        used += [volume.split(":")[0] for volume in service["volumes"]]
    assert sorted(used) == sorted(compose["volumes"]), (used, compose["volumes"])
EOF
    pass "compose.yaml and cluster.yaml are read, and publish on the host's loopback only"
else
    say "skipped - compose.yaml, cluster.yaml: neither docker compose nor python3-yaml is here"
fi

say "done after $SECONDS s"
echo "$passed passed, 0 failed"
