#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Whatever call of a disk fails, is cut short or is the last before kill -9: a program says
so in one sentence that names the file and the cause, leaves under every final name the
whole file of before or of now, no half of one and nothing temporary, and run again it ends
with the files of an undisturbed run, byte for byte.

usage: sweep.py EARSHOT EARSHOT-TRAIN CLI-FIXTURE FAULT [-s K/N] [-f FAULT,...] [WRITER...]
-s: of all runs every N-th from the K-th on.
With $EARSHOT_FAULTS, a folder, each run is noted there, and a sweep of the same programs that
was stopped goes on behind the last."""
import argparse
import errno
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from writers import RECIPE, writers  # noqa: E402

# name: what is asked of the tool, beside the number
FAULTS = {
    "ENOSPC": ["--do", "ENOSPC"],
    "EIO": ["--do", "EIO"],
    "EROFS": ["--do", "EROFS"],
    "full": ["--do", "ENOSPC", "--on"],
    "readonly": ["--do", "EROFS", "--on"],
    "broken": ["--do", "EIO", "--on"],
    "short": ["--do", "short", "--calls", "write"],
    "EINTR": ["--do", "EINTR", "--calls", "write"],
    "kill-before": ["--do", "kill-before"],
    "kill-after": ["--do", "kill-after"],
}
FAULTS.update({  # and of the calls that are of no file
    "kill-before-any": ["--do", "kill-before", "--all"],
    "kill-after-any": ["--do", "kill-after", "--all"],
})
ONCE = {  # at every write from the first on: one run
    "EINTR at every write": ["--do", "EINTR", "--every", "--calls", "write", "--at", "1"],
    "every write short": ["--do", "short", "--on", "--every", "--calls", "write", "--at", "1"],
}
TEMPORARY = re.compile(r"\.(tmp|part)$|safetensors\.\w{6}$")
NUMBERED = re.compile(r"-\d+(\.run/|\.safetensors)")


def events(data):
    """TensorBoard's records without times and checksums, and whether all are whole."""
    out, at = [], 0
    while at + 12 <= len(data):
        n = struct.unpack_from("<Q", data, at)[0]
        if at + 16 + n > len(data):
            break
        out.append(data[at + 21:at + 12 + n])
        at += 16 + n
    return b"".join(out)


def checkpoint(data):
    """A checkpoint without its times; b"damaged" if its hash is wrong."""
    if len(data) < 40 or hashlib.sha256(data[:-32]).digest() != data[-32:]:
        return b"damaged"
    n = struct.unpack_from("<Q", data)[0]
    out, arrays = data[:8 + n], json.loads(data[8:8 + n])
    for name, a in arrays.items():
        if name in ("__metadata__", "sha256"):
            continue
        value = data[8 + n + a["data_offsets"][0]:8 + n + a["data_offsets"][1]]
        if name == "place":
            value = value[:48] + value[56:]
        elif name == "history":
            value = b"".join(value[i:i + 56] for i in range(0, len(value), 72))
        out += value
    return out


def plain(name, data):
    """What must be the same each time: no times of day, no durations."""
    if name.endswith(".hashes"):  # of the sounds' times of change
        return b""
    if name.endswith("tfevents.earshot"):
        return events(data)
    if name.endswith(".ckpt"):
        return checkpoint(data)
    if name.endswith(".pdf"):
        return re.sub(rb"\(D:[^)]*\)", b"", data)
    if name.endswith("log.csv"):
        return b"\n".join(b",".join(line.split(b",")[:7]) for line in data.split(b"\n"))
    if name.endswith((".jsonl", ".json", ".html")):
        data = re.sub(rb'"(seconds|time|t|utc|age_ms|command)": ?("[^"]*"|[-0-9.e+]+)', b"", data)
        data = re.sub(rb"earshot-train [^<\n]*", b"", data)
        data = re.sub(rb"in [0-9.]+ minutes", b"", data)
    return data


class Journal:
    """What each good run of these programs came to: does it go on, was a fault met; kept on disk."""

    def __init__(self, programs):
        self.path, self.done = None, {}
        folder = os.environ.get("EARSHOT_FAULTS")
        if not folder:
            return
        digest = hashlib.sha256()
        for program in programs:
            with open(program, "rb") as f:
                digest.update(f.read())
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, digest.hexdigest()[:16] + ".tsv")
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as f:
                for line in f:
                    name, fault, n, *said = line.rstrip("\n").split("\t")
                    self.done[name, fault, int(n)] = [int(x) for x in said]

    def note(self, key, said):
        self.done[key] = said
        if self.path:
            with open(self.path, "a", encoding="utf-8") as f:
                f.write("\t".join(map(str, (*key, *said))) + "\n")


