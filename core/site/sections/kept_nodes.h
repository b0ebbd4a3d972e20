// KeptNodes: what has been merged for directories, by virtual host, so that the next request below
// one finds it. Bounded: whoever has most makes room, and nobody loses what he has because another
// asks for many. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/text/text_hash.h"
#include "core/site/sections/directory_node.h"
#include "core/site/sections/name_watch.h"

namespace site {

class KeptNodes {
public:
    // More than any sensible site has directories that are asked for; then they are read again.
    static constexpr std::size_t kNodesMax = 4096;
    // Of what the .htaccess files that went into nodes have become. A node of more than a half is
    // not to be kept: all others would have to make room for it.
    static constexpr std::size_t kBytesMax = 32 << 20;
    static constexpr std::size_t kNodeBytesMax = kBytesMax / 2;

    explicit KeptNodes(std::size_t hosts) : hosts_(hosts) {}

    // Null: there is none.
    [[nodiscard]] DirectoryNode* find(std::uint32_t host, std::string_view directory) const {
        const auto& nodes = hosts_[host].nodes;
        const auto found = nodes.find(directory);
        return found == nodes.end() ? nullptr : found->second.get();
    }
    // In place of the one that is there. What has to go for it stays until others have to.
    DirectoryNode& put(
        std::uint32_t host, std::string_view directory, std::unique_ptr<DirectoryNode> node
    );
    void clear();

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    using Nodes = std::
        unordered_map<std::string, std::unique_ptr<DirectoryNode>, base::TextHash, std::equal_to<>>;
    struct OfHost {
        Nodes nodes;
        std::size_t bytes = 0;
        [[nodiscard]] std::size_t weight() const {
            return nodes.size() * (kBytesMax / kNodesMax) + bytes;
        }
    };

    std::vector<OfHost> hosts_;
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
    Nodes dropped_;
};

}  // namespace site
