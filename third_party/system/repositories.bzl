"""Maps libraries that Debian installs to Bazel repositories.

Each repository NAME is described by //third_party/system:NAME.BUILD. The
compiler finds the headers by itself, so most targets only name what to link.
"""

_LIBRARIES = [
    "absl",
    "civetweb",
    "cli11",
    "cpp_httplib",
    "curl",
    "glog",
    "googletest",
    "grpc",
    "openssl",
    "prometheus_cpp",
    "protobuf",
    "rapidjson",
    "yaml_cpp",
    "zlib",
]

def system_libraries():
    for name in _LIBRARIES:
        native.new_local_repository(
            name = name,
            build_file = "//third_party/system:%s.BUILD" % name,
            path = "/usr/lib/pkgconfig",
        )
