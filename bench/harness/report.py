"""Results as markdown."""

import datetime
import os
import pathlib
import platform
import statistics

from harness.efficiency import middle

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


def machine_line():
    model, memory = "", 0
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal"):
            memory = int(line.split()[1]) >> 20
    congestion = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    network = "a network of its own" if os.environ.get("WEIR_BENCH_NETWORK") else "the machine's network"
    return (
        f"{os.cpu_count()} cores {model}, {memory} GiB, Linux {platform.release()} ({platform.machine()}),"
        f" {network}, TCP {congestion}"
    )


def header(bench, command):
    return {
        "date": datetime.date.today().isoformat(),
        "command": command,
        "machine": machine_line(),
        "versions": bench.versions,
        "missing": bench.missing,
        "rounds": bench.rounds,
        "seconds": bench.seconds,
        "load_average": os.getloadavg()[0],
    }


def table(columns, lines):
    """Markdown; every column but the first is aligned right."""
    head = ["| " + " | ".join(columns) + " |", "|---|" + "---:|" * (len(columns) - 1)]
    return "\n".join(head + ["| " + " | ".join(map(str, line)) + " |" for line in lines])


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def names(results):
    """Of the proxies in these results, Weir first."""
    found = []
    for result in results:
        found += [name for name in result["proxies"] if name not in found]
    order = ["weir", "haproxy", "haproxy again", "nginx", "envoy", "traefik"]
    return sorted(found, key=lambda name: order.index(name) if name in order else 99)


def efficiency(rows, results):
    rows = [row for row in rows if results[row.id].get("kind") == "efficiency"]
    if not rows:
        return ""
    columns = [name for name in names([results[row.id] for row in rows]) if name != "haproxy"]
    ratios, details, latencies = [], [], []
    for row in rows:
        result = results[row.id]
        haproxy = result["proxies"].get("haproxy")
        base = statistics.median(map(row.per_cpu_second, haproxy)) if haproxy else 0
        line = [row.title, (number(base / 1e6) + " MB" if row.bytes else number(base)) if haproxy else "–"]
        for name in columns:
            found = row.ratios(result, name)
            line.append("{:.2f} ({:.2f}–{:.2f})".format(*found) if found else "–")
        ratios.append(line)
        details += [detail(row, name, result["proxies"][name]) for name in names([result]) if result["proxies"][name]]
        for name in names([result]):
            measured = result.get("latency", {}).get(name)
            if measured:
                achieved = middle(measured, "requests") / middle(measured, "seconds")
                latencies.append([row.title, name, number(result["rate"]), number(achieved)]
                    + [number(middle(measured, key)) for key in ("p50", "p99", "p999")] + [sum(m["errors"] for m in measured)])
    text = "## Work for each second of CPU\n\n"
    text += "HAProxy's own figure, and the others as ratios to HAProxy in the same round: median (lowest–highest).\n\n"
    text += table(["row", "haproxy per CPU second"] + columns, ratios)
    if latencies:
        text += "\n\n## Latency at half of HAProxy's rate\n\nMicroseconds from when a request was due, median of the rounds. Who did less\n"
        text += "than was due fell further behind all the time; its latency says only that.\n\n"
        text += table(["row", "proxy", "due/s", "done/s", "p50", "p99", "p99.9", "errors"], latencies)
    text += "\n\n## The same in full\n\n"
    text += "Medians of the rounds. User and kernel are the kernel's samples of where the CPU time went.\n\n"
    return text + table(["row", "proxy", "per CPU second", "per second", "of its core", "user µs", "kernel µs", "errors"], details)


def detail(row, name, rounds):
    scale = 1e6 if row.bytes else 1
    work = statistics.median(map(row.per_cpu_second, rounds)) / scale
    done = statistics.median((r["bytes_in"] + r["bytes_out"] if row.bytes else r["requests"]) / r["seconds"] for r in rounds) / scale
    busy = statistics.median(r["cpu_seconds"] / r["seconds"] for r in rounds)
    ticks = sum(r["user_ticks"] + r["system_ticks"] for r in rounds) or 1
    each = sum(r["cpu_seconds"] for r in rounds) / max(1, sum(r["requests"] for r in rounds)) * 1e6
    user = each * sum(r["user_ticks"] for r in rounds) / ticks
    unit = " MB" if row.bytes else ""
    return [row.title, name, number(work) + unit, number(done) + unit, f"{busy:.0%}", f"{user:.2f}", f"{each - user:.2f}", sum(r["errors"] for r in rounds)]


def goals(rows, results):
    lines = []
    for row in rows:
        for what, goal, measured, met in row.judged(results[row.id]):
            lines.append([what, goal, measured, "yes" if met else "**no**"])
    return "## Goals\n\n" + table(["goal", "wanted", "measured", "met"], lines) if lines else ""


def markdown(head, rows, results):
    versions = "; ".join(head["versions"].values())
    missing = "".join(f"\nLeft out: {name} ({reason})." for name, reason in head["missing"].items())
    text = f"{head['date']}, {head['machine']}, load average before {head['load_average']:.2f}.\n"
    text += f"{versions}.{missing}\n\n"
    text += f"`{head['command']}`: {head['rounds']} rounds of {head['seconds']:g} s for each row and proxy, order rotated."
    for row in rows:
        other = results[row.id].pop("head")
        if other != head:
            text += f"\nOf another run: {row.title} ({other['date']}, {other['versions'].get('weir', '')}, `{other['command']}`)."
    parts = [text, goals(rows, results), efficiency(rows, results)]
    for row in rows:
        if results[row.id].get("kind") != "efficiency":
            parts.append(f"## {row.title}\n\n" + row.section(results[row.id]))
    return "\n\n".join(part for part in parts if part)


def put_into(file, text):
    """Between the marks of a document."""
    old = file.read_text()
    before, _, rest = old.partition(BEGIN)
    _, _, after = rest.partition(END)
    file.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
