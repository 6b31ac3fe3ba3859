#include "fullshard/prepare/columns.hpp"

namespace fullshard::prepare {

Tags openai_tags() {
  Tags tags;
  tags.role = "role";
  tags.content = "content";
  tags.user = "user";
  tags.assistant = "assistant";
  tags.observation = "tool";
  return tags;
}

}  // namespace fullshard::prepare
