#pragma once

#include "lib/dispatch/privacy.h"
#include "lib/model/message.h"
#include "lib/store/database.h"
#include "lib/store/installation.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// What came of an action on one message; `what` holds no address or text.
struct ActionResult {
    MessageId id = 0;
    bool done = false;
    std::string what;  ///< "is to be sent again", or why not
};

/// What operators do to messages, in the database, so that every daemon abides by it: after a call
/// nothing is claimed against it any more; a request that was claimed before goes on. One connection,
/// blocking; each call works in transactions of some hundred messages, and its results come in the
/// order of the ids.
class MessageActions {
public:
    using Ids = std::vector<MessageId>;
    using Results = std::vector<ActionResult>;

    /// `encryption` as the daemons have it. Throws DatabaseSetupError where a daemon could not work.
    MessageActions(const DatabaseSettings& settings, const EncryptionSettings& encryption);
    ~MessageActions();

    /// Errored messages; all that is not empty must hold.
    struct Errored {
        std::string channel;     ///< that tried last, or that the message names
        std::string since;       ///< given up since; anything PostgreSQL reads as a timestamptz
        std::string error_code;  ///< the provider's, from the last attempt
    };
    /// In their order. Throws DatabaseSetupError for a time that is none.
    Ids find_errored(const Errored& wanted);

    /// Errored messages are due again, from the first part that was not accepted; those that wait for
    /// another try have it at once. Their time to expire counts from now. What ended in doubt is
    /// refused unless `in_doubt`: it may arrive twice.
    Results retry(const Ids& ids, bool in_doubt);
    /// Messages that have not left end errored. A stale save by somebody else does not undo it.
    Results cancel(const Ids& ids, const std::string& reason);
    /// Messages wait until they are released. Later ones to the same destination do not.
    Results hold(const Ids& ids, const std::string& reason);
    /// They go; those too that are held by `lateness_max`.
    Results release(const Ids& ids);
    /// Somebody has seen to errored messages: they are counted no more.
    Results mark_handled(const Ids& ids);

private:
    std::unique_ptr<pqxx::connection> connection_;
    Installation installation_;
    EncryptionSettings encryption_;
    Privacy privacy_;
};

}  // namespace postrider
