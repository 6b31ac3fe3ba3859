#include "jinja/markup.hpp"

#include <gmock/gmock.h>

#include "unit/jinja/render.hpp"

namespace fullshard::jinja {
namespace {

using test::text;
using testing::HasSubstr;

TEST(JinjaMarkup, what_is_added_to_a_safe_text_is_escaped_on_either_side) {
  EXPECT_EQ(text("{{ '<b>'|safe + '<' }}"), "<b>&lt;");
  EXPECT_EQ(text("{{ '<' + '<b>'|safe + '\"' }}"), "&lt;<b>&#34;");
  EXPECT_EQ(text("{{ 'Use '|safe + {'a': '<'}|tojson }}"), "Use {&#34;a&#34;: &#34;&lt;&#34;}");
  EXPECT_EQ(text("{{ '<' + '<' }}"), "<<");
}

TEST(JinjaMarkup, joining_by_tilde_and_printing_escape_nothing) {
  EXPECT_EQ(text("{{ '<b>'|safe ~ '<' }}{{ '<'|safe }}{{ '<' }}"), "<b><<<");
}

TEST(JinjaMarkup, nothing_is_escaped_twice_unless_forced) {
  EXPECT_EQ(text("{{ '<'|e|e }} {{ '<'|e|forceescape }} {{ '<'|safe|e }}"), "&lt; &amp;lt; <");
}

TEST(JinjaMarkup, what_is_made_of_it_is_it) {
  for (const char* made :
       {"upper", "lower", "trim", "string", "capitalize", "reverse", "last", "default('x')", "indent"})
    EXPECT_EQ(text("{{ ('<'|safe)|" + std::string(made) + " is escaped }}"), "True") << made;
  for (const char* made :
       {"[0]", "[:1]", "[::-1]", ".upper()", ".strip()", ".split()[0]", ".partition('x')[0]",
        ".replace('a', 'b')", ".join(['x'])", ".format()", " * 2", " % ()"})
    EXPECT_EQ(text("{{ (('<'|safe)" + std::string(made) + ") is escaped }}"), "True") << made;
  for (const char* made :
       {"title", "replace('a', 'b')", "first", "tojson", "urlencode", "striptags", "list|first"})
    EXPECT_EQ(text("{{ ('<'|safe)|" + std::string(made) + " is escaped }}"), "False") << made;
}

TEST(JinjaMarkup, arguments_of_its_methods_are_escaped) {
  EXPECT_EQ(text("{{ ('a'|safe).replace('a', '<') }} {{ ('a'|safe)|replace('a', '<') }}"), "&lt; <");
  EXPECT_EQ(text("{{ ('&'|safe).join(['<', '<'|safe, 1]) }}"), "&lt;&<&1");
  EXPECT_EQ(text("{{ ('<%s %d>'|safe) % ('&', 5) }} {{ ('{}{}'|safe).format('<', '<'|safe) }}"),
            "<&amp; 5> &lt;<");
  EXPECT_THAT(test::error("{{ ('{:5}'|safe).format('<'|safe) }}"), HasSubstr("ValueError"));
}

TEST(JinjaMarkup, inside_a_list_it_says_what_it_is) {
  EXPECT_EQ(text("{{ ['<'|safe, '<'] }}"), "[Markup('<'), '<']");
}

TEST(JinjaMarkup, it_equals_the_plain_text) {
  EXPECT_EQ(text("{{ ('<'|safe) == '<' }} {{ {'<': 1}['<'|safe] }} {{ '<' in ('a<'|safe) }}"), "True 1 True");
}

TEST(JinjaMarkup, five_characters_are_entities) {
  EXPECT_EQ(escaped_text("a&<>'\"é"), "a&amp;&lt;&gt;&#39;&#34;é");
}

}  // namespace
}  // namespace fullshard::jinja
