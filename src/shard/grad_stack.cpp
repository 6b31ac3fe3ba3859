#include "fullshard/shard/grad_stack.hpp"

#include <bit>

#include "fullshard/device/copy.hpp"
#include "fullshard/kernels/kernel_table.hpp"

namespace fullshard::shard {

namespace {

void add_up(DeviceSpan sum, ConstDeviceSpan x, const device::Stream& stream) {
  if (!sum.device.is_host()) return device::add(sum, x, stream);
  const auto& table = kernels::kernel_table();
  if (sum.dtype == DType::F64)
    table.f64.scaled_add(x.as<double>(), sum.as<double>(), 1.0);
  else
    table.f32.scaled_add(x.as<float>(), sum.as<float>(), 1.0f);
}

}  // namespace

void GradStack::push(DeviceSpan gradient, const device::Stream& stream) {
  size_t digit = 0;
  for (; digit < digits_.size() && digits_[digit].is_set; ++digit) {
    add_up(gradient, digits_[digit].sum.span(), stream);
    digits_[digit].is_set = false;
  }
  if (digit == digits_.size()) digits_.emplace_back();
  if (digits_[digit].sum.span().count != gradient.count)  // the groups that add may change with the batch
    digits_[digit].sum = device::Buffer(gradient.count, gradient.dtype, gradient.device);
  device::copy(digits_[digit].sum.span(), gradient, stream);
  digits_[digit].is_set = true;
}

bool GradStack::finish(DeviceSpan gradient, bool is_one, const device::Stream& stream) {
  for (Digit& d : digits_) {
    if (!d.is_set) continue;
    if (is_one)
      add_up(gradient, d.sum.span(), stream);
    else
      device::copy(gradient, d.sum.span(), stream);
    is_one = true;
    d.is_set = false;
  }
  return is_one;
}

int GradStack::most_digits(int64_t micro_steps) {
  return std::bit_width(static_cast<uint64_t>(micro_steps - 1));
}

}  // namespace fullshard::shard
