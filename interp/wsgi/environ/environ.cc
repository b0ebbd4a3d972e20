#include "interp/wsgi/environ/environ.h"

#include <fmt/format.h>

#include <ctime>
#include <iterator>
#include <utility>

#include "core/base/memory.h"
#include "core/base/text/text.h"
#include "interp/wsgi/input.h"

namespace interp {
namespace {

// In the order of Environ::Fixed.
constexpr const char* kFixedNames[] = {
    "REQUEST_METHOD",
    "REQUEST_URI",
    "QUERY_STRING",
    "SERVER_PROTOCOL",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_ADDR",
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "SCRIPT_NAME",
    "PATH_INFO",
    "REQUEST_SCHEME",
    "wsgi.url_scheme",
    "mod_wsgi.process_group",
    "mod_wsgi.application_group",
    "mod_wsgi.callable_object",
    "mod_wsgi.request_handler",
    "mod_wsgi.handler_script",
    "mod_wsgi.script_name",
    "mod_wsgi.path_info",
    "mod_wsgi.listener_host",
    "mod_wsgi.listener_port",
    "mod_wsgi.server_pid",
    "mod_wsgi.request_id",
};

// Names of files are str as os.fsdecode() makes them.
PyRef file_name(base::Bytes bytes) {
    return PyRef::steal(
        PyUnicode_DecodeFSDefaultAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size()))
    );
}

PyRef boolean(bool value) { return PyRef::borrow(value ? Py_True : Py_False); }

constexpr std::string_view kHttps = "HTTPS";

// A variable HTTPS decides, whatever the connection is: so says mod_wsgi, for servers behind a
// proxy.
bool is_https(const Task& task) {
    const auto variable = task.route.environment.find(kHttps);
    return variable ? *variable == "1" || base::equal_case_blind(*variable, "on")
                    : task.facts.is_https;
}

// What the server itself has set stays, and HTTPS is no key: it has become wsgi.url_scheme.
bool add_variables(const request::Variables& variables, PyObject* environ) {
    for (const auto& [name, written] : variables.items()) {
        if (base::equal_case_blind(name, kHttps)) {
            continue;
        }
        const PyRef key = latin1(name);
        const PyRef value = latin1(written);
        if (!key || !value || PyDict_SetDefault(environ, key.get(), value.get()) == nullptr) {
            return false;
        }
    }
    return true;
}

double now() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

Environ::Environ(
    Gil&, const Settings& settings, const HostEnviron* host, const EnvironObjects& objects
)
    : input_type_(objects.input_type) {
    if (template_.dict() == nullptr ||
        !template_.put("SERVER_SOFTWARE", latin1(settings.server_software)) ||
        !put_variables(host) || !put_constants(settings, objects) || !put_keys()) {
        base::fail_for_memory();
    }
}

bool Environ::put_variables(const HostEnviron* host) {
    bool is_complete = true;
    if (host != nullptr) {
        for (const auto& [name, value] : host->variables) {
            is_complete &= template_.put(
                name.c_str(), name == "DOCUMENT_ROOT" ? file_name(value) : latin1(value)
            );
        }
    }
    return is_complete;
}

// What PEP 3333 and mod_wsgi promise and no request changes.
bool Environ::put_constants(const Settings& settings, const EnvironObjects& objects) {
    bool is_complete = template_.put("wsgi.version", PyRef::steal(Py_BuildValue("(ii)", 1, 0)));
    is_complete &= template_.put("wsgi.multithread", boolean(settings.threads != 1));
    is_complete &= template_.put("wsgi.multiprocess", boolean(settings.is_multiprocess));
    is_complete &= template_.put("wsgi.run_once", boolean(false));
    is_complete &= template_.put("wsgi.errors", PyRef::borrow(objects.errors));
    is_complete &= template_.put("wsgi.file_wrapper", PyRef::borrow(objects.file_wrapper));
    is_complete &= template_.put("wsgi.input_terminated", boolean(true));
    is_complete &= template_.put("mod_wsgi.version", PyRef::steal(Py_BuildValue("(iii)", 6, 0, 5)));
    is_complete &= template_.put("apache.version", PyRef::steal(Py_BuildValue("(iii)", 2, 4, 0)));
    return is_complete;
}

// Places for what each request sets.
bool Environ::put_keys() {
    static_assert(std::size(kFixedNames) == kFixedCount);
    bool is_complete = true;
    for (std::size_t i = 0; i < kFixedCount; ++i) {
        fixed_[i].key = interned(kFixedNames[i]);
        is_complete &= fixed_[i].key && template_.set(fixed_[i], "");
    }
    for (const auto& [time, name] : {
             std::pair(&request_start_, "mod_wsgi.request_start"),
             std::pair(&queue_start_, "mod_wsgi.queue_start"),
             std::pair(&daemon_start_, "mod_wsgi.daemon_start"),
             std::pair(&application_start_, "mod_wsgi.application_start"),
         }) {
        time->key = interned(name);
        is_complete &= time->key && template_.set(*time, 0.0);
    }
    script_filename_key_ = interned("SCRIPT_FILENAME");
    input_.key = interned("wsgi.input");
    thread_key_ = interned("mod_wsgi.thread_id");
    return is_complete && template_.put(script_filename_key_, latin1("")) && input_.key &&
           update_input() && thread_key_;
}

Environ::Made Environ::make(Gil&, const Task& task, int thread) {
    Made made = copy_of(task, thread);
    if (!made.dict || !add_variables(task.route.environment, made.dict.get())) {
        return {};
    }
    // What the configuration has added is not the next request's.
    made.version = task.route.environment.is_empty() ? py::version_of(made.dict.get()) : 0;
    return made;
}

