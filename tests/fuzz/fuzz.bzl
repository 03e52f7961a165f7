"""Fuzz targets that also run, shortly and from their corpus, as tests."""

def fuzz_test(name, deps):
    """A libFuzzer target, <name>.cc, with its seeds in corpus/<name>.

    As a test it makes a fixed number of runs, so that it ends; `make fuzz` lets
    all targets run for longer, everything instrumented.

    Args:
      name: of the target, "…_fuzz".
      deps: what it calls.
    """
    folder = "corpus/" + name[:-len("_fuzz")]
    native.cc_test(
        name = name,
        size = "medium",
        srcs = [name + ".cc"],
        args = [
            "-runs=20000",
            "-max_len=4096",
            "-timeout=10",
            "tests/fuzz/" + folder,
        ],
        data = native.glob([folder + "/*"]),
        copts = ["-fsanitize=fuzzer-no-link"],
        linkopts = ["-fsanitize=fuzzer"],
        linkstatic = True,
        deps = deps,
    )
