// tokenize_bench DIR LINES [--repeats N] [--ids FILE] [--ranges]
//
// Encodes the texts of LINES (a JSON string on each line) one after the other on one thread with the
// tokenizer of DIR, N times after a first time that does not count, and prints a JSON object: bytes, tokens,
// seconds of each repeat, seconds to load. --ids writes the ids as int32 in the machine's order.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ctime>
#include <iostream>

#include "fullshard/core/clock.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/tokenize/text_lines.hpp"
#include "fullshard/tokenize/tokenizer.hpp"

namespace {

using namespace fullshard;
using tokenize::SpecialTokens;

struct Options {
  std::string model, lines, ids;
  int repeats = 5;
  bool ranges = false;
};

Options options_of(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--ranges")
      o.ranges = true;
    else if (word == "--repeats" && i + 1 < argc)
      o.repeats = std::stoi(argv[++i]);
    else if (word == "--ids" && i + 1 < argc)
      o.ids = argv[++i];
    else
      (o.model.empty() ? o.model : o.lines) = word;
  }
  return o;
}

size_t pass(const tokenize::Tokenizer& tokenizer, const std::vector<std::string>& texts, bool ranges,
            std::vector<int32_t>& ids) {
  ids.clear();
  size_t count = 0;
  for (const std::string& text : texts)
    if (ranges)
      count += tokenizer.encode_with_ranges(text, SpecialTokens::None).ids.size();
    else
      tokenizer.append_encoded(text, SpecialTokens::None, ids);
  return count + ids.size();
}

void run(const Options& o) {
  const Stopwatch loading;
  const auto tokenizer = tokenize::Tokenizer::load(o.model);
  const double load_seconds = loading.seconds();
  const std::vector<std::string> texts = tokenize::read_text_lines(o.lines);
  size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size();
  std::vector<int32_t> ids;
  const size_t tokens = pass(tokenizer, texts, o.ranges, ids);
  if (!o.ids.empty())
    write_file_atomically(o.ids, {reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(int32_t)});
  std::vector<double> seconds;
  for (int i = 0; i < o.repeats; ++i) {
    const std::clock_t begin = std::clock();
    pass(tokenizer, texts, o.ranges, ids);
    seconds.push_back(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  std::cout << fmt::format("{{\"bytes\":{},\"tokens\":{},\"load_seconds\":{:.3f},\"seconds\":[{}]}}\n", bytes,
                           tokens, load_seconds, fmt::join(seconds, ","));
}

}  // namespace

int main(int argc, char** argv) {
  const Options o = options_of(argc, argv);
  if (o.lines.empty()) {
    std::cerr << "usage: tokenize_bench DIR LINES [--repeats N] [--ids FILE] [--ranges]\n";
    return 2;
  }
  try {
    run(o);
    return 0;
  } catch (const Error& e) {
    std::cerr << e.what() << '\n';
    return static_cast<int>(e.exit_code());
  }
}
