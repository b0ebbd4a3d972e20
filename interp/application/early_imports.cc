#include "interp/application/early_imports.h"

namespace interp {

EarlyImports::EarlyImports(
    const std::vector<EarlyImport>& scripts, std::chrono::milliseconds patience
)
    : patience_(patience) {
    for (const EarlyImport& script : scripts) {
        groups_[script.application_group].scripts.push_back(script);
    }
}

EarlyImports::Group* EarlyImports::begin(const std::string& application_group) {
    const auto found = groups_.find(application_group);
    if (found == groups_.end()) {
        return nullptr;
    }
    Group& group = found->second;
    const std::lock_guard lock(mutex_);
    if (group.state != State::kWaiting) {
        return nullptr;
    }
    group.state = State::kBegun;
    group.until = Clock::now() + patience_;
    return &group;
}

bool EarlyImports::wait(const std::string& application_group) {
    const auto found = groups_.find(application_group);
    if (found == groups_.end()) {
        return true;
    }
    const Group& group = found->second;
    std::unique_lock lock(mutex_);
    return done_.wait_until(lock, group.until, [&group] { return group.state == State::kDone; });
}

EarlyImports::Turn::Turn(EarlyImports& imports, const std::string& application_group)
    : imports_(imports), group_(imports.begin(application_group)) {}

EarlyImports::Turn::~Turn() {
    if (group_ != nullptr) {
        const std::lock_guard lock(imports_.mutex_);
        group_->state = State::kDone;
        imports_.done_.notify_all();
    }
}

const std::vector<EarlyImport>& EarlyImports::Turn::scripts() const {
    static const std::vector<EarlyImport> none;
    return group_ != nullptr ? group_->scripts : none;
}

}  // namespace interp
