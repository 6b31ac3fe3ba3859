#pragma once

#include "fullshard/chat/fault.hpp"
#include "fullshard/data/ledger.hpp"
#include "fullshard/prepare/example.hpp"

namespace fullshard::prepare {

/// Under which count of a ledger these go.
data::Fault fault_of(chat::Fault fault);
data::Fault fault_of(RowFault fault);

}  // namespace fullshard::prepare
