"""Messages of 64 bytes there and back on 64 WebSockets; a message counts as a request."""

from harness.efficiency import Efficiency

ROWS = [Efficiency("websocket", "64 B WebSocket echo, 64 connections", ["-c", "64", "-s", "64"], goals={"haproxy": 1.0})]
