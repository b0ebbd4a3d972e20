#include "interp/wsgi/environ.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <iterator>

#include "core/base/memory.h"
#include "core/base/text/text.h"
#include "http/headers.h"

namespace interp {
namespace {

constexpr std::size_t kFieldsMax = 256;

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
    "SCRIPT_FILENAME",
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

PyRef text(base::Bytes bytes) {
    return PyRef::steal(
        PyUnicode_DecodeLatin1(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), nullptr)
    );
}

// Names of files are str as os.fsdecode() makes them.
PyRef file_name(base::Bytes bytes) {
    return PyRef::steal(
        PyUnicode_DecodeFSDefaultAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size()))
    );
}

PyRef interned(const char* name) { return PyRef::steal(PyUnicode_InternFromString(name)); }

PyRef boolean(bool value) { return PyRef::borrow(value ? Py_True : Py_False); }

// `value` was made by text().
bool is_same(PyObject* value, base::Bytes bytes) {
    return value != nullptr && PyUnicode_KIND(value) == PyUnicode_1BYTE_KIND &&
           bytes == base::Bytes(
                        static_cast<const char*>(PyUnicode_DATA(value)),
                        static_cast<std::size_t>(PyUnicode_GET_LENGTH(value))
                    );
}

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
        const PyRef key = text(name);
        const PyRef value = text(written);
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

std::string variable_name(std::string_view header) {
    std::string key = "HTTP_";
    for (const char c : header) {
        if (c == '-') {
            key += '_';
        } else if (c >= 'a' && c <= 'z') {
            key += static_cast<char>(c - 'a' + 'A');
        } else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            key += c;
        } else {
            return {};
        }
    }
    if (key == "HTTP_CONTENT_TYPE" || key == "HTTP_CONTENT_LENGTH") {
        return key.substr(std::strlen("HTTP_"));
    }
    return key == "HTTP_PROXY" || key == "HTTP_PROXY_AUTHORIZATION" || key == "HTTP_" ? "" : key;
}

Environ::Environ(
    Gil&, const Settings& settings, const HostEnviron* host, const EnvironObjects& objects
)
    : template_(PyRef::steal(PyDict_New())) {
    if (!template_ || !put("SERVER_SOFTWARE", text(settings.server_software)) ||
        !put_variables(host) || !put_constants(settings, objects) || !put_keys()) {
        base::fail_for_memory();
    }
}

bool Environ::put_variables(const HostEnviron* host) {
    bool is_complete = true;
    if (host != nullptr) {
        for (const auto& [name, value] : host->variables) {
            is_complete &=
                put(name.c_str(), name == "DOCUMENT_ROOT" ? file_name(value) : text(value));
        }
    }
    return is_complete;
}

// What PEP 3333 and mod_wsgi promise and no request changes.
bool Environ::put_constants(const Settings& settings, const EnvironObjects& objects) {
    bool is_complete = put("wsgi.version", PyRef::steal(Py_BuildValue("(ii)", 1, 0)));
    is_complete &= put("wsgi.multithread", boolean(settings.threads != 1));
    is_complete &= put("wsgi.multiprocess", boolean(settings.is_multiprocess));
    is_complete &= put("wsgi.run_once", boolean(false));
    is_complete &= put("wsgi.errors", PyRef::borrow(objects.errors));
    is_complete &= put("wsgi.file_wrapper", PyRef::borrow(objects.file_wrapper));
    is_complete &= put("wsgi.input_terminated", boolean(true));
    is_complete &= put("mod_wsgi.version", PyRef::steal(Py_BuildValue("(iii)", 6, 0, 5)));
    is_complete &= put("apache.version", PyRef::steal(Py_BuildValue("(iii)", 2, 4, 0)));
    is_complete &= put("mod_wsgi.queue_start", PyRef::steal(PyFloat_FromDouble(0)));
    is_complete &= put("mod_wsgi.daemon_start", PyRef::steal(PyFloat_FromDouble(0)));
    return is_complete;
}

