"""cc_unit: a header, its source and its test as one declaration."""

def cc_unit(name, deps = [], test_deps = [], test_size = "small", test_data = [], **kwargs):
    """Makes cc_library NAME and, where NAME_test.cc exists, cc_test NAME_test.

    The library consists of NAME.h and, where it exists, NAME.cc.

    Args:
      name: the files' stem.
      deps: of the library.
      test_deps: of the test, beside the library, its deps and GoogleTest.
      test_size: of the test.
      test_data: of the test.
      **kwargs: further attributes of the library.
    """
    native.cc_library(
        name = name,
        srcs = native.glob([name + ".cc"]),
        hdrs = [name + ".h"],
        deps = deps,
        **kwargs
    )
    test = native.glob([name + "_test.cc"])
    if test:
        native.cc_test(
            name = name + "_test",
            size = test_size,
            srcs = test,
            data = test_data,
            deps = [":" + name, "@googletest//:gmock_main"] + test_deps,
        )
