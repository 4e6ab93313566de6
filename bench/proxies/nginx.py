import os
import re
import signal

from harness import machine
from harness.bench import Proxy
from harness.machine import Missing

COMMON = """\
{modules}
user root;
daemon off;
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections {connections}; }}
"""
HTTP = """\
http {{
  {log}
  keepalive_requests 1000000000;
  keepalive_timeout 60s;
  client_max_body_size 0;
  client_body_temp_path {work}; proxy_temp_path {work}; fastcgi_temp_path {work}; uwsgi_temp_path {work}; scgi_temp_path {work};
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
  upstream web {{ server 127.0.0.1:{origin} weight={weight}; keepalive 1024; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096{tls};
    {http2}
    location / {{
      {upstream}
    }}
  }}
  server {{ listen 127.0.0.1:{metrics}; access_log off; location / {{ stub_status; }} }}
}}
"""
TO_HTTP1 = """proxy_pass http://web;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host;"""
TO_HTTP2 = """grpc_pass grpc://web;
      grpc_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      grpc_set_header X-Forwarded-Proto $scheme;
      grpc_set_header X-Forwarded-Host $host;"""
TCP = """\
stream {{
  log_format tcp '$remote_addr [$time_local] $protocol $status $bytes_sent $bytes_received $session_time';
  {log}
  upstream web {{ server 127.0.0.1:{origin} weight={weight}; }}
  server {{ listen 127.0.0.1:{port} backlog=4096; proxy_pass web; }}
}}
"""


class Nginx(Proxy):
    name = "nginx"
    way_of_change = "reload"

    def version(self):
        about = machine.output_of(machine.find("nginx"), "-V")
        library = re.search(r"(?:built|running) with (OpenSSL \S+)(?! .*running with)", about)
        return re.search(r"nginx version: (\S+)", about)[1] + (f" ({library[1]})" if library else "")

    def command(self):
        self.write(1)
        return [machine.find("nginx"), "-c", self.work / "nginx.conf", "-p", self.work]

    def change(self, n):
        self.write(1 + n % 100)
        os.kill(self.process.pid, signal.SIGHUP)

    def write(self, weight):
        http = self.setup.protocol == "http"
        log = f"access_log {self.work}/access.log {'combined' if http else 'tcp'} buffer=64k flush=1s;"
        values = dict(
            work=self.work, port=self.port, origin=self.origin, metrics=self.metrics_port, weight=weight, modules="" if http else stream_module(), connections=machine.CONNECTIONS,
            log=log if self.setup.log else "access_log off;",
            tls=" ssl; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {1}; ssl_certificate_key {2}".format(*machine.certificate()) if self.setup.tls else "",
            http2="http2 on; keepalive_requests 1000000000;" if self.setup.front == "h2" else "",
            upstream=TO_HTTP2 if self.setup.back == "h2" else TO_HTTP1,
        )
        (self.work / "nginx.conf").write_text((COMMON + (HTTP if http else TCP)).format(**values))


def stream_module():
    """The line that loads it, where it is not compiled in."""
    program = machine.find("nginx")
    if re.search(r"--with-stream(\s|$)", machine.output_of(program, "-V")):
        return ""
    for folder in machine.peers_path() + "/../root/usr/lib/nginx/modules", "/usr/lib/nginx/modules":
        file = os.path.realpath(folder + "/ngx_stream_module.so")
        if os.path.exists(file):
            return f"load_module {file};"
    raise Missing("no stream module here (libnginx-mod-stream)")
