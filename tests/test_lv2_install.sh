#!/bin/bash
# SPDX-License-Identifier: ISC
#
# meson install puts the whole bundle where hosts look, under any --destdir, as it is in
# the build tree; -Dlv2dir puts it elsewhere.
#
# usage: test_lv2_install.sh MESON BUILD SOURCE LV2-FOLDER
set -euo pipefail
export LC_ALL=C
meson=$1 build=$2 source=$3 lv2dir=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAILED: $*"
  exit 1
}

DESTDIR='' "$meson" install -C "$build" --no-rebuild --quiet --tags plugin --destdir "$work/root" ||
  fail "meson install"
bundle=$work/root$lv2dir/earshot.lv2
[ -d "$bundle" ] || fail "no $lv2dir/earshot.lv2 but $(cd "$work/root" && find . -type f)"
built=$build/plugin/lv2/earshot.lv2
diff <(ls "$built") <(ls "$bundle") || fail "other files than in the build tree"
for file in "$bundle"/*.ttl; do
  cmp "$file" "$built/$(basename "$file")" || fail "$file differs"
done
[ "$(find "$work/root" -type f | wc -l)" -eq "$(find "$bundle" -type f | wc -l)" ] ||
  fail "files outside the bundle: $(find "$work/root" -type f)"
if readelf -d "$bundle/earshot.so" | grep -E 'RPATH|RUNPATH'; then
  fail "the module looks for libraries in a folder of this machine"
fi
uri=https://earshot.audio/lv2/earshot
for folder in "$(dirname "$bundle")" "$build/plugin/lv2"; do
  said=$(LV2_PATH=$folder lv2ls 2>&1)
  [ "$said" = "$uri#mono"$'\n'"$uri#stereo" ] || fail "lv2ls says more than two plugins: $said"
done
for variant in mono stereo; do
  said=$(LV2_PATH=$(dirname "$bundle") lv2info "$uri#$variant" 2>&1)
  grep -q "Name: *Earshot $variant" <<<"$said" || fail "lv2info finds no $variant: $said"
done

"$meson" setup "$work/other" "$source" -Dlv2dir=share/my-lv2 -Dplugin=enabled \
  -Dtests=disabled -Dtrain=disabled -Dcli=disabled >"$work/log" || fail "$(tail "$work/log")"
"$meson" introspect "$work/other" --installed | tr , '\n' >"$work/installed"
grep -q '/share/my-lv2/earshot.lv2/earshot.so"' "$work/installed" &&
  grep -q '/share/my-lv2/earshot.lv2/manifest.ttl"' "$work/installed" ||
  fail "lv2dir is not followed: $(cat "$work/installed")"
! grep -q '/lv2/earshot.lv2' "$work/installed" || fail "lv2dir is not followed everywhere"
echo "installed: $(find "$bundle" -type f | wc -l) files"
