// environ of the requests of one virtual host in one interpreter (PEP 3333, and mod_wsgi's own
// keys). A template dictionary holds the variables of the last request: making the next environ
// changes what differs and copies it, so that neither keys nor values are built again that were the
// same a moment ago. An environ that its application has left as it was, and does not keep, serves
// the next request.
#pragma once

#include <string>

#include "interp/python/gil.h"
#include "interp/python/py_ref.h"
#include "interp/wsgi/environ/environ_template.h"
#include "interp/wsgi/environ/header_variables.h"
#include "interp/wsgi/settings.h"
#include "interp/wsgi/task.h"

namespace interp {

// What environ has of its interpreter; owned by it.
struct EnvironObjects {
    PyObject* errors = nullptr;
    PyObject* file_wrapper = nullptr;
    PyTypeObject* input_type = nullptr;
};

class Environ {
public:
    // `host` may be null: nothing is known but the request. `objects` live as long as this.
    Environ(
        Gil& gil, const Settings& settings, const HostEnviron* host, const EnvironObjects& objects
    );

    // A dictionary, and how to see later whether it is still as it was.
    struct Made {
        PyRef dict;
        PyRef input;                // its wsgi.input, which is attached to nothing
        std::uint64_t version = 0;  // of the dictionary; 0 is not known
        std::uint64_t changes = 0;  // of the template
    };

    // One that nobody else has; null with an exception set when there is no memory. `thread` is
    // mod_wsgi.thread_id.
    Made make(Gil& gil, const Task& task, int thread);
    // Gives one of make() back, when its request has ended.
    void keep(Gil& gil, Made made);

private:
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

    bool put_variables(const HostEnviron* host);
    bool put_constants(const Settings& settings, const EnvironObjects& objects);
    bool put_keys();
    Made copy_of(const Task& task, int thread);
    bool update(const Task& task, int thread);
    bool update_request(const Task& task);
    bool update_target(const http::Request& request, const request::Route& route);
    bool update_route(const request::Route& route);
    bool update_script_filename(const std::string& name);
    bool update_surroundings(const request::Surroundings& surroundings);
    bool update_facts(const request::Facts& facts);
    bool set_number(Fixed variable, int& last, int number);
    bool update_thread(int thread);
    bool update_input();
    bool update_times(const request::Facts& facts);

    PyTypeObject* const input_type_;
    EnvironTemplate template_;
    HeaderVariables headers_{template_};
    std::uint64_t updates_ = 0;  // of the template

    // What is in the template.
    EnvironTemplate::Variable fixed_[kFixedCount];
    EnvironTemplate::Variable input_, request_start_, queue_start_, daemon_start_,
        application_start_;
    bool is_query_of_target_ = false;        // REQUEST_URI has that QUERY_STRING
    std::uint64_t route_number_ = 0;         // whose route is in the template; 0 is not known
    std::uint64_t surroundings_number_ = 0;  // likewise
    std::string script_filename_;
    int remote_port_ = -1;
    int listener_port_ = -1;
    int server_pid_ = -1;
    int thread_ = -1;

    PyRef script_filename_key_, thread_key_;
};

}  // namespace interp
