#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# A track is placed only when its SHA-256 is right, nothing is fetched twice, and a run that was killed
# is continued.  No network: an apt-get in front on PATH hands out packages made here with dpkg-deb.
#
# usage: test_corpus.sh PATH-TO-tools/corpus
# shellcheck disable=SC2016 # what is quoted is for eval in check
set -euo pipefail
export LC_ALL=C

corpus=$(readlink -f "${1:?usage: test_corpus.sh PATH-TO-tools/corpus}")
for tool in dpkg-deb unzip sha256sum base64 setsid; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
t=$(mktemp -d)
trap 'rm -rf -- "$t"' EXIT
mkdir "$t/bin" "$t/repo"

n_failed=0
current=''
begin() { current=$1; }
check() { # what, command...
  local what=$1
  shift
  if "$@"; then return; fi
  n_failed=$((n_failed + 1))
  echo "FAILED $current: $what"
  sed 's/^/    /' "$t/err"
}

# ---- a package source of three packages

make_deb() { # package version tree
  mkdir -p "$3/DEBIAN"
  printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: nobody\nDescription: test\n' \
    "$1" "$2" >"$3/DEBIAN/control"
  dpkg-deb --root-owner-group -Znone -b "$3" "$t/repo/${1}_${2}_all.deb" >/dev/null
}
hash_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

mkdir -p "$t/one/usr/share/one/a" "$t/one/usr/share/one/b" "$t/two/usr/share/two"
printf 'first\n' >"$t/one/usr/share/one/a/Song one.ogg"
printf 'second\n' >"$t/one/usr/share/one/b/song One.ogg"
printf 'loud\n' >"$t/one/usr/share/one/loud.ogg"
# Stored members "music/a [1].ogg" (the track) and "music/a 1.ogg", which is what a reader gets that
# takes the brackets for a pattern.
base64 -d >"$t/two/usr/share/two/data.pk3" <<'END'
UEsDBAoAAAAAAKcqdF3qxEeYFgAAABYAAAAPAAAAbXVzaWMvYSBbMV0ub2dnYSB0cmFjayBpbiBh
biBhcmNoaXZlClBLAwQKAAAAAACnKnRdOZdIGggAAAAIAAAADQAAAG11c2ljL2EgMS5vZ2dhbm90
aGVyClBLAQIeAwoAAAAAAKcqdF3qxEeYFgAAABYAAAAPAAAAAAAAAAAAAACkgQAAAABtdXNpYy9h
IFsxXS5vZ2dQSwECHgMKAAAAAACnKnRdOZdIGggAAAAIAAAADQAAAAAAAAAAAAAApIFDAAAAbXVz
aWMvYSAxLm9nZ1BLBQYAAAAAAgACAHgAAAB2AAAAAAA=
END
h1=$(hash_of "$t/one/usr/share/one/a/Song one.ogg")
h2=$(hash_of "$t/one/usr/share/one/b/song One.ogg")
h3=$(hash_of "$t/one/usr/share/one/loud.ogg")
h4=$(printf 'a track in an archive\n' | hash_of /dev/stdin)
h0=$(printf 'something else\n' | hash_of /dev/stdin)
make_deb one 1.0-1 "$t/one"
make_deb two 2.0-1 "$t/two"

