"""Small requests with every access log off: what is left is the engine."""

from harness.bench import Setup
from harness.efficiency import Efficiency

ROWS = [
    Efficiency(f"no-log-{connections}", f"no log, 100 B responses, {connections} connections", ["-c", str(connections)],
        setup=Setup(log=False), goals={"haproxy": 1.2})
    for connections in (16, 64, 256)
]
