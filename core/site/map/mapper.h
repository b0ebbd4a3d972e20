// Mapper: a request meets the configuration. The phases are Apache's, in its order: rewriting and
// translation of the URL, the walk to the file, the sections, access, the environment, rewriting
// per directory, the handler, the groups. One per event-loop thread, because it keeps what it has
// merged; the configuration and what is made of it outlive it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/system/file_systems.h"
#include "core/config/model/config.h"
#include "core/request/route.h"
#include "core/site/conditions/trace.h"
#include "core/site/conditions/walk.h"
#include "core/site/map/groups.h"
#include "core/site/map/outcome.h"
#include "core/site/names/file_walk.h"
#include "core/site/names/home_directories.h"
#include "core/site/names/mime_types.h"
#include "core/site/names/mounts.h"
#include "core/site/rewrite/rewrite.h"
#include "core/site/rewrite/rewrite_map.h"
#include "core/site/sections/sections.h"

namespace site {

// What all mappers of a process share. Immutable once built, but for what is remembered of users
// and of the files of RewriteMap; any thread.
struct Site {
    // The rules and maps of a virtual host that rewrites URLs.
    struct Rewriting {
        explicit Rewriting(config::RewriteRules its_rules)
            : rules(std::move(its_rules)), maps(rules.maps) {}
        config::RewriteRules rules;
        RewriteMaps maps;
    };

    explicit Site(const config::Config& its_config);

    const config::Config& config;
    Mounts mounts;
    Groups groups;
    MimeTypes types;
    mutable HomeDirectories homes;
    std::vector<std::unique_ptr<const Rewriting>> rewriting;  // by virtual host; null: nothing
};

class Mapper {
public:
    explicit Mapper(const Site& site);

    // Once per turn of the loop: sees .htaccess files that have changed.
    void refresh() { sections_.refresh(); }
    // Whom a thread tells when it has read a .htaccess file, so that refresh() has news; without
    // it, map() waits for such files.
    void notify(std::function<void()> tell) { sections_.notify(std::move(tell)); }
    // From now on map() waits for none of the file systems that may never answer. Null: for all.
    void do_not_wait_for(std::shared_ptr<const base::MountTable> mounts);
    // Whether others wait for this thread: then map() asks no name service, and reads no file of a
    // RewriteMap, but says kWaitWanted. It is told what another mapper of the same Site finds out.
    void serve_others(bool does) { serves_others_ = does; }
    // How many .htaccess files the thread of notify() has read so far.
    [[nodiscard]] std::uint64_t read_count() const { return sections_.read_count(); }

    // Fills `out`, whose strings keep their memory: a route to a file allocates nothing once they
    // have grown. When the outcome is no script, `out` means nothing. `trace` may be null.
    [[nodiscard]] Outcome map(const Request& request, request::Route& out, Trace* trace = nullptr);
    // What it has cost this thread's processor to map the last request, as far as its rules had to
    // be looked at; exactly where the question was `is_measured`, else roughly.
    [[nodiscard]] std::chrono::nanoseconds cost() const { return cost_; }
    // As far as the request that was mapped last has come.
    [[nodiscard]] const Walk& walk() const { return walk_; }

private:
    // Nothing: the next phase is due.
    using Answer = std::optional<Outcome>;

    // One way through all phases; a redirection inside the server starts another.
    Outcome answer(request::Route& out);
    Outcome run(request::Route& out);
    Answer start();
    Answer translate();
    base::Result<bool> translate_alias(const std::string& path);
    bool translate_user(const std::string& path);
    Answer redirect(const std::vector<config::Redirect>& redirects);
    Answer redirect_whole(const config::Redirect& redirect);
    Outcome redirect_to(const config::Redirect& redirect, std::string target);
    Answer look_for_file();
    Answer merge_sections();
    Answer check_access();
    Answer fix_up();
    Answer rewrite_url();
    Answer rewrite_file();
    Answer follow(Rewritten rewritten);
    [[nodiscard]] Outcome redirect_to_slash() const;
    Answer answer_for_directory();
    Answer answer_for_missing();
    Answer redirect_inside(std::string uri);
    Outcome handle(request::Route& out);
    Outcome run_script(request::Route& out);
    Outcome run_handler_script(const config::HandlerScript& script, request::Route& out);
    Outcome send_file();
    [[nodiscard]] Outcome refuse_source() const;
    Outcome choose_groups(const GroupChoice& choice, request::Route& out);
    void fill(request::Route& out) const;
    Outcome with_document(Outcome page, request::Route& out);
    // For the trace, if there is one: `about` is put behind `words`.
    void note(
        std::string_view phase,
        std::string_view words,
        std::string_view about = {},
        const config::Place* place = nullptr
    );

    const Site& site_;
    Sections sections_;
    std::shared_ptr<const base::MountTable> mounts_;
    bool serves_others_ = false;
    std::chrono::nanoseconds cost_{0};

    // Of the request that is being mapped.
    Walk walk_;
    Request request_;
    std::string_view asked_query_;  // as the client has asked, before rewriting
    std::string_view asked_method_;
    Mounted mounted_;
    DirectoryNode* node_ = nullptr;
    const config::DirectorySettings* settings_ = nullptr;  // null: not merged yet
    FileKind kind_ = FileKind::kMissing;
    LinkRule links_;
    std::size_t known_size_ = 0;  // of the filename: what an alias or DocumentRoot says
    std::string script_name_;     // of a FallbackResource, as its PATH_INFO
    std::string fallback_path_info_;
    std::string path_;  // the path without "//", where it has some
    bool is_fallback_ = false;
    RewriteMeans means_;
    RewriteMemory memory_;
    FoundIn found_in_;
    bool starts_again_ = false;
    int rounds_ = 0;
    std::vector<std::pair<std::string, std::string>> headers_;
    Trace* trace_ = nullptr;
};

}  // namespace site
