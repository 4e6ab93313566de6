"""The proxies that are measured, one file each."""

from proxies.envoy import Envoy
from proxies.haproxy import HAProxy
from proxies.nginx import Nginx
from proxies.traefik import Traefik
from proxies.weir import Weir

ALL = [HAProxy, Weir, Nginx, Envoy, Traefik]
