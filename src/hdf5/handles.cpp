#include "fullshard/hdf5/handles.hpp"

#include <hdf5.h>

#include <type_traits>

namespace fullshard::hdf5 {

static_assert(std::is_same_v<Id, hid_t> && H5I_INVALID_HID == -1);

void CloseDriver::operator()(Id id) const noexcept {
  H5FDunregister(id);
}
void CloseFile::operator()(Id id) const noexcept {
  H5Fclose(id);
}
void CloseGroup::operator()(Id id) const noexcept {
  H5Gclose(id);
}
void CloseDataset::operator()(Id id) const noexcept {
  H5Dclose(id);
}
void CloseDataspace::operator()(Id id) const noexcept {
  H5Sclose(id);
}
void CloseDatatype::operator()(Id id) const noexcept {
  H5Tclose(id);
}
void ClosePropertyList::operator()(Id id) const noexcept {
  H5Pclose(id);
}

QuietErrors::QuietErrors() {
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

QuietErrors::~QuietErrors() {
  H5Eset_auto2(H5E_DEFAULT, function_, data_);
}

}  // namespace fullshard::hdf5
