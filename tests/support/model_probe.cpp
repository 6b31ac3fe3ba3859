// model_probe MODEL_DIR BATCH.json OUT.safetensors fp32|fp64|bf16
//
// Loss, logits and every parameter's gradient of one batch, as safetensors, for comparison with other
// implementations. BATCH is {"input_ids": [[…]], "labels": [[…]]}, rows of one length, labels not shifted,
// -100 ignored.

#include <ATen/ops/full.h>
#include <boost/json.hpp>

#include <cstdio>
#include <fstream>
#include <string>

#include "fullshard/convert/import.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/core/json_writer.hpp"
#include "fullshard/model/embedding.hpp"
#include "fullshard/tensor/torch_bridge.hpp"
#include "fullshard/train/step_loop.hpp"

namespace fullshard {

namespace {

struct Batch {
  std::vector<int32_t> ids, targets, starts = {0};
};

Batch read_batch(const std::string& path) {
  const boost::json::value v = boost::json::parse(read_file(path));
  const auto& ids = v.at("input_ids").as_array();
  const auto& labels = v.at("labels").as_array();
  Batch b;
  for (size_t r = 0; r < ids.size(); ++r) {
    const size_t length = ids[r].as_array().size();
    for (size_t t = 0; t < length; ++t) {
      b.ids.push_back(ids[r].at(t).to_number<int32_t>());
      b.targets.push_back(t + 1 < length ? labels[r].at(t + 1).to_number<int32_t>() : -100);
    }
    b.starts.push_back(static_cast<int32_t>(b.ids.size()));
  }
  return b;
}

// The probe's own few lines of the format: the program's writer gives one dtype to all tensors.
class Output {
 public:
  void add(const std::string& name, const at::Tensor& t) {
    const DType dtype = tensor::to_dtype(t.scalar_type());
    header_.key(name)
        .begin_object()
        .key("dtype")
        .value(dtype == DType::F64   ? "F64"
               : dtype == DType::I64 ? "I64"
                                     : "F32")
        .key("shape")
        .begin_array();
    for (int64_t s : t.sizes()) header_.value(s);
    const auto size = static_cast<int64_t>(t.nbytes());
    header_.end_array()
        .key("data_offsets")
        .begin_array()
        .value(offset_)
        .value(offset_ + size)
        .end_array()
        .end_object();
    offset_ += size;
    const at::Tensor dense = t.contiguous();
    data_.append(static_cast<const char*>(dense.const_data_ptr()), static_cast<size_t>(size));
  }
  void write(const std::string& path) {
    std::string head = header_.end_object().str();
    head.resize(static_cast<size_t>(round_up(static_cast<int64_t>(head.size()), 8)), ' ');
    const uint64_t n = head.size();
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(&n), 8) << head << data_;
  }

 private:
  JsonWriter header_ = std::move(JsonWriter{}.begin_object());
  std::string data_;
  int64_t offset_ = 0;
};

at::Tensor all_logits(const model::ModelSpec& spec, const shard::ParamStore& store,
                      const model::MicroBatch& batch) {
  const model::Sequences sequences(spec.config, model::Segments(batch.starts),
                                   tensor::scalar_type(store.compute_dtype()));
  const auto unit = [&](UnitIndex u) { return store.weights(u, store.working(u)); };
  at::Tensor x = model::embed(unit(spec.embed_unit()), batch.ids);
  for (int64_t l = 0; l < spec.config.num_layers; ++l)
    x = model::Block(spec.config, l).forward(unit(spec.block_unit(l)), x, sequences).y_ND;
  return model::Head(spec.config)
      .logits(unit(spec.head_unit()), x)
      .view({sequences.segments.count(), sequences.segments.longest(), spec.config.vocab_size});
}

void probe(const std::string& model_dir, const std::string& batch_path, const std::string& out_path,
           const std::string& precision) {
  const model::ModelSpec spec(config::load_model_config(model_dir + "/config.json"));
  const Batch b = read_batch(batch_path);
  const model::MicroBatch batch{b.ids, b.targets, b.starts};
  const DType compute = precision == "fp64" ? DType::F64 : precision == "bf16" ? DType::BF16 : DType::F32;
  shard::ParamStore store = shard::ParamStore::alone(spec, compute, shard::Purpose::Train);
  const convert::ModelDirectory weights = convert::open_model(model_dir, spec);
  convert::check_model(weights, spec);
  convert::import_model(weights, store);
  comm::MeshCollectives nobody;
  shard::GatherRing ring(store, nobody, {});
  shard::GradRing gradients(store, nobody, shard::Reduction::Fast);
  train::StepLoop loop(spec, tensor::scalar_type(compute), ring, gradients, train::Recompute::None);

  const double loss = loop.micro_step(batch, {gradients.deal(1), 0});
  Output out;
  out.add("logits", all_logits(spec, store, batch));
  out.add("loss", at::full({1}, loss, at::kDouble));
  out.add("tokens", at::full({1},
                             static_cast<int64_t>(b.targets.size()) -
                                 std::count(b.targets.begin(), b.targets.end(), -100),
                             at::kLong));
  for (size_t i = 0; i < spec.units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    const model::UnitTensors g = store.tensors(u, store.gradient(u));
    for (const auto& p : spec.units[i].params) out.add("grad/" + p.name, g[p.role]);
  }
  out.write(out_path);
}

}  // namespace

}  // namespace fullshard

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: model_probe MODEL_DIR BATCH.json OUT.safetensors fp32|fp64|bf16\n");
    return 2;
  }
  try {
    fullshard::probe(argv[1], argv[2], argv[3], argv[4]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "model_probe: %s\n", e.what());
    return 1;
  }
}
