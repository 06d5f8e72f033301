#pragma once

#include "lib/dispatch/media_source.h"

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace postrider {

/// What a file was made into, or why it cannot be.
using Conversion = boost::system::result<std::shared_ptr<const std::string>, MediaFault>;

/// The conversions used last, as many as their bytes allow: one picture may go to thousands. Any thread.
class ConversionCache {
public:
    explicit ConversionCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    /// `key` names a file as it is now, and a form.
    std::optional<Conversion> find(const std::string& key);
    /// A fault that passes is not kept, nor what is larger than all that may be.
    void keep(const std::string& key, const Conversion& conversion);

private:
    struct Entry {
        std::string key;
        Conversion conversion;
        std::size_t bytes = 0;
    };
    using Entries = std::list<Entry>;  // the one used last is the first

    void drop(Entries::iterator entry);

    const std::size_t bytes_max_;
    std::mutex mutex_;
    Entries entries_;
    std::map<std::string, Entries::iterator> by_key_;
    std::size_t bytes_ = 0;
};

}  // namespace postrider
