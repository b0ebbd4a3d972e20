#include "core/base/foreign/tenant_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdint>

#include "core/base/foreign/disposal.h"

namespace base {
namespace {

// Its name may go between this and close(2), which is then as cheap as a file of that size allows.
// It may have been written anew, too, which has close(2) find blocks for all of it.
bool is_cheap_to_close(const struct statx& facts) {
    constexpr std::uint64_t kLarge = 256 * 1024;
    constexpr std::uint64_t kBlock = 512;
    return facts.stx_nlink > 0 && facts.stx_size <= kLarge && facts.stx_blocks * kBlock <= kLarge;
}

}  // namespace

void TenantFile::reset() noexcept {
    if (!fd_.is_open()) {
        return;
    }
    // No file system is asked. Where this says nothing, all is 0, as of a file without a name.
    struct statx facts {};
    static_cast<void>(::statx(
        fd_.get(),
        "",
        AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
        STATX_NLINK | STATX_UID | STATX_SIZE | STATX_BLOCKS,
        &facts
    ));
    if (!is_cheap_to_close(facts)) {
        // Its owner is to blame.
        dispose(std::move(fd_), DisposalLane(fmt::format("files of user {}", facts.stx_uid)));
    }
    fd_.reset();
}

}  // namespace base
