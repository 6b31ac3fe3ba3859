#pragma once
// Named stretches of time of one thread, for traces. Off unless kept.

#include <string_view>
#include <vector>

#include "fullshard/core/clock.hpp"
#include "fullshard/core/ids.hpp"

namespace fullshard {

struct Stretch {
  std::string_view what;  ///< a literal
  UnitIndex unit;         ///< -1: no unit
  double begin, end;      ///< of steady_seconds()
};

class Timeline {
 public:
  /// From now on stretches are kept, or not any more; what was kept so far is dropped.
  void keep(bool stretches) {
    keeps_ = stretches;
    kept_.clear();
  }
  const std::vector<Stretch>& kept() const { return kept_; }

  /// One stretch for as long as a scope.
  class Scope {
   public:
    Scope(Timeline& timeline, std::string_view what, UnitIndex unit = UnitIndex(-1))
        : timeline_(timeline), stretch_{what, unit, timeline.keeps_ ? steady_seconds() : 0, 0} {}
    ~Scope() {
      if (!timeline_.keeps_) return;
      stretch_.end = steady_seconds();
      timeline_.kept_.push_back(stretch_);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Timeline& timeline_;
    Stretch stretch_;
  };

 private:
  bool keeps_ = false;
  std::vector<Stretch> kept_;
};

}  // namespace fullshard
