"""System calls per request, counted by strace: the leading indicator of what a request costs in the kernel."""

import signal
import subprocess
import time

from harness import machine
from harness.bench import Setup
from harness.machine import Missing
from harness.report import table


class SystemCalls:
    id = "system-calls"
    title = "System calls per request"

    def seconds(self, bench):
        return 12 * len(bench.kinds) + 15

    def run(self, bench):
        strace = machine.find("strace")
        bench.stop_proxies()
        result = {}
        for kind in bench.kinds:
            proxy = bench.make(kind, Setup())
            try:
                proxy.start()
                proxy.load(["-c", "64"], 1 + proxy.warm)
                result[kind.name] = self.count(strace, proxy)
            except Missing as missing:
                print(f"  {kind.name}: {missing}", flush=True)
            finally:
                proxy.stop()
        return result

    def count(self, strace, proxy):
        counts = proxy.work / "strace"
        command = [strace, "-f", "-c", "-o", counts, "-U", "name,calls"]
        for pid in proxy.process.pids():
            command += ["-p", str(pid)]
        tracer = subprocess.Popen(["taskset", "-c", str(machine.LOAD_CORE), *command], stderr=subprocess.DEVNULL)
        try:
            time.sleep(1)
            measured = proxy.load(["-c", "64"], 4, warm=0)
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
        calls = {}
        for line in counts.read_text().splitlines():
            words = line.split()
            if len(words) == 2 and words[1].isdigit() and words[0] != "total":
                calls[words[0]] = int(words[1]) / measured["requests"]
        return {"calls": calls, "requests": measured["requests"]}

    def section(self, result):
        lines = []
        for name, m in result.items():
            calls = sorted(m["calls"].items(), key=lambda call: -call[1])
            each = ", ".join(f"{call} {count:.2f}" for call, count in calls if count >= 0.005)
            lines.append([name, f"{sum(m['calls'].values()):.2f}", each])
        text = "`strace -f -c` of a warm process, 100 B responses on 64 connections, access log and metrics on. Under strace a proxy is\n"
        text += "slower and finds more work at once, so that calls which are shared by requests are rarer than in the rows above.\n\n"
        return text + table(["proxy", "calls", "which"], lines).replace("|---|---:|---:|", "|---|---:|---|")

    def judged(self, result):
        return ()


ROWS = [SystemCalls()]
