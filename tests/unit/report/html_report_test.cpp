#include "fullshard/report/html_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace fullshard::report {

namespace {

RunHistory history_of(int64_t steps) {
  RunHistory history;
  for (int64_t s = 1; s <= steps; ++s)
    history.steps.push_back(
        {.step = s, .loss = 2 + std::sin(static_cast<double>(s)), .lr = 1e-5, .grad_norm = 1});
  history.evals = {{.step = steps, .eval_loss = 1.5}};
  return history;
}

using testing::HasSubstr;
using testing::Not;

}  // namespace

TEST(HtmlReport, shows_the_four_curves_the_facts_and_the_configuration) {
  const RunHeader header{.model_name = "tiny", .configuration = {{"learning_rate", "2e-05"}}};

  const std::string page = html_report(header, history_of(100), {.outcome = "finished", .steps = 100});

  for (const char* part :
       {"<h1>tiny</h1>", "finished", ">Loss<", ">Learning rate<", ">Gradient norm<", ">Throughput<",
        ">learning_rate<", ">2e-05<", "class=\"raw train\"", "class=\"dots eval\""})
    EXPECT_THAT(page, HasSubstr(part));
}

TEST(HtmlReport, needs_nothing_from_elsewhere) {
  const std::string page = html_report({}, history_of(3), {});

  for (const char* part : {"http:", "https:", "src=", "<link", "@import", "url("})
    EXPECT_THAT(page, Not(HasSubstr(part)));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
}

TEST(HtmlReport, text_is_escaped_wherever_it_stands) {
  const std::string evil = "</script><script>alert('x')</script>\"&";
  RunHeader header{
      .program_version = evil, .model_name = evil, .family = evil, .precision = evil, .data = {evil}};
  header.memory_per_rank = {{evil, Bytes{1}}};
  header.configuration = {{evil, evil}};

  const std::string page = html_report(header, history_of(2), {.outcome = evil, .model_dir = evil});

  EXPECT_THAT(page, Not(HasSubstr("alert('x')")));
  EXPECT_THAT(page, HasSubstr("&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"));
}

TEST(HtmlReport, values_that_are_not_finite_are_gaps) {
  RunHistory history = history_of(50);
  for (StepRecord& r : history.steps) r.grad_norm = NAN;
  history.steps[20].loss = INFINITY;

  const std::string page = html_report({}, history, {});

  for (const char* part : {"nan", "inf,", "inf ", "NaN"}) EXPECT_THAT(page, Not(HasSubstr(part)));
}

TEST(HtmlReport, many_points_stay_a_small_page) {
  const std::string page = html_report({}, history_of(200'000), {});

  EXPECT_LT(page.size(), 400'000u);
}

TEST(HtmlReport, a_run_without_any_record_is_a_page_too) {
  EXPECT_THAT(html_report({}, {}, {}), HasSubstr("</html>"));
}

}  // namespace fullshard::report