# The calls of apt-get that the fetcher makes: [--print-uris] download package[=version].  A line per
# download goes to $t/downloads.  While $t/kill exists, a download stops half-way and the whole run is
# killed with it, as by a power cut.
cat >"$t/bin/apt-get" <<END
#!/usr/bin/env bash
set -eu
t='$t'
END
cat >>"$t/bin/apt-get" <<'END'
spec=${!#}
deb=$(find "$t/repo" -name "${spec%%=*}_*.deb")
version=${spec#"${spec%%=*}"}
version=${version#=}
if [[ -z $deb || ($version && $deb != *_"$version"_all.deb) ]]; then
  echo "E: Version '$version' for '$spec' was not found" >&2
  exit 100
fi
if [[ " $* " == *' --print-uris '* ]]; then
  echo "'file:$deb' ${deb##*/} $(stat -c %s "$deb") SHA256:0"
  exit
fi
echo "$spec" >>"$t/downloads"
if [[ -e $t/kill ]]; then
  head -c 300 "$deb" >"${deb##*/}"
  kill -KILL 0
fi
cp "$deb" .
END
chmod +x "$t/bin/apt-get"

list() { # rows without the head; the list is replaced
  { echo 'package,version,path,sha256,artist,licence,seconds,style,clean_source'; cat; } >"$t/list.csv"
}
run() { # arguments; status, $t/err and $t/downloads are of this run
  : >"$t/downloads"
  status=0
  # the braces keep the shell from reporting the run that is meant to be killed
  { PATH=$t/bin:$PATH setsid -w bash "$corpus" --csv "$t/list.csv" --out "$t/out" "$@" >"$t/stdout" 2>"$t/err"; } 2>/dev/null || status=$?
}
fresh() { rm -rf -- "$t/out"; }
exits() { [[ $status == "$1" ]]; }
n_downloads() { [[ $(wc -l <"$t/downloads") == "$1" ]]; }
says() { grep -qF -- "$1" "$t/err"; }
holds() { [[ -f $t/out/$1 && $(hash_of "$t/out/$1") == "$2" ]]; }
absent() { [[ ! -e $t/out/$1 ]]; }
no_leftovers() { [[ -z $(find "$t/out/.part" -mindepth 1 ! -name lock) ]]; }
is() { cmp -s -- "$t/out/$1" "$t/expected"; }
good_list() {
  list <<END
two,2.0-1,usr/share/two/data.pk3.d/music/a [1].ogg,$h4,"O'Neil, ""Doc"" Ann",CC0,3600,rock,yes
one,1.0-1,usr/share/one/a/Song one.ogg,$h1,Ann,CC0,1800,folk,yes
one,1.0-1,usr/share/one/b/song One.ogg,$h2,Ann,CC0,1800,"folk, slow",yes
one,1.0-1,usr/share/one/loud.ogg,$h3,Bob,CC0,60,metal,no
END
}
first=one/Song\ one-${h1:0:8}.ogg
second=one/song\ One-${h2:0:8}.ogg
member='two/a [1].ogg'

# ---- claims

begin right_bytes_are_placed_and_listed
good_list
run
check 'exit 0' exits 0
check 'two downloads' n_downloads 2
check 'first track' holds "$first" "$h1"
check 'second track, of the same name' holds "$second" "$h2"
check 'member of an archive' holds "$member" "$h4"
check 'flagged track not fetched' absent one/loud.ogg
check 'nothing left behind' no_leftovers
check 'figures on the last line' eval '[[ $(tail -n 1 "$t/err") == *"clean sources: 3 tracks, 2.0 hours, 2 artists"* ]]'
cat >"$t/expected" <<END
path,label,group,style
$first,clean,Ann,folk
$second,clean,Ann,"folk, slow"
$member,clean,"O'Neil, ""Doc"" Ann",rock
END
check 'clean.csv' is clean.csv
check 'all.csv' is all.csv

begin second_run_downloads_nothing
cp "$t/out/clean.csv" "$t/expected"
run
check 'exit 0' exits 0
check 'no download' n_downloads 0
check 'same bytes' is clean.csv

begin all_adds_the_flagged_tracks
run --all
check 'exit 0' exits 0
check 'one download' n_downloads 1
check 'flagged track' holds one/loud.ogg "$h3"
check 'clean.csv unchanged' is clean.csv
check 'flagged in all.csv' grep -qx 'one/loud.ogg,flagged,Bob,metal' "$t/out/all.csv"

begin damaged_track_is_fetched_again
printf 'fir' >"$t/out/$first"
run
check 'exit 0' exits 0
check 'one download' n_downloads 1
check 'mended' holds "$first" "$h1"

begin wrong_bytes_are_refused_and_named
fresh
list <<END
one,1.0-1,usr/share/one/a/Song one.ogg,$h0,Ann,CC0,1800,folk,yes
two,2.0-1,usr/share/two/data.pk3.d/music/a [1].ogg,$h4,Ann,CC0,3600,rock,yes
END
run
check 'exit 3' exits 3
check 'the file named' says 'usr/share/one/a/Song one.ogg'
check 'the wrong hash named' says "$h1"
check 'not placed' absent 'one/Song one.ogg'
check 'not listed' eval '! grep -q "^one/" "$t/out/clean.csv"'
check 'the others placed' holds "$member" "$h4"
check 'nothing left behind' no_leftovers

begin missing_member_and_package_are_named
fresh
list <<END
none,1.0-1,usr/share/none.ogg,$h0,Ann,CC0,1,folk,yes
one,1.0-1,usr/share/one/none.ogg,$h0,Ann,CC0,1,folk,yes
one,1.0-1,usr/share/one/loud.ogg,$h3,Ann,CC0,1,folk,yes
END
run
check 'exit 3' exits 3
check 'package named' says 'none: no version is on offer'
check 'member named' says 'does not hold usr/share/one/none.ogg'
check 'the rest placed' holds one/loud.ogg "$h3"

begin other_version_is_taken_when_its_bytes_are_right
fresh
list <<END
one,0.9-1,usr/share/one/loud.ogg,$h3,Ann,CC0,1,folk,yes
END
run
check 'exit 0' exits 0
check 'placed' holds one/loud.ogg "$h3"

begin killed_run_is_continued
fresh
good_list
run --package two
touch "$t/kill"
run
check 'killed' exits 137
check 'half a package lies there' eval '[[ -n $(find "$t/out/.part" -name "one_*.deb" -size -2) ]]'
check 'nothing half-placed' absent one
rm "$t/kill"
run
check 'exit 0' exits 0
check 'only what was missing' eval '[[ $(cat "$t/downloads") == one=1.0-1 ]]'
check 'placed' holds "$first" "$h1"
check 'nothing left behind' no_leftovers

begin large_packages_can_be_left_out
fresh
head -c 1100000 /dev/zero >"$t/one/usr/share/one/ballast"
make_deb one 1.0-1 "$t/one"
run --max-mb 1
check 'exit 0' exits 0
check 'one download' n_downloads 1
check 'named' says 'one skipped'
check 'not placed' absent one

begin selections_restrict
fresh
run --track 'b/song'
check 'exit 0' exits 0
check 'the one' holds "$second" "$h2"
check 'not the other' absent "$first"
run --list --all
check 'all listed' eval '[[ $(wc -l <"$t/stdout") == 4 ]]'
check 'no download' n_downloads 0
run --package nosuch
check 'unknown package is usage' exits 1
run --track nosuch
check 'nothing selected is usage' exits 1
run --max-mb
check 'missing value is usage' exits 1

begin unsafe_paths_are_refused
for path in ../one.ogg usr/../../one.ogg /usr/share/one/loud.ogg usr/./one.ogg usr//one.ogg 'usr\one.ogg' usr/one/.. ''; do
  fresh
  list <<END
one,1.0-1,$path,$h3,Ann,CC0,1,folk,yes
END
  run
  check "exit 1 for '$path'" exits 1
  check "no download for '$path'" n_downloads 0
  check "line named for '$path'" says 'line 2'
done
list <<END
../one,1.0-1,usr/share/one/loud.ogg,$h3,Ann,CC0,1,folk,yes
END
run
check 'package name' exits 1

if ((n_failed)); then
  echo "$n_failed checks failed"
  exit 1
fi
echo 'all passed'
