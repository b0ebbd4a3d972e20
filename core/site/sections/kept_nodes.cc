#include "core/site/sections/kept_nodes.h"

namespace site {

DirectoryNode& KeptNodes::put(
    std::uint32_t host, std::string_view directory, std::unique_ptr<DirectoryNode> node
) {
    while (size_ > 0 && (size_ >= kNodesMax || bytes_ + node->bytes > kBytesMax)) {
        auto& heaviest = *std::ranges::max_element(hosts_, {}, &OfHost::weight);
        size_ -= heaviest.nodes.size();
        bytes_ -= std::exchange(heaviest.bytes, 0);
        dropped_ = std::exchange(heaviest.nodes, {});
    }
    auto& its = hosts_[host];
    const auto at = its.nodes.try_emplace(std::string(directory)).first;
    const std::size_t bytes_before = at->second == nullptr ? 0 : at->second->bytes;
    size_ += at->second == nullptr ? 1 : 0;
    its.bytes += node->bytes - bytes_before;
    bytes_ += node->bytes - bytes_before;
    at->second = std::move(node);
    return *at->second;
}

void KeptNodes::clear() {
    for (auto& its : hosts_) {
        its = {};
    }
    dropped_.clear();
    size_ = bytes_ = 0;
}

}  // namespace site
