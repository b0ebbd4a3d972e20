#include "core/base/result.h"

#include <system_error>

namespace base {

tl::unexpected<Error> fail_errno(std::string what, int error) {
    what += ": ";
    what += std::generic_category().message(error);
    return fail(Fault::kSystem, std::move(what));
}

}  // namespace base
