import json
import os
import re

from harness import machine
from harness.bench import Proxy

EXTENSION = "type.googleapis.com/envoy.extensions."


class Envoy(Proxy):
    name = "envoy"
    way_of_change = "the file of clusters is replaced"

    def version(self):
        number, library = re.search(r"/(\d+\.\d+\.\d+)/\w+/\w+/(\S+)", machine.output_of(machine.find("envoy"), "--version")).groups()
        return f"Envoy {number} ({library})"

    def command(self):
        self.write(1)
        (self.work / "bootstrap.json").write_text(json.dumps({
            "node": {"id": "bench", "cluster": "bench"},
            "admin": {"address": address(self.metrics_port)},
            "static_resources": {"listeners": [self.listener()]},
            "dynamic_resources": {"cds_config": {"path_config_source": {"path": str(self.work / "clusters.json")}, "resource_api_version": "V3"}},
        }))
        return [machine.find("envoy"), "-c", self.work / "bootstrap.json", "--concurrency", 1, "--disable-hot-restart", "-l", "error"]

    def write(self, weight):
        """The clusters, which Envoy watches."""
        many = 1_000_000
        limits = [{"max_connections": many, "max_pending_requests": many, "max_requests": many}]
        endpoint = {"endpoint": {"address": address(self.origin)}, "load_balancing_weight": weight}
        cluster = {
            "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
            "name": "web", "type": "STATIC", "connect_timeout": "5s", "circuit_breakers": {"thresholds": limits},
            "load_assignment": {"cluster_name": "web", "endpoints": [{"lb_endpoints": [endpoint]}]},
        }
        if self.setup.back == "h2":
            options = {"@type": EXTENSION + "upstreams.http.v3.HttpProtocolOptions", "explicit_http_config": {"http2_protocol_options": {}}}
            cluster["typed_extension_protocol_options"] = {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options}
        new = self.work / "clusters.new"
        new.write_text(json.dumps({"resources": [cluster]}))
        os.rename(new, self.work / "clusters.json")

    def change(self, n):
        self.write(1 + n % 100)

    def listener(self):
        logger = {"@type": EXTENSION + "access_loggers.file.v3.FileAccessLog", "path": str(self.work / "access.log")}
        log = [{"name": "envoy.access_loggers.file", "typed_config": logger}] if self.setup.log else []
        if self.setup.protocol == "http":
            host = {"append_action": "OVERWRITE_IF_EXISTS_OR_ADD", "header": {"key": "x-forwarded-host", "value": "%REQ(:AUTHORITY)%"}}
            routes = [{"match": {"prefix": "/"}, "route": {"cluster": "web", "timeout": "0s"}}]
            manager = {
                "@type": EXTENSION + "filters.network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix": "front", "codec_type": "AUTO" if self.setup.front == "h2" else "HTTP1", "use_remote_address": True, "generate_request_id": False,
                "upgrade_configs": [{"upgrade_type": "websocket"}], "access_log": log,
                "route_config": {"validate_clusters": False, "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes, "request_headers_to_add": [host]}]},
                "http_filters": [{"name": "router", "typed_config": {"@type": EXTENSION + "filters.http.router.v3.Router"}}],
            }
            if self.setup.front == "h2":
                manager["http2_protocol_options"] = {"allow_connect": True}
        else:
            manager = {
                "@type": EXTENSION + "filters.network.tcp_proxy.v3.TcpProxy",
                "stat_prefix": "front", "cluster": "web", "access_log": log,
            }
        chain = {"filters": [{"name": "front", "typed_config": manager}]}
        if self.setup.tls:
            _, certificate, key = ({"filename": str(file)} for file in machine.certificate())
            common = {"tls_certificates": [{"certificate_chain": certificate, "private_key": key}], "alpn_protocols": ["http/1.1"]}
            context = {"@type": EXTENSION + "transport_sockets.tls.v3.DownstreamTlsContext", "common_tls_context": common}
            chain["transport_socket"] = {"name": "envoy.transport_sockets.tls", "typed_config": context}
        return {"name": "front", "address": address(self.port), "filter_chains": [chain]}


def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
