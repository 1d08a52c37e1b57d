"""The chart's values as a schema: what an operator may set, typed; anything else is refused.

`values.yaml` holds the defaults and the words. `settings` is the product's own schema, so a bad setting is refused when
the chart is rendered, not when the pod starts.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from config.settings import Settings

Port = Annotated[int, Field(ge=1, le=65535)]
Count = Annotated[int, Field(ge=0)]
Objects = list[dict[str, Any]]
Words = dict[str, str]


class Section(BaseModel):
    """A part of the values; unknown names are errors."""

    model_config = ConfigDict(extra="forbid")


class Upstream(Section):
    url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")]


class Url(Section):
    url: str
    existingSecret: str  # noqa: N815  names of this file are Helm's custom
    key: Annotated[str, Field(min_length=1)]
    port: Port


class Auth(Section):
    existingSecret: str  # noqa: N815
    key: Annotated[str, Field(min_length=1)]
    disabled: bool


class Image(Section):
    repository: Annotated[str, Field(min_length=1)]
    tag: str
    digest: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")]
    pullPolicy: Literal["Always", "IfNotPresent", "Never"]  # noqa: N815
    pullSecrets: list[str]  # noqa: N815


class Resources(Section):
    requests: dict[str, str | int | float] = {}
    limits: dict[str, str | int | float] = {}
    claims: Objects = []


class Component(Section):
    replicas: Count
    volumeSize: str  # noqa: N815
    resources: Resources


class Persistence(Section):
    enabled: bool
    size: str
    storageClass: str  # noqa: N815
    accessModes: list[Literal["ReadWriteOnce", "ReadWriteOncePod"]]  # noqa: N815
    ephemeralLimit: str  # noqa: N815


class Service(Section):
    type: Literal["ClusterIP", "NodePort", "LoadBalancer"]
    port: Port
    annotations: Words


class Ingress(Section):
    enabled: bool
    className: str  # noqa: N815
    annotations: Words
    host: str
    path: str
    tlsSecret: str  # noqa: N815


class HttpRoute(Section):
    enabled: bool
    parentRefs: Objects  # noqa: N815
    hostnames: list[str]
    path: str


class NetworkPolicy(Section):
    enabled: bool
    trafficFrom: Objects  # noqa: N815
    adminFrom: Objects  # noqa: N815
    extraEgress: Objects  # noqa: N815


class Enabled(Section):
    enabled: bool


class Autoscaling(Section):
    enabled: bool
    minReplicas: Annotated[int, Field(ge=1)]  # noqa: N815
    maxReplicas: Annotated[int, Field(ge=1)]  # noqa: N815
    targetCPUUtilizationPercentage: Annotated[int, Field(ge=1, le=100)]  # noqa: N815


class Keda(Section):
    enabled: bool
    minReplicas: Count  # noqa: N815
    maxReplicas: Annotated[int, Field(ge=1)]  # noqa: N815
    lagThreshold: Annotated[int, Field(ge=1)]  # noqa: N815
    monitoringEndpoint: str  # noqa: N815
    account: str


class Monitoring(Section):
    serviceMonitor: bool  # noqa: N815
    podMonitor: bool  # noqa: N815
    interval: str
    labels: Words
    tokenSecret: str  # noqa: N815
    rules: bool
    dashboards: bool


class Webhook(Section):
    replicas: Count
    tlsSecret: str  # noqa: N815
    caBundle: str  # noqa: N815
    certManagerCertificate: str  # noqa: N815
    resources: Resources


class Injection(Section):
    kind: Literal["policy", "webhook"]
    namespaceLabels: Words  # noqa: N815
    configMap: str  # noqa: N815
    secret: str
    webhook: Webhook


class ServiceAccount(Section):
    create: bool
    name: str
    annotations: Words


_given = {name: (field.annotation, None) for name, field in Settings.model_fields.items()}
GivenSettings: type[BaseModel] = create_model("GivenSettings", __base__=Section, **_given)  # type: ignore[call-overload] # names and types are the product's
"""The product's settings, each of which may be left out."""


class Values(Section):
    """Everything in values.yaml."""

    mode: Literal["gateway", "evaluate", "sidecar"]
    roles: Literal["together", "apart"]
    upstream: Upstream
    store: Url
    queue: Url
    auth: Auth
    settings: GivenSettings  # type: ignore[valid-type] # made above
    image: Image
    nameOverride: str  # noqa: N815
    fullnameOverride: str  # noqa: N815
    replicas: Count
    proxy: Component
    worker: Component
    api: Component
    resources: Resources
    persistence: Persistence
    service: Service
    adminService: Service  # noqa: N815
    ingress: Ingress
    httpRoute: HttpRoute  # noqa: N815
    networkPolicy: NetworkPolicy  # noqa: N815
    podDisruptionBudget: Enabled  # noqa: N815
    autoscaling: Autoscaling
    keda: Keda
    monitoring: Monitoring
    injection: Injection
    serviceAccount: ServiceAccount  # noqa: N815
    podAnnotations: Words  # noqa: N815
    podLabels: Words  # noqa: N815
    nodeSelector: Words  # noqa: N815
    tolerations: Objects
    affinity: dict[str, Any]
    priorityClassName: str  # noqa: N815
    terminationGracePeriodSeconds: Annotated[int, Field(ge=5)]  # noqa: N815
    extraEnv: Objects  # noqa: N815
    extraEnvFrom: Objects  # noqa: N815
    extraVolumes: Objects  # noqa: N815
    extraVolumeMounts: Objects  # noqa: N815
    global_: dict[str, Any] = Field(default={}, alias="global")
    """Helm's own: values that a parent chart shares."""


def schema() -> str:
    """Return `values.schema.json`."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Values.model_json_schema(by_alias=True)}
    return json.dumps(_without_titles(made), indent=1) + "\n"


def _without_titles(node: Any) -> Any:
    """Leave out what only repeats a name; a property that is called `title` keeps its schema."""
    if isinstance(node, list):
        return [_without_titles(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_titles(value)
        for key, value in node.items()
        if not (key in ("title", "description") and isinstance(value, str)) and key != "default"
    }
