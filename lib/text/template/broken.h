#pragma once

#include "lib/text/template/fault.h"

#include <string>
#include <utility>

namespace postrider::templates {

/// How a fault gets out of the depth of a tree: thrown and caught inside this folder only.
struct Broken {
    enum class Kind {
        wrong,             ///< the template, or what it does with a value
        missing_argument,  ///< a filter's argument is a variable that is not there
        limit              ///< too much work, too long
    };

    explicit Broken(std::string what, Kind why = Kind::wrong) : fault(std::move(what), 0), kind(why) {}

    TemplateFault fault;  // line 0 until somebody knows it
    Kind kind;
};

}  // namespace postrider::templates
