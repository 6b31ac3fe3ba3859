#pragma once
// A GPU that is not there, for tests: its memory is the host's, and what is launched on a stream other than
// the one that computes happens as late as it may, when something waits for it. So work that nobody waits for
// has visibly not happened. What computes (ATen on host memory) happens at once.
//
// Fresh memory is full of NaN, freed memory again. All ranks wait for the same things in the same order, so
// collectives meet.

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fullshard::test::fake_gpu {

using Work = std::function<void()>;

struct Stream {
  std::deque<Work> waiting;
  size_t launched = 0, done = 0;
};

struct Event {
  Stream* stream = nullptr;  // null: of what computes, which has happened
  size_t position = 0;       // how much was launched on the stream before
  std::shared_ptr<double> seconds = std::make_shared<double>(0);  // when it happened
};

class Device {
 public:
  /// The only one: CUDA's interface has no other way to it.
  static Device& get();

  void* allocate(size_t bytes);
  /// Like CUDA's: after all that was launched.
  void release(void* memory);
  size_t allocated() const { return allocations_.size(); }

  /// `stream` null: what computes.
  void launch(Stream* stream, Work work, const std::string& what);
  void record(Event& event, Stream* stream);
  void wait(Stream* stream, const Event& event);
  /// Does what was launched on the stream up to there.
  void finish(Stream* stream, size_t position);
  void finish_all();

  Stream* make_stream();
  void destroy(Stream* stream);

  /// What was launched, in order: "add", "all_gather", "wait", "record", each with its stream's number.
  std::vector<std::string> log;

 private:
  int number_of(const Stream* stream) const;

  std::map<void*, size_t> allocations_;
  std::vector<Stream*> streams_;  // null once destroyed
};

}  // namespace fullshard::test::fake_gpu
