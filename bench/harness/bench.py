"""One run: which proxies, how long, and the processes that are alive now."""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import tempfile

from harness import machine
from harness.machine import Missing, Process


@dataclasses.dataclass(frozen=True)
class Setup:
    """What a proxy is configured for; rows with the same setup share its processes."""

    protocol: str = "http"  # or tcp
    front: str = "h1"  # what clients speak: h1 or h2, by prior knowledge
    back: str = "h1"  # what the origin speaks
    tls: bool = False  # with clients, TLS 1.2 and 1.3, tickets as each has them by default
    log: bool = True
    changes: bool = False  # whether the configuration will change


class Proxy:
    """A proxy that is measured; bench/proxies has one file for each. Subclasses say how to configure and start it."""

    name = ""
    warm = 0  # seconds of load before the first measurement after its start
    warm_again = 0  # and before that of each further row
    way_of_change = ""  # how its configuration changes

    def __init__(self, setup, work, origin):
        self.setup, self.work, self.origin = setup, pathlib.Path(work), origin
        self.port, self.metrics_port = machine.free_ports(2)
        self.process = None
        self.rows = 0
        self.label = self.name

    def version(self):
        """One line; raises Missing when the program is not here."""
        raise NotImplementedError

    def command(self):
        """Writes configuration files into self.work; returns the command."""
        raise NotImplementedError

    def change(self, n):
        """Applies the n-th variant of the configuration, as an operator of this proxy would."""
        raise Missing("has no way to change its configuration here")

    def start(self):
        self.work.mkdir(parents=True, exist_ok=True)
        self.process = Process(self.command(), machine.PROXY_CORE, self.work / "output", self.environment())
        try:
            return machine.await_response(self.port, self.process, tls=self.setup.tls) - self.process.started
        except Missing as missing:
            tail = (self.work / "output").read_text(errors="replace")[-600:]
            self.process.stop()
            raise Missing(f"{missing}: {tail}") from None

    def environment(self):
        return {}

    def stop(self):
        if self.process:
            self.process.stop()
        shutil.rmtree(self.work, ignore_errors=True)

    def load(self, arguments, seconds, warm=0.5):
        """With the tool that the first argument names: load2 of bench/tools; or else with load there, or h2load."""
        self.truncate_logs()
        if arguments[0] == "load2":
            return machine.load(self.port, arguments[1:], seconds, warm, self.process.pids(), "load2")
        if self.setup.front == "h2":
            return machine.h2load(self.port, arguments, seconds, self.process)
        return machine.load(self.port, arguments, seconds, warm, self.process.pids())

    def truncate_logs(self):
        for file in [*self.work.glob("*.log"), self.work / "output"]:
            with contextlib.suppress(OSError):
                os.truncate(file, 0)


class Bench:
    def __init__(self, kinds, rounds, seconds):
        self.rounds, self.seconds = rounds, seconds
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="weir-bench-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
        self.missing = {}  # name to reason
        self.versions = {}
        self.current, self.alive, self.origin, self.origin2 = None, [], None, None
        self.kinds = []
        for kind in kinds:
            try:
                self.versions[kind.name] = kind(Setup(), self.work, 0).version()
                self.kinds.append(kind)
            except Missing as missing:
                self.missing[kind.name] = str(missing)

    def start(self):
        self.origin_port = machine.free_ports(1)[0]
        self.origin = Process([machine.TARGET / "origin", self.origin_port], machine.LOAD_CORE, self.work / "origin.txt")
        machine.await_response(self.origin_port, self.origin)
        self.origin2_port = machine.free_ports(1)[0]
        self.origin2 = Process([machine.TARGET / "origin2", self.origin2_port], machine.LOAD_CORE, self.work / "origin2.txt")

    def close(self):
        self.stop_proxies()
        for origin in filter(None, (self.origin, self.origin2)):
            origin.stop()
        shutil.rmtree(self.work, ignore_errors=True)

    def make(self, kind, setup, label=None):
        origin = self.origin2_port if setup.back == "h2" else self.origin_port
        proxy = kind(setup, self.work / (label or kind.name), origin)
        proxy.label = label or kind.name
        return proxy

    def proxies(self, setup):
        """All proxies with this setup, started and paused; HAProxy twice, so that its own noise is seen."""
        if self.current != setup:
            self.stop_proxies()
            wanted = [(kind, kind.name) for kind in self.kinds]
            wanted += [(kind, "haproxy again") for kind in self.kinds if kind.name == "haproxy"]
            for kind, label in wanted:
                proxy = self.make(kind, setup, label)
                try:
                    proxy.start()
                    proxy.process.pause()
                    self.alive.append(proxy)
                except Missing as missing:
                    print(f"  {label}: left out: {missing}", flush=True)
                    proxy.stop()
            self.current = setup
        return list(self.alive)

    def stop_proxies(self):
        for proxy in self.alive:
            proxy.stop()
        self.current, self.alive = None, []

    @contextlib.contextmanager
    def awake(self, proxy):
        """The others sleep meanwhile: what they do on their own must not be in this one's figures."""
        proxy.process.resume()
        try:
            yield
        finally:
            proxy.process.pause()
