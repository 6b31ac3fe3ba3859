#include "fullshard/hdf5/handles.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <utility>

#include "support/temp_dir.hpp"

namespace fullshard::hdf5 {
namespace {

template <class Owner>
void expect_to_close(Owner owner, const char* kind) {
  const Id id = owner.get();
  EXPECT_GT(H5Iis_valid(id), 0) << kind;
  owner.reset();
  EXPECT_EQ(H5Iis_valid(id), 0) << kind;
}

TEST(Handles, close_what_they_own) {
  const test::TempDir dir;
  PropertyList creation(H5Pcreate(H5P_DATASET_CREATE));
  File file(H5Fcreate((dir / "a.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  Group group(H5Gcreate2(file.get(), "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  Dataspace space(H5Screate(H5S_SCALAR));
  Datatype type(H5Tcopy(H5T_STD_I32LE));
  Dataset dataset(
      H5Dcreate2(group.get(), "d", type.get(), space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));

  expect_to_close(std::move(dataset), "dataset");
  expect_to_close(std::move(type), "datatype");
  expect_to_close(std::move(space), "dataspace");
  expect_to_close(std::move(group), "group");
  expect_to_close(std::move(file), "file");
  expect_to_close(std::move(creation), "property list");
}

TEST(Handles, an_identifier_of_a_failure_is_nothing) {
  const QuietErrors quiet;

  EXPECT_FALSE(File(H5Fopen("/absent.h5", H5F_ACC_RDONLY, H5P_DEFAULT)));
}

TEST(QuietErrors, say_nothing_and_leave_what_was_set_before) {
  const auto remember = [](hid_t, void* told) {
    *static_cast<bool*>(told) = true;
    return 0;
  };
  bool told = false;
  H5Eset_auto2(H5E_DEFAULT, remember, &told);
  {
    const QuietErrors quiet;
    H5Fclose(-1);
    EXPECT_FALSE(told);
  }

  H5Fclose(-1);
  EXPECT_TRUE(told);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

}  // namespace
}  // namespace fullshard::hdf5