// Places for what each request sets.
bool Environ::put_keys() {
    static_assert(std::size(kFixedNames) == kFixedCount);
    bool is_complete = true;
    for (std::size_t i = 0; i < kFixedCount; ++i) {
        fixed_[i].key = interned(kFixedNames[i]);
        is_complete &= fixed_[i].key && set(fixed_[i], text(""));
    }
    input_key_ = interned("wsgi.input");
    thread_key_ = interned("mod_wsgi.thread_id");
    request_start_key_ = interned("mod_wsgi.request_start");
    queue_start_key_ = interned("mod_wsgi.queue_start");
    daemon_start_key_ = interned("mod_wsgi.daemon_start");
    application_start_key_ = interned("mod_wsgi.application_start");
    for (const PyRef* key :
         {&input_key_, &thread_key_, &request_start_key_, &application_start_key_}) {
        is_complete &= *key && PyDict_SetItem(template_.get(), key->get(), Py_None) == 0;
    }
    return is_complete;
}

bool Environ::put(const char* key, PyRef value) {
    const PyRef name = interned(key);
    return name && value && PyDict_SetItem(template_.get(), name.get(), value.get()) == 0;
}

bool Environ::set(Variable& variable, PyRef value) {
    if (!value || PyDict_SetItem(template_.get(), variable.key.get(), value.get()) != 0) {
        return false;
    }
    variable.value = std::move(value);
    return true;
}

bool Environ::set(Variable& variable, base::Bytes bytes) {
    return is_same(variable.value.get(), bytes) || set(variable, text(bytes));
}

PyRef Environ::make(Gil&, const Task& task, int thread, PyObject* input) {
    if (!update(task)) {
        return {};
    }
    PyRef environ = PyRef::steal(PyDict_Copy(template_.get()));
    const auto add = [&](const PyRef& key, PyRef value) {
        return value && PyDict_SetItem(environ.get(), key.get(), value.get()) == 0;
    };
    const auto add_time = [&](const PyRef& key, double seconds) {
        return add(key, PyRef::steal(PyFloat_FromDouble(seconds)));
    };
    const request::Facts& facts = task.facts;
    const bool is_complete =
        environ && add(input_key_, PyRef::borrow(input)) &&
        add(thread_key_, PyRef::steal(PyLong_FromLong(thread))) &&
        add_time(request_start_key_, facts.request_start) &&
        (facts.daemon_start == 0 || (add_time(queue_start_key_, facts.queue_start) &&
                                     add_time(daemon_start_key_, facts.daemon_start))) &&
        add_time(application_start_key_, now()) &&
        add_variables(task.route.environment, environ.get());
    return is_complete ? std::move(environ) : PyRef();
}

bool Environ::update(const Task& task) {
    const http::Request& request = task.request;
    const request::Route& route = task.route;
    const base::Bytes method = route.method.empty() ? request.method : route.method;
    const base::Bytes query = route.query ? base::Bytes(*route.query) : request.query();
    return set(fixed_[kMethod], method) && set(fixed_[kUri], request.target) &&
           set(fixed_[kQuery], query) &&
           set(fixed_[kProtocol], request.minor == 0 ? "HTTP/1.0" : "HTTP/1.1") &&
           set(fixed_[kUrlScheme], is_https(task) ? "https" : "http") && update_route(task.route) &&
           update_facts(task.facts) && update_headers(task);
}

bool Environ::update_route(const request::Route& route) {
    if (script_filename_ != route.script_filename) {
        if (!set(fixed_[kScriptFilename], file_name(route.script_filename))) {
            return false;
        }
        script_filename_ = route.script_filename;
    }
    return set(fixed_[kScriptName], route.script_name) && set(fixed_[kPathInfo], route.path_info) &&
           set(fixed_[kOriginalScriptName], route.script_name) &&
           set(fixed_[kOriginalPathInfo], route.path_info) &&
           set(fixed_[kProcessGroup], route.process_group) &&
           set(fixed_[kApplicationGroup], route.application_group) &&
           set(fixed_[kCallable], route.callable) && set(fixed_[kHandler], route.handler) &&
           set(fixed_[kHandlerScript], route.handler_script);
}

