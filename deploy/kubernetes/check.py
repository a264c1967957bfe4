"""Checks deploy/kubernetes and deploy/helm as far as that goes without a cluster. Run by deploy/check.

The kustomizations are built by kubectl and the chart is rendered by Helm itself (both come from PyPI), and then every
object of every variant is held against the schemas of Kubernetes, the rules against promtool, the pods against the Pod
Security Standard `restricted`, and names against what they name. No package has the schemas of the Prometheus Operator:
its objects may have those members alone that are said below. Not checked: a cluster.
Prints a line per finding; the exit status is 1 if there is any.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import helm_python
import jsonschema
import kubernetes_validate
import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
KUBERNETES = REPOSITORY / "deploy" / "kubernetes"
CHART = REPOSITORY / "deploy" / "helm" / "twilio-comms-exporter"
RULES = sorted((REPOSITORY / "deploy" / "prometheus" / "rules").glob("*.yml"))
NAME = "twilio-comms-exporter"

# The oldest that both promise to work with, and the newest there is a schema of.
VERSIONS = ["1.28.0", kubernetes_validate.latest_version()]
KUSTOMIZATIONS = ["base", "single", "sharded"]
OBJECTIVE = "slo:twilio_comms_messages_bad:objective"


def members(**types: dict) -> dict:
    return {"type": "object", "properties": types, "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "object", "additionalProperties": TEXT}
KEY = members(name=TEXT, key=TEXT) | {"required": ["name", "key"]}
RELABELINGS = {
    "type": "array",
    "items": members(
        sourceLabels={"type": "array", "items": TEXT},
        separator=TEXT,
        targetLabel=TEXT,
        regex=TEXT,
        replacement={"type": "string"},
        action={"enum": ["replace", "keep", "drop", "labeldrop", "labelkeep"]},
    ),
}
# Of https://prometheus-operator.dev/docs/api-reference/api/ what is used here. promtool knows the rest of PrometheusRule.
OPERATOR = {
    "ServiceMonitor": members(
        selector=members(matchLabels=TEXTS),
        namespaceSelector=members(matchNames={"type": "array", "items": TEXT}),
        endpoints={
            "type": "array",
            "items": members(
                port=TEXT,
                path=TEXT,
                interval=TEXT,
                scrapeTimeout=TEXT,
                scheme={"enum": ["http", "https"]},
                tlsConfig=members(insecureSkipVerify={"type": "boolean"}),
                basicAuth=members(username=KEY, password=KEY),
                relabelings=RELABELINGS,
                metricRelabelings=RELABELINGS,
            ),
        },
    )
    | {"required": ["selector", "endpoints"]},
    "PrometheusRule": members(groups={"type": "array", "minItems": 1}) | {"required": ["groups"]},
}

ACCOUNTS = [
    {"name": name, "account_sid": "AC" + "0" * 32, "auth_token_file": f"/run/secrets/twilio/{name}"} for name in "ab"
]
MONITORED = {key: {"enabled": True} for key in ("serviceMonitor", "prometheusRule", "dashboards")}
TEAM = {"targetLabel": "team", "replacement": "b"}
VALUES = {
    "defaults": {},
    "operator": MONITORED,
    "labels of the operator": {key: {"enabled": True, "labels": {"release": "p"}} for key in MONITORED},
    "shards": {"shards": 3, "config": {"accounts": ACCOUNTS, "poll": {"interval": "1m"}}, **MONITORED},
    "a name of its own": {"nameOverride": "other", "fullnameOverride": NAME, **MONITORED},
    "a job of its own": {"serviceMonitor": {"enabled": True, "jobName": f"{NAME}-b", "relabelings": [TEAM]}},
    "a Secret of its own": {"credentials": {"apiKey": "SK" + "0" * 32, "apiKeySecret": "x"}},
    "other objectives": {"prometheusRule": {"enabled": True, "objectives": {"failure": 0.005, "undelivered": 0.1}}},
    "one other objective": {"prometheusRule": {"enabled": True, "objectives": {"undelivered": 0.04}}},
    "a Secret of others": {"credentials": {"existingSecret": "mine"}},
    "little": {
        "persistence": {"enabled": False},
        "serviceAccount": {"create": False},
        "podDisruptionBudget": {"enabled": False},
        "networkPolicy": {"enabled": False},
    },
    "much": {
        "image": {"digest": "sha256:" + "0" * 64},
        "imagePullSecrets": [{"name": "registry"}],
        "extraArgs": ["--web.config.file=/etc/web/web.yml"],
        "extraEnv": [{"name": "https_proxy", "value": "http://proxy:3128"}],
        "extraVolumes": [{"name": "web", "secret": {"secretName": "web"}}],
        "extraVolumeMounts": [{"name": "web", "mountPath": "/etc/web"}],
        "persistence": {"storageClass": "fast", "annotations": {"a": "b"}},
        "serviceAccount": {"annotations": {"a": "b"}},
        "service": {"type": "LoadBalancer", "annotations": {"a": "b"}},
        "probes": {"scheme": "HTTPS"},
        "podAnnotations": {"a": "b"},
        "podLabels": {"team": "x"},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
        "priorityClassName": "high",
        "networkPolicy": {"from": []},
        "serviceMonitor": {
            "enabled": True,
            "scheme": "https",
            "tlsConfig": {"insecureSkipVerify": True},
            "basicAuth": {"username": {"name": "web", "key": "user"}, "password": {"name": "web", "key": "password"}},
            "metricRelabelings": [{"action": "drop", "sourceLabels": ["__name__"], "regex": ".*_created"}],
        },
    },
}
REFUSED = {
    "an unknown value": {"replicas": 2},
    "an unknown value within": {"image": {"name": "x"}},
    "shards of one account": {"shards": 2},
    "no shards": {"shards": 0},
    "two Secrets": {"credentials": {"existingSecret": "mine", "authToken": "x"}},
    "a token for a SID": {"credentials": {"accountSid": "token"}},
    "a flag that the chart gives": {"extraArgs": ["--shard=0/2"]},
    "a job that no alert looks for": {"serviceMonitor": {"jobName": "twilio"}},
    "credentials that nothing reads": {"credentials": {"authToken": "x"}, "config": {"accounts": ACCOUNTS}},
    "an objective in percent": {"prometheusRule": {"objectives": {"failure": 3}}},
    "a volume for two": {"persistence": {"accessModes": ["ReadWriteMany"]}},
}


def build(kustomization: str, root: pathlib.Path = KUBERNETES) -> list[dict]:
    """The objects of one folder of deploy/kubernetes, as `kubectl apply --kustomize` would send them."""
    kubectl = pathlib.Path(sys.executable).parent / "kubectl"
    run = subprocess.run([kubectl, "kustomize", root / kustomization], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return list(yaml.safe_load_all(run.stdout))


def build_examples() -> list[dict]:
    """The objects of `single` with all that it has as comments to take the marks from."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "kubernetes"
        shutil.copytree(KUBERNETES, root)
        path = root / "single" / "kustomization.yaml"
        before, mark, examples = path.read_text().partition("# images:\n")
        path.write_text(before + "".join(line[2:] for line in (mark + examples).splitlines(keepends=True)))
        return build("single", root)


