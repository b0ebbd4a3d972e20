#include "core/site/sections/htaccess_entries.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/site/names/file_walk.h"

namespace site {

HtaccessEntry& HtaccessEntries::ask(const HtaccessQuestion& question) {
    std::string_view directory = question.directory;
    while (directory.ends_with('/')) {  // "/" is "" here
        directory.remove_suffix(1);
    }
    const auto links = link_rule_of(
        question.options,
        question.looks_from,
        1 + static_cast<std::size_t>(std::ranges::count(directory, '/'))  // the file itself
    );
    auto found = by_directory_.find(directory);
    if (found == by_directory_.end()) {
        found = by_directory_.try_emplace(std::string(directory)).first;
    }
    for (const auto& entry : found->second) {
        if (entry->allowed == question.allowed && entry->links == links &&
            entry->names == question.names && entry->allowed_list == question.allowed_list) {
            return *entry;
        }
    }
    auto& entry = *found->second.emplace_back(std::make_unique<HtaccessEntry>());
    entry.directory = found->first;
    entry.names = question.names;
    entry.allowed = question.allowed;
    entry.allowed_list = question.allowed_list;
    entry.links = links;
    entry.host = question.host;
    return entry;
}

HtaccessEntry* HtaccessEntries::find(Id id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

void HtaccessEntries::doubt_all() {
    for (const auto& [id, entry] : by_id_) {
        entry->is_doubtful = true;
    }
}

HtaccessEntries::Id HtaccessEntries::begin_look(HtaccessEntry& entry) {
    const Id old_id = std::exchange(entry.id, next_id_++);
    by_id_.erase(old_id);
    by_id_[entry.id] = &entry;
    uncount(entry);
    entry.is_watched = true;
    entry.bytes = 0;
    return old_id;
}

void HtaccessEntries::end_look(const HtaccessEntry& entry) {
    unwatched_ += entry.is_watched ? 0 : 1;
    bytes_ += entry.bytes;
}

void HtaccessEntries::uncount(const HtaccessEntry& entry) {
    unwatched_ -= entry.is_watched ? 0 : 1;
    bytes_ -= entry.bytes;
}

std::vector<HtaccessEntries::Id> HtaccessEntries::make_room() {
    const std::uint32_t host = heaviest_host();
    const std::uint64_t kept_from = middle_turn_of(host);
    std::vector<Id> gone;
    for (auto found = by_directory_.begin(); found != by_directory_.end();) {
        std::erase_if(found->second, [&](const std::unique_ptr<HtaccessEntry>& entry) {
            if (entry->host != host || entry->used_in_turn >= kept_from) {
                return false;
            }
            gone.push_back(entry->id);
            by_id_.erase(entry->id);
            uncount(*entry);
            return true;
        });
        found = found->second.empty() ? by_directory_.erase(found) : std::next(found);
    }
    return gone;
}

// Who has many directories or large files takes the room of his own, and not of what others use.
std::uint32_t HtaccessEntries::heaviest_host() const {
    constexpr std::size_t kBytesOfOne = kBytesMax / kCountMax;
    std::unordered_map<std::uint32_t, std::size_t> weights;
    for (const auto& [id, entry] : by_id_) {
        weights[entry->host] += kBytesOfOne + entry->bytes;
    }
    using Weight = std::pair<const std::uint32_t, std::size_t>;
    return std::ranges::max_element(weights, {}, &Weight::second)->first;
}

// The turn that half of the host's have not been used in or later; none, where all of them have
// been used in the same.
std::uint64_t HtaccessEntries::middle_turn_of(std::uint32_t host) const {
    std::vector<std::uint64_t> turns;
    for (const auto& [id, entry] : by_id_) {
        if (entry->host == host) {
            turns.push_back(entry->used_in_turn);
        }
    }
    const auto middle = turns.begin() + static_cast<std::ptrdiff_t>(turns.size() / 2);
    std::ranges::nth_element(turns, middle);
    return std::ranges::max(turns) == *middle ? UINT64_MAX : *middle + 1;
}

void HtaccessEntries::clear() {
    by_id_.clear();
    by_directory_.clear();
    unwatched_ = 0;
    bytes_ = 0;
}

}  // namespace site
