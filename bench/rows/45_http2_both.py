"""100-byte responses over HTTP/2 on both sides, 1 to 100 requests at once on each of 8 connections. A hundred warm up, then the
row's own."""

from harness.bench import Setup
from harness.efficiency import Efficiency

ROWS = [
    Efficiency(
        f"h2-both-{streams}",
        f"HTTP/2 on both sides, 100 B responses, 8 connections, {streams} stream{'s' if streams > 1 else ''} each",
        ["-c", "8", "-m", str(streams)],
        Setup(front="h2", back="h2"),
        goals={"haproxy": 1.0},
        warm=[["-c", "8", "-m", "100"]],
    )
    for streams in (1, 10, 100)
]
