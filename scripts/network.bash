# For scripts that source it: a network of its own that has no way out, because Home Assistant announces itself on every
# other.
PATH=$PATH:/usr/sbin:/sbin

# In CI, a skipped test is a failure.
skip() {
  echo "$(basename "$0"): skipped, for $*" >&2
  [ "${CI:-}" = true ] && exit 1
  exit 0
}

need_network() {
  local tool
  network=(unshare --net)
  [ "$EUID" = 0 ] || network=(unshare --user --map-root-user --net)
  for tool in unshare ip; do command -v $tool >/dev/null || skip "there is no program $tool"; done
  "${network[@]}" true 2>/dev/null || skip "this user may not make a network namespace"
}

# Zeroconf needs an interface besides loopback, and a way for its multicasts: here it leads back inside.
run_in_network() {
  exec "${network[@]}" -- bash -euc '
    ip link set lo up
    ip link add inside0 type veth peer name inside1
    ip address add 192.0.2.1/24 dev inside0
    ip link set inside0 up
    ip link set inside1 up
    ip route add 224.0.0.0/4 dev inside0
    exec "$@"' "$(basename "$0")" "$@"
}
