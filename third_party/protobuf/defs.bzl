"""cc_proto_package: a folder of .proto files as one C++ library.

Runs Debian's protoc and grpc_cpp_plugin. Imports are written from the root of
the repository; third_party/googleapis is an import root of its own.
"""

_ProtoSources = provider(
    doc = "The .proto files that a package and its dependencies consist of.",
    fields = {"files": "depset of File"},
)

_PROTOC = "/usr/bin/protoc"
_GRPC_PLUGIN = "/usr/bin/grpc_cpp_plugin"
_ROOTS = ["protos", "third_party/googleapis", "third_party/grpc_health"]

def _proto_sources_impl(ctx):
    return [
        _ProtoSources(files = depset(
            ctx.files.srcs,
            transitive = [dep[_ProtoSources].files for dep in ctx.attr.deps],
        )),
        DefaultInfo(files = depset(ctx.files.srcs)),
    ]

_proto_sources = rule(
    implementation = _proto_sources_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".proto"]),
        "deps": attr.label_list(providers = [_ProtoSources]),
    },
)

def _root_of(path):
    for root in _ROOTS:
        if path.startswith(root + "/"):
            return root
    fail("%s lies in no import root" % path)

def _relative_to_root(path):
    return path[len(_root_of(path)) + 1:]

def _import_flags(sources):
    roots = {_root_of(src.path): True for src in sources.to_list()}
    return ["-I" + root for root in roots]

def _cc_proto_files_impl(ctx):
    headers, sources = [], []
    all_sources = ctx.attr.sources[_ProtoSources].files
    includes = _import_flags(all_sources)
    for src in all_sources.to_list():
        if src not in ctx.files.sources:
            continue
        stem = src.basename[:-len(".proto")]
        kinds = [".pb", ".grpc.pb"] if stem.endswith("_service") else [".pb"]
        outs = []
        for kind in kinds:
            headers.append(ctx.actions.declare_file(stem + kind + ".h"))
            sources.append(ctx.actions.declare_file(stem + kind + ".cc"))
            outs += [headers[-1], sources[-1]]
        relative = _relative_to_root(src.path)
        out_dir = outs[0].dirname[:-len("/" + relative.rpartition("/")[0])]
        arguments = includes + ["--cpp_out=" + out_dir, relative]
        if len(kinds) > 1:
            arguments += [
                "--grpc_out=" + out_dir,
                "--plugin=protoc-gen-grpc=" + _GRPC_PLUGIN,
            ]
        ctx.actions.run(
            executable = _PROTOC,
            arguments = arguments,
            inputs = all_sources,
            outputs = outs,
            mnemonic = "ProtocCc",
        )
    return [
        DefaultInfo(files = depset(headers + sources)),
        OutputGroupInfo(headers = depset(headers), sources = depset(sources)),
    ]

_cc_proto_files = rule(
    implementation = _cc_proto_files_impl,
    attrs = {"sources": attr.label(providers = [_ProtoSources])},
)

def _descriptor_set_impl(ctx):
    sources = ctx.attr.sources[_ProtoSources].files
    ctx.actions.run(
        executable = _PROTOC,
        arguments = _import_flags(sources) + [
            "--include_imports",
            "--descriptor_set_out=" + ctx.outputs.out.path,
        ] + [_relative_to_root(src.path) for src in sources.to_list()],
        inputs = sources,
        outputs = [ctx.outputs.out],
        mnemonic = "ProtocDescriptors",
    )

proto_descriptor_set = rule(
    doc = "A FileDescriptorSet of a cc_proto_package with all its imports.",
    implementation = _descriptor_set_impl,
    attrs = {
        "sources": attr.label(
            doc = "NAME_sources of the cc_proto_package NAME.",
            providers = [_ProtoSources],
        ),
        "out": attr.output(mandatory = True),
    },
)

def cc_proto_package(name, srcs, deps = [], visibility = None):
    """Makes cc_library NAME from .proto files of one folder.

    Args:
      name: also names NAME_sources, which proto_descriptor_set takes.
      srcs: files ending in _service.proto also get gRPC stubs.
      deps: other cc_proto_package targets that srcs import.
      visibility: of the library and its sources.
    """
    sources, generated = name + "_sources", name + "_generated"
    _proto_sources(
        name = sources,
        srcs = srcs,
        deps = [_sources_label(dep) for dep in deps],
        visibility = visibility,
    )
    _cc_proto_files(name = generated, sources = sources)
    for group in ["headers", "sources"]:
        native.filegroup(
            name = "%s_%s" % (generated, group),
            srcs = [generated],
            output_group = group,
        )
    package = native.package_name()
    root = _root_of(package)
    native.cc_library(
        name = name,
        srcs = [generated + "_sources"],
        hdrs = [generated + "_headers"],
        copts = ["-w"],  # Generated code can't be fixed.
        strip_include_prefix = "/" + root,
        visibility = visibility,
        deps = deps + ["@absl//:synchronization", "@grpc//:grpc++", "@protobuf"],
    )

def _sources_label(dep):
    return dep + "_sources" if ":" in dep else "%s:%s_sources" % (dep, dep.rpartition("/")[2])
