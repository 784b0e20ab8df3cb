#!/usr/bin/env bash
# Makes a Swift toolchain available: the one on PATH, or else Debian trixie's in a folder that is kept in the user's cache.
#
#   scripts/swift-env.sh check              says which toolchain `run` would use
#   scripts/swift-env.sh run DIR CMD ARG…   runs CMD in DIR with it; on its first use builds the folder (3 GB, minutes)
#
# Where there is neither, both print why and end with status 77, or with 1 if OPT_REQUIRE_ALL=1 is set. Otherwise `run`
# ends with the status of CMD.
#
# The folder is entered by chroot, in a mount namespace of its own, so that no mount outlives the command. Inside, the
# repository, DIR and /tmp lie where they lie outside, and so does whatever an OPT_… variable, PKG_CONFIG_PATH or
# LD_LIBRARY_PATH names; of the environment only these variables are kept. The network is the machine's own.
set -euo pipefail

readonly suite=trixie
# libc6-dev and libstdc++-14-dev: what Swift's C importer reads; pkg-config: how SwiftPM finds opttrack.h.
readonly packages=swiftlang,libc6-dev,libstdc++-14-dev,ca-certificates,pkg-config
readonly needed_kib=$((4 * 1024 * 1024))
readonly oldest_swift=6

self=$(realpath "${BASH_SOURCE[0]}")
repo=$(dirname "$(dirname "$self")")
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/opttrack
folder=$cache/swift-$suite
readonly self repo cache folder

say() { echo "swift: $*" >&2; }
die() { say "$*"; exit 1; }

# Ends the script because there is no Swift; the reason is the argument.
skip() {
  if [ "${OPT_REQUIRE_ALL:-}" = 1 ]; then
    die "needed (OPT_REQUIRE_ALL=1), but $*"
  fi
  echo "swift: skipped: $*"
  exit 77
}

# --- which toolchain -------------------------------------------------------------------------------------------------

# The version of the `swift` on PATH; nothing if there is none (OpenStack's client of that name is none).
native_version() {
  { swift --version 2>/dev/null || true; } | sed -nE 's/.*Swift version ([0-9.]+).*/\1/p' | head -n 1
}

has_native_swift() {
  local version
  version=$(native_version)
  [ -n "$version" ] && [ "${version%%.*}" -ge "$oldest_swift" ]
}

# Is the folder there, complete, and made with today's list of packages?
has_folder() { [ "$(cat "$folder/.made-with" 2>/dev/null)" = "$packages" ]; }

# Why this machine can't use a folder; nothing if it can.
folder_obstacle() {
  local id=''
  # shellcheck source=/dev/null
  [ ! -r /etc/os-release ] || id=$(. /etc/os-release && echo "${ID:-}")
  if [ "$id" != debian ]; then
    echo "no swift $oldest_swift or later is on PATH, and only on Debian a toolchain is made here"
  elif [ "$(id -u)" != 0 ]; then
    echo "no swift $oldest_swift or later is on PATH, and making a toolchain here takes root"
  elif ! [[ $(dpkg --print-architecture) =~ ^(amd64|arm64)$ ]]; then
    echo "Debian has no Swift for $(dpkg --print-architecture)"
  elif ! unshare --mount true 2>/dev/null; then
    echo "no swift $oldest_swift or later is on PATH, and this container may not mount what a toolchain made here needs"
  elif ! has_folder && ! mkdir -p "$cache" 2>/dev/null; then
    echo "$cache can't be written"
  elif ! has_folder && [ "$(df -Pk "$cache" | awk 'NR == 2 { print $4 }')" -lt "$needed_kib" ]; then
    echo "$cache has less than $((needed_kib / 1024 / 1024)) GiB free for a toolchain"
  fi
}

# --- making the folder -----------------------------------------------------------------------------------------------

# Installs what is missing and nothing else: packages that are there keep their version.
install_debootstrap() {
  local missing=() program
  for program in debootstrap wget; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  [ ${#missing[@]} != 0 ] || return 0
  say "installing by apt-get: ${missing[*]}"
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-upgrade "${missing[@]}" >&2
}

# The places apt takes packages from, once each. apt itself is asked, for it knows every form its sources come in.
apt_places() {
  local place
  apt-get update --print-uris | sed -nE "s|^'([^']+)/dists/.*|\1|p" | awk '!seen[$0]++' | while read -r place; do
    case $place in
      mirror+file:*) awk '/^[a-z]/ { sub("/$", "", $1); print $1 }' "${place#mirror+file:}" ;;
      *) echo "$place" ;;
    esac
  done
}

apt_setting() {
  local value=''
  eval "$(apt-config shell value "$1")"
  echo "$value"
}

# What wget (and so debootstrap) must be told to reach a place as apt does, as a wgetrc.
wget_settings() {
  local scheme proxy name option
  for scheme in http https; do
    proxy=$(apt_setting "Acquire::$scheme::Proxy")
    [ -z "$proxy" ] || [ "$proxy" = DIRECT ] || echo "${scheme}_proxy = $proxy"
  done
  for option in CaInfo:ca_certificate SslCert:certificate SslKey:private_key; do
    name=$(apt_setting "Acquire::https::${option%%:*}")
    [ -z "$name" ] || echo "${option##*:} = $name"
  done
  # Harmless where apt allows it too: what is fetched is checked against Debian's keys.
  [ "$(apt_setting Acquire::https::Verify-Peer)" != false ] || echo "check_certificate = off"
  printf 'tries = 3\ntimeout = 30\n'
}

