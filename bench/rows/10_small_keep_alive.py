"""100-byte responses on connections that stay open: what a proxy costs per request."""

from harness.efficiency import Efficiency

GOALS = {"haproxy": 1.4, "nginx": 1.1, "envoy": 3.0}

ROWS = [
    Efficiency(
        f"small-{connections}",
        f"100 B responses, {connections} connections" if connections > 1 else "100 B responses, 1 connection",
        ["-c", str(connections)],
        goals=GOALS if connections in (16, 64, 256) else {},
        latency=connections in (16, 64, 256),
    )
    for connections in (1, 16, 64, 256, 1000)
]