// Whoever has it could change it at any time, and has changed it where its version is another.
void Environ::keep(Gil&, Made made) {
    PyObject* const dict = made.dict.get();
    if (made.version != 0 && made.version == py::version_of(dict) && Py_REFCNT(dict) == 1) {
        template_.keep(std::move(made.dict), made.changes);
    }
}

// Copying may collect garbage first (Python 3.11): then code of the application runs, and gives the
// GIL to another thread, whose request is in the template when the copy is made.
Environ::Made Environ::copy_of(const Task& task, int thread) {
    Made made;
    std::uint64_t mine = 0;
    do {
        mine = ++updates_;
        made = {};
        if (update(task, thread)) {
            made.changes = template_.changes();
            made.dict = template_.copy();
            made.input = input_.value.clone();
        }
    } while (made.dict && updates_ != mine);
    return made;
}

bool Environ::update(const Task& task, int thread) {
    return update_request(task) && update_route(task.route) && update_facts(task.facts) &&
           update_thread(thread) && update_input() && update_times(task.facts) &&
           headers_.update(task);
}

bool Environ::update_request(const Task& task) {
    const http::Request& request = task.request;
    const request::Route& route = task.route;
    const base::Bytes method = route.method.empty() ? request.method : route.method;
    return template_.set(fixed_[kMethod], method) && update_target(request, route) &&
           template_.set(fixed_[kProtocol], request.minor == 0 ? "HTTP/1.0" : "HTTP/1.1") &&
           template_.set(fixed_[kUrlScheme], is_https(task) ? "https" : "http");
}

// The same target has the same query.
bool Environ::update_target(const http::Request& request, const request::Route& route) {
    const bool is_asked_for = !route.query.has_value();
    if (is_asked_for && is_query_of_target_ && is_equal(fixed_[kUri].bytes, request.target)) {
        return true;
    }
    is_query_of_target_ = false;
    const base::Bytes query = is_asked_for ? request.query() : base::Bytes(*route.query);
    if (!template_.set(fixed_[kUri], request.target) || !template_.set(fixed_[kQuery], query)) {
        return false;
    }
    is_query_of_target_ = is_asked_for;
    return true;
}

// Most requests have the route of the last one. What a number stands for is in the template when
// all of it has been set.
bool Environ::update_route(const request::Route& route) {
    if (route.number == 0 || route.number != route_number_) {
        route_number_ = 0;
        if (!update_script_filename(route.script_filename) ||
            !template_.set(fixed_[kScriptName], route.script_name) ||
            !template_.set(fixed_[kOriginalScriptName], route.script_name) ||
            !template_.set(fixed_[kProcessGroup], route.process_group) ||
            !template_.set(fixed_[kApplicationGroup], route.application_group) ||
            !template_.set(fixed_[kCallable], route.callable) ||
            !template_.set(fixed_[kHandler], route.handler) ||
            !template_.set(fixed_[kHandlerScript], route.handler_script)) {
            return false;
        }
        route_number_ = route.number;
    }
    return template_.set(fixed_[kPathInfo], route.path_info) &&
           template_.set(fixed_[kOriginalPathInfo], route.path_info);
}

bool Environ::update_script_filename(const std::string& name) {
    if (is_equal(script_filename_, name)) {
        return true;
    }
    std::string kept = name;
    if (!template_.put(script_filename_key_, file_name(name))) {
        return false;
    }
    script_filename_.swap(kept);
    return true;
}

bool Environ::update_surroundings(const request::Surroundings& surroundings) {
    if (surroundings.number != 0 && surroundings.number == surroundings_number_) {
        return true;
    }
    surroundings_number_ = 0;
    if (!template_.set(fixed_[kServerName], surroundings.server_name) ||
        !template_.set(fixed_[kServerPort], surroundings.server_port_name) ||
        !template_.set(fixed_[kServerAddr], surroundings.server_addr) ||
        !template_.set(fixed_[kListenerHost], surroundings.listener_host) ||
        !set_number(kListenerPort, listener_port_, surroundings.server_port)) {
        return false;
    }
    surroundings_number_ = surroundings.number;
    return true;
}

bool Environ::update_facts(const request::Facts& facts) {
    return update_surroundings(facts) && template_.set(fixed_[kRemoteAddr], facts.remote_addr) &&
           set_number(kRemotePort, remote_port_, facts.remote_port) &&
           template_.set(fixed_[kRequestScheme], facts.is_https ? "https" : "http") &&
           set_number(kServerPid, server_pid_, facts.server_pid) &&
           template_.set(fixed_[kRequestId], facts.request_id);
}

// `last` is what the variable has; it says so only once that is true.
bool Environ::set_number(Fixed variable, int& last, int number) {
    if (last == number) {
        return true;
    }
    const fmt::format_int digits(number);
    if (!template_.set(fixed_[variable], {digits.data(), digits.size()})) {
        return false;
    }
    last = number;
    return true;
}

bool Environ::update_thread(int thread) {
    if (thread_ == thread) {
        return true;
    }
    if (!template_.put(thread_key_, PyRef::steal(PyLong_FromLong(thread)))) {
        return false;
    }
    thread_ = thread;
    return true;
}

// One that another request has, or that an application has kept, is not this one's.
bool Environ::update_input() {
    return template_.is_unshared(input_) || template_.put(input_, make_input(input_type_));
}

bool Environ::update_times(const request::Facts& facts) {
    return template_.set(request_start_, facts.request_start) &&
           template_.set(queue_start_, facts.daemon_start == 0 ? 0.0 : facts.queue_start) &&
           template_.set(daemon_start_, facts.daemon_start) &&
           template_.set(application_start_, now());
}

}  // namespace interp
