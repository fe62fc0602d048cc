# For scripts that source it: a network namespace with no way out, because Home Assistant announces itself on every
# network that it finds.
PATH=$PATH:/usr/sbin:/sbin

# In CI, a skipped test is a failure.
skip() {
  echo "${tool:-$(basename "$0")}: skipped: $*" >&2
  [ "${CI:-}" = true ] && exit 1
  exit 0
}

# need_network [PROGRAM ...]: skip if there is no way to make a network namespace, or one of the programs is missing.
need_network() {
  local program
  network=(unshare --net)
  [ "$EUID" = 0 ] || network=(unshare --user --map-root-user --net)
  for program in unshare ip "$@"; do command -v "$program" >/dev/null || skip "there is no program $program"; done
  "${network[@]}" true 2>/dev/null || skip "this user may not make a network namespace"
}

# Zeroconf needs an interface besides loopback, and a route for its multicasts: here it leads back inside.
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
