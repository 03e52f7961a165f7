# Short names for what people type.

.DEFAULT_GOAL := help
.PHONY: help deps build test lint asan

help: ## Show this text
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

deps: ## Install the Debian packages that are missing (needs root)
	@tests/tools/install_packages.sh

build: deps ## Build everything
	bazel build //...

test: deps ## Build everything and run every test
	@tests/tools/run_tests.sh //...

lint: deps ## Check the sources with clang-format and clang-tidy
	@bazel build --noshow_progress //protos/... //third_party/googleapis/...
	@tests/tools/lint.sh

asan: deps ## Run every test with AddressSanitizer and UBSan
	@tests/tools/run_tests.sh --config=asan //...
