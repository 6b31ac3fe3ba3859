#include "fullshard/shard/whole_vectors.hpp"

#include "fullshard/device/copy.hpp"

namespace fullshard::shard {

WholeVectors::WholeVectors(const model::ModelSpec& spec, DType dtype, DeviceId device) {
  Elems end;
  for (const model::UnitSpec& unit : spec.units) {
    std::vector<Place>& places = places_.emplace_back();
    for (const tensor::ParamSpec& p : unit.params) {
      const Elems count = p.is_vector() ? p.size() : Elems{0};
      places.push_back({end, count});
      end += count;
    }
  }
  memory_ = device::Buffer(end, dtype, device);
}

DeviceSpan WholeVectors::at(UnitIndex u, size_t param) const {
  const Place& place = places_.at(static_cast<size_t>(u.value)).at(param);
  FS_CHECK(place.count.value > 0, "parameter {} of unit {} is no vector", param, u.value);
  return all().slice(place.offset, place.count);
}

void WholeVectors::clear() {
  device::clear(all(), device::Stream::computing(all().device));
}

}  // namespace fullshard::shard
