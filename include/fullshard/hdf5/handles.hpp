#pragma once

#include <cstdint>

#include "fullshard/core/handle.hpp"

namespace fullshard::hdf5 {

using Id = int64_t;  ///< HDF5's hid_t

struct CloseDriver {
  void operator()(Id id) const noexcept;
};
struct CloseFile {
  void operator()(Id id) const noexcept;
};
struct CloseGroup {
  void operator()(Id id) const noexcept;
};
struct CloseDataset {
  void operator()(Id id) const noexcept;
};
struct CloseDataspace {
  void operator()(Id id) const noexcept;
};
struct CloseDatatype {
  void operator()(Id id) const noexcept;
};
struct ClosePropertyList {
  void operator()(Id id) const noexcept;
};

using Driver = Handle<Id, -1, CloseDriver>;
using File = Handle<Id, -1, CloseFile>;
using Group = Handle<Id, -1, CloseGroup>;
using Dataset = Handle<Id, -1, CloseDataset>;
using Dataspace = Handle<Id, -1, CloseDataspace>;
using Datatype = Handle<Id, -1, CloseDatatype>;
using PropertyList = Handle<Id, -1, ClosePropertyList>;

/// Keeps HDF5 from printing its error stack to the terminal, until the end of the scope.
class QuietErrors {
 public:
  QuietErrors();
  ~QuietErrors();
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

 private:
  int (*function_)(Id, void*) = nullptr;
  void* data_ = nullptr;
};

}  // namespace fullshard::hdf5
