// Sections: <Directory>, .htaccess, <Files>, <Location> and <If> become the one set of settings
// that a request has, merged in Apache's order and kept for the next request that meets the same
// sections. One per event-loop thread; the configuration outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/model/config.h"
#include "core/site/conditions/trace.h"
#include "core/site/conditions/walk.h"
#include "core/site/sections/directory_node.h"
#include "core/site/sections/htaccess.h"
#include "core/site/sections/kept_nodes.h"

namespace site {

class Sections {
public:
    explicit Sections(const config::Config& config);

    // Once per turn of the loop: whether .htaccess files have changed is asked here.
    void refresh() { htaccess_.refresh(); }
    // Looks at all of them again: the file systems are others.
    void forget_all();
    // As HtaccessCache has it.
    void read_beside(HtaccessReader::Threads threads) { htaccess_.read_beside(std::move(threads)); }
    [[nodiscard]] std::uint64_t read_count() const { return htaccess_.read_count(); }

    // How many nodes have been made so far, kept or not.
    [[nodiscard]] std::uint64_t made() const { return made_; }

    // What holds outside of all sections.
    const config::DirectorySettings& base(std::uint32_t host);

    // `directory` is absolute, without a final slash but for "/", and exists; "" where a request
    // has no file. Valid until refresh(). One whose .htaccess files, and those of the directories
    // above it, are what they were is kept; others are made anew.
    DirectoryNode& node(std::uint32_t host, std::string_view directory);

    // All of what holds for `walk`, whose file lies in the node's directory. Sets MATCH_NAME for
    // each named group of a section's regular expression. An error is what is wrong with an
    // expression. Valid as long as the node.
    base::Result<const config::DirectorySettings*> merge(
        DirectoryNode& node, Walk& walk, Trace* trace
    );

    // A Redirect that stands in <Location> for all of it, which comes before every alias. Null:
    // none. Sets MATCH_NAME as merge() does, and has its errors.
    base::Result<const config::Redirect*> redirect_of_location(Walk& walk) const;

private:
    bool holds(DirectoryNode& node);
    std::unique_ptr<DirectoryNode> make(std::uint32_t host, std::string_view directory);
    base::Result<> fill(DirectoryNode& node, std::uint32_t host, std::string_view directory);
    base::Result<> enter(DirectoryNode& node, std::uint32_t host, std::string_view directory);
    void add(DirectoryNode& node, const SectionRef& ref);
    base::Result<bool> matches_location(const config::Section& section, Walk& walk) const;
    void add_htaccess(DirectoryNode& node, std::uint32_t host, const std::string& directory);
    void merge_htaccess(DirectoryNode& node, const Htaccess& found);

    const config::Config& config_;
    HtaccessCache htaccess_;
    KeptNodes kept_;
    std::uint64_t made_ = 0;                                         // nodes
    std::vector<std::unique_ptr<config::DirectorySettings>> bases_;  // by host, as asked for
    std::unique_ptr<DirectoryNode> passing_;  // the last one that is not kept
    // The last node that was asked for: most servers have one.
    DirectoryNode* last_ = nullptr;
    std::uint32_t last_host_ = 0;
    std::string last_directory_;
    std::vector<SectionRef> added_;  // of merge(); keeps its memory
};

}  // namespace site
