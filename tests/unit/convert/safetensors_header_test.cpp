#include "fullshard/convert/safetensors_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "fullshard/core/error.hpp"
#include "fullshard/core/rng.hpp"
#include "unit/convert/safetensors_files.hpp"

namespace fullshard::convert {

using testing::AllOf;
using testing::HasSubstr;

namespace {

SafetensorsHeader parse(std::string_view json, int64_t data_size) {
  return parse_safetensors_header(json, data_size, "m.safetensors");
}

std::string refusal(std::string_view json, int64_t data_size) {
  try {
    parse(json, data_size);
  } catch (const ModelError& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace

TEST(SafetensorsHeader, gives_tensors_in_the_order_of_their_bytes_with_metadata) {
  const SafetensorsHeader h = parse(
      R"({"b":{"dtype":"BF16","shape":[2,3],"data_offsets":[8,20]},"__metadata__":{"format":"pt"},)"
      R"("a":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"e":{"data_offsets":[8,8],"shape":[0],"dtype":"F32"}})",
      20);

  ASSERT_EQ(h.tensors.size(), 3u);
  EXPECT_EQ(h.tensors[0].name, "a");
  EXPECT_EQ(h.tensors[0].count().value, 1);
  EXPECT_EQ(h.tensors[1].name, "e");
  EXPECT_EQ(h.tensors[1].count().value, 0);
  EXPECT_EQ(h.tensors[2].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(h.tensors[2].dtype, DType::BF16);
  EXPECT_EQ(h.tensors[2].size.value, 12);
  EXPECT_EQ(h.metadata.at("format"), "pt");
}

TEST(SafetensorsHeader, a_legal_format_that_we_do_not_compute_with_is_listed_without_a_dtype) {
  const SafetensorsHeader h = parse(R"({"q":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}})", 2);

  EXPECT_EQ(h.tensors[0].dtype, std::nullopt);
  EXPECT_EQ(h.tensors[0].stored_dtype, "F4");
}

TEST(SafetensorsHeader, refuses_what_the_format_forbids_naming_the_tensor_and_the_numbers) {
  const char* tensor = R"({"w":{"dtype":"%s","shape":[%s],"data_offsets":[%s]}})";
  const auto with = [&](const char* dtype, const char* shape, const char* offsets) {
    char text[256];
    std::snprintf(text, sizeof text, tensor, dtype, shape, offsets);
    return refusal(text, 8);
  };

  EXPECT_EQ(with("F32", "2", "0,8"), "accepted");
  EXPECT_THAT(with("F33", "2", "0,8"), AllOf(HasSubstr("'w'"), HasSubstr("unknown dtype 'F33'")));
  EXPECT_THAT(with("F32", "3", "0,8"),
              AllOf(HasSubstr("'w'"), HasSubstr("needs 12 bytes"), HasSubstr("give 8")));
  EXPECT_THAT(with("F32", "2", "8,0"), HasSubstr("run backwards"));
  EXPECT_THAT(with("F32", "1", "4,8"), AllOf(HasSubstr("begins at byte 4"), HasSubstr("hole")));
  EXPECT_THAT(with("F32", "1", "0,4"), AllOf(HasSubstr("has 8 bytes"), HasSubstr("expected 4")));
  EXPECT_THAT(with("F32", "4", "0,16"), AllOf(HasSubstr("ends at byte 16"), HasSubstr("at most 8")));
  EXPECT_THAT(with("F32", "-2", "0,8"), HasSubstr("found -2"));
  EXPECT_THAT(with("F32", "2.5", "0,8"), HasSubstr("found 2.5"));
  EXPECT_THAT(with("F32", "1e400", "0,8"), HasSubstr("whole numbers"));
  EXPECT_THAT(with("F32", "[2]", "0,8"), HasSubstr("found an array"));
  EXPECT_THAT(with("F32", "2", "0,8,8"), HasSubstr("two numbers"));
  EXPECT_THAT(with("F32", "2", "0"), HasSubstr("two numbers"));
  EXPECT_THAT(with("F4", "1", "0,8"), HasSubstr("whole bytes"));
  EXPECT_THAT(with("F32", "4294967296,4294967296", "0,8"), HasSubstr("overflows"));
  EXPECT_THAT(with("F64", "2305843009213693952", "0,8"), HasSubstr("overflows"));
}

TEST(SafetensorsHeader, refuses_json_that_is_not_a_header) {
  EXPECT_THAT(refusal("[]", 0), HasSubstr("expected a JSON object"));
  EXPECT_THAT(refusal("", 0), HasSubstr("expected JSON"));
  EXPECT_THAT(refusal("{} {}", 0), HasSubstr("expected JSON"));
  EXPECT_THAT(refusal(std::string_view("{}\0", 3), 0), HasSubstr("expected JSON"));
  EXPECT_THAT(refusal("{\"\xff\":1}", 0), HasSubstr("expected JSON"));
  EXPECT_THAT(refusal(R"({"w":7})", 0), HasSubstr("tensor 'w' must be an object"));
  EXPECT_THAT(refusal(R"({"w":{}})", 0), HasSubstr("lacks 'dtype'"));
  EXPECT_THAT(refusal(R"({"w":{"dtype":"F32","extra":1}})", 0), HasSubstr("unknown key 'extra'"));
  EXPECT_THAT(refusal(R"({"w":{"dtype":"F32","dtype":"F32"}})", 0), HasSubstr("'dtype' is there twice"));
  EXPECT_THAT(refusal(R"({"__metadata__":{"a":1}})", 0), HasSubstr("strings only"));
  EXPECT_THAT(refusal(R"({"__metadata__":{"a":"","a":""}})", 0), HasSubstr("'a' twice"));
  EXPECT_THAT(refusal(R"({"__metadata__":{},"__metadata__":{}})", 0), HasSubstr("twice"));
  const std::string w = R"("w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  EXPECT_THAT(refusal("{" + w + "," + w + "}", 0), HasSubstr("'w': is there twice"));
}

// What may follow from a damaged file is a refusal; what is accepted lies inside the file.
TEST(SafetensorsHeader, two_hundred_thousand_mutated_headers_are_refused_or_lie_inside_the_data) {
  const std::string good[] = {
      R"({"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[4,2],"data_offsets":[0,32]},)"
      R"("b":{"dtype":"BF16","shape":[],"data_offsets":[32,34]}}   )",
      R"({"x":{"dtype":"F6_E2M3","shape":[4,1],"data_offsets":[0,3]},"y":{"shape":[0,9],"dtype":"I64",)"
      R"("data_offsets":[3,3]},"\u00e9":{"dtype":"U8","shape":[1,1,1],"data_offsets":[3,4]}})"};
  const std::string_view pieces[] = {"9223372036854775807",
                                     "18446744073709551615",
                                     "-1",
                                     "1e999",
                                     "{",
                                     "}",
                                     "[",
                                     "]",
                                     "\"",
                                     "null",
                                     "\\ud800",
                                     "F8_E4M3",
                                     "0,",
                                     ":",
                                     "\"__metadata__\"",
                                     "\"shape\""};
  const CounterRng rng(7, 7);
  uint64_t at = 0;
  const auto below = [&](size_t n) { return static_cast<size_t>(rng.bits(at++) % n); };
  int64_t accepted = 0;

  for (int i = 0; i < 200'000; ++i) {
    const size_t which = below(2);
    std::string text = good[which];
    for (size_t changes = 1 + below(3); changes > 0; --changes) {
      const size_t p = below(text.size());
      switch (below(5)) {
        case 0:
          text[p] = static_cast<char>(below(256));
          break;
        case 1:
          text[p] = static_cast<char>(text[p] ^ (1 << below(8)));
          break;
        case 2:
          text.erase(p, 1 + below(8));
          break;
        case 3:
          text.insert(p, pieces[below(std::size(pieces))]);
          break;
        default:
          text.insert(p, text.substr(below(text.size()), below(24)));
      }
      if (text.empty()) text = " ";
    }
    // On the heap at its exact size, so that a sanitizer sees one byte too far.
    const auto exact = std::make_unique<char[]>(text.size());
    std::copy(text.begin(), text.end(), exact.get());
    const int64_t data_size = below(8) == 0 ? static_cast<int64_t>(below(40)) : which == 0 ? 34 : 4;
    try {
      const SafetensorsHeader h = parse({exact.get(), text.size()}, data_size);
      ++accepted;
      for (const TensorInfo& t : h.tensors) {
        ASSERT_GE(t.offset, 0);
        ASSERT_LE(t.offset + t.size.value, data_size) << text;
        ASSERT_LE(t.count().value, data_size * 8) << text;
      }
    } catch (const ModelError&) {
    }
  }
  EXPECT_GT(accepted, 1000);  // the mutations reach beyond the grammar
}

}  // namespace fullshard::convert
