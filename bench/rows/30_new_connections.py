"""A connection for each request: accepting, closing, and a kept connection to the origin for all of them."""

from harness.efficiency import Efficiency

ROWS = [Efficiency("new-connection", "100 B responses, new connection each, 64 at a time", ["-c", "64", "-x"], goals={"haproxy": 1.0})]
