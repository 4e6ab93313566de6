"""From the start of the process to the first correct response, and the memory of a process."""

import statistics
import time

from harness.bench import Setup
from harness.machine import Missing
from harness.report import number, table


class Start:
    id = "start"
    title = "Start and memory"
    starts = 5

    def seconds(self, bench):
        return 20 * len(bench.kinds)

    def run(self, bench):
        bench.stop_proxies()
        result = {kind.name: {"starts": []} for kind in bench.kinds}
        for n in range(self.starts):
            for kind in bench.kinds:
                proxy = bench.make(kind, Setup())
                try:
                    result[kind.name]["starts"].append(proxy.start())
                    if n == self.starts - 1:
                        self.memory(proxy, result[kind.name])
                except Missing as missing:
                    print(f"  {kind.name}: {missing}", flush=True)
                finally:
                    proxy.stop()
        result = {name: m for name, m in result.items() if "loaded" in m}
        for name, m in result.items():
            print(f"  {name:14} {m}", flush=True)
        return result

    def memory(self, proxy, into):
        time.sleep(3)
        into["idle"] = proxy.process.memory()
        first = proxy.load(["-c", "64"], 5, warm=0)
        into["cold_rate"], into["cold_p99"] = first["requests"] / first["seconds"], first["p99"]
        proxy.load(["-c", "256"], 5)
        into["loaded"] = proxy.process.memory()

    def section(self, result):
        lines = []
        for name, m in result.items():
            times = [1000 * t for t in m["starts"]]
            lines.append([name, f"{statistics.median(times):.0f} ({min(times):.0f}–{max(times):.0f})", number(m["idle"] / 1e6),
                number(m["loaded"] / 1e6), number(m["cold_rate"]), number(m["cold_p99"])])
        text = "Start: from exec to the first correct response through the proxy, on one core, ms. Idle: MB, three seconds later. Under\n"
        text += "load: MB after ten seconds with 64 and 256 connections. Cold: the first five seconds of load after the start.\n\n"
        return text + table(["proxy", "start ms", "MB idle", "MB under load", "cold requests/s", "cold p99 µs"], lines)

    def judged(self, result):
        if "weir" in result:
            start, idle = 1000 * statistics.median(result["weir"]["starts"]), result["weir"]["idle"] / 1e6
            yield "start to the first correct response", "< 400 ms", f"{start:.0f} ms", start < 400
            yield "memory when idle", "< 100 MB", f"{idle:.0f} MB", idle < 100


ROWS = [Start()]
