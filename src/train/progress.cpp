#include "fullshard/train/progress.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <sstream>

#include "fullshard/core/error.hpp"

namespace fullshard::train {

namespace {

class Lines {
 public:
  Lines(const std::string& text, std::filesystem::path path) : path_(std::move(path)) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
      if (const size_t space = line.find(' '); space != line.npos)
        values_[line.substr(0, space)] = line.substr(space + 1);
  }
  bool has(const std::string& key) const { return values_.contains(key); }
  std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    if (found == values_.end())
      throw CheckpointError(path_, fmt::format("trainer state: expected a line '{} …', found none", key));
    return found->second;
  }
  template <class T>
  T number(const std::string& key) const {
    const std::string s = text(key);
    T value{};
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
    if (error != std::errc() || end != s.data() + s.size())
      throw CheckpointError(path_,
                            fmt::format("trainer state: expected a number after '{}', found '{}'", key, s));
    return value;
  }

  Digest digest(const std::string& key) const {
    try {
      return Digest::from_hex(text(key));
    } catch (const Error& e) {
      throw CheckpointError(path_, fmt::format("trainer state: {}: {}", key, e.what()));
    }
  }

 private:
  std::filesystem::path path_;
  std::map<std::string, std::string> values_;
};

data::Tally tally(const Lines& l, const std::string& prefix) {
  return {l.number<int64_t>(prefix + "samples"), l.number<int64_t>(prefix + "tokens"),
          l.number<int64_t>(prefix + "trained"), l.digest(prefix + "hash")};
}

}  // namespace

std::string RunIdentity::difference(const RunIdentity& o) const {
  if (model != o.model) return "another model";
  if (data != o.data) return "other data";
  if (seed != o.seed) return fmt::format("seed {} instead of {}", seed, o.seed);
  if (global_batch != o.global_batch)
    return fmt::format("a global batch of {} rows instead of {}", global_batch, o.global_batch);
  if (micro_batch != o.micro_batch)
    return fmt::format("per_device_train_batch_size {} instead of {}", micro_batch, o.micro_batch);
  if (cutoff_len != o.cutoff_len) return fmt::format("cutoff_len {} instead of {}", cutoff_len, o.cutoff_len);
  if (order != o.order) return "another order of the data (disable_shuffling)";
  if (rows != o.rows) return fmt::format("{} (packing) instead of {}", rows, o.rows);
  if (mixture != o.mixture)
    return fmt::format("another mixture of data sets ({} instead of {})", mixture, o.mixture);
  return "";
}

std::string to_text(const Progress& p) {
  const RunIdentity& i = p.identity;
  std::string text = fmt::format(
      "model {}\ndata {}\nseed {}\nglobal_batch {}\nmicro_batch {}\ncutoff_len {}\norder {}\nrows {}\n"
      "mixture {}\nstep {}\nsamples {}\ntrained_tokens {}\nelapsed_seconds {}\nloss_sum {}\n",
      i.model, i.data, i.seed, i.global_batch, i.micro_batch, i.cutoff_len, i.order, i.rows, i.mixture,
      p.step, p.samples, p.trained_tokens, p.elapsed_seconds, p.loss_sum);
  text += fmt::format("sources {}\n", p.books.size());
  for (size_t s = 0; s < p.books.size(); ++s) {
    const data::Tally& t = p.books[s];
    text += fmt::format(
        "books_{0}_samples {1}\nbooks_{0}_tokens {2}\nbooks_{0}_trained {3}\nbooks_{0}_hash {4}\n", s,
        t.samples, t.tokens, t.trained, t.hash.hex());
  }
  if (p.best_eval_loss) text += fmt::format("best_eval_loss {}\n", *p.best_eval_loss);
  if (p.best_step) text += fmt::format("best_step {}\n", *p.best_step);
  return text;
}

Progress progress_from_text(const std::string& text, const std::filesystem::path& path) {
  const Lines l(text, path);
  Progress p;
  p.identity = {l.text("model"),
                l.text("data"),
                l.number<int64_t>("seed"),
                l.number<int64_t>("global_batch"),
                l.number<int64_t>("micro_batch"),
                l.number<int64_t>("cutoff_len"),
                l.text("order"),
                l.text("rows"),
                l.text("mixture")};
  p.step = l.number<int64_t>("step");
  p.samples = l.number<int64_t>("samples");
  p.trained_tokens = l.number<int64_t>("trained_tokens");
  p.elapsed_seconds = l.number<double>("elapsed_seconds");
  p.loss_sum = l.number<double>("loss_sum");
  if (l.has("best_eval_loss")) p.best_eval_loss = l.number<double>("best_eval_loss");
  if (l.has("best_step")) p.best_step = l.number<int64_t>("best_step");
  const auto sources = l.number<int64_t>("sources");
  for (int64_t s = 0; s < sources; ++s) p.books.push_back(tally(l, fmt::format("books_{}_", s)));
  return p;
}

}  // namespace fullshard::train
