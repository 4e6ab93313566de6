import json
import os
import re

from harness import machine
from harness.bench import Proxy


class Traefik(Proxy):
    name = "traefik"
    way_of_change = "the dynamic file is replaced"

    def version(self):
        said = machine.output_of(machine.find("traefik"), "version")
        number, go = (re.search(rf"{name}:\s*(\S+)", said)[1] for name in ("Version", "Go version"))
        return f"Traefik {number} (TLS of {go})"

    def command(self):
        self.write(1)
        static = {
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "log": {"level": "ERROR"},
            "entryPoints": {"front": {"address": f"127.0.0.1:{self.port}"}, "metrics": {"address": f"127.0.0.1:{self.metrics_port}"}},
            "metrics": {"prometheus": {"entryPoint": "metrics"}},
            "providers": {"file": {"directory": str(self.work / "dynamic"), "watch": True}, "providersThrottleDuration": "10ms"},
            "serversTransport": {"maxIdleConnsPerHost": 2048},
        }
        if self.setup.log:
            static["accessLog"] = {"filePath": str(self.work / "access.log"), "bufferingSize": 1000}
        (self.work / "traefik.json").write_text(json.dumps(static))
        os.rename(self.work / "traefik.json", self.work / "traefik.yaml")
        return [machine.find("traefik"), f"--configFile={self.work / 'traefik.yaml'}"]

    def write(self, weight):
        if self.setup.protocol == "http":
            scheme = "h2c" if self.setup.back == "h2" else "http"
            server = {"url": f"{scheme}://127.0.0.1:{self.origin}", "weight": weight}
            dynamic = {"http": {
                "routers": {"all": {"rule": "PathPrefix(`/`)", "entryPoints": ["front"], "service": "web"}},
                "services": {"web": {"loadBalancer": {"servers": [server]}}},
            }}
            if self.setup.tls:
                _, certificate, key = map(str, machine.certificate())
                dynamic["http"]["routers"]["all"]["tls"] = {}
                dynamic["tls"] = {"certificates": [{"certFile": certificate, "keyFile": key}]}
        else:
            dynamic = {"tcp": {
                "routers": {"all": {"rule": "HostSNI(`*`)", "entryPoints": ["front"], "service": "web"}},
                "services": {"web": {"loadBalancer": {"servers": [{"address": f"127.0.0.1:{self.origin}"}]}}},
            }}
        (self.work / "dynamic").mkdir(exist_ok=True)
        new = self.work / "new"
        new.write_text(json.dumps(dynamic))
        os.rename(new, self.work / "dynamic" / "all.yaml")

    def change(self, n):
        self.write(1 + n % 100)
