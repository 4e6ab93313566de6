"""The kind of row that most are: work for each second of CPU, beside HAProxy, and latency at a rate that all can carry."""

import dataclasses
import statistics

from harness.bench import Setup
from harness.machine import Missing


@dataclasses.dataclass
class Efficiency:
    id: str
    title: str
    load: list  # arguments of what puts load on it (Proxy.load)
    setup: Setup = Setup()
    goals: dict = dataclasses.field(default_factory=dict)  # a proxy's name to the ratio that Weir wants to reach
    latency: bool = False
    bytes: bool = False  # count bytes of bodies, not requests
    warm: list = dataclasses.field(default_factory=list)  # other loads that warm a process up first

    def seconds(self, bench):
        """How long it takes, about."""
        each = len(bench.kinds) + 1
        return each * bench.rounds * (bench.seconds + 1) * (2 if self.latency else 1) + 10

    def run(self, bench):
        proxies = bench.proxies(self.setup)
        result = {"kind": "efficiency", "proxies": {p.label: [] for p in proxies}}
        for proxy in proxies:
            self.warm_up(bench, proxy, proxy.warm if proxy.rows == 0 else proxy.warm_again, [*self.warm, self.load, self.load])
            proxy.rows += 1
        self.rounds(bench, proxies, self.load, result["proxies"])
        haproxy = result["proxies"].get("haproxy")
        if self.latency and haproxy:
            rate = round(statistics.median(r["requests"] / r["seconds"] for r in haproxy) / 2)
            result["rate"], result["latency"] = rate, {p.label: [] for p in proxies}
            load = [*self.load, "-r", str(rate)]
            for proxy in proxies:
                self.warm_up(bench, proxy, proxy.warm_again, [load, load])
            self.rounds(bench, proxies, load, result["latency"])
        return result

    def warm_up(self, bench, proxy, seconds, loads):
        """Loads for equal parts of the time: those of what is measured twice, since connections that end and others that come
        are news to a JVM, which throws away what it compiled before it saw the first; so are single requests after many at once."""
        with bench.awake(proxy):
            for load in loads if seconds else []:
                proxy.load(load, seconds / len(loads))

    def rounds(self, bench, proxies, load, into):
        for r in range(bench.rounds):
            at = r % len(proxies)
            for proxy in proxies[at:] + proxies[:at]:
                try:
                    with bench.awake(proxy):
                        measured = proxy.load(load, bench.seconds, 1)
                except Missing as missing:
                    print(f"  {proxy.label}: {missing}", flush=True)
                    continue
                into[proxy.label].append(measured)
                self.tell(proxy, measured, "-r" in load)

    def tell(self, proxy, m, latency):
        errors = f", {m['errors']} ERRORS: {m['first_error']}" if m["errors"] else ""
        work = f"{self.per_cpu_second(m):12,.0f} per CPU second, {m['requests'] / m['seconds']:9,.0f} requests/s, "
        busy = f"{m['cpu_seconds'] / m['seconds']:4.0%} of its core"
        times = f", p50 {m['p50']:.0f} p99 {m['p99']:.0f} p99.9 {m['p999']:.0f} µs" if latency else ""
        print(f"  {proxy.label:14} {work}{busy}{times}{errors}", flush=True)

    def per_cpu_second(self, m):
        work = m["bytes_in"] + m["bytes_out"] if self.bytes else m["requests"]
        return work / m["cpu_seconds"] if m["cpu_seconds"] else 0

    def ratios(self, result, name):
        """Of each round to HAProxy in the same round: median, lowest, highest; None when one of them is missing."""
        base, other = result["proxies"].get("haproxy"), result["proxies"].get(name)
        if not base or not other:
            return None
        found = [self.per_cpu_second(o) / self.per_cpu_second(b) for o, b in zip(other, base) if self.per_cpu_second(b)]
        return (statistics.median(found), min(found), max(found)) if found else None

    def ratio_of_weir(self, result, name):
        weir, peer = result["proxies"].get("weir"), result["proxies"].get(name)
        if not weir or not peer:
            return None
        found = [self.per_cpu_second(w) / self.per_cpu_second(p) for w, p in zip(weir, peer) if self.per_cpu_second(p)]
        return statistics.median(found) if found else None

    def judged(self, result):
        """Lines of the table of goals."""
        for name, goal in self.goals.items():
            measured = self.ratio_of_weir(result, name)
            if measured is not None:
                yield f"{self.title}: per CPU second, to {name}", f">= {goal:g}", f"{measured:.2f}", measured >= goal
        latency = result.get("latency", {})
        if latency.get("weir") and latency.get("haproxy"):
            for key, word, goal in ("p99", "p99", 1.0), ("p999", "p99.9", 1.5):
                measured = middle(latency["weir"], key) / middle(latency["haproxy"], key)
                yield f"{self.title}: {word} at {result['rate']:,} requests/s, to haproxy", f"<= {goal:g}", f"{measured:.2f}", measured <= goal


def middle(rounds, key):
    return statistics.median(r[key] for r in rounds)
