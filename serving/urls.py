"""Pages of serving."""

from django.urls import path

from serving.pages import deployments, playground, routes, servers

app_name = "serving"
urlpatterns = [
    path("fleet/", servers.server_list, name="server_list"),
    path("fleet/<int:pk>/", servers.server_detail, name="server_detail"),
    path("deployments/", deployments.deployment_list, name="deployment_list"),
    path("deployments/D-<int:pk>/", deployments.deployment_detail, name="deployment_detail"),
    path("deployments/D-<int:pk>/load/", deployments.deployment_load, name="deployment_load"),
    path("deployments/D-<int:pk>/unload/", deployments.deployment_unload, name="deployment_unload"),
    path("deployments/D-<int:pk>/retry/", deployments.deployment_retry, name="deployment_retry"),
    path("routes/<slug:model>/point/", routes.route_point, name="route_point"),
    path("routes/<slug:model>/stop/", routes.route_stop, name="route_stop"),
    path("playground/", playground.playground, name="playground"),
]
