#include "tokenize/regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

#include "fullshard/core/error.hpp"
#include "fullshard/core/handle.hpp"

namespace fullshard::tokenize {

namespace {

struct FreeCode {
  void operator()(pcre2_code* p) const noexcept { pcre2_code_free(p); }
};
struct FreeMatchData {
  void operator()(pcre2_match_data* p) const noexcept { pcre2_match_data_free(p); }
};
struct FreeMatchContext {
  void operator()(pcre2_match_context* p) const noexcept { pcre2_match_context_free(p); }
};
using Code = Handle<pcre2_code*, nullptr, FreeCode>;
using MatchData = Handle<pcre2_match_data*, nullptr, FreeMatchData>;
using MatchContext = Handle<pcre2_match_context*, nullptr, FreeMatchContext>;

// A match is tried with the first of these limits, which is enough for words as texts have them and is not
// counted, and with the next where one was not enough.
constexpr std::array<uint32_t, 9> kMatchLimits = {1 << 8,  1 << 10, 1 << 12, 1 << 14, 1 << 16,
                                                  1 << 18, 1 << 20, 1 << 22, 1 << 24};
constexpr uint32_t kHeapLimitKib = 256 * 1024;

std::string error_text(int code) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

bool compiles(const std::string& pattern) {
  int error = 0;
  PCRE2_SIZE at = 0;
  const Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), PCRE2_UTF,
                                &error, &at, nullptr));
  return static_cast<bool>(code);
}

// \p or \P of `name`. Of a script it is what belongs to it alone; PCRE2 adds what several scripts use.
std::string property(char letter, std::string_view name) {
  const bool negated = name.starts_with('^');
  const std::string of_script = fmt::format("{{sc:{}}}", name.substr(negated ? 1 : 0));
  if (!compiles("\\p" + of_script)) return fmt::format("\\{}{{{}}}", letter, name);
  return fmt::format("\\{}{}", negated == (letter == 'p') ? 'P' : 'p', of_script);
}

// One escape of Oniguruma, `letter` after the backslash, as PCRE2 spells it.
std::string escape(char letter, bool in_class) {
  const auto set = [&](std::string_view members, bool negated) {
    if (in_class && negated)
      throw std::runtime_error(fmt::format("\\{} inside a character class is not supported", letter));
    return in_class ? std::string(members) : fmt::format("[{}{}]", negated ? "^" : "", members);
  };
  switch (letter) {
    case 's':  // PCRE2's own has U+180E in it
      return "\\p{White_Space}";
    case 'S':
      return "\\P{White_Space}";
    case 'w':
    case 'W':  // the superscripts and fractions of Latin-1 are word characters, but not of a class
      return set(in_class ? "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}"
                          : "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{B2}\\x{B3}\\x{B9}\\x{BC}-\\x{BE}",
                 letter == 'W');
    case 'h':
    case 'H':  // hexadecimal digits there, horizontal space here
      return set("0-9a-fA-F", letter == 'H');
    case 'K':
    case 'g':
    case 'k':
    case 'G':
    case 'R':
    case 'X':
    case 'b':
    case 'B':
    case 'Z':
    case 'v':
    case 'V':
    case 'Q':
    case 'E':
    case 'N':
    case 'p':  // without a brace a letter there
    case 'P':
      throw std::runtime_error(fmt::format("\\{} is not supported", letter));
    default:
      return {'\\', letter};
  }
}

// Throws where what begins `rest`, outside a class, means something else to PCRE2 or nothing to Oniguruma.
void check_dialect(std::string_view rest, size_t at) {
  const auto refuse = [](std::string_view what) {
    throw std::runtime_error(fmt::format("{} is not supported", what));
  };
  if (rest.starts_with("}+")) refuse("a + after {…}, which is possessive in some dialects only,");
  if (rest.starts_with("[]") || rest.starts_with("[^]")) refuse("a ] as the first of a character class");
  if (rest.starts_with("(*")) refuse("(*");
  if (rest.starts_with("{,")) refuse("{,");
  const auto behind = [&](size_t from, std::string_view letters) {
    return std::min(rest.find_first_not_of(letters, from), rest.size());
  };
  if (const size_t end = behind(1, "0123456789"); rest[0] == '{' && rest.substr(end).starts_with("}?"))
    refuse("a ? after {…}, which makes it optional in some dialects only,");
  if (!rest.starts_with("(?")) return;
  const size_t end = behind(2, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-^");
  const std::string_view options = rest.substr(2, end - 2), closing = rest.substr(end, 1);
  if (options.find_first_not_of("i-") != std::string_view::npos) refuse(rest.substr(0, end));
  // Behind (?i) alternatives of a group are all alternatives of what follows it there.
  if (!options.empty() && closing == ")" && at > 0) refuse("(?i) behind the beginning, without a colon,");
}

}  // namespace

