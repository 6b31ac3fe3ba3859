#include "prepare/fault_of.hpp"

namespace fullshard::prepare {

using data::Fault;

Fault fault_of(chat::Fault fault) {
  switch (fault) {
    case chat::Fault::Row:
      return Fault::Row;
    case chat::Fault::Template:
      return Fault::Template;
    case chat::Fault::Prompt:
      return Fault::Prompt;
    case chat::Fault::Generation:
      return Fault::Generation;
    case chat::Fault::NothingTrained:
      return Fault::NothingTrained;
    case chat::Fault::EndMasked:
      return Fault::EndMasked;
    case chat::Fault::NoEnd:
      return Fault::NoEnd;
  }
  return Fault::Row;
}

Fault fault_of(RowFault fault) {
  switch (fault) {
    case RowFault::NotJson:
    case RowFault::NotUtf8:
    case RowFault::Column:
    case RowFault::Type:
    case RowFault::Stage:
      return Fault::Row;
    case RowFault::Roles:
      return Fault::Roles;
    case RowFault::NoResponse:
      return Fault::NothingTrained;
    case RowFault::Tokens:
      return Fault::Token;
  }
  return Fault::Row;
}

}  // namespace fullshard::prepare
