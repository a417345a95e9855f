# SPDX-License-Identifier: ISC
# For test scripts that start a JACK server, sourced first of all: they begin again with
# shared memory and processes of their own.  JACK keeps eight servers a machine in mind, and
# those that were killed fill its list; and a test that runs out of time takes its servers
# with it.  Where the kernel does not allow that, the test runs as it is.
# shellcheck shell=bash
if [ -z "${OWN_SHM:-}" ]; then
  OWN_SHM=shared
  own=(unshare --map-root-user --mount --pid --fork --kill-child)
  [ "$(id -u)" != 0 ] || own=(unshare --mount --pid --fork --kill-child)
  begin_again='mount -t proc proc /proc && mount -t tmpfs shm /dev/shm && exec "$@"'
  export OWN_SHM
  # shellcheck disable=SC2016
  if "${own[@]}" sh -c "$begin_again" sh true 2>/dev/null; then
    OWN_SHM=own exec "${own[@]}" sh -c "$begin_again" sh "$0" "$@"
  fi
fi