std::string pcre_dialect(std::string_view p) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < p.size(); ++i) {
    const std::string_view rest = p.substr(i);
    if (p[i] == '\\' && i + 1 < p.size()) {
      const char letter = p[++i];
      const size_t end = p.substr(i + 1).starts_with('{') ? p.find('}', i) : std::string_view::npos;
      if (end == std::string_view::npos || std::string_view("pPx").find(letter) == std::string_view::npos) {
        out += escape(letter, in_class);
        continue;
      }
      const std::string_view name = p.substr(i + 2, end - i - 2);
      out += letter == 'x' ? fmt::format("\\x{{{}}}", name) : property(letter, name);
      i = end;
      continue;
    }
    if (in_class && (rest.starts_with("&&") || p[i] == '['))
      throw std::runtime_error("nested and intersected character classes are not supported");
    if (!in_class) check_dialect(rest, i);
    if (!in_class && p[i] == '[') {
      in_class = true;
      out += '[';
      if (i + 1 < p.size() && p[i + 1] == '^') out += p[++i];
      continue;
    }
    if (in_class && p[i] == ']') in_class = false;
    out += p[i];
  }
  return out;
}

struct Regex::Compiled {
  Code code;
  std::array<MatchContext, kMatchLimits.size()> contexts;  // immutable; threads share them
  bool jit = false;
};

Regex::Regex(std::string_view pattern) : compiled_(std::make_unique<Compiled>()) {
  const std::string translated = pcre_dialect(pattern);
  int error = 0;
  PCRE2_SIZE at = 0;
  // Ruby's ^ and $ are those of lines.
  const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
  compiled_->code = Code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                                       options, &error, &at, nullptr));
  if (!compiled_->code)
    throw std::runtime_error(fmt::format("{} at byte {} of {}", error_text(error), at, translated));
  compiled_->jit = pcre2_jit_compile(compiled_->code.get(), PCRE2_JIT_COMPLETE) == 0;
  for (size_t i = 0; i < kMatchLimits.size(); ++i) {
    MatchContext& context = compiled_->contexts[i];
    context = MatchContext(pcre2_match_context_create(nullptr));
    if (!context) throw std::bad_alloc();
    pcre2_set_match_limit(context.get(), kMatchLimits[i]);
    pcre2_set_heap_limit(context.get(), kHeapLimitKib);
  }
}

Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

std::optional<TextRange> Regex::find(std::string_view text, size_t from, MatchBudget& budget) const {
  const MatchData data(pcre2_match_data_create(1, nullptr));
  if (!data) throw std::bad_alloc();
  const auto match = [&](const MatchContext& context, uint32_t options) {
    return pcre2_match(compiled_->code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from,
                       options | PCRE2_NO_UTF_CHECK, data.get(), context.get());
  };
  int rc = PCRE2_ERROR_MATCHLIMIT;
  for (size_t i = 0; i < kMatchLimits.size(); ++i) {
    rc = match(compiled_->contexts[i], 0);
    // The JIT's stack is small; the interpreter's is a heap with a limit of its own.
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT) rc = match(compiled_->contexts[i], PCRE2_NO_JIT);
    if (rc != PCRE2_ERROR_MATCHLIMIT || !budget.spend(kMatchLimits[i])) break;
  }
  if (rc == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (rc < 0)
    throw Error(
        ExitCode::Refused,
        fmt::format("the tokenizer's pattern gave up on a text of {} bytes at byte {}: {}; split the text",
                    text.size(), from, error_text(rc)));
  const PCRE2_SIZE* found = pcre2_get_ovector_pointer(data.get());
  return TextRange{found[0], found[1]};
}

}  // namespace fullshard::tokenize