bool Environ::update_facts(const request::Facts& facts) {
    const auto set_number = [this](Variable& variable, int& last, int number) {
        if (last == number) {
            return true;
        }
        const fmt::format_int digits(number);
        last = number;
        return set(variable, text({digits.data(), digits.size()}));
    };
    return set(fixed_[kServerName], facts.server_name) &&
           set(fixed_[kServerPort], facts.server_port_name) &&
           set(fixed_[kServerAddr], facts.server_addr) &&
           set(fixed_[kRemoteAddr], facts.remote_addr) &&
           set_number(fixed_[kRemotePort], remote_port_, facts.remote_port) &&
           set(fixed_[kRequestScheme], facts.is_https ? "https" : "http") &&
           set(fixed_[kListenerHost], facts.listener_host) &&
           set_number(fixed_[kListenerPort], listener_port_, facts.server_port) &&
           set_number(fixed_[kServerPid], server_pid_, facts.server_pid) &&
           set(fixed_[kRequestId], facts.request_id);
}

bool Environ::update_headers(const Task& task) {
    if (fields_.size() > kFieldsMax && !forget_headers()) {
        return false;
    }
    request_ += 1;
    std::size_t seen = 0;
    std::size_t position = 0;
    for (const http::Header header : task.request.headers) {
        const Field& field = field_named(header.name, position++);
        if (field.variable == nullptr || (field.is_credential && !task.facts.pass_authorization)) {
            continue;
        }
        Variable& variable = *field.variable;
        if (variable.seen == request_) {
            if (!append(variable, header.value)) {
                return false;
            }
            continue;
        }
        const bool is_new = !variable.value;
        // The authority of an absolute target counts, whatever Host says (RFC 9112 section 3.2.2).
        const bool is_overruled = field.is_host && !task.request.authority.empty();
        if (!set(variable, is_overruled ? base::Bytes(task.request.authority) : header.value)) {
            return false;
        }
        present_ += is_new ? 1U : 0U;
        variable.seen = request_;
        seen += 1;
    }
    return seen == present_ || drop_unseen();
}

// RFC 9110 section 5.2: repeated fields are one list.
bool Environ::append(Variable& variable, base::Bytes more) {
    const PyRef last = text(more);
    return last &&
           set(variable,
               PyRef::steal(PyUnicode_FromFormat("%U, %U", variable.value.get(), last.get())));
}

// Takes from the template what the last request had and this one has not.
bool Environ::drop_unseen() {
    for (Variable& variable : variables_) {
        if (variable.value && variable.seen != request_) {
            if (PyDict_DelItem(template_.get(), variable.key.get()) != 0) {
                return false;
            }
            variable.value.reset();
            present_ -= 1;
        }
    }
    return true;
}

bool Environ::forget_headers() {
    request_ += 1;
    if (!drop_unseen()) {
        return false;
    }
    last_.clear();
    fields_.clear();
    variables_.clear();
    return true;
}

// Clients send the same fields in the same order again and again: look there first.
const Environ::Field& Environ::field_named(std::string_view name, std::size_t position) {
    if (position < last_.size() && last_[position]->first == name) {
        return last_[position]->second;
    }
    const auto [found, is_new] = fields_.try_emplace(std::string(name));
    if (is_new) {
        const std::string key = variable_name(name);
        found->second.variable = key.empty() ? nullptr : variable_named(key);
        found->second.is_credential = key == "HTTP_AUTHORIZATION";
        found->second.is_host = key == "HTTP_HOST";
    }
    last_.resize(std::max(last_.size(), position + 1), &*found);
    last_[position] = &*found;
    return found->second;
}

Environ::Variable* Environ::variable_named(const std::string& key) {
    PyRef name = interned(key.c_str());
    if (!name) {
        base::fail_for_memory();
    }
    for (Variable& variable : variables_) {
        if (variable.key.get() == name.get()) {
            return &variable;
        }
    }
    variables_.emplace_back().key = std::move(name);
    return &variables_.back();
}

}  // namespace interp
