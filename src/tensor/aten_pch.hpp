#pragma once
// Precompiled for every module that does mathematics with ATen: parsing these headers is most of such a
// file's build time.

#include <ATen/Parallel.h>
#include <ATen/TensorIndexing.h>
#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>
