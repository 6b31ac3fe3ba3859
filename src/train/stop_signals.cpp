#include "fullshard/train/stop_signals.hpp"

#include <unistd.h>
#include <csignal>

#include "fullshard/core/error.hpp"

namespace fullshard::train {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGUSR1};

volatile std::sig_atomic_t g_seen = 0;  // a handler can reach nothing else

void leave(int) {
  ::_exit(static_cast<int>(ExitCode::Requeue));  // the last checkpoint is what remains
}

void ask_first(int signal) {
  if (g_seen != 0) leave(signal);
  g_seen = 1;
}

void install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (int s : kSignals) ::sigaction(s, &action, nullptr);
}

}  // namespace

void leave_on_signals() {
  install(leave);
}

void ignore_signals() {
  install(SIG_IGN);
}

StopSignals::StopSignals() {
  g_seen = 0;
  install(ask_first);
}

StopSignals::~StopSignals() {
  ignore_signals();
}

bool StopSignals::requested() const {
  return g_seen != 0;
}

}  // namespace fullshard::train
