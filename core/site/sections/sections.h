// Sections: <Directory>, .htaccess, <Files>, <Location> and <If> become the one set of settings
// that a request has, merged in Apache's order and kept for the next request that meets the same
// sections. One per event-loop thread; the configuration outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "core/config/model/config.h"
#include "core/site/conditions/trace.h"
#include "core/site/conditions/walk.h"
#include "core/site/sections/htaccess.h"

namespace site {

// A section and the configuration that its numbers belong to: the server's, or a .htaccess file's.
struct SectionRef {
    const config::Config* owner = nullptr;
    const config::Section* section = nullptr;
    bool operator==(const SectionRef&) const = default;
};

// What holds for a directory, whatever the file and URL.
struct DirectoryNode {
    config::DirectorySettings settings;
    // What has gone into it, in order, for explain. A .htaccess file is here even if all of it
    // stands in sections; `section` is null then.
    std::vector<SectionRef> merged;
    std::vector<SectionRef> files;                           // <Files> that may add to it, in order
    std::vector<SectionRef> conditions;                      // <If> and its branches, likewise
    std::vector<std::pair<std::string, std::string>> named;  // MATCH_NAME of <DirectoryMatch>
    std::string problem;       // a .htaccess file is broken: requests get
    int problem_status = 500;  // this status
    bool is_passing = false;  // the problem is one of this request alone: the time that it may take
    bool has_htaccess = false;
    bool is_waiting = false;  // the problem is that a .htaccess file is being read
    std::size_t bytes = 0;    // of its .htaccess files: what it holds copies of
    std::size_t depth = 0;    // of its directory; "/" is 0
    // From this many components of the directory's path on, symbolic links are not followed just
    // so: Options asks to look at each. SIZE_MAX: never.
    std::size_t looks_at_links_from = SIZE_MAX;

    // The same with sections of a request on top.
    struct Variant {
        std::vector<SectionRef> added;
        std::unique_ptr<config::DirectorySettings> settings;
    };
    std::vector<Variant> variants;
};

class Sections {
public:
    explicit Sections(const config::Config& config);

    // Once per turn of the loop: whether .htaccess files have changed is asked here.
    void refresh();
    // Looks at all of them again: the file systems are others.
    void forget_all();
    // As HtaccessCache has it.
    void notify(std::function<void()> tell) { htaccess_.notify(std::move(tell)); }
    [[nodiscard]] std::uint64_t read_count() const { return htaccess_.read_count(); }

    // What holds outside of all sections.
    const config::DirectorySettings& base(std::uint32_t host);

    // `directory` is absolute, without a final slash but for "/", and exists; "" where a request
    // has no file. Valid until refresh() or the next thousands of other directories.
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
    struct Key {
        std::uint32_t host = 0;
        std::string directory;
    };
    struct KeyView {
        std::uint32_t host = 0;
        std::string_view directory;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const KeyView& key) const;
        std::size_t operator()(const Key& key) const {
            return (*this)(KeyView{key.host, key.directory});
        }
    };
    struct Equal {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            return a.host == b.host && a.directory == b.directory;
        }
    };

    std::unique_ptr<DirectoryNode> make(std::uint32_t host, std::string_view directory);
    base::Result<> fill(DirectoryNode& node, std::uint32_t host, std::string_view directory);
    base::Result<> enter(DirectoryNode& node, std::uint32_t host, std::string_view directory);
    void add(DirectoryNode& node, const SectionRef& ref);
    base::Result<bool> matches_location(const config::Section& section, Walk& walk) const;
    void add_htaccess(DirectoryNode& node, std::uint32_t host, const std::string& directory);

    const config::Config& config_;
    HtaccessCache htaccess_;
    std::unordered_map<Key, std::unique_ptr<DirectoryNode>, Hash, Equal> nodes_;
    std::vector<std::unique_ptr<config::DirectorySettings>> bases_;  // by host, as asked for
    std::unique_ptr<DirectoryNode> passing_;  // the last one that is not kept
    std::size_t bytes_ = 0;                   // of nodes_
    // The last node that was asked for: most servers have one.
    DirectoryNode* last_ = nullptr;
    std::uint32_t last_host_ = 0;
    std::string last_directory_;
    std::vector<SectionRef> added_;  // of merge(); keeps its memory
};

}  // namespace site
