#include "fullshard/train/stop_signals.hpp"

#include <unistd.h>
#include <atomic>
#include <csignal>

#include "fullshard/core/error.hpp"

namespace fullshard::train {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGUSR1};

// A handler can reach nothing else.
volatile std::sig_atomic_t g_seen = 0;
std::atomic<const watch::Watchdog*> g_dog{nullptr};
static_assert(decltype(g_dog)::is_always_lock_free);

void leave(int) {
  // Asking for the lease reads two atomic numbers and a clock, which a handler may.
  const watch::Watchdog* dog = g_dog;
  const bool given_up = dog && !dog->lease_valid();
  // The last checkpoint is what remains.
  ::_exit(static_cast<int>(given_up ? ExitCode::Communication : ExitCode::Requeue));
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

SignalsUnderWatch::SignalsUnderWatch(const watch::Watchdog& dog) {
  g_dog = &dog;
}

SignalsUnderWatch::~SignalsUnderWatch() {
  g_dog = nullptr;
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
