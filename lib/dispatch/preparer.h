#pragma once

#include "lib/async/task.h"
#include "lib/dispatch/link_shortening.h"
#include "lib/dispatch/media_source.h"
#include "lib/dispatch/outbox.h"
#include "lib/dispatch/privacy.h"
#include "lib/dispatch/suppression_list.h"
#include "lib/dispatch/transport.h"
#include "lib/dispatch/waiting.h"
#include "lib/model/attempt.h"
#include "lib/model/channel.h"

#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// What a message comes to without the provider being asked.
struct Foregone {
    Outcome outcome;
    Disposition disposition = Disposition::given_up;
    TimePoint ended;
};

/// A message made ready for its transport.
struct Prepared {
    Waiting waiting;
    PreparedRequest request;  ///< its attempt is filled in by the claim
    Hash content_hash{};
    /// As suppressions name who gets it; nullopt where they do not count.
    std::optional<Hash> recipient;
    std::string journal_destination;  ///< sealed when there is a key
    RowValues row;                    ///< for when it has ended
    /// When the message's idempotency key was first used, if this request repeats it.
    std::optional<TimePoint> first_sent;
    std::optional<Foregone> foregone;
    bool later = false;                    ///< it cannot be prepared now, through no fault of its own
    LinkMap short_links;                   ///< by the long ones that the text had
    boost::json::object links_metadata{};  ///< what the message's metadata are to say of them
    double cost = 1;                       ///< what it counts for in rates
};

/// Until when before the end of a provider's window a request is repeated under its key: later, it
/// might come in after the provider has forgotten.
inline constexpr std::chrono::seconds key_margin{30};

/// Decrypts what is to be sent, renders templates, finds its media and has those converted that
/// the provider does not take, cuts it into parts, replaces typography
/// where the channel wants that, and finds out what cannot or must not be sent. May wait for the network
/// (shortened links) or a disk (media), so it runs before the claim, never inside.
class Preparer {
public:
    /// Without `media`, messages that have some are refused; without `links`, long ones stay.
    /// With `suppressions`, nothing is made ready for whom they name.
    explicit Preparer(Privacy& privacy, MediaSource* media = nullptr, LinkShortening* links = nullptr,
                      const SuppressionList* suppressions = nullptr)
        : privacy_(privacy), media_(media), links_(links), suppressions_(suppressions) {}

    /// Whether preparing it may take a while: it goes by itself then, and holds up no other.
    bool may_take_long(const Waiting& waiting) const;

    /// `media`: the message's own.
    Task<Prepared> prepare(Waiting waiting, const Channel& channel, const Transport& transport, TimePoint now,
                           const std::vector<Media>& media = {});

private:
    /// What a message's contents are made of besides its text.
    struct Makings {
        const Address& of_row;      ///< the destination as its row has it, in the clear,
        const Address& of_request;  ///< and as the provider is given it
        bool is_medium;             ///< as the provider's records have it, it has no text
    };

    std::optional<std::string> render_in_place(const OutgoingMessage& message, std::string& text,
                                               RowValues& row) const;
    void set_row_values(const Waiting& waiting, const Privacy::Opened& text, Prepared& prepared) const;
    Task<bool> shorten_links(OutgoingMessage& message, std::string& text, Prepared& prepared);
    Task<std::optional<std::string>> find_media(const std::vector<Media>& media, const Transport& transport,
                                                Prepared& prepared, std::vector<MediaFile>& files) const;
    Task<std::optional<std::string>> convert(const Media& medium, const Transport& transport,
                                             std::uintmax_t bytes_max, Prepared& prepared,
                                             MediaFile& file) const;
    std::optional<std::string> find_refusal(const Waiting& waiting, const Privacy::Opened& text) const;
    bool is_content(const Makings& of, const std::string& text, const Hash& hash) const;
    int first_part(const Waiting& waiting, const Makings& of, const std::vector<std::string>& parts) const;
    std::optional<Foregone> find_undone_end(const Waiting& waiting, const Makings& of,
                                            const std::vector<std::string>& parts, const std::string& whole,
                                            bool links_missing) const;

    Privacy& privacy_;
    MediaSource* media_;
    LinkShortening* links_;
    const SuppressionList* suppressions_;
};

}  // namespace postrider
