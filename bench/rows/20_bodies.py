"""Larger responses and uploads: what a proxy costs per byte."""

from harness.efficiency import Efficiency

ROWS = [
    Efficiency("response-16k", "16 KiB responses, 64 connections", ["-c", "64", "-u", "/16384"], goals={"haproxy": 1.25}),
    Efficiency("response-1m", "1 MiB responses, 16 connections", ["-c", "16", "-u", "/1048576"], goals={"haproxy": 1.25}, bytes=True),
    Efficiency("upload-1m", "1 MiB uploads, 16 connections", ["-c", "16", "-b", "1048576"], goals={"haproxy": 1.0}, bytes=True),
]
