// environ of the requests of one virtual host in one interpreter (PEP 3333, and mod_wsgi's own
// keys). A template dictionary holds the variables of the last request: making the next environ
// changes what differs and copies it, so that neither keys nor values are built again that were the
// same a moment ago. The values are immutable and compared byte for byte; nothing of one request
// can appear in another.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "interp/python/gil.h"
#include "interp/python/py_ref.h"
#include "interp/wsgi/settings.h"
#include "interp/wsgi/task.h"

namespace interp {

// What environ has of its interpreter; owned by it.
struct EnvironObjects {
    PyObject* errors = nullptr;
    PyObject* file_wrapper = nullptr;
};

class Environ {
public:
    // `host` may be null: nothing is known but the request. `objects` live as long as this.
    Environ(
        Gil& gil, const Settings& settings, const HostEnviron* host, const EnvironObjects& objects
    );

    // A new dictionary; null with an exception set when there is no memory. `thread` is
    // mod_wsgi.thread_id.
    PyRef make(Gil& gil, const Task& task, int thread, PyObject* input);

private:
    // A key that the template may hold, and its value there.
    struct Variable {
        PyRef key;
        PyRef value;             // null: not in the template
        std::uint64_t seen = 0;  // the request that had it last
    };
    // What becomes of a header field of a certain spelling.
    struct Field {
        Variable* variable = nullptr;  // null: nothing
        bool is_credential = false;    // only where facts.pass_authorization
        bool is_host = false;
    };
    using Fields = std::unordered_map<std::string, Field>;

    bool put_variables(const HostEnviron* host);
    bool put_constants(const Settings& settings, const EnvironObjects& objects);
    bool put_keys();
    bool put(const char* key, PyRef value);
    bool set(Variable& variable, base::Bytes text);
    bool set(Variable& variable, PyRef value);
    bool update(const Task& task);
    bool update_route(const request::Route& route);
    bool update_facts(const request::Facts& facts);
    bool update_headers(const Task& task);
    bool append(Variable& variable, base::Bytes more);
    bool drop_unseen();
    bool forget_headers();
    const Field& field_named(std::string_view name, std::size_t position);
    Variable* variable_named(const std::string& key);

    PyRef template_;

    enum Fixed {
        kMethod,
        kUri,
        kQuery,
        kProtocol,
        kServerName,
        kServerPort,
        kServerAddr,
        kRemoteAddr,
        kRemotePort,
        kScriptName,
        kPathInfo,
        kScriptFilename,
        kRequestScheme,
        kUrlScheme,
        kProcessGroup,
        kApplicationGroup,
        kCallable,
        kHandler,
        kHandlerScript,
        kOriginalScriptName,
        kOriginalPathInfo,
        kListenerHost,
        kListenerPort,
        kServerPid,
        kRequestId,
        kFixedCount,
    };
    Variable fixed_[kFixedCount];
    std::string script_filename_;  // the bytes of kScriptFilename's value
    int remote_port_ = -1;
    int listener_port_ = -1;
    int server_pid_ = -1;

    // Of header fields. Bounded: a client that invents names makes us forget all and start again.
    std::deque<Variable> variables_;
    Fields fields_;
    std::vector<const Fields::value_type*> last_;  // the fields of the last request, in their order
    std::uint64_t request_ = 0;
    std::size_t present_ = 0;  // header variables in the template

    PyRef input_key_, thread_key_, request_start_key_, queue_start_key_, daemon_start_key_,
        application_start_key_;
};

// "User-Agent" → "HTTP_USER_AGENT", "Content-Type" → "CONTENT_TYPE"; "" for a field that no
// application may see: `Proxy` (CVE-2016-5385 and its kin, "httpoxy"), and names with other
// characters than letters, digits and
// "-", whose variable could be mistaken for another field's.
std::string variable_name(std::string_view header);

}  // namespace interp
