// DescriptorRoom: whether there is a descriptor for one more connection. Those above the highest
// that one may have are for everything else. Loop thread only.
#pragma once

#include "core/server/served/descriptors.h"

namespace server {

class DescriptorRoom {
public:
    // `highest`: descriptor that a connection may have.
    explicit DescriptorRoom(int highest = highest_for_connections()) : highest_(highest) {}

    // There is none, until there is room again.
    [[nodiscard]] bool is_full() const { return is_full_; }
    [[nodiscard]] bool may_be_a_connection(int descriptor) const { return descriptor <= highest_; }
    // Whether the next connection would have one now. `any_descriptor` is open.
    [[nodiscard]] bool has_one(int any_descriptor) const;
    // The log is told. False: it was full before.
    bool become_full();
    void become_free() { is_full_ = false; }

private:
    const int highest_;
    bool is_full_ = false;
};

}  // namespace server
