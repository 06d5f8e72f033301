#pragma once

#include "lib/text/template/scope.h"
#include "lib/text/template/value.h"

#include <memory>
#include <string_view>
#include <vector>

namespace postrider::templates {

/// What stands behind `if`: `and or not`, `in`, `is`, `== != < > <= >=` and expressions.
class Condition {
public:
    /// Throws Broken.
    explicit Condition(const std::vector<std::string_view>& words);

    /// What cannot be compared or found out is false. Throws Broken only where a bare expression fails.
    bool holds(Scope& scope) const;

    class Term {
    public:
        virtual ~Term() = default;
        virtual Value evaluate(Scope& scope) const = 0;
    };

private:
    std::unique_ptr<const Term> term_;
};

}  // namespace postrider::templates
