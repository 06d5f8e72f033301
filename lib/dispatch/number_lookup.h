#pragma once

#include "lib/async/task.h"
#include "lib/model/private.h"

#include <string>

namespace postrider {

/// What a provider knows of a telephone number; empty is what it does not say.
struct NumberReport {
    bool valid = false;
    std::string fault;            ///< why it is not valid, such as "too short"
    std::string number;           ///< with its country's code: `+13125550123`
    std::string national_format;  ///< `(312) 555-0123`
    std::string country;          ///< `US`
    std::string type;             ///< in the provider's word, such as `mobile`
    std::string carrier;
};

/// Looks telephone numbers up; may cost money.
class NumberLookup {
public:
    virtual ~NumberLookup() = default;
    /// `country`, such as `US`, is that of a number without its country's code; may be empty. Throws
    /// std::runtime_error, whose words do not repeat the number, if nothing can be had now.
    virtual Task<NumberReport> look_up(Address number, std::string country) = 0;
};

}  // namespace postrider
