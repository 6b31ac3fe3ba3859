#include "fullshard/chat/masked_texts.hpp"

#include <gmock/gmock.h>

#include "fullshard/chat/fault.hpp"
#include "unit/chat/marked.hpp"

namespace fullshard::chat {
namespace {

using test::fault;
using test::marked;
using test::of_text;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// As ChatML, shorter.
constexpr const char* kPlain =
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}";

// Reasoning is written after the last question only, as Qwen3 does.
constexpr const char* kForgets =
    "{% set ns = namespace(last=-1) %}"
    "{% for m in messages %}{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}"
    "{% for m in messages %}<{{ m.role }}>"
    "{% if m.role == 'assistant' and loop.index0 > ns.last %}(why: {{ m.reasoning_content }}){% endif %}"
    "{{ m.content }}</>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

constexpr const char* kTwoTurns =
    R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning":"r"},
                    {"role":"user","content":"Q"},{"role":"assistant","content":"A","reasoning":"R"}]})";

constexpr const char* kGeneration =
    "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}"
    "{% generation %}{{ m.content }}{% endgeneration %}{% generation %}</>{% endgeneration %}"
    "{% else %}{{ m.content }}</>{% endif %}{% endfor %}";

TEST(MaskedTexts, an_assistant_message_is_what_is_added_to_its_prompt) {
  EXPECT_THAT(marked(of_text(kPlain), kTwoTurns),
              ElementsAre("<user>q</>\n<assistant>«a</>\n»<user>Q</>\n<assistant>«A</>\n»"));
}

TEST(MaskedTexts, without_generation_prompt_the_header_is_generated_too) {
  EXPECT_THAT(marked(of_text("{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}"),
                     R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]})"),
              ElementsAre("<user>q</>«<assistant>a</>»"));
}

TEST(MaskedTexts, what_follows_the_last_answer_stays_in_the_text) {
  EXPECT_THAT(marked(of_text(kPlain),
                     R"({"messages":[{"role":"assistant","content":"a"},{"role":"user","content":"q"}],
                         "add_generation_prompt":true})"),
              ElementsAre("<assistant>«a</>\n»<user>q</>\n<assistant>"));
}

TEST(MaskedTexts, a_template_that_forgets_gets_a_sample_for_each_way_it_writes) {
  EXPECT_THAT(marked(of_text(kForgets), kTwoTurns),
              ElementsAre("<user>q</><assistant>«(why: r)a</>»",
                          "<user>q</><assistant>a</><user>Q</><assistant>«(why: R)A</>»"));
}

TEST(MaskedTexts, samples_are_as_few_as_the_template_allows) {
  // The two calls after the last question stay as they are, so they share a text.
  EXPECT_THAT(
      marked(of_text(kForgets),
             R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning":"r"},
                             {"role":"user","content":"Q"},{"role":"assistant","content":"C","thinking":"R"},
                             {"role":"tool","content":"t"},{"role":"assistant","content":"A","reasoning":"S"}]})"),
      ElementsAre(
          "<user>q</><assistant>«(why: r)a</>»",
          "<user>q</><assistant>a</><user>Q</><assistant>«(why: R)C</>»<tool>t</><assistant>«(why: S)A</>»"));
}

TEST(MaskedTexts, an_end_that_is_written_once_makes_a_sample_for_each_answer) {
  constexpr const char* ends =
      "{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}"
      "{% if add_generation_prompt %}<assistant>{% else %}{{ eos_token }}{% endif %}";

  EXPECT_THAT(marked(of_text(ends), kTwoTurns),
              ElementsAre("<user>q</><assistant>«a</></s>»",
                          "<user>q</><assistant>a</><user>Q</><assistant>«A</></s>»"));
}

TEST(MaskedTexts, reasoning_is_prompted_with_reasoning_switched_on) {
  constexpr const char* closes =
      "{% for m in messages %}<{{ m.role }}>{% if m.reasoning_content %}<think>{{ m.reasoning_content "
      "}}</think>{% endif %}"
      "{{ m.content }}</>{% endfor %}"
      "{% if add_generation_prompt %}<assistant><think>{% if not enable_thinking %}</think>{% endif %}{% "
      "endif %}";

  EXPECT_THAT(marked(of_text(closes), R"({"messages":[{"role":"user","content":"q"},
                       {"role":"assistant","content":"a","reasoning":"r"}]})"),
              ElementsAre("<user>q</><assistant><think>«r</think>a</>»"));
}

TEST(MaskedTexts, a_prompt_that_no_message_goes_on_from_is_refused) {
  constexpr const char* other =
      "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt "
      "%}<model>{% endif %}";

  EXPECT_THAT(fault(of_text(other), kTwoTurns), AllOf(StartsWith("prompt: message 4 (assistant): "),
                                                      HasSubstr("<model>"), HasSubstr("<assistant>A")));
}

