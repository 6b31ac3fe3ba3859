#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fullshard/core/clock.hpp"
#include "fullshard/report/step_record.hpp"

namespace fullshard::report {

enum class Color {
  Auto,   ///< on a terminal
  Never,  ///< the user said NO_COLOR (no-color.org): who reads the environment passes this
};

enum class Screen {
  Ask,  ///< a terminal if the descriptor is one
  No,   ///< plain lines whatever the descriptor is: a launcher may put a terminal of its own in between
};

/// The log that a person reads, on one file descriptor. On a terminal the last row is a progress bar, which
/// is taken away before each line and drawn again after it; elsewhere there are lines alone, in plain text.
/// A reader that goes away does not end a run: write errors are passed over (the caller ignores SIGPIPE).
class Console {
 public:
  /// Borrows `fd`, which must outlive the console.
  explicit Console(int fd, Color color = Color::Auto, Screen screen = Screen::Ask);
  /// Takes the bar away.
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void header(const RunHeader& header);
  /// One line per logging step.
  void step(const StepRecord& record);
  void eval(const EvalRecord& record);
  /// Moves the bar; meant for every step, draws at most ten times a second.
  void progress(const StepRecord& record);
  /// A message of any other kind, one line or several.
  void line(std::string_view text);
  void summary(const RunSummary& summary);

 private:
  enum class Emphasis { None, Title, Eval };
  void print(std::string_view text, Emphasis emphasis);
  std::string bar() const;
  void write_all(std::string_view text) noexcept;

  int fd_;
  bool terminal_;
  bool colored_;
  std::optional<StepRecord> shown_;  ///< what the bar on the screen shows
  Stopwatch since_drawn_;
};

}  // namespace fullshard::report