class Sweep:
    def __init__(self, earshot, tool, work, journal):
        self.earshot, self.tool, self.work, self.journal = earshot, tool, work, journal
        self.made = None  # the writer whose files are there
        self.n_runs = self.n_hits = self.n_broken = 0
        self.environment = dict(os.environ, HOME=work, OMP_NUM_THREADS="1",
                                OMP_WAIT_POLICY="passive", LC_ALL="C", XDG_CACHE_HOME=work)
        options = self.environment.get("ASAN_OPTIONS", "")
        self.environment["ASAN_OPTIONS"] = options + ":detect_leaks=0"  # it cannot be traced

    def say_broken(self, text):
        self.n_broken += 1
        print("BROKEN:", text, flush=True)

    def folder(self, name):
        return os.path.join(self.work, name)

    def run(self, command):
        done = subprocess.run(command, cwd=self.folder("x"), env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                              check=False)
        return done.returncode, done.stderr.decode("utf-8", "replace")

    def begin(self):
        shutil.rmtree(self.folder("x"), ignore_errors=True)
        shutil.copytree(self.folder("before"), self.folder("x"), symlinks=True)

    def files(self, name="x"):
        found, top = {}, self.folder(name)
        for folder, _, names in os.walk(top):
            for n in names:
                path = os.path.join(folder, n)
                with open(path, "rb") as f:
                    short = os.path.relpath(path, top)
                    found[short] = plain(short, f.read())
        return found

    def make(self, w):
        """The state before, and the one that an undisturbed run ends with."""
        for name in ("before", "x"):
            shutil.rmtree(self.folder(name), ignore_errors=True)
        os.makedirs(self.folder("x/set/a"))
        os.makedirs(self.folder("x/set/b"))
        with open(self.folder("x/toy.recipe"), "w", encoding="ascii") as f:
            f.write(RECIPE)
        for command in w.prepare:
            code, said = self.run(command)
            if code:
                sys.exit(f"{' '.join(command)} ended with {code}: {said}")
        shutil.move(self.folder("x"), self.folder("before"))
        self.before = self.files("before")
        self.begin()
        code, said = self.run(w.command)
        if code:
            sys.exit(f"{' '.join(w.command)} ended with {code}: {said}")
        self.after = self.files()

    def under(self, w):
        return [os.path.join(self.folder("x"), u) for u in w.under]

    def strike(self, w, how):
        """One run with a fault: exit code, messages, was it hit, kind and file of the call."""
        report = self.folder("report")
        command = [self.tool]
        for u in self.under(w):
            command += ["--under", u]
        code, said = self.run(command + how + ["--report", report, "--"] + w.command)
        with open(report, encoding="utf-8") as f:
            _, kind, path = f.read().rstrip("\n").split(" ", 2)
        return code, said, kind, os.path.relpath(path, self.folder("x")) if path else ""

    def judge_files(self, w, what, fault, kind):
        now = self.files()
        for name in now:  # is written after the checkpoint
            if name.endswith("log.csv") and fault.startswith("kill") and \
                    name[:-7] + "last.ckpt" not in now:
                self.say_broken(f"{what}: no checkpoint is left")
        cannot = fault.startswith("kill") or fault in ("readonly", "broken") or kind == "unlink"
        for name in sorted(set(now) | set(self.before)):
            if name in w.lines:
                self.judge_lines(what, name, fault.startswith("kill"))
                continue
            have, was, want = now.get(name), self.before.get(name), self.after.get(name)
            if TEMPORARY.search(name):
                if not cannot:
                    self.say_broken(f"{what}: {name} was left lying")
            elif have is None and ".run/" in name and \
                    name.replace(".run/", "-1.run/") in now:
                continue  # its folder was kept under a number
            elif have is None:
                self.say_broken(f"{what}: {name} is gone")
            elif have in (was, want) or NUMBERED.search(name):
                continue
            elif name.endswith(w.grows) and w.grows and want.startswith(have):
                continue
            elif self.earlier(name, have) or (w.passing and name.endswith(w.passing)):
                continue
            elif name.endswith(".safetensors") and self.is_whole(name):
                continue  # written before it is judged, then with its figures
            else:
                self.say_broken(f"{what}: {name} is neither the one before nor the new one")
        return now

    def is_whole(self, name):
        return self.run([self.earshot, "model", "verify", name])[0] == 0

    def judge_lines(self, what, name, may_be_cut):
        with open(os.path.join(self.folder("x"), name), "rb") as f:
            lines = f.read().split(b"\n")
        end = lines.pop()
        if end and not may_be_cut:
            self.say_broken(f"{what}: {name} ends within a line")
        for line in lines:
            try:
                json.loads(line)
            except ValueError:
                self.say_broken(f"{what}: {name} has half a line: {line[-80:]}")

    def earlier(self, name, have):
        """A checkpoint, table or log of fewer epochs, a search of fewer trials; whole."""
        want = self.after.get(name, b"")
        if name.endswith(".ckpt"):
            return have != b"damaged"
        if name.endswith(("log.csv", ".jsonl")):
            return want.startswith(have) and have.endswith(b"\n")
        return name.endswith("search.json") and have.endswith(b"}")

    def judge_words(self, w, what, code, said, kind, path, fault, now):
        missing = [n for n, data in self.after.items() if now.get(n) != data and
                   n not in w.lines]
        number = {"full": "ENOSPC", "readonly": "EROFS", "broken": "EIO"}.get(fault, fault)
        cause = os.strerror(getattr(errno, number))
        lines = [line for line in said.split("\n") if cause in line]
        if not missing and code == 0 and not (w.lines and kind in ("create", "write")):
            return
        if code == 0 and all(n.endswith(w.quiet) for n in missing) and w.quiet:
            return
        if code == 0 and not all(n.endswith(w.goes_on + w.quiet) for n in missing):
            self.say_broken(f"{what}: it ended well without {missing}")
        if not lines:
            self.say_broken(f"{what}: no word of '{cause}' (code {code}): {said[-300:]!r}")
            return
        stem = re.sub(r"\.[-\d]+\.(tmp|part)$", "", os.path.basename(path))
        if not any(stem in line or os.path.basename(os.path.dirname(path)) in line
                   for line in lines):
            self.say_broken(f"{what}: {path} is not named: {lines}")
        if code not in (0, 2, 3):
            self.say_broken(f"{what}: it ended with {code}: {said[-200:]!r}")

    def repair(self, w, what):
        for name in w.clean:
            subprocess.run(f"rm -rf {name}", shell=True, cwd=self.folder("x"), check=True)
        code, said = self.run(w.again or w.command)
        if code and w.again:  # what was there was not touched yet
            code, said = self.run(w.command)
        if code:
            self.say_broken(f"{what}, then again: it ended with {code}: {said[-300:]!r}")
            return
        now = self.files()
        for name, data in self.after.items():
            if name in w.lines:
                self.judge_lines(what + ", then again", name, False)
            elif not NUMBERED.search(name) and now.get(name) != data:
                self.say_broken(f"{what}, then again: {name} is another")
        for name in now:
            if TEMPORARY.search(name):
                self.say_broken(f"{what}, then again: {name} was left lying")

    def one(self, w, fault, how):
        """False: the run ended before its turn came."""
        self.begin()
        try:
            code, said, kind, path = self.strike(w, how)
        except subprocess.TimeoutExpired:
            self.say_broken(f"{w.name}, {' '.join(how)}: it hangs")
            return True
        hit = kind != "-"
        if kind == "close" and os.path.isdir(os.path.join(self.folder("x"), path)):
            return True  # says nothing about what was written
        what = f"{w.name}, {fault} at {how[-1]}, {kind} {path}"
        killed = fault.startswith("kill")
        self.n_hits += hit
        if code >= 125 and not (killed and code == 137):
            self.say_broken(f"{what}: it ended with {code}: {said[-300:]!r}")
        elif hit or fault in ONCE:
            now = self.judge_files(w, what, fault, kind)
            if "EINTR" in fault or "short" in fault:
                if code or any(now.get(n) != d for n, d in self.after.items()
                               if n not in w.lines):
                    self.say_broken(f"{what}: it minds (code {code}): {said[-300:]!r}")
            elif not killed:
                self.judge_words(w, what, code, said, kind, path, fault, now)
            self.repair(w, what)
        return hit

    def once(self, w, fault, n):
        """Run n, unless it was before; whether there is a next."""
        key = (w.name, fault, n)
        self.n_runs += 1
        if key in self.journal.done:
            goes_on, hits = self.journal.done[key]
            self.n_hits += hits
            return goes_on
        if self.made != w.name:
            self.make(w)
            self.made = w.name
        hits, broken = self.n_hits, self.n_broken
        how = ONCE[fault] if fault in ONCE else FAULTS[fault] + ["--at", str(n)]
        goes_on = int(self.one(w, fault, how) and fault not in ONCE)
        if self.n_broken == broken:  # else it is to be looked at again
            self.journal.note(key, (goes_on, self.n_hits - hits))
        return goes_on

    def all_of(self, w, faults, phase, step):
        for fault in faults:
            n = 1 + phase % step
            while self.once(w, fault, n):
                n += step


def main():
    p = argparse.ArgumentParser()
    p.add_argument("programs", nargs=4)
    p.add_argument("-s", default="0/1")
    p.add_argument("-f", default=",".join([f for f in FAULTS if "-any" not in f] + list(ONCE)))
    p.add_argument("writers", nargs="*")
    a = p.parse_intermixed_args()
    earshot, train, fixture, tool = map(os.path.abspath, a.programs)
    phase, step = map(int, a.s.split("/"))
    in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=in_memory) as work:
        s = Sweep(earshot, tool, work, Journal([earshot, train, tool]))
        known = writers(earshot, train, fixture)
        for name in set(a.writers) - {w.name for w in known}:
            p.error(f"there is no writer {name!r}")
        for w in known:
            if not a.writers or w.name in a.writers:
                runs, hits = s.n_runs, s.n_hits
                s.all_of(w, a.f.split(","), phase, step)
                phase += 1
                if s.n_hits == hits:
                    s.say_broken(f"{w.name}: no fault was met")
                print(f"{w.name}: {s.n_runs - runs} runs", flush=True)
        print(f"{s.n_runs} runs, {s.n_hits} faults met, {s.n_broken} broken")
        sys.exit(1 if s.n_broken else 0)


main()
