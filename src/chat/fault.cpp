#include "fullshard/chat/fault.hpp"

namespace fullshard::chat {

std::string_view fault_name(Fault fault) {
  switch (fault) {
    case Fault::Row:
      return "row";
    case Fault::Template:
      return "template";
    case Fault::Prompt:
      return "prompt";
    case Fault::Generation:
      return "generation";
    case Fault::NothingTrained:
      return "nothing_trained";
    case Fault::EndMasked:
      return "end_masked";
    case Fault::NoEnd:
      return "no_end";
  }
  return "?";
}

}  // namespace fullshard::chat
