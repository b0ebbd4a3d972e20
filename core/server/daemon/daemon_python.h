// Python in a daemon process, as its setup message asks for it.
#pragma once

#include <memory>

#include "core/base/result.h"
#include "interp/worker.h"
#include "ipc/setup.h"

namespace server {

// Takes the environments of the hosts out of `setup`. On the thread that is to be Python's main
// one. With what is to be imported before the first request; where that fails, the process cannot
// serve.
base::Result<std::unique_ptr<interp::Runtime>> start_python(ipc::DaemonSetup& setup);

}  // namespace server
