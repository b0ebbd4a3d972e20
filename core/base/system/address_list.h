// AddressList: what getaddrinfo() has answered; empty is nothing. Whoever has it frees it.
#pragma once

#include <netdb.h>

#include <memory>

namespace base {

struct FreeAddressList {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, FreeAddressList>;

}  // namespace base
