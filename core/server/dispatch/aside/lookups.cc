#include "core/server/dispatch/aside/lookups.h"

#include <utility>

namespace server {

void Lookups::take(const Tell& tell) {
    names_.take(found_);
    for (NameResolver::Found& found : found_) {
        tell(found.ticket, std::move(found.name));
    }
    found_.clear();
    take_files(tell);
}

void Lookups::take_files(const Tell& tell) {
    // Not whether something is to be taken now: another request's refresh may have taken it.
    const auto count = mapper_.read_count();
    if (waiting_for_files_.empty() || count == files_read_) {
        return;
    }
    files_read_ = count;
    mapper_.refresh();
    for (const Ticket ticket : std::exchange(waiting_for_files_, {})) {
        tell(ticket, std::nullopt);
    }
}

}  // namespace server
