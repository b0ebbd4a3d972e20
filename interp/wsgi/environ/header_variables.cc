#include "interp/wsgi/environ/header_variables.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "core/base/memory.h"
#include "http/headers.h"

namespace interp {
namespace {

constexpr std::size_t kFieldsMax = 256;

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

bool HeaderVariables::update(const Task& task) {
    if (fields_.size() > kFieldsMax && !forget()) {
        return false;
    }
    request_ += 1;
    std::size_t seen = 0;
    std::size_t position = 0;
    std::optional<Lists> lists;  // of what is repeated, if anything is
    for (const http::Header header : task.request.headers) {
        const Field& field = field_named(header.name, position++);
        if (field.variable == nullptr || (field.is_credential && !task.facts.pass_authorization)) {
            continue;
        }
        Variable& variable = *field.variable;
        if (variable.seen == request_) {
            append(lists ? *lists : lists.emplace(), variable, header.value);
            continue;
        }
        const bool is_new = !variable.value;
        // The authority of an absolute target counts, whatever Host says (RFC 9112 section 3.2.2).
        const bool is_overruled = field.is_host && !task.request.authority.empty();
        if (!template_.set(
                variable, is_overruled ? base::Bytes(task.request.authority) : header.value
            )) {
            return false;
        }
        present_ += is_new ? 1U : 0U;
        variable.seen = request_;
        seen += 1;
    }
    return (!lists || set_lists(*lists)) && (seen == present_ || drop_unseen());
}

// RFC 9110 section 5.2: repeated fields are one list. It becomes a value once it is whole, or a
// client's thousand fields would be copied a thousand times.
void HeaderVariables::append(Lists& lists, Variable& variable, base::Bytes more) {
    const auto [list, is_new] = lists.try_emplace(&variable);
    if (is_new) {
        list->second = variable.bytes;
    }
    list->second.append(", ").append(more);
}

bool HeaderVariables::set_lists(const Lists& lists) {
    return std::ranges::all_of(lists, [this](const auto& list) {
        return template_.set(*list.first, base::Bytes(list.second));
    });
}

// Takes from the template what the last request had and this one has not.
bool HeaderVariables::drop_unseen() {
    for (Variable& variable : variables_) {
        if (variable.value && variable.seen != request_) {
            if (!template_.drop(variable)) {
                return false;
            }
            present_ -= 1;
        }
    }
    return true;
}

bool HeaderVariables::forget() {
    request_ += 1;
    if (!drop_unseen()) {
        return false;
    }
    last_.clear();
    fields_.clear();
    by_key_.clear();
    variables_.clear();
    return true;
}

// Clients send the same fields in the same order again and again: look there first.
const HeaderVariables::Field& HeaderVariables::field_named(
    std::string_view name, std::size_t position
) {
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

HeaderVariables::Variable* HeaderVariables::variable_named(const std::string& key) {
    PyRef name = interned(key.c_str());
    if (!name) {
        base::fail_for_memory();
    }
    Variable*& known = by_key_[name.get()];
    if (known == nullptr) {
        known = &variables_.emplace_back();
        known->key = std::move(name);
    }
    return known;
}

}  // namespace interp
