"""100-byte responses over HTTP/2 without TLS, from an origin that speaks HTTP/1: a stream at a time, ten, a hundred. A
hundred warm a JVM up, then the row's own: what it compiled for many streams at once does not fit one."""

from harness.bench import Setup
from harness.efficiency import Efficiency

ROWS = [
    Efficiency(
        f"h2-{streams}",
        f"HTTP/2, 100 B responses, 4 connections, {streams} streams" if streams > 1 else "HTTP/2, 100 B responses, 4 connections, 1 stream",
        ["-c", "4", "-m", str(streams)],
        setup=Setup(front="h2"),
        goals={"haproxy": 1.0},
        warm=[["-c", "4", "-m", "100"]],
    )
    for streams in (1, 10, 100)
]
