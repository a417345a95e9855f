# SPDX-License-Identifier: ISC
"""The writers of the project: a command, the files that it leaves, what it promises.

prepare: commands that make what the command finds.  under: what begins like this is
written by it, and may fail.  again: the command that repairs, None: the same.  goes_on:
files without which it may end well, if it says so; quiet: may be missing without a word.
grows: files that are appended to, so that a beginning of them is whole, too; lines: of
JSON, as many as the disk took, each whole; passing: what a run keeps for itself until it
has ended; clean: what is taken away before it is repeated."""
from dataclasses import dataclass, field

RECIPE = """[input]
rate 16000
fft 512
hop 256
bands 8
low 60
high 8000
frames 16
[network]
conv 2 3x3 stride 2x2 pad 1 bn relu
mean
dropout 0.3
dense labels
[train]
batch 4
crops 1
optimizer adamw
rate 1e-2
epochs 2
"""


@dataclass
class Writer:
    name: str
    prepare: list
    command: list
    under: list
    again: list = None
    goes_on: tuple = ()
    quiet: tuple = ()
    grows: tuple = ()
    lines: tuple = ()
    passing: tuple = ()
    clean: list = field(default_factory=list)


def artists(fixture):
    """Sixty, so that each side of a harshness run gets some."""
    table, made = ["path,label,group"], []
    for a in range(1, 61):
        for t in range(1, 5 if a <= 15 else 3):
            made.append(f"{fixture} sound set/p{a}/{t}.wav 16000 1 2.{a % 10} 0.{t} 1.{a % 7}")
            table.append(f"p{a}/{t}.wav,clean,artist {a}")
    folders = " ".join(f"set/p{a}" for a in range(1, 61))
    return [["sh", "-ec", "\n".join(["rm -r set", "mkdir -p " + folders] + made +
                                    ["cat >set/clean.csv <<END"] + table + ["END"])]]


def writers(earshot, train, fixture):
    sounds = [[fixture, "sound", f"set/{label}/{i}.wav", "16000", "1", f"1.{i}", begin, "99"]
              for label, begin in (("a", "0"), ("b", "99")) for i in (1, 2, 3)]
    run = [train, "set", "--recipe", "toy.recipe", "--name", "toy", "--checkpoint-steps", "1"]
    model = [[fixture, "model", "harshness", "h.safetensors"],
             [fixture, "sound", "song.wav", "16000", "1", "3", "1", "2"]]
    hear = [earshot, "file", "song.wav", "-m", "h.safetensors", "-j", "1", "-y"]
    logs = ("log.csv", "log.jsonl", "events.out.tfevents.earshot", "last.ckpt", "best.ckpt")
    pictures = ("page.html", ".png")
    seed = ["--seed", "5", "--cache", "none"]
    m = ["-o", "m.safetensors"]
    harsh = [train, "harshness", "set", "--recipe", "toy.recipe", "--name", "toy", "--units",
             "20", "--judge-units", "10", "--judge-seconds", "1.2", "-o", "h.safetensors"]
    w = [
        Writer("train", sounds, run + seed + m, ["m."], run + seed + m + ["--resume"],
               goes_on=logs + pictures, grows=("events.out.tfevents.earshot",)),
        Writer("train again", sounds + [run + ["--seed", "9", "--cache", "none"] + m],
               run + seed + m, ["m"], run + seed + m + ["--resume"],
               goes_on=logs + pictures, grows=("events.out.tfevents.earshot",)),
        Writer("cache", sounds, run + ["--seed", "5", "--cache", "c/features"] + m, ["c"],
               run + ["--seed", "5", "--cache", "c/features"] + m,
               quiet=("",), clean=["m.*"]),
        Writer("quantize", sounds + [run + seed + m],
               [train, "quantize", "m.run/last.ckpt", "-o", "q.safetensors", "--cache",
                "none"], ["q."], goes_on=pictures),
        Writer("check", sounds, [train, "check", "set", "-o", "check.html", "--cache", "c",
                                 "--recipe", "toy.recipe"], ["check", "c"],
               quiet=(".look", ".feat", ".hashes")),
        Writer("search", sounds, [train, "search", "set", "--recipe", "toy.recipe",
                                  "--range", "rate=1e-3..1e-1:log", "--trials", "2",
                                  "--cache", "none", "-o", "found"], ["found"],
               goes_on=("trials.png",)),
        Writer("harshness", artists(fixture), harsh, ["h."], harsh + ["--resume"],
               goes_on=logs + pictures + (".flac",), passing=(".pool",),
               grows=("events.out.tfevents.earshot",)),
        Writer("degrade", model, [train, "degrade", "song.wav", "d.wav", "--kind",
                                  "clipping", "--severity", "30"], ["d."]),
        Writer("live log", model, [earshot, "live", "--backend", "file", "--device",
                                   "short.wav", "-m", "h.safetensors", "--log", "live.jsonl",
                                   "--log-size", "4K", "--every", "-o", "out.jsonl", "-y"],
               ["live.jsonl"], lines=("live.jsonl", "live.jsonl.1", "out.jsonl")),
    ]
    w[-1].prepare = model + [[fixture, "sound", "short.wav", "16000", "1", "0.8", "0", "1"]]
    for form in ("text", "jsonl", "csv", "audacity", "raven"):
        w.append(Writer(form, model, hear + ["-f", form, "-o", "o.txt"], ["o"]))
    w += [
        Writer("over", model + [["sh", "-c", "echo the last good one >o.txt"]],
               hear + ["-f", "csv", "-o", "o.txt"], ["o"]),
        Writer("folder", model, hear + ["-f", "csv", "-o", "o/"], ["o"]),
        Writer("features", model, [earshot, "features", "song.wav", "--bands", "8",
                                    "-o", "o.npy", "-y"],
               ["o"]),
        Writer("report", model, hear + ["-o", "o.txt", "--report", "o.html"], ["o"]),
    ]
    for ending in ("png", "svg", "pdf"):
        w.append(Writer("plot " + ending, model,
                        hear + ["-o", "o.txt", "--plot", "o." + ending], ["o"]))
    return w
