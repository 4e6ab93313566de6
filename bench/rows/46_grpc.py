"""Calls of gRPC: one message of 100 bytes for one, and a hundred for one."""

from harness import machine
from harness.bench import Setup
from harness.efficiency import Efficiency


class Calls(Efficiency):
    """The request says how many messages it wants and how long (bench/tools/origin2.c)."""

    def run(self, bench):
        messages = int(self.id.rsplit("-", 1)[1])
        body = b"\0" + (100).to_bytes(4, "big") + messages.to_bytes(4, "big") + (100).to_bytes(4, "big") + bytes(92)
        file = machine.TARGET / f"{self.id}.message"
        file.write_bytes(body)
        self.load = [*self.load, "-d", str(file), "-H", "content-type: application/grpc", "-H", "te: trailers"]
        return super().run(bench)


ROWS = [
    Calls(
        f"grpc-{messages}",
        f"gRPC, 8 connections, 10 calls at once on each, {answer}",
        ["-c", "8", "-m", "10"],
        Setup(front="h2", back="h2"),
        goals={"haproxy": 1.0},
    )
    for messages, answer in ((1, "100 B there and back"), (100, "a stream of 100 messages of 100 B back"))
]
