import os
import re

from harness import machine
from harness.bench import Proxy

MANIFEST = """\
apiVersion: weir.dev/v1alpha1
kind: LoadBalancer
metadata: {{name: bench}}
spec:
  listeners: [{{name: front, port: {port}, address: 127.0.0.1, protocol: {protocol}, accessLog: {{format: {log}}}{tls}}}]
  pools:
    - name: web
      protocol: {back}
      endpoints: [{{address: 127.0.0.1, port: {origin}, weight: {weight}}}]
"""


class Weir(Proxy):
    name = "weir"
    way_of_change = "the file is replaced"
    warm, warm_again = 15, 8  # a JVM compiles what runs often

    def version(self):
        commit = machine.output_of("git", "-C", str(machine.HOME), "describe", "--always", "--dirty")
        library = next((machine.HOME / "proxy/target/lib").glob("netty-tcnative-boringssl-static-*.jar"), None)
        number = f", BoringSSL of netty-tcnative {re.search(r'static-([0-9.]+)', library.name)[1].rstrip('.')}" if library else ""
        return f"Weir {commit}{number}, {machine.output_of(machine.HOME / 'weir', '--jdk').rsplit('/', 1)[-1]}"

    def command(self):
        self.write(1)
        return [
            machine.HOME / "weir", "proxy", "--config", self.work / "weir.yaml", "--log", self.work / "access.log",
            "--health-address", f"127.0.0.1:{self.metrics_port}", "--admin-socket", "none", "--max-connections", machine.CONNECTIONS,
        ]

    def write(self, weight):
        http = self.setup.protocol == "http"
        log = ("HTTPLog" if http else "TCPLog") if self.setup.log else "None"
        back = {"h1": "HTTP1", "h2": "HTTP2"}[self.setup.back]
        manifest = MANIFEST if http else MANIFEST.replace("      protocol: {back}\n", "")
        tls = ", tls: {{certificates: [{{file: {{certificate: {1}, key: {2}}}}}]}}".format(*machine.certificate()) if self.setup.tls else ""
        text = manifest.format(back=back, port=self.port, protocol="HTTP" if http else "TCP", log=log, tls=tls, origin=self.origin, weight=weight)
        new = self.work / "new"
        new.write_text(text)
        os.rename(new, self.work / "weir.yaml")

    def change(self, n):
        self.write(1 + n % 100)
