"""Every write of serving: wishes by people, facts by the reconcilers."""

from serving.services.deployments import follow_version, reconcile_deployment, retry_deployment, set_wanted
from serving.services.routes import reconcile_route, route_traffic, stop_traffic
from serving.services.servers import ensure_server, probe_server

__all__ = [
    "ensure_server",
    "follow_version",
    "probe_server",
    "reconcile_deployment",
    "reconcile_route",
    "retry_deployment",
    "route_traffic",
    "set_wanted",
    "stop_traffic",
]
