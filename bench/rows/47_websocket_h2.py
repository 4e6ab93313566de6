"""Messages of 64 bytes there and back on WebSockets that are streams of HTTP/2 (RFC 8441), to an origin of HTTP/1. nginx and
Traefik do not take these."""

from harness.bench import Setup
from harness.efficiency import Efficiency

ROWS = [
    Efficiency(
        "websocket-h2",
        "64 B WebSocket echo over HTTP/2, 4 connections, 16 WebSockets each",
        ["load2", "-c", "4", "-m", "16", "-s", "64"],
        Setup(front="h2"),
        {"haproxy": 1.0},
    )
]
