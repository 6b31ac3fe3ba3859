#include "fullshard/doctor/diagnosis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fullshard::doctor {
namespace {

using testing::HasSubstr;
using testing::Not;

Diagnosis sick() {
  return {.allocation = "2 ranks on 1 node",
          .findings = {{.check = "cores", .text = "well"},
                       {Verdict::Warn, "memory", "little", "ask for more"},
                       {Verdict::Fail, "directory", "not shared", "share it", ExitCode::Usage},
                       {Verdict::Fail, "links", "slow", "mend", ExitCode::Communication}},
          .seconds = 1.25};
}

TEST(Diagnosis, ends_with_the_code_of_the_first_failure) {
  EXPECT_EQ(sick().exit_code(), ExitCode::Usage);
}

TEST(Diagnosis, warnings_let_a_run_start) {
  Diagnosis d = sick();
  d.findings.resize(2);

  EXPECT_EQ(d.exit_code(), ExitCode::Done);
  EXPECT_EQ(d.conclusion(), "go on: 2 checks, 1 warning; 1.2 s");
}

TEST(DiagnosisText, is_an_aligned_table_with_remedies_and_a_conclusion) {
  EXPECT_EQ(diagnosis_text(sick(), Style::Plain),
            "2 ranks on 1 node\n\n"
            "  ok    cores      well\n"
            "  WARN  memory     little\n"
            "                   -> ask for more\n"
            "  FAIL  directory  not shared\n"
            "                   -> share it\n"
            "  FAIL  links      slow\n"
            "                   -> mend\n"
            "\n"
            "do not start, mend directory, links first: 4 checks, 2 failed, 1 warning; 1.2 s\n");
}

TEST(DiagnosisText, is_colored_where_asked_only) {
  EXPECT_THAT(diagnosis_text(sick(), Style::Colored), HasSubstr("\x1b[31mFAIL\x1b[0m"));
  EXPECT_THAT(diagnosis_text(sick(), Style::Plain), Not(HasSubstr("\x1b")));
}

TEST(DiagnosisJson, has_every_finding_and_the_exit_code) {
  const std::string json = diagnosis_json(sick());

  EXPECT_THAT(json, HasSubstr("\"verdict\": \"FAIL\""));
  EXPECT_THAT(json, HasSubstr("\"remedy\": \"ask for more\""));
  EXPECT_THAT(json, HasSubstr("\"exit_code\": 2"));
}

}  // namespace
}  // namespace fullshard::doctor
