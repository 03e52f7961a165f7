#!/usr/bin/python3
"""Writes the deps of BUILD files as the #include lines of the sources say.

Usage: bazel/build_files.py [--check]

Goes through every package of C++ sources. A new NAME.h becomes a cc_unit, a
new NAME_test.cc without a NAME.h a cc_test; targets whose files are gone are
dropped; deps are computed again; everything else that a target says stays.
With --check nothing is written: the exit code is 1 and the files are named if
any would change.
"""

import collections
import os
import re
import subprocess
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)
ATTRIBUTES = ["name", "size", "testonly", "srcs", "outs", "hdrs", "args",
              "data", "copts", "linkopts", "linkstatic", "test_size",
              "test_data", "visibility", "deps", "test_deps"]
MAIN = "@googletest//:gmock_main"

# The first entry of which an included path is a prefix names the target.
SYSTEM = [
    ("CLI/", "@cli11"),
    ("absl/base/", "@absl//:base"),
    ("absl/cleanup/", "@absl//:cleanup"),
    ("absl/container/btree", "@absl//:btree"),
    ("absl/container/flat_hash_map", "@absl//:flat_hash_map"),
    ("absl/container/flat_hash_set", "@absl//:flat_hash_set"),
    ("absl/functional/any_invocable", "@absl//:any_invocable"),
    ("absl/functional/function_ref", "@absl//:function_ref"),
    ("absl/hash/", "@absl//:hash"),
    ("absl/random/", "@absl//:random"),
    ("absl/status/statusor", "@absl//:statusor"),
    ("absl/status/", "@absl//:status"),
    ("absl/strings/", "@absl//:strings"),
    ("absl/synchronization/", "@absl//:synchronization"),
    ("absl/time/", "@absl//:time"),
    ("absl/types/span", "@absl//:span"),
    ("civetweb.h", "@civetweb"),
    ("curl/", "@curl"),
    ("evroc/common/v1/", "//protos/evroc/common/v1:common_v1"),
    ("evroc/compute/v1/", "//protos/evroc/compute/v1:compute_v1"),
    ("evroc/network/v1/", "//protos/evroc/network/v1:network_v1"),
    ("glog/", "@glog"),
    ("gmock/", "@googletest//:gmock"),
    ("google/protobuf/", "@protobuf"),
    ("google/rpc/", "//third_party/googleapis/google/rpc"),
    ("grpc/health/v1/", "//third_party/grpc_health/grpc/health/v1"),
    ("grpcpp/ext/channelz", "@grpc//:grpcpp_channelz"),
    ("grpcpp/ext/proto_server_reflection", "@grpc//:grpc++_reflection"),
    ("grpcpp/", "@grpc//:grpc++"),
    ("gtest/", "@googletest//:gtest"),
    ("httplib.h", "@cpp_httplib"),
    ("openssl/ssl.h", "@openssl//:ssl"),
    ("openssl/", "@openssl//:crypto"),
    ("prometheus/", "@prometheus_cpp"),
    ("rapidjson/", "@rapidjson"),
    ("yaml-cpp/", "@yaml_cpp"),
    ("zlib.h", "@zlib"),
]


def system_target(path):
    """The target of an included file that is none of ours, None for libc's."""
    return next((t for prefix, t in SYSTEM if path.startswith(prefix)), None)


class Call:
    """A call of a rule or macro in a BUILD file."""

    def __init__(self, kind, args, attributes):
        self.kind = kind
        self.args = args
        self.attributes = attributes

    @property
    def name(self):
        return self.attributes.get("name", "")


class Expression:
    """An expression that is written back as it was read."""

    def __init__(self, function, argument):
        self.text = '%s(%s)' % (function, literal(argument, 0))


def parse(path):
    """The comment at the top of a BUILD file, and its calls."""
    calls = []

    class Environment(dict):
        def __missing__(self, kind):
            return lambda *args, **kwargs: calls.append(
                Call(kind, args, kwargs))

    environment = Environment(
        __builtins__={}, glob=lambda x: Expression("glob", x))
    with open(path, encoding="utf-8") as file:
        text = file.read()
    exec(text, environment)  # pylint: disable=exec-used
    comment = re.match(r"(#[^\n]*\n)*", text).group(0)
    return comment, calls


def literal(value, indent):
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, (list, tuple)):
        items = [literal(item, indent + 4) for item in value]
        if len(items) < 2:
            return "[%s]" % "".join(items)
        pad = " " * (indent + 4)
        lines = "".join("%s%s,\n" % (pad, item) for item in items)
        return "[\n%s%s]" % (lines, " " * indent)
    if isinstance(value, str):
        return '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"')
    return repr(value)


def written(call):
    """A call as buildifier would lay it out."""
    positional = [literal(arg, 4) for arg in call.args]
    if call.kind == "load" or not call.attributes:
        return "%s(%s)\n" % (call.kind, ", ".join(positional))
    known = {name: n for n, name in enumerate(ATTRIBUTES)}
    named = sorted((item for item in call.attributes.items()
                    if item[1] not in ([], None)),
                   key=lambda item: known.get(item[0], len(known)))
    if len(named) == 1:
        return "%s(%s = %s)\n" % (call.kind, named[0][0],
                                  literal(named[0][1], 0))
    lines = "".join("    %s = %s,\n" % (name, literal(value, 4))
                    for name, value in named)
    return "%s(\n%s)\n" % (call.kind, lines)


