// A script's file: whoever opens it looks at what it has opened, because a name may mean another
// file by the time that it is used.
#pragma once

#include <string>

#include "core/base/foreign/link_rule.h"
#include "core/base/system/fd.h"
#include "interp/wsgi/settings.h"

namespace interp {

// What is asked of a script's file before it is run.
struct ScriptRule {
    const ScriptOwner& owner;
    base::LinkRule links;

    [[nodiscard]] bool wants_owner() const { return owner.kind != ScriptOwner::Kind::kAnybody; }
    [[nodiscard]] bool is_free() const { return !wants_owner() && links.follows_all(); }
};

// `filename`, an absolute path, to be read; never waits. Closed: errno says why. Where an owner is
// wanted, it is that of the file and of the directory in which the file was found, and neither may
// be writable by others. If that is not so, or a link is forbidden, `complaint` says it and errno
// is EACCES.
base::Fd open_script(const std::string& filename, const ScriptRule& rule, std::string& complaint);

}  // namespace interp
