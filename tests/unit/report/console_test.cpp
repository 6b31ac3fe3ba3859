#include "fullshard/report/console.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include "fullshard/core/files.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::report {

namespace {

const StepRecord kRecord{.step = 3, .total_steps = 10, .loss = 1.5};

// A terminal of 60 columns; `screen()` is all that was written to it so far.
class Terminal {
 public:
  Terminal() {
    int master = -1, slave = -1;
    winsize size{.ws_row = 24, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(::openpty(&master, &slave, nullptr, nullptr, &size), 0);
    master_ = FileDescriptor(master);
    slave_ = FileDescriptor(slave);
    ::fcntl(master, F_SETFL, O_NONBLOCK);
  }
  int fd() const { return slave_.get(); }
  std::string screen() {
    char buffer[4096];
    for (ssize_t n; (n = ::read(master_.get(), buffer, sizeof buffer)) > 0;)
      seen_.append(buffer, static_cast<size_t>(n));
    return seen_;
  }

 private:
  FileDescriptor master_, slave_;
  std::string seen_;
};

using testing::HasSubstr;
using testing::Not;

}  // namespace

TEST(Console, piped_output_is_plain_lines_without_a_bar) {
  test::TempDir dir;
  {
    const FileDescriptor file = open_file(dir / "log", O_WRONLY | O_CREAT);
    Console console(file.get());
    console.header({.program_version = "fullshard"});
    console.progress(kRecord);
    console.step(kRecord);
    console.eval({.step = 3, .total_steps = 10, .eval_loss = 2});
    console.line("saved");
    console.summary({.outcome = "finished"});
  }

  const std::string log = read_file(dir / "log");
  EXPECT_THAT(log, Not(HasSubstr("\x1b")));
  EXPECT_THAT(log, Not(HasSubstr("\r")));
  EXPECT_THAT(log, Not(HasSubstr("[#")));
  EXPECT_THAT(log, HasSubstr("\nstep  3/10  loss 1.5000"));
  EXPECT_THAT(log, HasSubstr("eval_loss 2.0000 over 0 tokens\nsaved\nfinished\n"));
}

TEST(Console, a_terminal_that_is_nobodys_screen_gets_plain_lines) {
  Terminal terminal;
  {
    Console console(terminal.fd(), Color::Auto, Screen::No);
    console.progress(kRecord);
    console.summary({.outcome = "finished"});
  }

  EXPECT_THAT(terminal.screen(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(terminal.screen(), testing::StartsWith("finished"));
}

TEST(Console, a_terminal_has_a_bar_that_lines_push_down) {
  Terminal terminal;
  Console console(terminal.fd());

  console.progress(kRecord);
  const std::string before = terminal.screen();
  console.line("saved");

  EXPECT_THAT(before, testing::StartsWith("\r\x1b[2K 30 % [###"));
  EXPECT_THAT(before, Not(HasSubstr("\n")));
  const std::string added = terminal.screen().substr(before.size());
  EXPECT_THAT(added, testing::StartsWith("\r\x1b[2Ksaved\r\n 30 % [###"));  // a terminal turns \n into \r\n
  EXPECT_THAT(added, Not(testing::EndsWith("\n")));
}

TEST(Console, the_bar_stays_within_the_terminal) {
  Terminal terminal;
  Console console(terminal.fd());

  console.progress({.step = 123456,
                    .total_steps = 1234567,
                    .loss = 1,
                    .tokens_per_second = 1e9,
                    .remaining_seconds = 1e6});

  EXPECT_LT(terminal.screen().size() - std::string("\r\x1b[2K").size(), 60u);
}

TEST(Console, the_bar_is_drawn_at_most_ten_times_a_second_and_gone_at_the_end) {
  Terminal terminal;
  {
    Console console(terminal.fd());
    for (int i = 0; i < 30; ++i) console.progress(kRecord);  // what 30 draw fits a terminal's buffer
    EXPECT_LT(terminal.screen().size(), 500u);
  }

  EXPECT_THAT(terminal.screen(), testing::EndsWith("\r\x1b[2K"));
}

TEST(Console, after_the_summary_no_bar_is_left) {
  Terminal terminal;
  Console console(terminal.fd());

  console.progress(kRecord);
  console.summary({.outcome = "finished"});

  const std::string screen = terminal.screen();
  EXPECT_THAT(screen.substr(screen.find("finished")), Not(HasSubstr("[#")));
}

TEST(Console, colour_is_for_terminals_whose_user_wants_it) {
  Terminal plain, colored;

  Console(plain.fd(), Color::Never).eval({});
  Console(colored.fd()).eval({});

  EXPECT_THAT(plain.screen(), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(colored.screen(), HasSubstr("\x1b[36m"));
}

TEST(Console, a_reader_that_went_away_does_not_end_the_run) {
  Console console(-1);

  EXPECT_NO_THROW(console.line("x"));
}

}  // namespace fullshard::report