def label_of(folder, name):
    if os.path.basename(folder) == name:
        return "//" + folder
    return "//%s:%s" % (folder, name)


def label_order(label):
    rank = 0 if label.startswith(":") else 1 if label.startswith("//") else 2
    return rank, label.replace(":", "!")


class Package:
    """A folder with a BUILD file, and what its targets consist of."""

    def __init__(self, folder, files):
        self.folder = folder
        self.path = os.path.join(folder, "BUILD.bazel")
        self.files = {os.path.basename(f) for f in files
                      if os.path.dirname(f) == folder}
        self.comment, self.calls = parse(self.path)
        self.drop_vanished()
        self.add_missing()

    def sources(self, call):
        """The library's files and the test's of one target, by their names."""
        attributes = call.attributes
        name = call.name
        if call.kind == "cc_unit":
            library = {name + ".h", name + ".cc"} & self.files
            return library, {name + "_test.cc"} & self.files
        if call.kind == "fuzz_test":
            return {name + ".cc"}, set()
        if call.kind.startswith("cc_") and call.kind != "cc_proto_package":
            named = attributes.get("srcs", []) + attributes.get("hdrs", [])
            return set(named), set()
        return set(), set()

    def drop_vanished(self):
        def stands(call):
            if call.kind == "cc_unit":
                return call.name + ".h" in self.files
            return self.sources(call)[0] <= self.files
        self.calls = [call for call in self.calls if stands(call)]

    def add_missing(self):
        owned = set()
        for call in self.calls:
            owned |= set().union(*self.sources(call))
        left = self.files - owned
        for header in sorted(f for f in left if f.endswith(".h")):
            call = Call("cc_unit", (), {"name": header[:-2]})
            left -= set().union(*self.sources(call))
            self.calls.append(call)
        for test in sorted(f for f in left if f.endswith("_test.cc")):
            self.calls.append(Call("cc_test", (), {
                "name": test[:-3], "size": "small", "srcs": [test]}))

    def labels(self):
        """What to depend on for each header."""
        label = {}
        for call in self.calls:
            for name in self.sources(call)[0]:
                if name.endswith(".h"):
                    label[os.path.join(self.folder, name)] = label_of(
                        self.folder, call.name)
        return label

    def includes(self, names):
        paths = set()
        for name in names:
            with open(os.path.join(self.folder, name),
                      encoding="utf-8") as file:
                paths |= set(INCLUDE.findall(file.read()))
        return paths

    def dependencies(self, call, names, owners):
        labels = {owners.get(path) or system_target(path)
                  for path in self.includes(names)}
        labels -= {None, label_of(self.folder, call.name)}
        return {self.shortened(label) for label in labels}

    def shortened(self, label):
        """A label as it is written inside this package."""
        if label == "//" + self.folder:
            return ":" + os.path.basename(self.folder)
        here = "//%s:" % self.folder
        return label.replace(here, ":") if label.startswith(here) else label

    def compute(self, owners):
        """Sets the deps of all targets; `owners` maps headers to labels."""
        for call in self.calls:
            library, test = self.sources(call)
            if not library:
                continue
            deps = self.dependencies(call, library, owners)
            gtest = {d for d in deps if d.startswith("@googletest")}
            if gtest:
                deps -= gtest
                deps.add(MAIN if call.kind == "cc_test"
                         else "@googletest//:gmock")
            call.attributes["deps"] = sorted(deps, key=label_order)
            if test:
                more = self.dependencies(call, test, owners) - deps
                more = {d for d in more if not d.startswith("@googletest")}
                call.attributes["test_deps"] = sorted(more, key=label_order)

    def text(self):
        head = [c for c in self.calls if c.kind in ("load", "package")
                and "//bazel:cc_unit.bzl" not in c.args]
        targets = [c for c in self.calls
                   if c.kind not in ("load", "package")]
        if any(c.kind == "cc_unit" for c in targets):
            head.append(Call("load", ("//bazel:cc_unit.bzl", "cc_unit"), {}))
        head.sort(key=lambda c: (c.kind != "load", c.args))
        targets.sort(key=lambda c: c.name)
        loads = "".join(written(c) for c in head if c.kind == "load")
        rest = [written(c) for c in head if c.kind != "load"]
        blocks = [block for block in [loads] + rest + [
            written(c) for c in targets] if block]
        return "\n".join([self.comment] * bool(self.comment) + blocks)


def main():
    check = sys.argv[1:] == ["--check"]
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], check=True,
        capture_output=True, text=True).stdout.split("\n")
    files = [f for f in listed if f and os.path.exists(f)]
    packages = [Package(os.path.dirname(f), files) for f in files
                if os.path.basename(f) == "BUILD.bazel"
                and f.startswith(("common/", "services/", "shim/", "tests/"))]
    owners = collections.ChainMap(*(p.labels() for p in packages))
    stale = False
    for package in packages:
        package.compute(owners)
        with open(package.path, encoding="utf-8") as file:
            if file.read() == package.text():
                continue
        stale = True
        if check:
            print("Not as its includes say: " + package.path)
            continue
        with open(package.path, "w", encoding="utf-8") as file:
            file.write(package.text())
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
