# SPDX-License-Identifier: ISC
"""The table of docs/speed.md from the figures that bench/run gathered.

usage: table.py ROWS    a folder with a file a stage, of lines "round name value unit".
A figure is the median of its rounds, its spread half of what lies between the quartiles,
in per cent of it.  Aims and the figures quoted stand in rows.csv.
"""
import csv
import os
import platform
import re
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def read_figures(folder):
    """name -> (values of all rounds, unit)"""
    figures = {}
    for stage in sorted(os.listdir(folder)):
        if stage.endswith(".new"):
            continue
        with open(os.path.join(folder, stage), encoding="utf-8") as lines:
            for line in lines:
                words = line.split()
                if len(words) == 4 and re.fullmatch(r"-?[0-9.]+(e[-+]?\d+)?", words[2]):
                    figures.setdefault(words[1], ([], words[3]))[0].append(float(words[2]))
    return figures


def number(value):
    if value == 0 or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def shown(figures, name, unit=True):
    values, of = figures[name]
    text = number(statistics.median(values))
    if len(values) > 2 and statistics.median(values) > 0:
        low, _, high = statistics.quantiles(values, n=4)
        text += f" ±{50 * (high - low) / statistics.median(values):.1f} %"
    if not unit or of in ("calls",):
        return text
    return f"{text.replace(' ±', f' {of} ±', 1) if ' ±' in text else f'{text} {of}'}"


def peers_of(figures, row):
    """Peers of a row that were measured, the best first: (name, median)."""
    before, here, behind = row["peer"].partition("{}")
    found = []
    for name, (values, _) in figures.items() if here else ():
        peer = name[len(before):len(name) - len(behind)]
        if name == before + peer + behind and peer:
            found.append((peer, statistics.median(values)))
    return sorted(found, key=lambda p: p[1], reverse=row["more_is_better"] == "yes")


def verdict(ours, row, figures):
    if not row["aim"]:
        return ""
    aim = float(row["aim"])
    more = row["more_is_better"] == "yes"
    met = ours >= aim if more else ours <= aim
    return f"{'≥' if more else '≤'} {number(aim)}: {'met' if met else f'missed, {ours / aim:.2f} x'}"


def line_of(figures, row):
    if row["name"] not in figures:
        return f"| {row['work']} | not measured | | | | {row['quoted']} | |"
    ours = statistics.median(figures[row["name"]][0])
    peers = peers_of(figures, row)
    best, ratio, others = row["no_peer"] or ("not measured" if row["peer"] else "none"), "", ""
    if peers:
        names = [f"{name.replace('_', ' ')} {number(value)}" for name, value in peers]
        more = row["more_is_better"] == "yes"
        best, others = names[0], ", ".join(names[1:])
        if ours > 0 and peers[0][1] > 0:
            ratio = f"{ours / peers[0][1] if more else peers[0][1] / ours:.2f} x"
    return (f"| {row['work']} | {shown(figures, row['name'])} | {best} | {ratio} | {others} "
            f"| {row['quoted']} | {verdict(ours, row, figures)} |")


def roofline(figures):
    """Operations, their share of the peak measured in the same rounds, and bytes."""
    peak = next((statistics.median(v) for n, (v, u) in figures.items()
                 if n.startswith("peak_") and u == "GMAC/s"), None)
    lines = []
    for name, what, mmac, kib in (
            ("model_s_window_us", "model S, whole window", 155.75, 126 + 16),
            ("model_k_window_us", "model K, whole window", 132.57, 1659 + 16),
            ("model_s_live_hop_us", "model S, one hop", 155.75 / 128, 126)):
        if name in figures:
            us = statistics.median(figures[name][0])
            share = f"{100 * mmac / us * 1e3 / peak:.0f} %" if peak else "no peak measured"
            lines.append(f"| {what} | {mmac:.2f} | {kib:,} | {mmac / us * 1e3:.0f} | {share} "
                         f"| {kib * 1.024 / us * 1e3 / 1e3:.1f} |")
    if not lines:
        return []
    return ["", f"One core multiplies {number(peak)} GMAC/s at most, measured in the same rounds."
            if peak else "", "",
            "| work | million multiply-accumulates | KiB of weights and input | GMAC/s | of the peak "
            "| GB/s of weights |", "|---|---|---|---|---|---|", *lines]


def the_rest(figures, known):
    rest = sorted(n for n in figures if n not in known)
    if not rest:
        return []
    return ["", "<details><summary>Every other figure of the run</summary>", "",
            "| figure | median | rounds |", "|---|---|---|",
            *(f"| `{n}` | {shown(figures, n)} | {len(figures[n][0])} |" for n in rest), "",
            "</details>"]


def machine():
    name = platform.processor()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            name = re.search(r"model name\s*: (.*)", info.read())[1]
    except (OSError, TypeError):
        pass
    return (f"Measured {time.strftime('%Y-%m-%d')} on {name}, {os.cpu_count()} cores, by "
            f"`bench/run`; one pinned thread unless said.")


def main():
    figures = read_figures(sys.argv[1])
    with open(os.path.join(HERE, "rows.csv"), encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    print(machine())
    print("\n| work | ours | best peer | ours is better by | other peers | not measured here: "
          "figures from elsewhere | aim |")
    print("|---|---|---|---|---|---|---|")
    known = set()
    for row in rows:
        print(line_of(figures, row))
        known.add(row["name"])
    print("\n".join(roofline(figures)))
    print("\n".join(the_rest(figures, known)))


main()
