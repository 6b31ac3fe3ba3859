#include "prepare/stores/store_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <thread>

#include "fullshard/core/sizes.hpp"
#include "fullshard/jinja/error.hpp"
#include "fullshard/mpi/agree.hpp"
#include "fullshard/mpi/gather.hpp"
#include "prepare/stores/store_sealer.hpp"

namespace fullshard::prepare {

struct StoreMaker::Worker {
  Worker(int64_t i, const StoreOptions& o) : index(i), maker(o.rules, o.tokenizer, o.chat_template) {}

  int64_t index;  ///< over all ranks
  SampleMaker maker;
  jinja::Heap heap;
  std::optional<PieceReader> reader;             ///< of the file that all workers read
  std::span<const std::filesystem::path> files;  ///< small ones, its own
  // Of the last wave.
  Count count;
  data::TokenRun run;
  std::exception_ptr failure;
};

namespace {

ConfigError no_more_threads(size_t wanted, size_t started, const std::system_error& e) {
  return ConfigError("preprocessing_num_workers",
                     fmt::format("preprocessing_num_workers: expected {} threads on each rank, found that {} "
                                 "can be started: {}; set a smaller number, or raise ulimit -v and -u",
                                 wanted, started, e.code().message()));
}

}  // namespace

StoreMaker::StoreMaker(const SourceFiles& source, const FileStates& states, const StoreOptions& options,
                       const mpi::Communicator& world, const Digest& key)
    : source_(source), states_(states), options_(options), world_(world), key_(key) {
  for (int i = 0; i < options.threads; ++i)
    workers_.push_back(std::make_unique<Worker>(world.rank() * options.threads + i, options));
}

StoreMaker::~StoreMaker() = default;

void StoreMaker::make(const std::filesystem::path& partial, const std::filesystem::path& path) {
  mpi::together(world_, [&] {
    try {
      writer_ = std::make_unique<data::TokenStoreWriter>(
          partial, options_.rules.join_documents ? options_.rules.cutoff_len : 0);
    } catch (const IoError& e) {
      throw ConfigError(
          "tokenized_path",
          fmt::format("tokenized_path: expected a directory that can be written: {}", e.what()));
    }
  });
  sizes_ = measured_files();
  for (size_t next = 0; next < sizes_.size();) {
    if (is_small(next))
      next = read_small(next);
    else
      read_shared(next++);
  }
  mpi::together(world_, [&] { states_.require_unchanged(); });
  StoreSealer(source_, options_, world_, {.writer = *writer_, .end = next_, .ledger = ledger_})
      .seal(key_, path);
}

std::vector<int64_t> StoreMaker::measured_files() {
  const int64_t files = std::ssize(source_.files);
  std::vector<int64_t> sizes(source_.files.size());
  on_threads([&](Worker& worker) {
    // Files in a row, so that the first bad one is named whatever the number of workers.
    for (int64_t i = worker.index * files / num_workers(); i < (worker.index + 1) * files / num_workers();
         ++i)
      sizes[static_cast<size_t>(i)] = measured(static_cast<size_t>(i));
  });
  world_.sum(std::span(sizes));
  return sizes;
}

int64_t StoreMaker::measured(size_t file) const {
  if (options_.board) options_.board->touch();
  const int64_t on_disk = states_.bytes(file), piece = options_.pieces.piece.value;
  if (on_disk > piece) return on_disk;
  const Container container = kind_of_file(source_.files[file]).container;
  if (container == Container::Plain) return on_disk;
  // Unpacked twice, as far as a piece goes, by one worker: cheaper than each piece of it by all of them.
  return open_stream(source_.files[file], container)->seek(piece + 1);
}

bool StoreMaker::is_small(size_t file) const {
  return file < sizes_.size() && sizes_[file] <= options_.pieces.piece.value;
}

int64_t StoreMaker::num_workers() const {
  return world_.size() * std::ssize(workers_);
}

size_t StoreMaker::share_small(size_t next) {
  int64_t rest = 0;
  for (size_t i = next; is_small(i); ++i) rest += sizes_[i];
  // At least one, or a file that was empty when it was measured would never be taken.
  const int64_t share = std::clamp<int64_t>(ceil_div(rest, num_workers()), 1, options_.pieces.piece.value);
  const int64_t mine = workers_[0]->index;
  for (int64_t w = 0; w < num_workers(); ++w) {
    const size_t first = next;
    for (int64_t own = 0; own < share && is_small(next); ++next) own += sizes_[next];
    if (w >= mine && w < mine + std::ssize(workers_))
      workers_[static_cast<size_t>(w - mine)]->files = std::span(source_.files).subspan(first, next - first);
  }
  return next;
}

size_t StoreMaker::read_small(size_t first) {
  const size_t end = share_small(first);
  wave([&](Worker& worker) {
    for (const auto& file : worker.files) {
      const FileKind kind = kind_of_file(file);
      PieceReader reader(file, kind, options_.pieces);
      while (const auto piece = reader.next()) add(worker, *piece, file, kind);
    }
  });
  for (size_t i = first; i < end; ++i) bytes_before_ += states_.bytes(i);
  report(0);
  return end;
}

void StoreMaker::read_shared(size_t index) {
  const std::filesystem::path& file = source_.files[index];
  FileKind kind;
  mpi::together(world_, [&] {
    kind = kind_of_file(file);
    for (const auto& worker : workers_) {
      PieceOptions own = options_.pieces;
      own.of = num_workers();
      own.index = worker->index;
      worker->reader.emplace(file, kind, own);
    }
  });
  const auto next_piece = [&](Worker& worker) {
    if (const auto piece = worker.reader->next()) add(worker, *piece, file, kind);
  };
  while (wave(next_piece)) report(world_.max(workers_[0]->reader->file_bytes_taken()));
  bytes_before_ += states_.bytes(index);
}

bool StoreMaker::wave(const std::function<void(Worker&)>& work) {
  on_threads([&](Worker& worker) {
    worker.count = {};
    work(worker);
    worker.run = worker.maker.take_run();
    worker.count.tokens = std::ssize(worker.run.words);
    worker.count.samples = std::ssize(worker.run.lengths);
  });
  const std::vector<Count> counts = exchange();
  write(place(counts));
  return std::any_of(counts.begin(), counts.end(), [](const Count& c) { return c.pieces > 0; });
}

void StoreMaker::on_threads(const std::function<void(Worker&)>& work) {
  const auto caught = [&](Worker& worker) {
    try {
      work(worker);
    } catch (...) {
      worker.failure = std::current_exception();
    }
  };
  std::exception_ptr first;
  size_t started = 1;
  try {
    std::vector<std::jthread> others;
    for (; started < workers_.size(); ++started)
      others.emplace_back([&, i = started] { caught(*workers_[i]); });
    caught(*workers_[0]);
  } catch (const std::system_error& e) {
    first = std::make_exception_ptr(no_more_threads(workers_.size(), started, e));
  } catch (...) {
    first = std::current_exception();
  }
  // Workers are in the order of their pieces, so the error of the first row wins.
  for (const auto& worker : workers_)
    if (!first) first = worker->failure;
  mpi::agree(world_, first);
}

std::vector<data::RunPlace> StoreMaker::place(std::span<const Count> counts) {
  std::vector<data::RunPlace> places;
  for (const Count& c : counts) {
    places.push_back(next_);
    next_.token += c.tokens;
    next_.sample += c.samples;
    next_.document += c.documents;
  }
  return places;
}

void StoreMaker::write(std::span<const data::RunPlace> places) {
  mpi::together(world_, [&] {
    for (const auto& worker : workers_) {
      writer_->add(worker->run, places[static_cast<size_t>(worker->index)]);
      ledger_ += worker->maker.take_ledger();
    }
  });
}

bool StoreMaker::drops(data::Fault fault) const {
  return fault == data::Fault::TooLong ? options_.rules.too_long == config::TooLong::Drop
                                       : options_.drop_bad_samples;
}

void StoreMaker::add(Worker& worker, const Piece& piece, const std::filesystem::path& file,
                     const FileKind& kind) const {
  ++worker.count.pieces;
  worker.count.documents += std::ssize(piece.rows);
  for (const Row& row : piece.rows) {
    if (options_.board) options_.board->touch();
    worker.heap.clear();
    const auto refuse = [&](data::Fault fault, const std::string& message) {
      if (drops(fault)) return worker.maker.drop(fault);
      const char* key = fault == data::Fault::TooLong ? "too_long" : "bad_samples";
      throw DataError(file, line_at(file, kind.container, row.offset),
                      fmt::format("{}; {}: drop leaves such rows out and counts them ({})", message, key,
                                  data::fault_name(fault)));
    };
    try {
      worker.maker.add(example_of(piece.text(row), kind.layout, source_.format, worker.heap), worker.heap);
    } catch (const ExampleError& e) {
      refuse(e.fault, e.what());
    } catch (const StageError& e) {
      throw DataError(file, line_at(file, kind.container, row.offset), e.what());
    } catch (const jinja::TemplateError& e) {
      refuse(data::Fault::Row, e.what());
    }
  }
}

std::vector<StoreMaker::Count> StoreMaker::exchange() {
  std::vector<Count> mine;
  for (const auto& worker : workers_) mine.push_back(worker->count);
  return mpi::gather_flat(world_, std::span<const Count>(mine));
}

void StoreMaker::report(int64_t bytes_of_file) const {
  if (world_.rank() != 0) return;
  options_.progress({.source = source_.name,
                     .bytes_done = bytes_before_ + bytes_of_file,
                     .bytes = states_.bytes_of_all(),
                     .seconds = since_start_.seconds()});
}

}  // namespace fullshard::prepare
