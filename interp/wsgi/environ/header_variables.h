// HeaderVariables: the variables of an environ's template that header fields become. What the last
// request had and this one has not is taken out; nothing of one can appear in another. With the
// GIL; belongs to an Environ.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "interp/wsgi/environ/environ_template.h"
#include "interp/wsgi/task.h"

namespace interp {

class HeaderVariables {
public:
    explicit HeaderVariables(EnvironTemplate& its_template) : template_(its_template) {}

    // Of this request from now on; false with an exception set when there is no memory.
    bool update(const Task& task);

private:
    using Variable = EnvironTemplate::Variable;
    // What becomes of a header field of a certain spelling.
    struct Field {
        Variable* variable = nullptr;  // null: nothing
        bool is_credential = false;    // only where facts.pass_authorization
        bool is_host = false;
    };
    using Fields = std::unordered_map<std::string, Field>;

    // The values of one that is repeated, as one list.
    using Lists = std::unordered_map<Variable*, std::string>;

    static void append(Lists& lists, Variable& variable, base::Bytes more);
    bool set_lists(const Lists& lists);
    bool drop_unseen();
    bool forget();
    const Field& field_named(std::string_view name, std::size_t position);
    Variable* variable_named(const std::string& key);

    EnvironTemplate& template_;
    // Bounded: a client that invents names makes us forget all and start again.
    std::deque<Variable> variables_;
    std::unordered_map<PyObject*, Variable*> by_key_;  // the same; names are interned
    Fields fields_;
    std::vector<const Fields::value_type*> last_;  // the fields of the last request, in their order
    std::uint64_t request_ = 0;
    std::size_t present_ = 0;  // variables in the template
};

// "User-Agent" → "HTTP_USER_AGENT", "Content-Type" → "CONTENT_TYPE"; "" for a field that no
// application may see: `Proxy` (CVE-2016-5385 and its kin, "httpoxy"), and names with other
// characters than letters, digits and "-", whose variable could be mistaken for another field's.
std::string variable_name(std::string_view header);

}  // namespace interp
