#pragma once

#include "tests/support/twilio_documents.h"
#include "tests/system/site.h"

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace postrider::testing {

/// What became of all that was put in. Everything but the first two should be 0.
struct Balance {
    std::size_t messages = 0;
    std::size_t accepted = 0;      ///< requests that the provider accepted
    std::size_t lost = 0;          ///< not wholly accepted, and no row that says so by `errored`
    std::size_t doubled = 0;       ///< accepted requests beyond the one for each text or part
    std::size_t out_of_order = 0;  ///< accepted after a later one of their conversation
    std::size_t errored = 0;       ///< given up, but not for a doubt
    std::size_t in_doubt = 0;      ///< given up for a doubt, or still in it
    std::size_t unknown = 0;       ///< accepted requests that nobody asked for
    std::size_t misrecorded = 0;   ///< rows that do not say what the provider did: state, provider's id
    /// The first of each kind in words.
    std::vector<std::string> findings;

    /// Each message accepted once, in order, and recorded so.
    bool exact() const;
    /// The same, but messages may have ended errored, or in doubt.
    bool safe() const;
};
std::ostream& operator<<(std::ostream& out, const Balance& balance);

/// What was put into a site's table, in the clear: to be compared with what the provider accepted and
/// with what the rows say.
class Manifest {
public:
    void add(MessageId id, const std::string& to, const std::string& text);
    /// Inserts them, all at once, and adds them.
    std::vector<MessageId> insert(Site& site, const std::vector<NewRow>& rows);

    std::size_t size() const { return entries_.size(); }
    const std::string& destination(MessageId id) const { return entries_.at(id).to; }

    /// Texts that are equal within a conversation are told apart by count. One that was sent in several
    /// parts must come together again from them, but for white space; for that no part may occur in two
    /// texts. The order is that of (send_date, id), as the rows have it now.
    Balance balance(const Site& site, const std::vector<TwilioRequest>& accepted) const;

    /// Those of `ids` that neither have ended nor have a reason to wait: being in doubt, or being behind
    /// such a one in their conversation.
    std::vector<MessageId> stuck(const Site& site, const std::vector<MessageId>& ids) const;

private:
    struct Entry {
        std::string to;
        std::string text;
    };
    std::map<MessageId, Entry> entries_;
};

/// So many messages with different texts over so many numbers, those of a number in order.
std::vector<NewRow> numbered_rows(int messages, int numbers);

}  // namespace postrider::testing
