"""Processes on cores, what the kernel says of them, and the load on a proxy."""

import contextlib
import ctypes
import functools
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import time

HOME = pathlib.Path(__file__).resolve().parents[2]
TARGET = HOME / "target" / "bench"
CORES = sorted(os.sched_getaffinity(0))
PROXY_CORE, LOAD_CORE = CORES[0], CORES[-1]
SIGKILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG
libc = ctypes.CDLL(None)


def raise_file_limit():
    """For this process and what it starts, if we may; returns the limit that is in force."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in 40_000, hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
            return wanted
    return hard


CONNECTIONS = min(12_000, raise_file_limit() - 2000)  # that a proxy takes


class Missing(Exception):
    """Something that is not on this machine, or that a proxy cannot do; the message says what."""


def peers_path():
    return subprocess.check_output([HOME / "bench/peers/peers", "path"], text=True).strip()


def find(program):
    found = shutil.which(program, path=peers_path() + ":" + os.environ["PATH"] + ":/usr/sbin")
    if not found:
        raise Missing(f"no {program} here (bench/peers/peers get)")
    return found


def output_of(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.strip()


def build_tools():
    """Compiles load and origin when they are older than their sources."""
    TARGET.mkdir(parents=True, exist_ok=True)
    openssl = subprocess.run(["gcc", "-E", "-include", "openssl/ssl.h", "-x", "c", os.devnull], capture_output=True).returncode == 0
    libraries = ["-Wl,--as-needed", "-lssl", "-lcrypto"] if openssl else []
    newest = max(file.stat().st_mtime for file in (HOME / "bench/tools").glob("*.[ch]"))
    for source in sorted((HOME / "bench/tools").glob("*.c")):
        program = TARGET / source.stem
        if not program.exists() or program.stat().st_mtime < newest:
            subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", program, source, *libraries], check=True)


@functools.cache
def certificate():
    """Files with a certificate of bench.example and its key on P-256: both, the certificate, the key."""
    both, chain, key = (TARGET / name for name in ("bench.pem", "bench.crt", "bench.key"))
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    name = ["-subj", "/CN=bench.example", "-addext", "subjectAltName=DNS:bench.example"]
    said = subprocess.run([find("openssl"), "req", "-x509", *kind, *name, "-out", chain, "-keyout", key], capture_output=True, text=True)
    if said.returncode:
        raise Missing(f"openssl: {said.stderr.strip()[-200:]}")
    both.write_text(chain.read_text() + key.read_text())
    return both, chain, key


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Process:
    """A process of its own session, pinned to a core, that dies with this one whatever happens."""

    def __init__(self, command, core, stdout, environment=None):
        def prepare():
            libc.prctl(SIGKILL_WITH_PARENT, signal.SIGKILL)
            os.sched_setaffinity(0, {core})

        self.log = open(stdout, "ab")
        self.started = time.monotonic()
        self.popen = subprocess.Popen(
            [str(c) for c in command],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            preexec_fn=prepare,
        )
        self.pid = self.popen.pid

    def pids(self):
        """Of the process and what it started."""
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    todo += map(int, pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        return found

    def memory(self):
        """Resident bytes, pages that processes share counted once."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
        return total

    def cpu_seconds(self):
        """Of all threads that ever were, as the scheduler counted it."""
        total = 0.0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                total += time.clock_gettime((~pid << 3) | 2)
        return total

    def ticks(self):
        """User and system time of the same, in clock ticks from samples of the kernel."""
        user = system = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                user, system = user + int(fields[11]), system + int(fields[12])
        return user, system

    def pause(self):
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self):
        os.killpg(self.pid, signal.SIGCONT)

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()
        self.log.close()


def load(port, arguments, seconds, warm=0.5, pids=(), tool="load"):
    """Runs load or load2 of bench/tools; what it measured, as a dictionary."""
    command = [TARGET / tool, "-p", port, "-d", seconds, "-w", warm, *arguments]
    if pids:
        command += ["-P", ",".join(map(str, pids))]
    pinned = ["taskset", "-c", str(LOAD_CORE), *map(str, command)]
    try:
        done = subprocess.run(pinned, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds + warm + 30)
    except subprocess.TimeoutExpired:
        raise Missing(f"{tool} did not end") from None
    if done.returncode:
        raise Missing(f"{tool}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def h2load(port, arguments, seconds, process):
    """Runs h2load of nghttp2; what it did and what it cost the process, as load has it. No share of the seconds is left
    out: connecting is a part of them."""
    url = f"http://127.0.0.1:{port}/100"
    command = [find("h2load"), "-t", "1", "-D", f"{round(seconds * 1000)}ms", *map(str, arguments), url]
    before, ticks = process.cpu_seconds(), process.ticks()
    done = subprocess.run(["taskset", "-c", str(LOAD_CORE), *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    cpu = process.cpu_seconds() - before
    user, system = (after - earlier for after, earlier in zip(process.ticks(), ticks))
    counts = re.search(r"requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed", done.stdout)
    if done.returncode or not counts:
        raise Missing(f"h2load failed: {done.stdout.strip()[-300:]}")
    answered, succeeded, failed = map(int, counts.groups())
    codes = re.search(r"status codes: .*", done.stdout)
    return {
        "requests": succeeded, "seconds": seconds, "cpu_seconds": cpu, "bytes_in": 0, "bytes_out": 0,
        "errors": failed, "first_error": codes[0] if codes else "", "p50": 0, "p99": 0, "p999": 0,
        "user_ticks": user, "system_ticks": system,
    }


def await_response(port, process, seconds=30, every=0.001, tls=False):
    """Until a GET through the port is answered with what the origin sends; returns when that was."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.popen.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as plain, \
                trusting.wrap_socket(plain, server_hostname="bench.example") if tls else plain as s:
            s.sendall(b"GET /5 HTTP/1.1\r\nHost: bench.example\r\nConnection: close\r\n\r\n")
            response = b""
            while not response.endswith(b"xxxxx") and (part := s.recv(4096)):
                response += part
            if response.startswith(b"HTTP/1.1 200") and b"\r\n\r\nxxxxx" in response:
                return time.monotonic()
        time.sleep(every)
    raise Missing(f"no response within {seconds} s" if process.popen.poll() is None else "ended at its start")