# The first of apt's places that carries Debian's own archive of the suite.
find_mirror() {
  local place release
  for place in $(apt_places); do
    release=$(wget -q -O - "$place/dists/$suite/InRelease" || true)
    if grep -qx 'Origin: Debian' <<<"$release" && grep -qx "Codename: $suite" <<<"$release"; then
      echo "$place"
      return
    fi
  done
}

# Fills $1 with the toolchain from the mirror $2. All mounts of debootstrap stay in a namespace that ends with it.
bootstrap() {
  local script=/usr/share/debootstrap/scripts/$suite
  [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
  unshare --mount --propagation private debootstrap --force-check-gpg --variant=minbase "--include=$packages" \
    "$suite" "$1" "$2" "$script" >"$cache/swift-$suite.log" 2>&1 || return 1
  rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*
  echo "$packages" >"$1/.made-with"
}

make_folder() (
  mkdir -p "$cache"
  exec 9>"$folder.lock"
  flock --nonblock 9 || { say "waiting for another run that makes the toolchain"; flock 9; }
  ! has_folder || exit 0

  partial=$folder.partial
  settings=$(mktemp)
  trap 'rm -rf --one-file-system "$partial" "$settings"' EXIT
  rm -rf --one-file-system "$partial"
  install_debootstrap
  wget_settings >"$settings"
  export WGETRC=$settings
  mirror=$(find_mirror)
  [ -n "$mirror" ] || skip "none of this machine's apt sources carries Debian $suite"

  say "making a toolchain from Debian $suite in $folder (3 GB, a few minutes, once)"
  start=$SECONDS
  if ! bootstrap "$partial" "$mirror"; then
    tail -n 20 "$cache/swift-$suite.log" >&2
    die "debootstrap failed; its log is $cache/swift-$suite.log"
  fi
  rm -rf --one-file-system "$folder"
  mv "$partial" "$folder"
  say "made in $((SECONDS - start)) s"
)

# --- running in it ---------------------------------------------------------------------------------------------------

# Shows $1, a folder or the folder of a file, inside the chroot at its own path.
expose() {
  local path=$1
  [ -e "$path" ] || return 0
  [ -d "$path" ] || path=$(dirname "$path")
  path=$(realpath "$path")
  case $path in
    / | /bin* | /boot* | /dev* | /etc* | /lib* | /proc* | /run* | /sbin* | /sys* | /usr | /usr/bin* | /usr/lib* | /var) return 0 ;;
  esac
  [ ! "$folder$path" -ef "$path" ] || return 0
  mkdir -p "$folder$path"
  mount --bind "$path" "$folder$path"
}

# The names of the variables that a command keeps.
kept_variables() { compgen -e | grep -E '^(OPT_.*|PKG_CONFIG_PATH|LD_LIBRARY_PATH|TERM)$' || true; }

# Runs inside the namespace: lays the machine's folders into the toolchain's and changes into it.
enter() {
  local dir=$1 name path
  shift
  mount --rbind /proc "$folder/proc"
  mount --rbind /dev "$folder/dev"
  local -a environment=(
    "PATH=/usr/libexec/swift/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    "HOME=$repo/target/swift/home" LANG=C.UTF-8)
  expose /tmp
  expose "$repo"
  expose "$dir"
  for name in $(kept_variables); do
    environment+=("$name=${!name}")
    while IFS= read -r -d : path; do
      [[ $path != /* ]] || expose "$path"
    done <<<"${!name}:"
  done
  exec chroot "$folder" /usr/bin/env -i -C "$dir" "${environment[@]}" "$@"
}

run() {
  local dir obstacle
  [ $# -ge 2 ] || die "usage: $0 run DIR CMD ARG…"
  dir=$(realpath "$1")
  shift
  if has_native_swift; then
    cd "$dir"
    exec "$@"
  fi
  obstacle=$(folder_obstacle)
  [ -z "$obstacle" ] || skip "$obstacle"
  has_folder || make_folder
  mkdir -p "$repo/target/swift/home"
  exec unshare --mount --propagation private "$BASH" "$self" enter "$dir" "$@"
}

check() {
  local obstacle
  if has_native_swift; then
    echo "swift: $(native_version) on PATH, $(command -v swift)"
    return
  fi
  obstacle=$(folder_obstacle)
  [ -z "$obstacle" ] || skip "$obstacle"
  if has_folder; then
    echo "swift: Debian $suite's, in $folder"
  else
    echo "swift: Debian $suite's, to be made in $folder at its first use (3 GB, a few minutes)"
  fi
}

# Debian's package keeps most of its programs off PATH.
[ ! -d /usr/libexec/swift/bin ] || PATH=$PATH:/usr/libexec/swift/bin

case ${1:-} in
  check | run | enter) "$@" ;;
  *) die "usage: $0 check | run DIR CMD ARG…" ;;
esac
