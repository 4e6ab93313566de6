"""Latency and failures while the configuration changes ten times a second, in each proxy's own way."""

import threading
import time

from harness.bench import Setup
from harness.machine import Missing
from harness.report import number, table

RATE = 5000
CHANGES = 10  # a second


class Changes:
    id = "changes"
    title = f"{CHANGES} configuration changes a second"

    def seconds(self, bench):
        return (3 * bench.seconds + 6) * len(bench.kinds) + 15

    def run(self, bench):
        bench.stop_proxies()
        result = {}
        for kind in bench.kinds:
            proxy = bench.make(kind, Setup(changes=True))
            try:
                result[kind.name] = self.measure(proxy, bench.seconds)
                print(f"  {kind.name:14} {result[kind.name]}", flush=True)
            except Missing as missing:
                print(f"  {kind.name}: {missing}", flush=True)
            finally:
                proxy.stop()
        return result

    def measure(self, proxy, seconds):
        proxy.start()
        load = ["-c", "64", "-r", str(RATE)]
        if proxy.warm:
            proxy.load(["-c", "64"], proxy.warm)
        quiet = proxy.load(load, seconds, 1)
        done, over = [0], threading.Event()

        def change():
            while not over.is_set():
                due = time.monotonic() + 1 / CHANGES
                try:
                    proxy.change(done[0])
                    done[0] += 1
                except OSError as e:
                    print(f"  {proxy.label}: a change failed: {e}", flush=True)
                over.wait(max(0, due - time.monotonic()))

        changer, from_now = threading.Thread(target=change), time.monotonic()
        changer.start()
        try:
            changing = proxy.load(load, 2 * seconds, 1)
        finally:
            over.set()
            changer.join()
        rate = done[0] / (time.monotonic() - from_now)
        return {"quiet": quiet, "changing": changing, "rate": rate, "way": proxy.way_of_change}

    def section(self, result):
        lines = []
        for name, m in result.items():
            quiet, changing = m["quiet"], m["changing"]
            lines.append([name, m["way"], f"{m['rate']:.1f}"] + [f"{number(quiet[key])} → {number(changing[key])}" for key in ("p50", "p99", "p999")]
                + [f"{changing['requests'] / changing['seconds']:,.0f}", changing["opened"], changing["errors"]])
        text = f"{RATE:,} requests a second, open-loop, on 64 connections; µs without → with changes of an endpoint's weight. Opened: connections\n"
        text += "that the client had to open again. Errors: requests that got no response.\n\n"
        return text + table(["proxy", "how", "changes/s", "p50", "p99", "p99.9", "requests/s", "opened", "errors"], lines)

    def judged(self, result):
        if "weir" in result:
            m = result["weir"]["changing"]
            yield "failed requests and cut connections while it changes", "0", str(m["errors"] + m["opened"]), m["errors"] + m["opened"] == 0


ROWS = [Changes()]
