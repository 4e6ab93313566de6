import os
import re
import socket

from harness import machine
from harness.bench import Proxy

CONFIG = """\
global
    {log_target}
    nbthread 1
    maxconn {connections}
    no strict-limits
defaults
    mode {protocol}
    {log}
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout tunnel 1h
    {http}
frontend front
    bind 127.0.0.1:{port} backlog 4096 {tls}
    {headers}
    default_backend web
backend web
    server s1 127.0.0.1:{origin} weight {weight} {proto}
frontend metrics
    mode http
    no log
    bind 127.0.0.1:{metrics}
    http-request use-service prometheus-exporter
"""
HTTP = "http-reuse always\n    option http-keep-alive"
HEADERS = """option forwardfor
    http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
    http-request set-header X-Forwarded-Host %[req.hdr(host)]"""


class HAProxy(Proxy):
    name = "haproxy"
    way_of_change = "reload by the master"

    def version(self):
        about = machine.output_of(machine.find("haproxy"), "-vv")
        library = re.search(r"Running on SSL library version : (\S+ \S+)", about)
        return about.splitlines()[0] + (f" ({library[1]})" if library else "")

    def command(self):
        self.write(1)
        master = ["-W", "-S", self.work / "master.sock"] if self.setup.changes else []
        return [machine.find("haproxy"), *master, "-f", self.work / "haproxy.cfg"]

    def environment(self):
        """The master starts itself anew by its name."""
        return {"PATH": machine.peers_path() + ":" + os.environ["PATH"]}

    def change(self, n):
        """Asks the master to reload, which answers when that is done."""
        self.write(1 + n % 100)
        with socket.socket(socket.AF_UNIX) as master:
            master.settimeout(10)
            master.connect(str(self.work / "master.sock"))
            master.sendall(b"reload\n")
            while master.recv(4096):
                pass

    def write(self, weight):
        http = self.setup.protocol == "http"
        log = "log global\n    option " + ("httplog" if http else "tcplog")
        (self.work / "haproxy.cfg").write_text(CONFIG.format(
            tls=f"ssl crt {machine.certificate()[0]} alpn http/1.1" if self.setup.tls else "",
            proto="proto h2" if self.setup.back == "h2" else "",
            protocol=self.setup.protocol, port=self.port, origin=self.origin, metrics=self.metrics_port, weight=weight,
            connections=machine.CONNECTIONS,
            log_target="log stdout format raw local0" if self.setup.log else "", log=log if self.setup.log else "",
            http=HTTP if http else "", headers=HEADERS if http else "",
        ))
