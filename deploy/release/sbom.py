#!/usr/bin/python3
"""Writes what a program is made of, as CycloneDX 1.5 in JSON (https://cyclonedx.org/docs/1.5/json/).

    deploy/release/sbom.py PROGRAM VERSION REVISION .build

Swift packages, with the commits they were built from, which have to be those of deploy/release/swift-packages; the Swift
runtime, which is linked in; and every shared library that the loader would take, with the Debian package it is of, and
which of them needs which. Licences are those of the packages' own files. The same program on the same machine gives the
same bytes.
"""

import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import quote

NAME = "twilio-comms-exporter"
PINS = Path(__file__).with_name("swift-packages")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def checked_out(build):
    """The Swift packages as SwiftPM says that it has them, which has to be as they are pinned: a tag can be moved."""
    packages = json.loads((Path(build) / "workspace-state.json").read_text())["object"]["dependencies"]
    found = set()
    for package in packages:
        state = package["state"].get("checkoutState", {})
        found.add((package["packageRef"]["identity"], state.get("version"), state.get("revision")))
    pinned = {tuple(line.split()) for line in PINS.read_text().splitlines()}
    if found != pinned:
        odd = ", ".join(sorted(" ".join(map(str, package)) for package in found ^ pinned))
        sys.exit(f"sbom.py: the Swift packages in {build} are not those of {PINS}: {odd};"
                 " where a version was changed, renew that file; where a tag was moved, do not build")
    return packages


def swift_licence(folder):
    """The SPDX expression of a checkout's licence; an unknown one is an error, to be looked at."""
    text = (folder / "LICENSE.txt").read_text()
    if not re.search(r"Apache License\s+Version 2\.0, January 2004", text):
        sys.exit(f"sbom.py: {folder}/LICENSE.txt is not the Apache License 2.0; see what it is, and name it here")
    return "Apache-2.0" + (" WITH Swift-exception" if "Runtime Library Exception" in text else "")


def swift_packages(build):
    for package in checked_out(build):
        checkout = package["state"]["checkoutState"]
        folder = Path(build) / "checkouts" / package["subpath"]
        location = re.sub(r"\.git$", "", package["packageRef"]["location"])
        url = f"pkg:swift/{location.removeprefix('https://')}@{checkout['version']}"
        yield {
            "type": "library",
            "bom-ref": url,
            "name": package["packageRef"]["name"],
            "version": checkout["version"],
            "licenses": [{"expression": swift_licence(folder)}],
            "purl": url,
            "externalReferences": [{"type": "vcs", "url": location}],
            "pedigree": {"commits": [{"uid": checkout["revision"]}]},
        }


def swift_runtime():
    version = re.search(r"Swift version (\S+)", run("swift", "--version")).group(1)
    url = f"pkg:swift/github.com/swiftlang/swift@{version}"
    return {
        "type": "framework",
        "bom-ref": url,
        "name": "swift",
        "version": version,
        "description": "the compiler, and its standard library and runtime, which are linked in",
        "licenses": [{"expression": "Apache-2.0 WITH Swift-exception"}],
        "purl": url,
    }


def libraries(program):
    """The path of each shared library by its name, as the loader finds it."""
    found = re.findall(r"^\s*(\S+) => (/\S+) ", run("ldd", str(program)), re.M)
    return dict(found)


def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "--dynamic", "--wide", str(path)))


def debian_package(path):
    """The installed package a library is of; its files are recorded with /usr before /lib or without."""
    real = os.path.realpath(path)
    for name in (path, real, real.removeprefix("/usr"), "/usr" + path):
        search = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True)
        if search.returncode == 0:
            return search.stdout.split(": ")[0].split(",")[0]
    sys.exit(f"sbom.py: {path} is of no Debian package; install it by apt, or link Swift's with --static-swift-stdlib")


def debian_licences(package):
    """The licence of a package's files in general, where its copyright file is one for programs to read
    (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/). The name is Debian's, which SPDX may not know."""
    path = Path("/usr/share/doc") / package / "copyright"
    text = path.read_text(errors="replace") if path.exists() else ""
    if not re.match(r"Format: \S*/copyright-format/1\.0", text):
        return []
    general = next((part for part in re.split(r"\n[ \t]*\n", text) if re.search(r"^Files:\s*\*\s*$", part, re.M)), "")
    name = re.search(r"^License:[ \t]*(\S.*?)[ \t]*$", general, re.M)
    return [{"license": {"name": name.group(1)}}] if name else []


def debian_component(package):
    form = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${Homepage}"
    name, version, architecture, source, homepage = run("dpkg-query", "-W", f"-f={form}", package).split("\t")
    url = f"pkg:deb/debian/{name}@{quote(version, safe='')}?arch={architecture}"
    component = {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url}
    if licences := debian_licences(name):
        component["licenses"] = licences
    if homepage:
        component["externalReferences"] = [{"type": "website", "url": homepage}]
    if source != name:
        component["properties"] = [{"name": "debian:source", "value": source}]
    return component


def debian_parts(program):
    """The components of the shared libraries, what the program itself needs of them, and what they need of each other."""
    paths = libraries(program)
    packages = {name: debian_package(path) for name, path in paths.items()}
    components = {package: debian_component(package) for package in sorted(set(packages.values()))}

    def references(path, but=None):
        names = {packages[name] for name in needed(path) if name in packages}
        return sorted(components[name]["bom-ref"] for name in names if name != but)

    links = {}
    for name, path in paths.items():
        package = packages[name]
        links.setdefault(components[package]["bom-ref"], set()).update(references(path, but=package))
    return list(components.values()), references(program), links


def bom(program, version, revision, build):
    inside = sorted(swift_packages(build), key=lambda component: component["bom-ref"]) + [swift_runtime()]
    # Its functions are in a header.
    inside.append(debian_component("libxxhash-dev"))
    debian, direct, links = debian_parts(program)
    digest = hashlib.sha256(Path(program).read_bytes()).hexdigest()
    root = f"{NAME}@{version}"
    moment = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    dependencies = [{"ref": root, "dependsOn": [component["bom-ref"] for component in inside] + direct}]
    dependencies += [{"ref": component["bom-ref"]} for component in inside]
    dependencies += [{"ref": ref, "dependsOn": sorted(links[ref])} for ref in sorted(links)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": NAME,
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "pedigree": {"commits": [{"uid": revision}]},
            },
        },
        "components": inside + debian,
        "dependencies": dependencies,
    }


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: sbom.py PROGRAM VERSION REVISION BUILD-FOLDER")
    json.dump(bom(*sys.argv[1:]), sys.stdout, indent=2)
    print()
