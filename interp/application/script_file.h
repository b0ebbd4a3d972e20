// A script's file: whoever opens it looks at what it has opened, because a name may mean another
// file by the time that it is used.
#pragma once

#include <string>

#include "core/base/system/fd.h"
#include "interp/wsgi/settings.h"

namespace interp {

// `filename`, an absolute path, to be read; never waits. Closed: errno says why. Where an owner is
// wanted, it is that of the file and of the directory in which the file was found, and neither may
// be writable by others; if that is not so, `complaint` says it and errno is EACCES.
base::Fd open_script(const std::string& filename, const ScriptOwner& owner, std::string& complaint);

}  // namespace interp
