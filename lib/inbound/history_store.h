#pragma once

#include "lib/async/clock.h"
#include "lib/async/task.h"
#include "lib/model/hash.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace postrider {

/// A message of a provider's records that went out, as its row will have it.
struct SentElsewhere {
    std::string provider_id;
    std::string destination;  ///< sealed where there is a key
    std::string text;         ///< sealed where texts are
    std::string lookup_key;
    std::string metadata;  ///< the text of a JSON object
    TimePoint sent{};
    bool errored = false;
};

/// What our rows and our journal know of messages in a provider's records. Calls throw when the database is away.
class HistoryStore {
public:
    virtual ~HistoryStore() = default;

    enum class Known {
        no,
        yes,
        perhaps,  ///< an attempt whose end nobody knows said the same to the same person
    };
    struct Asked {
        std::string provider_id;
        std::vector<Hash> contents{};  ///< of one that went out: what Privacy::contents has of it
    };
    /// For each of those that are not `no`, by the provider's name: what was received, sent or recorded under that name
    /// by anybody whose rows are of [from, to].
    virtual Task<std::map<std::string, Known>> known(std::string transport, std::vector<Asked> asked,
                                                     TimePoint from, TimePoint to) = 0;
    /// Rows that say sent, and nobody sends any more; the number of those that nobody had added before.
    virtual Task<std::size_t> add(std::string transport, std::vector<SentElsewhere> rows) = 0;
};

}  // namespace postrider
