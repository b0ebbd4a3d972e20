#include "core/base/system/lost_descriptor.h"

#include <unistd.h>

#include "core/base/system/forked_child.h"

namespace base {

void end_for_lost_descriptor() noexcept {
    if (!is_forked_child()) {
        ::_exit(kLostDescriptorCode);
    }
}

}  // namespace base
