#pragma once

#include "lib/text/template/filter.h"
#include "lib/text/template/scope.h"
#include "lib/text/template/value.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::templates {

/// A literal (`5`, `"text"`) or a path (`visit.place.0`).
class Variable {
public:
    /// Throws Broken.
    explicit Variable(std::string_view text);

    /// nullopt where there is no such thing.
    std::optional<Value> find(Scope& scope) const;

private:
    std::optional<Value> literal_;
    std::vector<std::string> path_;
};

/// What a variable that is not there counts as.
enum class Missing { empty_text, none };

/// `variable|filter:argument|filter`
class Expression {
public:
    /// Throws Broken.
    explicit Expression(std::string_view text);

    /// Throws Broken.
    Value evaluate(Scope& scope, Missing missing = Missing::empty_text) const;

private:
    struct Call {
        const Filter* filter;
        std::optional<Variable> argument;
    };

    void read_filter(std::string_view& rest);

    std::optional<Variable> variable_;
    std::vector<Call> calls_;
};

}  // namespace postrider::templates
