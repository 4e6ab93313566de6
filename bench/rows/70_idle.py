"""Connections that have made one request and stay open: memory each."""

import contextlib
import json
import subprocess
import time

from harness import machine
from harness.bench import Setup
from harness.machine import Missing
from harness.report import number, table


class Idle:
    """warm: arguments of the load before; hold: the tool that keeps connections and its arguments."""

    count = min(10_000, machine.CONNECTIONS - 500)

    def __init__(self, id, setup, warm, hold, kind=""):
        self.id, self.setup, self.warm, self.hold = id, setup, warm, hold
        self.title = f"{self.count:,} idle {kind}connections"
        self.goal = f"memory of an idle {kind}connection"

    def seconds(self, bench):
        return 25 * len(bench.kinds) + 10

    def run(self, bench):
        bench.stop_proxies()
        result = {}
        for kind in bench.kinds:
            with contextlib.closing(Closing(bench.make(kind, self.setup))) as held:
                try:
                    result[kind.name] = self.measure(held.proxy)
                    print(f"  {kind.name:14} {result[kind.name]}", flush=True)
                except Missing as missing:
                    print(f"  {kind.name}: {missing}", flush=True)
        return result

    def measure(self, proxy):
        """Opens them in two halves: what the second adds is what connections take, and not what a first use takes."""
        proxy.start()
        proxy.load(self.warm, 1 + proxy.warm / 3)
        holders, memory, opened, errors = [], [], 0, 0
        try:
            for _ in range(2):
                command = [machine.TARGET / self.hold[0], "-p", str(proxy.port), "-c", str(self.count // 2), *self.hold[1:], "-i"]
                holders.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
                answer = json.loads(holders[-1].stdout.readline())
                opened, errors = opened + answer["answered"], errors + answer["errors"]
                time.sleep(5)
                memory.append(proxy.process.memory())
            cpu = proxy.process.cpu_seconds()
            time.sleep(3)
            cpu = (proxy.process.cpu_seconds() - cpu) / 3
        finally:
            for holder in holders:
                holder.stdin.close()
                holder.wait()
        return {"half": memory[0], "all": memory[1], "opened": opened, "errors": errors, "cpu": cpu}

    def each(self, m):
        return (m["all"] - m["half"]) / max(1, m["opened"] / 2)

    def section(self, result):
        lines = [
            [name, f"{number(self.each(m))} B", number(m["half"] / 1e6), number(m["all"] / 1e6), f"{m['cpu']:.1%}", m["opened"], m["errors"]]
            for name, m in result.items()
        ]
        text = "Each connection has made one request, more than five seconds ago. Memory is what the processes hold, pages that they share\n"
        text += "counted once; each: what the second half of the connections added. The kernel's own memory is not in it.\n\n"
        return text + table(["proxy", "memory each", "MB with half", "MB with all", "CPU meanwhile", "connections", "errors"], lines)

    def judged(self, result):
        if "weir" in result and "haproxy" in result:
            weir, haproxy = self.each(result["weir"]), self.each(result["haproxy"])
            yield self.goal, f"<= {haproxy:,.0f} B (haproxy)", f"{weir:,.0f} B", weir <= haproxy


class Closing:
    def __init__(self, proxy):
        self.proxy = proxy

    def close(self):
        self.proxy.stop()


ROWS = [
    Idle("idle", Setup(), ["-c", "64"], ["load"]),
    Idle("idle-tls", Setup(tls=True), ["-t", "1.3", "-c", "64"], ["load", "-t", "1.3"], "TLS 1.3 "),
    Idle("idle-h2", Setup(front="h2"), ["-c", "64"], ["load2"], "HTTP/2 "),
]