def render(chart: helm_python.Chart, values: dict) -> list[dict]:
    """The objects of the chart with these values. The release has the chart's name, and so has everything in it."""
    chart.validate_schema(values)
    texts = chart.render(values, name=NAME, namespace="twilio-comms")
    return [
        one
        for path, text in texts.items()
        if not path.endswith("NOTES.txt")
        for one in yaml.safe_load_all(text)
        if one is not None
    ]


def named(objects: list[dict], kind: str) -> dict[str, dict]:
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def is_selected(selector: dict, labels: dict) -> bool:
    return bool(selector) and selector.items() <= labels.items()


def find_schema_faults(objects: list[dict]) -> list[str]:
    """What the schemas of Kubernetes say, and those above; unknown members are faults."""
    faults = [fault for one in objects if one["kind"] in OPERATOR for fault in find_operator_faults(one)]
    for one in objects:
        for version in VERSIONS if one["kind"] not in OPERATOR else []:
            try:
                kubernetes_validate.validate(one, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                where = "/".join(str(part) for part in error.path)
                name = f"{one['kind']} {one['metadata']['name']}"
                faults.append(f"{name}: Kubernetes {version}: {where}: {error.message}")
    return faults


def find_operator_faults(one: dict) -> list[str]:
    whole = members(
        apiVersion={"const": "monitoring.coreos.com/v1"},
        kind=TEXT,
        metadata=members(name=TEXT, namespace=TEXT, labels=TEXTS),
        spec=OPERATOR[one["kind"]],
    ) | {"required": ["apiVersion", "metadata", "spec"]}
    return [
        f"{one['kind']}: {'/'.join(str(part) for part in error.path)}: {error.message}"
        for error in jsonschema.Draft202012Validator(whole).iter_errors(one)
    ]


def find_selector_faults(objects: list[dict]) -> list[str]:
    """Selectors that select nothing, or what they must not, and ports that nobody has."""
    (workload,) = named(objects, "StatefulSet").values()
    template = workload["spec"]["template"]
    labels = template["metadata"]["labels"]
    ports = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
    services = named(objects, "Service")
    faults = []
    selectors = {"StatefulSet": workload["spec"]["selector"]["matchLabels"]}
    for one in services.values():
        selectors[f"Service {one['metadata']['name']}"] = one["spec"]["selector"]
        targets = {port["targetPort"] for port in one["spec"]["ports"]}
        faults += [f"{target}: no such port" for target in targets - ports]
    for one in named(objects, "PodDisruptionBudget").values():
        selectors["PodDisruptionBudget"] = one["spec"]["selector"]["matchLabels"]
    for one in named(objects, "NetworkPolicy").values():
        selectors["NetworkPolicy"] = one["spec"]["podSelector"]["matchLabels"]
    faults += [f"{what}: does not select the pods" for what, one in selectors.items() if not is_selected(one, labels)]
    if services[workload["spec"]["serviceName"]]["spec"].get("clusterIP") != "None":
        faults.append("the StatefulSet's Service is not headless")
    for pod in named(objects, "Pod").values():
        others = pod["metadata"]["labels"]
        faults += [f"{what}: selects the test" for what, one in selectors.items() if is_selected(one, others)]
    for one in named(objects, "ServiceMonitor").values():
        selector = one["spec"]["selector"]["matchLabels"]
        chosen = [service for service in services.values() if is_selected(selector, service["metadata"]["labels"])]
        if len(chosen) != 1:
            faults.append("ServiceMonitor: does not select one Service")
        elif one["spec"]["endpoints"][0]["port"] not in {port["name"] for port in chosen[0]["spec"]["ports"]}:
            faults.append("ServiceMonitor: the Service has no such port")
    return faults


def find_target_faults(objects: list[dict], job: str) -> list[str]:
    """Targets that are not of the job, or that a restart gives another name, for which the rules would not know them."""
    pod = {"__meta_kubernetes_namespace": "space", "__meta_kubernetes_pod_name": "pod-0", "__address__": "10.0.0.1:1"}
    faults = []
    for one in named(objects, "ServiceMonitor").values():
        (endpoint,) = one["spec"]["endpoints"]
        labels = dict(pod)
        for rule in endpoint.get("relabelings", []):
            value = rule.get("separator", ";").join(labels.get(name, "") for name in rule.get("sourceLabels", []))
            labels[rule["targetLabel"]] = rule.get("replacement", value)
        faults += [] if labels.get("job") == job else [f"ServiceMonitor: the job is {labels.get('job')}, not {job}"]
        faults += [] if labels.get("instance") == "space/pod-0" else ["ServiceMonitor: the instance is not the pod"]
    return faults


def find_pod_faults(objects: list[dict], secrets: set[str]) -> list[str]:
    """Volumes, accounts and configurations that a pod names and nobody has, and paths that are on no volume."""
    (workload,) = named(objects, "StatefulSet").values()
    pod = workload["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    claims = {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    faults = [f"{name}: no such volume" for name in set(mounts.values()) - claims - set(volumes)]
    faults += [f"{name}: mounted nowhere" for name in (claims | set(volumes)) - set(mounts.values())]
    for volume in volumes.values():
        if "configMap" in volume and volume["configMap"]["name"] not in named(objects, "ConfigMap"):
            faults.append(f"no ConfigMap {volume['configMap']['name']}")
    for one in container["env"] if "env" in container else []:
        reference = one.get("valueFrom", {}).get("secretKeyRef")
        if reference and reference["name"] not in secrets | set(named(objects, "Secret")):
            faults.append(f"{one['name']}: no Secret {reference['name']}")
    account = pod["serviceAccountName"]
    if account != "default" and account not in named(objects, "ServiceAccount"):
        faults.append(f"no ServiceAccount {account}")
    paths = [arg.partition("=")[2] for arg in container["args"] if arg.startswith(("--storage.path", "--config.file"))]
    paths += [one["value"] for one in container.get("env", []) if one["name"].endswith("_FILE")]
    faults += [f"{path}: on no volume" for path in paths if not any(path.startswith(mount) for mount in mounts)]
    return faults + find_shard_faults(workload["spec"]["replicas"], container)


def find_shard_faults(replicas: int, container: dict) -> list[str]:
    """As many replicas as shards; one where there are none."""
    shards = [arg.removeprefix("--shard=$(SHARD)/") for arg in container["args"] if arg.startswith("--shard")]
    if (shards or ["1"]) != [str(replicas)]:
        return [f"{replicas} replicas for the shards {shards}"]
    if shards and "SHARD" not in {one["name"] for one in container["env"]}:
        return ["SHARD is not set"]
    return []


def find_security_faults(objects: list[dict]) -> list[str]:
    """What https://kubernetes.io/docs/concepts/security/pod-security-standards/ forbids a restricted pod."""
    pods = [one["spec"]["template"]["spec"] for one in named(objects, "StatefulSet").values()]
    pods += [one["spec"] for one in named(objects, "Pod").values()]
    faults = []
    for pod in pods:
        inside = pod["containers"][0]["securityContext"]
        held = {
            "runs as root": pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0,
            "no seccomp profile": pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"},
            "may gain privileges": inside["allowPrivilegeEscalation"] is False,
            "has capabilities": inside["capabilities"] == {"drop": ["ALL"]},
            "writes to its root": inside["readOnlyRootFilesystem"] is True,
            "has a token": pod["automountServiceAccountToken"] is False,
            "shares what is the host's": not {"hostNetwork", "hostPID", "hostIPC"} & set(pod),
            "a volume of the host": not any("hostPath" in volume for volume in pod.get("volumes", [])),
        }
        faults += [f"pod: {fault}" for fault, is_held in held.items() if not is_held]
    return faults


def unfolded(groups: list[dict]) -> list[dict]:
    """The groups with each expression on one line: kustomize adds empty lines where it folds one anew."""
    return [
        group | {"rules": [rule | {"expr": " ".join(rule["expr"].split())} for rule in group["rules"]]}
        for group in groups
    ]


def find_rule_faults(objects: list[dict], objectives: dict) -> list[str]:
    """Rules that are not those of deploy/prometheus/rules, but for the objectives, or that promtool refuses."""
    expected = unfolded([group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]])
    for rule in (rule for group in expected for rule in group["rules"]):
        if rule.get("record") == OBJECTIVE and rule["labels"]["slo"] in objectives:
            rule["expr"] = f"vector({objectives[rule['labels']['slo']]})"
    faults = []
    for one in named(objects, "PrometheusRule").values():
        if unfolded(one["spec"]["groups"]) != expected:
            faults.append("PrometheusRule: not the rules of deploy/prometheus/rules; run deploy/kubernetes/rule.py")
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump(one["spec"], file)
            file.flush()
            run = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True)
        faults += [f"PrometheusRule: {run.stdout}{run.stderr}"] if run.returncode != 0 else []
    return faults