TEST(MaskedTexts, the_template_refuses_a_conversation) {
  constexpr const char* strict =
      "{% if messages[0].role != 'user' %}{{ raise_exception('begin with user') }}{% endif %}";

  EXPECT_EQ(fault(of_text(strict), R"({"messages":[{"role":"assistant","content":"a"}]})"),
            "template: template, line 1: begin with user");
}

TEST(MaskedTexts, a_refusal_of_a_part_says_which) {
  constexpr const char* strict =
      "{% if messages|length == 2 %}{{ raise_exception('never two') }}{% endif %}{{ 'x' * messages|length }}";

  EXPECT_THAT(fault(of_text(strict), kTwoTurns), HasSubstr("never two (with the first 2 of 4 messages"));
}

TEST(MaskedTexts, generation_marks_what_is_trained) {
  EXPECT_THAT(marked(of_text(kGeneration), kTwoTurns),
              ElementsAre("<user>q</><assistant>«a»«</>»<user>Q</><assistant>«A»«</>»"));
}

TEST(MaskedTexts, generation_that_went_through_a_filter_is_refused) {
  EXPECT_THAT(fault(of_text("{% set x %}{% generation %}a{% endgeneration %}{% endset %}{{ x }}"), kTwoTurns),
              StartsWith("generation: "));
}

TEST(MaskedTexts, flags_choose_among_messages) {
  constexpr const char* row =
      R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0},
                      {"role":"user","content":"Q"},{"role":"assistant","content":"A","train":true}]})";

  EXPECT_THAT(marked(of_text(kPlain), row),
              ElementsAre("<user>q</>\n<assistant>a</>\n<user>Q</>\n<assistant>«A</>\n»"));
  EXPECT_THAT(marked(of_text(kGeneration), row),
              ElementsAre("<user>q</><assistant>a</><user>Q</><assistant>«A»«</>»"));
}

TEST(MaskedTexts, blocks_that_do_not_tell_whose_they_are_cannot_be_chosen_from) {
  constexpr const char* marks_the_last =
      "{% for m in messages %}{% if m.role == 'assistant' and loop.last %}{% generation %}{{ m.content }}{% "
      "endgeneration %}{% endif %}{% endfor %}";
  constexpr const char* marks_odd_numbers =
      "{% if messages|length is odd %}{% generation %}a{% endgeneration %}{% endif %}";

  EXPECT_THAT(fault(of_text(marks_the_last), R"({"messages":[{"role":"assistant","content":"a"},
      {"role":"assistant","content":"b","weight":0},{"role":"user","content":"c"}]})"),
              StartsWith("generation: only some messages"));
  EXPECT_THAT(fault(of_text(marks_odd_numbers), R"({"messages":[{"role":"assistant","weight":0},
      {"role":"assistant"},{"role":"assistant"}]})"),
              StartsWith("generation: only some messages"));
}

TEST(MaskedTexts, the_last_turn_alone) {
  const MaskOptions last{.loss = Loss::LastTurn};

  EXPECT_THAT(marked(of_text(kPlain), kTwoTurns, last),
              ElementsAre("<user>q</>\n<assistant>a</>\n<user>Q</>\n<assistant>«A</>\n»"));
  EXPECT_THAT(marked(of_text(kGeneration), kTwoTurns, last),
              ElementsAre("<user>q</><assistant>a</><user>Q</><assistant>«A»«</>»"));
}

TEST(MaskedTexts, what_follows_the_last_turn_is_not_learned_whatever_its_row_says) {
  EXPECT_THAT(marked(of_text(kPlain), R"({"messages":[{"role":"assistant","content":"a"},
                       {"role":"user","content":"b","train":true}]})",
                     {.loss = Loss::LastTurn}),
              ElementsAre("<assistant>«a</>\n»<user>b</>\n"));
}

TEST(MaskedTexts, renderings_for_masks_are_bounded) {
  std::string row = R"({"messages":[)";
  for (int i = 0; i < 40; ++i) row += i == 0 ? R"({"role":"assistant"})" : R"(,{"role":"assistant"})";

  EXPECT_THAT(fault(of_text("{% for m in messages %}{{ 'x' * 400000 }}{% endfor %}"), row + "]}"),
              HasSubstr("renderings of more than 268435456 bytes"));
}

TEST(MaskedTexts, a_last_turn_that_is_not_learned_leaves_nothing) {
  EXPECT_THAT(marked(of_text(kPlain), R"({"messages":[{"role":"assistant","content":"a"},
                       {"role":"assistant","content":"b","weight":0}]})",
                     {.loss = Loss::LastTurn}),
              ElementsAre("<assistant>a</>\n<assistant>b</>\n"));
}

