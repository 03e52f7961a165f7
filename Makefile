# Short names for what people type.

.DEFAULT_GOAL := help
PROTOS := $(sort $(wildcard protos/evroc/*/v1/*.proto))

.PHONY: help deps build test test-unit test-e2e test-kill test-boot conformance lint format build-files crds \
  compile_commands.json asan tsan fuzz bench bench-cluster cloud-contract \
  release-protos install uninstall run demo testenv

help: ## Show this text
	@sed -nE 's/^([a-z0-9_.-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

deps: ## Install the Debian packages that are missing (needs root)
	@tests/tools/install_packages.sh

build: deps ## Build everything
	bazel build //...

test: deps ## Build everything and run every test; SANITIZE=1: the C++ tests with AddressSanitizer and UBSan
	@SANITIZE='$(SANITIZE)' tests/tools/run_all_tests.sh

test-e2e: build ## Run only the end-to-end tests, on a real Kubernetes API
	@tests/testenv/tools/build.sh
	@EVROC_TESTENV_REQUIRED=1 tests/tools/run_go_tests.sh ./e2e/api ./e2e/official ./e2e/handover ./e2e/full

test-kill: build ## Kill each program at every single step of a take-over
	@tests/testenv/tools/build.sh
	@EVROC_TESTENV_REQUIRED=1 EVROC_KILL_STRIDE=1 tests/tools/run_go_tests.sh ./e2e/official

conformance: build ## Run Cluster API's own checks of owners, finalizers and versions
	@tests/testenv/tools/build.sh
	@EVROC_TESTENV_REQUIRED=1 GO_TEST_FLAGS='-tags=conformance -v' tests/tools/run_go_tests.sh ./e2e/checks

test-boot: ## Run the templates' boot scripts in an empty Debian 12 (needs root)
	@tests/tools/run_boot_scripts.sh

test-unit: deps ## Build and test the C++ side alone
	@tests/tools/run_tests.sh //...

install: ## Put CRDs, policies and the shim's rights into $KUBECONFIG's cluster
	kubectl apply --server-side --force-conflicts -k deploy

uninstall: ## Remove them again; refused while there are clusters
	@deploy/uninstall.sh

run: deps ## Run the provider in the foreground against $KUBECONFIG's cluster
	@bazel build --noshow_progress //shim //services/network:network-service \
	  //services/compute:compute-service
	@deploy/run.sh

lint: deps ## Check the sources with clang-format and clang-tidy; SINCE=main: what has changed since
	@tests/tools/lint.sh $(SINCE)

format: deps ## Format the C++ sources
	@git ls-files -co --exclude-standard '*.h' '*.cc' | xargs clang-format-14 -i

build-files: ## Write the BUILD files from the includes of the sources
	@bazel/build_files.py

crds: ## Make the CRDs of templates from those of their objects
	@deploy/crd/make_templates.py

compile_commands.json: deps ## Write the compile commands for clangd and other tools
	@tests/tools/compile_commands.sh

asan: deps ## Run every test with AddressSanitizer and UBSan
	@tests/tools/run_tests.sh --config=asan //...

# Fuzz targets bring a sanitizer of their own.
tsan: deps ## Run every C++ test with ThreadSanitizer
	@tests/tools/run_tests.sh --config=tsan --build_tests_only \
	  --test_lang_filters=cc -- //... -//tests/fuzz/...

fuzz: deps ## Run every fuzz target for five minutes, all code instrumented
	@tests/tools/run_fuzzers.sh 300

bench: deps ## Measure the services against evroc-sim, and tenants beside hostile ones
	@bazel build --noshow_progress -c opt //services/... //tests/bench:cloud_bench //tests/evroc_sim
	@bazel-bin/tests/bench/cloud_bench
	@$(MAKE) --no-print-directory bench-cluster FLAGS=-mode=fairness

bench-cluster: deps ## Measure the whole product in the test environment; FLAGS='-clusters=10', -h
	@bazel build --noshow_progress -c opt //services/... //shim //tests/evroc_sim
	@tests/testenv/tools/build.sh
	@PATH=$$(tests/tools/install_go.sh) && export PATH && cd tests && \
	  go run -trimpath ./bench/cluster $(FLAGS)

cloud-contract: ## Try the documented API on evroc-sim, or on the cloud of $$EVROC_CONTRACT_PROFILE
	@tests/tools/cloud_contract.sh $(FLAGS)

demo: ## Show a cluster's life with FLAVOR=kubeadm, rke2 or prebuilt; KEEP=1 keeps it
	@FLAVOR='$(FLAVOR)' KEEP='$(KEEP)' tests/demo/run.sh

testenv: build ## Run everything against a real Kubernetes API until Ctrl-C
	@tests/testenv/run.sh $(FLAGS)

release-protos: ## Record the protos as released, so that they must stay compatible
	@protoc -Iprotos --descriptor_set_out=/dev/stdout $(PROTOS) \
	  | protoc -I/usr/include --decode=google.protobuf.FileDescriptorSet \
	    google/protobuf/descriptor.proto >tests/proto/released.txtpb