def find_faults(objects: list[dict], secrets: set[str], job: str = NAME, objectives: dict = {}) -> list[str]:
    return find_schema_faults(objects) or (
        find_selector_faults(objects)
        + find_target_faults(objects, job)
        + find_pod_faults(objects, secrets)
        + find_security_faults(objects)
        + find_rule_faults(objects, objectives)
    )


def comparable(objects: list[dict]) -> dict:
    """What the pods of a StatefulSet are, without what the chart alone has or says in other words."""
    (workload,) = named(objects, "StatefulSet").values()
    pod = workload["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    container["env"] = sorted(container["env"], key=lambda one: one["name"])
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        container[probe]["httpGet"].pop("scheme", None)
    claims = [claim["spec"] for claim in workload["spec"]["volumeClaimTemplates"]]
    policies = [one["spec"]["egress"] for one in named(objects, "NetworkPolicy").values()]
    return {"pod": pod, "claims": claims, "policies": policies}


def check_kustomizations() -> list[str]:
    secret = yaml.safe_load((KUBERNETES / "base" / "secret.example.yaml").read_text())
    findings = [f"secret.example.yaml: {fault}" for fault in find_schema_faults([secret])]
    for folder in KUSTOMIZATIONS:
        faults = find_faults(build(folder), {secret["metadata"]["name"]})
        findings += [f"deploy/kubernetes/{folder}: {fault}" for fault in faults]
    return findings + check_examples({secret["metadata"]["name"]})


def check_examples(secrets: set[str]) -> list[str]:
    objects = build_examples()
    faults = find_faults(objects, secrets, objectives={"failure": 0.02, "undelivered": 0.05})
    labelled = [one["kind"] for one in objects if one["metadata"]["labels"].get("release") == "kube-prometheus-stack"]
    faults += [] if sorted(labelled) == sorted(OPERATOR) else [f"the operator's label is on {labelled}"]
    return [f"deploy/kubernetes/single, its comments: {fault}" for fault in faults]


def check_chart() -> list[str]:
    report = helm_python.lint(CHART, strict=True)
    findings = [f"helm lint: {one['path']}: {one['error']}" for one in report["messages"] if one["severity"] > 1]
    findings += [f"helm lint: {error}" for error in report["errors"]]
    with helm_python.Chart.load(CHART) as chart:
        for what, values in VALUES.items():
            secrets = {NAME, values.get("credentials", {}).get("existingSecret")}
            job = values.get("serviceMonitor", {}).get("jobName", NAME)
            objectives = values.get("prometheusRule", {}).get("objectives", {})
            faults = find_faults(render(chart, values), secrets, job, objectives)
            findings += [f"chart with {what}: {fault}" for fault in faults]
        findings += check_rotation(chart)
        if comparable(render(chart, {})) != comparable(build("base")):
            findings.append("the chart and deploy/kubernetes/base do not have the same pods, claims and egress")
        for what, values in REFUSED.items():
            findings += [] if is_refused(chart, values) else [f"chart: {what} is not refused"]
        if render_packaged() != render(chart, MONITORED):
            findings.append("chart: the package does not make what the folder makes")
    return findings


def check_rotation(chart: helm_python.Chart) -> list[str]:
    """Another SID is another pod, since variables do not follow a Secret; another secret is not."""
    key = {"apiKey": "SK" + "0" * 32, "apiKeySecret": "x"}
    pods = []
    for credentials in (key, key | {"apiKeySecret": "y"}, key | {"apiKey": "SK" + "1" * 32}):
        (workload,) = named(render(chart, {"credentials": credentials}), "StatefulSet").values()
        pods.append(workload["spec"]["template"])
    held = {
        "a new secret restarts the pods": pods[0] == pods[1],
        "a new API key does not restart the pods": pods[0] != pods[2],
    }
    return [f"chart: {fault}" for fault, is_held in held.items() if not is_held]


def render_packaged() -> list[dict]:
    """The objects of the chart as `helm package` makes it, with the files that are links in the folder."""
    with tempfile.TemporaryDirectory() as folder:
        with helm_python.Chart.load(helm_python.package(CHART, destination=folder)) as chart:
            return render(chart, MONITORED)


def is_refused(chart: helm_python.Chart, values: dict) -> bool:
    try:
        render(chart, values)
    except helm_python.HelmError:
        return True
    return False


if __name__ == "__main__":
    findings = check_kustomizations() + check_chart()
    print("\n".join(findings), end="\n" if findings else "")
    sys.exit(1 if findings else 0)
