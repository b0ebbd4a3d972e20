// The scripts of one interpreter: loads a .wsgi file or imports a module, finds its callable, loads
// again when the file has changed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "interp/application/import_watch.h"
#include "interp/application/script_file.h"
#include "interp/python/gil.h"
#include "interp/python/py_ref.h"
#include "interp/wsgi/settings.h"

namespace interp {

class Scripts {
public:
    // `interpreter` is its name in the log: "main interpreter in embedded mode". Both
    // others outlive it.
    Scripts(std::string interpreter, const ScriptOwner& owner, ImportWatch& imports);
    ~Scripts();  // with the GIL
    Scripts(const Scripts&) = delete;
    Scripts& operator=(const Scripts&) = delete;

    struct Found {
        PyRef callable;  // null: the reason is in the log, and the client gets `status`
        int status = 200;
    };
    struct Wanted {
        const std::string& filename;  // an absolute path, or "package.module:name"
        const std::string& callable;  // the global of that path
        // What the request asked for, which is another file where a handler answers.
        const std::string& resource;
        // False: a script that has been loaded is not looked at again, unless that was for somebody
        // who may follow links that this request may not.
        bool reloads;
        base::LinkRule links;  // by which its file is opened
        // Where two have the same one, and not 0, all of it is the same.
        std::uint64_t number = 0;
    };
    // Gives the GIL up while another thread loads the same script; others are not held up.
    Found find(Gil& gil, const Wanted& wanted);

    // The module of a script that serves the server, such as a dispatch script: loaded again when
    // the file has changed, and only then. Null: the reason is in the log.
    PyRef module(Gil& gil, const std::string& filename);

    // Loads it: 200, or the status that a client would get. A file may have its callable later, a
    // module has to have it now. Without `checks_owner`, the configuration itself has said that it
    // is to run here.
    int preload(Gil& gil, const std::string& filename, bool checks_owner);

    // A changed file is seen within this time: a system call per request would be a fifth of its
    // cost.
    static constexpr std::int64_t kFreshnessMilliseconds = 200;

private:
    struct Script;
    Script* known(const std::string& filename);
    int locate(const std::string& filename, const ScriptRule& rule, Script*& script);
    int ready(
        Gil& gil,
        const std::string& filename,
        const std::string& resource,
        const ScriptRule& rule,
        Script*& script
    );
    int prepare(Gil& gil, Script& script, const std::string& resource, const ScriptRule& rule);
    int ready(Gil& gil, const Wanted& wanted, Script*& script);
    bool wants_reload(Gil& gil, const Script& script, const std::string& resource) const;
    bool load(Gil& gil, Script& script, const ScriptRule& rule, base::Fd file);
    void log_failure(Gil& gil, const std::string& filename) const;

    const std::string interpreter_;
    const ScriptOwner& owner_;
    ImportWatch& imports_;
    std::unordered_map<std::string, std::unique_ptr<Script>> scripts_;
    Script* last_ = nullptr;  // most processes have one
    // Whose script that is, which knows the callable; 0: nobody's that is known.
    std::uint64_t last_number_ = 0;
};

}  // namespace interp
