#pragma once

#include "lib/async/task.h"
#include "lib/dispatch/privacy.h"
#include "lib/dispatch/waiting.h"
#include "lib/model/attempt.h"

#include <optional>
#include <string>

namespace postrider {

/// A message made ready for its transport, or the reason why it cannot be.
struct Prepared {
    Waiting waiting;
    PreparedRequest request;  ///< its attempt is filled in by the claim
    Hash content_hash{};
    std::string journal_destination;  ///< sealed when there is a key
    std::optional<std::string> refusal;
};

/// Decrypts what is to be sent, and refuses by name what this version cannot do. May wait for the
/// network (later: shortened links, converted media), so it runs before the claim, never inside.
class Preparer {
public:
    explicit Preparer(Privacy& privacy) : privacy_(privacy) {}

    Task<Prepared> prepare(Waiting waiting);

private:
    std::optional<std::string> find_refusal(const Waiting& waiting, const Privacy::Opened& text) const;

    Privacy& privacy_;
};

}  // namespace postrider
