#include "fullshard/report/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "fullshard/report/console_text.hpp"

namespace fullshard::report {

namespace {

constexpr std::string_view kClearRow = "\r\x1b[2K";  // to the first column, erase the row (ECMA-48, EL 2)
constexpr double kSecondsPerFrame = 0.1;
constexpr int kUsualColumns = 80;

int columns_of(int fd) {
  winsize size{};
  const bool known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualColumns;
}

}  // namespace

Console::Console(int fd, Color color, Screen screen)
    : fd_(fd),
      terminal_(screen == Screen::Ask && ::isatty(fd) == 1),
      colored_(terminal_ && color == Color::Auto) {}

Console::~Console() {
  if (shown_) write_all(kClearRow);
}

void Console::header(const RunHeader& header) {
  print(header_text(header), Emphasis::Title);
}

void Console::step(const StepRecord& record) {
  if (shown_) shown_ = record;
  print(step_text(record), Emphasis::None);
}

void Console::eval(const EvalRecord& record) {
  print(eval_text(record), Emphasis::Eval);
}

void Console::line(std::string_view text) {
  print(text, Emphasis::None);
}

void Console::summary(const RunSummary& summary) {
  if (shown_) write_all(kClearRow);
  shown_.reset();
  print(summary_text(summary), Emphasis::Title);
}

void Console::progress(const StepRecord& record) {
  if (!terminal_ || (shown_ && since_drawn_.seconds() < kSecondsPerFrame)) return;
  shown_ = record;
  since_drawn_.restart();
  write_all(std::string(kClearRow) + bar());
}

// One write for bar, text and bar again, so that nothing of another process comes between.
void Console::print(std::string_view text, Emphasis emphasis) {
  std::string out;
  if (shown_) out += kClearRow;
  const size_t first_line = std::min(text.find('\n'), text.size());
  if (colored_ && emphasis == Emphasis::Title)
    out.append("\x1b[1m")
        .append(text.substr(0, first_line))
        .append("\x1b[0m")
        .append(text.substr(first_line));
  else if (colored_ && emphasis == Emphasis::Eval)
    out.append("\x1b[36m").append(text).append("\x1b[0m");
  else
    out += text;
  if (!out.ends_with('\n')) out += '\n';
  if (shown_) out += bar();
  write_all(out);
}

// One column stays free: a full last column makes some terminals wrap.
std::string Console::bar() const {
  return progress_text(*shown_, columns_of(fd_) - 1);
}

void Console::write_all(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = ::write(fd_, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace fullshard::report
