"""The TCP relay: 1 MiB at a time through connections that stay open, most bytes towards the client."""

from harness.bench import Setup
from harness.efficiency import Efficiency

ROWS = [
    Efficiency("tcp", "TCP relay, 16 connections", ["-c", "16", "-u", "/1048576"], setup=Setup(protocol="tcp"),
        goals={"haproxy": 1.0}, bytes=True)
]
