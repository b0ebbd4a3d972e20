// What the configuration made of a request: who answers it, and with what. Plain values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/foreign/link_rule.h"
#include "core/request/dispatch.h"

namespace site {

// What may be done with a static file. A form may be sent to a page that does not read it, as with
// Apache.
inline constexpr const char* kStaticMethods = "GET, HEAD, POST, OPTIONS";

struct Outcome {
    enum class Kind : std::uint8_t {
        kScript,  // the Route says which and where
        kFile,    // a file as it is
        kPage,    // an error, a redirection, or the text of an ErrorDocument
        // Nobody, yet: a rule wants RequestView::remote_host. The same question with it has an
        // answer.
        kRemoteHostWanted,
        // Nobody, yet: a .htaccess file is being read. The same question when Mapper::read_count()
        // has grown.
        kFileWanted,
        // Nobody, yet: a file system, a name service or the file of a RewriteMap would have to be
        // waited for, see Mapper::do_not_wait_for() and serve_others(). The same question of a
        // mapper that may wait has an answer.
        kWaitWanted,
    };
    Kind kind = Kind::kScript;
    // kFile, kScript: 200, or the error whose ErrorDocument this is.
    int status = 0;
    std::string reason;         // for the error log; "" where there is nothing to say
    bool is_operators = false;  // kPage: whatever its status is, somebody has to mend something

    std::string file;          // kFile: its absolute path
    std::string mounted_at;    // kWaitWanted: where the file system is mounted; "": not known
    base::LinkRule links;      // kFile: for whoever opens it
    std::string content_type;  // kFile: "" sends none

    std::string location;  // kPage: the Location field, encoded, with its query; "" sends none
    std::string allow;     // kPage with 405: the Allow field; "" is what applications may answer
    std::string body;      // kPage: an ErrorDocument's text; "" is a page of the server's own

    // Fields for whatever answer it is, a script's too: cookies of RewriteRule [CO] and the like.
    std::vector<std::pair<std::string, std::string>> headers;
    bool pass_authorization = false;  // kScript
    std::optional<request::Dispatch>
        dispatch;  // kScript: who is to be asked before anybody answers

    [[nodiscard]] bool is_script() const { return kind == Kind::kScript; }

    static Outcome page(int status, std::string reason) {
        Outcome outcome;
        outcome.kind = Kind::kPage;
        outcome.status = status;
        outcome.reason = std::move(reason);
        return outcome;
    }
    // `location` is a URL, or a path of this server: more than one slash at its start would name
    // another host (RFC 3986 section 4.2): an open redirect. To browsers "\\" is one, too, and tabs
    // and line ends are nothing.
    static Outcome redirection(int status, std::string location, std::string reason) {
        Outcome outcome = page(status, std::move(reason));
        outcome.location = std::move(location);
        if (outcome.location.starts_with('/')) {
            outcome.location.erase(
                1,
                std::min(
                    outcome.location.find_first_not_of("/\\\t\r\n", 1), outcome.location.size()
                ) - 1
            );
        }
        return outcome;
    }
};

}  // namespace site
