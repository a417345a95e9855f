# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# An X server of the test's own, with nothing on it: sourced, it starts Xvfb on a free
# display, sets DISPLAY, and leaves its process in `xvfb`, which the test ends.
command -v Xvfb >/dev/null || { echo 'skipped: Xvfb is missing'; exit 77; }
own_x_number=$(mktemp)
Xvfb -displayfd 7 -screen 0 "${OWN_X_SCREEN:-1600x1200x24}" -nolisten tcp \
  7>"$own_x_number" >/dev/null 2>&1 &
xvfb=$!
for _ in $(seq 100); do
  [ -s "$own_x_number" ] && break
  kill -0 "$xvfb" 2>/dev/null || { echo 'Xvfb ended'; exit 1; }
  sleep 0.1
done
DISPLAY=:$(cat "$own_x_number")
rm -f "$own_x_number"
export DISPLAY
