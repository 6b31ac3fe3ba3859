# Thin verbs over CMake. Each installs what is missing on Debian 12 first (as root or with sudo); see README.md.
.PHONY: configure build test demo demo-chat asan fuzz cuda gpu-check cluster cluster-down bundle fmt fmt-check install clean

# nproc goes by OMP_NUM_THREADS, which says nothing about compilers.
jobs ?= $(shell env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
preset ?= release

# The last line of bootstrap.sh is the LibTorch directory; LibTorch_ROOT given by hand wins.
libtorch = $(or $(LibTorch_ROOT),$(shell cmake/bootstrap.sh $(if $(filter cuda,$(preset)),--cuda)))

configure:
	cmake --preset $(preset) -DLibTorch_ROOT=$(libtorch)

build: configure
	cmake --build --preset $(preset) --parallel $(jobs) --target fullshard_program

test: configure
	cmake --build --preset $(preset) --parallel $(jobs)
	ctest --preset $(preset) --parallel $(jobs)

# Unit tests under the address and undefined-behaviour sanitizers.
asan:
	cmake --preset asan -DLibTorch_ROOT=$(libtorch)
	cmake --build --preset asan --parallel $(jobs) --target unit_tests
	ctest --preset asan --parallel $(jobs)

# What a stranger's file could do to the program, for a minute, by libFuzzer; longer: docs/testing.md. Needs clang from 14 on.
fuzz:
	cmake --preset fuzz -DLibTorch_ROOT=$(libtorch)
	cmake --build --preset fuzz --parallel $(jobs) --target fuzz_targets
	ctest --preset fuzz

# The program with CUDA, and what can be tested of it without a GPU. gpu-check needs one.
cuda:
	cmake --preset cuda -DLibTorch_ROOT=$(or $(LibTorch_ROOT),$(shell cmake/bootstrap.sh --cuda))
	cmake --build --preset cuda --parallel $(jobs) --target fullshard_program cuda_tests
	ctest --preset cuda --parallel $(jobs)

gpu-check: cuda
	tests/gpu/gpu_check.py --program build-cuda/fullshard --launcher mpirun --tests build-cuda/tests/gpu --model configs/demo/model

demo: build
	configs/demo/run.sh

demo-chat: build
	configs/demo_chat/run.sh

# A SLURM cluster of several nodes on this machine (as root); says what to type next. docs/cluster.md
NODES ?= 3
cluster:
	@tests/cluster/cluster.py up --nodes $(NODES)

cluster-down:
	@tests/cluster/cluster.py down

# The program with its libraries, for a cluster without a package of them: build/bundle/*.tar.gz. docs/install.md
bundle: configure
	cmake --build --preset $(preset) --parallel $(jobs) --target bundle

install: build
	cmake --install build

fmt:
	git ls-files '*.cpp' '*.hpp' | xargs clang-format -i

fmt-check:
	git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror

clean:
	rm -rf build build-debug build-asan build-fuzz