TEST(MaskedTexts, everything_but_what_its_row_excludes) {
  const MaskOptions everything{.loss = Loss::Everything};

  EXPECT_THAT(marked(of_text(kGeneration), kTwoTurns, everything),
              ElementsAre("«<user>q</><assistant>a</><user>Q</><assistant>A</>»"));
  EXPECT_THAT(marked(of_text(kPlain), R"({"messages":[{"role":"user","content":"q"},
                       {"role":"assistant","content":"a","weight":0},{"role":"user","content":"Q"}]})",
                     everything),
              ElementsAre("«<user>q</>\n<assistant>»a</>\n«<user>Q</>\n»"));
}

TEST(MaskedTexts, a_message_that_is_rewritten_cannot_be_left_out_of_everything) {
  constexpr const char* kRow =
      R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning":"r","weight":0},
                      {"role":"user","content":"Q"},{"role":"assistant","content":"A","reasoning":"R"}]})";

  EXPECT_THAT(fault(of_text(kForgets), kRow, {.loss = Loss::Everything}),
              AllOf(StartsWith("prompt: message 2 (assistant): it is not to be trained"),
                    HasSubstr("<assistant>(why: r)a</>\", then \"<user>q</><assistant>a</>"),
                    HasSubstr("train_on_prompt: false")));
}

TEST(MaskedTexts, a_message_that_changes_what_is_before_it_is_refused_as_such) {
  EXPECT_THAT(fault(of_text("{% for m in messages %}<{{ m.role }} {{ messages|length }}>{% endfor %}"),
                    R"({"messages":[{"role":"user"},{"role":"user"}]})", {.roles = {"user"}}),
              AllOf(StartsWith("prompt: message 2 (user): the template writes the messages before it "),
                    HasSubstr("without it \"<user 1>\", with it \"<user 2><user 2>\"")));
}

TEST(MaskedTexts, other_roles_are_trained_with_what_is_around_them) {
  EXPECT_THAT(marked(of_text(kGeneration), kTwoTurns, {.roles = {"user"}}),
              ElementsAre("«<user>q</>»<assistant>a</>«<user>Q</>»<assistant>A</>"));
}

TEST(MaskedTexts, a_user_message_whose_row_says_so_is_trained) {
  EXPECT_THAT(marked(of_text(kPlain), R"({"messages":[{"role":"user","content":"q","train":1}]})"),
              ElementsAre("«<user>q</>\n»"));
}

TEST(MaskedTexts, nulls_are_no_members) {
  EXPECT_THAT(marked(of_text("{% for m in messages %}{{ m.content is defined }}{% endfor %}"),
                     R"({"messages":[{"role":"user","content":null}]})"),
              ElementsAre("False"));
}

TEST(MaskedTexts, names_of_reasoning_stand_for_each_other) {
  constexpr const char* says =
      "{% for m in messages %}{{ m.thinking }},{{ m.reasoning_content }},{{ m.reasoning }};{% endfor %}";

  EXPECT_THAT(
      marked(of_text(says), R"({"messages":[{"role":"user","reasoning":"r"},{"role":"user","thinking":"t"},
                       {"role":"user","thinking":"t","reasoning_content":"c"}]})"),
      ElementsAre("r,r,r;t,t,;t,c,;"));
}

TEST(MaskedTexts, without_a_date_a_template_has_its_own) {
  constexpr const char* llama =
      "{% if strftime_now is defined %}{{ strftime_now('%d %b %Y') }}{% else %}26 Jul 2024{% endif %}";

  EXPECT_THAT(marked(of_text(llama), kTwoTurns, {.roles = {}}), ElementsAre("26 Jul 2024"));
  EXPECT_THAT(fault(of_text("{{ strftime_now('%Y') }}"), kTwoTurns),
              AllOf(StartsWith("template: "),
                    HasSubstr("'strftime_now' is undefined here: with the date of the day")));
}

TEST(MaskedTexts, a_date_is_printed) {
  jinja::RenderOptions dated;
  dated.now = std::tm{};
  dated.now->tm_year = 124;

  EXPECT_THAT(
      marked(ChatTemplate::from_text("{{ strftime_now('%Y') }}", "nowhere", dated), kTwoTurns, {.roles = {}}),
      ElementsAre("2024"));
}

TEST(MaskedTexts, rows_that_are_no_conversations_are_refused) {
  const ChatTemplate plain = of_text(kPlain);

  EXPECT_THAT(fault(plain, "[]"), StartsWith("row: expected an object"));
  EXPECT_THAT(fault(plain, "{}"), StartsWith("row: messages: expected a list, found nothing"));
  EXPECT_THAT(fault(plain, R"({"messages":[]})"), StartsWith("row: messages: expected at least one"));
  EXPECT_THAT(fault(plain, R"({"messages":["hi"]})"), StartsWith("row: messages: expected objects"));
  EXPECT_THAT(fault(plain, R"({"messages":[{}],"tools":"[]"})"), StartsWith("row: tools: expected a list"));
  EXPECT_THAT(fault(plain, R"({"messages":[{}],"documents":[1]})"),
              StartsWith("row: documents: expected objects"));
}

}  // namespace
}  // namespace fullshard::chat
