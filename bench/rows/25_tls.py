"""TLS with clients: what a proxy costs per request, per byte and per handshake. All have the same key, on P-256, and agree
with the load on X25519 and AES-128-GCM."""

from harness.bench import Setup
from harness.efficiency import Efficiency


class Handshakes(Efficiency):
    """A connection for each request. How many resumed a session is told."""

    def tell(self, proxy, measured, latency):
        super().tell(proxy, measured, latency)
        if "-e" in self.load and measured["resumed"] < measured["requests"]:
            print(f"  {proxy.label:14} resumed only {measured['resumed']:,} of {measured['requests']:,}", flush=True)


TLS = Setup(tls=True)

ROWS = [
    Efficiency("tls-small", "TLS 1.3, 100 B responses, 64 connections", ["-t", "1.3", "-c", "64"], TLS, {"haproxy": 1.15}),
    Efficiency("tls-1m", "TLS 1.3, 1 MiB responses, 16 connections", ["-t", "1.3", "-c", "16", "-u", "/1048576"], TLS, {"haproxy": 1.25}, bytes=True),
    *(
        Handshakes(
            f"tls-{version.replace('.', '')}-{kind}",
            f"TLS {version}, {kind} handshake and one request for each connection, 32 at a time",
            ["-t", version, "-c", "32", "-x", *how],
            TLS,
            {"haproxy": 1.0},
        )
        for version in ("1.3", "1.2")
        for kind, how in (("full", []), ("resumed", ["-e"]))
    ),
]
